"""What a comparison is told of links, and what it finds (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from integrations.core.compare.fields import FieldDifference
from integrations.core.declare import NOTHING, Record


class LinkState(NamedTuple):
    """What the comparison needs of a link; ``connected`` is false for a disconnected person (G-11)."""

    id: int
    left_id: str
    right_id: str
    digest: str
    connected: bool


class InStep(NamedTuple):
    """A pair that needs no decision; ``link_id`` 0 is a new link, else the link's pairs are to be refreshed.

    ``left`` is the position in the left index (``comparison.left.ids``), ``record`` the right side's.
    ``pairs`` is None where both sides hold the record's very values (`pairs_in_step` makes them then).
    """

    left: int
    link_id: int
    record: Record
    pairs: Mapping[str, Sequence[Any]] | None


class InSteps:
    """Pairs in step; those of a first comparison are made as they are read, not kept as an object per person."""

    __slots__ = ("_lefts", "_records", "_settled")

    def __init__(self) -> None:
        self._lefts: list[int] = []
        self._records: list[Record] = []
        self._settled: list[InStep] = []

    def add_new(self, lefts: Sequence[int], records: Sequence[Record]) -> None:
        """Add pairs without a link, whose sides hold the same values."""
        self._lefts += lefts
        self._records += records

    def append(self, settled: InStep) -> None:
        self._settled.append(settled)

    def __len__(self) -> int:
        return len(self._records) + len(self._settled)

    def __iter__(self) -> Iterator[InStep]:
        for left, record in zip(self._lefts, self._records, strict=True):
            yield InStep(left, 0, record, None)
        yield from self._settled


class Row(NamedTuple):
    """A record that a person decides on; ``pairs`` are the link's after the comparison.

    ``options`` are those for the link of a pair; for somebody on the right alone ``{"values": {field: JSON}}``.
    """

    kind: str
    left_id: str
    right_id: str
    link_id: int
    label: str
    reason: str = ""
    hold_reason: str = ""
    fields: tuple[FieldDifference, ...] = ()
    pairs: Mapping[str, Sequence[Any]] = NOTHING
    options: Mapping[str, Any] = NOTHING


class Found(NamedTuple):
    """What was found since the last drain; ``withdrawn`` are right ids whose pair, reported before, is void."""

    in_step: InSteps
    rows: list[Row]
    withdrawn: list[str]


class Counts(NamedTuple):
    """Pairs and singles seen; ``pairs + singles`` = equal + rows + left_out, always (architecture, SyncRow)."""

    left: int
    right: int
    equal: int
    rows: int
    left_out: dict[str, int]


class Asked(NamedTuple):
    """Of the linked records that the list lacks: right ids that the vendor, asked for them, denied, and the rest.

    Nobody whom it was not ``asked`` for is gone; whom it does have was taken as if listed.
    """

    denied: frozenset[str] = frozenset()
    not_asked: frozenset[str] = frozenset()


NOT_MISSING: Final = Asked()
