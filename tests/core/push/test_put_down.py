"""A worker waits for no vendor: the push and the runs are put down, and a bell brings them back (G-33)."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_q.brokers import Broker, get_broker
from pytest_django import Settings

from integrations.core import budget, calls, dispatching, leases, polls, tasks
from integrations.core.declare import Record
from integrations.core.endpoints import Page
from integrations.core.listing import list_right
from integrations.core.models import Bell, Connection, Delivery, Lease, Mark, SyncRun
from integrations.core.push.draining import ring_waiting
from integrations.core.runs import comparing
from integrations.core.runs.applying import apply_run
from integrations.core.runs.comparing import compare_run
from integrations.core.runs.deciding import approve_run, start_run
from integrations.core.sweep import sweep
from integrations.core.work import room
from integrations.core.work.ringing import ring_due_bells
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import LEFT, PHONE, assert_in_step, change, decide, finish, review, row_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-33")]
PAUSE = 30
BUSY = {"action": "refuse", "status": 429, "body": {"message": "Too many requests"}}


@pytest.fixture(autouse=True)
def _awake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in these tests may sleep for longer than a short pause."""
    really = time.sleep

    def sleep(seconds: float) -> None:
        assert seconds <= budget.SHORT_PAUSE, f"a worker would sleep for {seconds} seconds"
        really(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(budget, "FIRST_PAUSE", PAUSE)


@pytest.fixture(autouse=True)
def push_queue(settings: Settings) -> Broker:
    for queue in settings.QUEUES:
        get_broker(queue).purge_queue()
    return get_broker(settings.PUSH_QUEUE)


def bell(task: str) -> datetime:
    """Return when the only bell is due; it is that task's."""
    found = Bell.objects.get()
    assert found.task == f"integrations.core.tasks.{task}"
    return found.due


def assert_at_the_end_of_the_pause(moment: datetime, connection: Connection) -> None:
    connection.refresh_from_db()
    assert connection.paused_until is not None
    assert abs(moment - connection.paused_until) < timedelta(seconds=0.1)


def end_the_pause() -> None:
    """Let the vendor's pause be over, and the bell be due."""
    now = timezone.now()
    Connection.objects.update(next_slot=0, paused_until=now)
    Mark.objects.update(due=now)
    Delivery.objects.filter(state="retry").update(not_before=now)
    Bell.objects.update(due=now)


def test_a_push_is_put_down_while_its_vendor_is_away_and_goes_when_its_bell_rings(
    both: Pushed, push_queue: Broker
) -> None:
    people = [both.pair(number) for number in range(1, 7)]
    both.activate()
    push_queue.purge_queue()
    both.sandbox.down()
    for number, employee in enumerate(people):
        change(employee, work_phone=f"+467099900{number:02d}")
        both.push(bulk=False)

    asked = len(both.sandbox.calls(path="/3/"))
    assert 1 <= asked <= 2
    assert both.waiting() == 6
    assert_at_the_end_of_the_pause(bell("push"), both.connection)

    both.sandbox.down(down=False)
    push_queue.purge_queue()
    end_the_pause()
    assert ring_due_bells() == 1
    assert (push_queue.queue_size(), Bell.objects.exists()) == (1, False)
    both.push_until_sent()
    assert_in_step(both.connection, 6)


def test_an_edit_during_a_pause_waits_for_no_bell_that_is_far_away(both: Pushed) -> None:
    employee = both.pair_active()
    far = timezone.now() + timedelta(hours=1)
    Bell.objects.create(task="integrations.core.tasks.push", subject_id=both.connection.pk, queue="push", due=far)
    budget.pause(connection_id=both.connection.pk, seconds=PAUSE)
    change(employee, work_phone=PHONE)

    both.push()

    assert_at_the_end_of_the_pause(bell("push"), both.connection)
    end_the_pause()
    both.push()
    assert both.at_vendor("101")["Phone1"] == PHONE


def test_a_change_of_many_people_is_put_down_with_a_bell_of_its_own(both: Pushed) -> None:
    employee = both.pair_active()
    change(employee, work_phone=PHONE)
    Mark.objects.update(priority=Mark.Priority.BULK)
    both.sandbox.down()

    both.push()

    assert_at_the_end_of_the_pause(bell("push_bulk"), both.connection)
    both.sandbox.down(down=False)
    end_the_pause()
    both.push()
    assert both.at_vendor("101")["Phone1"] == PHONE


def test_what_is_due_later_for_its_own_sake_has_a_bell_too(both: Pushed, settings: Settings) -> None:
    employee = both.pair_active()
    change(employee, work_phone=PHONE)
    due = timezone.now() + timedelta(seconds=7)
    Mark.objects.update(due=due)

    both.push()

    assert bell("push") == due
    assert both.writes() == []


def test_a_write_of_unknown_outcome_is_looked_up_when_its_bell_rings(both: Pushed) -> None:
    employee = both.pair_active()
    change(employee, work_phone=PHONE)
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/101"}])

    both.push()

    settle_until = Delivery.objects.get(state="unknown").settle_until
    both.connection.refresh_from_db()
    assert settle_until is not None
    assert both.connection.paused_until is not None
    assert abs(bell("push") - max(settle_until, both.connection.paused_until)) < timedelta(seconds=0.1)
    end_the_pause()
    Delivery.objects.update(settle_until=timezone.now())
    both.push_until_sent()
    assert len(both.writes()) == 1


def test_a_bell_that_is_lost_is_found_by_the_sweep(both: Pushed, push_queue: Broker) -> None:
    employee = both.pair_active()
    change(employee, work_phone=PHONE)
    both.sandbox.down()
    both.push()
    both.sandbox.down(down=False)
    end_the_pause()
    Bell.objects.all().delete()
    push_queue.purge_queue()

    assert ring_waiting() == 1

    assert push_queue.queue_size() == 1


def test_a_vendor_of_one_page_that_asks_for_a_moment_is_waited_for(
    both: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "FIRST_PAUSE", 0.01)
    employee = both.pair_active()
    both.sandbox.faults([{**BUSY, "path": "/101", "method": "GET"}])
    change(employee, work_phone=PHONE)

    both.push()
    both.push_until_sent()

    assert both.at_vendor("101")["Phone1"] == PHONE


def approved(both: Pushed, count: int) -> SyncRun:
    people = [both.pair(number, work_phone=f"+4670175{number:04d}") for number in range(1, count + 1)]
    run = review(both.connection)
    for employee in people:
        decide(row_of(run, left=employee), phone=LEFT)
    approve_run(run=run, by=None, made_from=None)
    return run


@pytest.mark.parametrize("fault", [{"action": "refuse", "status": 503}, {**BUSY, "headers": {"Retry-After": "40"}}])
def test_a_run_is_put_down_and_goes_on_when_its_bell_rings(both: Pushed, fault: dict[str, Any]) -> None:
    run = approved(both, 6)
    both.sandbox.faults([{**fault, "path": "/3/employees/", "k": 3, "count": 1_000}])

    apply_run(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == SyncRun.State.APPLYING
    moment = bell("apply")
    both.connection.refresh_from_db()
    assert both.connection.paused_until is not None
    assert abs(moment - both.connection.paused_until) < timedelta(seconds=10)
    both.sandbox.clear_faults()
    end_the_pause()
    assert finish(run).state == SyncRun.State.DONE
    assert_in_step(both.connection, 6)


def test_a_run_whose_vendor_is_away_from_the_beginning_has_a_bell(both: Pushed) -> None:
    run = approved(both, 1)
    both.sandbox.down()

    apply_run(run_id=run.pk)

    assert_at_the_end_of_the_pause(bell("apply"), both.connection)
    both.sandbox.down(down=False)
    end_the_pause()
    assert finish(run).state == SyncRun.State.DONE


def test_a_run_does_not_wait_for_what_the_push_is_at(both: Pushed) -> None:
    run = approved(both, 1)
    delivery = Delivery.objects.create(
        connection=both.connection,
        resource="employees",
        left_id=run.rows.get().left_id,
        action="update",
        state="waiting",
        mark_version=1,
        sent_at=timezone.now(),
        not_before=timezone.now() + timedelta(minutes=1),
        job_address="there",
    )

    apply_run(run_id=run.pk)

    assert bell("apply") > timezone.now()
    delivery.delete()
    end_the_pause()
    assert finish(run).state == SyncRun.State.DONE


def test_a_comparison_is_put_down_and_reads_nobody_while_its_vendor_pauses(
    both: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    both.pair(1)
    run = start_run(connection=both.connection, trigger=SyncRun.Trigger.OPERATOR, by=None)
    both.sandbox.down()
    compare_run(run_id=run.pk)
    assert_at_the_end_of_the_pause(bell("compare"), both.connection)
    asked = len(both.sandbox.calls(path="/3/"))

    with monkeypatch.context() as patched:
        patched.setattr(comparing, "_list_and_compare", _never)
        compare_run(run_id=run.pk)

    assert len(both.sandbox.calls(path="/3/")) == asked
    both.sandbox.down(down=False)
    end_the_pause()
    compare_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (SyncRun.State.REVIEW, "")


def _never(*_arguments: Any, **_named: Any) -> Any:
    pytest.fail("Everybody in the hub was read in vain.")


class Pages:
    """A vendor of three pages that notes how long a pause each may be waited for."""

    interval = 0.0

    def __init__(self) -> None:
        self.patience: list[float] = []

    def know_links(self) -> None:
        pass

    def read(self, call: Any, *, deadline: float, patience: float = budget.SHORT_PAUSE) -> Page:
        self.patience.append(patience)
        number = len(self.patience)
        return Page(records=(Record(id=str(number), values=()),), total=3, next_page=number + 1 if number < 3 else None)


def test_a_list_is_put_down_at_its_beginning_and_read_on_after_one_failure_in_its_middle(
    both: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: Any = Pages()
    lease = leases.claim(name="run:1")
    assert lease is not None

    list(list_right(calls=pages, held=lease, deadline=time.monotonic() + 5, on_start=lambda: None))

    assert pages.patience == [budget.SHORT_PAUSE, calls.LISTING_PAUSE, calls.LISTING_PAUSE]
    # A first pause is waited for there, and no second one.
    assert budget.SHORT_PAUSE < 2.0 < calls.LISTING_PAUSE < 4.0


def test_a_connection_that_pauses_is_not_tried_for_its_daily_check(both: Pushed) -> None:
    # Connecting counts as a try: the next one is due now.
    Lease.objects.filter(name__startswith="check:").delete()
    budget.pause(connection_id=both.connection.pk, seconds=PAUSE)
    both.sandbox.clear_calls()

    tasks.check(both.connection.pk)
    assert both.sandbox.calls(path="/3/") == []

    end_the_pause()
    tasks.check(both.connection.pk)
    assert both.sandbox.calls(path="/3/") != []


@pytest.mark.parametrize("ring", [polls.LATE_POLL, timedelta(seconds=3)])
def test_a_job_of_the_vendors_that_ends_later_is_not_slept_for(both: Pushed, ring: timedelta) -> None:
    employee = both.pair_active()
    due = timezone.now() + ring
    delivery = Delivery.objects.create(
        connection=both.connection,
        resource="employees",
        left_id=str(employee.pk),
        action="update",
        state="waiting",
        mark_version=1,
        sent_at=timezone.now(),
        not_before=due,
        job_address="there",
    )
    change(employee, work_phone=PHONE)

    both.push()

    assert bell("push") == due
    delivery.delete()
    both.push()
    assert both.at_vendor("101")["Phone1"] == PHONE


@pytest.mark.parametrize("room_left", [True, False])
def test_a_vendor_that_turns_out_to_be_slow_gives_the_last_worker_back(
    both: Pushed, settings: Settings, monkeypatch: pytest.MonkeyPatch, room_left: bool
) -> None:
    for module in (dispatching, room):
        monkeypatch.setattr(module, "SLOW_SECONDS", 0.2)
    # Changes of many people are bulk work.
    settings.PUSH_WORKERS, settings.QUEUE_WORKERS = 9, 3 if room_left else 2
    people = [both.pair(number) for number in range(1, 9)]
    both.activate()
    for number, employee in enumerate(people):
        change(employee, work_phone=f"+467099900{number:02d}")
    another = Connection.objects.create(integration="fortnox", label="At work", state=Connection.State.ACTIVE)
    lease = leases.claim(name=f"push:{another.pk}")
    assert lease is not None
    both.sandbox.latency(mean=400)

    both.push()

    both.sandbox.latency(mean=0)
    if room_left:
        assert both.waiting() == 0
    else:
        # What was under way has ended, and nobody was written over.
        assert both.waiting() > 0
        lease.release()
        both.push_until_sent()
    assert_in_step(both.connection, 8)


def test_the_sweep_rings_bells_as_well(both: Pushed, push_queue: Broker) -> None:
    Bell.objects.create(
        task="integrations.core.tasks.push", subject_id=both.connection.pk, queue="push", due=timezone.now()
    )
    push_queue.purge_queue()
    sweep()
    assert (push_queue.queue_size(), Bell.objects.count()) == (1, 0)
