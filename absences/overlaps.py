"""What is to be looked at about absences, beside the person's others that stand (D-12)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from absences.doubts import WHOLE, Employment, doubts_about_absences
from absences.models import Absence
from absences.periods import Away
from employees.models import Employee
from employees.values.doubts import Doubt

# What decides on which days somebody is away, and how much: a new note is no reason to look again.
DAYS: Final = frozenset({"employee", "start", "end", "grade", "status"})


def find_doubts(absences: Sequence[Absence]) -> list[list[Doubt]]:
    """Return, for each of the absences as it is given (it may be unsaved), what is to be looked at, should it stand.

    They are compared with each other and with what else stands in the database.
    """
    others = _standing_beside(absences)
    mine: dict[int, list[int]] = defaultdict(list)
    for place, absence in enumerate(absences):
        mine[absence.employee_id].append(place)
    found: dict[int, list[Doubt]] = {}
    for places in mine.values():
        given = [absences[place] for place in places]
        aways = [as_away(each) for each in (*given, *others[given[0].employee_id])]
        doubts = doubts_about_absences(aways, employment_of(given[0].employee))
        found.update(zip(places, doubts, strict=False))
    return [found[place] for place in range(len(absences))]


def as_away(absence: Absence, label: str = "") -> Away:
    return Away(absence.start, absence.end, absence.grade, label or _label(absence))


def employment_of(person: Employee) -> Employment:
    return Employment(person.first_workday, person.last_workday)


def texts_about_employment(absence: Absence) -> list[str]:
    """Return what is told of the absence alone, as things stand now: of its days outside the employment."""
    (doubts,) = doubts_about_absences([as_away(absence)], employment_of(absence.employee))
    return [str(doubt.text) for doubt in doubts]


def _label(absence: Absence) -> str:
    values = {"type": absence.kind, "period": absence.period, "status": absence.get_status_display()}
    if absence.grade == WHOLE:
        return _("%(type)s, %(period)s (%(status)s)") % values
    return _("%(type)s %(grade)d %%, %(period)s (%(status)s)") % {**values, "grade": absence.grade}


def _standing_beside(absences: Sequence[Absence]) -> dict[int, list[Absence]]:
    """By person, the standing absences of the database that may have days in common with those given."""
    if not absences:
        return {}
    own = [absence.pk for absence in absences if absence.pk]
    people = {absence.employee_id for absence in absences}
    others = Absence.objects.standing().filter(_has_day_between(absences), employee__in=people).exclude(pk__in=own)
    return others.select_related("employee__company", "type").by_person()


def _has_day_between(absences: Sequence[Absence]) -> Q:
    first = min(absence.start for absence in absences)
    condition = Q(end__isnull=True) | Q(end__gte=first)
    ends = [absence.end for absence in absences if absence.end is not None]
    return condition & Q(start__lte=max(ends)) if len(ends) == len(absences) else condition
