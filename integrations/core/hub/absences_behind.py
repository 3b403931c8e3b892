"""Absences that a person's new workdays bring into the employment or leave outside it: what follows a change of these.

One rule for what is told before the change (`hub.mass_changes.reached`) and what is marked by it
(`hub.absence_workdays`): an approved absence follows where other days of it lie outside than before (FX-10, G-36).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final

from absences.models import Absence
from absences.periods import Days, days_outside
from absences.tracking import ReachedAbsence
from employees.models import Employee
from employees.tracking import Columns, Operation, Reach, current_operation
from integrations.core.marks import IDS_AT_ONCE
from integrations.core.models import Connection
from integrations.core.registry import manifests

WORKDAYS: Final = ("first_workday", "last_workday")
# As `hub.absences` names them, which marks by what is decided by this.
ABSENCES: Final = "absences"
# In `Operation.found`.
BEHIND: Final = "absences behind"
# The first and the last workday.
Workdays = tuple[date | None, date | None]


def remember_behind() -> None:
    """Note what follows the operation under way, before it moves any workday: afterwards nothing tells it."""
    operation = current_operation()
    if operation is not None and BEHIND not in operation.found:
        operation.found[BEHIND] = list(absences_behind(operation.reach())) if _may_follow() else []


def _may_follow() -> bool:
    """Spares the reach of a change of many where absences go nowhere."""
    pushing = [name for name, manifest in manifests().items() if ABSENCES in manifest.pushes]
    connections = Connection.objects.filter(integration__in=pushing).exclude(state=Connection.State.DRAFT)
    return connections.exists() and Absence.objects.filter(status=Absence.Status.APPROVED).exists()


def behind_of(operation: Operation) -> Sequence[ReachedAbsence]:
    found: Sequence[ReachedAbsence] = operation.found.get(BEHIND, ())
    return found


def absences_behind(reach: Reach) -> Iterator[ReachedAbsence]:
    """Yield the absences that follow a change of people, with their workdays as they will be."""
    if reach.after is None:
        return
    moved = sorted(pk for pk, names in reach.changed.items() if names is None or not set(WORKDAYS).isdisjoint(names))
    for start in range(0, len(moved), IDS_AT_ONCE):
        part = moved[start : start + IDS_AT_ONCE]
        will_be = partial(_will_be, reach.after(part))
        for absence in moved_outside(part, other=will_be):
            yield ReachedAbsence(
                employee=absence.employee_id,
                type=absence.type_id,
                start=absence.start,
                end=absence.end,
                grade=absence.grade,
                approved=True,
                label=absence.label,
                pk=absence.pk,
                decided_at=absence.decided_at,
                workdays=will_be(absence.employee),
            )


def _will_be(after: Mapping[int, Columns], person: Employee) -> Workdays:
    columns = after.get(person.pk, {})
    first, last = (columns.get(name, getattr(person, name)) for name in WORKDAYS)
    return first, last


def moved_outside(people: Sequence[int], *, other: Callable[[Employee], Workdays]) -> Iterator[Absence]:
    """Yield the approved absences of which not the same days lie outside by the stored and by ``other`` workdays."""
    for start in range(0, len(people), IDS_AT_ONCE):
        part = people[start : start + IDS_AT_ONCE]
        approved = Absence.objects.filter(employee__in=part, status=Absence.Status.APPROVED)
        for absence in approved.select_related("employee").order_by("pk"):
            days, person = Days(absence.start, absence.end), absence.employee
            if days_outside(days, person.first_workday, person.last_workday) != days_outside(days, *other(person)):
                yield absence
