"""Answers what a change of many people sends to which connection, before it is made (G-17)."""

from collections.abc import Iterator
from typing import Any

from absences.tracking import AbsenceReach
from employees.models import Employee
from employees.outgoing import Outgoing, outgoing_asked
from employees.tracking import Reach
from integrations.core.hub.mass_changes import IDS_AT_ONCE, reached
from integrations.core.hub.tracking import RESOURCE
from integrations.core.models import Connection


def connect() -> None:
    outgoing_asked.connect(_answer, dispatch_uid="outgoing")


def _answer(reach: Reach, **kwargs: Any) -> list[Outgoing]:
    changed = {absence.employee for absence in reach.absences} if isinstance(reach, AbsenceReach) else reach.changed
    companies = {*_companies_of(list(changed)), *reach.new}
    connections = Connection.objects.filter(company__in=companies).exclude(state=Connection.State.DRAFT)
    return list(_outgoing(reach, list(connections.defer("credentials").order_by("label"))))


def _outgoing(reach: Reach, connections: list[Connection]) -> Iterator[Outgoing]:
    for connection in connections:
        found = reached(connection=connection, resource=RESOURCE, reach=reach)
        yield Outgoing(
            system=connection.label,
            people=found.people,
            created=found.created,
            absences=found.absences,
            staying=found.staying,
            limit=connection.push_limit,
            connected=connection.state == Connection.State.ACTIVE,
        )


def _companies_of(ids: list[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(ids), IDS_AT_ONCE):
        people = Employee.objects.order_by().filter(pk__in=ids[start : start + IDS_AT_ONCE])
        found.update(people.values_list("company", flat=True).distinct())
    return found
