"""Applying an approved run: exactly the approved rows, in short chunks (background)."""

import time
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.foreign_text import quoting
from employees.zones import zone_of
from integrations.core import budget, jobs, leases
from integrations.core.budget import SHORT_PAUSE
from integrations.core.deliver import recover_interrupted
from integrations.core.dispatching import Dispatcher
from integrations.core.errors import ReauthorisationRequired, TemporarilyUnavailable, VendorError
from integrations.core.models import Connection, Delivery, SyncRow, SyncRun
from integrations.core.runs.compared_under import shows_other_values
from integrations.core.runs.ending import fail_run, finish_run
from integrations.core.runs.lookups import look_up_unknown
from integrations.core.runs.rows import RowWriter
from integrations.core.runs.session import Session, open_session
from integrations.core.runs.stopping import hold_behind_late, leave_under_way, skip_cancelled
from integrations.core.runs.verifying import verify
from integrations.core.work.precedence import Turn
from integrations.core.work.ringing import ring_after_pause, ring_apply

# How long a task sleeps at a time for work that is due within a short pause; for later work a bell is set.
NAP_SECONDS = 0.5
# How soon a run looks again at people whom the push is at.
BUSY_SECONDS = 1.5
# So long a cancelled run waits for what the vendor is at; then it is asked about without the run (`runs.late`).
FINISHING: Final = timedelta(minutes=10)


def apply_run(*, run_id: int) -> None:
    """Write what was approved, for about TASK_SECONDS; safe to call at any time from any process.

    Whatever interrupts it, the next call finds in the database what was sent and what is left.
    """
    run = SyncRun.objects.select_related("connection__company", "by").filter(pk=run_id).first()
    if run is None or run.state not in SyncRun.APPLY_WAITS:
        return
    held = leases.claim(name=f"run:{run.connection_id}")
    if held is None:
        return
    try:
        with timezone.override(zone_of(run)):
            _apply(run, held)
    except leases.LeaseLost:
        return
    except ReauthorisationRequired as error:
        if Connection.objects.filter(pk=run.connection_id, state=Connection.State.DISCONNECTED).exists():
            fail_run(run=run, error=_("The connection was disconnected before it had ended."))
        else:
            _wait(run, error.message)
    except TemporarilyUnavailable as error:
        _wait(run, error.message)
        ring_after_pause(run.connection_id, partial(ring_apply, run.pk))
    except VendorError as error:
        fail_run(run=run, error=error.message)
    finally:
        held.release()


def _wait(run: SyncRun, message: str) -> None:
    """The run keeps its place: it is rung for again, also after connecting again."""
    SyncRun.objects.filter(pk=run.pk).update(error=quoting(_("Waiting: %(message)s"), message=message))


def _apply(run: SyncRun, held: leases.Held) -> None:
    if shows_other_values(run):
        fail_run(run=run, error=_("The settings were changed since it was confirmed: other values are compared now."))
        return
    SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.APPROVED).update(state=SyncRun.State.APPLYING)
    session = open_session(run=run, held=held, deadline=time.monotonic() + settings.TASK_SECONDS)
    recover_interrupted(connection=session.connection, resource=session.resource)
    writer = RowWriter(session)
    writer.take_back_interrupted()
    turn = Turn(run_id=run.pk)
    while time.monotonic() < session.deadline:
        held.check()
        run.refresh_from_db(fields=["state", "cancelled_at", "listed_at"])
        if run.state != SyncRun.State.APPLYING:
            return
        if run.cancelled_at is not None:
            skip_cancelled(session)
            if run.cancelled_at < timezone.now() - FINISHING:
                leave_under_way(session)
        look_up_unknown(session, writer)
        hold_behind_late(session)
        if not SyncRow.objects.filter(run=run, state__in=SyncRow.TO_DO).exists():
            finish_run(run=run)
            return
        goes_on = _write(session, writer, turn) if writer.preparer.has_work() else _nap(session, writer)
        if turn.is_over() or not goes_on:
            _set_bell(session, writer)
            return


def _write(session: Session, writer: RowWriter, turn: Turn) -> bool:
    """Write what can be written now; returns False when the vendor's next slot comes too late for this task."""
    if session.list_is_old and writer.preparer.has_new():
        verify(session)
    # Raises where the connection may not be used any more: then nothing is written into the hub either.
    session.calls.endpoint()
    writer.write_hub_only(until=turn.is_over)
    dispatcher = Dispatcher(
        calls=session.calls,
        held=session.held,
        next_job=writer.preparer.next_job,
        settle=writer.settle,
        stopped=lambda: writer.must_stop() or turn.is_over(),
        deadline=session.deadline,
        workers=settings.QUEUE_WORKERS,
    )
    in_time = dispatcher.run()
    writer.raise_stop()
    if not dispatcher.made:
        # Nothing could be called for after all, such as while the push is at the people left: never in circles.
        time.sleep(NAP_SECONDS)
    return in_time


def _nap(session: Session, writer: RowWriter) -> bool:
    """Sleep a little if something is due within a short pause, and this task should not end before."""
    due = _next_due(session, writer)
    if due is None:
        return False
    wait = (due - timezone.now()).total_seconds()
    if wait > min(SHORT_PAUSE, session.deadline - time.monotonic()):
        return False
    time.sleep(NAP_SECONDS)
    return True


def _set_bell(session: Session, writer: RowWriter) -> None:
    """The worker is given back: the run is rung for when something is due, and the vendor may be called again."""
    due = timezone.now() if writer.preparer.has_work() else _next_due(session, writer)
    if due is not None:
        ring_apply(session.run.pk, at=max(due, budget.free_at(connection_id=session.connection.pk)))


def _next_due(session: Session, writer: RowWriter) -> datetime | None:
    """Return when the next of what this run waits for is due."""
    deliveries = Delivery.objects.filter(connection=session.connection, resource=session.resource.name)
    if deliveries.filter(
        state__in=(Delivery.State.SENDING, Delivery.State.WAITING), mark_version__isnull=False
    ).exists():
        # The push is at one of the people left, for the length of a call or of a job.
        return timezone.now() + timedelta(seconds=BUSY_SECONDS)
    moments = [
        *deliveries.filter(row__run=session.run, state=Delivery.State.RETRY).values_list("not_before", flat=True),
        # Of an earlier run, too: its people wait for its end.
        *deliveries.filter(state=Delivery.State.UNKNOWN).values_list("settle_until", flat=True),
        *jobs.asked_soon().filter(row__run=session.run).values_list("not_before", flat=True),
        writer.preparer.next_turn(),
    ]
    return min((moment for moment in moments if moment is not None), default=None)
