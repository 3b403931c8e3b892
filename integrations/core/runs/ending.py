"""How a run ends: rows settle, counts add up, the report is due."""

from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.marks import release_held
from integrations.core.models import Connection, Delivery, Link, Mark, Notification, SyncRow, SyncRun
from integrations.core.work.ringing import ring_push, ring_reports

State = SyncRow.State
UNCLEAR = (SyncRow.Kind.DUPLICATE, SyncRow.Kind.AMBIGUOUS)


def row_states(*, run: SyncRun) -> dict[str, int]:
    """Return how many rows stand in each state."""
    return dict(SyncRow.objects.filter(run=run).values_list("state").annotate(Count("pk")).order_by())


def finish_run(*, run: SyncRun) -> None:
    """End an applied run; held people and what stayed undecided are told in the report."""
    with transaction.atomic():
        _hold_unclear(run)
        states = row_states(run=run)
        cancelled = run.cancelled_at is not None
        troubled = any(states.get(state) for state in (State.REFUSED, State.MOVED)) or _some_are_put_aside(run)
        if cancelled:
            ended = SyncRun.State.CANCELLED
        else:
            ended = SyncRun.State.DONE_WITH_PROBLEMS if troubled else SyncRun.State.DONE
        if SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.APPLYING).update(
            state=ended, finished_at=timezone.now(), error=""
        ):
            _activate(run)
            _report_due(run)
            # What was edited since the comparison goes by itself from now on (G-07).
            ring_push(run.connection_id)


def end_in_step(*, run: SyncRun) -> None:
    """End a comparison of an active connection that leaves nothing to confirm: nobody differs, nobody is new.

    Whom it has matched for the first time somebody confirms, though nothing is written.
    """
    subject = {"connection": run.connection_id, "resource": run.resource}
    with transaction.atomic():
        waiting = SyncRun.objects.filter(
            pk=run.pk, state=SyncRun.State.REVIEW, connection__state=Connection.State.ACTIVE, counts__complete=True
        )
        asked = SyncRow.objects.filter(run=run).exists()
        if asked or Link.objects.filter(**subject, state=Link.State.PROPOSED).exists():
            return
        if waiting.update(state=SyncRun.State.DONE, finished_at=timezone.now()):
            release_held(connection_id=run.connection_id, resource=run.resource, held_by=Mark.Hold.REVIEW)
            _report_due(run)


def _activate(run: SyncRun) -> None:
    """From a confirmed synchronisation on changes go by themselves, unless it was disconnected meanwhile (G-34)."""
    Connection.objects.filter(
        pk=run.connection_id, state__in=Connection.TO_CONFIRM, disconnected_after__lt=run.pk
    ).update(state=Connection.State.ACTIVE)


def fail_run(*, run: SyncRun, error: str) -> None:
    """End a run that cannot go on; nothing that was approved and not written is written later."""
    with transaction.atomic():
        failed = SyncRun.objects.filter(pk=run.pk, state__in=SyncRun.AT_WORK).update(
            state=SyncRun.State.FAILED, error=error, finished_at=timezone.now()
        )
        if failed:
            rows = SyncRow.objects.filter(run=run, state__in=(State.APPROVED, State.WORKING))
            sent = Delivery.objects.filter(row__run=run, state__in=Delivery.SENT)
            rows.filter(pk__in=sent.values("row")).update(state=State.UNKNOWN)
            part = Delivery.objects.filter(row=OuterRef("pk"), state=Delivery.State.DONE)
            rows.filter(Exists(part)).update(
                state=State.HELD, reason=_("Written in part only: the synchronisation ended before the rest.")
            )
            rows.update(state=State.HELD, reason=_("Not written: the synchronisation ended early."))
            Delivery.objects.filter(row__run=run, state=Delivery.State.RETRY).update(
                state=Delivery.State.VOID, ended_at=timezone.now()
            )
            _report_due(run)


def end_cancelled(*, run: SyncRun) -> None:
    """A run that was cancelled before anything was approved leaves nothing behind but its rows."""
    with transaction.atomic():
        links = Link.objects.filter(connection=run.connection, resource=run.resource, state=Link.State.PROPOSED)
        SyncRow.objects.filter(link__in=links).update(link=None)
        links.delete()
        release_held(connection_id=run.connection_id, resource=run.resource, held_by=Mark.Hold.REVIEW)


def _hold_unclear(run: SyncRun) -> None:
    SyncRow.objects.filter(run=run, state=State.OPEN, kind__in=UNCLEAR).update(
        state=State.HELD, ended_at=timezone.now()
    )


def _some_are_put_aside(run: SyncRun) -> bool:
    """Whether something that was decided is not written, because a job of the vendor's has not ended in time."""
    return SyncRow.objects.filter(run=run, state=State.HELD).exclude(kind__in=UNCLEAR).exists()


def _report_due(run: SyncRun) -> None:
    Notification.objects.get_or_create(key=f"run:{run.pk}", defaults={"recipients": recipients_of(run)})
    ring_reports()


def recipients_of(run: SyncRun) -> list[str]:
    """Return who gets the report: whoever started the run, whoever confirmed it, and the connection's recipients."""
    people: list[Any] = [run.by, run.approved_by]
    addresses = [person.email for person in people if person is not None and person.email]
    return list(dict.fromkeys([*addresses, *run.connection.recipients]))
