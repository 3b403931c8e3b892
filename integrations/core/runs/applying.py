"""Applying an approved run: exactly the approved rows, in short chunks (background)."""

import time
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core import jobs, leases
from integrations.core.deliver import Dispatcher, recover_interrupted
from integrations.core.errors import ReauthorisationRequired, TemporarilyUnavailable, VendorError
from integrations.core.models import Delivery, SyncRow, SyncRun
from integrations.core.runs.ending import fail_run, finish_run
from integrations.core.runs.lookups import look_up_unknown
from integrations.core.runs.rows import RowWriter
from integrations.core.runs.session import Session, open_session
from integrations.core.runs.stopping import hold_behind_late, leave_under_way, skip_cancelled
from integrations.core.runs.verifying import verify

# How long a task sleeps for work that is due soon, instead of waiting for the next ring.
NAP_SECONDS = 0.5
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
        _apply(run, held)
    except leases.LeaseLost:
        return
    except (TemporarilyUnavailable, ReauthorisationRequired) as error:
        _wait(run, error.message)
    except VendorError as error:
        fail_run(run=run, error=error.message)
    finally:
        held.release()


def _wait(run: SyncRun, message: str) -> None:
    """The run keeps its place: the sweep rings again, also after connecting again."""
    SyncRun.objects.filter(pk=run.pk).update(error=_("Waiting: %(message)s") % {"message": message})


def _apply(run: SyncRun, held: leases.Held) -> None:
    SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.APPROVED).update(state=SyncRun.State.APPLYING)
    session = open_session(run=run, held=held, deadline=time.monotonic() + settings.TASK_SECONDS)
    recover_interrupted(connection=session.connection, resource=session.resource)
    writer = RowWriter(session)
    writer.take_back_interrupted()
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
        if not (_write(session, writer) if writer.preparer.has_work() else _nap(session, writer)):
            return


def _write(session: Session, writer: RowWriter) -> bool:
    """Write what can be written now; returns False when the vendor's next slot comes too late for this task."""
    if session.list_is_old and writer.preparer.has_new():
        verify(session)
    # Raises where the connection may not be used any more: then nothing is written into the hub either.
    session.calls.endpoint()
    writer.write_hub_only()
    dispatcher = Dispatcher(
        calls=session.calls,
        held=session.held,
        next_job=writer.preparer.next_job,
        settle=writer.settle,
        stopped=writer.must_stop,
        deadline=session.deadline,
    )
    in_time = dispatcher.run()
    writer.raise_stop()
    if not dispatcher.made:
        # Nothing could be called for after all, such as while the push is at the people left: never in circles.
        time.sleep(NAP_SECONDS)
    return in_time


def _nap(session: Session, writer: RowWriter) -> bool:
    """Sleep a little if something is due before this task should end; returns False if nothing is."""
    turn = writer.preparer.next_turn()
    if turn is not None and turn < session.deadline:
        time.sleep(NAP_SECONDS)
        return True
    deliveries = Delivery.objects.filter(connection=session.connection, resource=session.resource.name)
    if deliveries.filter(
        state__in=(Delivery.State.SENDING, Delivery.State.WAITING), mark_version__isnull=False
    ).exists():
        # The push is at one of the people left, for the length of a call or of a job.
        time.sleep(NAP_SECONDS)
        return True
    moments = [
        *deliveries.filter(row__run=session.run, state=Delivery.State.RETRY).values_list("not_before", flat=True),
        # Of an earlier run, too: its people wait for its end.
        *deliveries.filter(state=Delivery.State.UNKNOWN).values_list("settle_until", flat=True),
        *jobs.asked_soon().filter(row__run=session.run).values_list("not_before", flat=True),
    ]
    due = [moment for moment in moments if moment is not None]
    if not due or (min(due) - timezone.now()).total_seconds() > session.deadline - time.monotonic():
        return False
    time.sleep(NAP_SECONDS)
    return True
