from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError

from employees.models import BankAccount, Employee, Position
from employees.tracking import UntrackedChange, bulk_change_finished, bulk_change_starting, tracked_bulk
from tests.factories import BankAccountFactory, CompanyFactory, EmployeeFactory, PositionFactory

pytestmark = pytest.mark.django_db


@contextmanager
def heard() -> Iterator[list[tuple[str, frozenset[int]]]]:
    told: list[tuple[str, frozenset[int]]] = []

    def starting(employee_ids: frozenset[int], **_rest: Any) -> None:
        told.append(("starting", employee_ids))

    def finished(employee_ids: frozenset[int], **_rest: Any) -> None:
        told.append(("finished", employee_ids))

    bulk_change_starting.connect(starting)
    bulk_change_finished.connect(finished)
    try:
        yield told
    finally:
        bulk_change_starting.disconnect(starting)
        bulk_change_finished.disconnect(finished)


@pytest.mark.parametrize(
    "change",
    [
        lambda employee: Employee.objects.filter(pk=employee.pk).update(city="Lund"),
        lambda employee: Employee.objects.filter(pk=employee.pk).delete(),
        lambda employee: Employee.objects.bulk_update([employee], ["city"]),
        lambda employee: Employee.objects.bulk_create([EmployeeFactory.build(company=employee.company)]),
        lambda employee: Position.objects.filter(employee=employee).update(title="Owner"),
        lambda employee: BankAccount.objects.filter(employee=employee).delete(),
        lambda employee: employee.company.employees.update(city="Lund"),
        lambda employee: employee.positions.all().update(title="Owner"),
    ],
)
def test_a_change_that_goes_round_save_is_refused(change: Callable[[Employee], object]) -> None:
    employee = PositionFactory.create().employee

    with pytest.raises(UntrackedChange):
        change(employee)

    with tracked_bulk([employee.pk]):
        change(employee)


def test_people_named_are_told_about_before_and_after() -> None:
    employee = EmployeeFactory.create()

    with heard() as told, tracked_bulk(Employee.objects.filter(pk=employee.pk)):
        Employee.objects.filter(pk=employee.pk).update(city="Lund")

    named = frozenset({employee.pk})
    assert told == [("starting", named), ("finished", named)]


def test_new_people_are_told_about_after() -> None:
    company = CompanyFactory.create()

    with heard() as told, tracked_bulk([]):
        made = Employee.objects.bulk_create([EmployeeFactory.build(company=company)])

    assert told == [("starting", frozenset()), ("finished", frozenset({made[0].pk}))]


def test_people_not_named_are_not_changed() -> None:
    named, other = EmployeeFactory.create(city="Umeå"), EmployeeFactory.create(city="Umeå")

    with pytest.raises(UntrackedChange), tracked_bulk([named.pk]):
        Employee.objects.update(city="Lund")

    assert set(Employee.objects.values_list("city", flat=True)) == {"Umeå"}
    with tracked_bulk([named.pk, other.pk]):
        Employee.objects.update(city="Lund")
    assert set(Employee.objects.values_list("city", flat=True)) == {"Lund"}


def test_a_part_of_somebody_not_named_is_not_made() -> None:
    named, other = EmployeeFactory.create(), EmployeeFactory.create()

    with pytest.raises(UntrackedChange), tracked_bulk([named.pk]):
        Position.objects.bulk_create([PositionFactory.build(employee=other)])

    with tracked_bulk([named.pk, other.pk]):
        Position.objects.bulk_create([PositionFactory.build(employee=other)])
    assert other.positions.count() == 1


def test_nothing_is_told_to_be_finished_when_the_change_fails() -> None:
    employee = EmployeeFactory.create(city="Umeå")

    with heard() as told, pytest.raises(IntegrityError), tracked_bulk([employee.pk]):
        Employee.objects.update(city="Lund", country="x")

    employee.refresh_from_db()
    assert (employee.city, [name for name, _ in told]) == ("Umeå", ["starting"])
    with tracked_bulk([employee.pk]):
        assert Employee.objects.update(city="Lund") == 1


def test_a_tracked_bulk_is_not_opened_inside_another() -> None:
    with tracked_bulk([]), pytest.raises(UntrackedChange), tracked_bulk([]):
        pass


def test_saving_and_deleting_a_record_needs_no_announcement() -> None:
    account = BankAccountFactory.create()
    employee = account.employee
    employee.city = "Lund"
    employee.save()

    employee.delete()

    assert not BankAccount.objects.filter(pk=account.pk).exists()
