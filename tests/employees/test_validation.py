from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from django.core.exceptions import ValidationError

from employees.masking import mask_bank_account, mask_iban, mask_national_id
from employees.values.bank_accounts import (
    BankAccountNumbers,
    bank_account_key,
    clean_bank_account,
    clean_bic,
    clean_iban,
)
from employees.values.contacts import clean_email, clean_phone, email_key
from employees.values.countries import clean_country
from employees.values.national_ids import clean_national_id as clean_national_id_on
from employees.values.postal_codes import clean_postal_code

clean_national_id = partial(clean_national_id_on, today=date(2026, 11, 29))


def test_the_local_part_of_an_email_keeps_its_case() -> None:
    assert clean_email("  Anna.Berg@EXAMPLE.se ") == "Anna.Berg@example.se"


@pytest.mark.parametrize("value", ["anna", "anna@", "anna..berg@example.se", "anna@example", "a b@example.se"])
def test_a_wrong_email_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_email(value)

    assert value not in str(refusal.value)


@pytest.mark.behaviour("FX-05")
def test_emails_are_compared_without_regard_to_case() -> None:
    assert email_key("Anna.Berg@Example.SE ") == email_key("anna.berg@example.se")


@pytest.mark.parametrize(
    ("value", "country", "canonical"),
    [
        ("070-174 06 05", "SE", "+46701740605"),
        ("0046 70 174 06 05", "SE", "+46701740605"),
        ("+46 (0)70 174 06 05", "NO", "+46701740605"),
        ("400 00 000", "NO", "+4740000000"),
        ("020 123 4567", "NL", "+31201234567"),
        ("+46701740605", "", "+46701740605"),
    ],
)
def test_a_phone_is_read_in_the_companys_country(value: str, country: str, canonical: str) -> None:
    assert clean_phone(value, country) == canonical


@pytest.mark.parametrize(
    ("value", "country"), [("0701740605", ""), ("070", "SE"), ("home", "SE"), ("070-174 06 05 ext. 3", "SE")]
)
def test_what_cannot_be_written_as_e164_is_refused(value: str, country: str) -> None:
    with pytest.raises(ValidationError):
        clean_phone(value, country)


@pytest.mark.parametrize(
    ("value", "country", "canonical"),
    [
        ("811228-9874", "SE", "8112289874"),
        ("19811228-9874", "SE", "8112289874"),
        ("198112289874", "SE", "8112289874"),
        ("701063-2391", "SE", "7010632391"),
        ("151086 95088", "NO", "15108695088"),
        ("211062-5629", "DK", "2110625629"),
        ("131052-308t", "FI", "131052-308T"),
        ("1112.22.333", "NL", "111222333"),
        (" AB-12 ", "DE", "AB-12"),
    ],
)
def test_a_national_id_loses_its_separators(value: str, country: str, canonical: str) -> None:
    assert clean_national_id(value, country=country) == canonical


@pytest.mark.parametrize(
    ("value", "country"),
    [
        ("811228-9875", "SE"),
        ("811328-9874", "SE"),
        ("701063-2392", "SE"),
        ("1", "SE"),
        ("abcdef-ghij", "SE"),
        ("15108695077", "NO"),
        ("131052-308U", "FI"),
        ("111222334", "NL"),
    ],
)
def test_a_national_id_with_a_wrong_digit_is_refused(value: str, country: str) -> None:
    with pytest.raises(ValidationError):
        clean_national_id(value, country=country)


@pytest.mark.parametrize(
    ("value", "country", "canonical"),
    [
        ("447 34", "SE", "44734"),
        ("SE-447 34", "SE", "44734"),
        ("S-44734", "SE", "44734"),
        ("0150", "NO", "0150"),
        ("1012 ab", "NL", "1012AB"),
        ("sw1a1aa", "GB", "SW1A 1AA"),
    ],
)
def test_a_postal_code_has_the_form_of_its_country(value: str, country: str, canonical: str) -> None:
    assert clean_postal_code(value, country) == canonical


@pytest.mark.parametrize(("value", "country"), [("4473", "SE"), ("01234", "SE"), ("01500", "NO"), ("1012", "NL")])
def test_a_postal_code_of_another_length_is_refused(value: str, country: str) -> None:
    with pytest.raises(ValidationError):
        clean_postal_code(value, country)


def test_a_country_is_written_in_capitals() -> None:
    assert clean_country(" se ") == "SE"


@pytest.mark.parametrize("value", ["XX", "Sweden", "SWE"])
def test_what_is_no_country_code_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        clean_country(value)


@pytest.mark.parametrize("value", ["SE45 5000 0000 0583 9825 7466", "no93 8601 1117 947", "NL91ABNA0417164300"])
def test_a_valid_iban_is_written_without_spaces(value: str) -> None:
    assert clean_iban(value) == value.replace(" ", "").upper()


@pytest.mark.parametrize("value", ["SE4550000000058398257467", "NO8586011117948", "NO93", "12"])
def test_an_iban_with_a_wrong_digit_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        clean_iban(value)


def test_a_bic_is_written_in_capitals() -> None:
    assert clean_bic("essesess") == "ESSESESS"


def test_a_bic_of_another_length_is_refused() -> None:
    with pytest.raises(ValidationError):
        clean_bic("ESSESESSX")


@pytest.mark.parametrize(
    "clean",
    [
        clean_email,
        clean_country,
        clean_iban,
        clean_bic,
        lambda value: clean_phone(value, "SE"),
        lambda value: clean_national_id(value, country="SE"),
        lambda value: clean_postal_code(value, "SE"),
    ],
)
def test_an_empty_value_stays_empty(clean: Callable[[str], str]) -> None:
    assert clean("  ") == ""


@pytest.mark.behaviour("FX-09")
def test_a_swedish_account_becomes_canonical() -> None:
    assert _account(clearing_number="5140", account_number="321 56 42") == BankAccountNumbers(
        "SE", "5140", "3215642", "", ""
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "account_number"),
        ({"country": ""}, "country"),
        ({"clearing_number": "5140"}, "account_number"),
        ({"account_number": "3215642"}, "clearing_number"),
        ({"clearing_number": "5140", "account_number": "3215643"}, "account_number"),
        ({"country": "NO", "account_number": "86011117948"}, "account_number"),
        ({"country": "NO", "account_number": "8601111794"}, "account_number"),
        ({"country": "NO", "clearing_number": "8601", "account_number": "86011117947"}, "clearing_number"),
        ({"country": "DK", "clearing_number": "0040", "account_number": "04401162!3"}, "account_number"),
        ({"iban": "NO9386011117947"}, "iban"),
        ({"iban": "SE4550000000058398257466", "bic": "X"}, "bic"),
    ],
)
def test_a_refused_account_names_the_field(values: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        _account(**values)

    assert list(refusal.value.message_dict) == [field]


def test_a_norwegian_account_has_eleven_digits() -> None:
    assert _account(country="NO", account_number="8601.11.17947").account_number == "86011117947"


def test_an_iban_alone_is_an_account() -> None:
    assert _account(iban="SE45 5000 0000 0583 9825 7466").iban == "SE4550000000058398257466"


def test_the_fifth_clearing_digit_makes_no_other_account() -> None:
    with_it = _account(clearing_number="8424-4", account_number="9831892246")
    without = _account(clearing_number="8424", account_number="9831892246")

    assert bank_account_key(with_it) == bank_account_key(without)


def test_masks_keep_at_most_the_last_two_characters() -> None:
    masked = mask_national_id("8112289874"), mask_bank_account("321564200"), mask_iban("NO9386011117947")

    assert masked == ("••••", "••••00", "••••47")


def test_a_short_value_is_masked_whole() -> None:
    assert mask_bank_account("1234567") == "••••"


def _account(
    *, country: str = "SE", clearing_number: str = "", account_number: str = "", iban: str = "", bic: str = ""
) -> BankAccountNumbers:
    return clean_bank_account(
        country=country, clearing_number=clearing_number, account_number=account_number, iban=iban, bic=bic
    )
