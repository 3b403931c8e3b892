"""One company's employees. Kept sparse (only what is filled in), so that 100,000 fit; shown in full."""

from typing import Any

from integrations.sandbox.fortnox.fields import FIELDS, NUMBERS
from integrations.sandbox.vendor import UnknownError

Record = dict[str, Any]
# The schedule that everybody starts with has no hours.
NO_HOURS = "0"
FIRST_DAY = "1970-01-01"
EMPTY = {name: field.empty() for name, field in FIELDS.items()}


class EmployeeRegister:
    def __init__(self) -> None:
        self._kept: dict[str, Record] = {}
        self._largest = 0
        # Which employees a filter lists; made when first asked for, forgotten at a change.
        self._orders: dict[str, list[str]] = {}

    def __contains__(self, employee_id: str) -> bool:
        return employee_id in self._kept

    def kept(self, employee_id: str) -> Record | None:
        return self._kept.get(employee_id)

    def next_id(self) -> str:
        return str(self._largest + 1)

    def put(self, record: Record) -> None:
        """Keep a new or changed record; what is empty is left out."""
        employee_id = record["EmployeeId"]
        before = self._kept.get(employee_id)
        if before is None or bool(before.get("Inactive")) != bool(record.get("Inactive")):
            self._orders.clear()
        if employee_id.isdecimal():
            self._largest = max(self._largest, int(employee_id))
        self._kept[employee_id] = {name: value for name, value in record.items() if value not in ("", False, [])}

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]

    def order(self, employee_filter: str) -> list[str]:
        """Return the employee IDs that the filter (active, inactive or empty) lists."""
        if employee_filter not in self._orders:
            wanted = {"active": (False,), "inactive": (True,), "": (False, True)}[employee_filter]
            self._orders[employee_filter] = [
                employee_id for employee_id, record in self._kept.items() if bool(record.get("Inactive")) in wanted
            ]
        return self._orders[employee_filter]

    def shown(self, employee_id: str) -> Record:
        """Return the record as the API shows it, in lists, too."""
        kept = self._kept[employee_id]
        record = {name: kept.get(name, empty) for name, empty in EMPTY.items()}
        for name in NUMBERS.intersection(kept):
            record[name] = _as_number(kept[name])
        record["FullName"] = f"{record['FirstName']} {record['LastName']}"
        schedule = {"EmployeeId": employee_id, "FirstDay": FIRST_DAY, "ScheduleId": record["ScheduleId"]}
        record["DatedSchedules"] = record["DatedSchedules"] or [schedule]
        return record

    # What somebody at Fortnox's own screens does: nothing is validated.

    def everything(self) -> list[Record]:
        return [self.shown(employee_id) for employee_id in self._kept]

    def one(self, record_id: str) -> Record:
        if record_id not in self._kept:
            raise UnknownError(f"There is no employee {record_id}.")
        return self.shown(record_id)

    def add(self, record: Record) -> Record:
        employee_id = str(record.get("EmployeeId") or self.next_id())
        if employee_id in self._kept:
            raise ValueError(f"There is an employee {employee_id} already.")
        self.put({"ScheduleId": NO_HOURS, **_known(record), "EmployeeId": employee_id})
        return self.shown(employee_id)

    def change(self, record_id: str, values: Record) -> Record:
        self.one(record_id)
        self.put({**self._kept[record_id], **_known(values), "EmployeeId": record_id})
        return self.shown(record_id)

    def remove(self, record_id: str) -> None:
        self.one(record_id)
        del self._kept[record_id]
        self._orders.clear()


def _as_number(value: Any) -> Any:
    """Return the number of a text; what somebody typed that is none stays as it is."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return value
    return int(number) if number.is_integer() else number


def _known(values: Record) -> Record:
    if strange := sorted(set(values) - set(FIELDS)):
        raise ValueError(f"Fortnox has no field {', '.join(strange)}.")
    return values
