"""What a run leaves: cancelled, or behind a job of the vendor's that does not end. Nothing of it is sent (G-38)."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.jobs import under_way
from integrations.core.models import Delivery, SyncRow
from integrations.core.runs.session import Session

State = SyncRow.State


def skip_cancelled(session: Session) -> None:
    """After a cancel nothing new is sent; what is under way is asked about, and what is unknown looked up."""
    now = timezone.now()
    deliveries = Delivery.objects.filter(row__run=session.run)
    with transaction.atomic():
        waiting = deliveries.filter(state=Delivery.State.RETRY)
        rows = SyncRow.objects.filter(Q(state=State.APPROVED) | Q(pk__in=waiting.values("row")), run=session.run)
        part = Delivery.objects.filter(row=OuterRef("pk"), state=Delivery.State.DONE)
        rows.filter(Exists(part)).update(
            state=State.HELD,
            reason=_("Written in part only: the synchronisation was cancelled before the rest."),
            ended_at=now,
        )
        rows.exclude(Exists(part)).update(
            state=State.SKIPPED, reason=_("Not written: the synchronisation was cancelled."), ended_at=now
        )
        waiting.update(state=Delivery.State.VOID, ended_at=now)


def leave_under_way(session: Session) -> None:
    """A cancelled run does not wait for ever: what the vendor is still at is asked about without it."""
    open_ones = Delivery.objects.filter(row__run=session.run, state__in=Delivery.SENT)
    SyncRow.objects.filter(
        run=session.run, state__in=(State.WORKING, State.UNKNOWN), pk__in=open_ones.values("row")
    ).update(
        state=State.HELD,
        reason=_("Not known yet: the synchronisation was cancelled while the other system was at it."),
        ended_at=timezone.now(),
    )


def hold_behind_late(session: Session) -> None:
    """Whoever waits for a job that has not ended in time is left for a later synchronisation."""
    late = under_way().filter(
        connection=session.connection, resource=session.resource.name, state=Delivery.State.UNKNOWN
    )
    SyncRow.objects.filter(run=session.run, state=State.APPROVED, left_id__in=late.values("left_id")).update(
        state=State.HELD,
        reason=_("Not written: what became of an earlier change of the person is not known yet."),
        ended_at=timezone.now(),
    )
