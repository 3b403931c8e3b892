"""Fortnox's absence transactions and schedule times to plain values and back (pure)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from employees.values.dates import read_day
from employees.values.texts import canonical, canonical_identifier
from integrations.core.reading import text_of
from integrations.fortnox.absence_causes import same_cause
from integrations.fortnox.absence_rules import ListedRow, WantedRow
from integrations.fortnox.mappers import NO_RIGHT
from integrations.fortnox.unconfirmed import DATES_IN

# Of a row that was deleted and is created again: what somebody at Fortnox has entered beside ours is put back.
BESIDE: Final = ("CostCenter", "Project", "HolidayEntitling")
# What our tables keep of one.
LONGEST_SCHEDULE_ID: Final = 20
HOURS_OF_DAY: Final = 24
# Beyond this a number is no per cent and no hours; "1E+99999999" would keep whoever counts with it busy for ever.
LARGEST_NUMBER: Final = 1_000_000


class ScheduleDay(NamedTuple):
    """The hours that a person's schedule has on a day; None where they are not shown to us."""

    day: date
    schedule_id: str
    hours: Decimal | None


def row_from_transaction(body: Mapping[str, Any]) -> ListedRow:
    """Return one day as Fortnox holds it; raises KeyError, TypeError or ValueError where that cannot be told."""
    return ListedRow(
        row_id=_identifier(body["id"]),
        employee_id=_identifier(body["EmployeeId"]),
        day=read_day(text_of(body["Date"]), zone=DATES_IN),
        cause=same_cause(canonical_identifier(_identifier(body["CauseCode"]))),
        extent=read_number(body.get("Extent")),
        hours=read_number(body.get("Hours")),
        beside=tuple((name, body[name]) for name in BESIDE if body.get(name) not in (None, "", NO_RIGHT)),
    )


def body_from_row(row: WantedRow, *, employee_id: str, beside: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the inside of an ``AbsenceTransaction``: from the extent Fortnox computes the hours by the schedule."""
    return {
        "EmployeeId": employee_id,
        "CauseCode": row.cause,
        "Date": row.day.isoformat(),
        "Extent": row.extent,
        **(beside or {}),
    }


def schedule_day_from(body: Mapping[str, Any]) -> ScheduleDay:
    """Raises KeyError, TypeError or ValueError where it cannot be told what it says."""
    schedule_id, hours = canonical(text_of(body.get("ScheduleId"))), read_number(body["Hours"])
    if len(schedule_id) > LONGEST_SCHEDULE_ID or not 0 <= (hours or 0) <= HOURS_OF_DAY:
        raise ValueError("No day has these hours.")
    return ScheduleDay(
        day=read_day(text_of(body["Date"]), zone=DATES_IN),
        schedule_id="" if schedule_id == NO_RIGHT else schedule_id,
        hours=hours,
    )


def told_day(body: Any) -> str:
    """Return the day of a row that cannot be read, for a person to find it by; empty where that is not told either."""
    try:
        return read_day(text_of(body["Date"]), zone=DATES_IN).isoformat()
    except (KeyError, TypeError, ValueError):
        return ""


def _identifier(value: Any) -> str:
    """Raises TypeError or ValueError for what names nothing: another row must not be taken for it."""
    text = text_of(value).strip()
    if text in ("", NO_RIGHT):
        raise ValueError("This names nothing.")
    return text


def read_number(value: Any) -> Decimal | None:
    """Return a number that comes as one or as text; None when empty or not shown to us.

    Raises TypeError, ValueError.
    """
    text = canonical(text_of(value))
    if text in ("", NO_RIGHT):
        return None
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise ValueError("This is no number.") from None
    if not number.is_finite() or not -LARGEST_NUMBER <= number <= LARGEST_NUMBER:
        raise ValueError("This is no number.")
    return number
