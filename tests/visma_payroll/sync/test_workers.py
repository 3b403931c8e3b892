"""Visma's jobs with real workers: a job outlives the worker that sent it."""

import os
import signal

import pytest

from integrations.core.models import Delivery, Mark
from tests.visma_payroll.sync.sides import VENDOR, VismaSides, change
from tests.waiting import wait_until
from tests.workers import Worker

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]


@pytest.mark.behaviour("VP-11")
def test_a_save_reaches_visma_by_itself(both: VismaSides, worker: Worker) -> None:
    employee, right_id = both.pair_active()
    worker.start()
    change(employee, work_phone="+4740001234")
    worker.wait_until(
        lambda: both.at_vendor(right_id)["phones"][0]["number"] == 40001234, what="Visma has the new number"
    )
    wait_until(lambda: not Mark.objects.exists(), what="the mark is taken off")
    assert both.writes() == [("PUT", "employee")]


def test_workers_that_are_killed_while_jobs_go_on_lose_and_double_nothing(both: VismaSides, worker: Worker) -> None:
    people = [both.pair(number) for number in range(1, 7)]
    both.activate()
    both.sandbox.settings(VENDOR, job_seconds=1.5)
    worker.start(SETTLE_SECONDS="2", HTTP_READ_TIMEOUT="1.5", LEASE_SECONDS="2")
    for number, (employee, _right_id) in enumerate(people):
        change(employee, work_phone=f"+474111000{number}")
    worker.wait_until(
        lambda: Delivery.objects.filter(state="waiting").exists() and bool(worker.busy_workers("push")),
        what="a job is under way",
    )

    for process in worker.busy_workers("push"):
        os.kill(process, signal.SIGKILL)

    worker.wait_until(lambda: not Mark.objects.exists(), what="all are sent")
    assert not Delivery.objects.filter(state__in=Delivery.OPEN).exists()
    worker.stop()
    numbers = [both.at_vendor(right_id)["phones"][0]["number"] for _employee, right_id in people]
    assert numbers == [41110000 + number for number in range(6)]
    assert all(len(both.sent_changes(employee)) == 1 for employee, _right_id in people)
    assert both.review(whole=True).counts["equal"] == 6
