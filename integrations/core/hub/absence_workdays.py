"""A person's workdays move: absences that lie outside the employment by it, or no more, are looked at anew (FX-10)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from absences.models import Absence
from absences.periods import Days, days_outside
from employees.tracking import current_operation
from integrations.core.hub.absences import mark_absences
from integrations.core.marks import IDS_AT_ONCE

WORKDAYS: Final = ("first_workday", "last_workday")
# Name → (before, after), as the history keeps it: days are texts.
Changes = Mapping[str, tuple[Any, Any]]


def mark_moved_outside(people: Mapping[int, Changes]) -> None:
    """Mark the approved absences that have other days outside than before, in the transaction that moves workdays."""
    moved = {pk: values for pk, values in people.items() if not values.keys().isdisjoint(WORKDAYS)}
    by_company: dict[int, list[int]] = {}
    for absence in _approved_of(sorted(moved)):
        if _outside_before(absence, moved[absence.employee_id]) != _outside(absence):
            by_company.setdefault(absence.employee.company_id, []).append(absence.pk)
    mark_absences(by_company, bulk=len(moved) > 1 or current_operation() is not None, everywhere=True)


def _approved_of(people: list[int]) -> Iterator[Absence]:
    for start in range(0, len(people), IDS_AT_ONCE):
        approved = Absence.objects.filter(
            employee__in=people[start : start + IDS_AT_ONCE], status=Absence.Status.APPROVED
        )
        yield from approved.select_related("employee").order_by("pk")


def _outside(absence: Absence) -> list[Days]:
    person = absence.employee
    return days_outside(Days(absence.start, absence.end), person.first_workday, person.last_workday)


def _outside_before(absence: Absence, changes: Changes) -> list[Days]:
    first, last = (_day(changes[name][0]) if name in changes else getattr(absence.employee, name) for name in WORKDAYS)
    return days_outside(Days(absence.start, absence.end), first, last)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
