"""Giving a department or a person to another company: nobody is left behind who could not be saved any more."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from employees.models import Company, Department, Employee, Position
from tests.core.admin.pages import text_of
from tests.factories import CompanyFactory, DepartmentFactory, EmployeeFactory, PositionFactory
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("G-26")]
PEOPLE = "2 people of another company are in this department, or have a position in it."


def change(record: Any, **values: Any) -> None:
    record.refresh_from_db()
    for name, value in values.items():
        setattr(record, name, value)
    record.save()


@pytest.fixture
def finance(eva: Employee) -> Department:
    """Eva's department, in which a colleague has a position."""
    department: Department = DepartmentFactory.create(company=eva.company, name="Finance")
    change(eva, department=department)
    PositionFactory.create(employee=EmployeeFactory.create(company=eva.company), department=department)
    return department


@pytest.fixture
def other() -> Company:
    company: Company = CompanyFactory.create(name="Annat AB")
    return company


def test_a_department_with_people_in_it_stays_with_its_company(
    hr_admin: Client, finance: Department, other: Company, eva: Employee
) -> None:
    address = reverse("admin:employees_department_change", args=[finance.pk])

    refused = press(hr_admin, hr_admin.get(address), "_save", {"company": other.pk})

    assert PEOPLE in text_of(refused)
    assert "Move them to another department first" in text_of(refused)
    finance.refresh_from_db()
    assert finance.company == eva.company
    eva.refresh_from_db()
    eva.full_clean()
    # Once nobody is in it, it goes.
    for person in Employee.objects.filter(company=eva.company):
        change(person, department=None)
    for position in Position.objects.all():
        change(position, department=None)
    press(hr_admin, refused, "_save")
    finance.refresh_from_db()
    assert finance.company == other


def test_a_department_that_is_stored_so_stays_editable(finance: Department, other: Company) -> None:
    Department.objects.filter(pk=finance.pk).update(company=other)
    finance.refresh_from_db()
    finance.name = "Money"

    finance.full_clean()


def test_whoever_leads_others_does_not_move_without_them(eva: Employee, other: Company) -> None:
    below = EmployeeFactory.create(company=eva.company, manager=eva)
    eva.company, eva.department = other, None

    with pytest.raises(ValidationError) as refusal:
        eva.full_clean()

    assert refusal.value.message_dict == {
        "company": [
            "1 person of another company has this person as manager. Give that one another manager first.",
        ]
    }
    change(below, manager=None)
    eva.full_clean()


def test_whoever_has_a_position_in_a_department_there_empties_it_first(
    hr_admin: Client, eva: Employee, finance: Department, other: Company
) -> None:
    position = PositionFactory.create(employee=eva, department=finance)
    page = hr_admin.get(reverse("admin:employees_employee_change", args=[eva.pk]))

    refused = press(hr_admin, page, "_save", {"company": other.pk, "department": ""})

    assert "1 position of this person is in a department of another company. Empty its department" in text_of(refused)
    change(position, department=None)
    eva.refresh_from_db()
    eva.company, eva.department = other, None
    eva.full_clean()
