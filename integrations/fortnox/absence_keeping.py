"""Absences that are kept back: days that make more than a whole one, or lie outside the employment (FX-22, FX-10).

Each is a problem that names the days and what to do. One that overlaps goes by itself as soon as nothing is in its way:
when another absence of the person has ended being sent, and looked at every minute besides.
"""

from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from absences.confirming import unconfirmed_of
from absences.doubts import period_text
from absences.models import Absence
from integrations.core.hub.absences import RESOURCE, pk_of
from integrations.core.marks import release
from integrations.core.models import Connection, Mark, Problem
from integrations.core.problems import OPEN, Became, solve_causes
from integrations.core.push.session import PushSession
from integrations.fortnox.absence_claims import Judged, is_alone, judge_people
from integrations.fortnox.absence_planning import GIVEN_UP, JOURNAL, Planner, Subject
from integrations.fortnox.absence_rules import Plan
from integrations.fortnox.absence_settling import AbsenceSettler
from integrations.fortnox.absence_steps import RowStep, UnderWay
from integrations.fortnox.absence_telling import MOVED, OUTSIDE, OVERLAP

PEOPLE_AT_ONCE: Final = 200


class AbsenceKeeper(AbsenceSettler):
    """Every method is one transaction, but for those that only judge."""

    def __init__(self, session: PushSession, planner: Planner) -> None:
        super().__init__(session)
        self._planner = planner

    def judge(self, under_way: UnderWay) -> Judged | None:
        """Return the judgement about the person's absences where it keeps this one back."""
        left_id, subject = under_way.mark.left_id, under_way.subject
        if subject is None or is_alone(self._planner, subject):
            return None
        person = int(subject.stored["employee"])
        judged = judge_people(self._planner, {person}, about=left_id)[person]
        return judged if judged.sums.keeping(left_id) else None

    def may_add(self, under_way: UnderWay, step: RowStep) -> bool:
        if step.adds and not step.takes_back and not under_way.fits:
            under_way.fits = self.judge(under_way) is None
            return under_way.fits
        return True

    def keep_back(self, found: Mark, judged: Judged) -> None:
        """Hold one that would make more than a whole day; where the others' days are about to go, it only waits."""
        over = judged.sums.held.get(found.left_id)
        with transaction.atomic():
            if over is not None:
                self._tell_kept(found, OVERLAP, judged.in_words(over))
            else:
                solve_causes(connection=self.connection, resource=RESOURCE, left_id=found.left_id, causes={OVERLAP})
            self.hold(found, Mark.Hold.OVERLAP)

    def end_turn(self, under_way: UnderWay) -> None:
        """Its days are given up, for others that take them: they are not put back, should the rest be refused."""
        subject = under_way.subject
        under_way.turning = under_way.judged = under_way.fits = False
        if subject is None:
            return
        with transaction.atomic():
            parent = self.parent_of(subject.left_id, lock=True)
            if parent is not None and parent.options.get(JOURNAL):
                given_up = {*parent.options.get(GIVEN_UP, []), *(entry["day"] for entry in parent.options.pop(JOURNAL))}
                parent.options[GIVEN_UP] = sorted(given_up)
                parent.save(update_fields=["options"])
            release_fitting(self.connection, person=int(subject.stored["employee"]))

    def keep_outside(self, found: Mark, subject: Subject, *, wants_more: bool) -> None:
        """Hold one with days outside the employment, all of it: all days or none.

        Of one that stands at Fortnox as it should but for these days nothing was to be sent: it remains there.
        """
        absence = Absence.objects.select_related("employee").filter(pk=pk_of(subject.left_id) or 0).first()
        days = ", ".join(period_text(*each) for each in unconfirmed_of(absence)) if absence is not None else ""
        text = _("Days before the first or after the last workday that nobody has confirmed: %(days)s.")
        became = Became.NOT_SENT if wants_more or not subject.known else Became.REMAINS
        with transaction.atomic():
            self._tell_kept(found, OUTSIDE, text % {"days": days}, became=became)
            self.hold(found, Mark.Hold.OUTSIDE)

    def finish(self, found: Mark, subject: Subject, plan: Plan) -> None:
        with transaction.atomic():
            super().finish(found, subject, plan)
            # What waited for this one's days; of what waits still, nothing is tried, and nothing told again.
            release_fitting(self.connection, person=int(subject.stored["employee"]))

    def _tell_kept(self, found: Mark, cause: str, message: str, *, became: str = "") -> None:
        # What was tried again was not even sent: this is what keeps it now.
        tried = Problem.objects.filter(connection=self.connection, resource=RESOURCE, left_id=found.left_id)
        tried = tried.filter(state=Problem.State.RETRIED).exclude(cause=cause)
        causes = set(tried.values_list("cause", flat=True)) - {MOVED}
        solve_causes(connection=self.connection, resource=RESOURCE, left_id=found.left_id, causes=causes)
        self.report(found, action=self.tried_with(found.left_id), message=message, cause=cause, became=became)


def kept_back(connections: QuerySet[Connection]) -> QuerySet[Mark]:
    return Mark.objects.filter(connection__in=connections, resource=RESOURCE, held_by=Mark.Hold.OVERLAP)


def release_fitting(connection: Connection, *, person: int | None = None) -> int:
    """Let go on what nothing is in the way of any more, and what was not told yet why it is; returns how many.

    What is in the way may be another absence by now: that is told, too. With ``person`` it is that one's alone.
    """
    held = kept_back(Connection.objects.filter(pk=connection.pk))
    people = {pk: of for pk, of in _people_of(held).items() if person in (None, of)}
    if not people:
        return 0
    marks = dict(held.values_list("pk", "left_id"))
    told = Problem.objects.filter(connection=connection, resource=RESOURCE, cause=OVERLAP)
    told = told.filter(state__in=(*OPEN, Problem.State.DISMISSED), left_id__in=set(marks.values()))
    known = set(told.values_list("left_id", "message"))
    reasons = _reasons_of(connection, sorted(set(people.values())))
    free = [pk for pk in people if (marks.get(pk), reasons.get(marks.get(pk, ""))) not in known]
    return release(Mark.objects.filter(pk__in=free, held_by=Mark.Hold.OVERLAP)) if free else 0


def _reasons_of(connection: Connection, people: list[int]) -> dict[str, str]:
    """Return, by left id, why these people's absences are kept back, as it is told."""
    planner = Planner(connection)
    found: dict[str, str] = {}
    for start in range(0, len(people), PEOPLE_AT_ONCE):
        for judged in judge_people(planner, people[start : start + PEOPLE_AT_ONCE]).values():
            found |= {left_id: judged.in_words(over) for left_id, over in judged.sums.held.items()}
    return found


def _people_of(held: QuerySet[Mark]) -> dict[int, int]:
    """Return mark → person; of an absence that is gone, whose mark goes by itself, nobody."""
    marks = {pk_of(left_id): pk for pk, left_id in held.values_list("pk", "left_id")}
    absences = Absence.objects.filter(pk__in=[pk for pk in marks if pk is not None])
    return {marks[pk]: employee for pk, employee in absences.values_list("pk", "employee")}
