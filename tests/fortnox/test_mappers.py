from datetime import date
from typing import Any

import pytest

from employees.values.national_ids import birth_date_of
from integrations.core.declare import Side
from integrations.core.kinds import UNKNOWN, Address, BankAccount
from integrations.fortnox.mappers import body_from_values
from tests.fortnox.bodies import RESOURCE, TODAY, employee_body, record_from, record_of, value_of

HOME = Address("Storgatan 1", "44734", "Vårgårda", "SE")


@pytest.mark.behaviour("FX-08")
def test_every_supported_field_is_read() -> None:
    assert RESOURCE.values(record_of()) == {
        "work_email": "asa.oberg@example.se",
        "employment_id": "17",
        "given_name": "Åsa",
        "family_name": "Öberg",
        "phone": "+46701740605",
        "address": HOME,
        "bank_account": BankAccount("SE", "83279", "3933190005"),
        "first_workday": date(2020, 1, 1),
        "last_workday": None,
    }


def test_the_record_is_known_by_its_employee_id_and_called_by_name() -> None:
    record = record_of(EmployeeId=17)
    assert (record.id, record.label) == ("17", "Åsa Öberg")


def test_a_person_whose_name_is_not_shown_is_called_by_the_employee_id() -> None:
    assert record_of(FirstName="API_NORIGHT", LastName="API_NORIGHT").label == "17"


# What is there, empty or not shown


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("work_email", "Email"),
        ("given_name", "FirstName"),
        ("phone", "Phone1"),
        ("address", "Address1"),
        ("address", "Address2"),
        ("address", "City"),
        ("bank_account", "ClearingNo"),
        ("bank_account", "BankAccountNo"),
        ("first_workday", "EmploymentDate"),
        ("last_workday", "EmployedTo"),
    ],
)
def test_what_the_user_may_not_see_or_the_list_leaves_out_is_unknown(ours: str, theirs: str) -> None:
    assert value_of(ours, **{theirs: "API_NORIGHT"}) is UNKNOWN
    left_out = employee_body()
    del left_out[theirs]
    assert RESOURCE.value(record_from(left_out), ours) is UNKNOWN


@pytest.mark.parametrize("nothing", ["", None, "  "])
def test_an_empty_text_and_a_null_are_empty(nothing: Any) -> None:
    assert value_of("phone", Phone1=nothing) is None
    assert value_of("last_workday", EmployedTo=nothing) is None
    assert value_of("work_email", Email=nothing) is None
    assert value_of("bank_account", ClearingNo=nothing, BankAccountNo=nothing) is None


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize("broken", ["2024-02-30", "0000-00-00", "soon", 20])
def test_a_date_that_is_none_is_told_and_not_taken(broken: Any) -> None:
    value, declared = value_of("first_workday", EmploymentDate=broken), RESOURCE.field("first_workday")
    assert value == str(broken)
    assert "no day of the calendar" in declared.refuses(value, to=Side.LEFT)
    assert declared.from_json(declared.to_json(value)) == value
    assert declared.show(value) == str(broken)


def test_a_code_that_nobody_knows_does_not_stop_the_person_from_being_read() -> None:
    assert record_of(EmploymentForm="NEW", TaxAllowance="SNK", PersonelType=None).id == "17"


# Phones and bank accounts


@pytest.mark.parametrize("written", ["070-174 06 05", "+46 70 174 06 05", "0046701740605"])
def test_a_phone_is_read_as_swedish(written: str) -> None:
    assert value_of("phone", Phone1=written) == "+46701740605"


def test_a_text_that_is_no_phone_stays_as_it_is_and_the_hub_says_why_it_refuses_it() -> None:
    value = value_of("phone", Phone1="ask reception")
    check = RESOURCE.field("phone").check_left
    assert value == "ask reception"
    assert check is not None
    assert "not a phone number" in str(check(value))


def test_numbers_may_come_as_numbers() -> None:
    assert value_of("bank_account", ClearingNo=83279, BankAccountNo=3933190005) == BankAccount(
        "SE", "83279", "3933190005"
    )


def test_a_valid_account_is_read_as_its_digits_filled_to_the_banks_length() -> None:
    assert value_of("bank_account", ClearingNo="8327-9", BankAccountNo="45 678 000") == BankAccount(
        "SE", "83279", "0045678000"
    )


@pytest.mark.behaviour("D-06")
@pytest.mark.parametrize(
    ("clearing", "account", "read"),
    [
        ("8304\u22128", "12345678\u20132", ("83048", "0123456782")),
        ("8304\u20118", "12\u202f345\u202f678-2\u200b", ("83048", "0123456782")),
        ("8424-4", "983 189 224-7", ("84244", "9831892247")),
        # Not an account: its digits, for the hub to say why it refuses them.
        ("1200", "123\u202f456", ("1200", "123456")),
    ],
)
def test_an_account_is_read_with_every_divider(clearing: str, account: str, read: tuple[str, str]) -> None:
    assert value_of("bank_account", ClearingNo=clearing, BankAccountNo=account) == BankAccount("SE", *read)


# Addresses


def test_the_street_is_read_from_the_second_line_where_the_first_is_empty() -> None:
    record = record_of(Address1="", Address2="Storgatan 1")
    assert RESOURCE.value(record, "address") == HOME
    assert record.options == {"street_in": "Address2"}


def test_the_street_is_written_back_where_it_stood() -> None:
    record = record_of(Address1="", Address2="Storgatan 1")
    body = body_from_values({"address": HOME._replace(street="Lillgatan 2")}, options=record.options)
    assert body == {"Address2": "Lillgatan 2", "PostCode": "44734", "City": "Vårgårda", "Country": "Sverige"}


def test_the_second_line_is_neither_read_nor_written_beside_a_first_one() -> None:
    record = record_of(Address2="c/o Berg")
    assert RESOURCE.value(record, "address") == HOME
    assert "Address2" not in body_from_values({"address": HOME}, options=record.options)


def test_a_country_that_is_not_written_is_sweden() -> None:
    assert value_of("address", Country="") == HOME


def test_an_empty_address_and_a_country_alone_are_empty() -> None:
    empty = {"Address1": "", "PostCode": None, "City": ""}
    assert value_of("address", **empty, Country="") is None
    assert value_of("address", **empty, Country="Sverige") is None


def test_a_country_that_nobody_knows_stays_as_it_is_and_is_refused_by_the_hub() -> None:
    value = value_of("address", Country="Sverigge")
    check = RESOURCE.field("address").check_left
    assert value.country == "Sverigge"
    assert check is not None
    assert "country" in str(check(value))


def test_a_postal_code_is_read_without_spaces() -> None:
    assert value_of("address", PostCode="SE-447 34").postal_code == "44734"
    assert value_of("address", PostCode="4 47").postal_code == "447"


# Who is active


@pytest.mark.parametrize("inactive", [True, "true", "1"])
def test_an_inactive_person_is_not_active(inactive: Any) -> None:
    assert not record_of(Inactive=inactive).active


@pytest.mark.parametrize("inactive", [False, "false", "", None, "API_NORIGHT"])
def test_a_person_not_said_to_be_inactive_is_active(inactive: Any) -> None:
    assert record_of(Inactive=inactive).active


def test_a_person_is_active_up_to_the_last_workday() -> None:
    assert record_of(EmployedTo=TODAY.isoformat()).active
    assert not record_of(EmployedTo="2026-11-19").active


# Clues


def test_the_personal_number_gives_clues_and_no_value() -> None:
    record = record_of(PersonalIdentityNumber="19850601-2387")
    assert record.clues == ("nid:SE:8506012387", "person:åsa öberg:1985-06-01")


def test_a_clue_that_cannot_be_had_is_empty_beside_the_other() -> None:
    assert record_of(PersonalIdentityNumber="859901-2387").clues == ("nid:SE:8599012387", "")
    assert record_of(LastName="").clues == ("nid:SE:8506012384", "")


@pytest.mark.parametrize("number", ["", None, "API_NORIGHT", "unknown"])
def test_without_a_readable_personal_number_there_is_no_clue(number: Any) -> None:
    assert record_of(PersonalIdentityNumber=number).clues == ()


@pytest.mark.parametrize(
    ("number", "born"),
    [
        ("198506012387", date(1985, 6, 1)),
        ("850601-2387", date(1985, 6, 1)),
        ("050601-2387", date(2005, 6, 1)),
        ("261120-2387", date(2026, 11, 20)),
        ("261121-2387", date(1926, 11, 21)),
        ("200601+2387", date(1920, 6, 1)),
        ("850661-2387", date(1985, 6, 1)),
        ("000229-2387", date(2000, 2, 29)),
        ("850230-2387", None),
        ("850601", None),
    ],
)
def test_a_birth_date_is_read_from_a_personal_number(number: str, born: date | None) -> None:
    assert birth_date_of(number, "SE", today=TODAY) == born


# Back to Fortnox


def test_only_what_is_given_is_written() -> None:
    assert body_from_values({"phone": "+46701740605"}) == {"Phone1": "+46701740605"}


def test_an_empty_value_is_written_with_fortnoxs_own_mark() -> None:
    values = {"phone": None, "last_workday": None, "bank_account": None}
    marks = {"Phone1": "API_BLANK", "EmployedTo": "API_BLANK"}
    assert body_from_values(values) == {**marks, "ClearingNo": "API_BLANK", "BankAccountNo": "API_BLANK"}


def test_an_address_is_written_whole_with_its_missing_parts_emptied() -> None:
    body = body_from_values({"address": Address("Storgatan 1", "", "Vårgårda", "")})
    blank = {"PostCode": "API_BLANK", "Country": "API_BLANK"}
    assert body == {"Address1": "Storgatan 1", "City": "Vårgårda", **blank}


@pytest.mark.behaviour("FX-07")
def test_an_employment_id_is_never_written() -> None:
    assert body_from_values({"employment_id": "17", "given_name": "Åsa"}) == {"FirstName": "Åsa"}


# Writings


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("written", ["A\u030asa", "Åsa\u200b", "\ufeffÅsa ", "Å\u00adsa"])
def test_a_text_is_read_in_its_canonical_writing(written: str) -> None:
    assert value_of("given_name", FirstName=written) == "Åsa"
    assert value_of("address", City=written).city == "Åsa"


@pytest.mark.behaviour("D-01")
def test_a_text_that_nobody_sees_is_empty() -> None:
    assert value_of("given_name", FirstName="\u200b\u2060") is None
    assert value_of("phone", Phone1="\u200e") is None
    assert value_of("address", Address1="\u200b", PostCode="", City="\ufeff") is None


@pytest.mark.behaviour("D-01", "G-05")
def test_a_clue_is_the_same_in_another_writing() -> None:
    plain = record_of()
    assert record_of(FirstName="A\u030asa", LastName="\u00d6\u00adberg").clues == plain.clues
    assert record_of(PersonalIdentityNumber="850601\u20112384\u200b").clues == plain.clues


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize(
    "written", ["2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00", "2023-12-31T23:00:00Z"]
)
def test_a_date_with_a_time_is_its_day_in_sweden(written: str) -> None:
    assert value_of("first_workday", EmploymentDate=written) == date(2024, 1, 1)


@pytest.mark.behaviour("D-01")
def test_what_is_written_is_canonical() -> None:
    body = body_from_values({"given_name": "A\u030asa\u200b", "address": Address("Gatan  1\n", "11122", "Kil", "SE")})
    assert (body["FirstName"], body["Address1"]) == ("Åsa", "Gatan 1")
