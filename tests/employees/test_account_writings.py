"""Account numbers are read with every usual divider (D-06): by the functions, the record and the form."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from employees.models import BankAccount
from employees.values.bank_accounts import clean_bank_account, clean_bic, clean_iban
from employees.values.texts import undivided
from tests.factories import BankAccountFactory, EmployeeFactory
from tests.pages import press

pytestmark = pytest.mark.behaviour("D-06")
DASHES = "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
SPACES = " \t\u00a0\u2002\u2007\u2009\u200a\u202f\u205f\u3000"
UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\ufeff"
MARKS = ".,/\u00b7"
DIVIDERS = [*DASHES, *SPACES, *UNSEEN, *MARKS]
FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))

# As somebody writes it: country, clearing number, account number; and the canonical numbers.
WRITINGS = [
    ("SE", "8304\u22128", "12345678-2", "83048", "0123456782"),
    ("SE", "8304\u20118", "12345678-2", "83048", "0123456782"),
    ("SE", "8304-8", "12345678-2", "83048", "0123456782"),
    ("SE", "8304 8", "12 345 678\u20132", "83048", "0123456782"),
    ("SE", "8304\u20128", "12\u202f345\u202f678\u20132", "83048", "0123456782"),
    ("SE", "8304", "12345678-2\u200b", "8304", "0123456782"),
    ("SE", "\ufeff5140", "321\u202f56\u202f42", "5140", "3215642"),
    ("SE", "5140", "321.56.42", "5140", "3215642"),
    ("SE", "５１４０", "３２１５６４２", "5140", "3215642"),
    ("SE", "3300", "000620\u22125124", "3300", "0006205124"),
    ("SE", "9960", "123456/6", "9960", "1234566"),
    ("NO", "", "8601\u200911\u200917947", "", "86011117947"),
    ("NO", "", "8601\u00b711\u00b717947", "", "86011117947"),
    ("NO", "", "8601.11.17947\u200e", "", "86011117947"),
    ("NO", "", "８６０１１１１７９４７", "", "86011117947"),
    ("DK", "0040", "0440\u2011116243", "0040", "0440116243"),
    ("DK", "0040", "0440\u00a0116\u200b243", "0040", "0440116243"),
    ("FI", "", "123456\u2013785", "", "123456785"),
    ("CZ", "", "19-2000145399/0800", "", "1920001453990800"),
    ("MT", "", "0012345mtlcast001s", "", "0012345MTLCAST001S"),
]


@pytest.mark.parametrize(("country", "clearing", "account", "clean_clearing", "clean_account"), WRITINGS)
def test_a_number_is_read_without_its_dividers(
    country: str, clearing: str, account: str, clean_clearing: str, clean_account: str
) -> None:
    numbers = clean_bank_account(country=country, clearing_number=clearing, account_number=account, iban="", bic="")
    assert (numbers.clearing_number, numbers.account_number) == (clean_clearing, clean_account)


@pytest.mark.parametrize("divider", DIVIDERS, ids=lambda sign: f"U+{ord(sign):04X}")
def test_every_divider_divides_ibans_and_bics_too(divider: str) -> None:
    assert clean_iban(divider.join(["NO93", "8601", "1117", "947"])) == "NO9386011117947"
    assert clean_bic(divider.join(["ESSE", "SE", "SS"])) == "ESSESESS"
    assert undivided(f"{divider}8304{divider}8{divider}") == "83048"


@given(st.text("0123456789", min_size=1, max_size=30), st.lists(st.sampled_from(DIVIDERS), min_size=1, max_size=5))
def test_dividers_never_change_the_digits(digits: str, dividers: list[str]) -> None:
    written = digits.translate(FULL_WIDTH)
    for index, divider in enumerate(dividers):
        written = written[: index * 2] + divider + written[index * 2 :]
    assert undivided(written) == digits


@pytest.mark.parametrize(
    "iban", ["ｎｏ９３８６０１１１１７９４７", "NO93 8601 1117 947\u200b", "\ufeffNO93\u202f8601\u202f1117\u202f947"]
)
def test_an_iban_in_full_width_or_with_unseen_characters_is_read(iban: str) -> None:
    assert clean_iban(iban) == "NO9386011117947"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"country": "NO", "iban": "IBAN: NO93 8601 1117 947"}, "iban"),
        ({"country": "NO", "iban": "IBAN NO93 8601 1117 947"}, "iban"),
        ({"country": "NO", "account_number": "NO93 8601 1117 947"}, "account_number"),
        ({"country": "NL", "account_number": "NL91ABNA0417164300"}, "account_number"),
        ({"country": "DK", "account_number": "DK50 0040 0440 1162 43"}, "account_number"),
        ({"country": "SE", "clearing_number": "5000", "account_number": "SE4550000000058398257466"}, "account_number"),
        ({"country": "SE", "account_number": "5140-3215642"}, "clearing_number"),
        ({"country": "SE", "clearing_number": "5140", "account_number": "5140-3215642"}, "account_number"),
        ({"country": "SE", "clearing_number": "8304-9", "account_number": "12345678-2"}, "clearing_number"),
        ({"country": "SE", "clearing_number": "3300", "account_number": "195501019805"}, "account_number"),
        ({"country": "SE", "clearing_number": "3300", "account_number": "62051 24"}, "account_number"),
        ({"country": "NO", "account_number": "5391234567"}, "account_number"),
        ({"country": "NO", "account_number": "8601:1117947"}, "account_number"),
    ],
)
def test_what_is_no_number_of_its_field_is_refused_with_a_reason_there(values: dict[str, str], field: str) -> None:
    given = {"country": "", "clearing_number": "", "account_number": "", "iban": "", "bic": ""}
    with pytest.raises(ValidationError) as refusal:
        clean_bank_account(**{**given, **values})
    assert list(refusal.value.message_dict) == [field]
    assert not [value for value in values.values() if len(value) > 4 and value in refusal.value.messages[0]]


def test_a_norwegian_account_may_end_with_nought() -> None:
    numbers = clean_bank_account(country="NO", clearing_number="", account_number="8601.11.17130", iban="", bic="")
    assert numbers.account_number == "86011117130"


# The record


@pytest.mark.django_db
@pytest.mark.parametrize(("country", "clearing", "account", "clean_clearing", "clean_account"), WRITINGS)
def test_the_record_keeps_the_digits(
    country: str, clearing: str, account: str, clean_clearing: str, clean_account: str
) -> None:
    record = BankAccount(
        employee=EmployeeFactory.create(), country=country, clearing_number=clearing, account_number=account
    )
    record.full_clean()
    assert (record.clearing_number, record.account_number) == (clean_clearing, clean_account)


@pytest.mark.django_db
def test_the_longest_iban_may_be_written_in_groups() -> None:
    record = BankAccount(
        employee=EmployeeFactory.create(),
        country="MT",
        iban="MT84 MALT 0110 0001 2345 MTLC AST0 01S\u00a0\u00a0\u200b",
        bic="MMEB-MT-MT XXX",
    )
    record.full_clean()
    assert (record.iban, record.bic) == ("MT84MALT011000012345MTLCAST001S", "MMEBMTMTXXX")


@pytest.mark.django_db
@pytest.mark.behaviour("D-05")
def test_the_record_refuses_another_accounts_iban_beside_it() -> None:
    record = BankAccountFactory.build(
        employee=EmployeeFactory.create(),
        clearing_number="5439",
        account_number="0000004",
        iban="SE45 5000 0000 0583 9825 7466",
    )
    with pytest.raises(ValidationError) as refusal:
        record.full_clean()
    assert list(refusal.value.message_dict) == ["iban"]


@pytest.mark.django_db
@pytest.mark.behaviour("D-05")
def test_an_account_that_was_stored_so_blocks_an_edit_of_itself_alone() -> None:
    record = BankAccountFactory.create(
        clearing_number="5439", account_number="0000004", iban="SE4550000000058398257466"
    )
    record.full_clean()
    record.bic = "ESSESESS"
    with pytest.raises(ValidationError):
        record.full_clean()


# The form


@pytest.mark.parametrize(("country", "clearing", "account", "clean_clearing", "clean_account"), WRITINGS)
def test_the_form_takes_what_the_page_is_given(
    hr_admin: Client, country: str, clearing: str, account: str, clean_clearing: str, clean_account: str
) -> None:
    record = BankAccountFactory.create()
    page = reverse("admin:employees_bankaccount_change", args=[record.pk])

    written = {"country": country, "clearing_number": clearing, "account_number": account}
    response = press(hr_admin, hr_admin.get(page), "Save", written)

    assert response.status_code == 302
    record.refresh_from_db()
    assert (record.clearing_number, record.account_number) == (clean_clearing, clean_account)


def test_the_persons_page_takes_an_iban_in_groups_and_a_bic_with_spaces(hr_admin: Client) -> None:
    record = BankAccountFactory.create()
    page = reverse("admin:employees_employee_change", args=[record.employee_id])
    written = {
        "country": "MT",
        "clearing_number": "",
        "account_number": "",
        "iban": "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
        "bic": "MMEB MT MT XXX",
    }
    typed = {f"bank_account-0-{name}": text for name, text in written.items()}
    response = press(hr_admin, hr_admin.get(page), "Save", typed)

    assert response.status_code == 302
    record.refresh_from_db()
    assert (record.iban, record.bic) == ("MT84MALT011000012345MTLCAST001S", "MMEBMTMTXXX")


@pytest.mark.behaviour("D-05")
@pytest.mark.parametrize(
    "written",
    [
        {"clearing_number": "5439", "account_number": "0000004", "iban": "SE45 5000 0000 0583 9825 7466"},
        {"country": "NO", "clearing_number": "", "account_number": "8601.11.17947", "iban": "NO75 7058 0671 290"},
    ],
)
def test_the_persons_page_refuses_another_accounts_iban_beside_the_field(
    hr_admin: Client, written: dict[str, str]
) -> None:
    record = BankAccountFactory.create()
    page = reverse("admin:employees_employee_change", args=[record.employee_id])

    typed = {f"bank_account-0-{name}": text for name, text in written.items()}
    response = press(hr_admin, hr_admin.get(page), "Save", typed)

    assert response.status_code == 200
    formset = response.context["inline_admin_formsets"][0].formset
    assert list(formset.errors[0]) == ["iban"]
    before = record.account_number
    record.refresh_from_db()
    assert (record.account_number, record.iban) == (before, "")
