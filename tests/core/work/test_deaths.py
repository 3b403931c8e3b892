"""A worker that died holds nothing any more: its leases are free as soon as its service has seen it die (G-33)."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from pytest_django import Settings

from employees.holders import FOLDER_VARIABLE, holder_of, new_holder
from employees.models import ImportJob
from employees.transfer import jobs
from integrations.core import leases
from integrations.core.models import Connection, Delivery, Lease, Mark, SyncRun
from integrations.core.work import deaths
from integrations.core.work.pulse import Pulse
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import change
from tests.factories import CompanyFactory
from tests.waiting import wait_until
from tests.workers import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-33")]
FOLDER = Path("/somewhere/work/17-abc/push-0123456789ab")


@pytest.fixture(autouse=True)
def _empty_queues(settings: Settings) -> None:
    for queue in settings.QUEUES:
        get_broker(queue).purge_queue()


@pytest.fixture
def as_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is a worker of the cluster in FOLDER."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(FOLDER))


def test_a_workers_holder_says_whose_it_is_and_fits_every_column(as_worker: None) -> None:
    names = {new_holder() for _number in range(50)}
    assert len(names) == 50
    assert all(name.startswith(holder_of(folder=FOLDER, process_id=os.getpid())) for name in names)
    assert {len(name) for name in names} == {32}


def test_other_processes_holders_belong_to_no_cluster() -> None:
    assert len(new_holder()) == 32
    assert "-" not in new_holder()


def test_what_a_dead_worker_held_is_free_and_rung_for(as_worker: None) -> None:
    connection = Connection.objects.create(integration="fortnox", label="Fortnox", state=Connection.State.ACTIVE)
    SyncRun.objects.create(connection=connection, resource="employees", trigger="person", state=SyncRun.State.APPLYING)
    for name in (f"push:{connection.pk}", f"run:{connection.pk}", "refresh:9"):
        assert leases.claim(name=name) is not None

    assert deaths.free(folder=FOLDER, process_id=os.getpid()) == 3

    assert all(leases.claim(name=name) for name in (f"push:{connection.pk}", f"run:{connection.pk}", "refresh:9"))
    assert get_broker("push").queue_size() == 1
    # The run, the changes of many people, and jobs that a run did not wait for.
    assert get_broker("bulk").queue_size() == 3


def test_what_others_hold_is_left_alone(as_worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert leases.claim(name="push:1") is not None
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert leases.claim(name="push:2") is not None

    assert deaths.free(folder=FOLDER, process_id=os.getpid() + 1) == 0
    assert deaths.free(folder=FOLDER.with_name("push-ffffffffffff")) == 0
    assert leases.is_taken(name="push:1")
    # The cluster as a whole.
    assert deaths.free(folder=FOLDER) == 1
    assert [leases.is_taken(name=name) for name in ("push:1", "push:2")] == [False, True]


def test_a_clock_outlives_whoever_started_it(as_worker: None) -> None:
    assert leases.claim(name="check:1", seconds=3_600, clock=True) is not None
    assert deaths.free(folder=FOLDER) == 0
    assert leases.is_taken(name="check:1", seconds=3_600)


def test_an_import_of_a_dead_worker_is_taken_over_at_once(as_worker: None) -> None:
    job = ImportJob.objects.create(
        company=CompanyFactory.create(), file_name="a.csv", content=b"a", state=ImportJob.State.QUEUED
    )
    assert jobs.claim(job_id=job.pk, states=ImportJob.AT_WORK) is not None
    assert jobs.claim(job_id=job.pk, states=ImportJob.AT_WORK) is None

    assert deaths.free(folder=FOLDER, process_id=os.getpid()) == 1

    assert get_broker("short").queue_size() == 1
    assert jobs.claim(job_id=job.pk, states=ImportJob.AT_WORK) is not None


def test_a_worker_is_dead_that_left_a_note_and_no_process(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    for process in (ended.pid, os.getpid()):
        (tmp_path / str(process)).touch()
    pulse = Pulse(folder=tmp_path, group=os.getpgid(0))
    assert pulse.dead_workers() == [ended.pid]
    pulse.forget(ended.pid)
    assert pulse.dead_workers() == []


@pytest.mark.queue
@pytest.mark.parametrize("dies", ["worker", "cluster", "service"])
def test_the_work_goes_on_though_its_lease_would_last_for_hours(both: Pushed, worker: Worker, dies: str) -> None:
    people = [both.pair(number) for number in range(1, 5)]
    both.activate()
    both.sandbox.latency(mean=400)
    slow = {"LEASE_SECONDS": "7200", "SWEEP_SECONDS": "3600", "SETTLE_SECONDS": "0.5", "HTTP_READ_TIMEOUT": "1.5"}
    worker.start(**slow)
    for number, person in enumerate(people):
        change(person, work_phone=f"+467099900{number:02d}")
    worker.wait_until(
        lambda: Delivery.objects.filter(state="sending").exists() and bool(worker.busy_workers("push")),
        what="a write is under way",
    )

    if dies == "worker":
        for process in worker.busy_workers("push"):
            os.kill(process, signal.SIGKILL)
    elif dies == "cluster":
        worker.kill_cluster("push")
    else:
        worker.power_off()
        assert Lease.objects.filter(name__startswith="push:", until__gt=timezone.now()).exists()
        worker.start(**slow)

    worker.wait_until(lambda: not Mark.objects.exists(), what="all are sent")
    both.sandbox.latency(mean=0)
    wait_until(lambda: not Delivery.objects.filter(state__in=Delivery.OPEN).exists(), what="nothing is open")
    assert all(len(both.sent_changes(person)) == 1 for person in people)
