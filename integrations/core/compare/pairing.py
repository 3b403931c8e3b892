"""Pairing two sides and finding what needs a decision, page by page (pure).

The left side is indexed first, then the right side's pages are taken as they come: a record is paired by its
link, else by the match keys. Pairs whose values are the same are in step at once; the others wait in a buffer
until their left values are read again in bulk. What only the whole listing can show (a shared value, two
candidates, who is on one side only) is told by :mod:`core.compare.ending`, which may withdraw pairs reported
before. Memory is the index plus the buffers, whatever the number of people.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import compress, islice
from typing import Any, Final

from django.utils.translation import gettext as _

from integrations.core.compare.fields import (
    Pair,
    compare_records,
    pairs_digest,
    pairs_from_json,
    pairs_in_step,
)
from integrations.core.compare.found import Counts, Found, InStep, InSteps, LinkState, Row
from integrations.core.compare.index import DISCONNECTED, IN_SCOPE, LINKED, MatchIndex, SideIndex
from integrations.core.compare.singles import Singles
from integrations.core.declare import Record, Resource, Side
from integrations.core.kinds import UNKNOWN

# So many found pairs are kept before the caller must take them away (`drain`).
BUFFER: Final = 10_000
INDEXED_AT_ONCE: Final = 500
SINGLE: Final = -1
# How a pair's comparison ended.
EQUAL: Final = 1
DIFFERS: Final = 2


class Comparison:
    """One comparison of two sides of a resource.

    ``read_left(ids)`` reads left records again by id; ``read_pairs(link_ids)`` reads links' stored pairs. The
    order of calls: ``add_links``, ``add_left``, any number of ``take`` and ``drain``, then ``finish``.
    """

    def __init__(
        self,
        resource: Resource,
        *,
        read_left: Callable[[Sequence[str]], Iterable[Record]],
        read_pairs: Callable[[Sequence[int]], Mapping[int, Mapping[str, Sequence[Any]]]],
        include_ended: bool = False,
    ) -> None:
        self.resource = resource
        self.left, self.right = SideIndex(resource), SideIndex(resource)
        self.read_left, self._read_pairs = read_left, read_pairs
        self.include_ended = include_ended
        self._match = MatchIndex(self._keys(self.left))
        self._raw_hashes = array("q")
        # Left position → right position, and the other way round.
        self.taken_by, self.partner = array("i"), array("i")
        self._seen: set[int] = set()
        self.link_of_left: dict[str, LinkState] = {}
        self.link_of_right: dict[str, LinkState] = {}
        self.left_of_link: dict[str, int] = {}
        self._waiting: list[tuple[Record, int, LinkState | None]] = []
        self._found = Found(InSteps(), [], [])
        # Right position → EQUAL or DIFFERS where its pair was compared, else 0.
        self.outcomes = bytearray()
        self.rows = 0
        self.left_out: dict[str, int] = {}
        # Left position → the right positions that claim it without a link.
        self.claims: dict[int, list[int]] = {}
        # Right position → its record, of those current ones that claim: an ended one may have come before (G-28).
        self.claimants: dict[int, Record] = {}
        # Right position → the left positions that it could be.
        self.unclear: dict[int, list[int]] = {}
        # Right position → why a single cannot be created on the left.
        self.cannot: dict[int, str] = {}
        self.singles = Singles()
        # Right position → why the record cannot be read: it is recognised and told, and nothing is compared.
        self.unreadable: dict[int, str] = {}

    # --- Indexing -----------------------------------------------------------------------------------

    def add_links(self, links: Iterable[LinkState]) -> None:
        for link in links:
            self.link_of_left[link.left_id] = link
            self.link_of_right[link.right_id] = link

    def add_left(self, records: Iterable[Record]) -> None:
        """Index the left side, at once: every record of the company, those out of scope too."""
        everybody = iter(records)
        while page := list(islice(everybody, INDEXED_AT_ONCE)):
            start = len(self.left)
            self.left.extend(page)
            self._raw_hashes.fromlist([hash(record.values) for record in page])
            for position, link in self._links(page, self.link_of_left, start):
                _flag(self.left, position, link)
                self.left_of_link[link.left_id] = position
        self._match = MatchIndex(self._keys(self.left))
        self.taken_by = array("i", [SINGLE]) * len(self.left)

    def take(self, records: Sequence[Record]) -> None:
        """Compare a page of the right side; a record that was listed before is passed over."""
        page = self._unseen(records)
        start = len(self.right)
        self.right.extend(page)
        self.partner.extend([SINGLE] * len(page))
        self.outcomes.extend(bytes(len(page)))
        firsts, several = self._match.find([column[start:] for column in self._keys(self.right)])
        new: Iterable[tuple[int, tuple[Record, int]]] = enumerate(zip(page, firsts, strict=True), start)
        linked = bytearray(len(page))
        for position, link in self._links(page, self.link_of_right, start):
            linked[position - start] = 1
            _flag(self.right, position, link)
            if (left := self.left_of_link.get(link.left_id)) is not None:
                self._pair_linked(page[position - start], position, left, link)
        for position, record in enumerate(page, start):
            if record.unreadable:
                found = several.get(position - start, [firsts[position - start]])
                self._recognise(record, position, found, linked=bool(linked[position - start]))
                linked[position - start] = 1
        if any(linked):
            new = compress(new, [not each for each in linked])
        self._take_new(new, several={place + start: lefts for place, lefts in several.items()})

    def _take_new(self, new: Iterable[tuple[int, tuple[Record, int]]], *, several: Mapping[int, list[int]]) -> None:
        """Pair records without a link, in one loop without calls: for most people it is the whole comparison."""
        taken_by, partner, outcomes = self.taken_by, self.partner, self.outcomes
        flags, raw_hashes = self.left.flags, self._raw_hashes
        lefts, records = [], []
        for position, (record, left) in new:
            if left < 0 or taken_by[left] != SINGLE or flags[left] & LINKED:
                self._not_matched(record, position, several.get(position, [left] if left >= 0 else []))
                continue
            taken_by[left], partner[position] = position, left
            if not flags[left] & IN_SCOPE:
                continue
            if raw_hashes[left] == hash(record.values):
                outcomes[position] = EQUAL
                lefts.append(left)
                records.append(record)
            else:
                self._waiting.append((record, position, None))
        self._found.in_step.add_new(lefts, records)

    def _unseen(self, records: Sequence[Record]) -> Sequence[Record]:
        distinct = {hash(record.id) for record in records if record.id}
        if len(distinct) < len(records) or not distinct.isdisjoint(self._seen):
            fresh = {hash(record.id): record for record in records if record.id and hash(record.id) not in self._seen}
            records = [*fresh.values(), *(record for record in records if not record.id)]
        self._seen |= distinct
        return records

    def _keys(self, side: SideIndex) -> list["array[int]"]:
        return [side.hashes[name] for name in self.resource.match_keys]

    def _links(
        self, page: Sequence[Record], links: Mapping[str, LinkState], start: int
    ) -> Iterator[tuple[int, LinkState]]:
        """Yield the positions of the records that are linked, and their links."""
        if links:
            for position, record in enumerate(page, start):
                if (link := links.get(record.id)) is not None:
                    yield position, link

    def _not_matched(self, record: Record, position: int, found: Sequence[int]) -> None:
        if not found:
            self.singles.keep(self.resource, record, position)
            reason = cannot_create(self.resource, record, to=Side.LEFT)
            if reason:
                self.cannot[position] = reason
        elif len(found) > 1 or self.left.flags[found[0]] & LINKED:
            self.unclear[position] = list(found)
        else:
            self.claims.setdefault(found[0], [self.taken_by[found[0]]]).append(position)
            if record.active:
                self.claimants[position] = record

    def take_instead(self, position: int, *, left: int) -> None:
        """Pair a claimant, whose record was kept, with somebody whose pair was withdrawn."""
        self.taken_by[left], self.partner[position] = position, left
        if self.left.flags[left] & IN_SCOPE:
            self._waiting.append((self.claimants[position], position, None))

    def _pair_linked(self, record: Record, position: int, left: int, link: LinkState) -> None:
        self.taken_by[left], self.partner[position] = position, left
        if not self.left.flags[left] & IN_SCOPE or not link.connected or record.unreadable:
            return
        if self._raw_hashes[left] == hash(record.values):
            self.outcomes[position] = EQUAL
            self._settle(left, record, link, pairs_in_step(self.resource, record))
        else:
            self._waiting.append((record, position, link))

    def _recognise(self, record: Record, position: int, found: Sequence[int], *, linked: bool) -> None:
        """Keep whose record it is that cannot be read: they are neither gone nor on one side only."""
        self.unreadable[position] = record.unreadable
        lefts = [] if linked else [left for left in found if left >= 0]
        if len(lefts) > 1 or any(self.left.flags[left] & LINKED for left in lefts):
            self.unclear[position] = lefts
        elif lefts and self.taken_by[lefts[0]] != SINGLE:
            self.claims.setdefault(lefts[0], [self.taken_by[lefts[0]]]).append(position)
        elif lefts:
            self.taken_by[lefts[0]], self.partner[position] = position, lefts[0]

    # --- What was found -----------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether the caller should `drain` before the next page."""
        return len(self._found.in_step) + len(self._found.rows) + len(self._waiting) >= BUFFER

    def drain(self) -> Found:
        """Return what was found so far and forget it."""
        if self._waiting:
            self._compare_waiting()
        found, self._found = self._found, Found(InSteps(), [], [])
        return found

    def _settle(self, left: int, record: Record, link: LinkState | None, stored: Mapping[str, Sequence[Any]]) -> None:
        if link is None or pairs_digest(self.resource, stored) != link.digest:
            self._found.in_step.append(InStep(left, link.id if link else 0, record, stored))

    def _compare_waiting(self) -> None:
        left_ids = [self.left.ids[self.partner[position]] for _, position, _ in self._waiting]
        lefts = {record.id: record for record in self.read_left(left_ids)}
        link_ids = [link.id for _, _, link in self._waiting if link is not None]
        pairs_of = self._read_pairs(link_ids) if link_ids else {}
        for (record, position, link), left_id in zip(self._waiting, left_ids, strict=True):
            left = lefts.get(left_id)
            if left is None:
                # Deleted since it was indexed: the next comparison sees it gone.
                self.leave_out("gone")
                continue
            pairs = pairs_from_json(self.resource, pairs_of.get(link.id, {})) if link else {}
            self._compare_pair(left, record, position, link, pairs)
        self._waiting = []

    def _compare_pair(
        self, left: Record, right: Record, position: int, link: LinkState | None, pairs: Mapping[str, Pair]
    ) -> None:
        given_away = () if left.active else self._given_away(left, right)
        differences, stored = compare_records(self.resource, left=left, right=right, pairs=pairs, given_away=given_away)
        if not differences:
            self.outcomes[position] = EQUAL
            self._settle(self.partner[position], right, link, stored)
            return
        self.outcomes[position] = DIFFERS
        self._found.rows.append(
            Row(
                "differs",
                left.id,
                right.id,
                link.id if link else 0,
                left.label or right.label,
                fields=differences,
                pairs=stored,
                options=right.options,
            )
        )

    def _given_away(self, left: Record, right: Record) -> Sequence[str]:
        """Return the addresses that somebody who has left holds no more, and somebody else on the left does (D-10)."""
        return [
            name
            for name in self.resource.addresses
            if self.resource.value(left, name) is None
            and (key := self.resource.field(name).key(self.resource.value(right, name))) is not UNKNOWN
            and self._match.has(self.resource.match_keys.index(name), hash(key))
        ]

    # --- The end of the listing is told by `core.compare.ending` ----------------------------------------

    def counts(self) -> Counts:
        """Return the counts so far; they add up once the ending has been told."""
        rows = self.rows + self.outcomes.count(DIFFERS)
        return Counts(len(self.left), len(self.right), self.outcomes.count(EQUAL), rows, dict(self.left_out))

    def listed(self) -> frozenset[str]:
        """Return the right ids that were taken."""
        return frozenset(self.right.ids[position] for position in range(len(self.right)))

    def paired(self) -> frozenset[str]:
        """Return the left ids that a right record was found for."""
        return frozenset(self.left.ids[left] for left, taken in enumerate(self.taken_by) if taken != SINGLE)

    def leave_out(self, reason: str) -> None:
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


def _flag(side: SideIndex, position: int, link: LinkState) -> None:
    side.flags[position] |= LINKED if link.connected else LINKED | DISCONNECTED


def cannot_create(resource: Resource, record: Record, *, to: Side) -> str:
    """Return why the record cannot be created on a side, or an empty string (G-05, FX-06)."""
    keys = [resource.field(name) for name in resource.match_keys]
    if all(resource.value(record, declared.name) in (None, UNKNOWN) for declared in keys):
        return _("No %(field)s, so it cannot be matched with anybody.") % {"field": keys[0].label}
    for declared in resource.fields:
        if not (declared.required if to is Side.RIGHT else declared.required_left):
            continue
        value = resource.value(record, declared.name)
        if value is None or value is UNKNOWN:
            return _("%(field)s is missing.") % {"field": declared.label}
        if reason := declared.refuses(value, to=to):
            return f"{declared.label}: {reason}"
    return ""
