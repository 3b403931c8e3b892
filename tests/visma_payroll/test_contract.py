"""Our requests against the description of the vendor's API; skipped without one (``tests/visma_specs.py``)."""

import json
from datetime import date
from typing import Any

import pytest
import responses
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest
from openapi_core.validation.request.exceptions import InvalidRequestBody

from integrations.core.kinds import Address, BankAccount
from integrations.visma_payroll.mappers import edited_employee, edited_position, new_employee
from tests.visma_payroll.bodies import EMPLOYEE_ID, POSITION_ID, TODAY, client_at, employee_body, position_body
from tests.visma_specs import API, employee_api

VALUES: dict[str, Any] = {
    "given_name": "Åse",
    "family_name": "Dahl",
    "work_email": "ase@example.no",
    "phone": "+4741234567",
    "first_workday": date(2020, 2, 1),
    "last_workday": date(2026, 12, 31),
    "employment_id": "18",
    "bank_account": BankAccount("NO", "", "86011117947"),
    "address": Address("Lia 2", "5003", "Bergen", "NO"),
    "birth_date": date(1955, 1, 1),
    "national_id": "01015590978",
}
ONE = f"{API}/employees/{EMPLOYEE_ID}"
ACCEPTED: dict[str, Any] = {"status": 202, "headers": {"Location": "/v2/employees/jobs/j-1"}}


@pytest.fixture(scope="module")
def api() -> OpenAPI:
    return employee_api()


def validate_the_requests(api: OpenAPI) -> None:
    """Raise unless every request made is one that the API describes."""
    assert responses.calls
    for call in responses.calls:
        api.validate_request(RequestsOpenAPIRequest(call.request))


@responses.activate
def test_everything_that_is_read_is_asked_for_as_described(api: OpenAPI) -> None:
    for path in ("employees", "employees/jobs", "taxUnits", "workTimeAgreements"):
        responses.add("GET", f"{API}/{path}", json={"data": []})
    responses.add("GET", ONE, json=employee_body(), headers={"ETag": "7"})
    responses.add("GET", f"{ONE}/positions/{POSITION_ID}", json=position_body(), headers={"ETag": "8"})
    responses.add("GET", f"{API}/employees/jobs/j-1", json={"id": "j-1"})
    client = client_at()
    client.list_employees(cursor="x", changed_since=TODAY)
    client.list_jobs()
    client.list_tax_units()
    client.list_work_time_agreements()
    client.read_employee(EMPLOYEE_ID)
    client.read_position(EMPLOYEE_ID, POSITION_ID)
    client.read_job("employees/jobs/j-1")
    validate_the_requests(api)


@responses.activate
def test_an_edited_employee_and_position_are_as_described(api: OpenAPI) -> None:
    responses.add("PUT", ONE, **ACCEPTED)
    responses.add("PUT", f"{ONE}/positions/{POSITION_ID}", **ACCEPTED)
    client = client_at()
    client.replace_employee(EMPLOYEE_ID, edited_employee(employee_body(), VALUES, today=TODAY), etag="7")
    client.replace_position(EMPLOYEE_ID, POSITION_ID, edited_position(position_body(), VALUES), etag="8")
    validate_the_requests(api)


@responses.activate
def test_a_new_person_is_as_described_but_for_what_payroll_completes(api: OpenAPI) -> None:
    """The description demands of a draft, too, what only payroll knows."""
    responses.add("POST", f"{API}/employees/withPosition", **ACCEPTED)
    draft = new_employee(VALUES, tax_unit="T", work_time_agreement="W")
    completed = {
        name: position_body()[name] for name in ("employmentForm", "typeOfWork", "partTimeFactors", "salaryInformation")
    }
    client_at().create_employee({**draft, "positions": [{**completed, **draft["positions"][0]}]})
    validate_the_requests(api)


@responses.activate
def test_a_request_that_strays_is_noticed(api: OpenAPI) -> None:
    responses.add("PUT", ONE, **ACCEPTED)
    client_at().replace_employee(EMPLOYEE_ID, {"personNames": "Åse"}, etag="7")
    with pytest.raises(InvalidRequestBody):
        validate_the_requests(api)


@responses.activate
def test_no_name_is_sent_that_the_description_does_not_know(api: OpenAPI) -> None:
    known = api.spec.read_value()["components"]["schemas"]
    draft = new_employee(VALUES, tax_unit="T", work_time_agreement="W")
    assert set(draft) - {"positions"} <= set(known["Employee"]["properties"])
    assert set(draft["positions"][0]) <= set(known["Position"]["properties"])
    assert json.dumps(draft)
