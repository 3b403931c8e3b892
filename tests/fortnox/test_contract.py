"""Our requests against the vendor's own description of its API; skipped without one.

VENDOR_SPECS names a folder that holds ``fortnox/openapi.json``.
"""

import copy
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import responses
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest

from integrations.core.kinds import Address, BankAccount
from integrations.fortnox.absence_causes import CAUSES
from integrations.fortnox.absence_mappers import body_from_row
from integrations.fortnox.absence_rules import WantedRow
from integrations.fortnox.settings import EMPLOYMENT_FORMS, PERSONNEL_TYPES, SALARY_FORMS, FortnoxSettings
from tests.fortnox.bodies import API, client_at, employee_body, endpoint_at

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
EMPLOYEE = {"Employee": employee_body()}
ABSENCES = f"{API}/3/absencetransactions"


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    folder = os.environ.get("VENDOR_SPECS", "")
    if not folder:
        pytest.skip("VENDOR_SPECS names no folder with fortnox/openapi.json.")
    document: dict[str, Any] = json.loads((Path(folder) / "fortnox" / "openapi.json").read_text(encoding="utf-8"))
    # The token is looked at by the tests of the client; the validator knows no OAuth.
    return {**document, "security": []}


@pytest.fixture(scope="module")
def api(spec: dict[str, Any]) -> OpenAPI:
    return OpenAPI.from_dict(spec)


@pytest.fixture(scope="module")
def partial_api(spec: dict[str, Any]) -> OpenAPI:
    """The description demands the whole employee of a PUT as well, where the service takes a part."""
    partial = copy.deepcopy(spec)
    del partial["components"]["schemas"]["Employee"]["required"]
    return OpenAPI.from_dict(partial)


def validate_the_request(api: OpenAPI) -> dict[str, Any]:
    """Raise unless the one request made is one that the API describes; return its JSON."""
    assert len(responses.calls) == 1
    request = responses.calls[0].request
    api.validate_request(RequestsOpenAPIRequest(request))
    body: dict[str, Any] = json.loads(request.body) if request.body else {}
    return body


@responses.activate
def test_the_list_is_asked_for_as_described(api: OpenAPI) -> None:
    meta = {"@TotalResources": 0, "@TotalPages": 1, "@CurrentPage": 1}
    responses.add("GET", f"{API}/3/employees", json={"MetaInformation": meta, "Employees": []})
    endpoint_at().list_page(1)
    validate_the_request(api)


@responses.activate
def test_one_employee_is_asked_for_as_described(api: OpenAPI) -> None:
    responses.add("GET", f"{API}/3/employees/17", json=EMPLOYEE)
    endpoint_at().read("17")
    validate_the_request(api)


@responses.activate
def test_the_company_is_asked_for_as_described(api: OpenAPI) -> None:
    responses.add("GET", f"{API}/3/companyinformation", json={"CompanyInformation": {}})
    client_at().company_information()
    validate_the_request(api)


@responses.activate
def test_a_create_is_as_described_and_names_only_known_fields(api: OpenAPI, spec: dict[str, Any]) -> None:
    responses.add("POST", f"{API}/3/employees", status=201, json=EMPLOYEE)
    endpoint_at(settings=FortnoxSettings(schedule_id="HEL")).create(VALUES)
    body = validate_the_request(api)
    assert set(body["Employee"]) <= set(writable(spec))


@responses.activate
def test_an_update_is_as_described_and_names_only_known_fields(partial_api: OpenAPI, spec: dict[str, Any]) -> None:
    responses.add("PUT", f"{API}/3/employees/17", json=EMPLOYEE)
    endpoint_at().update("17", VALUES)
    body = validate_the_request(partial_api)
    assert set(body["Employee"]) <= set(writable(spec))


@responses.activate
def test_a_persons_absences_are_asked_for_as_described(api: OpenAPI) -> None:
    meta = {"@TotalResources": 0, "@TotalPages": 1, "@CurrentPage": 1}
    responses.add("GET", ABSENCES, json={"MetaInformation": meta, "AbsenceTransactions": []})
    client_at().list_absences(employee_id="17", page=1)
    validate_the_request(api)


@responses.activate
def test_one_absence_is_asked_for_and_deleted_as_described(api: OpenAPI) -> None:
    responses.add("GET", f"{ABSENCES}/a1", json={"AbsenceTransaction": {}})
    client_at().read_absence("a1")
    validate_the_request(api)
    responses.calls.reset()
    responses.add("DELETE", f"{ABSENCES}/a1", status=204)
    client_at().delete_absence("a1")
    validate_the_request(api)


@responses.activate
def test_an_absence_is_created_and_changed_as_described_and_names_only_known_fields(
    api: OpenAPI, spec: dict[str, Any]
) -> None:
    row = body_from_row(WantedRow(date(2026, 3, 2), "SJK", 50), employee_id="17")
    responses.add("POST", ABSENCES, status=201, json={"AbsenceTransaction": {}})
    client_at().create_absence(row)
    sent = validate_the_request(api)
    known = spec["components"]["schemas"]["AbsenceTransactionPayload"]["properties"]
    assert set(sent["AbsenceTransaction"]) <= set(known)
    responses.calls.reset()
    responses.add("PUT", f"{ABSENCES}/a1", json={"AbsenceTransaction": {}})
    client_at().update_absence("a1", row)
    assert validate_the_request(api) == sent


@responses.activate
def test_a_schedule_time_is_asked_for_as_described(api: OpenAPI) -> None:
    responses.add("GET", f"{API}/3/scheduletimes/17/2026-03-02", json={"ScheduleTime": {}})
    client_at().read_schedule_time(employee_id="17", day=date(2026, 3, 2))
    validate_the_request(api)


def test_every_described_cause_is_known_and_leave_of_absence_beside_them(spec: dict[str, Any]) -> None:
    described = set(spec["components"]["schemas"]["AbsenceTransactionPayload"]["properties"]["CauseCode"]["enum"])
    assert described < set(CAUSES)
    assert "TJL" in CAUSES


def test_the_settings_choices_are_the_described_codes(spec: dict[str, Any]) -> None:
    fields = writable(spec)
    assert set(EMPLOYMENT_FORMS) == set(fields["EmploymentForm"]["enum"])
    assert set(SALARY_FORMS) == set(fields["SalaryForm"]["enum"])
    assert set(PERSONNEL_TYPES) == set(fields["PersonelType"]["enum"])


def writable(spec: dict[str, Any]) -> dict[str, Any]:
    properties = spec["components"]["schemas"]["Employee"]["properties"]
    return {name: schema for name, schema in properties.items() if not schema.get("readOnly")}
