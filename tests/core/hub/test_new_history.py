"""What is new is one entry of the history with all its values, and is read as a change per field (G-12)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from employees.models import Employee
from employees.tracking import tracked_bulk
from integrations.core.hub.acting import acting_as
from integrations.core.models import FieldChange, SyncRun
from integrations.core.models.history import EVERY_FIELD
from tests.core.hub.history import connection_of, last_change, marks_of, new_changes
from tests.employees.transfer.files import confirm, preview
from tests.factories import (
    AbsenceFactory,
    BankAccountFactory,
    CompanyFactory,
    CompensationFactory,
    EmployeeFactory,
    PositionFactory,
)

pytestmark = pytest.mark.django_db


def entry_of(*, since: int = 0) -> tuple[str, Any, dict[str, Any]]:
    """Return field, before and values of the one entry."""
    (entry,) = FieldChange.objects.filter(pk__gt=since)
    return entry.field, entry.before, dict(entry.after or {})


def entries(*, since: int = 0) -> list[str]:
    return list(FieldChange.objects.filter(pk__gt=since).order_by("pk").values_list("field", flat=True))


@pytest.mark.behaviour("G-12")
def test_a_new_person_is_one_entry() -> None:
    EmployeeFactory.create(given_name="Åsa", birth_date=date(1980, 2, 29), street2="")

    field, before, values = entry_of()

    assert (field, before) == (EVERY_FIELD, None)
    assert (values["given_name"], values["birth_date"]) == ("Åsa", "1980-02-29")
    # What is empty was not written.
    assert "street2" not in values


@pytest.mark.behaviour("G-12")
def test_each_new_part_of_a_person_is_one_entry_of_its_own() -> None:
    employee = EmployeeFactory.create()
    since = last_change()
    BankAccountFactory.create(employee=employee)
    position = PositionFactory.create(employee=employee)
    compensation = CompensationFactory.create(employee=employee, amount=Decimal("35000.10"))

    fields = ["bank_account.*", f"position.{position.pk}.*", f"compensation.{compensation.pk}.*"]
    assert entries(since=since) == fields
    assert new_changes(employee.pk, since=since)[f"compensation.{compensation.pk}.amount"] == (None, "35000.10")


@pytest.mark.behaviour("G-12")
def test_a_new_absence_is_one_entry_without_its_notes_text() -> None:
    employee = EmployeeFactory.create()
    since = last_change()
    absence = AbsenceFactory.create(employee=employee, note="Operated")

    field, _before, values = entry_of(since=since)

    assert (field, values["note"]) == (f"absence.{absence.pk}.*", True)
    assert "Operated" not in str(values)


@pytest.mark.behaviour("G-12")
def test_an_import_keeps_one_entry_per_new_person_and_account() -> None:
    company = CompanyFactory.create()
    header = ["Employment ID", "Given name", "Family name", "bank_country", "Clearing number", "Account number"]
    lines = [[str(number), "Åsa", f"Ek {number}", "SE", "5439", "0000004"] for number in (1, 2, 3)]

    assert confirm(preview(company, [header, *lines])).state == "done"

    assert sorted(entries()) == ["*"] * 3 + ["bank_account.*"] * 3
    person = Employee.objects.get(employment_id="2")
    assert new_changes(person.pk, since=0)["bank_account.clearing_number"] == (None, "5439")
    assert new_changes(person.pk, since=0)["family_name"] == (None, "Ek 2")


@pytest.mark.behaviour("G-12")
def test_who_made_somebody_is_kept_with_every_value() -> None:
    connection = connection_of(CompanyFactory.create())
    run = SyncRun.objects.create(connection=connection, resource="employees", trigger=SyncRun.Trigger.PERSON)
    with acting_as(run_id=run.pk, connection_id=connection.pk):
        EmployeeFactory.create(company=connection.company)

    (told,) = FieldChange.objects.filter(connection=None).of_fields("given_name")

    assert (told.run, told.before) == (run, None)


def test_a_field_is_found_among_new_values_and_among_changes_old_and_new() -> None:
    employee = EmployeeFactory.create(city="Umeå")
    employee.city = "Lund"
    employee.save()
    # As it was kept before: a row per field, also of somebody new.
    FieldChange.objects.create(
        subject="employee", subject_id=str(employee.pk), field="city", after="Ystad", at=timezone.now()
    )

    found = FieldChange.objects.order_by("pk").of_fields("city", "bank_account.iban")

    assert [(each.field, each.before, each.after) for each in found] == [
        ("city", None, "Umeå"),
        ("city", "Umeå", "Lund"),
        ("city", None, "Ystad"),
    ]


def test_a_field_of_a_part_is_not_taken_for_the_persons_of_the_same_name() -> None:
    employee = EmployeeFactory.create(country="SE")
    BankAccountFactory.create(employee=employee, country="NO", iban="NO9386011117947")

    assert [each.after for each in FieldChange.objects.all().of_fields("country")] == ["SE"]
    assert [each.after for each in FieldChange.objects.all().of_fields("bank_account.country")] == ["NO"]


def test_a_value_that_was_empty_is_not_told() -> None:
    EmployeeFactory.create(street2="")

    assert list(FieldChange.objects.all().of_fields("street2")) == []


def test_somebody_new_is_marked_for_the_connections_of_the_company() -> None:
    connection = connection_of(CompanyFactory.create())

    employee = EmployeeFactory.create(company=connection.company)

    assert marks_of(employee.pk) == {connection.pk: 1}


def test_the_history_of_many_new_people_takes_one_statement() -> None:
    company = CompanyFactory.create()

    def statements(count: int) -> int:
        with CaptureQueriesContext(database) as captured, tracked_bulk([]):
            Employee.objects.bulk_create(EmployeeFactory.build(company=company) for _ in range(count))
        # PostgreSQL takes them by COPY.
        written = ('INSERT INTO "core_fieldchange"', 'COPY "core_fieldchange"')
        return sum(any(begin in query["sql"] for begin in written) for query in captured)

    assert statements(2) == statements(300) == 1
