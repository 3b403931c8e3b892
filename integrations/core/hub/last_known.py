"""How what a vendor was last known to hold is written: pairs keep it as it is compared, folded (G-37).

Looked for among what reviews showed, what was written there, and what the hub has held: the same value in somebody's
own writing. Of a value of several parts each is looked for by itself.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from django.db.models import Q

from employees.models import Employee
from integrations.core.declare import Field
from integrations.core.hub.endpoint import HubPeople
from integrations.core.hub.people import SUBJECT, VALUES
from integrations.core.kinds import DATE, UNKNOWN
from integrations.core.models import Connection, FieldChange, SyncField

# Newest first: so many are read for all people of a page.
MOST: Final = 5_000
Place = tuple[str, str]


class Written(NamedTuple):
    """``exact`` is False where nobody knows how it is written: then it is as it is compared."""

    value: Any
    exact: bool


class LastKnown:
    """Of some people; a fixed number of queries."""

    def __init__(self, people: HubPeople, connection: Connection, left_ids: Sequence[str]) -> None:
        self._people, self._connection, self._ids = people, connection, list(left_ids)
        self._seen: dict[Place, list[Any]] = defaultdict(list)
        for left_id, name, value in (*self._reviewed(), *self._sent(), *self._held()):
            self._seen[left_id, name].append(value)

    def written(self, left_id: str, declared: Field, key: Any) -> Written:
        """Return the value whose normalised form ``key`` is."""
        if key is None or key is UNKNOWN or declared.kind is DATE:
            return Written(key, exact=True)
        seen = [(value, declared.key(value)) for value in self._seen[left_id, declared.name] if value is not None]
        if not declared.kind.parts:
            same = next((value for value, of_it in seen if of_it == key), None)
            # Without a text of somebody's the same value in its plain form: only texts of several parts are folded.
            return Written(key if same is None else same, exact=True)
        parts = [_part(place, wanted, seen) for place, wanted in enumerate(key)]
        known = [wanted if part is None else part for part, wanted in zip(parts, key, strict=True)]
        return Written(declared.from_json(known), exact=None not in parts)

    # --- What was seen, the newest first ---------------------------------------------------------------------

    def _reviewed(self) -> Iterator[tuple[str, str, Any]]:
        fields = SyncField.objects.filter(
            row__run__connection=self._connection,
            row__run__resource=self._people.resource.name,
            row__left_id__in=self._ids,
        )
        found = fields.order_by("-pk").values_list("row__left_id", "field", "left", "right")
        for left_id, name, left, right in found[:MOST]:
            yield from self._declared(left_id, name, right, left)

    def _sent(self) -> Iterator[tuple[str, str, Any]]:
        changes = FieldChange.objects.filter(subject=SUBJECT, subject_id__in=self._ids, connection=self._connection)
        found = changes.order_by("-pk").values_list("subject_id", "field", "before", "after")
        for left_id, name, before, after in found[:MOST]:
            yield from self._declared(left_id, name, after, before)

    def _declared(self, left_id: str, name: str, *values: Any) -> Iterator[tuple[str, str, Any]]:
        if name in self._people.resource.position:
            declared = self._people.resource.field(name)
            yield from ((left_id, name, declared.from_json(value)) for value in values if value is not None)

    def _held(self) -> Iterator[tuple[str, str, Any]]:
        """Yield what the hub holds, and what it held before each change, going back in time."""
        columns = {
            declared.name: VALUES[self._people.sources[declared.name]].columns
            for declared in self._people.resource.fields
            if declared.compared
        }
        of_column = {column: name for name, several in columns.items() for column in several}
        names = list(of_column)
        states = {
            str(pk): dict(zip(names, row, strict=True))
            for pk, *row in Employee.objects.filter(pk__in=map(int, self._ids)).values_list("pk", *names)
        }
        for left_id, state in states.items():
            yield from ((left_id, name, self._read(state, name)) for name in columns)
        texts = Q(field__in=[column.replace("__", ".") for column in names])
        changes = FieldChange.objects.filter(texts, subject=SUBJECT, subject_id__in=self._ids, connection=None)
        found = changes.order_by("-pk").values_list("subject_id", "field", "before")
        for left_id, field, before in found[:MOST]:
            column = field.replace(".", "__")
            name = of_column[column]
            if left_id in states and self._people.resource.field(name).kind is not DATE:
                states[left_id][column] = before or ""
                yield left_id, name, self._read(states[left_id], name)

    def _read(self, state: dict[str, Any], name: str) -> Any:
        source = VALUES[self._people.sources[name]]
        return source.read(*[state[column] for column in source.columns])


def _part(place: int, wanted: Any, seen: Sequence[tuple[Any, Any]]) -> Any:
    if not wanted:
        return wanted
    return next((value[place] for value, key in seen if key is not UNKNOWN and key and key[place] == wanted), None)
