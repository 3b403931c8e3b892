"""Which of one person's absences may go, so that no day makes more than a whole one (FX-22); pure.

What stands at Fortnox counts before what is to go there, and of what is to go the one registered first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

# A whole day, in per cent.
WHOLE: Final = 100
# Per cent by day.
Extents = Mapping[date, int]


class Claim(NamedTuple):
    """One absence: what ``standing`` rows it has, and what is ``wanted`` instead; None: it stays as it stands.

    One that is not ``ready`` waits for something else than the person's other absences.
    """

    key: str
    standing: Extents
    wanted: Extents | None = None
    ready: bool = True

    @property
    def leaves(self) -> bool:
        """Whether it is to take less of a day than it does."""
        wanted = self.wanted
        return wanted is not None and any(extent > wanted.get(day, 0) for day, extent in self.standing.items())


class Over(NamedTuple):
    """On these days the absence and the ``others`` (their keys) would make more than a whole day."""

    days: tuple[date, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Sums:
    """``held`` waits until somebody changes one of them; ``after`` goes by itself, once days of others are gone.

    Of those that wait for each other in a ring, and fit once all have moved, ``turning`` gives up its days first.
    """

    held: dict[str, Over] = field(default_factory=dict)
    after: dict[str, Over] = field(default_factory=dict)
    turning: dict[str, Over] = field(default_factory=dict)

    def keeping(self, key: str) -> Over | None:
        return self.held.get(key) or self.after.get(key) or self.turning.get(key)


def sort_out(claims: Sequence[Claim]) -> Sums:
    """Judge one person's absences, given in the order in which they were registered."""
    loads = {claim.key: Counter(claim.standing) for claim in claims}
    waiting: list[Claim] = []
    for claim in claims:
        if claim.wanted is None:
            continue
        if _over(claim, loads):
            waiting.append(claim)
        else:
            # Until its rows are gone, both what stands and what is wanted takes its place.
            loads[claim.key] = Counter(claim.standing) | Counter(claim.wanted)
    blocked = {claim.key: _over(claim, loads) for claim in waiting}
    kept = {claim.key for claim in waiting}
    for claim in claims:
        if claim.wanted is not None and claim.key not in kept:
            loads[claim.key] = Counter(claim.wanted)
    return _in_the_end(waiting, loads, blocked)


def _in_the_end(waiting: list[Claim], loads: dict[str, Counter[date]], blocked: Mapping[str, Over | None]) -> Sums:
    """Part those that go once the others have done what they are to do from those that never can as things stand."""
    after: dict[str, Over] = {}
    turning: dict[str, Over] = {}
    while going := _one_that_fits(waiting, loads) or _together(waiting, loads):
        for claim in going:
            loads[claim.key] = Counter(claim.wanted)
            waiting.remove(claim)
        first = next((claim for claim in going if claim.leaves), None) if len(going) > 1 else None
        for claim in going:
            (turning if claim is first else after)[claim.key] = blocked[claim.key] or Over((), ())
    held = {claim.key: over for claim in waiting if (over := _over(claim, loads))}
    return Sums(held=held, after=after, turning=turning)


def _one_that_fits(waiting: Sequence[Claim], loads: Mapping[str, Counter[date]]) -> list[Claim]:
    return next(([claim] for claim in waiting if not _over(claim, loads)), [])


def _together(waiting: Sequence[Claim], loads: Mapping[str, Counter[date]]) -> list[Claim]:
    """Return those that fit once all of them have moved, such as two that change places; who came last stays out."""
    chosen = [claim for claim in waiting if claim.ready]
    while chosen:
        moved = {**loads, **{claim.key: Counter(claim.wanted) for claim in chosen}}
        over = [claim for claim in chosen if _over(claim, moved)]
        if not over:
            return chosen
        chosen.remove(over[-1])
    return []


def _over(claim: Claim, loads: Mapping[str, Counter[date]]) -> Over | None:
    """Return on which days, and with whom, it cannot stand; days on which it takes no more than it has are let be."""
    days: list[date] = []
    others: set[str] = set()
    for day, extent in sorted((claim.wanted or {}).items()):
        if extent <= claim.standing.get(day, 0):
            continue
        beside = {key: load[day] for key, load in loads.items() if key != claim.key and load[day]}
        if extent + sum(beside.values()) > WHOLE:
            days.append(day)
            others.update(beside)
    ordered = tuple(key for key in loads if key in others)
    return Over(tuple(days), ordered) if days else None
