"""What sending the existing absences would do, read at Fortnox in the background and kept for the page (FX-18).

The path: `start_look` writes down what to look at and rings; `look_at_existing` decides by the rules alone who is left
out, then reads each person's rows at Fortnox, one listing per person, and writes down what would become of that
person's absences. Interrupted at any point it goes on with the people who are not read yet.
"""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from employees.foreign_text import quoting
from integrations.core import leases
from integrations.core.calls import VendorCalls, connector_of
from integrations.core.declare import Record
from integrations.core.endpoints import VendorEndpoint
from integrations.core.errors import (
    OutcomeUnknown,
    ReauthorisationRequired,
    Refused,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.health import background_service
from integrations.core.hub.absences import left_id_of
from integrations.core.models import Connection, Link
from integrations.core.work.ringing import ring as ring_task
from integrations.core.work.ringing import ring_after_pause
from integrations.core.work.starts import PASSING
from integrations.fortnox.absence_endpoint import ABSENCES, rows
from integrations.fortnox.absence_existing import existing_absences
from integrations.fortnox.absence_foreseeing import foresee, wishes_of
from integrations.fortnox.absence_planning import DAYS, GONE, Planner, version_of
from integrations.fortnox.absence_rules import ListedRow, WantedRow
from integrations.fortnox.absence_typed import Finding, look_among
from integrations.fortnox.models import ExistingAbsence, ExistingLook

TASK: Final = "integrations.fortnox.tasks.look_at_existing"
State = ExistingLook.State
Outcome = ExistingAbsence.Outcome
AT_ONCE: Final = 500
# So many starts may be lost in a row, without progress in between, before it is given up.
MAX_STARTS: Final = 5
RING_SECONDS: Final = 5
# A person who was begun with is read to the end, beyond the task's own time.
READ_SECONDS: Final = 10.0


# --- Started, and rung for ----------------------------------------------------------------------------------


def start_look(*, connection: Connection, since: date, by: Any) -> ExistingLook:
    """Look anew; what the look before had found is forgotten."""
    try:
        with transaction.atomic():
            ExistingLook.objects.filter(connection_id=connection.pk).delete()
            look = ExistingLook.objects.create(connection_id=connection.pk, since=since, by=by)
            ring(look.pk)
    except IntegrityError:
        # Somebody else pressed at the same moment: one look is enough.
        return ExistingLook.objects.get(connection_id=connection.pk)
    return look


def ring(look_id: int) -> None:
    """Have it worked on, once the caller's transaction is committed."""
    transaction.on_commit(lambda: async_task(TASK, look_id, cluster=settings.BULK_QUEUE, save=False), robust=True)


def _ring_at(look_id: int, *, at: datetime) -> None:
    ring_task(TASK, look_id, queue=settings.BULK_QUEUE, at=at)


def ring_waiting(connection: Connection) -> None:
    """Ring for a look that nobody works on: asked by the minute's round."""
    waiting = ExistingLook.objects.filter(connection_id=connection.pk, state__in=ExistingLook.AT_WORK)
    for pk in waiting.values_list("pk", flat=True):
        if not leases.is_taken(name=_lease(connection.pk)):
            ring(pk)


def ring_if_watched(look: ExistingLook) -> None:
    """Ring for a look at work that somebody watches, at most every RING_SECONDS."""
    if not background_service().running or leases.is_taken(name=_lease(look.connection_id)):
        return
    if cache.add(f"existing-rung:{look.pk}", value=True, timeout=RING_SECONDS):
        ring(look.pk)


def _lease(connection_id: int) -> str:
    return f"existing:{connection_id}"


# --- The work -----------------------------------------------------------------------------------------------


def look_at_existing(*, look_id: int) -> None:
    """Go on with a look for about TASK_SECONDS, if it waits and nobody else is at it; rings again for the rest."""
    look = ExistingLook.objects.select_related("connection").filter(pk=look_id, state__in=ExistingLook.AT_WORK).first()
    if look is None:
        return
    held = leases.claim(name=_lease(look.connection_id))
    if held is None:
        return
    try:
        in_time = _work(look, held)
    except leases.LeaseLost:
        return
    finally:
        held.release()
    if not in_time:
        ring(look_id)
    elif not ExistingLook.objects.filter(pk=look_id).exists():
        # Begun anew meanwhile: the new one's ring found us at work.
        ring_waiting(look.connection)


def _work(look: ExistingLook, held: leases.Held) -> bool:
    """Return False where there is more to do at once."""
    if look.attempts >= MAX_STARTS:
        _fail(look, _("Given up: the background service was stopped several times while it read. Look again."))
        return True
    ExistingLook.objects.filter(pk=look.pk).update(attempts=F("attempts") + 1)
    if look.connection.state != Connection.State.ACTIVE:
        _fail(look, _("The connection is not active any more."))
        return True
    try:
        return _Looker(look, held).work()
    except TemporarilyUnavailable as error:
        text = quoting(_("Waiting for Fortnox: %(message)s"), message=error.message)
        ExistingLook.objects.filter(pk=look.pk).update(error=text, attempts=0)
        ring_after_pause(look.connection_id, partial(_ring_at, look.pk))
    except VendorError as error:
        _fail(look, error.message)
    except (*PASSING, leases.LeaseLost):
        raise
    except Exception as error:
        # It would come again: it is no worker that was stopped.
        _fail(
            look, _("Ended by an error of this program (%(name)s). Tell the operator.") % {"name": type(error).__name__}
        )
        raise
    return True


def _fail(look: ExistingLook, error: str) -> None:
    ExistingLook.objects.filter(pk=look.pk, state__in=ExistingLook.AT_WORK).update(
        state=State.FAILED, error=error, read_at=timezone.now()
    )


class _Looker:
    def __init__(self, look: ExistingLook, held: leases.Held) -> None:
        self.look = look
        self.held = held
        self.connection = look.connection
        self.planner = Planner(look.connection)
        self.calls = VendorCalls(
            connection=look.connection, connector=connector_of(look.connection), resource=ABSENCES, held=held
        )
        self.deadline = time.monotonic() + settings.TASK_SECONDS
        self.absences = ExistingAbsence.objects.filter(look=look)

    def work(self) -> bool:
        if self.look.state == State.WAITING:
            self._plan_all()
        for employee_id in self._unread():
            if time.monotonic() >= self.deadline:
                return False
            self.held.check()
            if not ExistingLook.objects.filter(pk=self.look.pk).exists():
                return True
            self._read_person(employee_id)
        ExistingLook.objects.filter(pk=self.look.pk, state=State.READING).update(
            state=State.READY, error="", attempts=0, read_at=timezone.now()
        )
        return True

    def _unread(self) -> list[str]:
        unread = self.absences.filter(outcome=Outcome.UNREAD).order_by("employee_id")
        return list(unread.values_list("employee_id", flat=True).distinct())

    # --- By the rules alone ---------------------------------------------------------------------------------

    def _plan_all(self) -> None:
        pks = existing_absences(connection=self.connection, since=self.look.since)
        with transaction.atomic():
            self.held.check()
            self.absences.delete()
            if not ExistingLook.objects.select_for_update().filter(pk=self.look.pk).exists():
                return
            for start in range(0, len(pks), AT_ONCE):
                found = self._planned(pks[start : start + AT_ONCE], chosen={left_id_of(pk) for pk in pks})
                ExistingAbsence.objects.bulk_create(found, batch_size=AT_ONCE)
            people = self.absences.filter(outcome=Outcome.UNREAD).values("employee_id").distinct().count()
            ExistingLook.objects.filter(pk=self.look.pk, state=State.WAITING).update(state=State.READING, people=people)

    def _planned(self, pks: Sequence[int], *, chosen: Collection[str]) -> list[ExistingAbsence]:
        return [
            ExistingAbsence(
                look=self.look,
                absence_id=pk,
                version=version_of(foreseen.subject.stored),
                employee_id="" if foreseen.reason else foreseen.subject.employee_id,
                days=len(foreseen.wishes),
                outcome=Outcome.LEFT_OUT if foreseen.reason else Outcome.UNREAD,
                reason=foreseen.reason,
            )
            for pk, foreseen in foresee(self.planner, pks, chosen=chosen).items()
        ]

    # --- By what stands at Fortnox --------------------------------------------------------------------------

    def _read_person(self, employee_id: str) -> None:
        try:
            listed = self._list(employee_id)
        except (ReauthorisationRequired, TemporarilyUnavailable):
            raise
        except (Refused, OutcomeUnknown) as error:
            # One person's trouble is not the others'.
            self._leave_out(
                employee_id,
                quoting(_("Fortnox does not list the person's absences: %(message)s"), message=error.message),
            )
            return
        waiting = list(self.absences.filter(employee_id=employee_id, outcome=Outcome.UNREAD).order_by("pk"))
        subjects = self.planner.chosen([left_id_of(each.absence_id) for each in waiting])
        taken = self._linked(listed)
        for each in waiting:
            subject = subjects.get(left_id_of(each.absence_id))
            if subject is None or version_of(subject.stored) != each.version:
                each.outcome, each.reason = Outcome.LEFT_OUT, _("changed or deleted while it was looked at")
            else:
                taken |= _judge(each, listed, wishes_of(self.planner, subject), taken)
        with transaction.atomic():
            self.held.check()
            ExistingAbsence.objects.bulk_update(waiting, ["outcome", "reason"], batch_size=AT_ONCE)
            self._count()

    def _leave_out(self, employee_id: str, reason: str) -> None:
        with transaction.atomic():
            mine = self.absences.filter(employee_id=employee_id, outcome=Outcome.UNREAD)
            mine.update(outcome=Outcome.LEFT_OUT, reason=reason)
            self._count()

    def _count(self) -> None:
        ExistingLook.objects.filter(pk=self.look.pk).update(people_read=F("people_read") + 1, attempts=0, error="")

    def _list(self, employee_id: str) -> tuple[ListedRow, ...]:
        listed: dict[str, ListedRow] = {}
        totals: set[int] = set()
        page: int | None = 1
        while page is not None:
            answer, before = self._page(employee_id, page), len(listed)
            listed.update((row.row_id, row) for row in answer.values)
            totals.add(answer.options["total"])
            # A page that brings nothing new is no reason to read on, whatever it says.
            page = answer.options["next_page"] if len(listed) > before else None
        if totals != {len(listed)}:
            raise TemporarilyUnavailable(_("Fortnox's list of absences does not add up."))
        return tuple(listed.values())

    def _page(self, employee_id: str, page: int) -> Record:
        def read(endpoint: VendorEndpoint) -> Record:
            return rows(endpoint).list_rows(employee_id, page=page)

        return self.calls.read(read, deadline=self.deadline + READ_SECONDS)

    def _linked(self, listed: Sequence[ListedRow]) -> set[str]:
        links = Link.objects.filter(connection=self.connection, resource=DAYS).exclude(state__in=GONE)
        return set(links.filter(right_id__in=[row.row_id for row in listed]).values_list("right_id", flat=True))


def _judge(
    absence: ExistingAbsence, listed: Sequence[ListedRow], wishes: Sequence[WantedRow], taken: set[str]
) -> set[str]:
    """Put on the absence what would become of it; returns the rows that it would take over."""
    beside = Counter[date]()
    for row in listed:
        beside[row.day] += int(row.extent or 0) if row.row_id in taken else 0
    look = look_among(listed, wishes=wishes, linked_ids=taken, beside=beside)
    if look.finding is Finding.CLASH:
        absence.outcome, absence.reason = Outcome.LEFT_OUT, _("other rows of the cause stand in Fortnox on these days")
        if look.too_much:
            absence.reason = _("with other rows in Fortnox, a day would make more than 100 %")
        return set()
    absence.outcome = Outcome.CREATE if look.finding is Finding.FREE else Outcome.ADOPT
    return {row.row_id for row in look.adopted.values()}


# --- What was found -----------------------------------------------------------------------------------------


def forget_sent(*, look: ExistingLook, pks: Sequence[int]) -> None:
    for start in range(0, len(pks), AT_ONCE):
        ExistingAbsence.objects.filter(look=look, absence_id__in=pks[start : start + AT_ONCE]).delete()
