"""Two at once, an interruption anywhere, a database that is locked for seconds: nothing is doubled or lost."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections, transaction
from django.db import connection as database
from pytest_django import Settings

from integrations.core.compare import pairing
from integrations.core.models import Connection, Delivery, Link, SyncRow, SyncRun
from integrations.core.runs import comparing, plan
from integrations.core.runs.applying import apply_run
from integrations.core.runs.comparing import compare_run
from integrations.core.runs.deciding import RunRefused, approve_run, start_run
from integrations.core.runs.settling import Settler
from integrations.fortnox import client
from tests.core.runs.both_sides import (
    LEFT,
    OTHER_PHONE,
    BothSides,
    apply_all,
    assert_counts_add_up,
    assert_in_step,
    create_all,
    decide,
    delivery_states,
    finish,
    review,
    row_of,
)

at_once = pytest.mark.django_db(transaction=True)
LOCKED_SECONDS = 3


def _in_threads(verbs: list[Callable[[], Any]]) -> list[Any]:
    """Let all go at the same moment; returns what each gave, or its exception."""
    barrier = threading.Barrier(len(verbs))
    outcomes: list[Any] = [None] * len(verbs)

    def work(number: int) -> None:
        barrier.wait()
        try:
            outcomes[number] = verbs[number]()
        except RunRefused as error:
            outcomes[number] = error
        finally:
            database.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(verbs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close_old_connections()
    return outcomes


def _changed(connection: Connection, both: BothSides) -> SyncRun:
    """Return a review in which four people are to be changed and two created on each side."""
    for number in range(1, 5):
        both.pair(number, work_phone=f"+4670175{number:04d}")
    for number in (5, 6):
        both.hub(number)
    for number in (7, 8):
        both.vendor(number)
    run = review(connection)
    create_all(run)
    for row in SyncRow.objects.filter(run=run, kind="differs"):
        decide(row, phone=LEFT)
    return run


def test_a_second_run_is_refused_while_one_is_at_work(connection: Connection, both: BothSides) -> None:
    trigger = SyncRun.Trigger.PERSON
    run = start_run(connection=connection, trigger=trigger, by=None)

    with pytest.raises(RunRefused, match="at work already"):
        start_run(connection=connection, trigger=trigger, by=None)

    compare_run(run_id=run.pk)
    approve_run(run=run, by=None, made_from=None)
    with pytest.raises(RunRefused, match="at work already"):
        start_run(connection=connection, trigger=trigger, by=None)
    assert finish(SyncRun.objects.get(pk=run.pk)).state == SyncRun.State.DONE
    assert_in_step(connection, 0)


@at_once
def test_of_several_runs_asked_for_at_the_same_moment_one_is_started(connection: Connection, both: BothSides) -> None:
    both.pair(1)
    ask = [lambda: start_run(connection=connection, trigger=SyncRun.Trigger.PERSON, by=None)] * 5

    outcomes = _in_threads(ask)

    started = [outcome for outcome in outcomes if isinstance(outcome, SyncRun)]
    assert len(started) == SyncRun.objects.count() == 1
    assert sum(isinstance(outcome, RunRefused) for outcome in outcomes) == 4
    compare_run(run_id=started[0].pk)
    assert apply_all(SyncRun.objects.get()).state == SyncRun.State.DONE
    assert_in_step(connection, 1)


@at_once
def test_comparing_and_applying_called_several_times_at_once_are_done_once(
    connection: Connection, both: BothSides
) -> None:
    run = _changed(connection, both)
    SyncRun.objects.filter(pk=run.pk).update(state=SyncRun.State.SUPERSEDED)
    run = start_run(connection=connection, trigger=SyncRun.Trigger.PERSON, by=None)
    both.sandbox.latency(mean=50)

    _in_threads([lambda: compare_run(run_id=run.pk)] * 3)
    run.refresh_from_db()
    assert run.state == SyncRun.State.REVIEW
    assert_counts_add_up(run)
    approve_run(run=run, by=None, made_from=None)
    _in_threads([lambda: apply_run(run_id=run.pk)] * 3)

    both.sandbox.latency(mean=0)
    run = finish(run)
    assert run.state == SyncRun.State.DONE
    assert sorted(path for _, path, _ in both.writes()) == [
        "employees",
        "employees",
        *(f"employees/{number}" for number in range(101, 105)),
    ]
    assert_in_step(connection, 8)


@pytest.mark.parametrize("writes", range(5))
def test_a_comparison_interrupted_anywhere_is_done_again_without_doubling_anything(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    monkeypatch.setattr(pairing, "BUFFER", 2)
    monkeypatch.setattr(client.FortnoxClient.list_employees, "__kwdefaults__", {"limit": 2})
    for number in range(1, 6):
        both.pair(number, work_phone=f"+4670175{number:04d}" if number % 2 else f"+4670174{number:04d}")
    both.hub(6)
    both.vendor(7)
    write: Callable[..., None] = plan.write_found
    left = [writes]

    def die_in_between(**arguments: Any) -> None:
        if not left[0]:
            raise ConnectionAbortedError
        left[0] -= 1
        write(**arguments)

    run = start_run(connection=connection, trigger=SyncRun.Trigger.PERSON, by=None)
    with monkeypatch.context() as patched:
        patched.setattr(comparing, "write_found", die_in_between)
        with pytest.raises(ConnectionAbortedError):
            compare_run(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == SyncRun.State.COMPARING

    compare_run(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.counts["equal"], run.counts["rows"]) == (SyncRun.State.REVIEW, 2, 5)
    assert_counts_add_up(run)
    assert Link.objects.count() == 5
    create_all(run)
    for row in SyncRow.objects.filter(run=run, kind="differs"):
        decide(row, phone=LEFT)
    assert apply_all(run).state == SyncRun.State.DONE
    assert_in_step(connection, 7)


@pytest.mark.parametrize("moment", ["after the call", "after settling"])
def test_writing_interrupted_after_the_vendor_has_answered_is_taken_up_without_doubling(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch, settings: Settings, moment: str
) -> None:
    settings.HTTP_READ_TIMEOUT = 0.5
    run = _changed(connection, both)
    settle: Callable[..., None] = Settler.settle_written

    def die(self: Settler, *arguments: Any, **more: Any) -> None:
        if moment == "after settling":
            settle(self, *arguments, **more)
        raise ConnectionAbortedError

    approve_run(run=run, by=None, made_from=None)
    with monkeypatch.context() as patched:
        patched.setattr(Settler, "settle_written", die)
        with pytest.raises(ConnectionAbortedError):
            apply_run(run_id=run.pk)

    run = finish(run)

    assert run.state == SyncRun.State.DONE
    assert set(delivery_states(run)) == {"done"}
    assert len(delivery_states(run)) == len(both.writes()) == 6
    assert_in_step(connection, 8)


@at_once
def test_a_database_that_is_locked_for_seconds_delays_the_writing_and_loses_nothing(
    connection: Connection, both: BothSides
) -> None:
    run = _changed(connection, both)
    approve_run(run=run, by=None, made_from=None)
    both.sandbox.latency(mean=100)
    locked = threading.Event()

    def lock() -> None:
        with transaction.atomic():
            if database.vendor == "postgresql":
                with database.cursor() as cursor:
                    cursor.execute(f'LOCK TABLE "{Delivery._meta.db_table}" IN ACCESS EXCLUSIVE MODE')
            locked.set()
            time.sleep(LOCKED_SECONDS)

    def lock_in_the_middle() -> None:
        while not both.writes():
            time.sleep(0.01)
        lock()

    _in_threads([lock_in_the_middle, lambda: apply_run(run_id=run.pk)])

    assert locked.is_set()
    both.sandbox.latency(mean=0)
    run = finish(run)
    assert run.state == SyncRun.State.DONE
    assert set(delivery_states(run)) == {"done"}
    assert len(both.writes()) == 6
    assert_in_step(connection, 8)


def test_a_run_that_nobody_works_on_any_more_takes_up_what_was_left_at_work(
    connection: Connection, both: BothSides
) -> None:
    employee = both.pair(1, work_phone=OTHER_PHONE)
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    approve_run(run=run, by=None, made_from=None)
    # As a holder leaves it that dies between taking the row and writing ahead.
    SyncRow.objects.update(state=SyncRow.State.WORKING)
    SyncRun.objects.update(state=SyncRun.State.APPLYING)

    assert finish(SyncRun.objects.get(pk=run.pk)).state == SyncRun.State.DONE
    assert both.writes() == [("PUT", "employees/101", 200)]
    assert_in_step(connection, 1)
