"""The small key index that a comparison keeps of each side (pure).

A person on both sides costs less than 300 bytes, whatever the records hold: the values themselves are dropped page
by page, and what is kept stands in arrays instead of objects.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, islice
from operator import itemgetter
from typing import Any, Final

from integrations.core.compare.columns import hashes_of
from integrations.core.declare import Record, Resource

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
# Instead of a position: nobody, and several people.
NOBODY: Final = -1
SEVERAL: Final = -2


class Packed:
    """Texts by position, stored as one run of bytes."""

    __slots__ = ("ends", "run")

    def __init__(self) -> None:
        self.run = bytearray()
        # Four bytes each: the texts of one side stay far below 4 GB.
        self.ends = array("I", [0])

    def extend(self, texts: Sequence[str]) -> None:
        joined = "".join(texts)
        lengths = map(len, texts) if joined.isascii() else [len(text.encode()) for text in texts]
        self.ends.extend(islice(accumulate(lengths, initial=len(self.run)), 1, None))
        self.run += joined.encode()

    def __getitem__(self, position: int) -> str:
        return self.run[self.ends[position] : self.ends[position + 1]].decode()

    def __len__(self) -> int:
        return len(self.ends) - 1


class SideIndex:
    """Of each record of one side: id, label, flags, clues, and the hashes of its match keys and unique values.

    Hashes are Python's own (64 bits, keyed per process): they never leave the process, and 0 is "empty".
    """

    def __init__(self, resource: Resource) -> None:
        self.ids = Packed()
        self.labels = Packed()
        self.flags = bytearray()
        self.clues = array("q")
        self.unique = tuple(declared.name for declared in resource.fields if declared.unique)
        self._hashed: list[tuple[str, Callable[[tuple[Any, ...]], Any], Callable[[Any], Any]]] = [
            (name, itemgetter(resource.position[name]), resource.field(name).kind.normalise)
            for name in dict.fromkeys([*self.unique, *resource.match_keys])
        ]
        self.hashes = {name: array("q") for name, _, _ in self._hashed}

    def __len__(self) -> int:
        return len(self.flags)

    def extend(self, records: Sequence[Record]) -> None:
        """Index records, column by column."""
        if not records:
            return
        ids, rows, labels, active, _protected, in_scope, clues, *_others = zip(*records, strict=True)
        self.ids.extend(ids)
        self.labels.extend(labels)
        if all(active) and all(in_scope):
            self.flags.extend([ACTIVE | IN_SCOPE] * len(records))
        else:
            self.flags.extend(here * ACTIVE | inside * IN_SCOPE for here, inside in zip(active, in_scope, strict=True))
        self._extend_clues(clues)
        for name, value_of, normalise in self._hashed:
            self.hashes[name].fromlist(hashes_of(list(map(value_of, rows)), normalise=normalise))

    def _extend_clues(self, clues: Sequence[tuple[str, ...]]) -> None:
        if any(clues):
            self.clues.fromlist([hash(clue) for found in clues for clue in (found + NO_CLUES)[:CLUES_PER_RECORD]])
        else:
            self.clues.frombytes(bytes(self.clues.itemsize * CLUES_PER_RECORD * len(clues)))

    def duplicates(self, name: str) -> dict[int, list[int]]:
        """Return hash → positions of the records that share a value of a unique field; empty ones never do."""
        return _shared(self.hashes[name])

    def sharing_national_id(self) -> list[list[int]]:
        """Return the positions of the records that share a national ID, which is the first of a record's clues."""
        return list(_shared(self.clues[::CLUES_PER_RECORD]).values())

    def clue_hits(self, wanted: dict[int, list[int]]) -> Iterable[tuple[int, int]]:
        """Yield (position here, position that wanted the clue) for every clue of this side that is wanted."""
        for place, hashed in enumerate(self.clues if wanted else ()):
            if hashed and hashed in wanted:
                for asker in wanted[hashed]:
                    yield place // CLUES_PER_RECORD, asker

    def value_hits(self, name: str, wanted: dict[int, list[int]]) -> Iterable[tuple[int, int]]:
        """Yield (position here, position that wanted the value) for every value of a field that is wanted."""
        for position, hashed in enumerate(self.hashes[name] if wanted else ()):
            if hashed and hashed in wanted:
                for asker in wanted[hashed]:
                    yield position, asker

    def values_of(self, name: str, positions: Sequence[int]) -> dict[int, list[int]]:
        """Return hash → those of the given positions that hold the value; empty ones never do."""
        wanted: dict[int, list[int]] = {}
        for position in positions:
            if hashed := self.hashes[name][position]:
                wanted.setdefault(hashed, []).append(position)
        return wanted

    def clues_of(self, positions: Sequence[int]) -> dict[int, list[int]]:
        """Return clue hash → those of the given positions that carry it."""
        wanted: dict[int, list[int]] = {}
        for position in positions:
            start = position * CLUES_PER_RECORD
            for hashed in self.clues[start : start + CLUES_PER_RECORD]:
                if hashed:
                    wanted.setdefault(hashed, []).append(position)
        return wanted


def _shared(hashes: "array[int]") -> dict[int, list[int]]:
    """Return hash → positions of the hashes that several records carry; 0 is nobody's."""
    distinct = set(hashes)
    if len(distinct) == len(hashes):
        return {}
    distinct.discard(0)
    if len(distinct) + hashes.count(0) == len(hashes):
        return {}
    found: dict[int, list[int]] = {}
    for position, hashed in enumerate(hashes):
        if hashed in distinct:
            distinct.discard(hashed)
            found[hashed] = [position]
        elif hashed:
            found[hashed].append(position)
    return {hashed: positions for hashed, positions in found.items() if len(positions) > 1}


class KeyIndex:
    """Hash → position by open addressing: some 20 bytes a record, where a dict of integers takes 116."""

    def __init__(self, hashes: "array[int]") -> None:
        self._hashes = hashes
        # At most half full, so that the first look mostly finds.
        self._mask = (1 << (2 * len(hashes)).bit_length()) - 1
        self._slots = array("i", [NOBODY]) * (self._mask + 1)
        # The rare hashes that several records carry.
        self.shared: dict[int, list[int]] = {}
        for position, hashed in enumerate(hashes):
            slot = hashed & self._mask
            if self._slots[slot] == NOBODY and hashed:
                self._slots[slot] = position
            elif hashed:
                self._insert(hashed, position)

    def _insert(self, hashed: int, position: int) -> None:
        slot = self._slot(hashed)
        if (first := self._slots[slot]) == NOBODY:
            self._slots[slot] = position
        else:
            self.shared.setdefault(hashed, [first]).append(position)

    def _slot(self, hashed: int) -> int:
        """Return the slot where the hash stands, or where it would stand."""
        slot = hashed & self._mask
        while (there := self._slots[slot]) != NOBODY and self._hashes[there] != hashed:
            slot = slot + 1 & self._mask
        return slot

    def find(self, wanted: Sequence[int]) -> list[int]:
        """Return, per hash, the first position that carries it, or NOBODY; nobody carries 0."""
        hashes, slots, mask = self._hashes, self._slots, self._mask
        return [
            there if (there := slots[hashed & mask]) == NOBODY or hashes[there] == hashed else slots[self._slot(hashed)]
            for hashed in wanted
        ]


class MatchIndex:
    """The left side's match keys, once it is indexed."""

    def __init__(self, columns: Iterable["array[int]"]) -> None:
        self._keys = [KeyIndex(column) for column in columns]

    def has(self, place: int, hashed: int) -> bool:
        """Whether somebody's match key, that of the place among them, has the hash."""
        return self._keys[place].find([hashed]) != [NOBODY]

    def find(self, columns: Sequence[Sequence[int]]) -> tuple[list[int], dict[int, list[int]]]:
        """Return per record the position that its keys point at, NOBODY or SEVERAL; and those of the latter, by place.

        ``columns`` are the records' hashes, a column per key. Several are distinct, the strongest key's first.
        """
        found = [key.find(column) for key, column in zip(self._keys, columns, strict=True)]
        firsts = found[0]
        several: dict[int, list[int]] = {}
        if len(self._keys) == 1 and not self._keys[0].shared:
            return firsts, several
        for place, (firsts_of_keys, hashes) in enumerate(
            zip(zip(*found, strict=True), zip(*columns, strict=True), strict=True)
        ):
            distinct: dict[int, None] = {}
            for key, first, hashed in zip(self._keys, firsts_of_keys, hashes, strict=True):
                if first != NOBODY:
                    distinct.update(dict.fromkeys(key.shared.get(hashed, (first,))))
            firsts[place] = NOBODY if not distinct else next(iter(distinct))
            if len(distinct) > 1:
                firsts[place] = SEVERAL
                several[place] = list(distinct)
        return firsts, several
