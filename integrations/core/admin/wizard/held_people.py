"""The people of a mass change: what of them would be sent, and what somebody has edited since (G-17, G-37)."""

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from employees.labels import field_label
from employees.models import Employee
from employees.zones import moment_text
from integrations.core.admin.declared import Shown
from integrations.core.admin.names import linked_person, name_people, user_name
from integrations.core.compare import all_parts, merged
from integrations.core.declare import Field, Record
from integrations.core.held_values import HeldField, HeldReader
from integrations.core.hub.labels import hidden_ids
from integrations.core.hub.last_known import LastKnown
from integrations.core.hub.taking_part import is_created
from integrations.core.models import Connection, Link, Mark, MassChange

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
    """``waits_with`` is the later mass change that holds the field by now; empty: it goes by itself."""

    person: str
    name: str
    label: Any
    who: str
    at: str
    waits_with: str


def held_edits(request: HttpRequest, connection: Connection, mass_change: MassChange) -> list[HeldEditShown]:
    """Return the fields that were edited since, the newest first: they are not of it any more."""
    edits: list[Any] = list(mass_change.edits.select_related("by")[:EDITS])
    name_people(edits, ids=[edit.left_id for edit in edits])
    holders = _holders(connection, [edit.left_id for edit in edits])
    return [
        HeldEditShown(
            linked_person(request, edit, edit.left_id),
            edit.person_name or edit.left_id,
            _column_label(edit.field),
            user_name(edit.by) or _("The system"),
            moment_text(edit.at, connection),
            holders.get((edit.left_id, edit.field), ""),
        )
        for edit in edits
    ]


def _holders(connection: Connection, left_ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return, by person and column, what the mass change is called that holds it."""
    marks = Mark.objects.filter(connection=connection, left_id__in=left_ids).exclude(held_fields={})
    held = list(marks.values_list("left_id", "held_fields"))
    labels = MassChange.objects.in_bulk({int(key) for _left_id, keys in held for key in keys})
    return {
        (left_id, column): labels[int(key)].label
        for left_id, keys in held
        for key, columns in keys.items()
        for column in columns
        if int(key) in labels
    }


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
    reader = HeldReader(mass_change, connection, marks[0].resource)
    shown = Shown(request, connection=connection, resource=marks[0].resource)
    left_ids = [mark.left_id for mark in marks]
    known = LastKnown(reader.people, connection, left_ids)
    teller = _Teller(reader, shown, known, hidden=hidden_ids(left_ids))
    return [
        teller.tell(
            linked_person(request, mark, mark.left_id),
            record,
            link,
            fields,
            reader.unread(mark, link) if link is not None else [],
        )
        for mark, record, link, fields in reader.read(marks)
    ]


class _Teller:
    def __init__(self, reader: HeldReader, shown: Shown, known: LastKnown, *, hidden: Collection[str]) -> None:
        self.reader, self.shown, self.known, self.connection = reader, shown, known, reader.connection
        self.hidden = hidden

    def tell(
        self,
        person: str,
        record: Record | None,
        link: Link | None,
        fields: Sequence[HeldField],
        unread: Sequence[str],
    ) -> HeldPerson:
        """``unread`` are columns that wait and that no field reads by the settings of now."""
        if record is None:
            return HeldPerson(person, [], _("Not in the company any more: nothing is sent."))
        if link is None:
            return HeldPerson(person, [], self._without_link(record))
        if record.id in self.hidden:
            return HeldPerson(person, [], _("You may not see what waits."))
        values = [self._value(record.id, field) for field in fields]
        notes = [self._unread(column) for column in unread]
        if link.state != Link.State.ACTIVE:
            notes.insert(0, _("Not sent for now: %(state)s.") % {"state": link.get_state_display().lower()})
        if not values and not notes:
            notes = [_("Nothing to send any more: both systems agree.")]
        return HeldPerson(person, values, " ".join(notes))

    def _unread(self, column: str) -> str:
        return _(
            "%(field)s: not sent to %(connection)s by its settings as they are. Once you drop the change, it stays"
            " unsent under other settings, too."
        ) % {"field": _column_label(column), "connection": self.connection.label}

    def _without_link(self, record: Record) -> str:
        if is_created(self.connection, record):
            return _("Is created in %(connection)s.") % {"connection": self.connection.label}
        return _("Not in %(connection)s: nothing is sent.") % {"connection": self.connection.label}

    def _value(self, left_id: str, field: HeldField) -> HeldValue:
        declared = self.reader.people.resource.field(field.name)
        there = self.known.written(left_id, declared, field.pair.right)
        before = self.shown.value(field.name, declared.to_json(there.value))
        if before and not there.exact:
            before = _("%(value)s (in small letters, as it is compared)") % {"value": before}
        return HeldValue(
            self.shown.label(field.name),
            before,
            self.shown.value(field.name, declared.to_json(_sent(declared, there.value, field))),
            field.reason,
        )


def _sent(declared: Field, there: Any, field: HeldField) -> Any:
    """Return the hub's value without what was edited of it apart from the mass change."""
    return merged(declared, value=field.own, there=there, parts=all_parts(declared) - (field.edited - field.parts))
