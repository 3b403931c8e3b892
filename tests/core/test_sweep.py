"""The minute's round rings for everything that waits in the database, and for nothing else."""

from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import DjangoCaptureOnCommitCallbacks

from integrations.core.models import Connection, Notification, SyncRun
from integrations.core.sweep import Swept, sweep

pytestmark = pytest.mark.django_db


def make_run(state: str) -> SyncRun:
    connection = Connection.objects.create(integration="fortnox", label=f"Fortnox, {state}")
    return SyncRun.objects.create(connection=connection, resource="employees", trigger="person", state=state)


def test_every_run_that_waits_for_a_worker_is_found() -> None:
    for state in SyncRun.State.values:
        make_run(state)
    assert sweep() == Swept(compares=2, applies=2, notifications=0)


def test_a_waiting_run_is_rung_for_once(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    make_run(SyncRun.State.QUEUED)
    make_run(SyncRun.State.APPLYING)
    with django_capture_on_commit_callbacks() as rings:
        sweep()
    assert len(rings) == 2


def test_all_waiting_emails_are_rung_for_together(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    for number in range(3):
        Notification.objects.create(key=f"run:{number}")
    with django_capture_on_commit_callbacks() as rings:
        assert sweep().notifications == 3
    assert len(rings) == 1


def test_nothing_is_rung_for_when_nothing_waits(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as rings:
        sweep()
    assert rings == []


def test_the_sweep_by_hand_says_what_waits() -> None:
    make_run(SyncRun.State.APPROVED)
    printed = StringIO()
    call_command("sweep", stdout=printed)
    assert "0 to compare, 1 to apply, 0 e-mails" in printed.getvalue()
