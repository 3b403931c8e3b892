"""*Ask for all by name*: many linked people whom the vendor's list lacks, asked for when a person says so (G-24).

Each answer stands in the person's row at once, so whoever is still missing there is what is left to do.
"""

import time
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from employees.foreign_text import ForeignText, quoting
from employees.shown import Happened, fingerprint, stale_text
from employees.users import user_name
from integrations.core import leases
from integrations.core.errors import Refused, VendorError
from integrations.core.hub.labels import label_row
from integrations.core.models import Link, SyncRow, SyncRun
from integrations.core.runs.beside import NAMED
from integrations.core.runs.deciding import RunRefused, locked_review
from integrations.core.runs.session import Session, open_session
from integrations.core.work.ringing import ring_after_pause, ring_ask_for_all

Kind, State = SyncRow.Kind, SyncRow.State
# In a run's options: who pressed the button, when, and what stands in the way.
ASK_ALL: Final = "ask_all"


class Asking(NamedTuple):
    """How far it is: of so many people, who is gone, who is there after all, and for whom it was not asked yet."""

    people: int
    gone: int
    there: int
    left: int
    begun: bool
    error: ForeignText = ForeignText("")

    @property
    def asked(self) -> int:
        return self.people - self.left

    @property
    def made_from(self) -> str:
        return fingerprint(list(self))

    @property
    def is_over(self) -> bool:
        return self.begun and not self.left


def asking_of(run: SyncRun) -> Asking | None:
    """Return how far it is; None where the list lacked nobody, or few."""
    people = int(run.counts.get("not_listed", 0))
    if not people:
        return None
    missing = Q(kind=Kind.NOT_LISTED)
    counted = SyncRow.objects.filter(run=run).aggregate(
        left=Count("pk", filter=missing & Q(state=State.OPEN)),
        there=Count("pk", filter=missing & Q(state=State.HELD)),
        put_aside=Count("pk", filter=missing & Q(state=State.SKIPPED)),
    )
    left, there = counted["left"], counted["there"]
    gone = people - left - there - counted["put_aside"]
    asked: dict[str, Any] = run.options.get(ASK_ALL, {})
    return Asking(people, gone, there, left, begun=bool(asked), error=ForeignText(asked.get("error", "")))


def ask_for_all(
    *, run: SyncRun, by: AbstractBaseUser, shown: str | None = None, shown_at: datetime | None = None
) -> None:
    """Have everybody asked for whom the list lacks; raises RunRefused where nobody is left.

    ``shown`` stands for what was shown of them (`Asking.made_from`), and when.
    """
    with locked_review(run):
        run.refresh_from_db(fields=["options", "counts"])
        if not _left(run).exists():
            raise RunRefused(_("Everybody whom the list lacks has been asked for."))
        asking = asking_of(run)
        if shown is not None and (asking is None or asking.made_from != shown):
            raise RunRefused(_not_as_shown(run, shown_at))
        _keep(run, by=by.pk, at=timezone.now().isoformat())
    ring_ask_for_all(run.pk)


def _not_as_shown(run: SyncRun, since: datetime | None) -> str:
    begun: dict[str, Any] = run.options.get(ASK_ALL, {})
    user = get_user_model().objects.filter(pk=begun.get("by") or 0).first()
    at = parse_datetime(begun.get("at", "")) or timezone.now()
    asked = [Happened(user_name(user), _("asked for everybody by name"), at)] if user is not None else []
    decided = SyncRow.objects.filter(run=run, kind=Kind.NOT_LISTED, decided_at__gte=since or run.created_at)
    return stale_text(
        [
            *asked,
            *(
                Happened(user_name(row.decided_by), _("decided on %(name)s") % {"name": label_row(row)}, row.decided_at)
                for row in decided.select_related("decided_by").order_by("-decided_at")[:NAMED]
                if row.decided_by and row.decided_at
            ),
        ]
    )


def waiting() -> QuerySet[SyncRun]:
    """Return the reviews in which somebody is still to be asked for."""
    left = SyncRow.objects.filter(run=OuterRef("pk"), kind=Kind.NOT_LISTED, state=State.OPEN)
    return SyncRun.objects.filter(Exists(left), state=SyncRun.State.REVIEW, options__has_key=ASK_ALL)


def ring_waiting() -> int:
    runs = list(waiting().order_by("pk").values_list("pk", flat=True))
    for run_id in runs:
        ring_ask_for_all(run_id)
    return len(runs)


def ask_in_turn(*, run_id: int) -> None:
    """Ask for one after the other for about TASK_SECONDS; safe to call at any time from any process."""
    run = waiting().select_related("connection__company").filter(pk=run_id).first()
    if run is None or (held := leases.claim(name=f"run:{run.connection_id}")) is None:
        return
    try:
        _ask(open_session(run=run, held=held, deadline=time.monotonic() + settings.TASK_SECONDS))
    except leases.LeaseLost:
        return
    except VendorError as error:
        # The sweep rings again: an outage ends, and a lost authorisation is told where it is given anew.
        _keep(run, error=error.message.verbatim)
        ring_after_pause(run.connection_id, partial(ring_ask_for_all, run.pk))
    finally:
        held.release()


def _ask(session: Session) -> None:
    if session.run.options[ASK_ALL].get("error"):
        _keep(session.run, error="")
    for row in _left(session.run).select_related("link").order_by("pk"):
        session.held.check()
        if time.monotonic() + session.calls.interval > session.deadline:
            ring_ask_for_all(session.run.pk)
            return
        if not _settle(row, session):
            # Approved, cancelled or replaced meanwhile.
            return


def _settle(row: SyncRow, session: Session) -> bool:
    """Ask for the row's person and keep the answer; returns False where nobody waits for it any more."""
    link = row.link
    if link is None or link.state != Link.State.ACTIVE:
        return _put(row, state=State.SKIPPED, reason=_("Disconnected meanwhile."), ended_at=timezone.now())
    try:
        record = session.read_right(link.right_id)
    except Refused as error:
        refused = quoting(_("The other system did not answer: %(message)s"), message=error.message)
        return _put(row, state=State.HELD, reason=refused, ended_at=timezone.now())
    if record is not None:
        reason = _("Is there: only the list lacks this person. Compare again.")
        return _put(row, state=State.HELD, reason=reason, ended_at=timezone.now())
    with transaction.atomic():
        kept = _put(row, kind=Kind.GONE, reason=_("Gone from the other system."))
        if kept:
            Link.objects.filter(pk=link.pk, state=Link.State.ACTIVE, gone_at=None).update(gone_at=timezone.now())
    return kept


def _put(row: SyncRow, **values: Any) -> bool:
    asked = SyncRow.objects.filter(pk=row.pk, kind=Kind.NOT_LISTED, state=State.OPEN, run__state=SyncRun.State.REVIEW)
    return bool(asked.update(**values))


def _left(run: SyncRun) -> QuerySet[SyncRow]:
    return SyncRow.objects.filter(run=run, kind=Kind.NOT_LISTED, state=State.OPEN)


def _keep(run: SyncRun, **values: Any) -> None:
    """Keep with the run what became of the asking."""
    with transaction.atomic():
        kept = SyncRun.objects.select_for_update().get(pk=run.pk)
        kept.options = {**kept.options, ASK_ALL: {**kept.options.get(ASK_ALL, {}), **values}}
        kept.save(update_fields=["options"])
    run.options = kept.options
