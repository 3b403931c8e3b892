"""Reads what absences need at Fortnox: a person's rows and hours, and what became of lost writes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from integrations.core.dispatching import Job, Outcome, is_unknown, pause_after
from integrations.core.errors import Forbidden, TemporarilyUnavailable, VendorError
from integrations.core.hub.absences import RESOURCE
from integrations.core.hub.tracking import RESOURCE as PEOPLE
from integrations.core.models import Delivery, Link, Mark
from integrations.core.problems import Became, cause_of
from integrations.core.push.sending import STOPPED_PAUSE
from integrations.core.push.steps import Read, Step
from integrations.fortnox.absence_endpoint import rows as rows_endpoint
from integrations.fortnox.absence_lookups import resolve
from integrations.fortnox.absence_mappers import ScheduleDay
from integrations.fortnox.absence_plans import AbsencePlans
from integrations.fortnox.absence_rules import ListedRow
from integrations.fortnox.absence_steps import DayRead, ListRead, UnderWay
from integrations.fortnox.absence_telling import CHECK
from integrations.fortnox.absence_types import remember_causes

# A listing that does not add up is fetched again so many times in all.
LISTINGS: Final = 3


class AbsenceReader(AbsencePlans):
    """Prepares and settles the readings of a connection's absences; all of it in the dispatcher's thread."""

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

    def _due_lookups(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(
            connection=self.session.connection,
            resource=RESOURCE,
            mark_version__isnull=False,
            state=Delivery.State.UNKNOWN,
            settle_until__lte=timezone.now(),
        ).exclude(pk__in=self._looking)

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
            became = "" if waited else Became.UNKNOWN
            for found in waited or _whose_outcome_waits(step):
                self.settler.report(
                    found,
                    action=Delivery.Action.UPDATE,
                    message=known.message,
                    cause=cause_of(known),
                    right_id=step.link.right_id if isinstance(known, Forbidden) else "",
                    became=became,
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
