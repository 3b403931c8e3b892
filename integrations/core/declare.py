"""What an integration declares of a resource: its fields, match keys and policy (pure).

The table of supported fields, the comparison, the sync, the push and the docs all read these declarations.
"""

import enum
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from integrations.core.kinds import EMAIL, UNKNOWN, Json, Kind

# Text for people: a str, or a lazy translation of one.
Text = Any
# Returns why a present value cannot go to a side, or None when it can.
Check = Callable[[Any], Text | None]
# Returns, per field, why the left side's values (by field name) cannot go to the right side's record.
CheckTogether = Callable[[Mapping[str, Any], "Record"], Mapping[str, Text]]
# Returns what stays at the vendor beside the left side's value once that is written, by the options of the record.
Remains = Callable[[Any, Mapping[str, Any]], Text | None]
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Side(enum.StrEnum):
    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Side":
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Direction(enum.StrEnum):
    """Where a field may travel; left is the hub, right the vendor."""

    BOTH = "both"
    TO_RIGHT = "to_right"
    TO_LEFT = "to_left"
    # Sent when a record is created on the right, never compared afterwards.
    ON_CREATION = "on_creation"


# Bound once: Python 3.11 runs a Python function each time a member is read off its enum, and this is asked per value.
_BOTH, _ON_CREATION = Direction.BOTH, Direction.ON_CREATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One synced value of a resource.

    ``check_left`` and ``check_right`` say why a present value cannot be written to that side. ``doubt`` tells of a
    vendor's value that may be right and should be looked at all the same: it is never chosen beforehand.
    ``sensitive`` values are masked in lists, logs, mails and diffs. ``withheld`` values never leave the
    hub for a person with a protected identity (G-18). ``unique`` values may occur once a side (FX-05).
    ``required`` values must be there to create the record on the right, and are never emptied there; those that are
    only ``never_emptied`` may be missing. Fields of another ``step`` stand in a document of their own at the vendor
    and are written after the others. ``remains`` says what stays at the vendor beside a value that is written.
    """

    name: str
    label: Text
    kind: Kind
    note: Text = ""
    direction: Direction = Direction.BOTH
    required: bool = False
    required_left: bool = False
    never_emptied: bool = False
    step: str = ""
    unique: bool = False
    sensitive: bool = False
    withheld: bool = False
    check_left: Check | None = None
    check_right: Check | None = None
    doubt: Check | None = None
    remains: Remains | None = None

    def may_go(self, to: Side) -> bool:
        if self.direction is _BOTH:
            return True
        if to is Side.LEFT:
            return self.direction is Direction.TO_LEFT
        return self.direction in (Direction.TO_RIGHT, Direction.ON_CREATION)

    @property
    def compared(self) -> bool:
        return self.direction is not _ON_CREATION

    def key(self, value: Any) -> Any:
        """Return what is compared of a value: unknown and empty stay what they are."""
        if value is None or value is UNKNOWN:
            return value
        return self.kind.normalise(value) or None

    def refuses(self, value: Any, *, to: Side) -> str:
        """Return why a side would not take the value, or an empty string; nothing is said of an empty value."""
        check = self.check_left if to is Side.LEFT else self.check_right
        reason = check(value) if check and value is not None and value is not UNKNOWN else None
        return str(reason or "")

    def doubts(self, value: Any) -> str:
        """Return what is doubtful about a vendor's value, or an empty string."""
        reason = self.doubt(value) if self.doubt and value is not None and value is not UNKNOWN else None
        return str(reason or "")

    def remaining(self, value: Any, options: Mapping[str, Any]) -> str:
        """Return what stays at the vendor once the value is written, by its record's options, or an empty string."""
        return str((self.remains and self.remains(value, options)) or "")

    def to_json(self, value: Any) -> Json:
        return None if value is None or value is UNKNOWN else self.kind.to_json(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else self.kind.from_json(value)

    def show(self, value: Any, *, masked: bool = True) -> str:
        """Return the value for a person to read, a sensitive one as the pages of the hub mask it."""
        if value is None or value is UNKNOWN:
            return ""
        return self.kind.mask(value) if masked and self.sensitive else self.kind.show(value)


class Record(NamedTuple):
    """An endpoint's thing in neutral form; ``values`` stand in the order of the resource's fields.

    ``clues`` are at most two strings that point at one person, that of the national ID first, then that of name and
    birth date: whoever shares one with somebody of the other side, or a national ID with somebody of the same side, is
    held from creation until a person answers (G-05, D-08). ``options`` are facts
    to remember with the link, such as where a street stood. ``version`` is the hub's, 0 for vendors. ``source`` is
    what an endpoint needs of its own reading to write the record whole: it is kept in memory only, and for one record
    at a time (``Resource.read_first``).
    ``seen`` are facts of the moment for the integration's own watchers of a listing (``push.others.Watcher``); the core
    keeps none. ``unreadable`` says why the record, or a part of it, could not be read (`core.reading`): its values are
    good for recognising who it is and for nothing else, and its ``id`` is empty where it has none.
    """

    id: str
    values: tuple[Any, ...]
    label: str = ""
    active: bool = True
    protected: bool = False
    in_scope: bool = True
    clues: tuple[str, ...] = ()
    options: Mapping[str, Any] = NOTHING
    version: int = 0
    seen: Mapping[str, Any] = NOTHING
    source: Any = None
    unreadable: str = ""


# The option of a record that names which of several its values are those of (`Choice`).
CHOICE: Final = "choice"


class Choice(NamedTuple):
    """What a person may choose for one link: its name, which one is taken by itself, and the fields that are its."""

    label: Text
    rule: Text
    fields: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who may create where; updates follow the fields' directions."""

    create_left: bool = True
    create_right: bool = True


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One kind of thing that an integration keeps in step.

    ``match_keys`` are names of fields, strongest first. ``natural_key`` is the field by which a create of
    unknown outcome is looked up, ``settle_seconds`` after which the vendor is sure to have done or dropped it.

    ``read_first``: a write replaces the vendor's whole record, so it is read right before, and what is written is
    decided on that. ``job_seconds``: so long the vendor's job of a write is waited for, 0 where it does writes at
    once. ``check_together`` judges values that are right or wrong only beside others. ``choice`` is what a person may
    choose for one link, where the vendor holds several (`Link.choice`, offered by ``Record.options["choices"]``).
    ``created_note`` is what is still to be done about a record that was created on the right. ``lists_changes``: if
    the vendor can list what changed since a day. ``reads_by_link``: how a record is read depends on its link's options,
    so a list needs all of them (`Connector.linked`).
    """

    name: str
    label: Text
    fields: tuple[Field, ...]
    match_keys: tuple[str, ...]
    natural_key: str
    settle_seconds: float
    policy: Policy = field(default_factory=Policy)
    read_first: bool = False
    job_seconds: float = 0.0
    check_together: CheckTogether | None = None
    choice: Choice | None = None
    created_note: Text = ""
    reads_by_link: bool = False
    lists_changes: bool = False

    @cached_property
    def position(self) -> dict[str, int]:
        return {declared.name: index for index, declared in enumerate(self.fields)}

    def field(self, name: str) -> Field:
        return self.fields[self.position[name]]

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Return the e-mail addresses among the match keys: the vendor tells people apart by them."""
        return tuple(name for name in self.match_keys if self.field(name).kind.name == EMAIL.name)

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """Return the steps of a write, in their order: that of the fields."""
        return tuple(dict.fromkeys(declared.step for declared in self.fields))

    def next_step(self, names: Collection[str]) -> tuple[str, frozenset[str]]:
        """Return the first step that has some of the fields, and those of them that it writes."""
        step = min((self.field(name).step for name in names), key=self.steps.index)
        return step, frozenset(name for name in names if self.field(name).step == step)

    def value(self, record: Record, name: str) -> Any:
        return record.values[self.position[name]]

    def values(self, record: Record) -> dict[str, Any]:
        """Return the record's values by field name."""
        return dict(zip(self.position, record.values, strict=True))

    def keys(self, record: Record) -> tuple[Any, ...]:
        """Return what is compared of the record, in the order of the fields."""
        return tuple(declared.key(value) for declared, value in zip(self.fields, record.values, strict=True))
