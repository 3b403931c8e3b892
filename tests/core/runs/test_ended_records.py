"""Somebody who came back: an ended and a current record of one person at the vendor (G-28)."""

import pytest
from django.contrib.auth.models import User

from integrations.core.linking import let_go
from integrations.core.models import Connection, Link, SyncRow
from tests.core.connected import compare
from tests.core.runs.both_sides import (
    RIGHT,
    BothSides,
    apply_all,
    assert_counts_add_up,
    decide,
    review,
    row_of,
)

pytestmark = pytest.mark.behaviour("G-28")


def _active_link(left_id: object) -> str:
    return Link.objects.get(left_id=str(left_id), state=Link.State.ACTIVE).right_id


@pytest.mark.parametrize(("ended", "current"), [("50", "150"), ("950", "150")], ids=["first", "last"])
def test_the_current_record_is_matched_and_the_ended_one_named(
    connection: Connection, both: BothSides, ended: str, current: str
) -> None:
    both.vendor(1, EmployeeId=ended, EmployedTo="2024-12-31", EmploymentDate="2020-01-01")
    both.vendor(1, EmployeeId=current)
    employee = both.hub(1, employment_id=current)

    run = review(connection)

    row = row_of(run)
    assert (row.kind, row.right_id, row.left_id) == (SyncRow.Kind.CANNOT_SEND, ended, "")
    assert row.reason.startswith(f"An ended record ({ended}) of Given 1 Family 1, whose current one there is {current}")
    apply_all(run)
    assert _active_link(employee.pk) == current

    again = review(connection)
    assert (again.counts["equal"], row_of(again).right_id) == (1, ended)


def test_two_current_records_are_a_question(connection: Connection, both: BothSides) -> None:
    both.vendor(1, EmployeeId="50")
    both.vendor(1, EmployeeId="150")
    both.hub(1, employment_id="150")

    run = review(connection)

    assert set(run.rows.values_list("kind", flat=True)) <= {SyncRow.Kind.DUPLICATE, SyncRow.Kind.AMBIGUOUS}
    assert run.counts["equal"] == 0


def test_a_link_to_a_record_that_has_ended_is_let_go_and_the_current_one_matched(
    connection: Connection, both: BothSides
) -> None:
    employee = both.pair(1)
    apply_all(review(connection))
    both.change_at_vendor("101", EmployedTo="2024-12-31")
    both.vendor(1, EmployeeId="150", EmploymentDate="2026-01-01")

    run = compare(connection)

    gone = row_of(run, left=employee)
    assert (gone.kind, gone.right_id) == (SyncRow.Kind.GONE, "101")
    assert "has ended (101); the current one is 150" in gone.reason
    let_go(row=gone, by=User.objects.get(username="hanna"))

    run = review(connection)
    assert_counts_add_up(run)
    decide(row_of(run, left=employee), employment_id=RIGHT, first_workday=RIGHT)
    apply_all(run)
    assert _active_link(employee.pk) == "150"
