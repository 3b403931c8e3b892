"""What several integrations ask of a value: the hub's own rule on either side, doubts, and what is written."""

import unicodedata
from datetime import date
from functools import partial
from typing import Any

import pytest

from employees.values.contacts import clean_email
from employees.values.dates import clean_first_workday
from integrations.core.checks import (
    both_sides,
    check_account,
    check_address,
    doubt_about_account,
    doubt_about_address,
    doubt_about_text,
    reason_against_day,
    reason_from,
)
from integrations.core.compare import difference
from integrations.core.compare.fields import Pair, PairState
from integrations.core.declare import Field, Side
from integrations.core.kinds import EMAIL, TEXT, UNKNOWN, Address, BankAccount, as_written

CHECKED = Field(
    name="work_email",
    label="Work e-mail",
    kind=EMAIL,
    **both_sides(
        reason_from(clean_email),
        vendor="Alpha",
        left=lambda value: "It is too long." if len(value) > 30 else None,
        right=lambda value: "Alpha takes none of these." if value.endswith(".example") else None,
    ),
)
DOUBTED = Field(name="name", label="Name", kind=TEXT, doubt=doubt_about_text)


def test_the_hubs_own_rule_is_asked_on_either_side_and_says_where_to_put_it_right() -> None:
    rule = "This is not a valid e-mail address. Write it as name@example.com."
    assert CHECKED.refuses("nobody", to=Side.LEFT) == f"{rule} Correct it in Alpha."
    assert CHECKED.refuses("nobody", to=Side.RIGHT) == f"{rule} Correct it in the hub first: it is then sent."


def test_what_one_side_alone_asks_is_asked_after_it() -> None:
    assert CHECKED.refuses("a@b.example", to=Side.RIGHT) == "Alpha takes none of these."
    assert CHECKED.refuses("a@b.example", to=Side.LEFT) == ""
    assert CHECKED.refuses(f"{'a' * 30}@b.se", to=Side.LEFT) == "It is too long."
    assert CHECKED.refuses(f"{'a' * 30}@b.se", to=Side.RIGHT) == ""


@pytest.mark.parametrize("nothing", [None, UNKNOWN])
def test_nothing_is_said_of_a_value_that_is_not_there(nothing: Any) -> None:
    assert [CHECKED.refuses(nothing, to=side) for side in Side] == ["", ""]
    assert DOUBTED.doubts(nothing) == ""


@pytest.mark.behaviour("D-02")
def test_a_date_is_refused_by_the_hubs_rule_with_its_numbers() -> None:
    check = reason_against_day(clean_first_workday)
    assert "before 1930" in str(check(date(204, 1, 15)))
    assert "more than 10 years ahead" in str(check(date(9999, 12, 31)))
    assert check(date(2020, 2, 29)) is None


@pytest.mark.behaviour("D-09", "D-11")
@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (Address("Gatan 1", "11122", "Kil", "SE"), ""),
        (Address("Gatan 1", "11122", "Kil", ""), ""),
        (Address("Rruga 1", "10000", "Pristina", "XK"), ""),
        (Address("Gatan 1", "111", "Kil", ""), "postal code"),
        (Address("NULL", "11122", "Kil", "SE"), "had no value"),
        (Address("Gatan 1", "11122", "K\ufffdl", "SE"), "Letters of this text were lost"),
        (Address("Gatan 1", "11122", "--", "SE"), "no letter and no digit"),
        (Address("Gatan 1", "11122", "Kil", "Atlantis"), "country is not one"),
        (Address("Gatan 1", "NO-0154", "Kil", "SE"), "begins with NO, but the address is in SE"),
    ],
)
def test_an_address_is_looked_through_part_by_part(address: Address, reason: str) -> None:
    found = str(check_address(address, home="SE") or "")
    assert reason in found
    assert bool(reason) == bool(found)


def test_an_account_is_asked_about_as_a_whole() -> None:
    assert check_account(BankAccount("SE", "83279", "3933190005")) is None
    assert "last digit does not fit" in str(check_account(BankAccount("SE", "5439", "0000005")))


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(("text", "likely"), [("BjÃ¶rn", "Björn"), ("Ã…sa", "Åsa"), ("StrÃ¸m", "Strøm")])
def test_a_text_read_in_the_wrong_encoding_is_told_with_the_likely_one(text: str, likely: str) -> None:
    assert f"“{likely}”" in str(doubt_about_text(text))
    assert f"“{likely}”" in str(doubt_about_address(Address("Gatan 1", "", text, "SE")))


@pytest.mark.parametrize("text", ["Björn", "Åsa", "Ægir", "Łukasz", "São", "Null", "明美"])
def test_a_name_is_no_doubtful_text(text: str) -> None:
    assert doubt_about_text(text) is None


@pytest.mark.behaviour("D-11", "G-04")
def test_a_doubtful_value_is_never_chosen_beforehand() -> None:
    agreed = Pair("Anders", "Anders", PairState.SETTLED)
    moved = partial(difference, DOUBTED, pair=agreed, left="Anders")
    plain, doubtful = moved(right="Björn"), moved(right="BjÃ¶rn")
    assert plain is not None
    assert doubtful is not None
    assert (plain.suggestion, plain.decision) == ("right", "right")
    assert (doubtful.suggestion, doubtful.decision, doubtful.reason_left) == ("open", "open", "")
    first = difference(DOUBTED, pair=None, left=None, right="BjÃ¶rn")
    assert first is not None
    assert (first.suggestion, first.decision) == ("open", "open")


@pytest.mark.behaviour("D-01")
def test_what_is_written_is_canonical() -> None:
    apart = unicodedata.normalize("NFD", "Åsa\u200b  Li")
    assert as_written(apart) == "Åsa Li"
    assert as_written(Address(apart, " 11122", "Kil\n", "SE")) == Address("Åsa Li", "11122", "Kil", "SE")
    assert as_written(BankAccount("SE", "\u200b8327", "1 2")) == BankAccount("SE", "8327", "1 2")
    assert as_written(date(2026, 1, 1)) == date(2026, 1, 1)
    assert (as_written(None), as_written(UNKNOWN)) == (None, UNKNOWN)


@pytest.mark.behaviour("D-06")
def test_an_account_that_fits_no_check_digit_is_told() -> None:
    assert doubt_about_account(BankAccount("SE", "83279", "3933190005")) is None
    assert "No check digit fits" in str(doubt_about_account(BankAccount("SE", "83279", "3933190001")))
    # Refused altogether, which is told beside it.
    assert doubt_about_account(BankAccount("SE", "9999", "1")) is None
