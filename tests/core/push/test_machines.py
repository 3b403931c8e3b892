"""Two machines' worth of ``manage.py work`` on one database and queue: each works, either suffices, nothing doubles."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django_q.brokers import get_broker
from pytest_django import Settings

from integrations.core.health import background_service
from integrations.core.models import Connection, Delivery, Mark, SyncRun
from integrations.core.runs.deciding import approve_run, start_run
from integrations.core.work.ringing import ring_apply, ring_compare, ring_push
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import LEFT, PHONE, assert_in_step, change, create_all, decide, review, row_of
from tests.waiting import wait_until
from tests.workers import Worker

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]


class Machine(Worker):
    """A background service with a folder of its own, as on a disk of its own."""

    def __init__(self, *, environment: dict[str, str], folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        own = {"VAR_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "tests.core.machines.settings", "QUEUE_WORKERS": "1"}
        super().__init__(environment={**environment, **own}, var_dir=folder)

    def switch_on(self) -> None:
        quick = {"SETTLE_SECONDS": "0.5", "HTTP_READ_TIMEOUT": "1.5", "LEASE_SECONDS": "2", "QUEUE_WORKERS": "1"}
        self.start(**quick)
        self.wait_until(self.serves_both_queues, what="its own workers take tasks of both queues")

    def serves_both_queues(self) -> bool:
        return all(list(self.folder.glob(f"work/*/{queue}-*/taken")) for queue in ("push", "bulk"))

    def worked(self) -> list[str]:
        """Return ``"<verb> <queue>"`` of every piece of work that it began."""
        found = self.folder / "worked"
        return found.read_text().splitlines() if found.exists() else []

    def hold_comparisons(self, *, hold: bool) -> None:
        if hold:
            (self.folder / "hold").touch()
        else:
            (self.folder / "hold").unlink(missing_ok=True)


Machines = tuple[Machine, Machine]


@pytest.fixture
def machines(worker_environment: dict[str, str], tmp_path: Path) -> Iterator[Machines]:
    """Two machines that are off, and empty queues."""
    for queue in django_settings.QUEUES:
        get_broker(queue).purge_queue()
    one, other = (Machine(environment=worker_environment, folder=tmp_path / name) for name in ("one", "other"))
    yield one, other
    for machine in (one, other):
        machine.hold_comparisons(hold=False)
        machine.end()


def switch_on(machines: Machines) -> None:
    for machine in machines:
        machine.switch_on()


def decided(both: Pushed) -> SyncRun:
    """A run that, once approved, changes four people at the vendor and creates four, in about four seconds."""
    people = [both.pair(number, work_phone=f"+4670175{number:04d}") for number in range(1, 5)]
    for number in range(5, 9):
        both.hub(number)
    run = review(both.connection)
    create_all(run)
    for employee in people:
        decide(row_of(run, left=employee), phone=LEFT)
    both.sandbox.clear_calls()
    return run


def assert_written_once(both: Pushed, run: SyncRun) -> None:
    """Each person was written once at the vendor, by one delivery that is done, and the run has ended well."""
    run.refresh_from_db()
    assert (run.state, run.error) == (SyncRun.State.DONE, "")
    done = Delivery.objects.filter(row__run=run, state=Delivery.State.DONE)
    assert done.values("row").distinct().count() == done.count() == 8
    assert both.emails_at_vendor() == [f"p{number}@demo.example" for number in range(1, 9)]


def test_both_machines_serve_pushes_and_bulk_work(both: Pushed, machines: Machines, client: Client) -> None:
    both.pair_active()
    switch_on(machines)
    run = start_run(connection=both.connection, trigger=SyncRun.Trigger.OPERATOR, by=None)

    def both_worked() -> bool:
        # A doubled ring costs nothing, so that rings may be many.
        ring_push(both.connection.pk)
        ring_compare(run.pk)
        return all({"drain push", "compare_run bulk"} <= {*machine.worked()} for machine in machines)

    for machine in machines:
        machine.hold_comparisons(hold=True)
    machines[0].wait_until(both_worked, what="both machines have taken tasks of both queues")
    assert client.get("/healthz").status_code == 200
    for machine in machines:
        machine.hold_comparisons(hold=False)
    machines[0].wait_until(
        lambda: SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.DONE).exists(), what="the run is compared"
    )


@pytest.mark.behaviour("G-07")
def test_a_machine_that_is_switched_off_leaves_all_the_work_to_the_other(both: Pushed, machines: Machines) -> None:
    people = [both.pair(number) for number in range(1, 7)]
    both.activate()
    switch_on(machines)
    both.sandbox.latency(mean=300)
    for number, person in enumerate(people):
        change(person, work_phone=f"+467099900{number:02d}")
    gone = switch_off_the_one_at_work(machines, "push")

    (left,) = (machine for machine in machines if machine is not gone)
    left.wait_until(lambda: not Mark.objects.exists(), what="all are sent")
    both.sandbox.latency(mean=0)
    left.wait_until_answered()
    left.stop()
    assert gone.processes() == []
    assert not Delivery.objects.filter(state__in=Delivery.OPEN).exists()
    assert all(len(both.sent_changes(person)) == 1 for person in people)
    assert_in_step(both.connection, 6)


@pytest.mark.behaviour("G-15")
def test_the_service_is_running_while_one_machine_is_left_and_is_not_when_none_is(
    both: Pushed, machines: Machines, settings: Settings
) -> None:
    both.activate()
    switch_on(machines)
    settings.CANARY_PATIENCE_SECONDS = 5
    machines[0].power_off()
    machines[1].wait_until_answered()
    assert background_service().running

    machines[1].power_off()
    wait_until(lambda: not background_service().running, what="it is seen that nobody works any more")
    assert background_service().since is not None


def test_no_run_is_applied_twice_however_often_and_wherever_it_is_rung_for(both: Pushed, machines: Machines) -> None:
    run = decided(both)
    both.sandbox.latency(mean=200)
    switch_on(machines)
    approve_run(run=run, by=None, made_from=None)

    def ended() -> bool:
        ring_apply(run.pk)
        return SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.DONE).exists()

    machines[0].wait_until(ended, what="the run has ended")

    assert all("apply_run bulk" in machine.worked() for machine in machines)
    both.sandbox.latency(mean=0)
    assert len(both.writes()) == 8
    assert_written_once(both, run)
    for machine in machines:
        machine.stop()
    assert_in_step(both.connection, 8)


def test_a_run_whose_machine_is_switched_off_is_ended_by_the_other_and_nobody_is_doubled(
    both: Pushed, machines: Machines
) -> None:
    run = decided(both)
    both.sandbox.latency(mean=300)
    switch_on(machines)
    approve_run(run=run, by=None, made_from=None)
    gone = switch_off_the_one_at_work(machines, "bulk")

    (left,) = (machine for machine in machines if machine is not gone)
    left.wait_until(
        lambda: SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.DONE).exists(), what="the run has ended"
    )
    both.sandbox.latency(mean=0)
    assert "apply_run bulk" in left.worked()
    assert_written_once(both, run)
    left.stop()
    assert_in_step(both.connection, 8)


@pytest.mark.behaviour("G-07")
def test_pushes_are_served_while_every_bulk_worker_of_every_machine_is_busy(both: Pushed, machines: Machines) -> None:
    employee = both.pair_active()
    for machine in machines:
        machine.hold_comparisons(hold=True)
    switch_on(machines)
    for number in range(2):
        other = Connection.objects.create(integration="fortnox", label=f"Other {number}", state="active")
        ring_compare(SyncRun.objects.create(connection=other, resource="employees", trigger="person").pk)
    machines[0].wait_until(
        lambda: all(machine.busy_workers("bulk") and "compare_run bulk" in machine.worked() for machine in machines),
        what="the only bulk worker of each machine is inside a comparison",
    )

    change(employee, work_phone=PHONE)
    machines[0].wait_until(lambda: both.at_vendor("101")["Phone1"] == PHONE, what="the vendor has it")

    assert all(machine.busy_workers("bulk") for machine in machines)
    assert {line for machine in machines for line in machine.worked() if line.startswith("drain")} == {"drain push"}
    wait_until(lambda: not Mark.objects.exists(), what="the mark is taken off")


def switch_off_the_one_at_work(machines: Machines, queue: str) -> Machine:
    gone = wait_until(lambda: _the_one_at_work(machines, queue), what="one machine is writing")
    assert gone is not None
    gone.power_off()
    return gone


def _the_one_at_work(machines: Machines, queue: str) -> Machine | None:
    """Return the machine that is writing, once it is plain which: a ring for what the other does ends at once."""
    if not Delivery.objects.filter(state=Delivery.State.SENDING).exists():
        return None
    busy = [machine for machine in machines if machine.busy_workers(queue)]
    return busy[0] if len(busy) == 1 else None
