"""Fortnox as the sandbox plays it: which address is answered by what, and who may ask."""

import re
from typing import Any

from integrations.sandbox.fortnox import errors
from integrations.sandbox.fortnox.absences import (
    change_absence,
    create_absence,
    delete_absence,
    list_absences,
    list_absences_of_day,
    show_absence,
)
from integrations.sandbox.fortnox.accounts import (
    Company,
    CompanyCollection,
    Settings,
    demo_companies,
    demo_users,
)
from integrations.sandbox.fortnox.employees import change_employee, create_employee, list_employees, show_employee
from integrations.sandbox.fortnox.errors import ApiError
from integrations.sandbox.fortnox.oauth import OAuthPages
from integrations.sandbox.fortnox.schedules import show_schedule_time
from integrations.sandbox.fortnox.seeding import seed_register
from integrations.sandbox.fortnox.tokens import Grant, TokenStore
from integrations.sandbox.limits import SlidingWindow
from integrations.sandbox.messages import BadBodyError, Request, Response, html_response, json_response
from integrations.sandbox.vendor import Collection, UnknownError

EMPLOYEE = re.compile(r"/fortnox/3/employees/(?P<employee_id>[^/]+)")
SCHEDULE_TIME = re.compile(r"/fortnox/3/scheduletimes/(?P<employee_id>[^/]+)/(?P<day>[^/]+)")
ABSENCE = re.compile(r"/fortnox/3/absencetransactions/(?P<row_id>[^/]+)")
ABSENCES_OF_DAY = re.compile(r"/fortnox/3/absencetransactions/(?P<employee_id>[^/]+)/(?P<day>[^/]+)/(?P<code>[^/]+)")
API = "/fortnox/3/"
PAGES = frozenset({"/fortnox/oauth-v1/auth", "/fortnox/oauth-v1/login", "/fortnox/oauth-v1/decision"})


class Fortnox:
    name = "fortnox"

    def __init__(self) -> None:
        self._settings = Settings()
        self._companies = demo_companies()
        self._tokens = TokenStore()
        self._oauth = OAuthPages(
            settings=self._settings, companies=self._companies, users=demo_users(), tokens=self._tokens
        )

    def rate_limit(self) -> SlidingWindow:
        return SlidingWindow(requests=25, seconds=5)

    def handle(self, request: Request, *, now: float, listing_fault: str) -> Response:
        if not request.path.startswith(API):
            return self._answer_oauth(request, now)
        grant = self._tokens.access(_bearer(request), now=now)
        if grant is None:
            return errors.unauthorized()
        try:
            return self._answer_api(request, self._companies[grant.tenant], grant, listing_fault)
        except ApiError as error:
            return error.response(capitalised=self._settings.capitalised_errors)

    def is_page(self, request: Request) -> bool:
        return request.path in PAGES

    def limit_key(self, request: Request) -> str:
        grant = self._tokens.owner(_bearer(request)) if request.path.startswith(API) else None
        return f"{grant.client_id} {grant.tenant}" if grant else ""

    def collection(self, name: str, *, tenant: str | None) -> Collection:
        if name == "companies":
            return CompanyCollection(self._companies)
        return self._company(tenant).collection(name)

    def seed_people(self, *, people: int, seed: int, tenant: str | None) -> int:
        company = self._company(tenant)
        company.absences.rows.clear()
        return seed_register(company.employees, people=people, seed=seed)

    def settings(self) -> dict[str, Any]:
        return dict(vars(self._settings))

    def change_settings(self, values: dict[str, Any]) -> None:
        self._settings.change(values)

    def change_tokens(self, action: str, *, tenant: str | None) -> None:
        verbs = {
            "expire_access": self._tokens.expire_access,
            "revoke_refresh": self._tokens.revoke_refresh,
            "withdraw_consent": self._tokens.withdraw_consent,
        }
        if action not in verbs:
            raise UnknownError(f"There is no action {action}; there are {', '.join(verbs)}.")
        verbs[action](None if tenant is None else self._company(tenant).tenant)

    def _company(self, tenant: str | None) -> Company:
        """Return the company; without a number the first."""
        if tenant is None:
            return next(iter(self._companies.values()))
        if not tenant.isdecimal() or int(tenant) not in self._companies:
            raise UnknownError(f"There is no company {tenant}.")
        return self._companies[int(tenant)]

    def _answer_oauth(self, request: Request, now: float) -> Response:
        if (request.method, request.path) == ("GET", "/fortnox/oauth-v1/auth"):
            return self._oauth.authorise(request)
        if request.method == "POST":
            if request.path == "/fortnox/oauth-v1/login":
                return self._oauth.log_in(request)
            if request.path == "/fortnox/oauth-v1/decision":
                return self._oauth.decide(request, now=now)
            if request.path == "/fortnox/oauth-v1/token":
                return self._oauth.token(request, now=now)
            if request.path == "/fortnox/oauth-v1/revoke":
                return self._oauth.revoke(request)
        return html_response("Not found", status=404)

    def _answer_api(self, request: Request, company: Company, grant: Grant, listing_fault: str) -> Response:
        _check_accept(request)
        if not company.integration_licence:
            raise ApiError(errors.NO_API_LICENCE, "Api-licens saknas.", status=403)
        if request.path == "/fortnox/3/companyinformation":
            _check_scope(grant, "companyinformation")
            _check_method(request, "GET")
            return json_response({"CompanyInformation": company.information()})
        self._check_payroll(company, grant)
        return self._answer_payroll(request, company, listing_fault)

    def _answer_payroll(self, request: Request, company: Company, listing_fault: str) -> Response:
        closed = self._settings.employees_without_right
        if closed and who_is_asked_about(request, company) in closed:
            raise ApiError(errors.UNPUBLISHED, "Behörighet saknas.", status=403)
        if request.path == "/fortnox/3/employees":
            _check_method(request, "GET", "POST")
            if request.method == "POST":
                return create_employee(company, self._settings, request)
            return list_employees(company, self._settings, request, listing_fault=listing_fault)
        if match := EMPLOYEE.fullmatch(request.path):
            _check_method(request, "GET", "PUT")
            verb = change_employee if request.method == "PUT" else show_employee
            return verb(company, self._settings, request, match["employee_id"])
        if match := SCHEDULE_TIME.fullmatch(request.path):
            _check_method(request, "GET")
            employee_id = match["employee_id"]
            known = company.employees.shown(employee_id) if employee_id in company.employees else None
            return show_schedule_time(
                known, company.schedules, request, day=match["day"], as_text=self._settings.numbers_as_text is not False
            )
        return self._answer_absences(request, company, listing_fault)

    def _answer_absences(self, request: Request, company: Company, listing_fault: str) -> Response:
        as_text = bool(self._settings.numbers_as_text)
        if request.path == "/fortnox/3/absencetransactions":
            _check_method(request, "GET", "POST")
            if request.method == "POST":
                return create_absence(company, request, as_text=as_text)
            return list_absences(company, request, listing_fault=listing_fault, as_text=as_text)
        if match := ABSENCES_OF_DAY.fullmatch(request.path):
            _check_method(request, "GET")
            return list_absences_of_day(company, request, **match.groupdict(), as_text=as_text)
        if match := ABSENCE.fullmatch(request.path):
            _check_method(request, "GET", "PUT", "DELETE")
            if request.method == "DELETE":
                return delete_absence(company, request, match["row_id"])
            answer = change_absence if request.method == "PUT" else show_absence
            return answer(company, request, match["row_id"], as_text=as_text)
        raise ApiError(errors.BAD_IDENTIFIER, "Adressen finns inte.", status=404)

    def _check_payroll(self, company: Company, grant: Grant) -> None:
        _check_scope(grant, "salary")
        if not company.payroll_licence:
            raise ApiError(errors.NO_LICENCE, "Det finns ingen aktiv licens för önskat scope.")


def who_is_asked_about(request: Request, company: Company) -> str:
    """Return the employee ID that a call of payroll is about, or an empty string where it is about nobody alone."""
    for pattern in (EMPLOYEE, SCHEDULE_TIME, ABSENCES_OF_DAY):
        if match := pattern.fullmatch(request.path):
            return match["employee_id"]
    if match := ABSENCE.fullmatch(request.path):
        return str(company.absences.rows.get(match["row_id"], {}).get("EmployeeId", ""))
    if request.method == "GET":
        return request.parameters().get("employeeid", "")
    try:
        body = request.json()
    except BadBodyError:
        return ""
    row = body.get("AbsenceTransaction") if isinstance(body, dict) else None
    return str(row.get("EmployeeId", "")) if isinstance(row, dict) else ""


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _check_scope(grant: Grant, scope: str) -> None:
    if scope not in grant.scopes:
        raise ApiError(errors.NO_SCOPE, "Har inte behörighet för scope.", status=403)


def _check_method(request: Request, *allowed: str) -> None:
    if request.method not in allowed:
        raise ApiError(errors.UNPUBLISHED, "Metoden stöds inte.", status=405)


def _check_accept(request: Request) -> None:
    accepted = request.headers.get("accept", "*/*")
    if "*/*" not in accepted and "application/json" not in accepted:
        raise ApiError(errors.ACCEPT, "Ogiltigt svarsformat.")
