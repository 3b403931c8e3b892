"""The comparison of a run: list the right side page by page, read the left in bulk, write the plan (background)."""

import time
from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core import leases
from integrations.core.compare import Comparison, Found, finish
from integrations.core.declare import Record
from integrations.core.deliver import recover_interrupted
from integrations.core.errors import (
    Forbidden,
    LicenceMissing,
    ReauthorisationRequired,
    RightMissing,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.gone import mark_gone
from integrations.core.hub.endpoint import HubPeople
from integrations.core.models import Connection, Delivery, Link, Mark, SyncRow, SyncRun
from integrations.core.problems import cause_of, report_problem
from integrations.core.push.others import Watchers, watchers_of
from integrations.core.rights import Rights
from integrations.core.runs.carrying import carry_choices, carry_decisions, keep_choices
from integrations.core.runs.ending import end_cancelled, fail_run
from integrations.core.runs.narrowing import Narrowed, narrow, remember
from integrations.core.runs.plan import IDS_AT_ONCE, forget_plan, link_states, read_pairs, write_found
from integrations.core.runs.session import Session, open_session
from integrations.core.runs.solving import solve_in_step
from integrations.core.work.ringing import ring_after_pause, ring_compare

# A comparison is not taken up in the middle: it may last longer than other tasks, below the queue's time-out.
COMPARE_SECONDS: Final = 500.0
# So many people whom a list without a total lacks are asked for: one who is there shows that it was not complete.
ASKED_BY_NAME: Final = 25
# What others look for in the list may take so long beside it.
WATCH_SECONDS: Final = 60.0


def compare_run(*, run_id: int) -> None:
    """Compare, if the run waits for it and nobody else is at it; the plan then waits in *review*.

    Interrupted at any point, it starts anew the next time: nothing that it writes is seen before it is complete.
    """
    run = SyncRun.objects.select_related("connection__company").filter(pk=run_id).first()
    if run is None or run.state not in SyncRun.COMPARE_WAITS:
        return
    held = leases.claim(name=f"run:{run.connection_id}")
    if held is None:
        return
    try:
        SyncRun.objects.filter(pk=run_id, state=SyncRun.State.QUEUED).update(state=SyncRun.State.COMPARING)
        run.refresh_from_db(fields=["state", "cancelled_at"])
        if run.state == SyncRun.State.COMPARING:
            _compare(run, held)
    except leases.LeaseLost:
        return
    finally:
        held.release()


def _compare(run: SyncRun, held: leases.Held) -> None:
    session = open_session(run=run, held=held, deadline=time.monotonic() + COMPARE_SECONDS)
    started, marks = timezone.now(), _marks(run)
    # We hold the lease: whatever is still being sent was left by somebody who died.
    recover_interrupted(connection=session.connection, resource=session.resource)
    try:
        # Before everybody in the hub is read.
        session.calls.require_no_pause()
        watchers = watchers_of(run, session.calls.connector)
        comparison, complete, narrowed = _list_and_compare(session, watchers)
        watchers.finish(held=held, deadline=min(session.deadline, time.monotonic() + WATCH_SECONDS))
    except TemporarilyUnavailable as error:
        # Stays comparing, and is rung for again.
        SyncRun.objects.filter(pk=run.pk).update(
            error=_("Waiting for the other system: %(message)s") % {"message": error.message}
        )
        ring_after_pause(run.connection_id, partial(ring_compare, run.pk))
        return
    except (ReauthorisationRequired, LicenceMissing, RightMissing, VendorError) as error:
        fail_run(run=run, error=error.message)
        return
    with transaction.atomic():
        held.check()
        _complete(run, comparison, session.left, complete=complete, narrowed=narrowed, started=started, marks=marks)


def _list_and_compare(session: Session, watchers: Watchers) -> tuple[Comparison, bool, Narrowed | None]:
    comparison = _begin(session)
    narrowed = narrow(session=session, comparison=comparison)
    complete = False

    def start_again() -> None:
        nonlocal comparison
        if len(comparison.right):
            comparison = _begin(session)
        watchers.restart()

    since = narrowed.since if narrowed else None
    for records, verdict in session.right_pages(on_start=start_again, changed_since=since):
        if verdict is not None:
            complete = verdict
            continue
        comparison.take(records)
        watchers.see(records)
        if comparison.full:
            _write(session, comparison, comparison.drain())
    complete = _look_further(session, comparison, narrowed=narrowed, complete=complete)
    for found in finish(comparison, complete=complete, narrowed=narrowed is not None):
        session.held.check()
        _write(session, comparison, found)
    return comparison, complete, narrowed


def _look_further(session: Session, comparison: Comparison, *, narrowed: Narrowed | None, complete: bool) -> bool:
    """Ask for people by name where the list does not say enough; returns whether it shows who is missing."""
    if narrowed:
        read = (_read_again(session, right_id) for right_id in narrowed.again)
        for record in filter(None, read):
            comparison.take((record,))
        return complete
    return complete and (session.resource.lists_total or not _is_still_there(session, comparison))


def _is_still_there(session: Session, comparison: Comparison) -> bool:
    """Whether somebody is missing from the list whom the vendor has: it gives no total, so some are asked for by name.

    Who was gone before and who is disconnected says nothing new.
    """
    links = Link.objects.filter(
        connection=session.connection, resource=session.resource.name, state=Link.State.ACTIVE, gone_at=None
    )
    listed = frozenset(comparison.right.ids[place] for place in range(len(comparison.right)))
    known = links.order_by("pk").values_list("right_id", flat=True)
    missing = [right_id for right_id in known if right_id not in listed]
    return any(_is_there(session, right_id) for right_id in missing[:ASKED_BY_NAME])


def _is_there(session: Session, right_id: str) -> bool:
    try:
        return session.read_right(right_id) is not None
    except Forbidden:
        # Whoever may not be seen is not gone.
        return True


def _read_again(session: Session, right_id: str) -> Record | None:
    """Return the record, or None where it is gone, or where a right of this one is missing: that is told (G-41)."""
    try:
        return session.read_right(right_id)
    except Forbidden as error:
        link = Link.objects.filter(
            connection=session.connection, resource=session.resource.name, right_id=right_id, state=Link.State.ACTIVE
        ).first()
        left = session.left.read_one(link.left_id) if link is not None else None
        rights = Rights(connection=session.connection, resource=session.resource.name)
        meant = rights.meaning(error, left_id=left.id if left else "", about=right_id, kind="Reading")
        if isinstance(meant, RightMissing):
            raise meant from error
        if left is not None:
            report_problem(
                connection=session.connection,
                resource=session.resource.name,
                left_id=left.id,
                right_id=right_id,
                label=left.label,
                action=Delivery.Action.UPDATE,
                message=error.message,
                cause=cause_of(error),
            )
        return None


def _begin(session: Session) -> Comparison:
    keep_choices(session)
    forget_plan(run=session.run)
    comparison = Comparison(
        session.resource,
        read_left=session.left.read,
        read_pairs=read_pairs,
        include_ended=bool(session.run.options.get("include_ended")),
    )
    comparison.add_links(link_states(connection=session.connection, resource=session.resource))
    comparison.add_left(session.left.scan())
    return comparison


def _write(session: Session, comparison: Comparison, found: Found) -> None:
    # Reading may have taken long: whoever took the lease over meanwhile writes a plan of their own.
    session.held.check()
    write_found(run=session.run, resource=session.resource, comparison=comparison, found=found)


def _complete(
    run: SyncRun,
    comparison: Comparison,
    people: HubPeople,
    *,
    complete: bool,
    narrowed: Narrowed | None,
    started: datetime,
    marks: dict[int, int],
) -> None:
    counts = comparison.counts()
    moved = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.COMPARING).update(
        state=SyncRun.State.REVIEW,
        counts={
            "left": counts.left,
            "right": counts.right,
            "equal": counts.equal,
            "rows": counts.rows,
            "left_out": counts.left_out,
            "complete": complete,
            **remember(run=run, narrowed=narrowed),
        },
        compared_at=timezone.now(),
        attempts=0,
        error="" if complete else _("The other system's list did not add up: people on one side only are not shown."),
    )
    if not moved:
        # Cancelled while it was compared: what was written since must not stay either.
        end_cancelled(run=run)
        return
    carry_decisions(run=run)
    carry_choices(run=run)
    Connection.objects.filter(pk=run.connection_id, state=Connection.State.AUTHORISED).update(
        state=Connection.State.REVIEWING
    )
    right_ids = comparison.right.ids
    listed = (right_ids[place] for place in range(len(right_ids)))
    mark_gone(run=run, listed=listed, complete=complete and narrowed is None)
    if narrowed is None:
        _close_leftovers(run, started)
    compared = None if narrowed is None else comparison.paired()
    _drop_marks_in_step(run, marks, compared=compared)
    solve_in_step(run=run, people=people, compared=compared)


def _close_leftovers(run: SyncRun, started: datetime) -> None:
    """What earlier, ended runs left unknown and has settled before the listing is shown by it: nothing is open."""
    left_over = Delivery.objects.filter(
        connection=run.connection,
        resource=run.resource,
        state=Delivery.State.UNKNOWN,
        settle_until__lt=started,
        # A job that the vendor may still do shows nothing in a list yet.
        job_address="",
        row__run__state__in=SyncRun.ENDED,
    )
    SyncRow.objects.filter(deliveries__in=left_over, state=SyncRow.State.UNKNOWN).update(
        state=SyncRow.State.HELD, reason=_("The outcome was not known; the comparison after it shows how both stand.")
    )
    left_over.update(state=Delivery.State.VOID, ended_at=timezone.now())


def _marks(run: SyncRun) -> dict[int, int]:
    """Return the versions of the marks that stand before the left side is read."""
    marks = Mark.objects.filter(connection=run.connection, resource=run.resource)
    return dict(marks.values_list("pk", "version"))


def _drop_marks_in_step(run: SyncRun, before: dict[int, int], *, compared: Collection[str] | None) -> None:
    """Drop the marks of people who were found in step: their changes, if any, are on both sides already.

    ``compared`` are the hub's people who were looked at, None if all were. A mark that was raised since the left side
    was read stays, whatever its time says.
    """
    linked = Link.objects.filter(connection=run.connection, resource=run.resource, state=Link.State.ACTIVE)
    waiting = SyncRow.objects.filter(run=run).exclude(left_id="").values("left_id")
    marks = Mark.objects.filter(
        connection=run.connection, resource=run.resource, left_id__in=linked.values("left_id")
    ).exclude(left_id__in=waiting)
    settled = [
        pk
        for pk, version, left_id in marks.values_list("pk", "version", "left_id")
        if before.get(pk) == version and (compared is None or left_id in compared)
    ]
    for start in range(0, len(settled), IDS_AT_ONCE):
        Mark.objects.filter(pk__in=settled[start : start + IDS_AT_ONCE]).delete()
