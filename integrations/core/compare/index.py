"""The small key index that a comparison keeps of each side (pure).

A record costs some 150 bytes here, whatever it holds: the values themselves are dropped page by page.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, chain
from typing import Any, Final

from integrations.core.declare import Record, Resource
from integrations.core.kinds import UNKNOWN

# A record's flags.
ACTIVE: Final = 1
IN_SCOPE: Final = 2
# No traffic for this person (G-11).
DISCONNECTED: Final = 4
LINKED: Final = 8
CREATABLE: Final = 16

# CPython's hash of an empty text is 0, which is "no clue".
CLUES_PER_RECORD: Final = 2
NO_CLUES: Final = ("", "")


class Packed:
    """Texts by position, stored as one run of bytes."""

    __slots__ = ("ends", "run")

    def __init__(self) -> None:
        self.run = bytearray()
        self.ends = array("q", [0])

    def extend(self, texts: Iterable[str]) -> None:
        encoded = [text.encode() for text in texts]
        self.ends.extend(list(accumulate(map(len, encoded), initial=len(self.run)))[1:])
        self.run += b"".join(encoded)

    def __getitem__(self, position: int) -> str:
        return self.run[self.ends[position] : self.ends[position + 1]].decode()

    def __len__(self) -> int:
        return len(self.ends) - 1


class SideIndex:
    """Of each record of one side: id, label, flags, hashes of its unique values and clues.

    Hashes are Python's own (64 bits, keyed per process): they never leave the process, and 0 is "empty".
    """

    def __init__(self, resource: Resource) -> None:
        self.ids = Packed()
        self.labels = Packed()
        self.flags = bytearray()
        self.clues = array("q")
        self.unique = {declared.name: array("q") for declared in resource.fields if declared.unique}
        self._match_keys = resource.match_keys
        self._hashed: list[tuple[str, int, Callable[[Any], Any]]] = [
            (name, resource.position[name], resource.field(name).kind.normalise)
            for name in dict.fromkeys([*self.unique, *resource.match_keys])
        ]

    def __len__(self) -> int:
        return len(self.flags)

    def extend(self, records: Sequence[Record], *, flags: Iterable[int]) -> list[list[int]]:
        """Index records, column by column; returns the hashes of the match keys, a list per key."""
        self.ids.extend([record.id for record in records])
        self.labels.extend([record.label for record in records])
        self.flags.extend(flags)
        self.clues.extend([hash(clue) for record in records for clue in (record.clues + NO_CLUES)[:CLUES_PER_RECORD]])
        rows = [record.values for record in records]
        hashes: dict[str, list[int]] = {}
        for name, position, normalise in self._hashed:
            hashes[name] = [
                0 if (value := row[position]) is None or value is UNKNOWN else hash(normalise(value)) for row in rows
            ]
            if name in self.unique:
                self.unique[name].extend(hashes[name])
        return [hashes[name] for name in self._match_keys]

    def duplicates(self, name: str) -> dict[int, list[int]]:
        """Return hash → positions of the records that share a value of a unique field; empty ones never do."""
        hashes = self.unique[name]
        distinct = set(hashes)
        distinct.discard(0)
        found: dict[int, list[int]] = {}
        if len(distinct) + hashes.count(0) == len(hashes):
            return found
        for position, hashed in enumerate(hashes):
            if hashed in distinct:
                distinct.discard(hashed)
                found[hashed] = [position]
            elif hashed:
                found[hashed].append(position)
        return {hashed: positions for hashed, positions in found.items() if len(positions) > 1}

    def clue_hits(self, wanted: dict[int, list[int]]) -> Iterable[tuple[int, int]]:
        """Yield (position here, position that wanted the clue) for every clue of this side that is wanted."""
        for place, hashed in enumerate(self.clues if wanted else ()):
            if hashed and hashed in wanted:
                for asker in wanted[hashed]:
                    yield place // CLUES_PER_RECORD, asker

    def clues_of(self, positions: Sequence[int]) -> dict[int, list[int]]:
        """Return clue hash → those of the given positions that carry it."""
        wanted: dict[int, list[int]] = {}
        for position in positions:
            start = position * CLUES_PER_RECORD
            for hashed in self.clues[start : start + CLUES_PER_RECORD]:
                if hashed:
                    wanted.setdefault(hashed, []).append(position)
        return wanted


class MatchIndex:
    """The left side's match keys: hash → position, with the rare shared ones kept as lists beside it."""

    def __init__(self, names: Sequence[str]) -> None:
        self._single: list[dict[int, int]] = [{} for _ in names]
        self._shared: list[dict[int, list[int]]] = [{} for _ in names]

    def extend(self, columns: Sequence[Sequence[int]], *, start: int) -> None:
        """Add the match keys of the records from position ``start`` on, a column per key."""
        for single, shared, column in zip(self._single, self._shared, columns, strict=True):
            for position, hashed in enumerate(column, start):
                if hashed and (first := single.setdefault(hashed, position)) != position:
                    shared.setdefault(hashed, [first]).append(position)

    def candidates(self, columns: Sequence[Sequence[int]]) -> list[Sequence[int]]:
        """Return, per record, the distinct positions that any of its keys points at, the strongest key's first."""
        if len(columns) == 1:
            return self._of_key(0, columns[0])
        by_key = [self._of_key(number, column) for number, column in enumerate(columns)]
        return [tuple(dict.fromkeys(chain.from_iterable(found))) for found in zip(*by_key, strict=True)]

    def _of_key(self, number: int, column: Sequence[int]) -> list[Sequence[int]]:
        single, shared = self._single[number], self._shared[number]
        firsts = [single.get(hashed) if hashed else None for hashed in column]
        if not shared:
            return [() if first is None else (first,) for first in firsts]
        return [
            () if first is None else shared.get(hashed, (first,)) for hashed, first in zip(column, firsts, strict=True)
        ]
