"""`/3/employees`: list, one, create, change."""

from datetime import date
from typing import Any
from urllib.parse import quote

from integrations.sandbox.fortnox import errors
from integrations.sandbox.fortnox.accounts import Company, Settings
from integrations.sandbox.fortnox.asking import cut_page, read_page, read_wrapped, refuse_parameters
from integrations.sandbox.fortnox.errors import ApiError
from integrations.sandbox.fortnox.fields import BLANK, FIELDS, NO_RIGHT, clean
from integrations.sandbox.fortnox.register import NO_HOURS, Record
from integrations.sandbox.messages import Request, Response, json_response

REQUIRED = ("FirstName", "LastName", "Email")
# Missing, they would come from the company's default agreement (avtal).
AGREEMENT = ("PersonelType", "EmploymentForm", "SalaryForm")
EXCLUSIVE = (("DatedSchedules", ("ScheduleId",)), ("DatedWages", ("MonthlySalary", "HourlyPay")))


def list_employees(company: Company, settings: Settings, request: Request, *, listing_fault: str) -> Response:
    page = read_page(request, filters=frozenset({"filter"}))
    employee_filter = page.filters.get("filter", "")
    if employee_filter not in {"", "active", "inactive"}:
        raise ApiError(errors.BAD_PARAMETER, "Ogiltig parameter i anropet.")
    order = company.employees.order(employee_filter)
    chosen, meta = cut_page(order, page, listing_fault=listing_fault)
    rows = [_shown(company, settings, request, employee_id) for employee_id in chosen]
    return json_response({"MetaInformation": meta, "Employees": rows})


def show_employee(company: Company, settings: Settings, request: Request, employee_id: str) -> Response:
    refuse_parameters(request)
    _existing(company, employee_id)
    return _wrapped(company, settings, request, employee_id)


def create_employee(company: Company, settings: Settings, request: Request) -> Response:
    refuse_parameters(request)
    sent = _read_body(company, settings, request)
    values = {name: clean(name, value) for name, value in sent.items() if value != BLANK}
    _check_required(company, values)
    employee_id = values.get("EmployeeId") or company.employees.next_id()
    if employee_id in company.employees:
        raise ApiError(errors.UNPUBLISHED, f"Anställningsnumret {employee_id} används redan. (EmployeeId)")
    record = {"ScheduleId": NO_HOURS, **values, "EmployeeId": employee_id}
    _check_whole(record, sent=set(values))
    _settle_dated(record, sent=set(values))
    company.employees.put(record)
    return _wrapped(company, settings, request, employee_id, status=201)


def change_employee(company: Company, settings: Settings, request: Request, employee_id: str) -> Response:
    refuse_parameters(request)
    before = _existing(company, employee_id)
    sent = _read_body(company, settings, request)
    values = {name: FIELDS[name].empty() if value == BLANK else clean(name, value) for name, value in sent.items()}
    if values.get("EmployeeId", employee_id) != employee_id:
        raise ApiError(errors.UNPUBLISHED, "Anställningsnumret kan inte ändras. (EmployeeId)")
    record = {**before, **values}
    _check_required(company, record, only=set(sent))
    _check_whole(record, sent=set(sent))
    _settle_dated(record, sent=set(sent))
    company.employees.put(record)
    return _wrapped(company, settings, request, employee_id)


def _existing(company: Company, employee_id: str) -> Record:
    kept = company.employees.kept(employee_id)
    if kept is None:
        raise ApiError(errors.UNPUBLISHED, "Kan inte hitta den anställda.", status=404)
    return kept


def _read_body(company: Company, settings: Settings, request: Request) -> dict[str, Any]:
    """Return what was sent, without nulls and empty strings: they change nothing. Raises ApiError."""
    sent = read_wrapped(request, "Employee")
    _check_names(settings, sent)
    for name in REQUIRED:
        may_be = name == "Email" and company.emptied_email and sent.get(name) == BLANK
        if name in sent and sent[name] in ("", None, BLANK) and not may_be:
            raise errors.required(name.lower())
    return {name: value for name, value in sent.items() if value not in ("", None)}


def _check_names(settings: Settings, sent: dict[str, Any]) -> None:
    for name in sent:
        if name not in FIELDS or FIELDS[name].kind == "read_only":
            raise ApiError(errors.UNKNOWN_FIELD, f"Felaktigt fältnamn. ({name})")
        if name in settings.no_right:
            raise ApiError(errors.UNPUBLISHED, f"Har inte behörighet. ({name})", status=403)


def _check_required(company: Company, record: Record, *, only: set[str] | None = None) -> None:
    """Raises ApiError for a required value that is missing (only: the fields looked at)."""
    for name in REQUIRED:
        if name == "Email" and company.emptied_email and only is not None:
            continue
        if not str(record.get(name, "")).strip() and (only is None or name in only):
            raise errors.required(name.lower())
    if company.default_agreement:
        return
    if any(not record.get(name) for name in AGREEMENT if only is None or name in only):
        raise errors.required("ftgavtalid")


def _check_whole(record: Record, *, sent: set[str]) -> None:
    bank = {"ClearingNo", "BankAccountNo"}
    if sent & bank and bool(record.get("ClearingNo")) != bool(record.get("BankAccountNo")):
        raise ApiError(errors.UNPUBLISHED, "Clearingnummer och kontonummer hör ihop. (BankAccountNo)")
    for rows, single in EXCLUSIVE:
        if rows in sent and sent & set(single):
            raise ApiError(errors.UNPUBLISHED, f"Kan inte anges tillsammans. ({rows})")
        _check_rows(rows, record.get(rows) or [])
    first, last = record.get("EmploymentDate"), record.get("EmployedTo")
    if sent & {"EmploymentDate", "EmployedTo"} and first and last and last < first:
        raise ApiError(errors.UNPUBLISHED, "Slutdatum är före startdatum. (EmployedTo)")


def _check_rows(name: str, rows: list[Any]) -> None:
    """Raises ApiError unless there is one row from 1970-01-01 on, and one per first day."""
    days = [row.get("FirstDay") if isinstance(row, dict) else None for row in rows]
    if days and (days.count("1970-01-01") != 1 or len(set(days)) != len(days)):
        raise ApiError(errors.UNPUBLISHED, f"Ogiltiga datum. ({name})")


def _settle_dated(record: Record, *, sent: set[str]) -> None:
    """Let the value in force today follow the dated rows, and a value sent alone replace the rows."""
    for rows, singles in EXCLUSIVE:
        if sent & set(singles):
            record[rows] = []
        if rows in sent and record[rows]:
            today = date.today().isoformat()  # noqa: DTZ011 -- the vendor's own day, which has no zone
            current = max((row for row in record[rows] if row["FirstDay"] <= today), key=lambda row: row["FirstDay"])
            record.update({name: str(current.get(name) or "") for name in singles})


def _shown(company: Company, settings: Settings, request: Request, employee_id: str) -> Record:
    record = company.employees.shown(employee_id)
    for name in settings.no_right:
        if name in record:
            record[name] = NO_RIGHT
    record["@url"] = f"{request.base_url}/fortnox/3/employees/{quote(employee_id, safe='')}"
    return record


def _wrapped(
    company: Company, settings: Settings, request: Request, employee_id: str, *, status: int = 200
) -> Response:
    return json_response({"Employee": _shown(company, settings, request, employee_id)}, status=status)
