"""The comparison of a run: list the right side page by page, read the left in bulk, write the plan (background)."""

import time
from collections.abc import Collection
from datetime import date, datetime
from functools import partial
from typing import Final, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.foreign_text import quoting
from employees.zones import zone_of
from integrations.core import leases
from integrations.core.compare import Asked, Comparison, Found, finish
from integrations.core.deliver import recover_interrupted
from integrations.core.errors import (
    LicenceMissing,
    ListDoesNotEnd,
    ReauthorisationRequired,
    Refused,
    RightMissing,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.gone import mark_gone
from integrations.core.hub.endpoint import HubPeople
from integrations.core.models import Connection, Delivery, Link, Mark, SyncRow, SyncRun
from integrations.core.push.others import Watchers, watchers_of
from integrations.core.runs.carrying import carry_choices, carry_decisions, keep_choices
from integrations.core.runs.collecting import old_objects_left_alone
from integrations.core.runs.ending import end_cancelled, end_in_step, fail_run
from integrations.core.runs.missing import ask_for, missing_from, read_again
from integrations.core.runs.narrowing import Narrowed, narrow, remember
from integrations.core.runs.plan import IDS_AT_ONCE, forget_plan, link_states, read_pairs, write_found
from integrations.core.runs.session import Session, open_session
from integrations.core.runs.solving import release_readable, solve_in_step
from integrations.core.work.ringing import ring_after_pause, ring_compare

# A comparison is not taken up in the middle: it may last longer than other tasks, below the queue's time-out.
COMPARE_SECONDS: Final = 500.0
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
            # What asks for today while comparing, asks for the company's.
            with timezone.override(zone_of(run)):
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
        with old_objects_left_alone():
            compared = _list_and_compare(session, watchers)
        watchers.finish(held=held, deadline=min(session.deadline, time.monotonic() + WATCH_SECONDS))
    except ListDoesNotEnd as error:
        # It would not end the next time either.
        fail_run(run=run, error=error.message)
        return
    except TemporarilyUnavailable as error:
        # Stays comparing, and is rung for again.
        SyncRun.objects.filter(pk=run.pk).update(
            error=quoting(_("Waiting for the other system: %(message)s"), message=error.message)
        )
        ring_after_pause(run.connection_id, partial(ring_compare, run.pk))
        return
    except (ReauthorisationRequired, LicenceMissing, RightMissing, VendorError) as error:
        fail_run(run=run, error=error.message)
        return
    with transaction.atomic():
        held.check()
        _complete(run, compared, session.left, started=started, marks=marks)


class _Compared(NamedTuple):
    """What was compared: whether everybody on one side only is shown, and what was asked of whom the list lacks."""

    comparison: Comparison
    complete: bool
    narrowed: Narrowed | None
    asked: Asked


def _list_and_compare(session: Session, watchers: Watchers) -> _Compared:
    listing = _Listing(session, watchers)
    narrowed = narrow(session=session, comparison=listing.comparison)
    try:
        complete = listing.take(since=narrowed.since if narrowed else None)
    except Refused:
        if narrowed is None:
            raise
        # The vendor does not list what changed since that day: the whole list shows it as well.
        narrowed, complete = None, listing.take(since=None)
    comparison = listing.comparison
    if narrowed:
        for record in filter(None, (read_again(session, right_id) for right_id in narrowed.again)):
            comparison.take((record,))
        asked = Asked()
    else:
        complete, asked = _look_for_missing(session, comparison, complete=complete)
    for found in finish(comparison, complete=complete, narrowed=narrowed is not None, asked=asked):
        session.held.check()
        _write(session, comparison, found)
    return _Compared(comparison, complete, narrowed, asked)


class _Listing:
    """Compares what the vendor lists, from its beginning each time the list is fetched."""

    def __init__(self, session: Session, watchers: Watchers) -> None:
        self._session = session
        self._watchers = watchers
        self.comparison = _begin(session)

    def take(self, *, since: date | None) -> bool:
        """Compare the whole list, or what changed since a day; returns whether the list adds up."""
        complete = False
        for records, verdict in self._session.right_pages(on_start=self._start_again, changed_since=since):
            if verdict is not None:
                complete = verdict
                continue
            self.comparison.take(records)
            self._watchers.see(records)
            if self.comparison.full:
                _write(self._session, self.comparison, self.comparison.drain())
        return complete

    def _start_again(self) -> None:
        if len(self.comparison.right):
            self.comparison = _begin(self._session)
        self._watchers.restart()


def _look_for_missing(session: Session, comparison: Comparison, *, complete: bool) -> tuple[bool, Asked]:
    """Ask for the linked people whom the list lacks; returns whether it shows who is on one side only, and the answers.

    A list that lacks somebody who is there may lack others: it moved in a way that its total does not tell.
    """
    if not complete:
        return False, Asked()
    answers = ask_for(session, missing_from(session, comparison.listed()))
    for record in answers.there:
        comparison.take((record,))
    return not answers.there and not answers.asked.not_asked, answers.asked


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
    compared: _Compared,
    people: HubPeople,
    *,
    started: datetime,
    marks: dict[int, int],
) -> None:
    comparison, complete, narrowed, asked = compared
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
            **({"not_listed": len(asked.not_asked)} if asked.not_asked else {}),
            **remember(run=run, narrowed=narrowed),
        },
        compared_at=timezone.now(),
        attempts=0,
        failure="",
        error=_told_of_the_list(compared),
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
    listed = comparison.listed()
    mark_gone(run=run, listed=listed, denied=asked.denied)
    unreadable = {comparison.right.ids[place] for place in comparison.unreadable}
    release_readable(run=run, readable=listed - unreadable)
    if narrowed is None:
        _close_leftovers(run, started)
    looked_at = None if narrowed is None else comparison.paired()
    _drop_marks_in_step(run, marks, compared=looked_at)
    solve_in_step(run=run, people=people, compared=looked_at)
    end_in_step(run=run)


def _told_of_the_list(compared: _Compared) -> str:
    """Return what is to be told of a list that does not show who is on one side only."""
    if compared.complete:
        return ""
    if missing := len(compared.asked.not_asked):
        return _(
            "The other system's list lacks people who are linked: %(count)d. Nobody is taken for gone before it was"
            " asked for each of them by name, and people on one side only are not shown until then."
        ) % {"count": missing}
    return _("The other system's list did not add up: people on one side only are not shown.")


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
