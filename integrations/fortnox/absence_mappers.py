"""Fortnox's absence transactions and schedule times to plain values and back (pure)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from employees.values.dates import read_day
from employees.values.texts import canonical, canonical_identifier
from integrations.fortnox.absence_causes import same_cause
from integrations.fortnox.absence_rules import ListedRow, WantedRow
from integrations.fortnox.mappers import NO_RIGHT
from integrations.fortnox.unconfirmed import DATES_IN

# Of a row that was deleted and is created again: what somebody at Fortnox has entered beside ours is put back.
BESIDE: Final = ("CostCenter", "Project", "HolidayEntitling")


class ScheduleDay(NamedTuple):
    """The hours that a person's schedule has on a day; None where they are not shown to us."""

    day: date
    schedule_id: str
    hours: Decimal | None


def row_from_transaction(body: Mapping[str, Any]) -> ListedRow:
    """Return one day as Fortnox holds it; raises KeyError or ValueError where it cannot be told what it says."""
    return ListedRow(
        row_id=str(body["id"]),
        employee_id=str(body["EmployeeId"]),
        day=read_day(str(body["Date"]), zone=DATES_IN),
        cause=same_cause(canonical_identifier(str(body["CauseCode"]))),
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
    """Raises KeyError or ValueError where it cannot be told what it says."""
    return ScheduleDay(
        day=read_day(str(body["Date"]), zone=DATES_IN),
        schedule_id=str(body.get("ScheduleId") or ""),
        hours=read_number(body["Hours"]),
    )


def read_number(value: Any) -> Decimal | None:
    """Return a number that comes as one or as text; None when empty or not shown to us. Raises ValueError."""
    text = "" if value is None else canonical(str(value))
    if text in ("", NO_RIGHT):
        return None
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise ValueError("This is no number.") from None
    if not number.is_finite():
        raise ValueError("This is no number.")
    return number
