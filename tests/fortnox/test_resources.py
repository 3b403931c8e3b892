from datetime import date
from typing import Any

import pytest

from integrations.core.declare import Direction, Side
from integrations.core.kinds import Address, BankAccount
from integrations.fortnox.resources import employee_sources, employees_resource
from integrations.fortnox.settings import FortnoxSettings
from tests.fortnox.bodies import RESOURCE

SWEDISH = BankAccount("SE", "83279", "3933190005")


@pytest.mark.behaviour("FX-08")
def test_the_supported_fields_are_those_of_the_help_page() -> None:
    assert [field.name for field in RESOURCE.fields] == [
        "work_email",
        "employment_id",
        "given_name",
        "family_name",
        "phone",
        "address",
        "bank_account",
        "first_workday",
        "last_workday",
    ]


@pytest.mark.behaviour("FX-05")
def test_email_phone_and_employment_id_must_be_unique() -> None:
    assert {field.name for field in RESOURCE.fields if field.unique} == {"work_email", "phone", "employment_id"}


@pytest.mark.behaviour("FX-06")
def test_people_match_by_work_email_first() -> None:
    assert RESOURCE.match_keys == ("work_email",)
    assert RESOURCE.field("work_email").key(" Asa.Oberg@Example.SE ") == "asa.oberg@example.se"


@pytest.mark.behaviour("FX-07")
def test_an_employment_id_goes_to_the_hub_alone() -> None:
    field = RESOURCE.field("employment_id")
    assert field.direction is Direction.TO_LEFT
    assert (field.may_go(Side.LEFT), field.may_go(Side.RIGHT)) == (True, False)


@pytest.mark.behaviour("G-18")
def test_phones_and_addresses_are_withheld_for_a_protected_identity() -> None:
    assert {field.name for field in RESOURCE.fields if field.withheld} == {"phone", "address"}


def test_a_person_is_created_only_with_what_fortnox_demands() -> None:
    required = {field.name for field in RESOURCE.fields if field.required}
    assert required == {"work_email", "given_name", "family_name"}


def test_a_bank_account_is_shown_masked() -> None:
    assert RESOURCE.field("bank_account").show(SWEDISH) == "••••05"


@pytest.mark.behaviour("FX-08")
@pytest.mark.parametrize("source", ["work_phone", "private_phone"])
def test_the_setting_says_which_phone_of_the_hub_is_meant(source: str) -> None:
    settings = FortnoxSettings(phone_source=source)
    sources = employee_sources(settings)
    resource = employees_resource(settings, country="SE")
    assert sources["phone"] == source
    assert set(sources) == {field.name for field in resource.fields}
    assert str(resource.field("phone").label).lower().replace(" ", "_") == source


# Bank accounts


@pytest.mark.behaviour("FX-09")
def test_a_valid_swedish_account_may_be_sent() -> None:
    assert _refusal("bank_account", SWEDISH) == ""


@pytest.mark.behaviour("FX-09")
@pytest.mark.parametrize(
    ("account", "reason"),
    [
        (BankAccount("NO", "", "86011117947"), "only a Swedish clearing and account number"),
        (BankAccount("SE", iban="SE4550000000058398257466"), "only a Swedish clearing and account number"),
        (BankAccount("SE", "6683", "764450809"), "last digit does not fit"),
        (SWEDISH._replace(iban="SE4550000000058398257466"), "another account's"),
        (SWEDISH._replace(clearing_number="0999"), "No Swedish bank"),
        (SWEDISH._replace(clearing_number=""), "clearing number has four digits"),
    ],
)
def test_another_account_is_skipped_with_the_reason(account: BankAccount, reason: str) -> None:
    assert reason in _refusal("bank_account", account)


@pytest.mark.behaviour("FX-09")
@pytest.mark.behaviour("D-06")
def test_an_old_swedbank_account_without_check_digit_may_be_sent_it_was_confirmed_in_the_hub() -> None:
    assert _refusal("bank_account", SWEDISH._replace(account_number="3933190001")) == ""


def test_accounts_are_compared_without_what_fortnox_cannot_hold() -> None:
    field = RESOURCE.field("bank_account")
    with_iban = SWEDISH._replace(iban="SE4550000000058398257466", bic="ESSESESS")
    assert field.key(with_iban) == field.key(SWEDISH) == field.key(SWEDISH._replace(clearing_number="8327"))
    assert field.key(SWEDISH._replace(account_number="3933190013")) != field.key(SWEDISH)


def test_an_account_in_the_hub_with_an_iban_alone_is_nothing_that_fortnox_could_hold() -> None:
    iban = BankAccount("SE", iban="SE4550000000058398257466")
    assert RESOURCE.field("bank_account").key(iban) is not None
    assert RESOURCE.field("bank_account").key(BankAccount("SE")) is None


# Addresses


def test_a_blank_country_in_the_hub_is_compared_as_sweden() -> None:
    field = RESOURCE.field("address")
    assert field.key(Address("Storgatan  1", "447 34", "vårgårda")) == field.key(
        Address("storgatan 1", "44734", "Vårgårda", "SE")
    )


def test_a_country_alone_is_no_address() -> None:
    assert RESOURCE.field("address").key(Address(country="SE")) is None


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (Address("Storgatan 1", "44734", "Vårgårda", "SE"), ""),
        (Address("Storgatan 1", "447", "Vårgårda", "SE"), "postal code"),
        (Address("Storgatan 1", "44734", "Vårgårda", "Sverigge"), "country"),
        (Address("x" * 201, "44734", "Vårgårda", "SE"), "200"),
        (Address("Storgatan 1", "44734", "x" * 101, "SE"), "100"),
    ],
)
def test_an_address_that_the_hub_cannot_hold_is_refused_with_the_reason(address: Address, reason: str) -> None:
    field = RESOURCE.field("address")
    assert field.check_left is not None
    assert reason in str(field.check_left(address) or "")
    assert bool(reason) == bool(field.check_left(address))


def test_a_name_that_the_hub_cannot_hold_is_refused_with_the_reason() -> None:
    check = RESOURCE.field("family_name").check_left
    assert check is not None
    assert (check("x" * 100), "100" in str(check("x" * 101))) == (None, True)


def test_values_survive_being_stored() -> None:
    values: dict[str, Any] = {"bank_account": SWEDISH, "first_workday": date(2020, 1, 1), "phone": "+46701740605"}
    for name, value in values.items():
        field = RESOURCE.field(name)
        assert field.from_json(field.to_json(value)) == value


def _refusal(name: str, value: Any) -> str:
    check = RESOURCE.field(name).check_right
    assert check is not None
    return str(check(value) or "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("work_email", "Åsa@Example.se"),
        ("employment_id", "1 000"),
        ("given_name", "Anna  Maria"),
        ("family_name", "Öberg"),
        ("phone", "+46 70 1740605"),
        ("address", Address("Storgatan  1", "123 45", "Lund", "")),
        ("bank_account", SWEDISH),
        ("first_workday", date(2026, 2, 28)),
        ("last_workday", date(2026, 12, 31)),
    ],
)
def test_what_is_compared_of_a_value_survives_being_stored(name: str, value: Any) -> None:
    """Or a side that did not move would look as if it had (G-04)."""
    field = RESOURCE.field(name)
    key = field.key(value)

    assert field.from_json(field.to_json(key)) == key
