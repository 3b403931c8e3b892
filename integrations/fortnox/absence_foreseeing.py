"""What the rules say of sending existing absences: asked by the look, its page, and whoever sends (FX-18, G-27)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from absences.models import Absence
from integrations.core.hub.absences import left_id_of
from integrations.core.models import Connection
from integrations.fortnox.absence_claims import judge_people
from integrations.fortnox.absence_planning import Planner, Subject, version_of
from integrations.fortnox.absence_rules import Plan, Schedule, WantedRow, plan_changes, wanted_rows
from integrations.fortnox.absence_standing import reason_of
from integrations.fortnox.models import AbsenceTypeMapping, ExistingAbsence, ExistingLook

AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What would become of one absence: the rows that it wants, or the reason why it is left out."""

    subject: Subject
    wishes: Sequence[WantedRow]
    reason: str

    @property
    def cause(self) -> str:
        return self.subject.mapped.cause


@dataclass(frozen=True, kw_only=True)
class Going:
    """One that a look found going; ``now`` is None where it was deleted since, ``holds``: whether it still goes so."""

    found: ExistingAbsence
    now: Foreseen | None
    holds: bool

    @property
    def made_from(self) -> list[Any]:
        """Return what stands for it on the page, as it was looked at and as it is now."""
        found, now = self.found, self.now
        looked_at = [found.absence_id, found.version, found.employee_id, found.outcome, found.days]
        if now is None:
            return looked_at
        return [
            *looked_at,
            version_of(now.subject.stored),
            now.subject.employee_id,
            now.cause,
            [wish.day for wish in now.wishes],
            now.reason,
            self.holds,
        ]


def foresee(planner: Planner, pks: Sequence[int], *, chosen: Collection[str]) -> dict[int, Foreseen]:
    """Return the absences that are there, by primary key; ``chosen`` are the left ids of all that go with them."""
    subjects = planner.chosen([left_id_of(pk) for pk in pks])
    judged = judge_people(
        planner, {subject.stored["employee"] for subject in subjects.values()}, going=chosen, chosen=chosen
    )
    found = {}
    for pk in pks:
        subject = subjects.get(left_id_of(pk))
        if subject is None:
            continue
        of_person = judged[subject.stored["employee"]]
        plan, over = plan_of(planner, subject), of_person.sums.held.get(subject.left_id)
        reason = reason_of(subject, plan.why) or (of_person.in_words(over) if over else "")
        wishes = wishes_of(planner, subject)
        if not reason and not wishes:
            reason = _("payroll is closed for these days")
        found[pk] = Foreseen(subject=subject, wishes=wishes, reason=reason)
    return found


def plan_of(planner: Planner, subject: Subject) -> Plan:
    wanted = wanted_rows(subject.values, mapped=subject.mapped, settings=planner.settings, schedule=Schedule())
    return plan_changes(subject.values, wanted, [], closed_to=planner.settings.closed_to)


def wishes_of(planner: Planner, subject: Subject) -> list[WantedRow]:
    return [change.wanted for change in plan_of(planner, subject).create if change.wanted is not None]


def going_of(connection: Connection, look: ExistingLook) -> list[Going]:
    """Return all that the look found going, with what holds of it now; a few queries per some hundred of them."""
    listed = list(ExistingAbsence.objects.filter(look=look, outcome__in=ExistingAbsence.GOING).order_by("pk"))
    planner = Planner(connection)
    # What stands at Fortnox was looked for by the answers of then.
    answered = AbsenceTypeMapping.objects.filter(connection=connection, changed_at__gte=look.started_at)
    moved = set(answered.values_list("absence_type_id", flat=True))
    chosen = {left_id_of(found.absence_id) for found in listed}
    going: list[Going] = []
    for start in range(0, len(listed), AT_ONCE):
        part = listed[start : start + AT_ONCE]
        now = foresee(planner, [found.absence_id for found in part], chosen=chosen)
        going += [_going(found, now.get(found.absence_id), moved) for found in part]
    return going


def _going(found: ExistingAbsence, now: Foreseen | None, moved: Collection[int]) -> Going:
    holds = (
        now is not None
        and not now.reason
        and version_of(now.subject.stored) == found.version
        and (now.subject.employee_id, len(now.wishes)) == (found.employee_id, found.days)
        and now.subject.stored["type"] not in moved
    )
    return Going(found=found, now=now, holds=holds)


def absences_of(going: Sequence[ExistingAbsence]) -> dict[int, Absence]:
    people = Absence.objects.select_related("employee__department", "type")
    return people.in_bulk([found.absence_id for found in going])
