"""Visma.net Payroll as the sandbox plays it: which address is answered by what, and who may ask."""

import re
from collections.abc import Callable
from typing import Any

from integrations.sandbox.limits import SlidingWindow
from integrations.sandbox.messages import Request, Response, json_response
from integrations.sandbox.vendor import Collection, UnknownError
from integrations.sandbox.visma_payroll import employees as api
from integrations.sandbox.visma_payroll.connect import Grant, TokenStore, give_token
from integrations.sandbox.visma_payroll.employees import API, Asked
from integrations.sandbox.visma_payroll.errors import MEDIA_TYPE, ApiError, api_response, oauth_error
from integrations.sandbox.visma_payroll.jobs import JobCollection
from integrations.sandbox.visma_payroll.register import EmployeeCollection
from integrations.sandbox.visma_payroll.seeding import seed_register
from integrations.sandbox.visma_payroll.tenants import READ, WRITE, Settings, Tenant, TenantCollection, demo_tenants

TOKEN = "/visma_payroll/connect/token"
ONE = r"/employees/(?P<employee_id>[0-9a-f-]{36})"
ROUTES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("GET", r"/employees", api.list_employees),
    ("POST", r"/employees/withPosition", api.create_employee),
    ("GET", r"/employees/jobs", api.list_jobs),
    ("GET", r"/employees/jobs/(?P<job_id>[^/]+)", api.show_job),
    ("GET", ONE, api.show_employee),
    ("PUT", ONE, api.replace_employee),
    ("GET", rf"{ONE}/positions", api.list_positions),
    ("POST", rf"{ONE}/positions", api.create_position),
    ("GET", rf"{ONE}/positions/jobs", api.list_jobs),
    ("GET", rf"{ONE}/positions/jobs/(?P<job_id>[^/]+)", api.show_job),
    ("GET", rf"{ONE}/positions/(?P<position_id>[0-9a-f-]{{36}})", api.show_position),
    ("PUT", rf"{ONE}/positions/(?P<position_id>[0-9a-f-]{{36}})", api.replace_position),
    ("GET", r"/taxUnits", lambda asked: api_response({"data": asked.tenant.tax_units})),
    ("GET", r"/workTimeAgreements", lambda asked: api_response({"data": asked.tenant.work_time_agreements})),
)
COMPILED = tuple((method, re.compile(pattern), verb) for method, pattern, verb in ROUTES)


class VismaPayroll:
    """``clock`` gives the sandbox's epoch seconds: jobs also end while nobody calls."""

    name = "visma_payroll"

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._settings = Settings()
        self._tenants = demo_tenants()
        self._tokens = TokenStore()

    def rate_limit(self) -> SlidingWindow:
        # No limit is published; there is one, so that callers are seen to heed it.
        return SlidingWindow(requests=50, seconds=5)

    def handle(self, request: Request, *, now: float, listing_fault: str) -> Response:
        if request.path == TOKEN:
            if request.method != "POST":
                return oauth_error("invalid_request", "Only POST.", status=405)
            return give_token(request, settings=self._settings, tenants=self._tenants, tokens=self._tokens, now=now)
        grant = self._tokens.valid(_bearer(request), now=now)
        if grant is None:
            return json_response({"message": "Unauthorized"}, status=401)
        tenant = self._tenants[grant.tenant_id]
        tenant.jobs.run_due(now)
        try:
            _check_access(request, tenant, grant)
            return _answer(Asked(request, tenant, self._settings, now, listing_fault))
        except ApiError as error:
            return error.response()

    def is_page(self, request: Request) -> bool:
        return False

    def limit_key(self, request: Request) -> str:
        grant = self._tokens.owner(_bearer(request)) if request.path.startswith(API) else None
        return grant.tenant_id if grant else ""

    def collection(self, name: str, *, tenant: str | None) -> Collection:
        now = self._clock()
        if name == "companies":
            return TenantCollection(self._tenants)
        company = self._tenant(tenant)
        company.jobs.run_due(now)
        if name == "employees":
            return EmployeeCollection(company.employees, now=now)
        if name == "jobs":
            return JobCollection(company.jobs, tenant_id=company.tenant_id, client_id=self._settings.client_id, now=now)
        raise UnknownError(f"Visma has no collection {name}; there are companies, employees and jobs.")

    def seed_people(self, *, people: int, seed: int, tenant: str | None) -> int:
        company = self._tenant(tenant)
        company.jobs.clear()
        return seed_register(company, people=people, seed=seed, now=self._clock())

    def settings(self) -> dict[str, Any]:
        return dict(vars(self._settings))

    def change_settings(self, values: dict[str, Any]) -> None:
        self._settings.change(values)

    def change_tokens(self, action: str, *, tenant: str | None) -> None:
        tenant_id = None if tenant is None else self._tenant(tenant).tenant_id
        if action not in {"expire_access", "withdraw_consent"}:
            raise UnknownError(f"There is no action {action}; there are expire_access and withdraw_consent.")
        self._tokens.expire(tenant_id)
        if action == "withdraw_consent":
            self._tenant(tenant).authorised = False

    def _tenant(self, tenant: str | None) -> Tenant:
        """Return the company; without an ID the first."""
        if tenant is None:
            return next(iter(self._tenants.values()))
        if tenant not in self._tenants:
            raise UnknownError(f"There is no company {tenant}.")
        return self._tenants[tenant]


def _answer(asked: Asked) -> Response:
    path = asked.request.path.removeprefix(API)
    found = [(method, match, verb) for method, pattern, verb in COMPILED if (match := pattern.fullmatch(path))]
    if not found or not asked.request.path.startswith(API):
        raise ApiError(404, "There is no such address.")
    for method, match, verb in found:
        if method == asked.request.method:
            return verb(asked, **match.groupdict())
    raise ApiError(405, "Not with this method.")


def _check_access(request: Request, tenant: Tenant, grant: Grant) -> None:
    if not tenant.authorised:
        raise ApiError(403, "The application is not authorised for the tenant.")
    if (READ if request.method == "GET" else WRITE) not in grant.scopes:
        raise ApiError(403, "The token lacks the scope.")
    accepted = request.headers.get("accept", "")
    if MEDIA_TYPE.lower() not in accepted.lower():
        # Called mandatory, without a word on where: here in both headers.
        raise ApiError(406, f"Accept must be {MEDIA_TYPE}.")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
