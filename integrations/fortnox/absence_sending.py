"""Sends absences: which call is next, and what its answer means. See `absence_planning` for the path."""

from typing import Final

from django.db.models import QuerySet

from integrations.core.dispatching import Job, Outcome, is_unknown
from integrations.core.errors import (
    NotFound,
    ReauthorisationRequired,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.hub.absences import RESOURCE
from integrations.core.marks import may_go
from integrations.core.models import Delivery, Mark
from integrations.core.push.others import overtaken
from integrations.core.push.sending import NO_PAUSE, STOPPED_PAUSE, STOPPING
from integrations.core.push.steps import Step
from integrations.core.readback import about_another
from integrations.fortnox.absence_endpoint import Send
from integrations.fortnox.absence_endpoint import rows as rows_endpoint
from integrations.fortnox.absence_reading import AbsenceReader
from integrations.fortnox.absence_rules import ListedRow
from integrations.fortnox.absence_steps import DayRead, ListRead, RowStep, RowWrite, UnderWay

# So many absences are under way at a time: their people's lists are read first, then their days are written.
AT_ONCE: Final = 100
Action = Delivery.Action


class AbsenceSender(AbsenceReader):
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

    # --- Calls --------------------------------------------------------------------------------------------

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
            self._forget_row(delivery)
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
        else:
            self._forget_row(delivery)
            if under_way.mark.attempts:
                # It gets on.
                Mark.objects.filter(pk=under_way.mark.pk).update(attempts=1)
                under_way.mark.attempts = 0

    def _forget_row(self, delivery: Delivery) -> None:
        """A row that is gone is taken over by no other absence of the person."""
        employee_id = delivery.wanted["employee_id"]
        if delivery.action == Action.DELETE and employee_id in self._lists:
            left = (row for row in self._lists[employee_id] if row.row_id != delivery.right_id)
            self._lists[employee_id] = tuple(left)

    def _after(self, under_way: UnderWay) -> None:
        """A call has ended, or could not begin: once none is under way, the absence goes on, back, or waits."""
        if under_way.broken or (under_way.refused and not under_way.taking_back):
            under_way.steps.clear()
        if under_way.calls or under_way.steps:
            return
        if under_way.broken:
            self._drop(under_way)
            if not self._waits(under_way):
                self.settler.postpone(under_way.mark, pause=NO_PAUSE)
        elif under_way.refused and not under_way.taking_back:
            self._take_back(under_way)
        elif under_way.taking_back:
            self._end_refused(under_way)
        else:
            self._again(under_way)

    def _waits(self, under_way: UnderWay) -> bool:
        """Whether a failure has said already when it is tried again, or the outcome of a write is not known yet.

        The start stays counted then: a vendor over whose answers it never gets on is told in the end.
        """
        mark = under_way.mark
        if Mark.objects.filter(pk=mark.pk, due__gt=mark.due).exists():
            return True
        writes = Delivery.objects.filter(connection=self.session.connection, resource=RESOURCE, left_id=mark.left_id)
        return writes.filter(state=Delivery.State.UNKNOWN).exists()


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
