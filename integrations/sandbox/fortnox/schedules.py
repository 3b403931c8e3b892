"""Working-time schedules, and `/3/scheduletimes`: the hours of one person on one day."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.sandbox.fortnox import errors
from integrations.sandbox.fortnox.asking import refuse_parameters
from integrations.sandbox.fortnox.errors import ApiError
from integrations.sandbox.fortnox.register import NO_HOURS, Record
from integrations.sandbox.messages import Request, Response, json_response
from integrations.sandbox.vendor import UnknownError

HELPERS = tuple(f"IWH{number}" for number in range(1, 6))
Week = tuple[float, ...]


def _demo_weeks() -> dict[str, Week]:
    return {
        NO_HOURS: (0.0,) * 7,
        "HEL": (8.0,) * 5 + (0.0, 0.0),
        "DEL": (4.0,) * 5 + (0.0, 0.0),
        "HLG": (0.0,) * 5 + (12.0, 12.0),
    }


@dataclass
class Schedules:
    """Hours from Monday to Sunday by schedule ID; nobody works on the days off. As the control pages change them."""

    weeks: dict[str, Week] = field(default_factory=_demo_weeks)

    def hours(self, schedule_id: str, day: date) -> Decimal:
        week = self.weeks.get(schedule_id, (0.0,) * 7)
        return Decimal(str(week[day.weekday()]))

    def everything(self) -> list[dict[str, Any]]:
        return [self.one(schedule_id) for schedule_id in self.weeks]

    def one(self, record_id: str) -> dict[str, Any]:
        if record_id not in self.weeks:
            raise UnknownError(f"There is no schedule {record_id}.")
        return {"ScheduleId": record_id, "Hours": list(self.weeks[record_id])}

    def add(self, record: dict[str, Any]) -> dict[str, Any]:
        schedule_id = str(record["ScheduleId"])
        self.weeks[schedule_id] = _week(record["Hours"])
        return self.one(schedule_id)

    def change(self, record_id: str, values: dict[str, Any]) -> dict[str, Any]:
        self.one(record_id)
        self.weeks[record_id] = _week(values["Hours"])
        return self.one(record_id)

    def remove(self, record_id: str) -> None:
        self.one(record_id)
        del self.weeks[record_id]


def schedule_on(employee: Record, day: date) -> str:
    """Return the ID of the schedule that is in force for a person on a day."""
    dated = [row for row in employee["DatedSchedules"] if row["FirstDay"] <= day.isoformat()]
    if not dated:
        return str(employee["ScheduleId"])
    return str(max(dated, key=lambda row: row["FirstDay"]).get("ScheduleId") or "")


def show_schedule_time(
    employee: Record | None, schedules: Schedules, request: Request, *, day: str, as_text: bool
) -> Response:
    refuse_parameters(request)
    if employee is None:
        raise ApiError(errors.UNPUBLISHED, "Kan inte hitta den anställda.", status=404)
    asked = read_day(day, "Date")
    schedule_id = schedule_on(employee, asked)
    time = {
        "EmployeeId": employee["EmployeeId"],
        "Date": asked.isoformat(),
        "ScheduleId": schedule_id,
        "Hours": number(schedules.hours(schedule_id, asked), as_text=as_text),
        **{name: number(Decimal(0), as_text=as_text) for name in HELPERS},
    }
    return json_response({"ScheduleTime": time})


def number(value: Decimal, *, as_text: bool) -> str | float:
    return f"{value.normalize():f}" if as_text else float(value)


def read_day(text: Any, name: str) -> date:
    """Raises ApiError."""
    try:
        # fromisoformat alone would also take 20240131 and week dates.
        return date.fromisoformat(str(text) if len(str(text)) == len("2024-01-31") else "")
    except ValueError as error:
        raise ApiError(errors.UNPUBLISHED, f"Ogiltigt datum {text}. ({name})") from error


def _week(hours: Any) -> Week:
    week = tuple(float(each) for each in hours)
    if len(week) != 7:
        raise ValueError("A week has seven days, from Monday on.")
    return week
