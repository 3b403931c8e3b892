"""What goes to a vendor by itself when people of the hub change: the rules of the push, asked without a call (G-27).

It is asked before a change is made (`hub.forecasting`) and in the transaction that makes it (`hub.mass_changes`), so
that those who are told of, those who are held and those who are sent are the same. What the vendor holds is what was
known last: a value that somebody changed there since is met by the push alone.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Final, NamedTuple

from employees.tracking import Reach
from integrations.core.compare import Pair, PairState, cannot_create, pairs_from_json, unfit_together
from integrations.core.declare import NOTHING, Record, Side
from integrations.core.hub.endpoint import READ_AT_ONCE, Columns, hub_people
from integrations.core.hub.given_away import given_away, is_on_its_way, links_of_leavers_with
from integrations.core.hub.held import columns_held, parts_held
from integrations.core.hub.people import VALUES
from integrations.core.hub.taking_part import is_created, state_now
from integrations.core.kinds import UNKNOWN
from integrations.core.models import Connection, Link, Mark, SyncRun
from integrations.core.push.edited import Edited, edited_values, is_asked_first
from integrations.core.undecided import asked_of_many, shown_by

Names = Collection[str] | None
State = Link.State
SCOPE: Final = "department"
PROTECTED: Final = "protected_identity"
LEAVING: Final = "last_workday"
BANK_ACCOUNT: Final = "bank_account"
NUMBER: Final = "employment_id"


class Going(NamedTuple):
    """What goes of one person: names of fields. ``unlike`` are those of them that a person had left unlike there."""

    left_id: str
    label: str
    fields: tuple[str, ...]
    created: bool = False
    unlike: tuple[str, ...] = ()


def going_of(*, connection: Connection, resource: str, reach: Reach) -> Iterator[Going]:
    """Yield what an operation sends by itself; a number of queries that depends on its thousands of people only.

    Raises what `hub_people` raises where the connection's settings or company do not hold.
    """
    return _Plan(connection, resource, reach).going()


def going_with(run: SyncRun, marks: Mapping[str, Mark]) -> Iterator[Going]:
    """Yield what the marks, by left ID, send by themselves once a review is confirmed; raises as `going_of` does.

    Of what the review shows only what was edited since: anything else is decided there.
    """
    reach = Reach(changed=dict.fromkeys(map(int, marks)), after=lambda ids: {})
    return _Plan(run.connection, run.resource, reach, marks=marks, run=run).going()


class _Plan:
    def __init__(
        self,
        connection: Connection,
        resource: str,
        reach: Reach,
        *,
        marks: Mapping[str, Mark] = NOTHING,
        run: SyncRun | None = None,
    ) -> None:
        self._connection, self._reach = connection, reach
        self._marks, self._run = marks, run
        self._people = hub_people(connection=connection, resource=resource)
        self._resource = self._people.resource
        sources = self._people.sources
        self._columns = {
            declared.name: _names(VALUES[sources[declared.name]].columns)
            for declared in self._resource.fields
            if declared.may_go(Side.RIGHT)
        }
        self._touched: dict[frozenset[str] | None, frozenset[str]] = {}

    def going(self) -> Iterator[Going]:
        waiting = iter(sorted(self._reach.changed))
        while ids := list(islice(waiting, READ_AT_ONCE)):
            yield from self._changed(ids)
        for company_id in self._reach.new:
            if company_id == self._connection.company_id and self._connection.creates_by_itself:
                yield from self._new(company_id)

    def _new(self, company_id: int) -> Iterator[Going]:
        if self._reach.added is None:
            for number in range(self._reach.new[company_id]):
                yield Going(f"new {number}", "", tuple(self._columns), created=True)
            return
        records = self._people.read_new(_flat(columns) for columns in self._reach.added(company_id))
        while batch := list(islice(records, READ_AT_ONCE)):
            numbers = Counter(filter(None, map(_national_id, batch)))
            shared = self._people.may_carry(numbers) | {number for number, people in numbers.items() if people > 1}
            for left in batch:
                if _national_id(left) not in shared:
                    yield from self._created(left._replace(label=self._label_of_new(left)))

    def _label_of_new(self, left: Record) -> str:
        """Return the name of somebody who has no record yet, with what will tell the person from namesakes."""
        number = self._resource.value(left, NUMBER) if NUMBER in self._resource.position else None
        return f"{left.label} ({number})" if left.label and isinstance(number, str) else left.label

    def _created(self, left: Record) -> Iterator[Going]:
        mark = self._marks.get(left.id)
        # Whoever is not there yet waits whole with a mass change.
        if (mark is not None and mark.held_fields) or not is_created(self._connection, left):
            return
        if cannot_create(self._resource, left, to=Side.RIGHT):
            return
        if not any(self._waits(left, name) for name in self._resource.addresses):
            sent = [name for name in self._columns if self._resource.value(left, name) not in (None, UNKNOWN)]
            yield Going(left.id, left.label, tuple(sent), created=True)

    # --- People who were there before ---------------------------------------------------------------------

    def _changed(self, ids: Sequence[int]) -> Iterator[Going]:
        left_ids = [str(pk) for pk in ids]
        links = Link.objects.filter(connection=self._connection, resource=self._resource.name, left_id__in=left_ids)
        holding = {
            link.left_id: link
            for link in links.exclude(state__in=(State.GONE_LEFT, State.GONE_RIGHT)).defer("digest", "synced_at")
        }
        asked = self._asked([link.pk for link in holding.values()])
        told = self._reach.after
        after = {pk: _flat(columns) for pk, columns in told(ids).items()} if told else None
        unlinked = []
        for left in self._people.read(left_ids, after=after):
            names = self._reach.changed[int(left.id)]
            link = holding.get(left.id)
            if link is not None:
                yield from self._linked(left, link, names, asked.get(link.pk, NOTHING))
            elif self._connection.creates_by_itself and (names is None or self._concerns(names)):
                unlinked.append(left)
        shared = self._people.sharing_national_id([left.id for left in unlinked]) if unlinked else ()
        for left in unlinked:
            if left.id not in shared:
                yield from self._created(left)

    def _concerns(self, names: Collection[str]) -> bool:
        """Whether somebody is marked because of it at all (`hub.tracking`)."""
        return any(name in (PROTECTED, SCOPE) or name in SYNCED for name in names)

    def _asked(self, links: Collection[int]) -> Mapping[int, Mapping[str, Pair]]:
        """Return the pairs that the push reads beside the links' own, by link (`undecided`)."""
        if self._run is not None:
            return shown_by(self._run, self._resource, links)
        return asked_of_many(self._connection.pk, self._resource, links)

    def _linked(self, left: Record, link: Link, names: Names, asked: Mapping[str, Pair]) -> Iterator[Going]:
        # A match that is only proposed waits for its confirmation, and then goes like any other.
        state = State.ACTIVE if link.state == State.PROPOSED else link.state
        if state_now(state, left) is not State.ACTIVE or link.gone_at is not None:
            return
        touched = self._fields_of(names)
        stored = {name: pair for name, pair in link.pairs.items() if name in touched}
        pairs = pairs_from_json(self._resource, stored)
        pairs.update((name, pair) for name, pair in asked.items() if name in touched)
        assigned = self._fields_of(self._reach.assigned.get(int(left.id), ()))
        sent = [*self._sent(left, link, pairs), *(name for name in assigned if name in pairs)]
        fields = [declared.name for declared in self._resource.fields if declared.name in sent]
        if fields:
            unlike = [name for name in fields if pairs[name].state is not PairState.SETTLED]
            yield Going(left.id, left.label, tuple(fields), unlike=tuple(unlike))

    def _sent(self, left: Record, link: Link, pairs: Mapping[str, Pair]) -> list[str]:
        if self._reach.after is None:
            withheld = [name for name in pairs if self._resource.field(name).withheld and left.protected]
            return [name for name in pairs if name not in withheld]
        emptied = given_away(self._people, left, pairs, soon=self._taken_over)
        values = self._written(self._edited(left, pairs, emptied), pairs)
        unfit = self._unfit(left, link) if values and self._resource.check_together else NOTHING
        return [name for name in values if name not in unfit and not self._waits(left, name)]

    def _edited(self, left: Record, pairs: Mapping[str, Pair], emptied: Collection[str]) -> Edited:
        mark = self._marks.get(left.id)
        held = parts_held(self._people, columns_held(mark)) if mark is not None else NOTHING
        return edited_values(self._resource, left, pairs=pairs, given_away=emptied, held=held)

    def _written(self, edited: Edited, pairs: Mapping[str, Pair]) -> dict[str, Any]:
        """Leave out what the vendor holds already, and a sensitive value that a person is asked about (G-25)."""
        field = self._resource.field
        return {
            name: value
            for name, value in edited.values.items()
            if field(name).key(value) != pairs[name].right and not is_asked_first(field(name), pairs[name])
        }

    def _unfit(self, left: Record, link: Link) -> Mapping[str, str]:
        """Return what does not fit the vendor's record, as it was known last."""
        known = pairs_from_json(self._resource, link.pairs)
        values = tuple(known[each.name].right if each.name in known else UNKNOWN for each in self._resource.fields)
        return unfit_together(self._resource, left=left, right=Record(link.right_id, values, options=link.options))

    # --- Addresses that go over (D-10) --------------------------------------------------------------------

    def _waits(self, left: Record, name: str) -> bool:
        """Whether an address still stands at somebody who has left, where nobody is about to empty it."""
        if name not in self._resource.addresses:
            return False
        key = self._resource.field(name).key(self._resource.value(left, name))
        if key is None or key not in self._with_leavers.get(name, ()):
            return False
        holder = next(links_of_leavers_with(self._connection, self._people, name, key), None)
        if holder is None or int(holder.left_id) in self._reach.changed:
            return False
        return not is_on_its_way(self._connection, self._people, holder.left_id)

    @cached_property
    def _with_leavers(self) -> Mapping[str, Collection[Any]]:
        """Return the addresses, by field, that people who have left still hold at the vendor."""
        found: dict[str, set[Any]] = {}
        for name in self._resource.addresses:
            leavers = self._people.leavers_without(name)
            links = Link.objects.filter(connection=self._connection, resource=self._resource.name, gone_at=None)
            for start in range(0, len(leavers), READ_AT_ONCE):
                held = links.filter(left_id__in=leavers[start : start + READ_AT_ONCE])
                found.setdefault(name, set()).update(held.values_list(f"pairs__{name}__1", flat=True))
        return found

    def _taken_over(self, name: str, address: str) -> bool:
        return address in self._new_addresses.get(name, ())

    @cached_property
    def _new_addresses(self) -> Mapping[str, Collection[str]]:
        """Return the addresses, by field, that the operation itself gives to somebody."""
        found: dict[str, set[str]] = {}
        columns = [*self._after_all(), *self._added_all()]
        for name in self._resource.addresses:
            (column,) = VALUES[self._people.sources[name]].columns
            key = self._resource.field(name).key
            found[name] = {key(each[column]) for each in columns if each.get(column)}
        return found

    def _after_all(self) -> Iterator[Columns]:
        if self._reach.after is not None:
            yield from self._reach.after(list(self._reach.changed)).values()

    def _added_all(self) -> Iterator[Columns]:
        if self._reach.added is not None and self._connection.company_id is not None:
            yield from self._reach.added(self._connection.company_id)

    # --- Fields -------------------------------------------------------------------------------------------

    def _fields_of(self, names: Names) -> frozenset[str]:
        """Return the fields that may go because of a change of columns; None: any."""
        key = None if names is None else frozenset(names)
        if key not in self._touched:
            self._touched[key] = self._find_fields(key)
        return self._touched[key]

    def _find_fields(self, names: frozenset[str] | None) -> frozenset[str]:
        if names is None or (SCOPE in names and self._connection.scope):
            # Whoever changes departments may enter a pilot.
            return frozenset(self._columns)
        found = {name for name, columns in self._columns.items() if not columns.isdisjoint(names)}
        if PROTECTED in names:
            # Whoever is protected no more is sent again.
            found.update(name for name in self._columns if self._resource.field(name).withheld)
        if LEAVING in names:
            found.update(self._resource.addresses)
        return frozenset(found)


def _national_id(left: Record) -> str:
    """Return the clue of the national ID: who shares one with somebody of the hub is asked about first (D-08)."""
    return left.clues[0] if left.clues else ""


def _names(columns: Collection[str]) -> frozenset[str]:
    """Return columns as ``Reach`` names them: a bank account is one field."""
    return frozenset(column.partition("__")[0] for column in columns)


def _flat(columns: Columns) -> Columns:
    """Return columns as the hub's people are read: a bank account's numbers stand beside the others."""
    if BANK_ACCOUNT not in columns:
        return columns
    numbers = columns[BANK_ACCOUNT] or {}
    account = {name: numbers.get(name.partition("__")[2]) for name in VALUES[BANK_ACCOUNT].columns}
    return {**columns, **account}


# Fields, as ``Reach`` names them, whose change is a change of a value that may be kept in step.
SYNCED: Final = frozenset().union(*(_names(value.columns) for value in VALUES.values()))
