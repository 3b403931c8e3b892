"""Days of which two absences take more than the whole: they leave the one that gives way (FX-22).

Whoever is ill, with a child or caring for somebody is not on vacation: where one of two is sickness, parental leave or
care and the other is not, it is proposed that this one goes. Nothing is changed before somebody presses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from absences.confirming import confirmation_of
from absences.deciding import as_reached, put_status
from absences.doubts import WHOLE, period_text
from absences.models import Absence, ConfirmedDays
from absences.models.absence import Status
from absences.overlaps import as_away
from absences.periods import Days, days_over, days_without, find_common
from absences.tracking import AbsenceReach, ReachedAbsence
from employees.outgoing import forecast
from employees.shown import fingerprint


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """``stays`` goes on as it is; ``gives`` loses the ``days`` and keeps ``left``: none, one or two stretches."""

    stays: Absence
    gives: Absence
    days: Days
    left: Sequence[Days]

    @property
    def in_part(self) -> bool:
        """Whether the one that stays takes a part of each day only, so that the rest is no absence any more."""
        return self.stays.grade < WHOLE

    @property
    def days_text(self) -> str:
        return period_text(*self.days)

    @property
    def left_texts(self) -> list[str]:
        return [period_text(*each) for each in self.left]

    @property
    def made_from(self) -> str:
        """Stands for what the page shows: it changes with either absence."""
        of_each = [(each.pk, each.version, each.type_id) for each in (self.stays, self.gives)]
        return fingerprint("giving way", of_each, list(map(list, (self.days, *self.left))))


class NotAsShown(Exception):
    """One of the two has changed since the page was opened, or there is nothing to give way any more."""


def proposals_about(absence: Absence) -> list[Proposal]:
    """Return what is proposed about an approved absence and the person's others: of the days that are too much.

    Nothing is proposed for one that would not go to another system even then: days would leave it, and none come.
    """
    if absence.status != Status.APPROVED or not absence.type.counts_as_work_days:
        return []
    others = {str(each.pk): each for each in _beside(absence)}
    aways = [as_away(each, str(each.pk)) for each in (absence, *others.values())]
    common = find_common(aways)[0].named
    found = [
        _proposal(absence, others[each.other.label], days)
        for each in common
        if absence.type.goes_first != others[each.other.label].type.goes_first
        for days in days_over(aways, each.days, most=WHOLE)
    ]
    return [each for each in found if _goes(each.stays, found)]


def give_way(*, stays: int, gives: int, made_from: str, by: Any) -> Proposal:
    """Take the days in common out of the one that gives way, as it was shown; of nothing left it is cancelled.

    Raises NotAsShown, or ValidationError where a rule forbids what would be left.
    """
    with transaction.atomic():
        locked = Absence.objects.select_for_update(of=("self",)).filter(pk__in=(stays, gives)).order_by("pk")
        found = {each.pk: each for each in locked.select_related("employee", "type")}
        proposals = proposals_about(found[stays]) if stays in found else []
        of_both = [each for each in proposals if (each.stays.pk, each.gives.pk) == (stays, gives)]
        proposal = next((each for each in of_both if each.made_from == made_from), None)
        if proposal is None:
            raise NotAsShown
        _shorten(proposal.gives, proposal.left, by=by)
    return proposal


def _beside(absence: Absence) -> list[Absence]:
    days = Q(end__isnull=True) | Q(end__gte=absence.start)
    if absence.end is not None:
        days &= Q(start__lte=absence.end)
    others = Absence.objects.filter(days, employee=absence.employee_id, status=Status.APPROVED)
    others = others.filter(type__counts_as_work_days=True).exclude(pk=absence.pk)
    return list(others.select_related("employee", "type").order_by("start", "pk"))


def _proposal(absence: Absence, other: Absence, days: Days) -> Proposal:
    stays, gives = (absence, other) if absence.type.goes_first else (other, absence)
    return Proposal(stays=stays, gives=gives, days=days, left=days_without(Days(gives.start, gives.end), days))


def _goes(stays: Absence, proposals: Sequence[Proposal]) -> bool:
    """Whether it goes, or stands there, once the others are out of its way; also where no other system is."""
    ways = {each.gives.pk: each.gives for each in proposals if each.stays == stays}
    absences = [_reached(stays, approved=True), *(_reached(each, approved=False) for each in ways.values())]
    label = str(stays.pk)
    found = forecast(reach=AbsenceReach(changed={}, absences=absences), naming=True)
    return not any(label in dict(each.staying) and label not in each.there for each in found)


def _reached(absence: Absence, *, approved: bool) -> ReachedAbsence:
    # Found again by its label, whose words two may share.
    return as_reached(absence, approved=approved)._replace(label=str(absence.pk), decided_at=absence.decided_at)


def _shorten(absence: Absence, left: Sequence[Days], *, by: Any) -> None:
    if not left:
        put_status(absence=absence, status=Status.CANCELLED, by=by)
        absence.save(update_fields=["status", "decided_by", "decided_at"])
        return
    confirmed = confirmation_of(absence)
    absence.start, absence.end = left[0]
    absence.full_clean()
    absence.save()
    for days in left[1:]:
        rest = _rest_of(absence, days, by=by)
        if confirmed is not None:
            ConfirmedDays.objects.create(absence=rest, stretches=confirmed.stretches, by=confirmed.by, at=confirmed.at)


def _rest_of(absence: Absence, days: Days, *, by: Any) -> Absence:
    rest = Absence(
        employee=absence.employee,
        type=absence.type,
        start=days.first,
        end=days.last,
        grade=absence.grade,
        note=absence.note,
        created_by=by,
    )
    put_status(absence=rest, status=Status.APPROVED, by=by)
    # A type that is no longer used stays with what there is of it.
    rest.clean_fields()
    rest.validate_constraints()
    rest.save()
    return rest
