"""The push with real workers: seconds after a save, without anybody doing anything (G-07)."""

import os
import signal

import pytest
from django_q.brokers import get_broker

from employees.models import Employee
from employees.tracking import tracked_bulk
from integrations.core.models import Delivery, Mark
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import PHONE, assert_in_step, change
from tests.waiting import wait_until
from tests.workers import Worker

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]


@pytest.mark.behaviour("G-07")
def test_a_save_reaches_the_vendor_by_itself(both: Pushed, worker: Worker) -> None:
    employee = both.pair_active()
    worker.start()

    change(employee, work_phone=PHONE)

    worker.wait_until(lambda: both.at_vendor("101")["Phone1"] == PHONE, what="the vendor has it")
    wait_until(lambda: not Mark.objects.exists(), what="the mark is taken off")


def test_a_ring_that_was_lost_is_rung_again_by_the_sweep(both: Pushed, worker: Worker) -> None:
    employee = both.pair_active()
    change(employee, work_phone=PHONE)
    for queue in ("push", "bulk"):
        get_broker(queue).purge_queue()

    worker.start()

    worker.wait_until(lambda: both.at_vendor("101")["Phone1"] == PHONE, what="the vendor has it")


def test_a_change_of_many_people_goes_by_itself(both: Pushed, worker: Worker) -> None:
    people = [both.pair(number) for number in range(1, 9)]
    both.activate()
    worker.start()

    with tracked_bulk([person.pk for person in people]):
        Employee.objects.filter(pk__in=[person.pk for person in people]).update(family_name="Ek")

    worker.wait_until(lambda: not Mark.objects.exists(), what="all are sent")
    assert {both.at_vendor(str(100 + number))["LastName"] for number in range(1, 9)} == {"Ek"}


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(both: Pushed, worker: Worker) -> None:
    people = [both.pair(number) for number in range(1, 9)]
    both.activate()
    both.sandbox.latency(mean=300)
    worker.start(SETTLE_SECONDS="0.5", HTTP_READ_TIMEOUT="1.5", LEASE_SECONDS="2")
    for number, person in enumerate(people):
        change(person, work_phone=f"+467099900{number:02d}")
    worker.wait_until(
        lambda: Delivery.objects.filter(state="sending").exists() and bool(worker.busy_workers("push")),
        what="a write is under way",
    )

    for process in worker.busy_workers("push"):
        os.kill(process, signal.SIGKILL)

    worker.wait_until(lambda: not Mark.objects.exists(), what="all are sent")
    both.sandbox.latency(mean=0)
    assert not Delivery.objects.filter(state__in=Delivery.OPEN).exists()
    worker.stop()
    assert all(len(both.sent_changes(person)) == 1 for person in people)
    assert_in_step(both.connection, 8)
