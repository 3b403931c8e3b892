"""Whom and what a problem is about, by the names and days of now: it may have been reported before they changed."""

from collections.abc import Iterable

from absences.models import Absence
from employees.models import Employee
from integrations.core.hub.absences import ABSENCE, PERSON, pk_of
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.models import Problem


def labels_now(problems: Iterable[Problem]) -> dict[int, str]:
    """Return the label by problem; of what is not in the hub any more, the one that it was reported with."""
    found = list(problems)
    absences = _labels_of_absences(_pks(found, ABSENCE))
    people = _names_of_people({*_pks(found, PERSON), *_pks(found, "")})
    labels = {}
    for problem in found:
        absence = pk_of(problem.left_id) if problem.resource == ABSENCES else None
        person = pk_of(problem.left_id, prefix=PERSON if problem.resource == ABSENCES else "")
        now = absences.get(absence or 0) or people.get(person or 0)
        labels[problem.pk] = now or problem.label
    return labels


def _pks(problems: Iterable[Problem], prefix: str) -> set[int]:
    return {pk for problem in problems if (pk := pk_of(problem.left_id, prefix=prefix)) is not None}


def _labels_of_absences(pks: set[int]) -> dict[int, str]:
    absences = Absence.objects.filter(pk__in=pks).select_related("employee") if pks else ()
    return {absence.pk: absence.label for absence in absences}


def _names_of_people(pks: set[int]) -> dict[int, str]:
    people = Employee.objects.filter(pk__in=pks) if pks else ()
    return {person.pk: person.full_name for person in people}
