"""Writes whose answer never came: looked up after the settle time, never sent twice (invariant 2)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.core.calls import connector_of
from integrations.core.deliver import mark_retry, mark_unknown
from integrations.core.errors import OutcomeUnknown, TemporarilyUnavailable, VendorError
from integrations.core.models import Connection, Delivery, Link, SyncRow, SyncRun
from integrations.core.runs.ending import fail_run
from tests.core.runs.both_sides import (
    LEFT,
    OTHER_PHONE,
    PHONE,
    SETTLE,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    changes_of,
    create_all,
    decide,
    delivery_states,
    finish,
    pair_of,
    review,
    row_of,
    start_applying,
    work_once,
)

# What goes wrong, and whether the vendor did what the first call asked for.
LOST: list[Any] = [
    pytest.param({"action": "drop"}, False, id="before the work"),
    pytest.param({"action": "drop_after"}, True, id="after the work"),
    pytest.param({"action": "late", "seconds": SETTLE / 2}, True, id="before late work"),
    pytest.param({"action": "broken_json"}, True, id="with half an answer"),
    pytest.param({"action": "refuse", "status": 500, "body": {"message": "Internal error"}}, False, id="with a 500"),
]


def _call_times(both: BothSides, method: str) -> list[float]:
    return [call["start"] for call in both.sandbox.calls(method=method, path="/3/employees")]


@pytest.mark.parametrize(("fault", "done"), LOST)
def test_a_create_whose_answer_is_lost_leaves_exactly_one_person(
    connection: Connection, both: BothSides, fault: dict[str, Any], done: bool
) -> None:
    employee = both.hub(1)
    run = review(connection)
    create_all(run)
    both.sandbox.faults([{**fault, "method": "POST", "path": "/3/employees"}])

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert both.emails_at_vendor() == ["p1@demo.example"]
    assert len(_call_times(both, "POST")) == (1 if done else 2)
    assert delivery_states(run) == (["done"] if done else ["void", "done"])
    (right_id,) = [record["EmployeeId"] for record in both.sandbox.state("fortnox", "employees")]
    assert Link.objects.get(left_id=str(employee.pk)).right_id == right_id
    employee.refresh_from_db()
    assert employee.employment_id == right_id
    assert_in_step(connection, 1)


@pytest.mark.parametrize(("fault", "done"), LOST)
def test_an_update_whose_answer_is_lost_arrives_once_and_settles(
    connection: Connection, both: BothSides, fault: dict[str, Any], done: bool
) -> None:
    employee = both.pair(1, vendor={"Phone1": PHONE}, work_phone=OTHER_PHONE)
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    both.sandbox.faults([{**fault, "method": "PUT", "path": "/3/employees"}])

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE
    assert len(_call_times(both, "PUT")) == (1 if done else 2)
    assert delivery_states(run) == (["done"] if done else ["void", "done"])
    assert pair_of(employee, "phone") == [OTHER_PHONE, OTHER_PHONE, "settled"]
    assert_in_step(connection, 1)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_nothing_is_looked_up_or_sent_again_before_the_settle_time(
    connection: Connection, both: BothSides, method: str
) -> None:
    both.hub(1)
    changed = both.pair(2, work_phone=OTHER_PHONE)
    run = review(connection)
    create_all(run)
    decide(row_of(run, left=changed), phone=LEFT)
    both.sandbox.clear_calls()
    both.sandbox.faults([{"action": "drop", "method": method, "path": "/3/employees"}])

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    first, second = _call_times(both, method)
    dropped_at = next(call["end"] for call in both.sandbox.calls(method=method) if call["status"] == 0)
    looked_up = [start for start in _call_times(both, "GET") if start > dropped_at]
    # The clocks of two processes on one machine are the same; a call takes a moment to arrive.
    assert min(looked_up) - dropped_at >= SETTLE - 0.05
    assert first < min(looked_up) < second
    assert_in_step(connection, 2)


def test_while_the_outcome_is_unknown_the_run_says_so_and_others_are_written(
    connection: Connection, both: BothSides, settings: Settings
) -> None:
    settings.SETTLE_SECONDS = 2
    settings.TASK_SECONDS = 0.4
    lost, written = both.pair(1, work_phone=OTHER_PHONE), both.pair(2, work_phone=PHONE)
    run = review(connection)
    for employee in (lost, written):
        decide(row_of(run, left=employee), phone=LEFT)
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/101"}])

    run = start_applying(run)

    assert run.state == SyncRun.State.APPLYING
    assert row_of(run, left=lost).state == SyncRow.State.UNKNOWN
    assert row_of(run, left=written).state == SyncRow.State.WRITTEN
    assert Delivery.objects.get(left_id=str(lost.pk)).state == Delivery.State.UNKNOWN
    assert pair_of(lost, "phone")[2] == "open"

    assert finish(run).state == SyncRun.State.DONE
    assert_in_step(connection, 2)


def test_a_person_added_by_somebody_else_while_ours_was_unknown_is_taken_and_shown_as_different(
    connection: Connection, both: BothSides, settings: Settings
) -> None:
    # A short task: it ends while the outcome is unknown.
    settings.TASK_SECONDS = 0.3
    employee = both.hub(1)
    run = review(connection)
    create_all(run)
    both.sandbox.faults([{"action": "drop", "method": "POST", "path": "/3/employees"}])
    assert start_applying(run).state == SyncRun.State.APPLYING
    both.vendor(1, Phone1=PHONE)

    run = finish(run)

    assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
    assert "Work phone: Fortnox holds another value than was sent." in row_of(run, left=employee).reason
    assert both.emails_at_vendor() == ["p1@demo.example"]
    assert pair_of(employee, "phone") == ["+46701740001", PHONE, "open"]
    again = review(connection)
    assert [field.field for field in row_of(again, left=employee).fields.all()] == ["phone"]


def test_a_person_changed_at_the_vendor_while_our_update_was_unknown_is_not_overwritten(
    connection: Connection, both: BothSides, settings: Settings
) -> None:
    settings.TASK_SECONDS = 0.3
    employee = both.pair(1, work_phone=OTHER_PHONE)
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    both.sandbox.faults([{"action": "drop", "method": "PUT", "path": "/3/employees"}])
    assert start_applying(run).state == SyncRun.State.APPLYING
    both.change_at_vendor("101", Phone1=PHONE)

    run = finish(run)

    assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
    assert row_of(run, left=employee).state == SyncRow.State.MOVED
    assert both.at_vendor("101")["Phone1"] == PHONE
    assert delivery_states(run) == ["void"]

    change(employee, work_phone=PHONE)
    assert_in_step(connection, 1)


@pytest.mark.behaviour("G-12", "G-30")
def test_of_an_update_without_an_answer_what_arrived_is_on_record_and_the_rest_is_not_overwritten(
    connection: Connection, both: BothSides, settings: Settings
) -> None:
    settings.TASK_SECONDS = 0.3
    employee = both.pair(1, work_phone=OTHER_PHONE, family_name="Ek")
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT, family_name=LEFT)
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/3/employees"}])
    assert start_applying(run).state == SyncRun.State.APPLYING
    both.change_at_vendor("101", LastName="Berg")

    run = finish(run)

    assert row_of(run, left=employee).state == SyncRow.State.MOVED
    assert both.at_vendor("101")["LastName"] == "Berg"
    assert delivery_states(run) == ["done"]
    assert changes_of(employee, "phone") == [("+46701740001", OTHER_PHONE, connection.pk, True)]
    assert changes_of(employee, "family_name") == []
    assert pair_of(employee, "phone") == [OTHER_PHONE, OTHER_PHONE, "settled"]
    again = review(connection)
    assert [field.field for field in row_of(again, left=employee).fields.all()] == ["family_name"]


def test_a_lookup_waits_for_a_vendor_that_is_away(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1, work_phone=OTHER_PHONE)
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    both.sandbox.faults(
        [
            {"action": "drop_after", "method": "PUT", "path": "/3/employees"},
            {"action": "refuse", "method": "GET", "path": "/3/employees/101", "status": 503, "count": 3},
        ]
    )

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert [status for method, _, status in both.writes()] == [0]
    assert_in_step(connection, 1)


@pytest.mark.parametrize("error", [TemporarilyUnavailable("late"), OutcomeUnknown("late")])
def test_a_late_answer_does_not_undo_what_another_process_has_settled(
    connection: Connection, both: BothSides, error: VendorError
) -> None:
    employee = both.pair(1, work_phone=OTHER_PHONE)
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    run = apply_all(run)
    delivery = Delivery.objects.get(row__run=run)

    # As the holder knows it whose lease ran out in the middle of the call.
    delivery.state = Delivery.State.SENDING
    mark_retry(delivery=delivery, error=error, pause=0, counts=True)
    mark_unknown(delivery=delivery, resource=connector_of(connection).resources()[0], error=error)

    assert delivery_states(run) == ["done"]
    assert_in_step(connection, 1)


@pytest.mark.parametrize("left_behind", ["unknown", "sending"])
@pytest.mark.parametrize("action", ["drop_after", "drop"])
def test_what_a_run_that_was_given_up_left_unknown_is_settled_by_the_next_comparison(
    connection: Connection, both: BothSides, settings: Settings, action: str, left_behind: str
) -> None:
    settings.TASK_SECONDS = 0.3
    employee = both.pair(1, work_phone=OTHER_PHONE)
    given_up = review(connection)
    decide(row_of(given_up, left=employee), phone=LEFT)
    both.sandbox.faults([{"action": action, "method": "PUT", "path": "/3/employees"}])
    start_applying(given_up)
    # A slow machine's task may end before it has written.
    while not Delivery.objects.exists():
        settings.TASK_SECONDS *= 2
        work_once(given_up)
    if left_behind == "sending":
        # As a holder leaves it that was killed before the answer came.
        SyncRow.objects.update(state=SyncRow.State.WORKING)
        Delivery.objects.update(state=Delivery.State.SENDING)
    fail_run(run=given_up, error="Given up.")
    assert row_of(given_up, left=employee).state == SyncRow.State.UNKNOWN
    long_ago = timezone.now() - timedelta(seconds=60)
    Delivery.objects.update(sent_at=long_ago, settle_until=long_ago)

    run = review(connection)

    assert row_of(given_up, left=employee).state == SyncRow.State.HELD
    assert delivery_states(given_up) == ["void"]
    if action == "drop":
        decide(row_of(run, left=employee), phone=LEFT)
        assert apply_all(run).state == SyncRun.State.DONE
    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE
    assert len(both.writes()) == (1 if action == "drop_after" else 2)
    apply_all(SyncRun.objects.filter(state=SyncRun.State.REVIEW).first() or review(connection))
    assert_in_step(connection, 1)
