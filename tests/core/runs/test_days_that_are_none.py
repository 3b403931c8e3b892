"""A vendor's day that is none is shown as one that the hub does not take (D-02)."""

import pytest

from employees.models import Employee
from integrations.core.models import Connection, SyncField, SyncRow
from integrations.core.runs.deciding import decide_creations
from tests.core.runs.both_sides import (
    BOTH_KINDS,
    LEFT,
    BothSides,
    apply_all,
    assert_in_step,
    decide,
    review,
    row_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.behaviour("D-02")
def test_it_differs_is_not_taken_and_is_mended_from_the_hub(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1, vendor={"EmploymentDate": "2020-01-01"})
    both.change_at_vendor("101", EmploymentDate="2020-02-30")

    run = review(connection)

    field = SyncField.objects.get(row__run=run, field="first_workday")
    assert (field.right, field.decision) == ("2020-02-30", SyncField.Decision.OPEN)
    assert "no day of the calendar" in field.reason_left
    decide(row_of(run, left=employee), first_workday=LEFT)
    apply_all(run)
    assert both.at_vendor("101")["EmploymentDate"] == "2020-01-01"
    assert_in_step(connection, 1)


@pytest.mark.behaviour("D-02", "G-05")
def test_somebody_with_such_a_day_is_created_without_it_and_with_the_reason(
    connection: Connection, both: BothSides
) -> None:
    both.vendor(2)
    both.change_at_vendor("102", EmploymentDate="2020-02-30")
    run = review(connection)
    decide_creations(run=run, kinds=BOTH_KINDS, by=None)

    apply_all(run)

    assert Employee.objects.get(given_name="Given 2").first_workday is None
    row = SyncRow.objects.get(run=run)
    assert row.state == SyncRow.State.WRITTEN
    assert "no day of the calendar" in row.reason
