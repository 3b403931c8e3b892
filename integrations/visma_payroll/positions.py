"""The position whose first and last day are the person's workdays, and the edits to it (VP-05, VP-06, VP-14; pure).

An edit of one position sees its neighbours: history is not rewritten, and what is planned for later stays (VP-17).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from employees.positions import select_position
from employees.values.dates import read_day
from integrations.core.errors import Refused
from integrations.core.kinds import UNKNOWN
from integrations.core.reading import text_of
from integrations.visma_payroll.timelines import first_day, last_day
from integrations.visma_payroll.unconfirmed import DATES_IN, MARITIME, ORDINARY, RESIGNED

Position = Mapping[str, Any]
FIRST, LAST = "first_workday", "last_workday"
# What is refused, by codes of our own (`explanations`).
REHIRE: Final = "rehire"
ENDS_BEFORE: Final = "ends_before"
NO_FIRST_DAY: Final = "no_first_day"
NO_POSITION: Final = "no_position"
EARLIER: Final = "earlier_position"
OVER: Final = "position_over"
LATER: Final = "later_position"
# By the kind's spelling without case.
WITH_END_REASON: Final = frozenset({ORDINARY.casefold(), MARITIME.casefold()})


class Span(NamedTuple):
    """First and last day; ``date.min`` in a draft that has no first day yet, None while there is no last one."""

    start: date
    end: date | None

    @property
    def last(self) -> date:
        return self.end or date.max


class Reason(NamedTuple):
    text: str
    code: str


@dataclass(frozen=True)
class HeldPosition:
    """A position of Visma's; its first day is ``date.min`` in a draft that has none yet."""

    document: Position
    start: date
    end: date | None

    @classmethod
    def of(cls, document: Position) -> "HeldPosition":
        """Raises ValueError for a date that is none."""
        return cls(document, *span_of(document))

    def has_id(self, position_id: str) -> bool:
        return bool(position_id) and str(self.document.get("id") or "").casefold() == position_id.casefold()


def span_of(document: Position) -> Span:
    """Raises ValueError for a date that is none."""
    end = last_day(document)
    return Span(first_day(document), None if end == date.max else end)


def selected_position(
    positions: Sequence[Position], *, today: date, chosen: str = "", written: str = ""
) -> HeldPosition | None:
    """Return the position of the ID ``chosen``, where there is one, else the one that VP-05 selects.

    The one that was ``written`` last stays the one, until a new employment after its end takes its place: otherwise our
    own write could make another one count, whose days would then be taken for somebody's changes (VP-14). Raises
    ValueError for a date that is none.
    """
    held = [HeldPosition.of(document) for document in positions]
    picked = next((position for position in held if position.has_id(chosen)), None)
    if picked is not None:
        return picked
    by_rule = select_position(held, today)
    kept = next((position for position in held if position.has_id(written)), None)
    if by_rule is None or kept is None or (kept.end is not None and by_rule.start > kept.end):
        return by_rule
    return kept


def read_workdays(positions: Sequence[Position], held: HeldPosition | None) -> dict[str, Any]:
    """Return the selected position's days; where none could be selected, those of the first with a day that is none.

    Such a day stands as it is written, for the hub's check to refuse (D-02).
    """
    if held is not None:
        return {FIRST: UNKNOWN if held.start == date.min else held.start, LAST: held.end}
    for position in positions:
        start, end = (_day_or_text(position.get(name)) for name in ("activeStart", "activeEnd"))
        if isinstance(start, str) or isinstance(end, str):
            return {FIRST: UNKNOWN if start is None else start, LAST: end}
    return {FIRST: UNKNOWN, LAST: UNKNOWN}


def _day_or_text(value: Any) -> date | str | None:
    text = text_of(value).strip()
    try:
        return read_day(text, zone=DATES_IN) if text else None
    except ValueError:
        return text


def reasons_against(
    wanted: Mapping[str, Any], *, held: Span, others: Sequence[Span] = (), today: date = date.min
) -> dict[str, Reason]:
    """Say which workdays the position ``held`` cannot take, beside the person's ``others`` (VP-05, VP-14, VP-17).

    ``wanted`` are the hub's, by field name. Whoever was employed anew keeps the old position as it was.
    """
    first, last = wanted.get(FIRST, held.start) or held.start, wanted.get(LAST, held.end)
    if held.end is not None and first > held.end:
        rehire = _rehire(first, held.end)
        return {FIRST: rehire, LAST: rehire}
    found = {}
    if (earlier := _moved_over(first, held, others)) is not None:
        found[FIRST] = _earlier(earlier)
    if last is not None and last < first:
        found[LAST] = _ends_before(last, first)
    elif held.end is not None and (last is None or last > held.end):
        if held.end < today:
            found[LAST] = _over(held.end)
        elif (later := _run_into(last, held, others)) is not None:
            found[LAST] = _later(later)
    return found


def _moved_over(first: date, held: Span, others: Sequence[Span]) -> date | None:
    """Return the end of the last position before this one, where the new first day is not after it."""
    before = [other.last for other in others if other.last < held.start]
    return max(before, default=None) if before and first <= max(before) else None


def _run_into(last: date | None, held: Span, others: Sequence[Span]) -> date | None:
    """Return the start of the next position after this one, where the new last day is not before it."""
    after = [other.start for other in others if other.start > held.last]
    return min(after, default=None) if after and (last or date.max) >= min(after) else None


def changed_position(
    document: Position, values: Mapping[str, Any], *, others: Sequence[Position] = (), today: date = date.min
) -> dict[str, Any]:
    """Return the position with other workdays; raises Refused where they would rewrite history or make no sense.

    ``values`` hold ``first_workday``, ``last_workday`` or both; everything else in the document stays. ``others`` are
    the person's other positions.
    """
    held = span_of(document)
    start, end = values.get(FIRST, held.start), values.get(LAST, held.end)
    if start is None:
        raise Refused(
            _("A position in Visma.net Payroll needs its first day: it cannot be emptied there."), code=NO_FIRST_DAY
        )
    reasons = reasons_against(values, held=held, others=[span_of(other) for other in others], today=today)
    for reason in reasons.values():
        raise Refused(reason.text, code=reason.code)
    changed = dict(document)
    if start != held.start:
        changed["activeStart"] = start.isoformat()
    if end != held.end:
        changed["activeEnd"] = end.isoformat() if end else None
        _set_reason(changed, ended=end is not None)
    return changed


def _rehire(first: date, end: date) -> Reason:
    return Reason(
        _(
            "The first workday (%(first)s) is after the end of the position (%(end)s): that is a new employment."
            " Add a position in Visma.net Payroll, then synchronise again."
        )
        % {"first": first.isoformat(), "end": end.isoformat()},
        REHIRE,
    )


def _ends_before(last: date, first: date) -> Reason:
    return Reason(
        _("The last workday (%(last)s) is before the position starts (%(first)s). Correct one of them.")
        % {"last": last.isoformat(), "first": first.isoformat()},
        ENDS_BEFORE,
    )


def _earlier(end: date) -> Reason:
    return Reason(
        _("This person had an earlier position until %(end)s: correct it in Visma.net Payroll.")
        % {"end": end.isoformat()},
        EARLIER,
    )


def _over(end: date) -> Reason:
    return Reason(
        _(
            "The position ended on %(end)s, and that is over: whoever works again has a new employment. Add a position"
            " in Visma.net Payroll, then synchronise again. If the day itself was wrong, correct it there."
        )
        % {"end": end.isoformat()},
        OVER,
    )


def _later(start: date) -> Reason:
    return Reason(
        _(
            "Another position of this person begins on %(start)s: the last workday must be before it. Correct the last"
            " workday, or the positions in Visma.net Payroll."
        )
        % {"start": start.isoformat()},
        LATER,
    )


def describe(position: HeldPosition) -> str:
    """Return how a person tells the position from others."""
    kind = str(position.document.get("typeOfPosition") or _("Position"))
    start = _("no first day") if position.start == date.min else position.start.isoformat()
    end = position.end.isoformat() if position.end else _("no last day")
    return _("%(kind)s, %(start)s until %(end)s") % {"kind": kind, "start": start, "end": end}


def _set_reason(changed: dict[str, Any], *, ended: bool) -> None:
    """A reason that payroll has entered stays while the position has an end."""
    reason = changed.get("positionEndReason")
    # Seen as a list of texts; written as it came.
    as_text = isinstance(reason, str)
    if not ended and reason:
        changed["positionEndReason"] = "" if as_text else []
    if ended and not reason and str(changed.get("typeOfPosition", "")).casefold() in WITH_END_REASON:
        changed["positionEndReason"] = RESIGNED if as_text else [RESIGNED]
