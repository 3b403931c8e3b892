"""Stopped, cancelled or put down: what is not begun stops, what is under way is finished and told (G-38)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.core import connecting
from integrations.core.dispatching import Dispatcher
from integrations.core.models import Delivery, SyncRow, SyncRun
from integrations.core.report import build_report, report_text
from integrations.core.runs import late
from integrations.core.runs.applying import apply_run
from integrations.core.runs.deciding import approve_run, cancel_run, decide_creations, decide_fields
from integrations.core.runs.preparing import RowPreparer
from tests.sandbox.visma_caller import FIRST_TENANT
from tests.visma_payroll.sync.sides import LEFT, VENDOR, VismaSides

PHONE: Final = "+4740001{:03d}"
State = Delivery.State
RowState = SyncRow.State


def begin(both: VismaSides, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> SyncRun:
    """Approve two people's phones and send the first one's; its job goes on."""
    employees = [both.pair(number, work_phone=PHONE.format(number))[0] for number in (1, 2)]
    run = both.review()
    decide_fields(run=run, decision=LEFT, by=None)
    approve_run(run=run, by=None, made_from=None)
    hold_jobs(both)
    every = RowPreparer.approved
    settings.TASK_SECONDS = 0.3
    with monkeypatch.context() as patched:
        patched.setattr(
            RowPreparer, "approved", lambda self: every(self).filter(left_id=str(employees[0].pk)), raising=True
        )
        both.apply_until_waiting(run)
    assert both.writes() == [("PUT", "employee")]
    assert Delivery.objects.get().state == State.WAITING
    return run


def hold_jobs(both: VismaSides) -> None:
    """Let no job end by itself."""
    both.sandbox.settings(VENDOR, next_jobs=[{"ends": "late", "seconds": 3600}] * 9)


def put_into(state: str, both: VismaSides) -> None:
    """Leave the first one's delivery as a worker would that died, or the vendor, or its clock."""
    now = timezone.now()
    open_one = Delivery.objects.filter(state=State.WAITING)
    changes: dict[str, dict[str, Any]] = {
        "sending": {"state": State.SENDING, "job_address": ""},
        "retry": {"state": State.RETRY, "job_address": "", "not_before": now},
        "waiting": {"not_before": now},
        "lost": {
            "state": State.UNKNOWN,
            "job_address": "",
            "not_before": now,
            "settle_until": now + timedelta(seconds=20),
        },
        "late": {"sent_at": now - timedelta(minutes=11), "not_before": now},
    }
    assert open_one.update(**changes[state]) == 1
    if state == "retry":
        # What is to be tried again was not done.
        end_job(both, how="fails")
    if state == "lost":
        SyncRow.objects.filter(deliveries__state=State.UNKNOWN).update(state=RowState.UNKNOWN)


def end_job(both: VismaSides, *, how: str = "succeeds") -> None:
    """Make what is under way end so; none of it ends by itself, however slow the machine is."""
    for job in both.sandbox.state(VENDOR, "jobs"):
        if job["status"] in ("NotStarted", "InProgress"):
            both.sandbox.change(VENDOR, "jobs", job["id"], {"ends": how})


def stop(both: VismaSides, run: SyncRun) -> None:
    """Withdraw the authorisation: the run cannot go on."""
    both.sandbox.tokens(VENDOR, action="withdraw_consent", tenant=FIRST_TENANT)


def connect_again(both: VismaSides) -> None:
    both.sandbox.change(VENDOR, "companies", FIRST_TENANT, {"authorised": True})
    connecting.authorise_by_form(connection_id=both.connection.pk, tenant=FIRST_TENANT, by=None)


def cancel(both: VismaSides, run: SyncRun) -> None:
    assert cancel_run(run=run)


def put_down(both: VismaSides, run: SyncRun) -> None:
    """Its task had no time left: the next one goes on."""


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the rounds of sending in which nothing was called for."""
    rounds: list[int] = []
    plain = Dispatcher.run

    def run(self: Dispatcher[Any]) -> bool:
        in_time = plain(self)
        rounds.extend([0] * (self.made == 0))
        return in_time

    monkeypatch.setattr(Dispatcher, "run", run)
    return rounds


WAYS: Final[dict[str, Callable[[VismaSides, SyncRun], None]]] = {
    "stopped": stop,
    "cancelled": cancel,
    "put down": put_down,
}
# What becomes of the first one, and of the second, who was not begun.
ENDS: Final = {
    ("cancelled", "sending"): (RowState.WRITTEN, RowState.SKIPPED),
    ("cancelled", "retry"): (RowState.SKIPPED, RowState.SKIPPED),
    ("cancelled", "waiting"): (RowState.WRITTEN, RowState.SKIPPED),
    ("cancelled", "lost"): (RowState.WRITTEN, RowState.SKIPPED),
    ("cancelled", "late"): (RowState.WRITTEN, RowState.SKIPPED),
}


def settled(both: VismaSides, run: SyncRun) -> None:
    """Let the late ones be asked about, as the sweep does."""
    for _round in range(6):
        Delivery.objects.filter(state=State.WAITING).update(not_before=timezone.now())
        Delivery.objects.filter(state=State.UNKNOWN).exclude(job_address="").update(settle_until=timezone.now())
        Delivery.objects.filter(state=State.UNKNOWN, job_address="").update(not_before=timezone.now())
        late.look_after(connection_id=both.connection.pk)


@pytest.mark.behaviour("G-38")
@pytest.mark.parametrize("how", sorted(WAYS))
@pytest.mark.parametrize("state", ["sending", "retry", "waiting", "lost", "late"])
def test_a_run_ends_whatever_state_its_writes_are_in_and_never_runs_in_circles(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch, settings: Settings, idle: list[int], how: str, state: str
) -> None:
    settings.SETTLE_SECONDS = 20
    run = begin(both, monkeypatch, settings)
    put_into(state, both)
    idle.clear()
    WAYS[how](both, run)
    apply_run(run_id=run.pk)
    assert len(idle) <= 10
    both.sandbox.settings(VENDOR, next_jobs=[])
    end_job(both)
    settings.TASK_SECONDS = 2
    if how == "stopped":
        run.refresh_from_db()
        assert run.state == SyncRun.State.APPLYING
        connect_again(both)
    if how != "cancelled":
        Delivery.objects.filter(state=State.RETRY).update(not_before=timezone.now())
    run = both.finish(run)
    settled(both, run)
    rows = list(SyncRow.objects.filter(run=run).order_by("pk"))
    if how != "cancelled":
        assert [row.state for row in rows] == [RowState.WRITTEN, RowState.WRITTEN]
    else:
        assert tuple(row.state for row in rows) == ENDS[how, state]
        assert all(row.reason for row in rows if row.state != RowState.WRITTEN)
    assert not Delivery.objects.filter(state__in=Delivery.OPEN).exists()
    sent = both.writes()
    assert len(sent) == (1 if how == "cancelled" else 2 + (state == "retry"))


@pytest.mark.behaviour("G-38")
def test_a_cancelled_run_finishes_the_creation_that_is_under_way_and_links_it(
    both: VismaSides, settings: Settings
) -> None:
    settings.TASK_SECONDS = 0.3
    both.hub(1)
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    approve_run(run=run, by=None, made_from=None)
    both.jobs_end(ends="late", seconds=1.0)
    both.apply_until_waiting(run)
    cancel_run(run=run)
    assert both.finish(run).state == SyncRun.State.CANCELLED
    assert SyncRow.objects.get(run=run).state == RowState.WRITTEN
    assert both.writes() == [("POST", "employees")]
    assert both.review().counts["equal"] == 1


@pytest.mark.behaviour("G-38")
def test_a_cancelled_run_does_not_wait_a_day_for_a_job_and_the_job_is_told_when_it_ends(
    both: VismaSides, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    type(both.connection).objects.update(settings={"job_minutes": 1440})
    run = begin(both, monkeypatch, settings)
    cancel_run(run=run)
    SyncRun.objects.update(cancelled_at=timezone.now() - timedelta(minutes=11))
    assert both.finish(run).state == SyncRun.State.CANCELLED
    row = SyncRow.objects.filter(run=run).earliest("pk")
    assert (row.state, row.reason) == (
        RowState.HELD,
        "Not known yet: the synchronisation was cancelled while the other system was at it.",
    )
    assert "Outcome not known yet" in report_text(build_report(run=run))
    # Another one can begin, and what is under way is learned without the first.
    end_job(both)
    settled(both, run)
    row.refresh_from_db()
    assert row.state == RowState.WRITTEN
    assert both.review(whole=True).state in (SyncRun.State.REVIEW, SyncRun.State.DONE)
