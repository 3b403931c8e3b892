"""The people of a mass change: what of them would be sent, and what somebody has edited since (G-17, G-37)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from employees.labels import field_label
from employees.models import Employee
from employees.zones import moment_text
from integrations.core.admin.declared import Shown
from integrations.core.admin.names import name_people, person_link, person_text, user_name
from integrations.core.compare import NO_PARTS, Pair, Parts, all_parts, merged, pairs_from_json
from integrations.core.declare import Field, Record
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.hub.held import columns_of, parts_held
from integrations.core.models import Connection, Link, Mark, MassChange
from integrations.core.takeovers import edits_of

EDITS: Final = 20


class HeldValue(NamedTuple):
    """``reason`` says why a value stays here even when it is released."""

    label: Any
    before: str
    after: str
    reason: str


class HeldPerson(NamedTuple):
    """``note`` says why nothing, or somebody new, would be sent."""

    person: str
    values: list[HeldValue]
    note: str


class HeldEditShown(NamedTuple):
    person: str
    name: str
    label: Any
    who: str
    at: str


def held_edits(request: HttpRequest, connection: Connection, mass_change: MassChange) -> list[HeldEditShown]:
    """Return the fields that were edited since, the newest first: they go by themselves, and are not of it any more."""
    edits = list(mass_change.edits.select_related("by")[:EDITS])
    name_people(edits, ids=[edit.left_id for edit in edits])
    return [
        HeldEditShown(
            person_link(request, left_id=edit.left_id, name=name) or person_text(edit, edit.left_id),
            name or edit.left_id,
            _column_label(edit.field),
            user_name(edit.by) or _("The system"),
            moment_text(edit.at, connection),
        )
        for edit in edits
        for name in [edit.person_name]  # type: ignore[attr-defined]
    ]


def _column_label(column: str) -> Any:
    try:
        return capfirst(field_label(Employee, column))
    except (FieldDoesNotExist, AttributeError):
        return capfirst(column.replace("_", " "))


def held_people(
    request: HttpRequest, connection: Connection, mass_change: MassChange, marks: Sequence[Mark]
) -> list[HeldPerson]:
    """Return a page of people; the number of queries does not depend on theirs."""
    if not marks:
        return []
    name_people(marks, ids=[mark.left_id for mark in marks])
    resource = marks[0].resource
    people = hub_people(connection=connection, resource=resource)
    ids = [mark.left_id for mark in marks]
    records = {record.id: record for record in people.read(ids)}
    links = Link.objects.filter(connection=connection, resource=resource, left_id__in=ids)
    holding = links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT))
    reader = _Reader(people, Shown(request, connection=connection, resource=resource), connection, mass_change)
    by_person: Mapping[str, Link] = {link.left_id: link for link in holding}
    return [
        reader.read(
            person_link(request, left_id=mark.left_id, name=mark.person_name) or person_text(mark, mark.left_id),  # type: ignore[attr-defined]
            records.get(mark.left_id),
            by_person.get(mark.left_id),
            mark,
        )
        for mark in marks
    ]


class _Reader:
    def __init__(self, people: HubPeople, shown: Shown, connection: Connection, mass_change: MassChange) -> None:
        self.people, self.shown, self.connection, self.mass_change = people, shown, connection, mass_change

    def read(self, person: str, record: Record | None, link: Link | None, mark: Mark) -> HeldPerson:
        if record is None:
            return HeldPerson(person, [], _("Not in the company any more: nothing is sent."))
        if link is None:
            return HeldPerson(person, [], self._without_link(record))
        values = list(self._values(record, link, mark))
        note = "" if values else _("Nothing to send any more: both systems agree.")
        if link.state != Link.State.ACTIVE:
            note = _("Not sent for now: %(state)s.") % {"state": link.get_state_display().lower()}
        return HeldPerson(person, values, note)

    def _without_link(self, record: Record) -> str:
        if self.connection.creates_by_itself and record.active and record.in_scope:
            return _("Is created in %(connection)s.") % {"connection": self.connection.label}
        return _("Not in %(connection)s: nothing is sent.") % {"connection": self.connection.label}

    def _values(self, record: Record, link: Link, mark: Mark) -> Iterator[HeldValue]:
        resource = self.people.resource
        pairs = pairs_from_json(resource, link.pairs)
        mine = parts_held(self.people, columns_of(mark, self.mass_change))
        edited = edits_of(self.people, record, pairs)
        kept = {**edited.kept, **dict.fromkeys(edited.by_rule, _("Not sent: the person has a protected identity."))}
        for declared in resource.fields:
            name = declared.name
            parts = edited.parts.get(name, NO_PARTS) & mine.get(name, NO_PARTS)
            if not parts and not (name in kept and name in mine):
                continue
            pair, own = pairs[name], resource.value(record, name)
            sent = _sent(declared, pair, own, parts, edited.parts.get(name, NO_PARTS))
            yield HeldValue(
                self.shown.label(name),
                self.shown.value(name, declared.to_json(pair.right)),
                self.shown.value(name, declared.to_json(sent)),
                str(kept.get(name, "")),
            )


def _sent(declared: Field, pair: Pair, own: Any, parts: Parts, edited: Parts) -> Any:
    """Return the hub's value without what was edited of it apart from the mass change."""
    return merged(declared, value=own, there=pair.right, parts=all_parts(declared) - (edited - parts))
