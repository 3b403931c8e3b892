"""Stretches of whole days, both ends counted; an end that is None is open. Pure functions on plain values."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from heapq import heappop, heappush
from typing import Final, NamedTuple

# Named of those that somebody has days in common with; more are counted.
MOST_NAMED: Final = 10
_ONE_DAY: Final = timedelta(days=1)


class Away(NamedTuple):
    """An absence as plain values: ``grade`` is the percentage of each day, ``label`` what others call it."""

    start: date
    end: date | None
    grade: int
    label: str


class Days(NamedTuple):
    first: date
    last: date | None


class Common(NamedTuple):
    """The days that an absence has in common with another; ``percent`` is the most that all make of one of them."""

    other: Away
    days: Days
    percent: int


class InCommon(NamedTuple):
    """What an absence has in common with others: some of them (`MOST_NAMED`), and how many others there are in all.

    ``percent`` is the most that all absences make of one of its own days.
    """

    named: list[Common]
    others: int
    percent: int


def find_common(aways: Sequence[Away]) -> list[InCommon]:
    """Return, for each of one person's absences, what it has in common with the others."""
    order = sorted(range(len(aways)), key=lambda index: (aways[index].start, index))
    starts = [aways[index].start for index in order]
    loads = _Loads(aways)
    found: dict[int, InCommon] = {}
    # Those that began before and go on, the first to end in front.
    going_on: list[tuple[date, int]] = []
    for place, index in enumerate(order):
        away = aways[index]
        while going_on and going_on[0][0] < away.start:
            heappop(going_on)
        beyond = bisect_right(starts, away.end) if away.end else len(order)
        later = order[place + 1 : min(beyond, place + 1 + MOST_NAMED)]
        others = sorted([other for _end, other in going_on[:MOST_NAMED]] + later)
        named = [_common(away, aways[other], loads) for other in others[:MOST_NAMED]]
        count = len(going_on) + beyond - place - 1
        found[index] = InCommon(named, count, loads.most(Days(away.start, away.end)))
        heappush(going_on, (away.end or date.max, index))
    return [found[index] for index in range(len(aways))]


def days_over(aways: Sequence[Away], days: Days, *, most: int) -> list[Days]:
    """Return the stretches among ``days`` on which one person's absences make more than ``most`` percent together."""
    return _Loads(aways).over(days, most)


def days_before(start: date, end: date | None, first: date | None) -> Days | None:
    """Return the days that lie before ``first``."""
    if first is None or start >= first:
        return None
    last = first - _ONE_DAY
    return Days(start, last if end is None else min(end, last))


def days_after(start: date, end: date | None, last: date | None) -> Days | None:
    """Return the days that lie after ``last``: an open end goes beyond every one."""
    if last is None or last == date.max or (end is not None and end <= last):
        return None
    return Days(max(start, last + _ONE_DAY), end)


def days_outside(days: Days, first: date | None, last: date | None) -> list[Days]:
    """Return the days that lie before ``first`` or after ``last``, in order."""
    found = (days_before(days.first, days.last, first), days_after(days.first, days.last, last))
    return [each for each in found if each is not None]


def are_among(days: Sequence[Days], known: Sequence[Days]) -> bool:
    """Whether each stretch lies within one of the known ones."""
    return all(any(_is_within(each, other) for other in known) for each in days)


def days_without(days: Days, taken: Days) -> list[Days]:
    """Return what is left of a stretch once some days of it are taken out: none, one or two stretches."""
    left = []
    if taken.first > days.first:
        left.append(Days(days.first, taken.first - _ONE_DAY))
    if taken.last is not None and taken.last != date.max and (days.last is None or days.last > taken.last):
        left.append(Days(taken.last + _ONE_DAY, days.last))
    return left


def common_days(one: Days, other: Days) -> Days | None:
    ends = [end for end in (one.last, other.last) if end is not None]
    common = Days(max(one.first, other.first), min(ends) if ends else None)
    return common if common.last is None or common.first <= common.last else None


def _is_within(days: Days, other: Days) -> bool:
    ends_within = other.last is None or (days.last is not None and days.last <= other.last)
    return days.first >= other.first and ends_within


def _common(away: Away, other: Away, loads: "_Loads") -> Common:
    ends = [end for end in (away.end, other.end) if end is not None]
    days = Days(max(away.start, other.start), min(ends) if ends else None)
    return Common(other, days, loads.most(days))


class _Loads:
    """How many percent of a day all absences make together, day by day."""

    def __init__(self, aways: Sequence[Away]) -> None:
        changes: dict[date, int] = defaultdict(int)
        for away in aways:
            changes[away.start] += away.grade
            if away.end is not None and away.end < date.max:
                changes[away.end + _ONE_DAY] -= away.grade
        self._days = sorted(changes)
        self._percents: list[int] = []
        percent = 0
        for day in self._days:
            percent += changes[day]
            self._percents.append(percent)

    def most(self, days: Days) -> int:
        """Return the most of one day among ``days``, which begin on the first of an absence or later."""
        begin = bisect_right(self._days, days.first) - 1
        beyond = bisect_right(self._days, days.last) if days.last else len(self._days)
        return max(self._percents[begin:beyond])

    def over(self, days: Days, most: int) -> list[Days]:
        found: list[Days] = []
        ends: list[date | None] = [day - _ONE_DAY for day in self._days[1:]]
        for first, last, percent in zip(self._days, [*ends, None], self._percents, strict=True):
            part = common_days(Days(first, last), days) if percent > most else None
            if part is None:
                continue
            if found and found[-1].last == part.first - _ONE_DAY:
                part = Days(found.pop().first, part.last)
            found.append(part)
        return found
