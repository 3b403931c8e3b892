"""What a change of many absences would send to Fortnox, by the rules that send it, before it is made (G-17, G-27)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from datetime import date
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from absences.confirming import unconfirmed_of
from absences.models import Absence, AbsenceType
from absences.periods import Days, days_outside
from absences.tracking import ReachedAbsence
from employees.models import Employee
from integrations.core.hub.absences import RESOURCE, left_id_of
from integrations.core.models import Connection, Link, Mark
from integrations.core.push.others import ReachedThere
from integrations.fortnox.absence_claims import Judged, judge_people
from integrations.fortnox.absence_planning import GONE, JOURNAL, REFUSED, Planner, Subject
from integrations.fortnox.absence_rules import LEAVES_ROWS, Plan, Schedule, Why, plan_changes, wanted_rows
from integrations.fortnox.absence_schedules import ScheduleBook
from integrations.fortnox.absence_standing import reason_of
from integrations.fortnox.absence_words import days_in_words

# Judged together: all absences of a person are, so that days in common are seen.
PEOPLE_AT_ONCE: Final = 200
# Begins the left id of an absence that is not there yet.
NEW: Final = "new:"
_ON_ITS_WAY: Final = ""


def reached_by(
    connection: Connection, absences: Sequence[ReachedAbsence], *, planner: Planner | None = None
) -> ReachedThere:
    """Say of absences that are there, or will be, what becomes of them; ``planner``: with answers still to be given."""
    planner = planner or Planner(connection)
    if not planner.settings.create_absences:
        # Nothing is sent: all that is to be told is what stays there though the hub takes it back.
        absences = [each for each in absences if not each.approved]
    by_person: dict[int, list[ReachedAbsence]] = defaultdict(list)
    for absence in absences:
        by_person[absence.employee].append(absence)
    people, forecaster = list(by_person), _Forecaster(planner)
    going: list[ReachedAbsence] = []
    staying: list[tuple[str, str]] = []
    for start in range(0, len(people), PEOPLE_AT_ONCE):
        part = {person: by_person[person] for person in people[start : start + PEOPLE_AT_ONCE]}
        for absence, reason in forecaster.look_at(part):
            if not reason:
                going.append(absence)
            elif absence.approved:
                staying.append((absence.label, reason))
    staying += forecaster.remaining
    return ReachedThere(going, staying, forecaster.following, forecaster.there)


def waiting_now(connection: Connection, left_ids: Sequence[str], *, deleted: Mapping[str, Any]) -> dict[str, str]:
    """Say of held absences why each does not go, empty where it does; what has nothing left to do is left out."""
    planner = Planner(connection)
    forecaster, found = _Forecaster(planner), dict[str, str]()
    subjects = planner.subjects(left_ids, deleted=deleted)
    by_person: dict[int, list[str]] = defaultdict(list)
    for left_id, subject in subjects.items():
        by_person[subject.stored["employee"]].append(left_id)
    people = list(by_person)
    for start in range(0, len(people), PEOPLE_AT_ONCE):
        part = people[start : start + PEOPLE_AT_ONCE]
        judged = judge_people(planner, part, going=set(left_ids))
        for person in part:
            for left_id in by_person[person]:
                if left_id in judged[person].subjects and not forecaster.is_over(judged[person].subjects[left_id]):
                    found[left_id] = forecaster.reason(judged[person], left_id)
    return found


class _Forecaster:
    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        settings = planner.settings
        self._asks_hours = settings.hold_without_hours or not settings.send_days_without_hours
        self._book = ScheduleBook(planner.connection, exact=settings.hold_without_hours)
        # Labels of those that were kept back and go with what was looked at.
        self.following: list[str] = []
        # Labels of those that stand there as they should.
        self.there: list[str] = []
        # Of those that end, or change: (label, what stays there of them, and why).
        self.remaining: list[tuple[str, str]] = []
        self._counts = dict(AbsenceType.objects.values_list("pk", "counts_as_work_days"))

    def look_at(self, by_person: Mapping[int, Sequence[ReachedAbsence]]) -> Iterator[tuple[ReachedAbsence, str]]:
        """Yield each absence with why it does not go, or an empty text."""
        people = Employee.objects.in_bulk(list(by_person))
        by_person = {pk: mine for pk, absences in by_person.items() if (mine := self._mine(people.get(pk), absences))}
        absences = {
            left_id_of(each.pk) if each.pk is not None else f"{NEW}{each.employee}:{number:06}": each
            for mine in by_person.values()
            for number, each in enumerate(mine)
        }
        if not absences:
            return
        after = self._after(absences, people)
        judged = judge_people(self._planner, by_person.keys(), going=after.keys(), after=after)
        marks = Mark.objects.filter(connection=self._planner.connection, resource=RESOURCE, held_by=_ON_ITS_WAY)
        on_its_way = set(marks.filter(left_id__in=list(absences)).values_list("left_id", flat=True))
        if self._asks_hours:
            self._book.read_ahead({each.employee_id for of in judged.values() for each in of.subjects.values()})
        self.following += self._freed(judged, absences.keys())
        for left_id, absence in absences.items():
            of_person = judged[absence.employee]
            if left_id in of_person.subjects:
                reason = self.reason(of_person, left_id)
                self._note_remaining(of_person.subjects[left_id], absence, reason)
                yield absence, "" if left_id in on_its_way and not absence.approved else reason

    def _mine(self, person: Employee | None, absences: Sequence[ReachedAbsence]) -> Sequence[ReachedAbsence]:
        """Return what concerns the connection: of somebody who has left its company, what was sent before."""
        connection = self._planner.connection
        if person is None or person.company_id == connection.company_id:
            return absences if person is not None else ()
        left_ids = {left_id_of(each.pk): each for each in absences if each.pk is not None}
        sent = Link.objects.filter(connection=connection, resource=RESOURCE, left_id__in=left_ids)
        return [left_ids[left_id] for left_id in sent.exclude(state__in=GONE).values_list("left_id", flat=True)]

    def _note_remaining(self, subject: Subject, absence: ReachedAbsence, reason: str) -> None:
        """Of what is not to stand any more, tell what does all the same."""
        if absence.approved or not subject.known:
            return
        closed = self._plan(subject).closed
        days = [row.day for row in subject.known] if reason else [change.day for change in closed]
        if days:
            why = reason or _("payroll is closed for these days")
            self.remaining.append((absence.label, remaining_in_words(days, why)))

    def _freed(self, judged: Mapping[int, Judged], changed: Collection[str]) -> Iterator[str]:
        subjects = {key: (of, each) for of in judged.values() for key, each in of.subjects.items()}
        held = Mark.objects.filter(connection=self._planner.connection, held_by=Mark.Hold.OVERLAP)
        for left_id in held.filter(resource=RESOURCE, left_id__in=list(subjects)).values_list("left_id", flat=True):
            of_person, subject = subjects[left_id]
            if left_id not in changed and not self.reason(of_person, left_id):
                yield subject.label

    def _after(self, absences: Mapping[str, ReachedAbsence], people: Mapping[int, Employee]) -> dict[str, Any]:
        """Return the values as they will be, as the planner reads them."""
        stored = Absence.objects.select_related("confirmed_days").in_bulk(
            [each.pk for each in absences.values() if each.pk is not None]
        )
        after = {}
        for left_id, each in absences.items():
            person = _as_employed(people[each.employee], each)
            values = {
                "employee": each.employee,
                "type": each.type,
                "start": each.start.isoformat(),
                "end": each.end.isoformat() if each.end else None,
                "grade": each.grade,
                "approved": each.approved,
                "requested": False,
                "label": each.label,
                "counts": self._counts.get(each.type, False) if each.counts is None else each.counts,
                "decided_at": each.decided_at,
                "outside": not each.confirms and self._is_outside(each, stored, person),
                # An edit is newer than any version that was left unsent.
                "version": each.version,
            }
            after[left_id] = values if each.pk is not None else {**values, "created_at": timezone.now()}
        return after

    def _is_outside(self, each: ReachedAbsence, stored: Mapping[int, Absence], person: Employee) -> bool:
        if each.pk is None or each.pk not in stored:
            return bool(days_outside(Days(each.start, each.end), person.first_workday, person.last_workday))
        absence = stored[each.pk]
        absence.start, absence.end, absence.employee = each.start, each.end, person
        return bool(unconfirmed_of(absence))

    def is_over(self, subject: Subject) -> bool:
        """Whether nothing is left to do, whatever waits: it is not to stand there, or stands there as it should."""
        if subject.strays or subject.options.get(JOURNAL) or subject.options.get(REFUSED):
            return False
        plan = self._plan(subject)
        if subject.values.deleted or not subject.values.approved:
            return not subject.known
        return plan.why is None and not plan.changes and not plan.closed

    def reason(self, judged: Judged, left_id: str) -> str:
        subject = judged.subjects[left_id]
        if subject.person is None or subject.person.state != Link.State.ACTIVE or subject.person.gone_at is not None:
            return reason_of(subject, None) or _("the person is gone from Fortnox")
        plan = self._plan(subject)
        if plan.why is Why.SCHEDULE_UNREAD:
            return ""
        if plan.why in LEAVES_ROWS:
            return reason_of(subject, plan.why)
        if over := judged.sums.held.get(left_id):
            return judged.in_words(over)
        if plan.changes:
            return ""
        if plan.closed:
            return _("payroll is closed for these days")
        if plan.kept:
            self.there.append(subject.label)
        return _nothing_to_do(subject, plan)

    def _plan(self, subject: Subject) -> Plan:
        settings, values = self._planner.settings, subject.values
        schedule = (
            self._book.schedule(employee_id=subject.employee_id, start=values.start) if self._asks_hours else Schedule()
        )
        wanted = wanted_rows(values, mapped=subject.mapped, settings=settings, schedule=schedule)
        return plan_changes(values, wanted, subject.known, closed_to=settings.closed_to)


def remaining_in_words(days: Sequence[date], why: str) -> str:
    text = ngettext(
        "%(count)d day stays in Fortnox (%(days)s): %(why)s. Remove it there by hand if that does not change.",
        "%(count)d days stay in Fortnox (%(days)s): %(why)s. Remove them there by hand if that does not change.",
        len(days),
    )
    return text % {"count": len(days), "days": days_in_words(days), "why": why}


def _as_employed(person: Employee, absence: ReachedAbsence) -> Employee:
    """Return the person with the workdays that the operation gives."""
    if absence.workdays is None:
        return person
    will_be = copy(person)
    will_be.first_workday, will_be.last_workday = absence.workdays
    return will_be


def _nothing_to_do(subject: Subject, plan: Plan) -> str:
    if plan.why is not None:
        return reason_of(subject, plan.why)
    return _("Fortnox holds these days already") if plan.kept else _("no day of it has working hours")
