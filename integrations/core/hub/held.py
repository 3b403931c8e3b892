"""What of a person waits with mass changes: the hub's columns, and which parts of the fields they are (G-37)."""

from collections.abc import Collection, Mapping

from integrations.core.compare import Parts, all_parts, with_neighbours
from integrations.core.declare import Field
from integrations.core.hub.endpoint import HubPeople
from integrations.core.hub.people import VALUES
from integrations.core.marks import EVERYTHING, HELD_BY
from integrations.core.models import Mark, MassChange


def columns_held(mark: Mark, *, but: int | None = None) -> frozenset[str]:
    """Return the columns that wait with mass changes, with those of all ``but`` one."""
    held = mark.held_fields
    return frozenset(column for key, columns in held.items() if key != str(but) for column in columns)


def columns_of(mark: Mark, mass_change: MassChange) -> frozenset[str]:
    """Return the columns that wait with a mass change; of a mark that does not say which, everything."""
    whole = [EVERYTHING] if mark.held_by == f"{HELD_BY}{mass_change.pk}" and not mark.held_fields else []
    return frozenset(mark.held_fields.get(str(mass_change.pk), whole))


def parts_held(people: HubPeople, columns: Collection[str]) -> dict[str, Parts]:
    """Return the parts of the declared fields that some columns are."""
    if not columns:
        return {}
    found = {declared.name: _parts(people, declared, columns) for declared in people.resource.fields}
    return {name: parts for name, parts in found.items() if parts}


def columns_read(people: HubPeople) -> frozenset[str]:
    """Return the columns that some field reads by the settings of now."""
    return frozenset(column for name in people.resource.position for column in _columns(people, name))


def is_of(source: str, columns: Collection[str]) -> bool:
    """Whether one of the hub's values is among some columns, whether a field reads it by the settings or not."""
    behind = columns_behind(source)
    return bool(behind) and (EVERYTHING in columns or not set(behind).isdisjoint(columns))


def columns_edited(people: HubPeople, parts: Mapping[str, Parts]) -> frozenset[str]:
    """Return the columns that parts of the declared fields are."""
    return frozenset(
        column
        for name, places in parts.items()
        for place, column in enumerate(_columns(people, name))
        if place in places or not people.resource.field(name).kind.parts
    )


def _parts(people: HubPeople, declared: Field, columns: Collection[str]) -> Parts:
    if EVERYTHING in columns:
        return all_parts(declared)
    places = [place for place, column in enumerate(_columns(people, declared.name)) if column in columns]
    if declared.kind.parts:
        return with_neighbours(declared, places)
    return all_parts(declared) if places else frozenset()


def _columns(people: HubPeople, name: str) -> list[str]:
    return columns_behind(people.sources[name])


def columns_behind(source: str) -> list[str]:
    """Return a value's columns as changes name them: a bank account is one, an unknown value has none."""
    return [column.partition("__")[0] for column in VALUES[source].columns] if source in VALUES else []
