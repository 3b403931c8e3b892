"""Absences that wait for their person's link: which of them may go, found for all connections at once."""

from collections.abc import Iterable

from django.db.models import QuerySet

from absences.models import Absence
from integrations.core.hub.absences import PERSON, RESOURCE, VALUES, left_id_of, pk_of
from integrations.core.hub.tracking import RESOURCE as PEOPLE
from integrations.core.marks import HELD_BY
from integrations.core.models import Link, Mark

# A connection, and a left id in it.
Key = tuple[int, str]


def linked_by_now(held: QuerySet[Mark]) -> dict[int, list[int]]:
    """Return connection → those of the marks whose person is linked; a fixed number of queries."""
    marks = {(connection, left_id): pk for pk, connection, left_id in held.values_list("pk", "connection", "left_id")}
    if not marks:
        return {}
    people = _people_of(marks)
    linked = Link.objects.filter(
        connection__in={connection for connection, _left_id in marks},
        resource=PEOPLE,
        state=Link.State.ACTIVE,
        gone_at__isnull=True,
        left_id__in=set(people.values()),
    )
    there = set(linked.values_list("connection", "left_id"))
    found: dict[int, list[int]] = {}
    for key, employee in people.items():
        if (key[0], employee) in there:
            found.setdefault(key[0], []).append(marks[key])
    return found


def ended_while_held(marks: QuerySet[Mark]) -> dict[int, list[int]]:
    """Return connection → those that a mass change holds though their absence is approved no more; two queries."""
    held = marks.filter(held_by__startswith=HELD_BY).values_list("pk", "connection", "left_id")
    by_absence: dict[int, list[tuple[int, int]]] = {}
    for mark, connection, left_id in held:
        if (pk := pk_of(left_id)) is not None:
            by_absence.setdefault(pk, []).append((connection, mark))
    approved = Absence.objects.filter(pk__in=by_absence, status=Absence.Status.APPROVED) if by_absence else None
    stand = set(approved.values_list("pk", flat=True)) if approved is not None else set()
    found: dict[int, list[int]] = {}
    for pk, places in by_absence.items():
        for connection, mark in places if pk not in stand else ():
            found.setdefault(connection, []).append(mark)
    return found


def _people_of(keys: Iterable[Key]) -> dict[Key, str]:
    """Return whose absence, or schedule, each is; of a deleted one its link still says so."""
    of_absence = {key: pk for key in keys if (pk := pk_of(key[1])) is not None}
    found = dict(Absence.objects.filter(pk__in=set(of_absence.values())).values_list("pk", "employee"))
    people = {key: str(found[pk]) for key, pk in of_absence.items() if pk in found}
    gone = {left_id_of(pk) for pk in of_absence.values() if pk not in found}
    if gone:
        connections = {connection for connection, _left_id in keys}
        links = Link.objects.filter(connection__in=connections, resource=RESOURCE, left_id__in=gone)
        people.update({(link.connection_id, link.left_id): str(link.options[VALUES]["employee"]) for link in links})
    people.update({key: key[1].removeprefix(PERSON) for key in keys if key[1].startswith(PERSON)})
    return people
