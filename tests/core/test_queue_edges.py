"""The queue's known edges, against real worker processes: each is survived, and the work is done after it."""

import os
import signal

import pytest
from django.test import Client
from django_q.brokers import get_broker

from integrations.core.models import Connection, SyncRun
from integrations.core.work.ringing import ring_compare
from integrations.core.work.starts import MAX_STARTS
from tests.workers import Worker

pytestmark = pytest.mark.queue


def poisoned(kind: str) -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "tests.core.poison.settings", "POISON": kind}


def make_run() -> SyncRun:
    connection = Connection.objects.create(integration="fortnox", label="Fortnox", state=Connection.State.ACTIVE)
    return SyncRun.objects.create(connection=connection, resource="employees", trigger=SyncRun.Trigger.PERSON)


def wait_for_state(run: SyncRun, state: str, worker: Worker) -> SyncRun:
    worker.wait_until(lambda: SyncRun.objects.filter(pk=run.pk, state=state).exists(), what=f"the run is {state}")
    return SyncRun.objects.get(pk=run.pk)


def assert_that_tasks_are_taken(worker: Worker) -> None:
    run = make_run()
    ring_compare(run.pk)
    wait_for_state(run, SyncRun.State.REVIEW, worker)


def test_a_started_service_is_healthy(worker: Worker, client: Client) -> None:
    worker.start()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["healthy"]) == (200, True)


def test_a_cluster_whose_idle_workers_are_killed_is_replaced_and_takes_tasks_again(worker: Worker) -> None:
    worker.start(**poisoned("review"))
    stuck = worker.master("bulk")
    # One of the two holds the lock of the queue that both read: it is never given back.
    for process in worker.workers("bulk"):
        os.kill(process, signal.SIGKILL)
    worker.wait_until(lambda: stuck not in worker.processes(), what="the stuck cluster is ended")
    assert_that_tasks_are_taken(worker)


def test_a_cluster_whose_master_is_killed_is_replaced_with_nothing_left_of_it(worker: Worker) -> None:
    worker.start(**poisoned("review"))
    orphans = set(worker.workers("bulk"))
    os.kill(worker.master("bulk"), signal.SIGKILL)
    worker.wait_until(lambda: orphans.isdisjoint(worker.processes()), what="the orphaned workers are ended")
    assert_that_tasks_are_taken(worker)


def test_a_whole_cluster_that_is_killed_is_replaced(worker: Worker) -> None:
    worker.start(**poisoned("review"))
    worker.kill_cluster("bulk")
    assert_that_tasks_are_taken(worker)


def test_a_cluster_that_is_busy_for_longer_than_the_patience_is_left_in_peace(worker: Worker) -> None:
    worker.start(**poisoned("sleep"), QUEUE_WORKERS="1", CANARY_PATIENCE_SECONDS="1", TASK_SECONDS="600")
    busy, run = worker.master("bulk"), make_run()
    ring_compare(run.pk)
    wait_for_state(run, SyncRun.State.REVIEW, worker)
    assert worker.master("bulk") == busy


def test_a_task_that_kills_its_worker_every_time_is_given_up_and_the_run_says_so(worker: Worker) -> None:
    worker.start(**poisoned("kill"))
    run = make_run()
    given_up = wait_for_state(run, SyncRun.State.FAILED, worker)
    assert f"stopped {MAX_STARTS} times" in given_up.error
    worker.stop()
    worker.start(**poisoned("review"))
    assert_that_tasks_are_taken(worker)


def test_sigterm_stops_the_service_and_all_its_processes(worker: Worker) -> None:
    worker.start()
    assert worker.stop() == 0
    assert worker.processes() == []


def test_a_killed_service_takes_its_clusters_with_it(worker: Worker) -> None:
    worker.start()
    worker.kill()
    worker.wait_until(lambda: worker.processes() == [], what="the clusters stop by themselves")


def test_a_restarted_service_ends_what_a_killed_one_left_behind(worker: Worker) -> None:
    worker.start(**poisoned("review"))
    left_behind = worker.processes()
    master = worker.master("bulk")
    # Frozen, it cannot follow the request to stop that the end of its service is for it.
    os.kill(master, signal.SIGSTOP)
    worker.kill()
    worker.start(**poisoned("review"))
    assert set(left_behind).isdisjoint(worker.processes())
    assert_that_tasks_are_taken(worker)


def test_a_ring_that_is_lost_is_rung_again_by_the_sweep(worker: Worker) -> None:
    run = make_run()
    ring_compare(run.pk)
    get_broker("bulk").purge_queue()
    worker.start(**poisoned("review"))
    wait_for_state(run, SyncRun.State.REVIEW, worker)
