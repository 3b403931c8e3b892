"""Starting a run, deciding its rows and fields, approving and cancelling it: what pages and commands call."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.marks import release_held
from integrations.core.models import Connection, Link, Mark, SyncField, SyncRow, SyncRun
from integrations.core.push.reviewed import take_out
from integrations.core.runs.compared_under import shows_other_values, shows_others
from integrations.core.runs.confirmation import fingerprint_of_review, rows_to_write
from integrations.core.runs.deciders import confirmed_by, started_by
from integrations.core.runs.ending import end_cancelled
from integrations.core.runs.pending import Pending, note_let_go
from integrations.core.runs.standing import Standing
from integrations.core.undecided import keep_asking, keep_unseen, leave_uncreated
from integrations.core.upgrades.following import OUTDATED
from integrations.core.work.ringing import ring_apply, ring_compare

Decision = SyncField.Decision


class RunRefused(Exception):
    """The run cannot be started, decided or approved as it stands; the message says why and what to do."""


class ShownBefore(RunRefused):
    """The page that was confirmed is older than a decision: what would be written now was not on it (G-21)."""


@contextmanager
def locked_review(run: SyncRun) -> Iterator[None]:
    """Hold the run in review for a transaction; raises RunRefused when it does not wait for decisions any more."""
    with transaction.atomic():
        waiting = SyncRun.objects.select_for_update().filter(pk=run.pk, state=SyncRun.State.REVIEW)
        if not waiting.exists():
            raise RunRefused(_("This synchronisation does not wait for decisions any more."))
        yield


def start_run(
    *,
    connection: Connection,
    trigger: str,
    by: AbstractBaseUser | None,
    resource: str = "employees",
    include_ended: bool = False,
    whole: bool = False,
) -> SyncRun:
    """Queue a comparison; raises RunRefused while another run of the connection is at work (G-08).

    ``whole`` asks for the vendor's whole list also where what changed would do (`runs.narrowing`).

    A review that waited for decisions is superseded: its decisions are carried over where they still fit.
    """
    if connection.state not in Connection.WORKING:
        raise RunRefused(
            _("“%(label)s” is not connected (%(state)s). Connect it, then synchronise.")
            % {"label": connection.label, "state": connection.get_state_display()}
        )
    try:
        with transaction.atomic():
            run = SyncRun.objects.create(
                connection=connection,
                resource=resource,
                trigger=trigger,
                by_id=by.pk if by else None,
                options={name: True for name, on in (("include_ended", include_ended), ("whole", whole)) if on},
            )
            SyncRun.objects.filter(connection=connection, state=SyncRun.State.REVIEW).update(
                state=SyncRun.State.SUPERSEDED, finished_at=timezone.now()
            )
    except IntegrityError:
        raise RunRefused(
            _("A synchronisation of “%(label)s” is at work already. Wait for its report, or cancel it first.")
            % {"label": connection.label}
        ) from None
    ring_compare(run.pk)
    return run


def decide_fields(
    *,
    run: SyncRun,
    decision: str,
    by: AbstractBaseUser | None,
    suggested: bool = False,
    fields: Collection[str] = (),
) -> int:
    """Decide every field of the open rows at once; returns how many. One UPDATE (architecture, SyncField).

    ``suggested`` takes the suggestion of each field that is undecided; ``fields`` are the names of those meant,
    all if empty. A side that cannot be written stays undecided.
    """
    meant = SyncField.objects.filter(row__run=run, row__state=SyncRow.State.OPEN, row__kind=SyncRow.Kind.DIFFERS)
    if fields:
        meant = meant.filter(field__in=fields)
    if suggested:
        meant = meant.filter(decision=Decision.OPEN).exclude(suggestion=Decision.OPEN)
    elif decision == Decision.LEFT:
        meant = meant.filter(reason_right="")
    elif decision == Decision.RIGHT:
        meant = meant.filter(reason_left="")
    rows = SyncRow.objects.filter(run=run, state=SyncRow.State.OPEN, kind=SyncRow.Kind.DIFFERS)
    if fields:
        rows = rows.filter(Exists(SyncField.objects.filter(row=OuterRef("pk"), field__in=fields)))
    with locked_review(run):
        changed = put_decision(meant, F("suggestion") if suggested else decision, by)
        touch_rows(rows, by)
    return changed


def decide_field(*, field: SyncField, decision: str, by: AbstractBaseUser | None) -> None:
    """Decide one field; raises RunRefused with the reason when that side cannot be written."""
    reason = {Decision.LEFT: field.reason_right, Decision.RIGHT: field.reason_left}.get(Decision(decision), "")
    if reason:
        raise RunRefused(reason)
    with locked_review(field.row.run):
        if not touch_rows(SyncRow.objects.filter(pk=field.row_id, state=SyncRow.State.OPEN), by):
            raise RunRefused(_("This synchronisation does not wait for decisions any more."))
        put_decision(SyncField.objects.filter(pk=field.pk), decision, by)


def decide_creations(*, run: SyncRun, kinds: tuple[str, ...], by: AbstractBaseUser | None) -> int:
    """Tick everybody of these kinds for creation; people held by a question stay out (G-05)."""
    rows = SyncRow.objects.filter(run=run, state=SyncRow.State.OPEN, kind__in=kinds, hold_reason="")
    with locked_review(run):
        return touch_rows(rows, by, decision=SyncRow.Decision.CREATE)


def decide_row(*, row: SyncRow, decision: str, by: AbstractBaseUser | None) -> None:
    """Tick one person for creation, or leave the person out; raises RunRefused."""
    if decision == SyncRow.Decision.CREATE:
        if row.kind not in (SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.ONLY_RIGHT):
            raise RunRefused(row.reason or _("This person cannot be created."))
        if row.hold_reason:
            raise RunRefused(row.hold_reason)
    with locked_review(row.run):
        if not touch_rows(SyncRow.objects.filter(pk=row.pk, state=SyncRow.State.OPEN), by, decision=decision):
            raise RunRefused(_("This synchronisation does not wait for decisions any more."))


def touch_rows(rows: QuerySet[SyncRow], by: AbstractBaseUser | None, **changes: Any) -> int:
    """Note who decided, and when; whoever has an older version of a row open does not overwrite it."""
    now = timezone.now()
    return rows.update(decided_by_id=by.pk if by else None, decided_at=now, version=F("version") + 1, **changes)


def put_decision(fields: QuerySet[SyncField], decision: str | F, by: AbstractBaseUser | None) -> int:
    """Decide fields by one UPDATE, with who did, and what stood there before; their rows are touched beside it."""
    return fields.update(
        decided_before=F("decision"),
        decision=decision,
        decided_by_id=by.pk if by else None,
        decided_at=timezone.now(),
    )


def approve_run(*, run: SyncRun, by: AbstractBaseUser | None, made_from: str | None) -> None:
    """Confirm the review: what is decided will be written, what is not stays as it is (G-04). Raises RunRefused.

    ``made_from`` is the fingerprint of the page that was confirmed (`fingerprint_of_review`), None where there is no
    page, because whoever confirms has just decided everything; raises ShownBefore for one that is not true any more.

    From here on the proposed links hold.
    """
    now = timezone.now()
    if outdated := why_outdated(run):
        raise RunRefused(outdated)
    with transaction.atomic():
        approved = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.REVIEW)
        try:
            with transaction.atomic():
                moved = approved.update(
                    state=SyncRun.State.APPROVED,
                    approved_at=now,
                    approved_by_id=by.pk if by else None,
                    approved_through=SyncRun.Trigger.PERSON if by else SyncRun.Trigger.OPERATOR,
                    attempts=0,
                    failure="",
                )
        except IntegrityError:
            moved = 0
        if not moved:
            raise RunRefused(why_over(run))
        pending = Pending(run)
        standing = Standing(run, pending.overtaken)
        if made_from is not None and made_from != fingerprint_of_review(run, pending=pending, standing=standing):
            raise ShownBefore(_("The review has changed since you opened this page. Nothing was written."))
        # As it stands before the links hold.
        overtaken, left_out = pending.overtaken, standing.left_out
        note_let_go(run, pending)
        keep_unseen(run)
        Link.objects.filter(connection=run.connection, resource=run.resource, state=Link.State.PROPOSED).update(
            state=Link.State.ACTIVE, synced_at=now
        )
        release_held(connection_id=run.connection_id, resource=run.resource, held_by=Mark.Hold.REVIEW)
        keep_asking(run)
        take_out(SyncField.objects.filter(pk__in=overtaken))
        leave_uncreated(run)
        # Whoever comes back before the writing was told not to be written all the same.
        _end_left_out(left_out, at=now)
        rows_to_write(standing).update(state=SyncRow.State.APPROVED)
        rows = SyncRow.objects.filter(run=run, state=SyncRow.State.OPEN)
        rows.filter(decision=SyncRow.Decision.SKIP).update(state=SyncRow.State.SKIPPED, ended_at=now)
    ring_apply(run.pk)


def _end_left_out(left_out: Mapping[int, str], *, at: datetime) -> None:
    rows_of: dict[str, list[int]] = {}
    for pk, reason in left_out.items():
        rows_of.setdefault(reason, []).append(pk)
    for reason, pks in rows_of.items():
        SyncRow.objects.filter(pk__in=pks).update(state=SyncRow.State.MOVED, reason=reason, ended_at=at)


def why_over(run: SyncRun) -> str:
    """Return why a run cannot be confirmed, or decided on, any more: somebody else may have been quicker."""
    now = SyncRun.objects.select_related("approved_by").filter(pk=run.pk).first()
    if now is not None and now.approved_at is not None:
        return _("This synchronisation was confirmed already, by %(name)s.") % {"name": confirmed_by(now)}
    newer = SyncRun.objects.filter(connection=run.connection_id, pk__gt=run.pk).select_related("by").last()
    if newer is not None:
        return _("A newer comparison has taken this one's place, started by %(name)s: decide and confirm there.") % {
            "name": started_by(newer)
        }
    return _("This synchronisation does not wait for decisions any more.")


def why_outdated(run: SyncRun) -> str:
    """Return why a review cannot be confirmed whatever is decided, or an empty string: it shows what does not hold."""
    if run.options.get(OUTDATED):
        return _(
            "This comparison was made before an upgrade that reads values in another way: it shows differences that"
            " are none any more. It cannot be confirmed. Compare again; your decisions are taken over where they still"
            " fit."
        )
    if run.connection.has_left_behind(run.pk):
        return _(
            "This comparison was made before “%(connection)s” was disconnected, and both systems may have changed"
            " since. It cannot be confirmed. Compare again once it is connected; your decisions are taken over where"
            " they still fit."
        ) % {"connection": run.connection.label}
    if shows_others(run):
        return _(
            "This comparison was made before it was changed who takes part in “%(connection)s”: it shows people who do"
            " not, or lacks some who do. It cannot be confirmed. Compare again; your decisions are taken over where"
            " they still fit."
        ) % {"connection": run.connection.label}
    if shows_other_values(run):
        return _(
            "This comparison was made before the settings of “%(connection)s” were changed: other values are compared"
            " now. It cannot be confirmed. Compare again; your decisions are taken over where they still fit."
        ) % {"connection": run.connection.label}
    return ""


def cancel_run(*, run: SyncRun) -> bool:
    """Stop the run: what is under way is finished and told, the rest is not written."""
    now = timezone.now()
    waiting = SyncRun.objects.filter(
        pk=run.pk, state__in=(SyncRun.State.QUEUED, SyncRun.State.COMPARING, SyncRun.State.REVIEW)
    )
    if waiting.update(state=SyncRun.State.CANCELLED, cancelled_at=now, finished_at=now):
        end_cancelled(run=run)
        return True
    at_work = SyncRun.objects.filter(pk=run.pk, state__in=SyncRun.APPLY_WAITS, cancelled_at__isnull=True)
    if at_work.update(cancelled_at=now):
        ring_apply(run.pk)
        return True
    return False
