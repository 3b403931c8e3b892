"""The position whose first and last day are the person's workdays, and the edits to it (VP-05, VP-06; pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from employees.positions import select_position
from employees.values.dates import read_day
from integrations.core.declare import Text
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
# By the kind's spelling without case.
WITH_END_REASON: Final = frozenset({ORDINARY.casefold(), MARITIME.casefold()})


@dataclass(frozen=True)
class HeldPosition:
    """A position of Visma's; its first day is ``date.min`` in a draft that has none yet."""

    document: Position
    start: date
    end: date | None

    @classmethod
    def of(cls, document: Position) -> "HeldPosition":
        """Raises ValueError for a date that is none."""
        end = last_day(document)
        return cls(document, first_day(document), None if end == date.max else end)


def selected_position(positions: Sequence[Position], *, today: date, chosen: str = "") -> HeldPosition | None:
    """Return the position of the ID ``chosen``, where there is one, else the one that VP-05 selects.

    Raises ValueError for a date that is none.
    """
    held = [HeldPosition.of(document) for document in positions]
    picked = [position for position in held if chosen and position.document.get("id") == chosen]
    return picked[0] if picked else select_position(held, today)


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


def reasons_against(left: Mapping[str, Any], *, start: date | None, end: date | None) -> dict[str, Text]:
    """Say which workdays of the hub the selected position, from ``start`` until ``end``, cannot take (VP-05).

    Values by field name. Whoever was employed anew keeps the old position as it was.
    """
    first, last = left.get(FIRST), left.get(LAST)
    if first is not None and end is not None and first > end:
        reason = _rehire(first, end)
        return {FIRST: reason, LAST: reason}
    begins = first or start
    if last is not None and begins is not None and last < begins:
        return {LAST: _ends_before(last, begins)}
    return {}


def changed_position(document: Position, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the position with other workdays; raises Refused where they would rewrite history or make no sense.

    ``values`` hold ``first_workday``, ``last_workday`` or both; everything else in the document stays.
    """
    held = HeldPosition.of(document)
    start, end = values.get(FIRST, held.start), values.get(LAST, held.end)
    changed = dict(document)
    if start != held.start:
        _check_start(start, held)
        changed["activeStart"] = start.isoformat()
    if end is not None and end < start:
        raise Refused(_ends_before(end, start), code=ENDS_BEFORE)
    if end != held.end:
        changed["activeEnd"] = end.isoformat() if end else None
        _set_reason(changed, ended=end is not None)
    return changed


def _check_start(start: date | None, held: HeldPosition) -> None:
    if start is None:
        raise Refused(
            _("A position in Visma.net Payroll needs its first day: it cannot be emptied there."), code=NO_FIRST_DAY
        )
    if held.end is not None and start > held.end:
        raise Refused(_rehire(start, held.end), code=REHIRE)


def _rehire(first: date, end: date) -> str:
    return _(
        "The first workday (%(first)s) is after the end of the position (%(end)s): that is a new employment."
        " Add a position in Visma.net Payroll, then synchronise again."
    ) % {"first": first.isoformat(), "end": end.isoformat()}


def _ends_before(last: date, first: date) -> str:
    return _("The last workday (%(last)s) is before the position starts (%(first)s). Correct one of them.") % {
        "last": last.isoformat(),
        "first": first.isoformat(),
    }


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
