"""Which of a person's positions counts on a day."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar


class Period(Protocol):
    """What a position must tell here: its first and last day, both counted; no last day while it lasts."""

    @property
    def start(self) -> date: ...

    @property
    def end(self) -> date | None: ...


PeriodT = TypeVar("PeriodT", bound=Period)


def select_position(positions: Iterable[PeriodT], on: date) -> PeriodT | None:
    """Return the current position, else the most recent past one, else the next future one.

    Of several that are equally good, the one that starts first; of several that start together, the longest.
    """
    listed = sorted(positions, key=lambda position: (position.start, -(position.end or date.max).toordinal()))
    current = [position for position in listed if position.start <= on and (position.end is None or on <= position.end)]
    if current:
        return current[0]
    past = [(position.end, position) for position in listed if position.end is not None and position.end < on]
    if past:
        last_day = max(end for end, _ in past)
        return next(position for end, position in past if end == last_day)
    future = [position for position in listed if position.start > on]
    return future[0] if future else None
