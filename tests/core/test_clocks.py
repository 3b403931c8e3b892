"""Times that a clock which was ahead once wrote, and clocks that do not agree."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.core import clocks, health
from integrations.core.calls import connector_of
from integrations.core.deliver import recover_interrupted
from integrations.core.models import Canary, Connection, Delivery, Mark, SyncRun
from integrations.core.sweep import sweep
from integrations.core.work import canaries

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("G-29")]

AHEAD = timedelta(days=400)


@pytest.fixture
def connection() -> Connection:
    return Connection.objects.create(integration="fortnox", label="Fortnox", state=Connection.State.ACTIVE)


def delivery(connection: Connection, **fields: Any) -> Delivery:
    plain = {"resource": "employees", "left_id": "1", "action": Delivery.Action.UPDATE, "sent_at": timezone.now()}
    return Delivery.objects.create(connection=connection, **{**plain, **fields})


def test_what_waits_for_a_time_that_it_cannot_wait_for_is_brought_back_by_the_sweep(connection: Connection) -> None:
    ahead = timezone.now() + AHEAD
    unknown = delivery(connection, state=Delivery.State.UNKNOWN, settle_until=ahead, sent_at=ahead)
    mark = Mark.objects.create(connection=connection, resource="employees", left_id="1", due=ahead, changed_at=ahead)
    run = SyncRun.objects.create(connection=connection, resource="employees", trigger="person", listed_at=ahead)
    Connection.objects.update(failing_since=ahead)

    sweep()

    soon = timezone.now() + clocks.LONGEST_SETTLE
    for each in (unknown, mark, run, connection):
        each.refresh_from_db()
    assert unknown.settle_until is not None
    assert connection.failing_since is not None
    assert unknown.settle_until <= soon
    assert mark.due <= soon
    assert run.listed_at is None
    assert connection.failing_since <= soon


def test_what_waits_for_as_long_as_it_may_is_left_alone(connection: Connection) -> None:
    now = timezone.now()
    settle, pause, due = now + timedelta(minutes=10), now + timedelta(hours=1), now + timedelta(days=1)
    waiting = delivery(connection, state=Delivery.State.UNKNOWN, settle_until=settle, not_before=pause)
    mark = Mark.objects.create(connection=connection, resource="employees", left_id="1", due=due, changed_at=now)
    assert clocks.bring_back() == 0
    waiting.refresh_from_db()
    mark.refresh_from_db()
    assert (waiting.settle_until, waiting.not_before, mark.due) == (settle, pause, due)


def test_a_write_that_was_interrupted_in_the_future_is_looked_up_soon(connection: Connection) -> None:
    now = timezone.now()
    sent = delivery(connection, state=Delivery.State.SENDING, sent_at=now + AHEAD)
    (resource,) = connector_of(connection).resources()
    assert recover_interrupted(connection=connection, resource=resource) == 1
    sent.refresh_from_db()
    assert sent.settle_until is not None
    assert now < sent.settle_until < now + clocks.LONGEST_SETTLE


def proofs(ahead: timedelta) -> None:
    now = timezone.now()
    for queue in ("push", "bulk"):
        Canary.objects.update_or_create(queue=queue, defaults={"asked_at": now + ahead, "answered_at": now + ahead})


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/healthz")
    return answer.status_code, answer.json()


def test_clocks_that_do_not_agree_are_told_and_a_proof_to_come_proves_nothing(client: Client) -> None:
    proofs(timedelta(hours=1))
    status, found = ask(client)
    assert (status, found["clocks_agree"], found["queues"]["push"]["running"]) == (503, False, False)
    assert 3500 < found["clock_seconds_apart"] < 3700
    assert not health.background_service().running
    proofs(timedelta(seconds=1))
    status, found = ask(client)
    assert (status, found["clocks_agree"]) == (200, True)


def test_a_database_whose_clock_differs_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    proofs(timedelta(0))
    for ahead in (-120.0, 120.0):
        with monkeypatch.context() as other:
            other.setattr(clocks, "seconds_ahead", lambda _now, ahead=ahead: ahead)
            status, found = ask(client)
        assert (status, found["clocks_agree"], found["clock_seconds_apart"]) == (503, False, 120.0)
    assert ask(client)[0] == 200


def test_this_machines_clock_is_compared_with_the_databases() -> None:
    apart = clocks.seconds_ahead(timezone.now())
    assert apart is None or abs(apart) < clocks.MOST_APART


def test_a_proof_from_the_future_gives_way_to_the_next_one() -> None:
    proofs(AHEAD)
    now = timezone.now()
    canaries.prove(queue="push", at=now)
    assert canaries.proved_at(queue="push") == now
