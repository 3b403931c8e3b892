"""Which bulk work goes first, and who leaves room for whom (G-33)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_q.brokers import Broker, get_broker
from pytest_django import Settings

from employees.models import ImportJob
from employees.transfer.jobs import SMALL_BYTES, SMALL_ROWS, ring
from integrations.core import leases, tasks
from integrations.core.models import Bell, Connection, SyncRun
from integrations.core.work import precedence, ringing, room
from integrations.core.work.precedence import Turn
from tests.factories import CompanyFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-33")]
State = SyncRun.State


@pytest.fixture(autouse=True)
def queues(settings: Settings) -> dict[str, Broker]:
    settings.QUEUE_WORKERS, settings.PUSH_WORKERS = 2, 2
    found = {name: get_broker(name) for name in settings.QUEUES}
    for broker in found.values():
        broker.purge_queue()
    return found


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was worked on, in its order."""
    found: list[str] = []

    def note(what: str) -> Any:
        def work(**ids: int) -> None:
            found.append(f"{what} {next(iter(ids.values()))}")
            if what == "compare":
                SyncRun.objects.filter(pk=ids["run_id"]).update(state=State.REVIEW)

        return work

    monkeypatch.setattr(tasks, "compare_run", note("compare"))
    monkeypatch.setattr(tasks, "apply_run", note("apply"))
    monkeypatch.setattr(tasks, "drain", lambda *, connection_id, bulk=False: found.append(f"push {connection_id}"))
    monkeypatch.setattr("employees.transfer.tasks.work", lambda job_id: found.append("import"))
    return found


def connection(**values: Any) -> Connection:
    return Connection.objects.create(
        integration="fortnox", label="Fortnox", **{"state": Connection.State.ACTIVE, **values}
    )


def run(state: str, **values: Any) -> SyncRun:
    return SyncRun.objects.create(
        connection=connection(), resource="employees", trigger="person", state=state, **values
    )


def import_job(**values: Any) -> ImportJob:
    job: ImportJob = ImportJob.objects.create(
        company=CompanyFactory.create(), file_name="a.csv", **{"state": ImportJob.State.QUEUED, **values}
    )
    return job


# --- Comparisons before applies -----------------------------------------------------------------------------


def test_a_worker_that_is_rung_for_an_apply_takes_a_waiting_comparison_first(
    done: list[str], queues: dict[str, Broker]
) -> None:
    applying, comparing = run(State.APPROVED), run(State.QUEUED)
    tasks.apply(applying.pk)
    assert done == [f"compare {comparing.pk}"]
    assert queues["bulk"].queue_size() == 1
    tasks.apply(applying.pk)
    assert done == [f"compare {comparing.pk}", f"apply {applying.pk}"]


def test_many_peoples_changes_let_an_import_go_first(done: list[str], queues: dict[str, Broker]) -> None:
    import_job()
    tasks.push_bulk(connection().pk)
    assert (done, queues["bulk"].queue_size()) == (["import"], 1)


@pytest.mark.parametrize("why", ["its vendor pauses", "it was put down", "somebody is at it"])
def test_a_comparison_that_cannot_begin_keeps_no_apply(done: list[str], why: str) -> None:
    applying, comparing = run(State.APPROVED), run(State.COMPARING)
    if why == "its vendor pauses":
        until = timezone.now() + timedelta(seconds=60)
        Connection.objects.filter(pk=comparing.connection_id).update(paused_until=until)
    elif why == "it was put down":
        SyncRun.objects.filter(pk=comparing.pk).update(error="Waiting for the other system")
    else:
        leases.claim(name=f"run:{comparing.connection_id}")
    room.note_pace(connection_id=applying.connection_id, seconds=0.1)
    tasks.apply(applying.pk)
    assert done == [f"apply {applying.pk}"]


def test_a_comparison_without_room_keeps_no_apply_and_nobody_rings_for_ever(
    done: list[str], queues: dict[str, Broker]
) -> None:
    applying, comparing, other = run(State.APPROVED), run(State.QUEUED), connection()
    leases.claim(name=f"run:{other.pk}")
    room.note_pace(connection_id=applying.connection_id, seconds=0.1)
    tasks.apply(applying.pk)
    assert done == [f"apply {applying.pk}"]
    assert queues["bulk"].queue_size() == 0
    assert Bell.objects.get().subject_id == comparing.pk


def test_an_apply_makes_room_once_a_comparison_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "ROOM_AFTER", 0.0)
    monkeypatch.setattr(precedence, "LOOK_SECONDS", 0.0)
    turn = Turn(run_id=run(State.APPLYING).pk)
    assert not turn.is_over()
    run(State.QUEUED)
    assert turn.is_over()


def test_an_apply_makes_room_for_another_one_only_after_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "ROOM_AFTER", 0.0)
    monkeypatch.setattr(precedence, "LOOK_SECONDS", 0.0)
    mine = run(State.APPLYING)
    turn = Turn(run_id=mine.pk)
    run(State.APPROVED)
    assert not turn.is_over()
    monkeypatch.setattr(precedence, "TURN_SECONDS", 0.0)
    assert turn.is_over()


def test_an_apply_alone_keeps_its_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROOM_AFTER", "LOOK_SECONDS", "TURN_SECONDS"):
        monkeypatch.setattr(precedence, name, 0.0)
    assert not Turn(run_id=run(State.APPLYING).pk).is_over()


# --- Short work ---------------------------------------------------------------------------------------------


def test_mails_renewals_and_checks_have_a_queue_of_their_own(queues: dict[str, Broker]) -> None:
    ringing.ring_reports()
    for ring_short in (ringing.ring_renew, ringing.ring_check, ringing.ring_look_for_answer):
        ring_short(1)
    sizes = {name: broker.queue_size() for name, broker in queues.items()}
    assert sizes == {"push": 0, "short": 4, "bulk": 0}


def test_a_small_file_does_not_wait_behind_large_ones(queues: dict[str, Broker]) -> None:
    ring(import_job(content=b"x" * SMALL_BYTES).pk)
    ring(import_job(content=b"x" * (SMALL_BYTES + 1)).pk)
    assert (queues["short"].queue_size(), queues["bulk"].queue_size()) == (1, 1)


def test_an_import_of_many_rows_is_long_work_though_its_file_is_gone(queues: dict[str, Broker]) -> None:
    ring(import_job(content=b"", counts={"rows": SMALL_ROWS}).pk)
    ring(import_job(content=b"", counts={"rows": SMALL_ROWS + 1}).pk)
    assert (queues["short"].queue_size(), queues["bulk"].queue_size()) == (1, 1)


# --- Room ---------------------------------------------------------------------------------------------------


def test_of_whom_nothing_is_known_all_but_the_last_worker_are_left_free(done: list[str]) -> None:
    first, second = connection(), connection()
    leases.claim(name=f"push:{first.pk}")

    tasks.push(second.pk)

    assert done == []
    assert Bell.objects.get().subject_id == second.pk
    leases.release_of(holders="")
    tasks.push(second.pk)
    assert done == [f"push {second.pk}"]


def test_whoever_was_served_lately_waits_for_nobody(done: list[str]) -> None:
    served = connection()
    room.note_pace(connection_id=served.pk, seconds=0.2)
    for _number in range(3):
        leases.claim(name=f"push:{connection().pk}")
    tasks.push(served.pk)
    assert done == [f"push {served.pk}"]


@pytest.mark.parametrize("trouble", ["slow", "failing"])
def test_trouble_ends_the_trust_and_an_answer_brings_it_back(done: list[str], trouble: str) -> None:
    served = connection()
    room.note_pace(connection_id=served.pk, seconds=0.2)
    leases.claim(name=f"push:{connection().pk}")
    if trouble == "slow":
        room.note_pace(connection_id=served.pk, seconds=room.SLOW_SECONDS)
    else:
        Connection.objects.filter(pk=served.pk).update(failing_since=timezone.now())
    tasks.push(served.pk)
    assert done == []

    Connection.objects.update(failing_since=None)
    room.note_pace(connection_id=served.pk, seconds=0.2)
    tasks.push(served.pk)
    assert done == [f"push {served.pk}"]


def test_those_at_work_who_are_served_take_nobodys_room(done: list[str]) -> None:
    at_work, unknown = connection(), connection()
    leases.claim(name=f"push:{at_work.pk}")
    room.note_pace(connection_id=at_work.pk, seconds=0.2)
    tasks.push(unknown.pk)
    assert done == [f"push {unknown.pk}"]


def test_a_worker_alone_serves_everybody(done: list[str], settings: Settings) -> None:
    settings.PUSH_WORKERS = 1
    tasks.push(connection().pk)
    assert len(done) == 1


def test_checks_and_renewals_leave_room_for_mails(monkeypatch: pytest.MonkeyPatch, done: list[str]) -> None:
    monkeypatch.setattr("integrations.core.checking.check", lambda *, connection_id: done.append("check"))
    first, second = connection(), connection()
    held = leases.claim(name=f"{tasks.ASKING}:{first.pk}")
    assert held is not None
    tasks.check(second.pk)
    assert done == []
    held.release()
    tasks.check(second.pk)
    assert done == ["check"]
