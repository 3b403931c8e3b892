"""With real workers: one vendor's outage, or slowness, is nobody else's (G-33)."""

from typing import Any

import pytest
from pytest_django import Settings

from employees.models import Employee
from integrations.core.models import Bell, Connection, Mark, SyncRun
from integrations.core.runs.deciding import start_run
from tests.core.push.many_connections import Beside, beside, calls_of
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import change
from tests.waiting import wait_until
from tests.workers import Worker

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-33")]
# Less than a task may last, and more than a machine that is busy needs.
SOON = 30.0
PEOPLE = 3
Everybody = dict[int, list[Employee]]


@pytest.fixture
def connections(both: Pushed) -> list[Beside]:
    """One connection that goes on, and four that will not be answered; each with some people in step."""
    found = [beside(both, number) for number in range(1, 6)]
    people: Everybody = {each.number: [each.person(number) for number in range(1, PEOPLE + 1)] for each in found}
    assert all(people.values())
    for each in found:
        each.activate()
    return found


def people_of(side: Beside) -> list[Employee]:
    return list(Employee.objects.filter(company=side.company).order_by("pk"))


def edit_everybody(sides: list[Beside]) -> None:
    for side in sides:
        for number, employee in enumerate(people_of(side), start=1):
            change(employee, work_phone=f"+4670{side.number}0000{number:02d}")


OUTAGES: list[Any] = [
    pytest.param({"action": "refuse", "status": 503}, id="503"),
    pytest.param({"action": "refuse", "status": 429, "headers": {"Retry-After": "30"}}, id="asks for 30 seconds"),
    pytest.param({"action": "drop"}, id="drops the call"),
    pytest.param({"action": "delay", "seconds": 4.0}, id="answers after 4 seconds"),
    pytest.param({"action": "delay", "seconds": 7.0}, id="answers later than anybody waits for"),
]


@pytest.mark.parametrize("outage", OUTAGES)
def test_edits_go_on_while_four_other_connections_have_trouble(
    connections: list[Beside], worker: Worker, outage: dict[str, Any]
) -> None:
    healthy, *others = connections
    healthy.sandbox.faults([{**outage, "path": calls_of(*others), "every": True}])
    worker.start(
        HTTP_READ_TIMEOUT="5",
        LEASE_SECONDS="30",
        TASK_SECONDS="50",
        SETTLE_SECONDS="1",
        SWEEP_SECONDS="2",
        RETRY_SECONDS="1",
    )
    edit_everybody(others)
    wait_until(lambda: healthy.sandbox.calls(path="/3/employees/"), what="the others are tried")

    for number, employee in enumerate(people_of(healthy), start=1):
        phone = f"+46701777{number:03d}"
        change(employee, work_phone=phone)
        wait_until(lambda: healthy.phone_at_vendor(number) == phone, what=f"edit {number} is sent", seconds=SOON)  # noqa: B023

    assert Mark.objects.exclude(connection=healthy.connection).exists()
    healthy.sandbox.clear_faults()
    Connection.objects.update(next_slot=0, paused_until=None)
    Bell.objects.all().delete()
    worker.wait_until(lambda: not Mark.objects.exists(), what="the others are sent as well")
    assert all(
        side.phone_at_vendor(number) == f"+4670{side.number}0000{number:02d}"
        for side in others
        for number in range(1, PEOPLE + 1)
    )


def test_a_comparison_begins_while_others_wait_for_their_vendors(
    connections: list[Beside], worker: Worker, settings: Settings
) -> None:
    healthy, *others = connections
    # The same list for all: it fails for whoever asks first.
    healthy.sandbox.down()
    worker.start(SWEEP_SECONDS="60", LEASE_SECONDS="30")
    for side in others:
        start_run(connection=side.connection, trigger=SyncRun.Trigger.OPERATOR, by=None)
    worker.wait_until(
        lambda: SyncRun.objects.filter(error__startswith="Waiting for the other system").count() == 4,
        what="all four were put down, with two workers",
    )
    healthy.sandbox.down(down=False)
    run = start_run(connection=healthy.connection, trigger=SyncRun.Trigger.OPERATOR, by=None)

    wait_until(
        lambda: SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.REVIEW).exists(),
        what="the comparison is done",
        seconds=SOON,
    )
    # Rung for by their bells, long before the next sweep.
    worker.wait_until(
        lambda: SyncRun.objects.filter(state=SyncRun.State.REVIEW).count() == 5, what="the others are compared, too"
    )
