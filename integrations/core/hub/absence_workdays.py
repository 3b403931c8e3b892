"""A person's workdays move: absences that lie outside the employment by it, or no more, are looked at anew (FX-10)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from employees.models import Employee
from employees.tracking import current_operation
from integrations.core.hub.absences import mark_absences
from integrations.core.hub.absences_behind import WORKDAYS, Workdays, moved_outside

# Name → (before, after), as the history keeps it: days are texts.
Changes = Mapping[str, tuple[Any, Any]]


def mark_moved_outside(people: Mapping[int, Changes]) -> None:
    """Mark the approved absences that have other days outside than before, in the transaction that moves workdays."""
    moved = {pk: values for pk, values in people.items() if not values.keys().isdisjoint(WORKDAYS)}

    def before(person: Employee) -> Workdays:
        changes = moved[person.pk]
        first, last = (_day(changes[name][0]) if name in changes else getattr(person, name) for name in WORKDAYS)
        return first, last

    by_company: dict[int, list[int]] = {}
    for absence in moved_outside(sorted(moved), other=before):
        by_company.setdefault(absence.employee.company_id, []).append(absence.pk)
    mark_absences(by_company, bulk=len(moved) > 1 or current_operation() is not None, everywhere=True)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
