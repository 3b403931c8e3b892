"""The queue's entry points: rings follow the commit, lost starts are counted, and nothing is swallowed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError, transaction
from django.utils import timezone
from django_q.brokers import Broker, get_broker
from django_q.exceptions import TimeoutException
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from redis import RedisError

from integrations.core import leases, tasks
from integrations.core.models import Canary, Connection, Notification, SyncRun
from integrations.core.work.starts import MAX_STARTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> SyncRun:
    connection = Connection.objects.create(integration="fortnox", label="Fortnox", state=Connection.State.ACTIVE)
    return SyncRun.objects.create(connection=connection, resource="employees", trigger=SyncRun.Trigger.PERSON)


@pytest.fixture
def bulk(settings: Settings) -> Iterator[Broker]:
    """The bulk queue, empty before and after."""
    broker = get_broker(settings.BULK_QUEUE)
    broker.purge_queue()
    yield broker
    broker.purge_queue()


class Comparing:
    """Stands in for the comparison: counts its calls and does what the test says."""

    def __init__(self) -> None:
        self.calls = 0
        self.raises: BaseException | None = None

    def __call__(self, *, run_id: int) -> None:
        self.calls += 1
        if self.raises is not None:
            raise self.raises


@pytest.fixture
def comparing(monkeypatch: pytest.MonkeyPatch) -> Comparing:
    comparing = Comparing()
    monkeypatch.setattr(tasks, "compare_run", comparing)
    return comparing


def lose_starts(run: SyncRun, count: int) -> None:
    SyncRun.objects.filter(pk=run.pk).update(attempts=count)


def test_a_ring_waits_for_the_commit(
    run: SyncRun, bulk: Broker, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tasks.ring_compare(run.pk)
        assert bulk.queue_size() == 0
    assert bulk.queue_size() == 1


@pytest.mark.django_db(transaction=True)
def test_a_ring_of_a_change_that_is_rolled_back_is_not_heard(run: SyncRun, bulk: Broker) -> None:
    with transaction.atomic():
        tasks.ring_apply(run.pk)
        transaction.set_rollback(True)
    assert bulk.queue_size() == 0


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_does_not_fail_the_caller_and_is_rung_when_it_is_back(
    run: SyncRun, bulk: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def be_away(*_: object) -> None:
        raise DatabaseError("away")

    with monkeypatch.context() as away:
        away.setattr(type(bulk), "enqueue", be_away)
        tasks.ring_compare(run.pk)
    assert "away" in caplog.text
    tasks.ring_compare(run.pk)
    assert bulk.queue_size() == 1


def test_a_start_that_comes_back_is_not_counted(run: SyncRun, comparing: Comparing) -> None:
    lose_starts(run, 2)
    tasks.compare(run.pk)
    run.refresh_from_db()
    assert (comparing.calls, run.attempts) == (1, 2)


@pytest.mark.parametrize("error", [ValueError("broken"), TimeoutException("too long")])
def test_a_start_that_raises_or_runs_out_of_time_is_counted_and_not_swallowed(
    run: SyncRun, comparing: Comparing, error: BaseException
) -> None:
    comparing.raises = error
    with pytest.raises(type(error)):
        tasks.compare(run.pk)
    run.refresh_from_db()
    assert run.attempts == 1


def test_a_run_that_lost_the_most_starts_is_given_up_with_a_report_instead_of_started(
    run: SyncRun, comparing: Comparing
) -> None:
    lose_starts(run, MAX_STARTS)
    tasks.compare(run.pk)
    run.refresh_from_db()
    assert (comparing.calls, run.state) == (0, SyncRun.State.FAILED)
    assert f"stopped {MAX_STARTS} times" in run.error
    assert Notification.objects.filter(sent_at__isnull=True).exists()


@pytest.mark.behaviour("G-31")
def test_an_error_that_comes_again_ends_the_run_at_once_names_itself_and_blames_no_kill(
    run: SyncRun, comparing: Comparing, caplog: pytest.LogCaptureFixture
) -> None:
    comparing.raises = KeyError("850709-9805")
    for state in (SyncRun.State.QUEUED, SyncRun.State.FAILED):
        with pytest.raises(KeyError):
            tasks.compare(run.pk)
        run.refresh_from_db()
        assert run.state == state
    assert ("KeyError" in run.error, "twice" in run.error, "stopped" in run.error) == (True, True, False)
    assert ("test_tasks.py" in caplog.text, "850709" in f"{caplog.text}{run.error}") == (True, False)
    assert Notification.objects.filter(sent_at__isnull=True).exists()


@pytest.mark.behaviour("G-31")
def test_an_error_that_does_not_come_again_leaves_no_trace(run: SyncRun, comparing: Comparing) -> None:
    comparing.raises = KeyError("once")
    with pytest.raises(KeyError):
        tasks.compare(run.pk)
    comparing.raises = None
    tasks.compare(run.pk)
    run.refresh_from_db()
    assert (run.state, comparing.calls) == (SyncRun.State.QUEUED, 2)


@pytest.mark.behaviour("G-31")
@pytest.mark.parametrize(
    "error", [OperationalError("locked"), RedisError("away"), OSError("full"), TimeoutException("too long")]
)
def test_what_passes_by_itself_is_tried_as_often_as_a_kill_and_is_named_all_the_same(
    run: SyncRun, comparing: Comparing, error: BaseException
) -> None:
    comparing.raises = error
    for _start in range(MAX_STARTS):
        with pytest.raises(type(error)):
            tasks.compare(run.pk)
    run.refresh_from_db()
    assert run.state == SyncRun.State.QUEUED
    tasks.compare(run.pk)
    run.refresh_from_db()
    assert (run.state, comparing.calls) == (SyncRun.State.FAILED, MAX_STARTS)
    assert (type(error).__name__ in run.error, "was stopped" in run.error) == (True, False)


@pytest.mark.behaviour("G-31")
def test_errors_of_different_kinds_end_the_run_in_the_end_and_the_last_is_named(
    run: SyncRun, comparing: Comparing
) -> None:
    for number in range(MAX_STARTS):
        comparing.raises = KeyError() if number % 2 else TypeError()
        with pytest.raises((KeyError, TypeError)):
            tasks.compare(run.pk)
    tasks.compare(run.pk)
    run.refresh_from_db()
    assert (run.state, "TypeError" in run.error) == (SyncRun.State.FAILED, True)


def test_a_run_that_somebody_works_on_is_not_given_up(run: SyncRun, comparing: Comparing) -> None:
    lose_starts(run, MAX_STARTS)
    at_work = leases.claim(name=f"run:{run.connection_id}")
    tasks.compare(run.pk)
    run.refresh_from_db()
    assert (at_work is not None, run.state, run.attempts) == (True, SyncRun.State.QUEUED, MAX_STARTS)


def test_a_task_for_a_run_that_waits_for_something_else_does_nothing(run: SyncRun, comparing: Comparing) -> None:
    SyncRun.objects.filter(pk=run.pk).update(state=SyncRun.State.REVIEW)
    tasks.compare(run.pk)
    run.refresh_from_db()
    assert (comparing.calls, run.attempts) == (0, 0)


def test_a_task_that_used_up_its_time_rings_for_the_rest(
    run: SyncRun,
    comparing: Comparing,
    bulk: Broker,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.TASK_SECONDS = 0
    with django_capture_on_commit_callbacks(execute=True):
        tasks.compare(run.pk)
    assert bulk.queue_size() == 1


def test_a_task_that_ends_early_does_not_ring_for_itself(
    run: SyncRun, comparing: Comparing, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as rings:
        tasks.compare(run.pk)
    assert rings == []


def test_a_late_canary_does_not_move_the_proof_back() -> None:
    now = timezone.now()
    tasks.canary("bulk", now.isoformat())
    tasks.canary("bulk", (now - timedelta(minutes=12)).isoformat())
    assert Canary.objects.get(queue="bulk").answered_at == now
