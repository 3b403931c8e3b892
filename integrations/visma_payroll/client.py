"""Visma's Employee API, version 2: one method per endpoint used, vendor JSON in and out; knows no ORM.

Its documentation and changelog: https://github.com/payroll-no/employee-public-api-docs.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from django.utils.translation import gettext as _

from integrations.core.errors import (
    Forbidden,
    Moved,
    NotFound,
    OutcomeUnknown,
    ReauthorisationRequired,
    Refused,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.http import LONGEST_MESSAGE, Answer, VendorSession, no_reason
from integrations.core.refusals import about_everybody, forbidden_message
from integrations.visma_payroll.unconfirmed import MOVED_STATUSES, PAGE_SIZE, PAGE_SIZE_PARAMETER

MEDIA_TYPE: Final = "application/vnd.no.payroll.employee.V2.0+json"
# Called mandatory; the changelog of 2024-02-26 calls it a Content-Type, also of reading. The settings are not among
# the addresses that are said to speak it: they may answer as plain JSON.
HEADERS: Final = {"Accept": f"{MEDIA_TYPE}, application/json;q=0.9", "Content-Type": MEDIA_TYPE}
SERVED, ACCEPTED = 200, 202
EMBED_POSITIONS: Final = "(positions)"
# The end of a Location, which may be a whole address, and of an older version of the API.
JOB_PATH: Final = re.compile(r"(employees/(?:[\w-]+/positions/)?jobs/[\w.-]+)/?(?:\?.*)?$")
STATUSES: Final[Mapping[int, type[VendorError]]] = {
    401: ReauthorisationRequired,
    403: Forbidden,
    404: NotFound,
}


class Versioned(NamedTuple):
    """A document and its ETag, as it came: quoted or not, or empty where Visma gave none.

    Not ``genuine``: it holds something that cannot be kept and was replaced. Written back, it would not be Visma's.
    """

    document: dict[str, Any]
    etag: str
    genuine: bool = True


class Listing(NamedTuple):
    """One page, its rows as they came; the cursor leads to the next one, and is empty on the last."""

    rows: tuple[Any, ...]
    cursor: str


class VismaPayrollClient:
    """All methods raise the errors of ``core.errors``.

    Writes return the path of their job, to be stored and polled; it is empty where Visma accepted without saying where.
    """

    def __init__(self, session: VendorSession) -> None:
        self._session = session

    def list_employees(self, *, cursor: str = "", changed_since: date | None = None) -> Listing:
        """GET /employees: with positions, drafts and everybody who has left; the parameters go with every cursor.

        The rows are whatever came, one of them may be no document.
        """
        parameters: dict[str, str | int] = {
            "embed": EMBED_POSITIONS,
            "includeDrafts": "true",
            PAGE_SIZE_PARAMETER: PAGE_SIZE,
        }
        if changed_since is not None:
            parameters["fromLastChangedDate"] = changed_since.isoformat()
        return self._list("employees", parameters, cursor=cursor)

    def read_employee(self, employee_id: str) -> Versioned:
        """GET /employees/{employeeId}, positions embedded."""
        return self._read(_path(employee_id), params={"embed": EMBED_POSITIONS})

    def create_employee(self, body: Mapping[str, Any]) -> str:
        """POST /employees/withPosition; whoever it makes is the job's artifact."""
        return _job_path(self._session.request("POST", "employees/withPosition", json=body, headers=HEADERS))

    def replace_employee(self, employee_id: str, document: Mapping[str, Any], *, etag: str) -> str:
        """PUT /employees/{employeeId}: what the document lacks is deleted. Raises Moved."""
        return self._replace(_path(employee_id), document, etag=etag)

    def read_position(self, employee_id: str, position_id: str) -> Versioned:
        """GET /employees/{employeeId}/positions/{positionId}."""
        return self._read(_path(employee_id, position_id))

    def replace_position(self, employee_id: str, position_id: str, document: Mapping[str, Any], *, etag: str) -> str:
        """PUT /employees/{employeeId}/positions/{positionId}: as ``replace_employee``. Raises Moved."""
        return self._replace(_path(employee_id, position_id), document, etag=etag)

    def read_job(self, path: str) -> dict[str, Any]:
        """GET the job of a write, by the path that the write returned; ``jobs.read_job`` says what it means."""
        return _object(self._session.request("GET", path, headers=HEADERS))

    def list_jobs(self, *, employee_id: str = "", cursor: str = "") -> Listing:
        """GET /employees/jobs, or those of one's positions: where a write whose answer was lost is looked up."""
        path = f"{_path(employee_id)}/positions/jobs" if employee_id else "employees/jobs"
        return _objects(self._list(path, {}, cursor=cursor))

    def list_tax_units(self) -> Listing:
        """GET /taxUnits: somebody new gets the company's only one."""
        return _objects(self._list("taxUnits", {}, cursor=""))

    def list_work_time_agreements(self) -> Listing:
        """GET /workTimeAgreements: somebody new gets the company's only one."""
        return _objects(self._list("workTimeAgreements", {}, cursor=""))

    def _list(self, path: str, parameters: Mapping[str, str | int], *, cursor: str) -> Listing:
        asked = {**parameters, "cursor": cursor} if cursor else parameters
        with about_everybody():
            answer = self._session.request("GET", path, params=asked, headers=HEADERS)
        # Settings and positions come as a bare list, too.
        page: dict[str, Any] = {"data": answer.body} if isinstance(answer.body, list) else _object(answer)
        rows = page.get("data")
        if not isinstance(rows, list):
            raise TemporarilyUnavailable(_("Visma's list has no data."), status=answer.status)
        return Listing(tuple(rows), _next_cursor(page, status=answer.status))

    def _read(self, path: str, *, params: Mapping[str, str | int] | None = None) -> Versioned:
        answer = self._session.request("GET", path, params=params, headers=HEADERS)
        document = _object(answer)
        if "id" not in document:
            raise TemporarilyUnavailable("Visma's document has no id.", status=answer.status)
        return Versioned(document, answer.headers.get("ETag", "").strip(), genuine=not answer.cleaned)

    def _replace(self, path: str, document: Mapping[str, Any], *, etag: str) -> str:
        answer = self._session.request("PUT", path, json=document, headers={**HEADERS, "If-Match": etag})
        return _job_path(answer)


def _next_cursor(page: Mapping[str, Any], *, status: int) -> str:
    """Return the cursor, empty on the last page; raises TemporarilyUnavailable for one that is no text."""
    cursor = page.get("cursor")
    token = cursor.get("nextToken") if isinstance(cursor, dict) else None
    if not isinstance(cursor, dict | None) or not isinstance(token, str | None):
        # Taken for the last page, everybody after it would be missing.
        raise TemporarilyUnavailable(_("Visma's list does not say where it goes on."), status=status)
    return token or ""


def _objects(listing: Listing) -> Listing:
    if not all(isinstance(row, dict) for row in listing.rows):
        raise TemporarilyUnavailable(_("Visma's list holds what cannot be read."), status=SERVED)
    return listing


def _path(employee_id: str, position_id: str = "") -> str:
    path = f"employees/{quote(employee_id, safe='')}"
    return f"{path}/positions/{quote(position_id, safe='')}" if position_id else path


def _job_path(answer: Answer) -> str:
    """Return the path of the job, on the host that was called: the token goes nowhere else."""
    found = JOB_PATH.search(answer.headers.get("Location", "").strip())
    if found is None and answer.status != ACCEPTED:
        raise OutcomeUnknown("Visma did not say whether it accepted the write.", status=answer.status)
    return found[1] if found else ""


def _object(answer: Answer) -> dict[str, Any]:
    if not isinstance(answer.body, dict):
        raise TemporarilyUnavailable("Visma's answer is no document.", status=answer.status)
    return answer.body


def read_error(answer: Answer) -> VendorError:
    """Return what a refusal (4xx) means, by its status; the message is Visma's own."""
    if answer.status in MOVED_STATUSES:
        return Moved(_message(answer), status=answer.status)
    message = _message(answer)
    if answer.status == 403:
        message = forbidden_message(vendor="Visma.net Payroll", said=message)
    return STATUSES.get(answer.status, Refused)(message, status=answer.status)


def _message(answer: Answer) -> str:
    """Return what Visma says; where is not published, so it is looked for in the usual places."""
    body = answer.body if isinstance(answer.body, dict) else {}
    said = (body.get(key) for key in ("message", "detail", "title", "error_description", "error"))
    message = next((text for text in said if isinstance(text, str) and text.strip()), no_reason(answer.status))
    return message[:LONGEST_MESSAGE]
