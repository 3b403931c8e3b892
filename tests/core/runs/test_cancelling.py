"""Cancelling at any point: what was sent is told, the rest is not written, what is unknown is still looked up."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from employees.models import Employee
from integrations.core import budget
from integrations.core.models import Connection, Link, SyncRow, SyncRun
from integrations.core.runs import comparing, plan
from integrations.core.runs.deciding import RunRefused, approve_run, cancel_run
from integrations.core.runs.settling import Settler
from tests.core.connected import compare
from tests.core.runs.both_sides import (
    LEFT,
    OTHER_PHONE,
    BothSides,
    apply_all,
    assert_in_step,
    create_all,
    decide,
    delivery_states,
    finish,
    review,
    row_counts,
    row_of,
    start_applying,
)

NOT_WRITTEN = "Not written: the synchronisation was cancelled."


def _approved(connection: Connection, both: BothSides, count: int) -> tuple[SyncRun, list[Employee]]:
    people = [both.pair(number, work_phone=f"+4670175{number:04d}") for number in range(1, count + 1)]
    run = review(connection)
    for employee in people:
        decide(row_of(run, left=employee), phone=LEFT)
    return run, people


def _synchronise(connection: Connection, people: list[Employee]) -> None:
    run = review(connection)
    for row in SyncRow.objects.filter(run=run):
        decide(row, phone=LEFT)
    assert apply_all(run).state == SyncRun.State.DONE
    assert_in_step(connection, len(people))


def test_cancelled_while_comparing_it_leaves_no_links_behind(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    both.pair(1)
    both.pair(2, work_phone=OTHER_PHONE)
    write: Callable[..., None] = plan.write_found

    def cancel_and_write(*, run: SyncRun, **more: Any) -> None:
        cancel_run(run=run)
        write(run=run, **more)

    monkeypatch.setattr(comparing, "write_found", cancel_and_write)
    run = compare(connection)
    monkeypatch.undo()

    assert run.state == SyncRun.State.CANCELLED
    assert not Link.objects.exists()
    assert both.writes() == []
    assert review(connection).counts["equal"] == 1


def test_cancelled_in_review_nothing_is_written_and_it_cannot_be_approved_any_more(
    connection: Connection, both: BothSides
) -> None:
    run, people = _approved(connection, both, 2)

    assert cancel_run(run=run) is True

    run.refresh_from_db()
    assert run.state == SyncRun.State.CANCELLED
    assert cancel_run(run=run) is False
    with pytest.raises(RunRefused):
        approve_run(run=run, by=None, made_from=None)
    assert not Link.objects.exists()
    assert both.writes() == []
    _synchronise(connection, people)


def test_cancelled_in_the_middle_what_was_under_way_is_told_and_the_rest_is_skipped(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, people = _approved(connection, both, 12)
    settle: Callable[..., None] = Settler.settle_written

    def cancel_and_settle(self: Settler, *arguments: Any, **more: Any) -> None:
        cancel_run(run=run)
        settle(self, *arguments, **more)

    monkeypatch.setattr(Settler, "settle_written", cancel_and_settle)
    run = apply_all(run)
    monkeypatch.undo()

    assert run.state == SyncRun.State.CANCELLED
    states = row_counts(run)
    assert set(states) == {"written", "skipped"}
    written = SyncRow.objects.filter(run=run, state="written").values_list("right_id", flat=True)
    assert sorted(path for _, path, _ in both.writes()) == sorted(f"employees/{right_id}" for right_id in written)
    assert 1 <= states["written"] <= 5
    assert set(SyncRow.objects.filter(run=run, state="skipped").values_list("reason", flat=True)) == {NOT_WRITTEN}
    _synchronise(connection, people)


@pytest.mark.parametrize(
    ("action", "state", "phone"),
    [("drop_after", "written", "+46701750001"), ("drop", "skipped", "+46701740001")],
    ids=["done", "not done"],
)
def test_a_cancelled_runs_unknown_write_is_looked_up_and_not_sent_again(
    connection: Connection, both: BothSides, settings: Settings, action: str, state: str, phone: str
) -> None:
    settings.TASK_SECONDS = 0.3
    run, people = _approved(connection, both, 1)
    both.sandbox.faults([{"action": action, "method": "PUT", "path": "/3/employees"}])
    assert start_applying(run).state == SyncRun.State.APPLYING

    assert cancel_run(run=run) is True
    run = finish(run)

    assert run.state == SyncRun.State.CANCELLED
    assert row_counts(run) == {state: 1}
    assert both.at_vendor("101")["Phone1"] == phone
    assert len(both.writes()) == 1
    if state == "skipped":
        _synchronise(connection, people)
    else:
        assert_in_step(connection, 1)


def test_a_cancelled_runs_waiting_write_is_not_sent_again(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "FIRST_PAUSE", 30)
    run, people = _approved(connection, both, 1)
    both.sandbox.faults([{"action": "refuse", "status": 503, "method": "PUT", "path": "/3/employees"}])
    assert start_applying(run).state == SyncRun.State.APPLYING

    cancel_run(run=run)
    run = finish(run)

    assert run.state == SyncRun.State.CANCELLED
    assert row_counts(run) == {"skipped": 1}
    assert delivery_states(run) == ["void"]
    assert len(both.writes()) == 1
    Connection.objects.update(next_slot=0, paused_until=None)
    _synchronise(connection, people)


def test_cancelled_before_the_first_write_everything_is_skipped(connection: Connection, both: BothSides) -> None:
    run, people = _approved(connection, both, 2)
    both.hub(3)
    approve_run(run=run, by=None, made_from=None)

    cancel_run(run=run)
    run = finish(run)

    assert run.state == SyncRun.State.CANCELLED
    assert row_counts(run) == {"skipped": 2}
    assert both.writes() == []
    assert Link.objects.filter(state=Link.State.ACTIVE).count() == 2
    run = review(connection)
    create_all(run)
    for row in SyncRow.objects.filter(run=run, kind="differs"):
        decide(row, phone=LEFT)
    apply_all(run)
    assert_in_step(connection, len(people) + 1)
