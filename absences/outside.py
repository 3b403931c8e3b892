"""Standing absences that a person's new workdays leave outside the employment: told where the workdays are changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from absences.models import Absence
from absences.periods import days_after, days_before
from employees.models import Employee
from employees.values.doubts import Doubt

WORKDAYS: Final = ("first_workday", "last_workday")
# So many are named of a person; of people that are asked about in one query.
NAMED: Final = 10
CHUNK: Final = 500


def doubts_about_workdays(people: Sequence[Employee]) -> Mapping[int, Sequence[Doubt]]:
    """Return, by primary key, what is to be told; the people have their new workdays, unsaved."""
    found: dict[int, Sequence[Doubt]] = {}
    for start in range(0, len(people), CHUNK):
        part = people[start : start + CHUNK]
        standing = _standing(part)
        for person in part:
            if doubts := list(_doubts(person, standing[person.pk])):
                found[person.pk] = doubts
    return found


def _standing(people: Sequence[Employee]) -> dict[int, list[Absence]]:
    """By person, what begins before the latest first workday of them, or goes on after the earliest last one."""
    firsts = [person.first_workday for person in people if person.first_workday]
    lasts = [person.last_workday for person in people if person.last_workday]
    outside = Q(start__lt=max(firsts)) if firsts else Q(pk__in=())
    if lasts:
        outside |= Q(end__isnull=True) | Q(end__gt=min(lasts))
    absences = Absence.objects.standing().filter(outside, employee__in=people)
    return absences.only("employee", "start", "end").by_person()


def _doubts(person: Employee, absences: Sequence[Absence]) -> Iterator[Doubt]:
    first, last = person.first_workday, person.last_workday
    before = [each for each in absences if days_before(each.start, each.end, first)]
    after = [each for each in absences if days_after(each.start, each.end, last)]
    if before and first:
        text = _("Before the first workday (%(day)s) lie days of absences: %(absences)s. Correct the day, or these.")
        yield _doubt("first_workday", text % {"day": _day(first), "absences": _names(before)})
    if after and last:
        text = _("After the last workday (%(day)s) lie days of absences: %(absences)s. Correct the day, or these.")
        yield _doubt("last_workday", text % {"day": _day(last), "absences": _names(after)})


def _doubt(field: str, text: str) -> Doubt:
    """Told: somebody leaves whether the absences are right or not."""
    return Doubt(field, "absences_outside", text)


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")


def _names(absences: Sequence[Absence]) -> str:
    """Neither type nor note: whoever changes workdays need not know why somebody is away."""
    names = ", ".join(each.period for each in absences[:NAMED])
    more = len(absences) - NAMED
    if more <= 0:
        return names
    return names + " " + ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}
