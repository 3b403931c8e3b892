"""Held mass changes: of whom they hold what, and what stands for that (G-17, G-37)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from absences.models import Absence
from employees.shown import fingerprint
from integrations.core.amounts import OF_ABSENCES, OF_PEOPLE, OfMassChange
from integrations.core.compare import Pair, pair_to_json
from integrations.core.held_waiting import waiting_absences
from integrations.core.hub.absences import DELETED, pk_of
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.hub.held import columns_of, parts_held
from integrations.core.marks import HELD_BY, IDS_AT_ONCE
from integrations.core.models import Connection, Link, Mark, MassChange
from integrations.core.undecided import asked_of_many

MARKS_AT_ONCE: Final = 2_000


# --- What waits ---------------------------------------------------------------------------------------------


def marks_of(mass_change: MassChange) -> QuerySet[Mark]:
    """Return the marks of which the mass change holds something."""
    whole = Q(held_by=f"{HELD_BY}{mass_change.pk}", held_fields={})
    mine = whole | Q(held_fields__has_key=str(mass_change.pk))
    return Mark.objects.filter(mine, connection=mass_change.connection_id)


def holding() -> QuerySet[Mark]:
    return Mark.objects.filter(Q(held_by__startswith=HELD_BY) | ~Q(held_fields={}))


def ids_of(held_by: str, held_fields: Mapping[str, Any]) -> set[int]:
    """Return the mass changes that hold a mark, or something of it."""
    if held_fields:
        return set(map(int, held_fields))
    return {int(held_by.removeprefix(HELD_BY))} if held_by.startswith(HELD_BY) else set()


def held_mass_changes(connections: Iterable[Connection]) -> dict[int, list[Any]]:
    """Return connection → its mass changes that hold somebody, oldest first, with ``waiting``: how much.

    Two queries, and one per mass change of absences. What nobody waits for any more (a synchronisation settled it)
    is not among them.
    """
    held = holding().filter(connection__in=list(connections)).order_by().values("held_by", "held_fields")
    counted = held.annotate(people=Count("pk", filter=OF_PEOPLE), marks=Count("pk"))
    counts: dict[int, tuple[int, int]] = {}
    for held_by, held_fields, people, marks in counted.values_list("held_by", "held_fields", "people", "marks"):
        for pk in ids_of(held_by, held_fields):
            before = counts.get(pk, (0, 0))
            counts[pk] = (before[0] + people, before[1] + marks)
    found: dict[int, list[Any]] = {}
    mass_changes = MassChange.objects.filter(pk__in=counts, state=MassChange.State.HELD)
    shown: Any = mass_changes.select_related("by").order_by("pk")
    for mass_change in shown:
        people, marks = counts[mass_change.pk]
        mass_change.waiting = waiting_of(mass_change) if people < marks else OfMassChange(people=people)
        if mass_change.waiting.number:
            found.setdefault(mass_change.connection_id, []).append(mass_change)
    return found


def waiting_of(mass_change: MassChange) -> OfMassChange:
    """Return how much the mass change holds; of absences that are gone, the mark says whose they were."""
    waiting = waiting_absences_of(mass_change)
    marks = [mark for mark in marks_of(mass_change).filter(OF_ABSENCES) if mark.left_id in waiting]
    pks = [pk for mark in marks if (pk := pk_of(mark.left_id)) is not None]
    changed = marks_of(mass_change).filter(OF_PEOPLE).count()
    if not pks:
        return OfMassChange(people=changed)
    people: set[int] = {mark.wanted[DELETED]["employee"] for mark in marks if DELETED in mark.wanted}
    for start in range(0, len(pks), IDS_AT_ONCE):
        part = Absence.objects.filter(pk__in=pks[start : start + IDS_AT_ONCE])
        people.update(part.order_by().values_list("employee", flat=True).distinct())
    return OfMassChange(people=len(people), absences=len(pks), changed=changed)


def waiting_absences_of(mass_change: MassChange) -> dict[str, str]:
    """Return, by left id, why an absence that it holds is not sent, empty where it is; not what is over."""
    connection = Connection.objects.select_related("company").get(pk=mass_change.connection_id)
    return waiting_absences(connection, marks_of(mass_change).filter(OF_ABSENCES))


def people_of(mass_change: MassChange) -> set[int]:
    """Return whose fields, or whose absences, it holds; of absences that are gone nobody."""
    left_ids = marks_of(mass_change).filter(OF_PEOPLE).values_list("left_id", flat=True)
    absences = marks_of(mass_change).filter(OF_ABSENCES).values_list("left_id", flat=True)
    pks = [pk for left_id in absences.iterator() if (pk := pk_of(left_id)) is not None]
    people = {int(left_id) for left_id in left_ids.iterator() if left_id.isdecimal()}
    for start in range(0, len(pks), IDS_AT_ONCE):
        part = Absence.objects.filter(pk__in=pks[start : start + IDS_AT_ONCE])
        people.update(part.order_by().values_list("employee", flat=True))
    return people


# --- What a page shows of it --------------------------------------------------------------------------------


def fingerprint_of(mass_change: MassChange) -> str:
    """Return what stands for all that it holds: whose, which fields, and how these stand on both sides (G-21)."""
    marks = marks_of(mass_change).order_by("pk")
    parts = []
    by_resource: dict[str, list[Mark]] = {}
    for mark in marks.iterator(chunk_size=MARKS_AT_ONCE):
        by_resource.setdefault(mark.resource, []).append(mark)
    for resource, found in by_resource.items():
        for start in range(0, len(found), IDS_AT_ONCE):
            some = found[start : start + IDS_AT_ONCE]
            of_people = partial(_people_now, mass_change, resource)
            read = partial(_absences_now, mass_change) if resource == ABSENCES else of_people
            parts.append(fingerprint(resource, read(some)))
    return fingerprint(mass_change.pk, parts)


def _absences_now(mass_change: MassChange, marks: Sequence[Mark]) -> list[Any]:
    connection = Connection.objects.select_related("company").get(pk=mass_change.connection_id)
    waiting = waiting_absences(connection, marks)
    versions = dict(
        Absence.objects.filter(pk__in=[pk_of(mark.left_id) or 0 for mark in marks]).values_list("pk", "version")
    )
    return [
        [mark.left_id, versions.get(pk_of(mark.left_id) or 0), waiting.get(mark.left_id)]
        for mark in marks
        if mark.left_id in waiting
    ]


def _people_now(mass_change: MassChange, resource_name: str, marks: Sequence[Mark]) -> list[Any]:
    connection = Connection.objects.select_related("company").get(pk=mass_change.connection_id)
    people = hub_people(connection=connection, resource=resource_name)
    left_ids = [mark.left_id for mark in marks]
    values = {record.id: people.resource.values(record) for record in people.read(left_ids)}
    found = Link.objects.filter(connection=connection, resource=resource_name, left_id__in=left_ids).order_by("pk")
    asked = asked_of_many(connection.pk, people.resource, [link.pk for link in found])
    links = {link.left_id: (link.state, {**link.pairs, **_stored(people, asked.get(link.pk))}) for link in found}
    fields_of = cache(lambda columns: sorted(parts_held(people, columns)))
    now = []
    for mark in marks:
        columns = columns_of(mark, mass_change)
        state, pairs = links.get(mark.left_id, ("", {}))
        own = values.get(mark.left_id, {})
        both = [
            (name, people.resource.field(name).to_json(own.get(name)), pairs.get(name)) for name in fields_of(columns)
        ]
        now.append([mark.left_id, sorted(columns), state, both])
    return now


def _stored(people: HubPeople, pairs: Mapping[str, Pair] | None) -> dict[str, Any]:
    """What a review asks about is read as it was shown there, as the push does."""
    return {name: pair_to_json(people.resource.field(name), pair) for name, pair in (pairs or {}).items()}
