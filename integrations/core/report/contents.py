"""What a report holds: finished texts and numbers, no values of anybody."""

from dataclasses import dataclass, field
from datetime import date, datetime

from integrations.core.models import SyncRun
from integrations.core.report.elsewhere import Elsewhere
from integrations.core.report.outcomes import TRIED, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One row: ``details`` say which fields went where, ``reason`` why it ended so, ``next_step`` what to do."""

    name: str
    details: tuple[str, ...] = ()
    reason: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Everybody who ended the same way: ``count`` people, the first of them by name."""

    outcome: Outcome
    label: str
    meaning: str
    count: int
    people: tuple[Person, ...]

    @property
    def more(self) -> int:
        return self.count - len(self.people)

    @property
    def shared_next_step(self) -> str:
        """The next step, where it is the same for all who are listed."""
        steps = {person.next_step for person in self.people}
        return steps.pop() if len(steps) == 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """People whom the comparison counted and did not look at."""

    reason: str
    meaning: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnedOf:
    """``count`` people whom something will go wrong with, the first of them by name; ``url`` lists them all."""

    title: str
    why: str
    next_step: str
    count: int
    names: tuple[str, ...]
    url: str

    @property
    def more(self) -> int:
        return self.count - len(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``sections`` stand in the order in which they need somebody; ``compared`` is false when there is no result.

    ``since``: only what changed at the vendor since that day was compared, and ``right`` counts no more than that.
    ``confirmed_by`` is empty where nobody has confirmed.
    """

    run_id: int
    connection_label: str
    vendor_label: str
    company: str
    started_by: str
    started_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    finished_at: datetime | None
    time_zone: str
    state: str
    state_label: str
    error: str
    compared: bool
    complete: bool
    left: int
    right: int
    in_step: int
    counted_rows: int
    left_out: tuple[LeftOut, ...]
    sections: tuple[Section, ...]
    url: str
    since: date | None = None
    warnings: tuple[WarnedOf, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    # What the confirmation let go by itself, in words.
    let_go: str = ""
    numbers: dict[Outcome, int] = field(default_factory=dict)
    # Of the updated ones, those of whom a field stays undecided.
    partly: int = 0

    @property
    def rows(self) -> int:
        return sum(self.numbers.values())

    @property
    def seen(self) -> int:
        """Pairs and singles, each counted once: in step, left out, and every row by its end."""
        return self.in_step + sum(each.count for each in self.left_out) + self.rows

    @property
    def adds_up(self) -> bool:
        """Whether the rows are those that the comparison counted, and nobody of either side is missing or doubled."""
        if not self.compared:
            return True
        return self.rows == self.counted_rows and max(self.left, self.right) <= self.seen <= self.left + self.right

    @property
    def nothing_to_write(self) -> bool:
        """Whether it ended without anything to be written, to say so in words (G-34)."""
        return self.compared and self.state == SyncRun.State.DONE and not self.number(*TRIED)

    def number(self, *outcomes: Outcome) -> int:
        return sum(self.numbers.get(outcome, 0) for outcome in outcomes)
