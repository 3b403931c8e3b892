"""Answers that trickle, and a lease that outlives the calls that it covers (G-29)."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection as database
from pytest_django import Settings

from integrations.core import leases
from integrations.core.calls import wait_for_slot
from integrations.core.models import Connection, Delivery, Lease, SyncRun
from integrations.core.push.draining import drain
from integrations.core.runs.applying import apply_run
from integrations.core.runs.comparing import compare_run
from integrations.core.runs.deciding import approve_run, start_run
from tests.core.runs.both_sides import (
    PHONE,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    create_all,
    finish,
    review,
    start_applying,
)

pytestmark = [pytest.mark.behaviour("G-29"), pytest.mark.django_db(transaction=True)]

LEASE = 1.0
SLOW = 3.0


@pytest.fixture
def short_lease(settings: Settings) -> None:
    """A call may last for longer than a lease."""
    settings.LEASE_SECONDS = LEASE
    settings.HTTP_READ_TIMEOUT = 10


def free_meanwhile(name: str, work: Callable[[], object]) -> list[float]:
    """Return the seconds after which others could have claimed the lease while the work was under way."""
    free: list[float] = []
    started, over = time.monotonic(), threading.Event()

    def look() -> None:
        while not Lease.objects.filter(name=name).exclude(holder="").exists() and not over.is_set():
            time.sleep(0.01)
        while not over.wait(0.05):
            if not leases.is_taken(name=name) and not over.is_set():
                free.append(time.monotonic() - started)
        database.close()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        work()
    finally:
        ended = time.monotonic() - started
        over.set()
        looking.join()
    assert ended > 2 * LEASE
    # What was seen while the work gave the lease back says nothing.
    return [moment for moment in free if moment < ended - 0.3]


@pytest.mark.usefixtures("short_lease")
def test_a_lease_outlives_the_write_whose_answer_trickles(connection: Connection, both: BothSides) -> None:
    both.hub(1)
    run = review(connection)
    create_all(run)
    approve_run(run=run, by=None, made_from=None)
    both.sandbox.faults([{"action": "trickle", "method": "POST", "path": "/3/employees", "seconds": SLOW}])

    assert free_meanwhile(f"run:{connection.pk}", lambda: apply_run(run_id=run.pk)) == []

    assert finish(SyncRun.objects.get(pk=run.pk)).state == SyncRun.State.DONE
    assert (both.emails_at_vendor(), len(both.writes())) == (["p1@demo.example"], 1)


@pytest.mark.usefixtures("short_lease")
def test_a_lease_outlives_the_list_that_trickles(connection: Connection, both: BothSides) -> None:
    both.pair(1)
    run = start_run(connection=connection, trigger=SyncRun.Trigger.PERSON, by=None)
    both.sandbox.faults([{"action": "trickle", "method": "GET", "path": "/3/employees", "seconds": SLOW}])

    assert free_meanwhile(f"run:{connection.pk}", lambda: compare_run(run_id=run.pk)) == []

    run.refresh_from_db()
    assert (run.state, run.counts["equal"]) == (SyncRun.State.REVIEW, 1)


@pytest.mark.usefixtures("short_lease")
def test_a_lease_outlives_the_wait_for_a_slot(connection: Connection) -> None:
    held = leases.claim(name="run:slot")
    assert held is not None
    Connection.objects.update(next_slot=time.time() + SLOW)

    def wait() -> None:
        deadline = time.monotonic() + 60
        wait_for_slot(connection_id=connection.pk, interval=0.1, deadline=deadline, patience=60, held=held)

    assert free_meanwhile("run:slot", wait) == []


@pytest.mark.usefixtures("short_lease")
def test_the_lease_of_the_push_outlives_an_edit_whose_answer_trickles(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1)
    apply_all(review(connection))
    drain(connection_id=connection.pk)
    change(employee, work_phone=PHONE)
    both.sandbox.clear_calls()
    both.sandbox.faults([{"action": "trickle", "method": "PUT", "path": "/3/employees", "seconds": SLOW}])

    assert free_meanwhile(f"push:{connection.pk}", lambda: drain(connection_id=connection.pk)) == []

    assert (both.at_vendor("101")["Phone1"], len(both.writes())) == (PHONE, 1)
    assert_in_step(connection, 1)


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        pytest.param({"action": "trickle", "seconds": 30}, 1, id="done at once"),
        # Done after the call was given up, and before it is looked up.
        pytest.param({"action": "late_trickle", "seconds": 2.3}, 1, id="done late"),
        pytest.param(
            {"action": "late_trickle", "seconds": 2.3, "body": {"Employee": {}}}, 1, id="done late, with a body"
        ),
    ],
)
def test_a_create_whose_answer_never_comes_to_its_end_is_done_once(
    connection: Connection, both: BothSides, fault: dict[str, object], calls: int
) -> None:
    both.hub(1)
    run = review(connection)
    create_all(run)
    both.sandbox.faults([{**fault, "method": "POST", "path": "/3/employees"}])

    started = time.monotonic()
    start_applying(run)
    assert time.monotonic() - started < 15
    run = finish(run)

    assert run.state == SyncRun.State.DONE
    assert (both.emails_at_vendor(), len(both.writes())) == (["p1@demo.example"], calls)
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.DONE}
    assert_in_step(connection, 1)


SAYS_NOTHING = [
    pytest.param({"status": 302, "headers": {"Location": "http://[::1"}, "body": {}}, id="302"),
    pytest.param({"status": 408, "body": {}}, id="408"),
    pytest.param({"status": 499, "body": {"ErrorInformation": {"message": "No.", "code": 2000663}}}, id="499"),
    pytest.param({"status": 200, "body": "[" * 200_000}, id="brackets"),
    pytest.param({"status": 200, "body": {"Employee": None}}, id="no record"),
    pytest.param({"status": 200, "body": {"Employee": [1]}}, id="no object"),
    pytest.param({"status": 200, "headers": {"Content-Encoding": "gzip"}, "body": "plain"}, id="not packed"),
]


@pytest.mark.behaviour("G-31")
@pytest.mark.parametrize("answer", SAYS_NOTHING)
def test_a_create_that_was_done_behind_an_answer_that_says_nothing_is_done_once_and_never_refused(
    connection: Connection, both: BothSides, answer: dict[str, object]
) -> None:
    both.hub(1)
    run = review(connection)
    create_all(run)
    both.sandbox.faults([{"action": "replace", **answer, "method": "POST", "path": "/3/employees"}])

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert (both.emails_at_vendor(), len(both.writes())) == (["p1@demo.example"], 1)
    assert_in_step(connection, 1)


@pytest.mark.behaviour("G-31")
@pytest.mark.parametrize(
    "answer",
    [
        *SAYS_NOTHING,
        pytest.param({"status": 429, "headers": {"Retry-After": "Mon, 02 Mar 0001 00:00:20 +2359"}}, id="429"),
        pytest.param({"status": 200, "body": {"MetaInformation": {}, "Employees": [None, 7, "x", []]}}, id="rows"),
        pytest.param({"status": 200, "body": {"MetaInformation": 7, "Employees": {}}}, id="list"),
    ],
)
def test_a_list_that_cannot_be_read_is_waited_for_and_the_comparison_ends_well(
    connection: Connection, both: BothSides, answer: dict[str, object]
) -> None:
    both.pair(1)
    run = start_run(connection=connection, trigger=SyncRun.Trigger.PERSON, by=None)
    both.sandbox.faults([{"action": "replace", **answer, "path": "/3/employees", "count": 20}])
    compare_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.error.startswith("Waiting for the other system: ")) == (
        SyncRun.State.COMPARING,
        0,
        True,
    )

    both.sandbox.clear_faults()
    compare_run(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.counts["equal"]) == (SyncRun.State.REVIEW, 1)


@pytest.mark.behaviour("G-31")
def test_a_name_that_no_database_takes_ends_no_comparison(connection: Connection, both: BothSides) -> None:
    both.pair(1)
    both.pair(2, vendor={"LastName": "Öst\ud800", "City": "A\0"})
    run = review(connection)
    assert (run.counts["equal"], run.counts["rows"]) == (1, 1)
