"""Short work with a queue of its own: what an older installation left in the old one is still done (G-33)."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django_q.tasks import async_task
from pytest_django import Settings

from integrations.core.management.commands import work
from integrations.core.models import Canary, Notification, SyncRun
from integrations.core.work.ringing import ring_compare, ring_reports
from tests.core.poison.apps import RELEASED
from tests.core.test_queue_edges import make_run, poisoned
from tests.workers import Worker

pytestmark = pytest.mark.behaviour("G-33")


@pytest.mark.parametrize(
    ("named", "served"),
    [
        ("push,bulk", ["push", "bulk", "short"]),
        ("bulk", ["bulk", "short"]),
        ("push", ["push"]),
        ("short", ["short"]),
        ("push,short,bulk", ["push", "short", "bulk"]),
    ],
)
def test_whoever_named_the_queues_before_there_was_one_of_short_work_serves_that_too(
    monkeypatch: pytest.MonkeyPatch, named: str, served: list[str]
) -> None:
    started: list[Any] = []

    class Started:
        def __init__(self, *, queues: list[str], say: Any) -> None:
            started.extend(queues)

        def run(self) -> None:
            pass

    monkeypatch.setattr(work, "Supervisor", Started)
    call_command("work", queues=named, stdout=StringIO())
    assert started == served


@pytest.mark.queue
@pytest.mark.django_db(transaction=True)
def test_a_mail_that_stood_in_the_old_queue_is_still_sent(worker: Worker, settings: Settings) -> None:
    Notification.objects.create(key="nobody:1")
    async_task("integrations.core.tasks.send_reports", cluster=settings.BULK_QUEUE, save=False)
    worker.start(SWEEP_SECONDS="3600")
    worker.wait_until(
        lambda: not Notification.objects.filter(sent_at=None, attempts=0, error="").exists(), what="it was taken"
    )


@pytest.mark.queue
@pytest.mark.django_db(transaction=True)
def test_mails_go_while_every_worker_of_bulk_work_is_busy(worker: Worker, var_dir: Path) -> None:
    worker.start(**poisoned("hold"), TASK_SECONDS="600", QUEUE_WORKERS="1")
    run = make_run()
    ring_compare(run.pk)
    worker.wait_until(lambda: bool(worker.busy_workers("bulk")), what="the only worker is busy")
    Notification.objects.create(key="nobody:1")

    ring_reports()

    worker.wait_until(
        lambda: not Notification.objects.filter(sent_at=None, attempts=0, error="").exists(), what="it was taken"
    )
    assert worker.busy_workers("bulk")
    assert Canary.objects.filter(queue="short", answered_at__isnull=False).exists()
    (var_dir / RELEASED).touch()
    worker.wait_until(lambda: SyncRun.objects.filter(pk=run.pk, state="review").exists(), what="the other goes on")
