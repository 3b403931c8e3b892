from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from employees.models import BankAccount, Company, Department, Employee
from tests.factories import (
    BankAccountFactory,
    CompanyFactory,
    CompensationFactory,
    DepartmentFactory,
    EmployeeFactory,
    PositionFactory,
)

pytestmark = pytest.mark.django_db


def refused_fields(record: Any) -> set[str]:
    with pytest.raises(ValidationError) as refusal:
        record.full_clean()
    return set(refusal.value.message_dict)


@pytest.mark.parametrize(
    "factory", [CompanyFactory, DepartmentFactory, EmployeeFactory, BankAccountFactory, PositionFactory]
)
def test_what_the_factories_make_is_valid(factory: Callable[[], Any]) -> None:
    factory().full_clean()


def test_full_clean_makes_values_canonical() -> None:
    employee = EmployeeFactory.build(
        company=CompanyFactory.create(),
        work_email=" Anna@EXAMPLE.se ",
        work_phone="070-174 06 05",
        national_id="19811228-9874",
        national_id_country="se",
        postal_code="111 22",
        country="se",
        city=" Lund ",
    )

    employee.full_clean()

    assert (employee.work_email, employee.work_phone, employee.national_id, employee.national_id_country) == (
        "Anna@example.se",
        "+46701740605",
        "8112289874",
        "SE",
    )
    assert (employee.postal_code, employee.country, employee.city) == ("11122", "SE", "Lund")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("work_email", "anna"),
        ("work_phone", "070"),
        ("national_id", "8112289875"),
        ("postal_code", "111"),
        ("country", "Sweden"),
        ("given_name", " "),
        ("last_workday", date(2019, 12, 31)),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(field: str, value: Any) -> None:
    employee = EmployeeFactory.create(first_workday=date(2020, 1, 1))
    setattr(employee, field, value)

    assert refused_fields(employee) == {field}


def test_a_circle_of_managers_is_refused() -> None:
    top = EmployeeFactory.create()
    middle = EmployeeFactory.create(company=top.company, manager=top)
    top.manager = EmployeeFactory.create(company=top.company, manager=middle)

    assert refused_fields(top) == {"manager"}


def test_nobody_is_their_own_manager() -> None:
    employee = EmployeeFactory.create()
    employee.manager = employee

    assert refused_fields(employee) == {"manager"}


def test_a_manager_of_another_company_is_refused() -> None:
    employee = EmployeeFactory.create(manager=EmployeeFactory.create())

    assert refused_fields(employee) == {"manager"}


def test_a_department_of_another_company_is_refused() -> None:
    employee = EmployeeFactory.create(department=DepartmentFactory.create())

    assert refused_fields(employee) == {"department"}


def test_an_employment_id_is_unique_within_its_company() -> None:
    other = EmployeeFactory.create(employment_id="7")
    EmployeeFactory.create(employment_id="7")
    with pytest.raises(IntegrityError), transaction.atomic():
        EmployeeFactory.create(company=other.company, employment_id="7")


def test_an_empty_employment_id_is_no_duplicate() -> None:
    company = CompanyFactory.create()
    EmployeeFactory.create_batch(2, company=company, employment_id="")

    assert Employee.objects.for_company(company).count() == 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: EmployeeFactory.create(first_workday=date(2020, 1, 2), last_workday=date(2020, 1, 1)),
        lambda: EmployeeFactory.create(country="se"),
        lambda: EmployeeFactory.create(national_id_country=""),
        lambda: CompanyFactory.create(country=""),
        lambda: PositionFactory.create(start=date(2020, 1, 2), end=date(2020, 1, 1)),
        lambda: PositionFactory.create(employment_type="other"),
        lambda: CompensationFactory.create(amount=Decimal(-1)),
        lambda: CompensationFactory.create(currency="kr"),
        lambda: BankAccountFactory.create(account_number=""),
        lambda: BankAccountFactory.create(clearing_number=""),
    ],
)
def test_the_database_itself_refuses_what_it_can_see_is_wrong(make: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_a_bank_account_is_checked_as_a_whole() -> None:
    account = BankAccountFactory.build(
        employee=EmployeeFactory.create(), clearing_number="5140", account_number="3215643"
    )

    assert refused_fields(account) == {"account_number"}
    account.account_number = "321 56 42"
    account.full_clean()
    assert account.account_number == "3215642"


def test_a_bank_account_is_named_without_its_number() -> None:
    assert str(BankAccount(country="SE", clearing_number="5140", account_number="832156420")) == "••••20"


def test_an_unknown_time_zone_is_refused() -> None:
    assert refused_fields(Company(name="A", country="SE", time_zone="Europe/Atlantis")) == {"time_zone"}


def test_every_save_raises_the_version() -> None:
    employee = EmployeeFactory.create()
    employee.save()
    employee.save(update_fields=["city"])

    assert Employee.objects.get(pk=employee.pk).version == employee.version == 3


def test_a_record_read_before_another_save_raises_the_version_above_it() -> None:
    employee = EmployeeFactory.create()
    read_before = Employee.objects.get(pk=employee.pk)
    employee.save()
    read_before.save()

    assert read_before.version == 3


@pytest.mark.parametrize("factory", [BankAccountFactory, PositionFactory, CompensationFactory])
def test_a_change_of_a_part_raises_the_version_of_the_person(factory: Any) -> None:
    part = factory()
    part.delete()

    assert Employee.objects.get(pk=part.employee_id).version == 3


def test_deleting_a_manager_never_changes_others_silently() -> None:
    manager = EmployeeFactory.create()
    report = EmployeeFactory.create(company=manager.company, manager=manager)

    with pytest.raises(ProtectedError):
        manager.delete()

    report.manager = None
    report.save()
    manager.delete()
    assert not Employee.objects.filter(pk=manager.pk).exists()


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("name", ["ekonomi", "EKONOMI", " Ekonomi\u00a0"])
def test_a_department_of_a_name_in_other_capitals_is_refused_within_its_company(name: str) -> None:
    stored = DepartmentFactory.create(name="Ekonomi")

    assert refused_fields(Department(company=stored.company, name=name)) in ({"name"}, {"__all__"})
    Department(company=CompanyFactory.create(), name=name).full_clean()
    stored.full_clean()


@pytest.mark.behaviour("D-01")
def test_a_department_keeps_its_name_in_other_capitals_of_its_own() -> None:
    stored = DepartmentFactory.create(name="ekonomi")
    stored.name = "Ekonomi"

    stored.full_clean()


@pytest.mark.behaviour("D-01")
def test_a_department_does_not_move_or_get_renamed_beside_its_like() -> None:
    stored, other = DepartmentFactory.create(name="Ekonomi"), DepartmentFactory.create(name="Sales")
    renamed = DepartmentFactory.create(company=stored.company, name="Sales")
    renamed.name = "ekonomi"
    other.name, other.company = "EKONOMI", stored.company

    assert (refused_fields(renamed), refused_fields(other)) == ({"name"}, {"name"})


@pytest.mark.behaviour("D-01")
def test_a_company_of_a_name_in_other_capitals_is_refused_and_stored_ones_stay_editable() -> None:
    first, twin = CompanyFactory.create(name="Öberg AB"), CompanyFactory.create(name="ÖBERG AB")

    assert refused_fields(CompanyFactory.build(name="öberg ab")) == {"name"}
    twin.organisation_number = "5560360793"
    for each in (first, twin):
        each.full_clean()


@pytest.mark.behaviour("D-01")
def test_departments_that_are_stored_alike_stay_editable() -> None:
    first = DepartmentFactory.create(name="Ekonomi")
    twin = DepartmentFactory.create(company=first.company, name="ekonomi")

    for each in (first, twin):
        each.full_clean()
