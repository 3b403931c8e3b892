"""Rows that somebody typed at Fortnox: taken over, or in the way of what is to be created or to grow (pure; FX-15)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import Final

from integrations.fortnox.absence_rules import ListedRow, WantedRow
from integrations.fortnox.absence_sums import WHOLE

NOTHING_BESIDE: Final[Mapping[date, int]] = MappingProxyType({})


class Finding(Enum):
    FREE = "free"  # no day has a row of the cause, or makes more than a whole one with others: they may be created
    ADOPT = "adopt"  # all days stand there already, exactly so: they are linked, not doubled
    CLASH = "clash"  # some stand there, with another extent, or too much: a person has to look, nothing is created


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """``adopted`` is the row to link by day; ``others`` are rows in the way, to be shown (FX-15).

    ``too_much``: with some of them a day would make more than a whole one (FX-22).
    """

    finding: Finding
    adopted: Mapping[date, ListedRow] = field(default_factory=dict)
    others: tuple[ListedRow, ...] = ()
    too_much: bool = False


def look_among(
    listed: Iterable[ListedRow],
    *,
    wishes: Sequence[WantedRow],
    linked_ids: Collection[str],
    doubted: Collection[date] = (),
    raised: Sequence[WantedRow] = (),
    beside: Mapping[date, int] = NOTHING_BESIDE,
) -> Look:
    """Decide about the rows of one person that are linked to no absence, before the wishes are created.

    ``raised`` are rows of the absence whose extent is to grow; ``beside`` is what the person's other absences take of
    each day, in per cent.

    A row belongs to at most one absence: ``linked_ids`` are those that are taken, whoever's they are. On the
    ``doubted`` days a row may have been created before, and be called otherwise by now.
    """
    free = [row for row in listed if row.row_id not in linked_ids]
    of_cause: dict[tuple[date, str], list[ListedRow]] = defaultdict(list)
    wished = {(wish.day, wish.cause) for wish in wishes}
    in_doubt = {wish.day for wish in wishes}.intersection(doubted)
    in_the_way = []
    for row in free:
        of_cause[row.day, row.cause].append(row)
        if (row.day, row.cause) in wished or row.day in in_doubt:
            in_the_way.append(row)
    others = [row for row in free if (row.day, row.cause) not in wished]
    too_much = _too_much(others, [*wishes, *raised], beside)
    if not in_the_way and not too_much:
        return Look(finding=Finding.FREE)
    fitting = {wish.day: fits[0] for wish in wishes if (fits := _fitting(of_cause[wish.day, wish.cause], wish))}
    if wishes and len(fitting) == len(wishes) == len(in_the_way):
        return Look(finding=Finding.ADOPT, adopted=fitting)
    shown = dict.fromkeys([*in_the_way, *too_much])
    return Look(finding=Finding.CLASH, others=tuple(shown), too_much=bool(too_much))


def _too_much(rows: Iterable[ListedRow], wishes: Iterable[WantedRow], beside: Mapping[date, int]) -> list[ListedRow]:
    """Return the rows with which a wish's day would make more than a whole one; one that says nothing is whole."""
    by_day: dict[date, list[ListedRow]] = defaultdict(list)
    for row in rows:
        by_day[row.day].append(row)
    found = []
    for wish in wishes:
        there = sum(WHOLE if row.extent is None else row.extent for row in by_day[wish.day])
        if there and there + wish.extent + beside.get(wish.day, 0) > WHOLE:
            found += by_day[wish.day]
    return found


def find_row(listed: Iterable[ListedRow], *, wish: WantedRow, linked_ids: Collection[str]) -> ListedRow | None:
    """Return the free row of a create whose answer was lost, or None; the first, where several are equal."""
    free = [row for row in listed if row.row_id not in linked_ids and (row.day, row.cause) == (wish.day, wish.cause)]
    return next(iter(_fitting(free, wish)), None)


def _fitting(rows: Iterable[ListedRow], wish: WantedRow) -> list[ListedRow]:
    return sorted((row for row in rows if row.extent == wish.extent), key=lambda row: row.row_id)


def follows_mapping(listed: Iterable[ListedRow], *, row_ids: Collection[str], cause: str) -> bool:
    """Whether somebody gave all the remaining rows of a disconnected absence the new mapping's cause (FX-13)."""
    causes = {row.row_id: row.cause for row in listed if row.row_id in row_ids}
    return bool(cause) and set(causes) == set(row_ids) and set(causes.values()) == {cause}
