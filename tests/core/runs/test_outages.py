"""The vendor is busy, out of order or away, and comes back: the run waits, ends, and writes nothing twice."""

from typing import Any

import pytest
from pytest_django import Settings

from employees.models import Employee
from integrations.core import budget
from integrations.core.models import Connection, Delivery, SyncRow, SyncRun
from integrations.core.runs.comparing import compare_run
from tests.core.connected import compare
from tests.core.runs.both_sides import (
    LEFT,
    OTHER_PHONE,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    create_all,
    decide,
    delivery_states,
    finish,
    review,
    row_counts,
    row_of,
    start_applying,
    work_once,
)

BUSY = {"action": "refuse", "status": 429, "body": {"message": "Too many requests"}}


def _changed(both: BothSides, count: int) -> list[Employee]:
    return [both.pair(number, work_phone=f"+4670175{number:04d}") for number in range(1, count + 1)]


def _approve_phones(connection: Connection, people: list[Employee]) -> SyncRun:
    run = review(connection)
    for employee in people:
        decide(row_of(run, left=employee), phone=LEFT)
    return run


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1"}], ids=["without Retry-After", "with Retry-After"])
def test_429_in_the_middle_of_a_listing_is_waited_for(
    connection: Connection, both: BothSides, headers: dict[str, str]
) -> None:
    both.pair(1)
    both.sandbox.clear_calls()
    both.sandbox.faults([{**BUSY, "headers": headers, "method": "GET", "path": "/3/employees", "count": 2}])

    run = review(connection)

    assert (run.counts["equal"], run.counts["rows"]) == (1, 0)
    calls = both.sandbox.calls(path="/3/employees")
    assert [call["status"] for call in calls] == [429, 429, 200]
    if headers:
        assert calls[1]["start"] - calls[0]["end"] >= 0.95
        assert calls[2]["start"] - calls[1]["end"] >= 0.95


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1"}], ids=["without Retry-After", "with Retry-After"])
def test_429_in_the_middle_of_writing_is_waited_for_and_nothing_is_sent_twice(
    connection: Connection, both: BothSides, headers: dict[str, str]
) -> None:
    people = _changed(both, 5)
    new = both.hub(6)
    run = _approve_phones(connection, people)
    create_all(run)
    both.sandbox.faults(
        [
            {**BUSY, "headers": headers, "method": "PUT", "path": "/3/employees", "k": 2, "count": 3},
            {**BUSY, "headers": headers, "method": "POST", "path": "/3/employees"},
        ]
    )

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert delivery_states(run) == ["done"] * 6
    assert sorted(path for _, path, status in both.writes() if status < 300) == [
        "employees",
        *(f"employees/{100 + number}" for number in range(1, 6)),
    ]
    assert both.emails_at_vendor() == sorted(employee.work_email for employee in [*people, new])
    # The rate limit brings no write closer to being given up.
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
    assert_in_step(connection, 6)


def test_a_pause_that_outlasts_the_task_ends_the_task_and_reserves_one_slot_only(
    connection: Connection, both: BothSides, settings: Settings
) -> None:
    settings.TASK_SECONDS = 0.5
    people = _changed(both, 8)
    run = _approve_phones(connection, people)
    both.sandbox.faults([{**BUSY, "headers": {"Retry-After": "60"}, "method": "PUT", "path": "/3/employees"}])

    run = start_applying(run)

    assert run.state == SyncRun.State.APPLYING
    connection.refresh_from_db()
    assert connection.paused_until is not None
    # Asked for 60 s; what was tried in vain meanwhile pushed the next call no further away than that.
    assert connection.next_slot - connection.paused_until.timestamp() < 0.1

    _end_the_pause(run)
    assert finish(run).state == SyncRun.State.DONE
    assert_in_step(connection, 8)


@pytest.mark.parametrize("how", ["refuse", "drop"])
def test_a_vendor_that_is_away_while_comparing_is_waited_for(connection: Connection, both: BothSides, how: str) -> None:
    both.pair(1)
    both.hub(2)
    both.sandbox.down(how=how)

    run = compare(connection)

    assert run.state == SyncRun.State.COMPARING
    assert run.error.startswith("Waiting for the other system")
    assert not SyncRow.objects.exists()

    both.sandbox.down(down=False)
    compare_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (SyncRun.State.REVIEW, "")
    assert [row.kind for row in SyncRow.objects.filter(run=run)] == [SyncRow.Kind.ONLY_LEFT]
    create_all(run)
    assert apply_all(run).state == SyncRun.State.DONE
    assert_in_step(connection, 2)


@pytest.mark.parametrize("outage", [{"action": "refuse", "status": 503}, {"action": "drop"}], ids=["503", "drop"])
def test_a_vendor_that_goes_away_while_writing_is_waited_for_and_nothing_is_doubled(
    connection: Connection, both: BothSides, settings: Settings, outage: dict[str, Any]
) -> None:
    settings.TASK_SECONDS = 1
    people = _changed(both, 6)
    new = [both.hub(number) for number in (7, 8)]
    run = _approve_phones(connection, people)
    create_all(run)
    # The list and three writes are answered.
    both.sandbox.faults([{**outage, "path": "/3/employees", "k": 5, "count": 1_000}])

    run = start_applying(run)
    # A slow machine's task may end before the third.
    while row_counts(run).get("written", 0) < 3:
        run = work_once(run)

    assert run.state == SyncRun.State.APPLYING
    assert row_counts(run)["written"] == 3

    both.sandbox.clear_faults()
    run = finish(run)
    assert run.state == SyncRun.State.DONE
    assert both.emails_at_vendor() == sorted(employee.work_email for employee in [*people, *new])
    done = [path for _, path, status in both.writes() if status in (200, 201)]
    assert len(done) == 8
    assert_in_step(connection, 8)


def test_a_vendor_that_is_away_before_the_first_write_leaves_the_run_waiting(
    connection: Connection, both: BothSides
) -> None:
    (employee,) = _changed(both, 1)
    run = _approve_phones(connection, [employee])
    both.sandbox.clear_calls()
    both.sandbox.down()

    run = start_applying(run)

    assert run.state == SyncRun.State.APPLYING
    assert run.error.startswith("Waiting:")
    assert both.writes() == []

    both.sandbox.down(down=False)
    run = finish(run)
    assert (run.state, run.error) == (SyncRun.State.DONE, "")
    assert_in_step(connection, 1)


def test_what_was_waiting_to_be_sent_again_is_not_sent_once_the_hub_has_changed(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "FIRST_PAUSE", 30)
    (employee,) = _changed(both, 1)
    run = _approve_phones(connection, [employee])
    both.sandbox.faults([{"action": "refuse", "method": "PUT", "path": "/101", "status": 503}])
    run = start_applying(run)
    assert delivery_states(run) == ["retry"]
    change(employee, work_phone=OTHER_PHONE)

    _end_the_pause(run)
    run = work_once(run)

    assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
    assert row_of(run, left=employee).state == SyncRow.State.MOVED
    assert both.at_vendor("101")["Phone1"] == "+46701740001"
    assert delivery_states(run) == ["void"]
    assert apply_all(_approve_phones(connection, [employee])).state == SyncRun.State.DONE
    assert_in_step(connection, 1)


def test_what_was_waiting_for_long_is_compared_with_the_vendors_list_again(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "FIRST_PAUSE", 30)
    (employee,) = _changed(both, 1)
    run = _approve_phones(connection, [employee])
    both.sandbox.faults([{"action": "refuse", "method": "PUT", "path": "/101", "status": 503}])
    run = start_applying(run)
    both.change_at_vendor("101", Phone1=OTHER_PHONE)

    _end_the_pause(run)
    SyncRun.objects.filter(pk=run.pk).update(listed_at=None)
    run = work_once(run)

    assert row_of(run, left=employee).state == SyncRow.State.MOVED
    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE
    assert delivery_states(run) == ["void"]
    assert apply_all(_approve_phones(connection, [employee])).state == SyncRun.State.DONE
    assert_in_step(connection, 1)


def _end_the_pause(run: SyncRun) -> None:
    Connection.objects.filter(pk=run.connection_id).update(next_slot=0, paused_until=None)
    Delivery.objects.filter(row__run=run).update(not_before=run.created_at)
