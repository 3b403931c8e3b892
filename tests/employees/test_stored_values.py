"""What stood there before its rule came blocks an edit of itself alone, whatever else is odd about it."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from employees.models import BankAccount, Employee
from tests.employees.transfer.files import confirm, preview
from tests.factories import AbsenceTypeFactory, BankAccountFactory, EmployeeFactory
from tests.pages import press

pytestmark = pytest.mark.django_db
# A clearing number in another writing, and the IBAN of another account.
ODD_ACCOUNT = {
    "clearing_number": "8304\u22128",
    "account_number": "12345678",
    "iban": "SE4550000000058398257466",
    "bic": "",
}


def store(record: Any, **values: Any) -> Any:
    type(record)._base_manager.filter(pk=record.pk).update(**values)
    return type(record).objects.get(pk=record.pk)


@pytest.mark.behaviour("D-01")
def test_a_name_that_shows_nothing_blocks_no_other_edit(hr_admin: Client) -> None:
    person = store(EmployeeFactory.create(employment_id="1", manager=None), family_name="\u200b")
    page = reverse("admin:employees_employee_change", args=[person.pk])

    assert press(hr_admin, hr_admin.get(page), changes={"city": "Lund"}).status_code == 302
    confirm(preview(person.company, [["Employment ID", "City"], ["1", "Umeå"]]))

    person.refresh_from_db()
    assert (person.city, person.family_name) == ("Umeå", "\u200b")
    person.family_name = "\u200b\u200b"
    with pytest.raises(ValidationError) as refusal:
        person.full_clean()
    assert set(refusal.value.message_dict) == {"family_name"}
    person.family_name = "Berg"
    person.full_clean()


@pytest.mark.behaviour("D-01")
def test_the_name_of_a_type_that_shows_nothing_blocks_no_other_edit() -> None:
    kind = store(AbsenceTypeFactory.create(), name="\u2060")
    kind.active = False
    kind.full_clean()
    assert kind.name == "\u2060"


@pytest.mark.behaviour("D-05")
def test_an_account_in_another_writing_that_is_refused_blocks_no_edit_of_its_person(hr_admin: Client) -> None:
    account = store(BankAccountFactory.create(), country="SE", **ODD_ACCOUNT)
    page = reverse("admin:employees_employee_change", args=[account.employee_id])

    assert press(hr_admin, hr_admin.get(page), changes={"city": "Lund"}).status_code == 302

    stored = BankAccount.objects.get(pk=account.pk)
    assert {name: getattr(stored, name) for name in ODD_ACCOUNT} == ODD_ACCOUNT
    assert Employee.objects.get(pk=account.employee_id).city == "Lund"
    stored.bic = "ESSESESS"
    with pytest.raises(ValidationError):
        stored.full_clean()
    stored.iban = ""
    stored.account_number = "12345678-2"
    stored.full_clean()
    assert (stored.clearing_number, stored.account_number) == ("83048", "0123456782")
