"""Every text and date that people type, import or take over goes through the functions of ``employees.values``."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from employees.models import BankAccount, Employee
from employees.models.cleaning import CanonicalModel
from tests.factories import (
    AbsenceFactory,
    AbsenceTypeFactory,
    BankAccountFactory,
    CompanyFactory,
    CompensationFactory,
    DepartmentFactory,
    EmployeeFactory,
    PositionFactory,
)

APPS = ("employees", "absences", "journals")
FACTORY_OF: dict[str, Any] = {
    "employees.Company": CompanyFactory,
    "employees.Department": DepartmentFactory,
    "employees.Employee": EmployeeFactory,
    "employees.BankAccount": BankAccountFactory,
    "employees.Position": PositionFactory,
    "employees.Compensation": CompensationFactory,
    "absences.AbsenceType": AbsenceTypeFactory,
    "absences.Absence": AbsenceFactory,
}
# What nobody types: chosen from a list, or written by the product itself.
NOBODY_TYPES = {
    "employees.Company.time_zone": "its validator knows every time zone there is",
    "employees.ImportJob": "the life of an upload",
    "employees.ImportRow": "a row of an upload: its values come from the planner, which asks the models",
    "employees.StoredValue": "written by the product itself",
}
TEXTS_AND_DATES = (models.CharField, models.TextField, models.DateField)


def _is_typed(field: Any) -> bool:
    if not isinstance(field, TEXTS_AND_DATES) or isinstance(field, models.DateTimeField) or field.choices:
        return False
    model = field.model._meta.label
    return model not in NOBODY_TYPES and f"{model}.{field.name}" not in NOBODY_TYPES


TYPED = [
    field
    for label in APPS
    if apps.is_installed(label)
    for model in apps.get_app_config(label).get_models()
    for field in model._meta.concrete_fields
    if _is_typed(field)
]
IDS = [str(field) for field in TYPED]


def _record(field: Any) -> CanonicalModel:
    record = FACTORY_OF[field.model._meta.label].create()
    assert isinstance(record, CanonicalModel)
    return record


@pytest.mark.django_db
@pytest.mark.behaviour("D-01", "D-02")
@pytest.mark.parametrize("field", TYPED, ids=IDS)
def test_every_text_and_date_has_its_cleaner(field: Any) -> None:
    assert field.name in _record(field).cleaners()


@pytest.mark.django_db
@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("sign", ["\u200b", "\u00a0", "\x1b", "\r\n"])
@pytest.mark.parametrize(
    "field", [each for each in TYPED if not isinstance(each, models.DateField)], ids=lambda field: str(field)
)
def test_every_text_is_stored_without_what_nobody_sees(field: Any, sign: str) -> None:
    record = _record(field)
    plain = getattr(record, field.name) or _sample(field)
    setattr(record, field.name, plain)
    if isinstance(record, BankAccount) and field.name == "iban":
        # It is no IBAN of the made-up number's.
        record.clearing_number = record.account_number = ""
    record.full_clean(validate_constraints=False)
    expected = getattr(record, field.name)

    setattr(record, field.name, f"{sign}{plain}{sign}")
    record.full_clean(validate_constraints=False)

    assert getattr(record, field.name) == expected


@pytest.mark.django_db
@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(
    "field", [each for each in TYPED if not isinstance(each, models.DateField)], ids=lambda field: str(field)
)
def test_no_text_that_lost_letters_is_stored(field: Any) -> None:
    record = _record(field)
    setattr(record, field.name, "Bj\ufffdrn")

    with pytest.raises(ValidationError):
        record.full_clean(validate_constraints=False)


@pytest.mark.django_db
@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize("day", [date(24, 12, 31), date(204, 1, 15), date(9999, 12, 31)])
@pytest.mark.parametrize(
    "field", [each for each in TYPED if isinstance(each, models.DateField)], ids=lambda field: str(field)
)
def test_no_date_that_cannot_be_is_stored(field: Any, day: date) -> None:
    record = _record(field)
    setattr(record, field.name, day)

    with pytest.raises(ValidationError) as refusal:
        record.full_clean(validate_constraints=False)

    assert field.name in refusal.value.message_dict


def _sample(field: Any) -> str:
    samples = {"country": "SE", "iban": "SE4550000000058398257466", "bic": "ESSESESS", "note": "Hem"}
    return samples.get(field.name, "Text 1")


@pytest.mark.django_db
@pytest.mark.behaviour("D-02")
def test_a_stored_value_that_is_refused_now_blocks_an_edit_of_itself_alone() -> None:
    employee = EmployeeFactory.create()
    type(employee)._base_manager.filter(pk=employee.pk).update(first_workday=date(204, 1, 15), street="NULL")
    employee = Employee.objects.get(pk=employee.pk)
    employee.city = "Lund"

    employee.full_clean()
    employee.save()

    employee.refresh_from_db()
    assert (employee.city, employee.street, employee.first_workday) == ("Lund", "NULL", date(204, 1, 15))
    employee.street = "null"
    with pytest.raises(ValidationError) as refusal:
        employee.full_clean()
    assert set(refusal.value.message_dict) == {"street"}
    employee.street, employee.first_workday = "Storgatan 1", date(2020, 1, 1)
    employee.full_clean()


@pytest.mark.django_db
@pytest.mark.behaviour("D-09")
def test_a_stored_postal_code_is_asked_about_again_beside_another_country() -> None:
    employee = EmployeeFactory.create(postal_code="11122", country="SE")
    employee.country = "NO"

    with pytest.raises(ValidationError) as refusal:
        employee.full_clean()

    assert set(refusal.value.message_dict) == {"postal_code"}


@pytest.mark.django_db
@pytest.mark.behaviour("D-05")
def test_a_stored_account_that_is_refused_now_blocks_an_edit_of_itself_alone() -> None:
    account = BankAccountFactory.create()
    type(account)._base_manager.filter(pk=account.pk).update(account_number="123")
    account.refresh_from_db()

    account.full_clean()

    account.bic = "ESSESESS"
    with pytest.raises(ValidationError):
        account.full_clean()


@pytest.mark.django_db
def test_a_chain_of_managers_may_be_long_but_no_circle() -> None:
    company = CompanyFactory.create()
    people = [EmployeeFactory.create(company=company) for _number in range(120)]
    for below, above in zip(people, people[1:], strict=False):
        below.manager = above
        below.save()

    people[0].full_clean()

    people[-1].manager = people[0]
    with pytest.raises(ValidationError) as refusal:
        people[-1].full_clean()
    assert set(refusal.value.message_dict) == {"manager"}
