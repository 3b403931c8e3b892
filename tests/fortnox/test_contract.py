"""Our requests against the vendor's own description of its API; skipped without one."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pytest
import responses
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest
from openapi_core.exceptions import OpenAPIError

from integrations.core.kinds import Address, BankAccount
from integrations.fortnox.absence_causes import ALIASES, CAUSES
from integrations.fortnox.absence_mappers import body_from_row
from integrations.fortnox.absence_rules import WantedRow
from integrations.fortnox.client import FortnoxClient
from integrations.fortnox.mappers import body_from_values
from integrations.fortnox.settings import EMPLOYMENT_FORMS, PERSONNEL_TYPES, SALARY_FORMS, FortnoxSettings
from integrations.fortnox.unconfirmed import UNPUBLISHED_CAUSES
from tests.fortnox.bodies import client_at, employee_body, endpoint_at
from tests.fortnox_specs import (
    API,
    IN_ANSWERS,
    IN_REQUESTS,
    PAYLOAD,
    SEEN_CAUSES,
    Otherwise,
    Schema,
    accepts,
    described,
    named_causes,
    places,
    requests_api,
)

VALUES: dict[str, Any] = {
    "work_email": "asa.oberg@example.se",
    "given_name": "Åsa",
    "family_name": "Öberg",
    "phone": "+46701740605",
    "address": Address("Storgatan 1", "44734", "Vårgårda", "SE"),
    "bank_account": BankAccount("SE", "83279", "3933190005"),
    "first_workday": date(2020, 1, 1),
    "last_workday": date(2026, 12, 31),
}
EMPLOYEE: Final = {"Employee": employee_body()}
META: Final = {"MetaInformation": {"@TotalResources": 0, "@TotalPages": 1, "@CurrentPage": 1}}
ABSENCES: Final = f"{API}/3/absencetransactions"
ROW_ID: Final = "3e2b5a1c-5f0d-4c3e-9b1a-0d2f4e6a8c10"
ROW: Final = body_from_row(WantedRow(date(2026, 3, 2), "SJK", 50), employee_id="17")
ONE_ROW: Final[dict[str, Any]] = {"AbsenceTransaction": {}}
# Every method of the client: what is answered, and the call.
CALLS: Final[dict[str, tuple[str, str, dict[str, Any], Callable[[], Any]]]] = {
    "list_employees": ("GET", f"{API}/3/employees", META | {"Employees": []}, lambda: endpoint_at().list_page(1)),
    "read_employee": ("GET", f"{API}/3/employees/17", EMPLOYEE, lambda: endpoint_at().read("17")),
    "create_employee": (
        "POST",
        f"{API}/3/employees",
        EMPLOYEE,
        lambda: endpoint_at(settings=FortnoxSettings(schedule_id="HEL")).create(VALUES),
    ),
    "update_employee": ("PUT", f"{API}/3/employees/17", EMPLOYEE, lambda: endpoint_at().update("17", VALUES)),
    "list_absences": (
        "GET",
        ABSENCES,
        META | {"AbsenceTransactions": []},
        lambda: client_at().list_absences(employee_id="17", page=1),
    ),
    "read_absence": ("GET", f"{ABSENCES}/{ROW_ID}", ONE_ROW, lambda: client_at().read_absence(ROW_ID)),
    "create_absence": ("POST", ABSENCES, ONE_ROW, lambda: client_at().create_absence(ROW)),
    "update_absence": ("PUT", f"{ABSENCES}/{ROW_ID}", ONE_ROW, lambda: client_at().update_absence(ROW_ID, ROW)),
    "delete_absence": ("DELETE", f"{ABSENCES}/{ROW_ID}", {}, lambda: client_at().delete_absence(ROW_ID)),
    "read_schedule_time": (
        "GET",
        f"{API}/3/scheduletimes/17/2026-03-02",
        {"ScheduleTime": {}},
        lambda: client_at().read_schedule_time(employee_id="17", day=date(2026, 3, 2)),
    ),
    "company_information": (
        "GET",
        f"{API}/3/companyinformation",
        {"CompanyInformation": {}},
        lambda: client_at().company_information(),
    ),
}


@pytest.fixture(scope="module")
def spec() -> Schema:
    return described()


@pytest.fixture(scope="module")
def api() -> OpenAPI:
    return requests_api()


def sent(api: OpenAPI, method: str) -> dict[str, Any]:
    """Make a call of the client; raise unless it is one request that the API describes, and return its JSON."""
    verb, url, answer, call = CALLS[method]
    with responses.RequestsMock() as mocked:
        mocked.add(verb, url, status=201 if verb == "POST" else 200, json=answer)
        call()
        assert len(mocked.calls) == 1
        request = mocked.calls[0].request
    api.validate_request(RequestsOpenAPIRequest(request))
    body: dict[str, Any] = json.loads(request.body) if request.body else {}
    return body


def test_every_method_of_the_client_is_looked_at() -> None:
    assert set(CALLS) == {name for name in vars(FortnoxClient) if not name.startswith("_")}


@pytest.mark.parametrize("method", CALLS)
def test_a_request_is_as_described(api: OpenAPI, method: str) -> None:
    sent(api, method)


@pytest.mark.parametrize("method", ["create_employee", "update_employee"])
def test_only_described_fields_of_an_employee_are_written(api: OpenAPI, spec: Schema, method: str) -> None:
    assert set(sent(api, method)["Employee"]) <= set(fields_of(spec))


def test_a_new_employee_has_what_is_required(api: OpenAPI, spec: Schema) -> None:
    required = spec["components"]["schemas"]["fortnox_Employee"]["required"]
    assert set(required) <= set(sent(api, "create_employee")["Employee"])


@pytest.mark.parametrize("method", ["create_absence", "update_absence"])
def test_only_described_fields_of_an_absence_are_written(api: OpenAPI, spec: Schema, method: str) -> None:
    known = spec["components"]["schemas"][PAYLOAD]["properties"]
    assert set(sent(api, method)["AbsenceTransaction"]) <= set(known)


@pytest.mark.parametrize("name", VALUES)
def test_a_field_that_is_emptied_is_written_as_described(
    api: OpenAPI, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    verb, url, answer, _ = CALLS["update_employee"]
    monkeypatch.setitem(CALLS, "update_employee", (verb, url, answer, lambda: endpoint_at().update("17", {name: None})))
    body = sent(api, "update_employee")["Employee"]
    assert body == body_from_values({name: None})
    assert set(body.values()) == {"API_BLANK"}


def test_a_request_that_strays_is_noticed(api: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    verb, url, answer, _ = CALLS["create_absence"]
    stray = (verb, url, answer, lambda: client_at().create_absence({**ROW, "CauseCode": "XXX"}))
    monkeypatch.setitem(CALLS, "create_absence", stray)
    with pytest.raises(OpenAPIError):
        sent(api, "create_absence")


@pytest.mark.parametrize("exception", [*IN_REQUESTS, *IN_ANSWERS], ids=lambda each: each.reason)
def test_every_exception_is_one(spec: Schema, exception: Otherwise) -> None:
    """What is described otherwise by now needs no exception any more."""
    samples = exception.also.get("enum") or ["7.5" if exception.also["type"] == "string" else 7.5]
    found = places(spec, exception)
    assert found
    for schema, name in found:
        described_as = spec["components"]["schemas"][schema]["properties"][name]
        assert not any(accepts(described_as, sample) for sample in samples), (schema, name)


def test_every_published_cause_is_known_and_nothing_else_but_what_is_told_as_unpublished(spec: Schema) -> None:
    listed = set(spec["components"]["schemas"][PAYLOAD]["properties"]["CauseCode"]["enum"])
    published = listed | named_causes(spec)
    assert {*CAUSES, *ALIASES} == published | UNPUBLISHED_CAUSES
    assert not published & UNPUBLISHED_CAUSES
    assert set(SEEN_CAUSES) == UNPUBLISHED_CAUSES
    assert "TJL" in listed


def test_the_settings_choices_are_the_described_codes(spec: Schema) -> None:
    fields = fields_of(spec)
    assert set(EMPLOYMENT_FORMS) == set(fields["EmploymentForm"]["enum"])
    assert set(SALARY_FORMS) == set(fields["SalaryForm"]["enum"])
    assert set(PERSONNEL_TYPES) == set(fields["PersonelType"]["enum"])


def fields_of(spec: Schema) -> dict[str, Any]:
    fields: dict[str, Any] = spec["components"]["schemas"]["fortnox_Employee"]["properties"]
    return fields
