from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from employees.models import BankAccount, Compensation, Employee, Position
from employees.tracking import tracked_bulk
from tests.core.hub.history import connection_of, last_change, marks_of, new_changes
from tests.factories import (
    BankAccountFactory,
    CompanyFactory,
    CompensationFactory,
    EmployeeFactory,
    PositionFactory,
)

pytestmark = pytest.mark.django_db


def changes_by(change: Callable[[], object], *, of: int) -> dict[str, tuple[Any, Any]]:
    """Return what the history says of one person after ``change`` that it did not say before."""
    since = last_change()
    change()
    return new_changes(of, since=since)


# --- What is written ------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-12")
def test_a_saved_change_is_kept_with_the_value_before_and_after() -> None:
    employee = EmployeeFactory.create(city="Umeå")
    employee.city = "Lund"

    assert changes_by(employee.save, of=employee.pk) == {"city": ("Umeå", "Lund")}


@pytest.mark.behaviour("G-12")
def test_a_new_person_is_kept_value_by_value() -> None:
    employee = EmployeeFactory.create(given_name="Åsa", birth_date=date(1980, 2, 29), last_workday=None)

    changes = new_changes(employee.pk, since=0)

    assert changes["given_name"] == (None, "Åsa")
    assert changes["birth_date"] == (None, "1980-02-29")
    assert changes["company_id"] == (None, employee.company_id)
    # What is empty was not written.
    assert "last_workday" not in changes


def test_a_save_without_a_change_leaves_nothing() -> None:
    employee = EmployeeFactory.create()

    assert changes_by(employee.save, of=employee.pk) == {}


def test_a_value_that_a_form_left_as_text_is_read_as_the_database_has_it() -> None:
    employee = EmployeeFactory.create(first_workday=date(2020, 1, 1))
    employee.first_workday = "2020-01-01"

    assert changes_by(employee.save, of=employee.pk) == {}


def test_only_the_fields_that_were_saved_are_kept() -> None:
    employee = EmployeeFactory.create(city="Umeå", street="Storgatan 1")
    employee.city, employee.street = "Lund", "Lilla gatan 2"

    assert changes_by(lambda: employee.save(update_fields=["city"]), of=employee.pk) == {"city": ("Umeå", "Lund")}


def test_a_change_read_from_a_stale_form_is_compared_with_what_is_stored() -> None:
    stale = EmployeeFactory.create(city="Umeå")
    fresh = Employee.objects.get(pk=stale.pk)
    fresh.city = "Lund"
    fresh.save()

    assert changes_by(stale.save, of=stale.pk) == {"city": ("Lund", "Umeå")}


def test_a_bank_account_is_kept_number_by_number() -> None:
    employee = EmployeeFactory.create()
    since = last_change()

    account = BankAccountFactory.create(employee=employee, clearing_number="6000", account_number="806967498")
    account.account_number = "806967506"
    account.save()
    assert new_changes(employee.pk, since=since)["bank_account.clearing_number"] == (None, "6000")
    assert new_changes(employee.pk, since=since)["bank_account.account_number"] == ("806967498", "806967506")

    deleted = changes_by(account.delete, of=employee.pk)
    assert deleted["bank_account.account_number"] == ("806967506", None)


def test_money_is_kept_as_exact_text() -> None:
    compensation = CompensationFactory.create(amount=Decimal("35000.10"))
    compensation.amount = Decimal("36000.00")

    changes = changes_by(compensation.save, of=compensation.employee_id)

    assert changes == {f"compensation.{compensation.pk}.amount": ("35000.10", "36000.00")}


def test_of_several_positions_it_is_said_which_one_changed() -> None:
    employee = EmployeeFactory.create()
    _first, second = (PositionFactory.create(employee=employee, start=date(year, 1, 1)) for year in (2020, 2022))
    second.end, second.end_reason = date(2024, 6, 30), "Moved"

    assert changes_by(second.save, of=employee.pk) == {
        f"position.{second.pk}.end": (None, "2024-06-30"),
        f"position.{second.pk}.end_reason": (None, "Moved"),
    }


def test_a_part_given_to_somebody_else_is_taken_from_the_one_and_new_for_the_other() -> None:
    account = BankAccountFactory.create(account_number="806967498")
    giver, taker = account.employee, EmployeeFactory.create()
    since = last_change()
    account.employee = taker
    account.save()

    field = "bank_account.account_number"
    assert new_changes(giver.pk, since=since)[field] == ("806967498", None)
    assert new_changes(taker.pk, since=since)[field] == (None, "806967498")


@pytest.mark.behaviour("G-12")
def test_a_deleted_persons_history_stays_with_everything_that_was_deleted() -> None:
    employee = EmployeeFactory.create(family_name="Ek")
    BankAccountFactory.create(employee=employee, account_number="806967498")
    position = PositionFactory.create(employee=employee, title="Cook")
    CompensationFactory.create(employee=employee)
    employee_id = employee.pk

    changes = changes_by(employee.delete, of=employee_id)

    assert changes["family_name"] == ("Ek", None)
    assert changes["bank_account.account_number"] == ("806967498", None)
    assert changes[f"position.{position.pk}.title"] == ("Cook", None)
    assert any(field.endswith(".amount") for field in changes)


# --- Many at once ---------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-12")
def test_a_bulk_update_is_kept_person_by_person() -> None:
    people = EmployeeFactory.create_batch(3, city="Umeå")
    since = last_change()

    with tracked_bulk(employee.pk for employee in people):
        Employee.objects.filter(pk__in=[employee.pk for employee in people[:2]]).update(city="Lund")

    found = [new_changes(employee.pk, since=since) for employee in people]
    assert found == [{"city": ("Umeå", "Lund")}, {"city": ("Umeå", "Lund")}, {}]


def test_people_created_in_bulk_are_kept_as_if_saved_singly() -> None:
    single, bulk = EmployeeFactory.create(), EmployeeFactory.build(company=CompanyFactory.create())
    with tracked_bulk([]):
        Employee.objects.bulk_create([bulk])
        (position,) = Position.objects.bulk_create([PositionFactory.build(employee=bulk)])

    changes = new_changes(bulk.pk, since=0)
    own = {field for field in changes if "." not in field}
    assert own == set(new_changes(single.pk, since=0))
    assert changes[f"position.{position.pk}.start"] == (None, "2020-01-01")


def test_parts_updated_in_bulk_are_kept_as_if_saved_singly() -> None:
    account, compensation = BankAccountFactory.create(), CompensationFactory.create(amount=Decimal(100))
    account.bic, compensation.amount = "HANDSESS", Decimal("200.5")
    since = last_change()

    with tracked_bulk([account.employee_id, compensation.employee_id]):
        BankAccount.objects.bulk_update([account], ["bic"])
        Compensation.objects.bulk_update([compensation], ["amount"])

    assert new_changes(account.employee_id, since=since) == {"bank_account.bic": (None, "HANDSESS")}
    assert new_changes(compensation.employee_id, since=since) == {
        f"compensation.{compensation.pk}.amount": ("100.00", "200.50")
    }


@pytest.mark.behaviour("G-12")
def test_parts_deleted_or_saved_singly_within_a_bulk_change_are_told_once() -> None:
    account, compensation = BankAccountFactory.create(), CompensationFactory.create(amount=Decimal(100))
    outside, since = EmployeeFactory.create(city="Umeå"), last_change()

    with tracked_bulk([account.employee_id, compensation.employee_id]):
        BankAccount.objects.filter(pk=account.pk).delete()
        compensation.amount = Decimal(200)
        compensation.save()
        outside.city = "Lund"
        outside.save()

    changes = new_changes(account.employee_id, since=since)
    assert changes["bank_account.account_number"] == (account.account_number, None)
    assert new_changes(compensation.employee_id, since=since) == {
        f"compensation.{compensation.pk}.amount": ("100.00", "200.00")
    }
    assert new_changes(outside.pk, since=since) == {"city": ("Umeå", "Lund")}


def test_people_deleted_in_bulk_are_kept() -> None:
    employee = EmployeeFactory.create(city="Umeå")
    connection = connection_of(employee.company)
    employee_id, since = employee.pk, last_change()

    with tracked_bulk([employee_id]):
        Employee.objects.filter(pk=employee_id).delete()

    assert new_changes(employee_id, since=since)["city"] == ("Umeå", None)
    assert connection.pk in marks_of(employee_id)


# --- Together with the change ---------------------------------------------------------------------------


@pytest.mark.parametrize("bulk", [False, True])
def test_a_change_that_is_rolled_back_leaves_neither_history_nor_mark(bulk: bool) -> None:
    employee = EmployeeFactory.create(city="Umeå")
    connection = connection_of(employee.company)

    def change() -> None:
        if bulk:
            with tracked_bulk([employee.pk]):
                Employee.objects.filter(pk=employee.pk).update(city="Lund")
        else:
            employee.city = "Lund"
            employee.save()

    def change_and_take_back() -> None:
        with transaction.atomic():
            change()
            transaction.set_rollback(True)

    assert changes_by(change_and_take_back, of=employee.pk) == {}
    assert marks_of(employee.pk) == {}
    assert changes_by(change, of=employee.pk) == {"city": ("Umeå", "Lund")}
    assert marks_of(employee.pk) == {connection.pk: 1}


@pytest.mark.parametrize("parts", [0, 5])
def test_saving_one_person_takes_few_queries_whatever_belongs_to_the_person(
    parts: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    employee = EmployeeFactory.create(city="Umeå")
    connection_of(employee.company)
    PositionFactory.create_batch(parts, employee=employee)
    CompensationFactory.create_batch(parts, employee=employee)
    employee.city, employee.street, employee.work_phone = "Lund", "Lilla gatan 2", "+46701234567"

    with django_assert_max_num_queries(16):
        employee.save()


def test_a_bulk_change_takes_as_many_queries_for_a_hundred_people_as_for_ten(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    company = CompanyFactory.create()
    connection_of(company)
    with tracked_bulk([]):
        Employee.objects.bulk_create(EmployeeFactory.build_batch(100, company=company))

    with django_assert_max_num_queries(24), tracked_bulk(Employee.objects.filter(company=company)):
        Employee.objects.filter(company=company).update(city="Lund")
