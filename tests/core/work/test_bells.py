"""Bells for later: they stand in the database until their time, and are rung once (G-33)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from django_q.brokers import Broker, get_broker
from pytest_django import Settings

from integrations.core.models import Bell
from integrations.core.work import ringing
from integrations.core.work.ringing import ring_due_bells, ring_push

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-33")]


@pytest.fixture
def queue(settings: Settings) -> Iterator[Broker]:
    broker = get_broker(settings.PUSH_QUEUE)
    broker.purge_queue()
    yield broker
    broker.purge_queue()


def in_seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_a_bell_for_later_is_not_rung_before_its_time(queue: Broker) -> None:
    ring_push(7, at=timezone.now() + in_seconds(60))
    assert (ring_due_bells(), queue.queue_size()) == (0, 0)
    Bell.objects.update(due=timezone.now())
    assert (ring_due_bells(), queue.queue_size(), Bell.objects.count()) == (1, 1, 0)


def test_a_time_that_is_over_rings_at_once(queue: Broker) -> None:
    ring_push(7, at=timezone.now() - in_seconds(1))
    assert (queue.queue_size(), Bell.objects.count()) == (1, 0)


@pytest.mark.parametrize("times", [(30, 60), (60, 30), (30, 30)])
def test_of_several_bells_for_one_work_the_earliest_stands(queue: Broker, times: tuple[int, int]) -> None:
    now = timezone.now()
    for seconds in times:
        ring_push(7, at=now + in_seconds(seconds))
    assert Bell.objects.get().due == now + in_seconds(30)


def test_each_work_has_a_bell_of_its_own(queue: Broker) -> None:
    for connection_id in (7, 8):
        ring_push(connection_id, at=timezone.now() + in_seconds(30))
        ringing.ring_push_bulk(connection_id, at=timezone.now() + in_seconds(30))
    assert Bell.objects.count() == 4


def test_of_two_services_only_one_rings(queue: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    ring_push(7, at=timezone.now() + in_seconds(30))
    Bell.objects.update(due=timezone.now())
    ring = ringing._ring_bell

    def beside_another(bell: Bell) -> bool:
        # The other service has read the same bell, and is quicker.
        assert ring(bell)
        return ring(bell)

    monkeypatch.setattr(ringing, "_ring_bell", beside_another)
    assert (ring_due_bells(), queue.queue_size()) == (0, 1)


def test_a_bell_of_a_change_that_is_rolled_back_never_stood(queue: Broker) -> None:
    with transaction.atomic():
        ring_push(7, at=timezone.now() + in_seconds(30))
        transaction.set_rollback(True)
    assert not Bell.objects.exists()


def test_a_broker_that_is_away_does_not_fail_the_round(
    queue: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def be_away(*_: object) -> None:
        raise DatabaseError("away")

    for connection_id in (7, 8):
        ring_push(connection_id, at=timezone.now() + in_seconds(30))
    Bell.objects.update(due=timezone.now())
    with monkeypatch.context() as away:
        away.setattr(type(queue), "enqueue", be_away)
        assert ring_due_bells() == 2
    assert "away" in caplog.text
    ring_push(7)
    assert queue.queue_size() == 1
