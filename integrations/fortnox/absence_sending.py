"""Sends absences: which call is next, and what its answer means. See `absence_planning` for the path."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from integrations.core.dispatching import Job, Outcome, is_unknown, pause_after
from integrations.core.errors import (
    Forbidden,
    NotFound,
    ReauthorisationRequired,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.hub.absences import RESOURCE
from integrations.core.hub.tracking import RESOURCE as PEOPLE
from integrations.core.marks import may_go
from integrations.core.models import Delivery, Link, Mark
from integrations.core.problems import cause_of
from integrations.core.push.others import overtaken
from integrations.core.push.sending import NO_PAUSE, STOPPED_PAUSE, STOPPING
from integrations.core.push.steps import Read, Step
from integrations.core.readback import about_another
from integrations.fortnox.absence_endpoint import Send
from integrations.fortnox.absence_endpoint import rows as rows_endpoint
from integrations.fortnox.absence_lookups import resolve
from integrations.fortnox.absence_mappers import ScheduleDay
from integrations.fortnox.absence_plans import AbsencePlans
from integrations.fortnox.absence_rules import ListedRow
from integrations.fortnox.absence_steps import DayRead, ListRead, RowStep, RowWrite, UnderWay
from integrations.fortnox.absence_telling import CHECK
from integrations.fortnox.absence_types import remember_causes

# So many absences are under way at a time: their people's lists are read first, then their days are written.
AT_ONCE: Final = 100
# A listing that does not add up is fetched again so many times in all.
LISTINGS: Final = 3
Action = Delivery.Action


class AbsenceSender(AbsencePlans):
    """Prepares and settles the calls of a connection's absences; all of it in the dispatcher's thread."""

    def stopped(self) -> bool:
        connection_id = self.session.connection.pk
        return self.failures.stopped() or overtaken(connection_id=connection_id, resource=RESOURCE)

    def close(self) -> None:
        """What was begun and not ended goes on in the next task."""
        try:
            self.failures.raise_stop()
        except ReauthorisationRequired:
            pause = NO_PAUSE
            raise
        except VendorError:
            pause = STOPPED_PAUSE
            raise
        else:
            pause = NO_PAUSE
        finally:
            for each in self._under_way:
                self.settler.postpone(each.mark, pause=pause)

    # --- What is next -------------------------------------------------------------------------------------

    def has_job(self) -> bool:
        return bool(self._pages or self._ready()) or self._due_lookups().exists() or self._new_marks().exists()

    def next_job(self) -> Job[Step] | None:
        if self._pages:
            return self._list_job(self._pages.pop(0))
        unknown = self._next_lookup()
        if unknown is not None:
            return unknown
        for found in self._new_marks().order_by("priority", "due", "pk")[:AT_ONCE]:
            self._begin(found)
        while ready := self._ready():
            # A person's own change before many people's; readings before writes, so that writes follow each other.
            first = min(ready, key=lambda each: (each.mark.priority, not each.may_read))
            job = self._read_job(first) if first.may_read else self._write_job(first)
            if job is not None:
                return job
        return None

    def _ready(self) -> list[UnderWay]:
        reading = {each.employee_id for each in self._under_way if each.reading}
        return [
            each
            for each in self._under_way
            # One reading of a person at a time is enough for all that wait for it.
            if each.may_write
            or (each.may_read and each.employee_id not in (self._listing if each.needs == (None,) else reading))
        ]

    def _new_marks(self) -> QuerySet[Mark]:
        marks = may_go().filter(connection=self.session.connection, resource=RESOURCE)
        if not self.session.bulk or len(self._under_way) >= AT_ONCE:
            marks = marks.filter(priority=Mark.Priority.INTERACTIVE)
        return marks.exclude(pk__in=[each.mark.pk for each in self._under_way])

    def _due_lookups(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(
            connection=self.session.connection,
            resource=RESOURCE,
            mark_version__isnull=False,
            state=Delivery.State.UNKNOWN,
            settle_until__lte=timezone.now(),
        ).exclude(pk__in=self._looking)

    # --- Calls --------------------------------------------------------------------------------------------

    def _read_job(self, under_way: UnderWay) -> Job[Step] | None:
        (needed,), person = under_way.needs, under_way.person
        if person is None:
            raise TypeError("Only a linked person is read.")
        if needed is None:
            return self._list_job(ListRead(mark=under_way.mark, link=person))
        under_way.reading = True
        employee_id, day = person.right_id, needed
        return Job(
            DayRead(mark=under_way.mark, link=person, day=day),
            lambda endpoint: rows_endpoint(endpoint).read_schedule_day(employee_id, day=day),
        )

    def _list_job(self, read: ListRead) -> Job[Step]:
        employee_id, page = read.link.right_id, read.page
        self._listing.add(employee_id)
        return Job(read, lambda endpoint: rows_endpoint(endpoint).list_rows(employee_id, page=page))

    def _write_job(self, under_way: UnderWay) -> Job[Step] | None:
        step = under_way.steps.popleft()
        delivery = self.settler.write(under_way, step)
        if delivery is None:
            # Changed meanwhile: what is under way of it ends first, and then it is planned anew.
            under_way.broken = True
            self._after(under_way)
            return None
        under_way.calls += 1
        under_way.doing = step.action
        employee_id = delivery.wanted["employee_id"]
        return Job(RowWrite(under_way.mark, delivery, under_way), _call(step, employee_id))

    def _next_lookup(self) -> Job[Step] | None:
        """List the rows of somebody with writes whose answer never came, which have settled by now (invariant 2)."""
        first = self._due_lookups().order_by("pk").first()
        if first is None:
            return None
        employee_id = first.wanted["employee_id"]
        due = tuple(each for each in self._due_lookups() if each.wanted["employee_id"] == employee_id)
        links = Link.objects.filter(connection=self.session.connection, resource=PEOPLE, right_id=employee_id)
        person = links.filter(state=Link.State.ACTIVE).first()
        if person is None:
            # Disconnected meanwhile: no call is made for the person.
            for delivery in due:
                self.settler.not_done(delivery, None, counts=False)
            return None
        self._looking |= {each.pk for each in due}
        return self._list_job(ListRead(mark=None, link=person, unknown_rows=due))

    # --- Answers ------------------------------------------------------------------------------------------

    def settle(self, outcome: Outcome[Step]) -> None:
        step = outcome.job.subject
        if isinstance(step, RowWrite):
            self._settle_write(step, outcome)
        elif outcome.record is None:
            self._read_failed(step, outcome)
        elif isinstance(step, ListRead):
            self.failures.served(outcome)
            options = outcome.record.options
            self._listed(step, outcome.record.values, total=options["total"], next_page=options["next_page"])
        elif isinstance(step, DayRead):
            self.failures.served(outcome)
            self._day_read(step, outcome.record.values[0])

    def _settle_write(self, step: RowWrite, outcome: Outcome[Step]) -> None:
        under_way, delivery, error = step.under_way, step.delivery, outcome.error
        under_way.calls -= 1
        if outcome.record is not None:
            self.failures.served(outcome)
            self._settle_row(under_way, delivery, next(iter(outcome.record.values), None))
        elif isinstance(error, NotFound) and delivery.action == Action.DELETE:
            self.settler.settle_row(delivery, None)
        elif isinstance(error, NotFound) and delivery.action == Action.UPDATE:
            self.settler.lost_row(delivery, error)
            under_way.broken = True
        elif self.failures.stops(outcome):
            under_way.broken = True
        else:
            self.failures.write_failed(delivery, error)
            under_way.refused = under_way.refused or _is_refusal(error)
            under_way.broken = under_way.broken or not _is_refusal(error)
            # What the list said before is not what stands there now.
            self._lists.pop(delivery.wanted["employee_id"], None)
            self.settler.forget_look(under_way.mark)
        self._after(under_way)

    def _settle_row(self, under_way: UnderWay, delivery: Delivery, row: ListedRow | None) -> None:
        if row is not None and not self.settler.is_about(delivery, row):
            self.failures.write_failed(delivery, about_another())
            under_way.broken = True
        elif not self.settler.settle_row(delivery, row):
            under_way.refused = True
            self._lists.pop(delivery.wanted["employee_id"], None)

    def _after(self, under_way: UnderWay) -> None:
        """A call has ended, or could not begin: once none is under way, the absence goes on, back, or waits."""
        if under_way.broken or (under_way.refused and not under_way.taking_back):
            under_way.steps.clear()
        if under_way.calls or under_way.steps:
            return
        if under_way.broken:
            # Waits by its mark, or by a write whose outcome is not known yet.
            self._drop(under_way)
            if not self._is_postponed(under_way):
                self.settler.postpone(under_way.mark, pause=NO_PAUSE)
        elif under_way.refused and not under_way.taking_back:
            self._take_back(under_way)
        elif under_way.taking_back:
            self._end_refused(under_way)
        else:
            self._again(under_way)

    def _is_postponed(self, under_way: UnderWay) -> bool:
        """Whether a failure has said already when the absence is tried again."""
        return Mark.objects.filter(pk=under_way.mark.pk, due__gt=under_way.mark.due).exists()

    def _listed(self, step: ListRead, values: Iterable[ListedRow], *, total: int, next_page: int | None) -> None:
        rows = (*step.rows, *values)
        employee_id = step.link.right_id
        totals = step.totals | {total}
        ids = {row.row_id for row in rows}
        # A page that brings nothing new is no reason to read on, whatever it says.
        goes_on = next_page is not None and next_page > step.page and len(ids) > len({row.row_id for row in step.rows})
        if goes_on and next_page is not None:
            self._pages.append(replace(step, page=next_page, rows=rows, totals=totals))
        elif totals == {len(ids)}:
            self._listing.discard(employee_id)
            self._lists[employee_id] = rows
            remember_causes(connection=self.session.connection, codes={row.cause for row in rows})
            self._looking -= {each.pk for each in step.unknown_rows}
            resolve(self.settler, step.unknown_rows, rows, linked=self._linked(rows))
            self._list_is_there(employee_id)
        elif step.tries < LISTINGS:
            self._pages.append(replace(step, page=1, rows=(), totals=frozenset(), tries=step.tries + 1))
        else:
            self._list_failed(step, TemporarilyUnavailable("Fortnox's list of absences does not add up."))

    def _list_is_there(self, employee_id: str) -> None:
        for each in list(self._under_way):
            if each.needs == (None,) and each.person is not None and each.person.right_id == employee_id:
                mode = each.mark.wanted.get(CHECK)
                if mode and each.subject is not None and not each.checked:
                    self.settler.reconcile(each.subject, self._lists[employee_id], mode=mode)
                each.checked = True
                self._again(each)

    def _day_read(self, step: DayRead, read: ScheduleDay) -> None:
        self.book.keep(employee_id=step.link.right_id, read=read._replace(day=step.day))
        for each in list(self._under_way):
            if step.mark is not None and each.mark.pk == step.mark.pk:
                each.reading = False
                self._plan(each)
            elif each.employee_id == step.link.right_id and each.may_read and each.needs != (None,):
                # Perhaps this is what it waits for, too.
                self._plan(each)

    def _read_failed(self, step: Step, outcome: Outcome[Step]) -> None:
        if not isinstance(step, Read):
            raise TypeError("Only readings are settled here.")
        if self.failures.stops(outcome):
            self._list_over(step, pause=STOPPED_PAUSE)
        else:
            self._list_failed(step, outcome.error)

    def _list_failed(self, step: Read, error: Exception | None) -> None:
        known = error if isinstance(error, VendorError) else TemporarilyUnavailable(type(error).__name__)
        if isinstance(known, TemporarilyUnavailable) or is_unknown(known):
            counts = self.failures.blames_record(error) or not isinstance(error, VendorError)
            pause = timedelta(seconds=pause_after(calls=self.session.calls, error=known))
            for each in self._list_over(step, pause=pause):
                self.settler.postpone(each.mark, counts=counts, pause=pause)
        else:
            waited = [each.mark for each in self._list_over(step, pause=STOPPED_PAUSE)]
            for found in waited or _whose_outcome_waits(step):
                self.settler.report(
                    found,
                    action=Action.UPDATE,
                    message=known.message,
                    cause=cause_of(known),
                    wanted={},
                    right_id=step.link.right_id if isinstance(known, Forbidden) else "",
                )
            for found in waited:
                self.settler.hold(found, Mark.Hold.PROBLEM)

    def _list_over(self, step: Read, *, pause: timedelta) -> list[UnderWay]:
        """Return the absences that waited for the reading, which are under way no more."""
        employee_id = step.link.right_id
        if isinstance(step, ListRead):
            self._listing.discard(employee_id)
            unknown = [each.pk for each in step.unknown_rows]
            self._looking -= set(unknown)
            Delivery.objects.filter(pk__in=unknown, state=Delivery.State.UNKNOWN).update(
                settle_until=timezone.now() + pause
            )
        waited = [each for each in self._under_way if self._waits_for(each, step)]
        for each in waited:
            self._drop(each)
        return waited

    def _waits_for(self, each: UnderWay, step: Read) -> bool:
        if isinstance(step, DayRead):
            return step.mark is not None and each.mark.pk == step.mark.pk
        same = each.person is not None and each.person.right_id == step.link.right_id
        return same and each.needs == (None,)


def _whose_outcome_waits(step: Read) -> list[Mark]:
    """Return whose writes of unknown outcome the list was read for: what keeps them from ending is told."""
    unknown = step.unknown_rows if isinstance(step, ListRead) else ()
    return [Mark(left_id=left_id) for left_id in sorted({each.left_id for each in unknown})]


def _is_refusal(error: Exception | None) -> bool:
    temporary = isinstance(error, (TemporarilyUnavailable, *STOPPING))
    return isinstance(error, VendorError) and not temporary and not is_unknown(error)


def _call(step: RowStep, employee_id: str) -> Send:
    row, row_id = step.row, step.row_id
    if step.action == Action.CREATE:
        beside = step.beside
        return lambda endpoint: rows_endpoint(endpoint).create_row(row, employee_id=employee_id, beside=beside)
    if step.action == Action.UPDATE:
        return lambda endpoint: rows_endpoint(endpoint).update_row(row_id, row, employee_id=employee_id)
    return lambda endpoint: rows_endpoint(endpoint).delete_row(row_id)
