"""`/3/absencetransactions`: one row per day. Several rows of a person, day and even cause may stand side by side."""

import uuid
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from integrations.sandbox.fortnox import errors
from integrations.sandbox.fortnox.asking import cut_page, read_page, read_wrapped, refuse_parameters
from integrations.sandbox.fortnox.errors import ApiError
from integrations.sandbox.fortnox.register import Record
from integrations.sandbox.fortnox.schedules import number, read_day, schedule_on
from integrations.sandbox.messages import Request, Response, json_response
from integrations.sandbox.vendor import UnknownError

if TYPE_CHECKING:
    from integrations.sandbox.fortnox.accounts import Company

# The codes that the description lists, those that only its text names, and those that the service knows beside them.
LISTED = "ASK FPE FRA HAV KOM MIL NAR OS1 OS2 OS3 OS4 OS5 PAP PEM PER SEM SJK SMB SVE TJL UTB VAB"
NAMED = "ATF FR1 NÄR FAC"
CODES = frozenset(f"{LISTED} {NAMED} FRX OS6 OS7".split())
REQUIRED = ("EmployeeId", "CauseCode", "Date")
WRITABLE = frozenset({*REQUIRED, "Extent", "Hours", "HolidayEntitling", "CostCenter", "Project"})
FILTERS = frozenset({"employeeid", "date"})
EMPTY: Record = {"Extent": 0, "Hours": 0, "HolidayEntitling": True, "CostCenter": "", "Project": ""}


@dataclass
class AbsenceRegister:
    """A company's rows by ID. What somebody at Fortnox's own screens does is not validated."""

    rows: dict[str, Record] = field(default_factory=dict)

    def everything(self) -> list[Record]:
        return [dict(row) for row in self.rows.values()]

    def one(self, record_id: str) -> Record:
        if record_id not in self.rows:
            raise UnknownError(f"There is no absence {record_id}.")
        return dict(self.rows[record_id])

    def add(self, record: Record) -> Record:
        if missing := [name for name in REQUIRED if name not in record]:
            raise ValueError(f"An absence needs {', '.join(missing)}.")
        row_id = str(record.get("id") or uuid.uuid4())
        self.rows[row_id] = {**EMPTY, **_known(record), "id": row_id}
        return self.one(row_id)

    def change(self, record_id: str, values: Record) -> Record:
        self.rows[record_id] = {**self.one(record_id), **_known(values), "id": record_id}
        return self.one(record_id)

    def remove(self, record_id: str) -> None:
        self.one(record_id)
        del self.rows[record_id]


def _known(values: Record) -> Record:
    if strange := sorted(set(values) - WRITABLE - {"id"}):
        raise ValueError(f"An absence has no field {', '.join(strange)}.")
    return values


def list_absences(company: "Company", request: Request, *, listing_fault: str, as_text: bool) -> Response:
    page = read_page(request, filters=FILTERS)
    rows = list(company.absences.rows.values())
    if "employeeid" in page.filters:
        rows = [row for row in rows if row["EmployeeId"] == page.filters["employeeid"]]
    if "date" in page.filters:
        day = read_day(page.filters["date"], "date").isoformat()
        rows = [row for row in rows if row["Date"] == day]
    chosen, meta = cut_page(rows, page, listing_fault=listing_fault)
    shown = [_shown(company, request, row, as_text=as_text) for row in chosen]
    return json_response({"MetaInformation": meta, "AbsenceTransactions": shown})


def list_absences_of_day(
    company: "Company", request: Request, *, employee_id: str, day: str, code: str, as_text: bool
) -> Response:
    """Answer the address that once showed one row, and shows a list since several may stand on one day."""
    refuse_parameters(request)
    key = (employee_id, read_day(day, "Date").isoformat(), code)
    rows = [row for row in company.absences.rows.values() if (row["EmployeeId"], row["Date"], row["CauseCode"]) == key]
    return json_response({"AbsenceTransactions": [_shown(company, request, row, as_text=as_text) for row in rows]})


def show_absence(company: "Company", request: Request, row_id: str, *, as_text: bool) -> Response:
    refuse_parameters(request)
    return _wrapped(company, request, _existing(company, row_id), as_text=as_text)


def create_absence(company: "Company", request: Request, *, as_text: bool) -> Response:
    refuse_parameters(request)
    row = {**EMPTY, **_read(request)}
    for name in REQUIRED:
        if not row.get(name):
            raise errors.required(name.lower())
    _check(company, row)
    kept = company.absences.add(row)
    return _wrapped(company, request, kept, as_text=as_text, status=201)


def change_absence(company: "Company", request: Request, row_id: str, *, as_text: bool) -> Response:
    refuse_parameters(request)
    before = _existing(company, row_id)
    _check_open(company, before["Date"])
    row = {**before, **_read(request)}
    if row["EmployeeId"] != before["EmployeeId"]:
        raise ApiError(errors.UNPUBLISHED, "Den anställda kan inte ändras. (EmployeeId)")
    _check(company, row)
    kept = company.absences.change(row_id, {name: value for name, value in row.items() if name in WRITABLE})
    return _wrapped(company, request, kept, as_text=as_text)


def delete_absence(company: "Company", request: Request, row_id: str) -> Response:
    refuse_parameters(request)
    _check_open(company, _existing(company, row_id)["Date"])
    company.absences.remove(row_id)
    return Response(200)


def _existing(company: "Company", row_id: str) -> Record:
    row = company.absences.rows.get(row_id)
    if row is None:
        raise ApiError(errors.UNPUBLISHED, "Kan inte hitta frånvaron.", status=404)
    return row


def _read(request: Request) -> Record:
    """Return what was sent, without nulls: they change nothing. Raises ApiError."""
    sent = read_wrapped(request, "AbsenceTransaction")
    for name in sent:
        if name not in WRITABLE:
            raise ApiError(errors.UNKNOWN_FIELD, f"Felaktigt fältnamn. ({name})")
    values = {name: value for name, value in sent.items() if value is not None}
    for name in ("Extent", "Hours"):
        if name in values:
            values[name] = _number(name, values[name])
    if "HolidayEntitling" in values and not isinstance(values["HolidayEntitling"], bool):
        raise ApiError(errors.NOT_BOOLEAN, "Värdet måste vara boolean. (HolidayEntitling)")
    return values


def _number(name: str, value: Any) -> float:
    try:
        found = Decimal(str(value))
    except InvalidOperation as error:
        raise ApiError(errors.NOT_NUMERIC, f"Värdet måste vara numeriskt. ({name})") from error
    if isinstance(value, bool) or not found.is_finite():
        raise ApiError(errors.NOT_NUMERIC, f"Värdet måste vara numeriskt. ({name})")
    return float(found)


def _check(company: "Company", row: Record) -> None:
    """Raises ApiError. The rules are the fields' published ones; their codes and texts are not."""
    if company.employees.kept(str(row["EmployeeId"])) is None:
        raise ApiError(errors.UNPUBLISHED, f"Det finns ingen anställd {row['EmployeeId']}. (EmployeeId)")
    if row["CauseCode"] not in CODES:
        raise ApiError(errors.UNPUBLISHED, f"Ogiltig orsakskod {row['CauseCode']}. (CauseCode)")
    _check_open(company, read_day(row["Date"], "Date").isoformat())
    if not 0 <= row["Extent"] <= 100:
        raise ApiError(errors.UNPUBLISHED, "Omfattningen är från 0 till 100 procent. (Extent)")
    if not 0 <= row["Hours"] <= 24:
        raise ApiError(errors.UNPUBLISHED, "Ett dygn har 24 timmar. (Hours)")


def _check_open(company: "Company", day: str) -> None:
    """How the service refuses paid periods is not documented; that it may is assumed."""
    if company.payroll_closed_to and day <= company.payroll_closed_to:
        raise ApiError(errors.UNPUBLISHED, f"Löneperioden är låst. (Date {day})")


def _shown(company: "Company", request: Request, row: Record, *, as_text: bool) -> Record:
    extent, hours = Decimal(str(row["Extent"])), Decimal(str(row["Hours"]))
    if extent and not hours:
        hours = _scheduled(company, row) * extent / 100
    return {
        "@url": f"{request.base_url}/fortnox/3/absencetransactions/{row['id']}",
        **row,
        "Extent": number(extent, as_text=as_text),
        "Hours": number(hours, as_text=as_text),
    }


def _scheduled(company: "Company", row: Record) -> Decimal:
    """Return the hours that the person's schedule has on the row's day."""
    employee_id, day = str(row["EmployeeId"]), date.fromisoformat(row["Date"])
    if employee_id not in company.employees:
        return Decimal(0)
    return company.schedules.hours(schedule_on(company.employees.shown(employee_id), day), day)


def _wrapped(company: "Company", request: Request, row: Record, *, as_text: bool, status: int = 200) -> Response:
    return json_response({"AbsenceTransaction": _shown(company, request, row, as_text=as_text)}, status=status)
