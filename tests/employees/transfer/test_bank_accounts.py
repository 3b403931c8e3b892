"""Bank accounts in a file: what it brings of one account leaves nothing of another one standing (D-05, D-06)."""

import pytest
from django.test import Client
from django.urls import reverse
from schwifty import IBAN

from employees.models import BankAccount, Company, Employee, ImportJob
from tests.employees.transfer.files import confirm, preview, reasons
from tests.factories import BankAccountFactory, CompanyFactory, EmployeeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("D-05")]
# The fields of an account of SEB with its IBAN, of another one at SEB, and of one at Handelsbanken.
SEB = {"clearing_number": "5439", "account_number": "0000004"}
SEB_IBAN = str(IBAN.from_bban("SE", "500" + "54390000004".zfill(17)))
OTHER_SEB_IBAN = "SE4550000000058398257466"
HANDELSBANKEN = {"clearing_number": "6000", "account_number": "806967498"}
HANDELSBANKEN_IBAN = str(IBAN.from_bban("SE", "600" + "806967498".zfill(17)))


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


@pytest.fixture
def anna(company: Company) -> Employee:
    return EmployeeFactory.create(company=company, employment_id="1001")


def hold(employee: Employee, **numbers: str) -> None:
    account = BankAccountFactory.build(employee=employee, **{"clearing_number": "", "account_number": "", **numbers})
    account.full_clean()
    account.save()


def read(company: Company, **cells: str) -> ImportJob:
    return preview(company, [["employment_id", *cells], ["1001", *cells.values()]])


def stored(employee: Employee) -> dict[str, str]:
    account = BankAccount.objects.filter(employee=employee).values("country", *HELD).first()
    return {name: value for name, value in (account or {}).items() if value}


HELD = ("clearing_number", "account_number", "iban", "bic")


def test_the_iban_of_the_account_before_goes_with_it_and_the_preview_shows_it(
    hr_admin: Client, company: Company, anna: Employee
) -> None:
    hold(anna, **SEB, iban=SEB_IBAN, bic="ESSESESS")

    job = read(company, clearing_number="9960", account_number="1234566")

    assert job.rows.get().sensitive_changes == {
        "clearing_number": ["5439", "9960"],
        "account_number": ["0000004", "1234566"],
        "iban": [SEB_IBAN, ""],
        "bic": ["ESSESESS", ""],
    }
    shown = hr_admin.get(reverse("admin:employees_importjob_change", args=[job.pk])).content.decode()
    assert SEB_IBAN in shown
    confirm(job)
    assert stored(anna) == {"country": "SE", "clearing_number": "9960", "account_number": "1234566"}


def test_the_number_of_the_account_before_goes_with_a_new_iban(company: Company, anna: Employee) -> None:
    hold(anna, **SEB, bic="ESSESESS")

    job = read(company, iban="SE45 5000 0000 0583 9825 7466")

    # The bank is the same one: so is its BIC.
    assert job.rows.get().sensitive_changes == {
        "clearing_number": ["5439", ""],
        "account_number": ["0000004", ""],
        "iban": ["", OTHER_SEB_IBAN],
    }
    confirm(job)
    assert stored(anna) == {"country": "SE", "iban": OTHER_SEB_IBAN, "bic": "ESSESESS"}


def test_a_new_iban_of_another_bank_takes_the_bic_away_too(company: Company, anna: Employee) -> None:
    hold(anna, **SEB, iban=SEB_IBAN, bic="ESSESESS")
    confirm(read(company, iban=HANDELSBANKEN_IBAN))
    assert stored(anna) == {"country": "SE", "iban": HANDELSBANKEN_IBAN}


def test_an_iban_of_the_very_account_is_added_to_its_number(company: Company, anna: Employee) -> None:
    hold(anna, **SEB, bic="ESSESESS")
    job = read(company, iban=SEB_IBAN)
    assert job.rows.get().sensitive_changes == {"iban": ["", SEB_IBAN]}


def test_a_number_of_the_very_account_is_added_to_its_iban(company: Company, anna: Employee) -> None:
    hold(anna, iban=SEB_IBAN, bic="ESSESESS")
    job = read(company, **SEB)
    assert job.rows.get().sensitive_changes == {"clearing_number": ["", "5439"], "account_number": ["", "0000004"]}


def test_a_file_that_brings_a_bic_changes_the_bic_alone(company: Company, anna: Employee) -> None:
    hold(anna, **SEB, iban=SEB_IBAN, bic="ESSESESS")
    job = read(company, bic="ESSESESSXXX")
    assert job.rows.get().sensitive_changes == {"bic": ["ESSESESS", "ESSESESSXXX"]}


@pytest.mark.parametrize(
    "cells",
    [
        {"clearing_number": "5439", "account_number": "00 000\u22120 4"},
        {"clearing_number": "54\u200b39", "account_number": "0000004"},
        {"clearing_number": "5439", "account_number": "00\u202f000\u201104", "iban": SEB_IBAN.lower()},
        {"iban": " ".join([SEB_IBAN[:4], SEB_IBAN[4:]]), "bic": "esse se ss"},
        {"account_number": "0000004"},
    ],
)
@pytest.mark.behaviour("D-06")
def test_the_same_account_in_another_writing_changes_nothing(
    company: Company, anna: Employee, cells: dict[str, str]
) -> None:
    hold(anna, **SEB, iban=SEB_IBAN, bic="ESSESESS")
    job = read(company, **cells)
    assert (job.counts["unchanged"], job.counts["bad"]) == (1, 0)


def test_swedbanks_fifth_digit_takes_no_iban_away(company: Company, anna: Employee) -> None:
    iban = str(IBAN.from_bban("SE", "800" + "00" + "83279" + "3933190005"))
    hold(anna, clearing_number="8327", account_number="3933190005", iban=iban, bic="SWEDSESS")
    job = read(company, clearing_number="8327-9", account_number="393 319 000-5")
    assert job.rows.get().sensitive_changes == {"clearing_number": ["8327", "83279"]}


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"clearing_number": "5439", "account_number": "0000004", "iban": OTHER_SEB_IBAN}, "iban"),
        ({"bank_country": "NO", "account_number": "8601.11.17947", "iban": "NO75 7058 0671 290"}, "iban"),
        # Half of another account: the other half has to come with it.
        ({"account_number": "806967506"}, "clearing_number"),
        ({"clearing_number": "6001"}, "account_number"),
        ({"iban": "IBAN: SE45 5000 0000 0583 9825 7466"}, "iban"),
        ({"account_number": OTHER_SEB_IBAN, "clearing_number": "5000"}, "account_number"),
    ],
)
def test_numbers_of_two_accounts_are_refused_by_their_column(
    company: Company, anna: Employee, cells: dict[str, str], column: str
) -> None:
    hold(anna, **HANDELSBANKEN)
    ((refused, _reason),) = reasons(read(company, **cells))[2]
    assert refused == column


def test_a_new_person_with_two_accounts_is_refused(company: Company) -> None:
    header = ["employment_id", "given_name", "family_name", "bank_country", "account_number", "iban"]
    job = preview(company, [header, ["7", "Kari", "Ek", "NO", "8601.11.17947", "NO75 7058 0671 290"]])
    ((column, reason),) = reasons(job)[2]
    assert (column, "another account's" in reason) == ("iban", True)


def test_an_account_in_another_country_leaves_nothing_of_the_one_before(company: Company, anna: Employee) -> None:
    hold(anna, **SEB, iban=SEB_IBAN, bic="ESSESESS")
    confirm(read(company, bank_country="NO", account_number="8601.11.17947"))
    assert stored(anna) == {"country": "NO", "account_number": "86011117947"}


def test_emptying_the_number_keeps_the_iban_of_the_account(company: Company, anna: Employee) -> None:
    hold(anna, **SEB, iban=SEB_IBAN, bic="ESSESESS")
    confirm(read(company, clearing_number="", account_number=""))
    assert stored(anna) == {"country": "SE", "iban": SEB_IBAN, "bic": "ESSESESS"}


def test_emptying_the_only_number_takes_the_account_away(company: Company, anna: Employee) -> None:
    hold(anna, **SEB, bic="ESSESESS")
    confirm(read(company, clearing_number="", account_number=""))
    assert stored(anna) == {}


@pytest.mark.behaviour("D-06")
@pytest.mark.parametrize("clearing", ["8304\u22128", "8304\u20118", "8304-8", "8304 8"])
def test_every_dash_of_a_swedbank_number_is_read(company: Company, anna: Employee, clearing: str) -> None:
    confirm(read(company, bank_country="SE", clearing_number=clearing, account_number="12345678\u20132"))
    assert stored(anna) == {"country": "SE", "clearing_number": "83048", "account_number": "0123456782"}
