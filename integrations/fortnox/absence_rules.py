"""Which rows an absence wants in Fortnox, what that changes there, and which rows of others are left alone (pure).

One row is one calendar day with a cause and an extent in per cent. The path of a change: ``wanted_rows`` says what
should stand there or why nothing is to be done; ``plan_changes`` compares that with the rows that are linked to the
absence; ``absence_typed.look_among`` decides, before anything is created, about rows that somebody typed at Fortnox.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, NamedTuple

# Calendar days, both ends counted: 50 goes, 51 does not (FX-14).
LONGEST_PERIOD: Final = 50


class Why(Enum):
    """Why an absence wants no rows. The rules are asked in this order: the first that holds is told."""

    DISCONNECTED = "disconnected"  # the mapping changed since it was sent (FX-13)
    SWITCHED_OFF = "switched_off"  # the connection does not create absences (FX-03)
    ELSEWHERE = "elsewhere"  # its days stand at a connection of the company that the person has left
    BEFORE = "before"  # approved before absences were created, and nobody said that it is to go (FX-18)
    MOVED = "moved"  # sent before the person moved to another company, and not changed since: it stays as it is
    LEFT = "left"  # part of a mass change that somebody dropped, and not edited since (G-17)
    TOO_LONG = "too_long"  # (FX-14)
    DELETED = "deleted"
    NOT_APPROVED = "not_approved"
    TAKEN_BACK = "taken_back"  # changed since the person moved to another company
    OPEN_END = "open_end"
    NOT_WORK_DAYS = "not_work_days"
    NOT_ANSWERED = "not_answered"  # nobody has mapped the type yet
    NOT_TRANSFERRED = "not_transferred"  # the type is mapped to "do not transfer"
    OUTSIDE = "outside"  # held: days outside the employment that nobody has confirmed (FX-10)
    NO_HOURS = "no_hours"  # held: the schedule has no hours in a whole week (FX-16)
    SCHEDULE_UNREAD = "schedule_unread"  # days without hours are left out, and which those are is not known yet


# What stands in Fortnox stays as it is, and nothing is added.
LEAVES_ROWS: Final = frozenset(
    {
        Why.DISCONNECTED,
        Why.SWITCHED_OFF,
        Why.BEFORE,
        Why.LEFT,
        Why.MOVED,
        Why.ELSEWHERE,
        Why.TOO_LONG,
        Why.NOT_ANSWERED,
        Why.OUTSIDE,
        Why.NO_HOURS,
        Why.SCHEDULE_UNREAD,
    }
)
# Waits for a person or for a reading, and goes on by itself then.
WAITS: Final = frozenset(
    {Why.NOT_APPROVED, Why.OPEN_END, Why.NOT_ANSWERED, Why.OUTSIDE, Why.NO_HOURS, Why.SCHEDULE_UNREAD}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceValues:
    """A hub absence as plain values; of a deleted one the last that were known."""

    start: date
    end: date | None
    grade: int
    approved: bool
    counts_as_work_days: bool
    deleted: bool = False
    # Its rows were made under a mapping that has changed since.
    disconnected: bool = False
    # Approved before the connection created absences, and not chosen for the transfer.
    before: bool = False
    # Somebody dropped the mass change that it was a part of, and nobody has edited it since.
    left: bool = False
    # Has days outside the employment that nobody has confirmed.
    outside: bool = False
    # Its person belongs to another company than the connection by now; ``changed``: what was sent is not so any more.
    moved: bool = False
    changed: bool = False
    # Its days stand at a connection of another company.
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """The connection's answer for the absence's type: a cause, none (do not transfer), or no answer yet."""

    answered: bool = False
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSettings:
    create_absences: bool = False
    closed_to: date | None = None
    send_days_without_hours: bool = True
    hold_without_hours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What is known of a person's working time: hours by day, and whether a whole week has any (None: not read)."""

    hours: Mapping[date, Decimal] = field(default_factory=dict)
    has_hours: bool | None = None


class WantedRow(NamedTuple):
    day: date
    cause: str
    extent: int


class KnownRow(NamedTuple):
    """A row of Fortnox that is linked to the absence, as it was last agreed on."""

    row_id: str
    day: date
    cause: str
    extent: int


class ListedRow(NamedTuple):
    """A row as Fortnox lists it; ``extent`` and ``hours`` are None where it does not say."""

    row_id: str
    employee_id: str
    day: date
    cause: str
    extent: Decimal | None
    hours: Decimal | None = None
    # What Fortnox holds of it that the hub does not know, such as a project: (name there, value).
    beside: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """``rows`` where ``why`` is None; otherwise no rows, because of ``why``."""

    rows: tuple[WantedRow, ...] = ()
    why: Why | None = None


def days_of(start: date, end: date) -> list[date]:
    """Return every calendar day, both ends included; none when the end is before the start."""
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


def is_too_long(absence: AbsenceValues) -> bool:
    return absence.end is not None and (absence.end - absence.start).days + 1 > LONGEST_PERIOD


def wanted_rows(absence: AbsenceValues, *, mapped: Mapped, settings: TransferSettings, schedule: Schedule) -> Wanted:
    """Return the absence's rows, the closed days' as well (``plan_changes`` leaves those alone), or why none."""
    why = why_none(absence, mapped=mapped, settings=settings, schedule=schedule)
    if why is not None or absence.end is None:
        return Wanted(why=why)
    days = days_of(absence.start, absence.end)
    if not settings.send_days_without_hours:
        if any(day not in schedule.hours for day in days):
            return Wanted(why=Why.SCHEDULE_UNREAD)
        days = [day for day in days if schedule.hours[day] > 0]
    return Wanted(rows=tuple(WantedRow(day, mapped.cause, absence.grade) for day in days))


def why_none(absence: AbsenceValues, *, mapped: Mapped, settings: TransferSettings, schedule: Schedule) -> Why | None:
    rules = (
        (Why.DISCONNECTED, absence.disconnected),
        (Why.SWITCHED_OFF, not settings.create_absences),
        (Why.ELSEWHERE, absence.elsewhere and absence.approved and not absence.deleted),
        (Why.BEFORE, absence.before),
        (Why.LEFT, absence.left),
        (Why.MOVED, absence.moved and absence.approved and not absence.deleted and not absence.changed),
        # Before the others: what is longer is not even deleted.
        (Why.TOO_LONG, is_too_long(absence)),
        (Why.DELETED, absence.deleted),
        (Why.NOT_APPROVED, not absence.approved),
        (Why.TAKEN_BACK, absence.moved),
        (Why.OPEN_END, absence.end is None),
        (Why.NOT_WORK_DAYS, not absence.counts_as_work_days),
        (Why.NOT_ANSWERED, not mapped.answered),
        (Why.NOT_TRANSFERRED, not mapped.cause),
        (Why.OUTSIDE, absence.outside),
        (Why.NO_HOURS, settings.hold_without_hours and schedule.has_hours is False),
    )
    return next((why for why, holds in rules if holds), None)


def days_to_read(absence: AbsenceValues, *, settings: TransferSettings, schedule: Schedule) -> list[date]:
    """Return the days whose hours must be read before the rows are known; one call each."""
    if settings.send_days_without_hours or absence.end is None or is_too_long(absence):
        return []
    return [day for day in days_of(absence.start, absence.end) if day not in schedule.hours]


# --- From what stands to what is wanted ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One call: a create has no ``row``, a delete no ``wanted``, an update both."""

    row: KnownRow | None = None
    wanted: WantedRow | None = None

    @property
    def day(self) -> date:
        if self.wanted is not None:
            return self.wanted.day
        if self.row is not None:
            return self.row.day
        raise ValueError("A change is of a row or of a wish.")

    @property
    def grows(self) -> bool:
        """Whether the person is absent for longer by it than what stands there says."""
        before = self.row.extent if self.row is not None else 0
        return self.wanted is not None and self.wanted.extent > before


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to call, in this order: creates, updates, deletes; the first two can be taken back by their opposite.

    ``closed`` would have been calls, on days whose payroll is closed (FX-19): they are listed, not made.
    ``kept`` are rows that are as they should be, or are left as they are because of ``why``.
    ``blocked`` are rows that should go and may not, because the period is too long (FX-14): by hand, then.
    """

    why: Why | None = None
    create: tuple[Change, ...] = ()
    update: tuple[Change, ...] = ()
    delete: tuple[Change, ...] = ()
    closed: tuple[Change, ...] = ()
    kept: tuple[KnownRow, ...] = ()
    blocked: tuple[KnownRow, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        return (*self.create, *self.update, *self.delete)

    @property
    def giving_up(self) -> "Plan":
        """Return the part of it that only takes away."""
        return replace(self, create=(), update=tuple(change for change in self.update if not change.grows))


def plan_changes(absence: AbsenceValues, wanted: Wanted, known: Iterable[KnownRow], *, closed_to: date | None) -> Plan:
    """Return the least calls that make the linked rows the wanted ones. Rows of another type's cause go (FX-11)."""
    rows = sorted(known, key=lambda row: (row.day, row.row_id))
    if wanted.why in LEAVES_ROWS:
        blocked = rows if wanted.why is Why.TOO_LONG else []
        return Plan(why=wanted.why, kept=tuple(rows), blocked=tuple(_not_following(absence, blocked)))
    by_key: dict[tuple[date, str], list[KnownRow]] = defaultdict(list)
    for row in rows:
        by_key[row.day, row.cause].append(row)
    create, update, kept = [], [], []
    for wish in wanted.rows:
        # Of several that are linked, one stays: the rest are left over, and go.
        standing = by_key[wish.day, wish.cause]
        if not standing:
            create.append(Change(wanted=wish))
            continue
        row = standing.pop(0)
        if row.extent != wish.extent:
            update.append(Change(row=row, wanted=wish))
        else:
            kept.append(row)
    delete = [Change(row=row) for row in rows if row in by_key[row.day, row.cause]]
    lists = [_divide(changes, closed_to) for changes in (create, update, delete)]
    return Plan(
        why=wanted.why,
        create=lists[0][0],
        update=lists[1][0],
        delete=lists[2][0],
        closed=tuple(change for _open, closed in lists for change in closed),
        kept=tuple(kept),
    )


def _divide(changes: Iterable[Change], closed_to: date | None) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return those on open days, and those on closed ones."""
    ordered = list(changes)
    closed = [change for change in ordered if closed_to is not None and change.day <= closed_to]
    return tuple(change for change in ordered if change not in closed), tuple(closed)


def _not_following(absence: AbsenceValues, rows: Iterable[KnownRow]) -> list[KnownRow]:
    """Return the rows of a too long absence that no longer say what the hub says."""
    if absence.deleted or not absence.approved or absence.end is None:
        return list(rows)
    end = absence.end
    return [row for row in rows if not absence.start <= row.day <= end or row.extent != absence.grade]
