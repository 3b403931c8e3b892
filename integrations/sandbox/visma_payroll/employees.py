"""`/employees` and what belongs to one: lists, documents, writes that are accepted as jobs."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from integrations.sandbox.messages import BadBodyError, Request, Response
from integrations.sandbox.visma_payroll.errors import MEDIA_TYPE, ApiError, api_response
from integrations.sandbox.visma_payroll.jobs import Job
from integrations.sandbox.visma_payroll.register import READ_ONLY, Document, Kept, shown_time
from integrations.sandbox.visma_payroll.tenants import Settings, Tenant
from integrations.sandbox.visma_payroll.validation import Finding, InvalidError, check_employee, check_position

API = "/visma_payroll/v2"
DEFAULT_PAGE = 50
# No largest page is published.
LARGEST_PAGE = 100
LIST_PARAMETERS = frozenset(
    {"cursor", "page-size", "onlyActive", "manager", "includeDrafts", "fromLastChangedDate", "embed", "fields"}
)
FIELDS = re.compile(r"\((?P<own>[\w,]*?)(?:,?positions\((?P<of_positions>[\w,]+)\))?\)")


@dataclass(frozen=True)
class Asked:
    """One call to the API: by whom, of which company, when (epoch seconds)."""

    request: Request
    tenant: Tenant
    settings: Settings
    now: float
    listing_fault: str = ""

    @property
    def embedded(self) -> bool:
        return self.request.parameters().get("embed") == "(positions)"


def list_employees(asked: Asked) -> Response:
    parameters = asked.request.parameters()
    if strange := sorted(set(parameters) - LIST_PARAMETERS):
        raise ApiError(400, f"Unknown parameters: {', '.join(strange)}.")
    size = _size(parameters)
    start = 0 if asked.listing_fault == "repeat_page" else _read_cursor(parameters)
    rows: list[Document] = []
    cursor = {}
    last = start
    for employee_id, now in asked.tenant.employees.after(start):
        kept = _as_shown(asked, now)
        if kept is None or not _wanted(kept, parameters, today=_today(asked.now)):
            continue
        if len(rows) == size:
            cursor = {"cursor": {"nextToken": _cursor(last, parameters)}}
            break
        rows.append(_only_fields(_shown(asked, employee_id, kept), parameters.get("fields", "")))
        last = kept.sequence
    if asked.listing_fault == "short_page":
        rows = rows[:-1]
    return api_response({**cursor, "data": rows})


def show_employee(asked: Asked, employee_id: str) -> Response:
    employee_id = asked.settings.answers_with.get(employee_id, employee_id)
    kept = _as_shown(asked, _employee(asked, employee_id))
    if kept is None:
        raise ApiError(404, "There is no such employee.")
    return api_response(_shown(asked, employee_id, kept), headers={"ETag": kept.etag})


def create_employee(asked: Asked) -> Response:
    document = _read_body(asked)
    positions = document.get("positions")
    if not isinstance(positions, list) or not positions:
        raise ApiError(400, "An employee is created with a position.")

    def work(now: float) -> tuple[str, list[Finding]]:
        register = asked.tenant.employees
        found = check_employee(document, before={})
        found += [one for each in positions for one in check_position(each, draft=bool(document.get("isDraft")))]
        number = str(document.get("number") or register.next_number())
        _end_if_invalid([*found, *_taken(asked, number, employee_id="")])
        return register.add_whole({**document, "number": number}, now=now), found

    return _accepted(asked, work, action="Create", artifact="Employee")


def replace_employee(asked: Asked, employee_id: str) -> Response:
    kept = _employee(asked, employee_id)
    _check_etag(asked, kept)
    document, version = _read_body(asked), kept.version

    def work(now: float) -> tuple[str, list[Finding]]:
        _end_if_moved(kept, version)
        found = check_employee(document, before=kept.document())
        _end_if_invalid([*found, *_taken(asked, str(document.get("number") or ""), employee_id=employee_id)])
        return asked.tenant.employees.put(document, now=now, employee_id=employee_id), found

    return _accepted(asked, work, action="Update", artifact="Employee")


def list_positions(asked: Asked, employee_id: str) -> Response:
    return api_response(_positions(asked, employee_id, _employee(asked, employee_id)))


def show_position(asked: Asked, employee_id: str, position_id: str) -> Response:
    kept = _as_shown(asked, _position(asked, employee_id, position_id))
    if kept is None:
        raise ApiError(404, "There is no such position.")
    return api_response(_position_shown(asked, employee_id, position_id, kept), headers={"ETag": kept.etag})


def create_position(asked: Asked, employee_id: str) -> Response:
    employee, document = _employee(asked, employee_id), _read_body(asked)

    def work(now: float) -> tuple[str, list[Finding]]:
        found = check_position(document, draft=bool(employee.document().get("isDraft")))
        _end_if_invalid(found)
        return asked.tenant.employees.put_position(employee_id, document, now=now), found

    return _accepted(asked, work, action="Create", artifact="Position", employee_id=employee_id)


def replace_position(asked: Asked, employee_id: str, position_id: str) -> Response:
    employee, kept = _employee(asked, employee_id), _position(asked, employee_id, position_id)
    _check_etag(asked, kept)
    document, version = _read_body(asked), kept.version

    def work(now: float) -> tuple[str, list[Finding]]:
        _end_if_moved(kept, version)
        found = check_position(document, draft=bool(employee.document().get("isDraft")))
        _end_if_invalid(found)
        register = asked.tenant.employees
        return register.put_position(employee_id, document, now=now, position_id=position_id), found

    return _accepted(asked, work, action="Update", artifact="Position", employee_id=employee_id)


def list_jobs(asked: Asked, employee_id: str = "") -> Response:
    size = _size(asked.request.parameters())
    jobs = asked.tenant.jobs.newest_first(now=asked.now, employee_id=employee_id)
    start = _read_cursor(asked.request.parameters())
    more = (
        {"cursor": {"nextToken": _cursor(start + size, asked.request.parameters())}} if len(jobs) > start + size else {}
    )
    return api_response({**more, "data": [_job_shown(asked, job) for job in jobs[start : start + size]]})


def show_job(asked: Asked, job_id: str, employee_id: str = "") -> Response:
    job = asked.tenant.jobs.find(job_id, now=asked.now, employee_id=employee_id)
    if job is None:
        raise ApiError(404, "There is no such job.")
    return api_response(_job_shown(asked, job))


def _job_shown(asked: Asked, job: Job) -> Document:
    return job.as_json(tenant_id=asked.tenant.tenant_id, client_id=asked.settings.client_id)


def _accepted(asked: Asked, work: Any, *, action: str, artifact: str, employee_id: str = "") -> Response:
    plan = asked.settings.next_jobs.pop(0) if asked.settings.next_jobs else {}
    job = asked.tenant.jobs.accept(
        path=f"{API}/employees/{employee_id}/positions/jobs" if employee_id else f"{API}/employees/jobs",
        action=action,
        artifact_type=artifact,
        employee_id=employee_id,
        work=work,
        plan=plan,
        now=asked.now,
        seconds=asked.settings.job_seconds,
    )
    return Response(202, b"", (("Location", job.address),) if plan.get("location", True) else ())


def _end_if_invalid(found: list[Finding]) -> None:
    if any(finding.severity == "Error" for finding in found):
        raise InvalidError(found)


def _end_if_moved(kept: Kept, version: int) -> None:
    if kept.version != version:
        raise InvalidError([Finding("It was changed in the meantime.", code="CONFLICT")])


def _taken(asked: Asked, number: str, *, employee_id: str) -> list[Finding]:
    holder = asked.tenant.employees.holder(number) if number else None
    if holder in {None, employee_id}:
        return []
    return [Finding("The number is used by another employee.", "$.number", number, code="DUPLICATE")]


def _check_etag(asked: Asked, kept: Kept) -> None:
    given = asked.request.headers.get("if-match", "").strip()
    if not given:
        # Whether it may be left out is not published.
        raise ApiError(428, "If-Match is missing.")
    if given.strip('"') != kept.etag.strip('"'):
        raise ApiError(412, "It was changed in the meantime.")


def _read_body(asked: Asked) -> Document:
    if asked.request.content_type() != MEDIA_TYPE.lower():
        raise ApiError(415, f"The body must be {MEDIA_TYPE}.")
    try:
        body = asked.request.json()
    except BadBodyError as error:
        raise ApiError(400, "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise ApiError(400, "The body is not an object.")
    return body


def _employee(asked: Asked, employee_id: str) -> Kept:
    kept = asked.tenant.employees.kept(employee_id)
    if kept is None:
        raise ApiError(404, "There is no such employee.")
    return kept


def _as_shown(asked: Asked, kept: Kept) -> Kept | None:
    """Return what a copy that lags behind shows of it."""
    return kept.as_of(asked.now - asked.settings.stale_seconds) if asked.settings.stale_seconds else kept


def _position(asked: Asked, employee_id: str, position_id: str) -> Kept:
    positions = _employee(asked, employee_id).positions
    if position_id not in positions:
        raise ApiError(404, "There is no such position.")
    return positions[position_id]


def _shown(asked: Asked, employee_id: str, kept: Kept) -> Document:
    document = {"id": employee_id, "tenantId": asked.tenant.tenant_id, **kept.document()}
    document["lastChange"] = shown_time(kept.changed)
    if asked.embedded:
        document["_embedded"] = {"positions": _positions(asked, employee_id, kept)}
    return document


def _positions(asked: Asked, employee_id: str, kept: Kept) -> list[Document]:
    return [_position_shown(asked, employee_id, key, position) for key, position in kept.positions.items()]


def _position_shown(asked: Asked, employee_id: str, position_id: str, kept: Kept) -> Document:
    about = {"id": position_id, "tenantId": asked.tenant.tenant_id, "employeeId": employee_id}
    return {**about, **{name: value for name, value in kept.document().items() if name not in READ_ONLY}}


def _wanted(kept: Kept, parameters: dict[str, str], *, today: date) -> bool:
    since = parameters.get("fromLastChangedDate", "")
    if since and _today(kept.changed) < _date(since):
        return False
    document = kept.document()
    if document.get("isDraft") and parameters.get("includeDrafts", "").lower() != "true":
        return False
    if parameters.get("manager", document.get("manager")) != document.get("manager"):
        return False
    return parameters.get("onlyActive", "").lower() != "true" or _is_active(kept, today.isoformat())


def _is_active(kept: Kept, today: str) -> bool:
    documents = [position.document() for position in kept.positions.values()]
    return any(
        document.get("activeStart", "") <= today <= (document.get("activeEnd") or "9999") for document in documents
    )


def _only_fields(document: Document, fields: str) -> Document:
    if not fields:
        return document
    asked = FIELDS.fullmatch(fields)
    if asked is None:
        raise ApiError(400, "fields is not readable.")
    chosen = {name: document[name] for name in asked["own"].split(",") if name in document}
    if asked["of_positions"] and "_embedded" in document:
        wanted = asked["of_positions"].split(",")
        positions = document["_embedded"]["positions"]
        chosen["_embedded"] = {"positions": [{n: p.get(n) for n in wanted} for p in positions]}
    return chosen


def _size(parameters: dict[str, str]) -> int:
    text = parameters.get("page-size", str(DEFAULT_PAGE))
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_PAGE:
        raise ApiError(400, "page-size is not readable.")
    return int(text)


def _cursor(position: int, parameters: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([position, _digest(parameters)]).encode()).decode()


def _read_cursor(parameters: dict[str, str]) -> int:
    """Return the place behind which the page begins; the other parameters must be those of the first page."""
    token = parameters.get("cursor", "")
    if not token:
        return 0
    try:
        position, digest = json.loads(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise ApiError(400, "The cursor is not readable.") from error
    if digest != _digest(parameters):
        raise ApiError(400, "The cursor belongs to other parameters.")
    return int(position)


def _digest(parameters: dict[str, str]) -> str:
    others = sorted((name, value) for name, value in parameters.items() if name != "cursor")
    return hashlib.sha256(json.dumps(others).encode()).hexdigest()[:12]


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ApiError(400, "fromLastChangedDate is not a date.") from error


def _today(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
