"""When a cluster counts as stuck, and what a service that was killed leaves behind; see also test_queue_edges."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import cast

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.signals import post_execute_in_worker, pre_execute
from pytest_django import Settings

from integrations.core.models import Canary
from integrations.core.work import canaries, keeper, pulse
from integrations.core.work.home import Home, kill_leftovers, processes_of
from integrations.core.work.keeper import MISSED_CANARIES, MOST_UNANSWERED, Keeper
from integrations.core.work.pulse import FOLDER_VARIABLE, TAKEN, Pulse


class Cluster:
    """A cluster of no processes: the test plays its workers, in this process's group."""

    def __init__(self, *, queue: str, folder: Path) -> None:
        self.folder, self.ended, self.killed = folder, False, False
        self.process_id = os.getpid()
        self.pulse = Pulse(folder=folder, group=os.getpgid(0))

    def take_a_task(self, *, at: float) -> None:
        (self.folder / TAKEN).touch()
        os.utime(self.folder / TAKEN, (at, at))

    def has_ended(self) -> bool:
        return self.ended

    def terminate(self) -> None:
        pass

    def wait(self, *, until: float) -> None:
        pass

    def kill(self) -> None:
        self.killed = True


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Iterator[Home]:
    settings.VAR_DIR = tmp_path
    home = Home()
    yield home
    home.leave()


@pytest.fixture
def kept(home: Home, settings: Settings, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Keeper]:
    """A keeper that does a round at every tick, with a cluster that has taken a task before."""
    settings.CANARY_SECONDS = 0
    monkeypatch.setattr(keeper, "Cluster", Cluster)
    # The connection holds the test's transaction.
    monkeypatch.setattr("integrations.core.work.keeper.db.close_old_connections", lambda: None)
    get_broker("bulk").purge_queue()
    kept = Keeper(queue="bulk", home=home, say=lambda _: None)
    kept.tick()
    cluster_of(kept).take_a_task(at=1.0)
    kept.tick()
    yield kept
    get_broker("bulk").purge_queue()


def cluster_of(kept: Keeper) -> Cluster:
    return cast(Cluster, kept.cluster)


def answer_canaries() -> None:
    canaries.prove(queue="bulk", at=timezone.now())


def test_a_cluster_that_leaves_its_canary_unanswered_for_the_patience_is_killed(
    kept: Keeper, settings: Settings
) -> None:
    cluster = cluster_of(kept)
    kept.tick()
    assert not cluster.killed
    settings.CANARY_PATIENCE_SECONDS = 0
    kept.tick()
    assert cluster.killed


def test_unanswered_canaries_do_not_pile_up(kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = timezone.now()
    for _ in range(20):
        moment += timedelta(seconds=16)
        monkeypatch.setattr("integrations.core.work.keeper.timezone.now", lambda moment=moment: moment)
        monkeypatch.setattr(kept, "_is_stuck", lambda now: False)
        kept.tick()
    assert get_broker("bulk").queue_size() == MOST_UNANSWERED


def test_a_cluster_whose_worker_is_inside_a_task_is_never_stuck_and_proves_its_queue(
    kept: Keeper, settings: Settings
) -> None:
    settings.CANARY_PATIENCE_SECONDS = 0
    (cluster_of(kept).folder / str(os.getpid())).touch()
    before = timezone.now()
    kept.tick()
    assert not cluster_of(kept).killed
    assert Canary.objects.filter(queue="bulk", answered_at__gte=before).exists()


def test_a_worker_that_was_killed_inside_a_task_does_not_count_as_busy(kept: Keeper, settings: Settings) -> None:
    settings.CANARY_PATIENCE_SECONDS = 0
    cluster = cluster_of(kept)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    (cluster.folder / str(ended.pid)).touch()
    kept.tick()
    assert cluster.killed


def test_a_task_that_outlives_its_timeout_does_not_count_as_busy(kept: Keeper, settings: Settings) -> None:
    settings.CANARY_PATIENCE_SECONDS = 0
    cluster = cluster_of(kept)
    note = cluster.folder / str(os.getpid())
    note.touch()
    os.utime(note, (1.0, 1.0))
    kept.tick()
    assert cluster.killed


def test_a_cluster_that_takes_tasks_however_late_the_canary_is_not_stuck(kept: Keeper, settings: Settings) -> None:
    kept.tick()
    settings.CANARY_PATIENCE_SECONDS = 0
    cluster_of(kept).take_a_task(at=2.0)
    kept.tick()
    assert not cluster_of(kept).killed


def test_a_cluster_whose_canaries_all_go_to_another_machine_is_killed(kept: Keeper) -> None:
    cluster = cluster_of(kept)
    for _ in range(MISSED_CANARIES):
        kept.tick()
        assert not cluster.killed
        answer_canaries()
    kept.tick()
    assert cluster.killed


def test_a_cluster_is_not_blamed_for_a_database_that_is_away(
    kept: Keeper, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_away(**_: object) -> None:
        raise DatabaseError("away")

    kept.tick()
    cluster = cluster_of(kept)
    settings.CANARY_PATIENCE_SECONDS = 0
    with monkeypatch.context() as away:
        away.setattr(canaries, "proved_at", be_away)
        kept.tick()
        assert not cluster.killed
    kept.tick()
    assert cluster.killed


def test_a_cluster_that_ended_by_itself_is_replaced_after_a_pause(
    kept: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = cluster_of(kept)
    ended.ended = True
    kept.tick()
    kept.tick()
    assert (ended.killed, kept.cluster) == (True, None)
    later = time.monotonic() + 2
    monkeypatch.setattr("integrations.core.work.keeper.time.monotonic", lambda: later)
    kept.tick()
    assert cluster_of(kept) is not ended


def test_a_worker_notes_the_task_that_it_is_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    pulse.connect()
    notes = Pulse(folder=tmp_path, group=os.getpgid(0))
    pre_execute.send(sender="django_q", func=None, task={})
    inside = notes.is_busy(limit=60)
    post_execute_in_worker.send(sender="django_q", func=None, task={})
    assert (inside, notes.is_busy(limit=60), notes.taken_at() is not None) == (True, False, True)
    pre_execute.disconnect(dispatch_uid="work-pulse-taken")
    post_execute_in_worker.disconnect(dispatch_uid="work-pulse-ended")


def test_the_processes_of_a_service_that_is_gone_are_killed(home: Home) -> None:
    folder = home.new_cluster_folder(queue="bulk")
    with subprocess.Popen(["sleep", "600"], env={FOLDER_VARIABLE: str(folder)}) as left_behind:  # noqa: S607
        home._lock.close()  # what the end of its process does
        assert processes_of(folder) == [left_behind.pid]
        assert kill_leftovers() == 1
    assert left_behind.returncode == -9


def test_the_processes_of_a_service_that_lives_are_left_in_peace(home: Home) -> None:
    folder = home.new_cluster_folder(queue="bulk")
    with subprocess.Popen(["sleep", "600"], env={FOLDER_VARIABLE: str(folder)}) as at_work:  # noqa: S607
        assert kill_leftovers() == 0
        assert at_work.poll() is None
        at_work.kill()


def test_an_unknown_queue_is_refused() -> None:
    with pytest.raises(CommandError, match="bulk, push"):
        call_command("work", queues="mail", stdout=StringIO())
