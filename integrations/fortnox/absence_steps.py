"""The steps of sending one absence: what it waits for, and the writes that are left (no calls, no tables)."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from integrations.core.models import Delivery, Link, Mark
from integrations.core.push.steps import Read, Write
from integrations.fortnox.absence_planning import Subject
from integrations.fortnox.absence_rules import Change, KnownRow, ListedRow, Plan, WantedRow

Action = Delivery.Action
# Begins the name of a step that takes back what a refused change had written.
BACK: Final = "back:"


@dataclass(frozen=True, kw_only=True)
class RowStep:
    """One write: ``row`` is what is to stand there, of a deletion what stands there; ``before`` what an update ends."""

    action: str
    row: WantedRow
    row_id: str = ""
    before: int | None = None
    takes_back: bool = False
    # Of a deletion, and of the creation that takes it back: what else the row holds at Fortnox.
    beside: Mapping[str, Any] = field(default_factory=dict)

    @property
    def adds(self) -> bool:
        """Whether the person is absent for longer by it than what stands there says."""
        return self.action == Action.CREATE or (self.action == Action.UPDATE and self.row.extent > (self.before or 0))

    @property
    def name(self) -> str:
        name = f"{self.action}:{self.row.day.isoformat()}:{self.row.cause}"
        return f"{BACK}{name}" if self.takes_back else name


def steps_of(plan: Plan, *, listed: Iterable[ListedRow] = ()) -> list[RowStep]:
    """Return the plan's writes in their order: creates, updates, deletes; ``listed`` is what stands there now."""
    beside = {row.row_id: dict(row.beside) for row in listed}
    return [_step(change, beside) for change in plan.changes]


def _step(change: Change, beside: Mapping[str, Mapping[str, Any]]) -> RowStep:
    if change.row is None and change.wanted is not None:
        return RowStep(action=Action.CREATE, row=change.wanted)
    if change.row is not None and change.wanted is not None:
        row = change.row
        return RowStep(action=Action.UPDATE, row=change.wanted, row_id=row.row_id, before=row.extent)
    if change.row is not None:
        row = change.row
        return RowStep(action=Action.DELETE, row=_wish(row), row_id=row.row_id, beside=beside.get(row.row_id, {}))
    raise ValueError("A change is of a row or of a wish.")


def _wish(row: KnownRow) -> WantedRow:
    return WantedRow(row.day, row.cause, row.extent)


# --- Taking back --------------------------------------------------------------------------------------


def inverse(*, delivery: Delivery, row_id: str) -> dict[str, Any]:
    """Return the journal's entry of a write that was done: the step that takes it back, as JSON."""
    row = delivery.wanted
    entry = {"day": row["day"], "cause": row["cause"], "extent": row["extent"], "row_id": row_id}
    if delivery.action == Action.CREATE:
        return {**entry, "action": Action.DELETE.value}
    if delivery.action == Action.UPDATE:
        return {**entry, "action": Action.UPDATE.value, "extent": delivery.before["extent"], "before": row["extent"]}
    return {**entry, "action": Action.CREATE.value, "row_id": "", "beside": delivery.before.get("beside", {})}


def steps_back(journal: Iterable[Mapping[str, Any]]) -> list[RowStep]:
    """Return the writes that take a change back, the last one first."""
    return [
        RowStep(
            action=entry["action"],
            row=WantedRow(date.fromisoformat(entry["day"]), entry["cause"], entry["extent"]),
            row_id=entry["row_id"],
            before=entry.get("before"),
            takes_back=True,
            beside=entry.get("beside", {}),
        )
        for entry in reversed(list(journal))
    ]


def is_entry(entry: Mapping[str, Any], delivery: Delivery) -> bool:
    """Whether the write takes back what the journal's entry says."""
    row = delivery.wanted
    return (entry["action"], entry["day"], entry["cause"]) == (delivery.action, row["day"], row["cause"])


# --- Under way ----------------------------------------------------------------------------------------


@dataclass(eq=False)
class UnderWay:
    """An absence that is being sent; without a subject, a person's schedule that is looked at anew.

    ``needs`` is the reading that it waits for: a listing (None) or a day of the schedule; no reading: an empty tuple.
    """

    mark: Mark
    person: Link | None
    subject: Subject | None
    start: date
    steps: deque[RowStep] = field(default_factory=deque)
    needs: tuple[date | None, ...] = ()
    reading: bool = False
    calls: int = 0
    doing: str = ""
    broken: bool = False
    refused: bool = False
    taking_back: bool = False
    checked: bool = False
    # Asked beforehand, of the absence as it is now.
    judged: bool = False
    # Its days are given up first, as others of the person wait for them and it for theirs.
    turning: bool = False
    # No day makes more than a whole one with the person's other absences, as they were when its first row was written.
    fits: bool = False

    @property
    def employee_id(self) -> str:
        return self.person.right_id if self.person is not None else ""

    @property
    def may_read(self) -> bool:
        return bool(self.needs) and not self.reading

    @property
    def may_write(self) -> bool:
        """Whether its next write may go: creates, updates and deletes wait for those before them."""
        stopped = self.broken or self.needs or (self.refused and not self.taking_back)
        return bool(self.steps) and not stopped and (not self.calls or self.doing == self.steps[0].action)


@dataclass(frozen=True)
class ListRead(Read):
    """A person's rows are being listed, ``rows`` so far; ``unknown_rows`` are writes that the list shows."""

    page: int = 1
    rows: tuple[ListedRow, ...] = ()
    # What the pages said that there are.
    totals: frozenset[int] = frozenset()
    unknown_rows: tuple[Delivery, ...] = ()
    tries: int = 1


@dataclass(frozen=True)
class DayRead(Read):
    day: date = date.min


@dataclass(frozen=True)
class RowWrite(Write):
    under_way: UnderWay

    @property
    def subject(self) -> tuple[str, str]:
        return self.delivery.left_id, self.delivery.wanted["employee_id"]
