"""Answers what a change of many people sends to which connection, before it is made (G-17, G-36)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q

from absences.tracking import AbsenceReach
from employees.models import Employee
from employees.outgoing import NAMES, Outgoing, outgoing_asked
from employees.shown import fingerprint
from employees.tracking import Reach
from integrations.core.declare import Resource
from integrations.core.hub.absences import connections_holding, left_id_of
from integrations.core.hub.endpoint import hub_people
from integrations.core.hub.going import Going
from integrations.core.hub.labels import labels_of_named
from integrations.core.hub.mass_changes import IDS_AT_ONCE, Reached, reached
from integrations.core.hub.tracking import RESOURCE
from integrations.core.hub.waiting import waits_for
from integrations.core.models import Connection


def connect() -> None:
    outgoing_asked.connect(_answer, dispatch_uid="outgoing")


def _answer(reach: Reach, **kwargs: Any) -> list[Outgoing]:
    absences = reach.absences if isinstance(reach, AbsenceReach) else ()
    changed = {absence.employee for absence in absences} or reach.changed
    companies = {*_companies_of(list(changed)), *reach.new}
    # What was sent before its person moved to another company is followed there.
    followed = connections_holding(left_id_of(each.pk) for each in absences if each.pk is not None)
    return outgoing_to(Connection.objects.filter(Q(company__in=companies) | Q(pk__in=followed)).order_by("pk"), reach)


def outgoing_to(connections: Iterable[Connection], reach: Reach, *, resource: str = RESOURCE) -> list[Outgoing]:
    """Return what goes to each of the connections, those without an authorisation left out."""
    return [_outgoing(each, reach, resource) for each in connections if each.state != Connection.State.DRAFT]


def _outgoing(connection: Connection, reach: Reach, resource: str) -> Outgoing:
    found = reached(connection=connection, resource=resource, reach=reach)
    told = outgoing_of(connection, found, waiting=waits_for(connection))
    if isinstance(reach, AbsenceReach):
        return told
    return replace(told, absence_names=tuple(each.label for each in found.sent[:NAMES]))


def outgoing_of(connection: Connection, found: Reached, *, waiting: str) -> Outgoing:
    """Return it as pages tell it; ``waiting`` says what sending waits for."""
    return Outgoing(
        system=connection.label,
        people=found.people,
        created=found.created,
        absences=found.absences,
        absent=len(found.absent),
        with_fields=found.changed + found.created,
        staying=found.staying,
        following=found.following,
        adding=found.adding,
        there=found.there,
        limit=connection.push_limit,
        waiting=waiting,
        **(_in_detail(connection, found) if found.going else {}),
        made_from=_made_from(connection, found, waiting),
    )


def _made_from(connection: Connection, found: Reached, waiting: str) -> str:
    if not found.people and not found.staying:
        return ""
    going, held = [list(each) for each in found.going or ()], found.people > connection.push_limit
    absences = [[list(each) for each in found.sent], [list(each) for each in found.staying], list(found.following)]
    return fingerprint(going, [found.people, found.created], absences, held, waiting)


def _in_detail(connection: Connection, found: Reached) -> dict[str, Any]:
    resource = hub_people(connection=connection, resource=RESOURCE).resource
    going = found.going or ()
    changed = [each for each in going if not each.created]
    unlike = [each for each in changed if each.unlike]
    return {
        "values": sum(len(each.fields) for each in changed),
        "fields": tuple(_fields(resource, changed)),
        "names": tuple(_named(changed).values()),
        "new_names": tuple(_named([each for each in going if each.created and each.label]).values()),
        "unlike": tuple(f"{label}: {_labels(resource, each.unlike)}" for each, label in _named(unlike).items()),
        "more_unlike": max(0, len(unlike) - NAMES),
    }


def _named(going: Iterable[Going]) -> dict[Going, str]:
    """Return the first by name, and what they are called, namesakes apart."""
    first = sorted(going, key=lambda each: (each.label, each.left_id))[:NAMES]
    named = zip(first, labels_of_named(first), strict=True)
    return dict(sorted(named, key=lambda each: each[1]))


def _fields(resource: Resource, changed: Sequence[Going]) -> Iterator[tuple[str, int]]:
    counted = Counter(name for each in changed for name in each.fields)
    return ((str(field.label), counted[field.name]) for field in resource.fields if counted[field.name])


def _labels(resource: Resource, names: Sequence[str]) -> str:
    return ", ".join(str(resource.field(name).label) for name in names)


def _companies_of(ids: list[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(ids), IDS_AT_ONCE):
        people = Employee.objects.order_by().filter(pk__in=ids[start : start + IDS_AT_ONCE])
        found.update(people.values_list("company", flat=True).distinct())
    return found
