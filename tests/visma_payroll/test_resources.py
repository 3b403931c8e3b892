from functools import partial
from typing import Any

import pytest

from integrations.core.compare import blocked, cannot_create
from integrations.core.declare import Direction, Record, Side
from integrations.core.kinds import Address, BankAccount
from integrations.visma_payroll.checks import norwegian_account
from integrations.visma_payroll.resources import employee_sources, employees_resource
from integrations.visma_payroll.settings import VismaPayrollSettings
from tests.visma_payroll.bodies import RESOURCE, TODAY

SWEDISH = BankAccount("SE", "", "", "SE4550000000058398257466", "ESSESESS")
ABROAD = employees_resource(VismaPayrollSettings(international_accounts=True))
to_visma = partial(blocked, to=Side.RIGHT, protected=False)


def person(**values: Any) -> Record:
    known = {"given_name": "A", "family_name": "B", "employment_id": "17", "first_workday": TODAY, **values}
    return Record(id="1", values=tuple(known.get(field.name) for field in RESOURCE.fields))


@pytest.mark.behaviour("VP-10")
def test_the_supported_fields_are_those_of_the_help_page_and_two_are_sent_on_creation_only() -> None:
    by_direction = {field.name: field.direction for field in RESOURCE.fields}
    on_creation = {name for name, direction in by_direction.items() if direction is Direction.ON_CREATION}
    assert on_creation == {"birth_date", "national_id"}
    assert [name for name, direction in by_direction.items() if direction is Direction.BOTH] == [
        "given_name",
        "family_name",
        "work_email",
        "phone",
        "first_workday",
        "last_workday",
        "employment_id",
        "bank_account",
        "address",
    ]


@pytest.mark.behaviour("VP-04", "VP-10")
def test_every_field_has_its_value_in_the_hub() -> None:
    assert set(employee_sources()) == {field.name for field in RESOURCE.fields}
    assert employee_sources()["phone"] == "work_phone"


@pytest.mark.behaviour("VP-12")
def test_people_match_by_employment_id_and_then_by_work_email() -> None:
    assert RESOURCE.match_keys == ("employment_id", "work_email")


@pytest.mark.behaviour("G-18")
def test_phone_and_address_are_withheld_for_a_protected_identity() -> None:
    assert {field.name for field in RESOURCE.fields if field.withheld} == {"phone", "address"}
    assert "protected identity" in blocked(RESOURCE.field("phone"), to=Side.RIGHT, value="+4740000017", protected=True)


@pytest.mark.behaviour("VP-07")
def test_a_longer_employment_id_is_refused_with_its_reason_and_twelve_characters_are_not() -> None:
    field = RESOURCE.field("employment_id")
    assert "at most 12 characters" in to_visma(field, value="1234567890123")
    assert to_visma(field, value="123456789012") == ""


@pytest.mark.behaviour("VP-07")
def test_an_employment_id_is_required_to_create_and_never_emptied() -> None:
    assert "Employment ID" in cannot_create(RESOURCE, person(employment_id=None, work_email="a@b.no"), to=Side.RIGHT)
    assert "12 characters" in cannot_create(RESOURCE, person(employment_id="1234567890123"), to=Side.RIGHT)
    assert to_visma(RESOURCE.field("employment_id"), value=None)
    assert cannot_create(RESOURCE, person(), to=Side.RIGHT) == ""


def test_nobody_is_created_without_the_first_workday_that_a_position_needs() -> None:
    assert "First workday" in cannot_create(RESOURCE, person(first_workday=None), to=Side.RIGHT)


@pytest.mark.behaviour("VP-08")
@pytest.mark.parametrize(
    "account", [BankAccount("NO", "", "1234.00.00003"), BankAccount("NO", iban="NO93 8601 1117 947")]
)
def test_a_norwegian_account_is_sent_also_by_its_iban(account: BankAccount) -> None:
    assert to_visma(RESOURCE.field("bank_account"), value=account) == ""
    assert len(norwegian_account(account)) == 11


@pytest.mark.behaviour("VP-08")
@pytest.mark.parametrize(
    ("account", "reason"),
    [
        (BankAccount("NO", "", "12340000001"), "not a valid Norwegian account number"),
        (BankAccount("NO", "", "1234566"), "not a valid Norwegian account number"),
        (BankAccount("NO", iban="NO9386011117948"), "not a valid Norwegian account number"),
        (BankAccount("SE", "83279", "3933190005"), "use International bank account"),
        (SWEDISH, "use International bank account"),
    ],
)
def test_any_other_account_is_not_sent_and_the_reason_says_what_to_do(account: BankAccount, reason: str) -> None:
    assert reason in to_visma(RESOURCE.field("bank_account"), value=account)
    assert norwegian_account(account) == ""


@pytest.mark.behaviour("VP-08")
@pytest.mark.behaviour("D-06")
@pytest.mark.parametrize(
    "written",
    ["8601\u00b711\u00b717947", "8601\u202f11\u202f17947", "8601\u221211\u221217947\u200b", "８６０１１１１７９４７"],
)
def test_a_norwegian_account_is_read_with_every_divider(written: str) -> None:
    account = BankAccount("NO", "", written)
    assert to_visma(RESOURCE.field("bank_account"), value=account) == ""
    assert norwegian_account(account) == "86011117947"


@pytest.mark.behaviour("VP-08")
@pytest.mark.behaviour("D-05")
@pytest.mark.parametrize(
    "account",
    [
        BankAccount("NO", "", "86011117947", "NO7570580671290"),
        BankAccount("SE", "5439", "0000004", "SE4550000000058398257466", "ESSESESS"),
    ],
)
def test_an_account_that_is_half_of_another_one_is_not_sent(account: BankAccount) -> None:
    for resource in (RESOURCE, ABROAD):
        assert "another account's" in to_visma(resource.field("bank_account"), value=account)


@pytest.mark.behaviour("VP-08")
def test_by_setting_an_account_abroad_is_sent_with_iban_and_bic() -> None:
    field = ABROAD.field("bank_account")
    assert to_visma(field, value=SWEDISH) == ""
    assert "IBAN and the BIC" in to_visma(field, value=SWEDISH._replace(bic=""))
    assert "Norwegian" in to_visma(field, value=BankAccount("NO", "", "12340000001"))


def test_two_writings_of_one_account_are_equal() -> None:
    key = RESOURCE.field("bank_account").key
    assert key(BankAccount("NO", iban="NO93 8601 1117 947")) == key(BankAccount("NO", "", "8601 11 17947"))
    assert key(SWEDISH) == key(SWEDISH._replace(iban="SE45 5000 0000 0583 9825 7466", bic=""))
    assert key(BankAccount("SE")) is None


@pytest.mark.behaviour("VP-09")
def test_an_address_without_a_country_equals_the_same_one_in_norway() -> None:
    key = RESOURCE.field("address").key
    assert key(Address("Storgata 1", "0150", "Oslo", "")) == key(Address("storgata  1", "01 50", "OSLO", "NO"))
    assert key(Address("", "", "", "NO")) is None


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("work_email", "nobody", "e-mail"),
        ("phone", "ring", "phone"),
        ("address", Address("x" * 201, "0150", "Oslo", "NO"), "longer than"),
        ("address", Address("Storgata 1", "0150", "Oslo", "XX"), "country"),
        ("address", Address("Storgata 1", "015", "Oslo", "NO"), "postal code"),
        ("bank_account", BankAccount("NO", "", "12340000001"), "eleven digits"),
        ("given_name", "x" * 101, "longer than"),
    ],
)
def test_what_the_hub_cannot_hold_is_said_beforehand(name: str, value: Any, reason: str) -> None:
    assert reason in blocked(RESOURCE.field(name), to=Side.LEFT, value=value, protected=False)


@pytest.mark.behaviour("VP-10")
def test_only_a_norwegian_national_id_is_sent() -> None:
    field = RESOURCE.field("national_id")
    assert to_visma(field, value="01015590978") == ""
    assert "not a Norwegian national ID" in to_visma(field, value="5501019805")


def test_secrets_are_masked() -> None:
    assert RESOURCE.field("bank_account").show(BankAccount("NO", "", "12340000003")) == "••••03"
    assert RESOURCE.field("national_id").show("01015590978") == "••••"
