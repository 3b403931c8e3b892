"""Fortnox's REST API: one method per endpoint used, vendor JSON in and out; knows no ORM and no word of the hub."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from django.utils.translation import gettext as _

from integrations.core.errors import (
    Forbidden,
    LicenceMissing,
    NotFound,
    OutcomeUnknown,
    ReauthorisationRequired,
    Refused,
    RightMissing,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.http import LONGEST_MESSAGE, Answer, VendorSession, no_reason
from integrations.core.refusals import about_everybody, forbidden_message, right_message

# Fortnox's largest.
PAGE_SIZE: Final = 500
SYSTEM_EXCEPTION: Final = "1000003"
LICENCE_CODES: Final = frozenset({"2001101", "2001103"})
CODES: Final[Mapping[str, type[VendorError]]] = {
    SYSTEM_EXCEPTION: TemporarilyUnavailable,
    "2000310": ReauthorisationRequired,
    "2000311": ReauthorisationRequired,
    "2003275": ReauthorisationRequired,
    "2000663": RightMissing,
    **dict.fromkeys(LICENCE_CODES, LicenceMissing),
}
STATUSES: Final[Mapping[int, type[VendorError]]] = {
    401: ReauthorisationRequired,
    403: Forbidden,
    404: NotFound,
}


SAID: Final = {Forbidden: forbidden_message, RightMissing: right_message}
VENDOR: Final = "Fortnox"


class FortnoxClient:
    """All methods raise the errors of ``core.errors``, and return the inside of Fortnox's wrapper."""

    def __init__(self, session: VendorSession) -> None:
        self._session = session

    def list_employees(self, *, page: int, limit: int = PAGE_SIZE) -> Mapping[str, Any]:
        """Return ``MetaInformation`` and ``Employees``, inactive ones included.

        https://api.fortnox.se/apidocs, GET /3/employees: without a trailing slash; ``lastmodified`` is refused there.
        """
        with about_everybody():
            answer = self._session.request("GET", "3/employees", params={"page": page, "limit": limit})
        return {"MetaInformation": _object(answer, "MetaInformation"), "Employees": _list(answer, "Employees")}

    def read_employee(self, employee_id: str) -> dict[str, Any]:
        """https://api.fortnox.se/apidocs, GET /3/employees/{EmployeeId}."""
        return _object(self._session.request("GET", _employee_path(employee_id)), "Employee")

    def create_employee(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """https://api.fortnox.se/apidocs, POST /3/employees."""
        return self._create("3/employees", "Employee", body)

    def update_employee(self, employee_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change the fields in the body only: https://api.fortnox.se/apidocs, PUT /3/employees/{EmployeeId}."""
        answer = self._session.request("PUT", _employee_path(employee_id), json={"Employee": body})
        return _written(answer, "Employee")

    def list_absences(self, *, employee_id: str, page: int, limit: int = PAGE_SIZE) -> Mapping[str, Any]:
        """Return ``MetaInformation`` and ``AbsenceTransactions`` of one person: one row per day.

        https://api.fortnox.se/apidocs, GET /3/absencetransactions: only one of its filters may be used at a time.
        """
        wanted: dict[str, str | int] = {"employeeid": employee_id, "page": page, "limit": limit}
        answer = self._session.request("GET", "3/absencetransactions", params=wanted)
        rows = _list(answer, "AbsenceTransactions")
        return {"MetaInformation": _object(answer, "MetaInformation"), "AbsenceTransactions": rows}

    def read_absence(self, row_id: str) -> dict[str, Any]:
        """https://api.fortnox.se/apidocs, GET /3/absencetransactions/{id}."""
        return _object(self._session.request("GET", _absence_path(row_id)), "AbsenceTransaction")

    def create_absence(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create one day; Fortnox does not stop a second one that is equal.

        https://api.fortnox.se/apidocs, POST /3/absencetransactions.
        """
        return self._create("3/absencetransactions", "AbsenceTransaction", body)

    def update_absence(self, row_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """https://api.fortnox.se/apidocs, PUT /3/absencetransactions/{id}: wants the required fields again."""
        answer = self._session.request("PUT", _absence_path(row_id), json={"AbsenceTransaction": body})
        return _written(answer, "AbsenceTransaction")

    def delete_absence(self, row_id: str) -> None:
        """Raises NotFound where it is gone already: https://api.fortnox.se/apidocs, DELETE …/{id}."""
        self._session.request("DELETE", _absence_path(row_id))

    def read_schedule_time(self, *, employee_id: str, day: date) -> dict[str, Any]:
        """Return the hours of one person on one day; there is no list of them.

        https://api.fortnox.se/apidocs, GET /3/scheduletimes/{EmployeeId}/{Date}.
        """
        path = f"3/scheduletimes/{quote(employee_id, safe='')}/{day.isoformat()}"
        return _object(self._session.request("GET", path), "ScheduleTime")

    def company_information(self) -> dict[str, Any]:
        """https://api.fortnox.se/apidocs, GET /3/companyinformation."""
        with about_everybody():
            return _object(self._session.request("GET", "3/companyinformation"), "CompanyInformation")

    def _create(self, path: str, wrapper: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self._session.request("POST", path, json={wrapper: body})
        except TemporarilyUnavailable as error:
            if error.code == SYSTEM_EXCEPTION:
                # Where it broke is not known, and a second try could create it twice.
                raise OutcomeUnknown(error.message, status=error.status, code=error.code) from error
            raise
        return _written(answer, wrapper)


def _absence_path(row_id: str) -> str:
    return f"3/absencetransactions/{quote(row_id, safe='')}"


def _employee_path(employee_id: str) -> str:
    # An ID may hold å, ä, ö and signs: percent-encoded UTF-8.
    return f"3/employees/{quote(employee_id, safe='')}"


def _object(answer: Answer, wrapper: str) -> dict[str, Any]:
    inside = answer.body.get(wrapper) if isinstance(answer.body, dict) else None
    if not isinstance(inside, dict):
        raise TemporarilyUnavailable(f"Fortnox's answer has no {wrapper}.", status=answer.status)
    return inside


def _list(answer: Answer, wrapper: str) -> list[Any]:
    inside = answer.body.get(wrapper) if isinstance(answer.body, dict) else None
    if not isinstance(inside, list):
        raise TemporarilyUnavailable(f"Fortnox's answer has no {wrapper}.", status=answer.status)
    return inside


def _written(answer: Answer, wrapper: str) -> dict[str, Any]:
    try:
        return _object(answer, wrapper)
    except TemporarilyUnavailable as error:
        raise OutcomeUnknown(error.message, status=error.status) from error


def read_error(answer: Answer) -> VendorError:
    """Return what a refusal (4xx) means; the code counts, then the status. The message is Fortnox's own."""
    message, code = _message_and_code(answer)
    error_class = CODES.get(code) or STATUSES.get(answer.status, Refused)
    if code in LICENCE_CODES:
        message = licence_message(code, said=message)
    elif error_class in SAID:
        message = SAID[error_class](vendor=VENDOR, said=message)
    return error_class(message, status=answer.status, code=code)


def _message_and_code(answer: Answer) -> tuple[str, str]:
    body = _lower_keys(answer.body)
    envelope = _lower_keys(body.get("errorinformation")) or body
    said = (envelope.get(key) for key in ("message", "error_description", "error"))
    message = next((text for text in said if isinstance(text, str) and text.strip()), no_reason(answer.status))
    code = str(envelope.get("code") or "").strip()
    # Fortnox writes 0 where it has no code.
    return message[:LONGEST_MESSAGE], code if code.strip("0") else ""


def _lower_keys(value: Any) -> dict[str, Any]:
    """The spelling of the envelope's keys differs between Fortnox's services."""
    return {str(key).lower(): inside for key, inside in value.items()} if isinstance(value, dict) else {}


def licence_message(code: str, *, said: str) -> str:
    """Say which licence to order and where (FX-02)."""
    if code == "2001103":
        order = _("The company has no active integration licence in Fortnox.")
    else:
        order = _("The company has no active licence for payroll (Lön) in Fortnox.")
    where = _("Order it in Fortnox under Manage users → Add licences, then connect here again.")
    return f"{order} {where} ({said})"
