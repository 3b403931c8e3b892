"""The sandbox's answers against Fortnox's own description: a stand-in that strays proves nothing."""

from typing import Any, Final

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError

from integrations.sandbox.fortnox.absences import CODES, LISTED, NAMED
from integrations.sandbox.fortnox.fields import FIELDS
from tests.fortnox_specs import API, UNDESCRIBED, Schema, answers_api, described, named_causes, undescribed
from tests.sandbox.fortnox_caller import FIRST_COMPANY, NEW_PERSON, FortnoxCaller
from tests.sandbox_client import SandboxClient

ROW: Final = {"EmployeeId": "1000", "CauseCode": "SJK", "Date": "2026-03-02", "Extent": 100}
ROWS: Final = "absencetransactions"


@pytest.fixture(scope="module")
def api() -> OpenAPI:
    return answers_api()


@pytest.fixture(scope="module")
def spec() -> Schema:
    return described()


@pytest.fixture
def people(sandbox: SandboxClient) -> list[str]:
    """Some of everybody: with and without a last workday, an address, a bank account."""
    sandbox.seed(people=30)
    sandbox.limits(vendor="fortnox", requests=10_000, seconds=1)
    return [str(held["EmployeeId"]) for held in sandbox.state("fortnox", "employees")]


def validate(api: OpenAPI, fortnox: FortnoxCaller, answer: requests.Response) -> dict[str, Any]:
    """Raise unless the answer is one that the API describes for its request; return its JSON."""
    request = answer.request.copy()
    request.url = (request.url or "").replace(fortnox.url, API)
    api.validate_response(RequestsOpenAPIRequest(request), RequestsOpenAPIResponse(answer))
    body: dict[str, Any] = answer.json() if answer.content else {}
    return body


def written(fortnox: FortnoxCaller, method: str, path: str, body: Any = None) -> requests.Response:
    return fortnox.session.request(method, f"{fortnox.url}/3/{path}", json=body, timeout=10)


def absence(**values: Any) -> dict[str, Any]:
    return {"AbsenceTransaction": {**ROW, **values}}


def test_the_list_and_everybody_in_it_are_as_described(
    api: OpenAPI, spec: Schema, fortnox: FortnoxCaller, people: list[str]
) -> None:
    listed = validate(api, fortnox, fortnox.get("employees", limit=500))
    assert {row["EmployeeId"] for row in listed["Employees"]} == set(people)
    strange = undescribed(spec, wrapper="fortnox_EmployeeListItem_Wrap", body=listed)
    for row in listed["Employees"]:
        one = validate(api, fortnox, fortnox.get(f"employees/{row['EmployeeId']}"))
        # A list's rows carry all that a single employee does.
        assert one["Employee"] == row
        strange |= undescribed(spec, wrapper="fortnox_Employee_Wrap", body=one)
    assert strange == set(UNDESCRIBED)


def test_every_kind_of_value_of_an_employee_is_as_described(api: OpenAPI, fortnox: FortnoxCaller) -> None:
    values = {"TaxColumn": 3, "VacationDaysPaid": 25.5, "MonthlySalary": 31000, "EmployedTo": "2026-12-31"}
    created = fortnox.create(**NEW_PERSON, **values, AutoNonRecurringTax=True, TaxAllowance="SNK", ForaType="A11")
    assert created.status_code == 201
    shown = validate(api, fortnox, created)["Employee"]
    assert (shown["TaxColumn"], shown["VacationDaysPaid"], shown["MonthlySalary"]) == (3, 25.5, "31000")
    changed = written(fortnox, "PUT", "employees/1", {"Employee": {"City": "Umeå", "EmployedTo": "API_BLANK"}})
    assert changed.status_code == 200
    validate(api, fortnox, changed)


def test_what_may_not_be_seen_is_as_described(
    api: OpenAPI, fortnox: FortnoxCaller, sandbox: SandboxClient, people: list[str]
) -> None:
    sandbox.settings("fortnox", no_right=["EmploymentDate", "TaxColumn", "Address1", "DatedSchedules", "Inactive"])
    validate(api, fortnox, fortnox.get("employees"))


@pytest.mark.parametrize("numbers_as_text", [None, True, False])
def test_absences_and_schedule_times_are_as_described(
    api: OpenAPI,
    spec: Schema,
    fortnox: FortnoxCaller,
    sandbox: SandboxClient,
    people: list[str],
    numbers_as_text: bool | None,
) -> None:
    sandbox.settings("fortnox", numbers_as_text=numbers_as_text)
    created = written(fortnox, "POST", ROWS, absence())
    assert created.status_code == 201
    row_id = validate(api, fortnox, created)["AbsenceTransaction"]["id"]
    validate(api, fortnox, fortnox.get(f"{ROWS}/{row_id}"))
    validate(api, fortnox, written(fortnox, "PUT", f"{ROWS}/{row_id}", absence(Extent=50)))
    listed = validate(api, fortnox, fortnox.get(ROWS, employeeid="1000"))
    assert undescribed(spec, wrapper="fortnox_AbsenceTransactionListItem_Wrap", body=listed) <= set(UNDESCRIBED)
    validate(api, fortnox, fortnox.get(f"{ROWS}/1000/2026-03-02/SJK"))
    deleted = written(fortnox, "DELETE", f"{ROWS}/{row_id}")
    assert deleted.status_code == 200
    validate(api, fortnox, deleted)
    time = validate(api, fortnox, fortnox.get("scheduletimes/1000/2026-03-02"))["ScheduleTime"]
    assert isinstance(time["Hours"], str) is (numbers_as_text is not False)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_cause_is_as_described(api: OpenAPI, fortnox: FortnoxCaller, people: list[str], code: str) -> None:
    created = written(fortnox, "POST", ROWS, absence(CauseCode=code))
    assert created.status_code == 201
    validate(api, fortnox, created)


def test_the_causes_are_the_described_ones_and_those_told_apart(spec: Schema) -> None:
    listed = spec["components"]["schemas"]["fortnox_AbsenceTransactionPayload"]["properties"]["CauseCode"]["enum"]
    assert set(LISTED.split()) == set(listed)
    assert set(NAMED.split()) == named_causes(spec) - set(listed)


def test_the_company_is_as_described(api: OpenAPI, fortnox: FortnoxCaller) -> None:
    validate(api, fortnox, fortnox.get("companyinformation"))


def test_the_fields_of_an_employee_are_described_ones(spec: Schema) -> None:
    assert set(FIELDS) <= set(spec["components"]["schemas"]["fortnox_Employee"]["properties"])


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "employees/nobody", None, 404),
        ("GET", "employees?lastmodified=2026-01-01", None, 400),
        ("POST", "employees", {"Employee": {"FirstName": "Åsa"}}, 400),
        ("POST", "employees", {"Employee": {"Shoe": 43}}, 400),
        ("PUT", "employees/1000", {"Employee": {"City": "<Umeå>"}}, 400),
        ("POST", ROWS, {"AbsenceTransaction": {}}, 400),
        ("POST", ROWS, absence(CauseCode="XXX"), 400),
        ("DELETE", f"{ROWS}/3e2b5a1c-5f0d-4c3e-9b1a-0d2f4e6a8c10", None, 404),
        ("GET", "scheduletimes/nobody/2026-03-02", None, 404),
    ],
)
def test_a_refusal_is_as_described(
    api: OpenAPI, fortnox: FortnoxCaller, people: list[str], method: str, path: str, body: Any, status: int
) -> None:
    answer = written(fortnox, method, path, body)
    assert answer.status_code == status
    said = validate(api, fortnox, answer)["ErrorInformation"]
    assert set(said) == {"Error", "Message", "Code"}


def test_a_missing_scope_and_a_missing_licence_are_refused_as_described(
    api: OpenAPI, stranger: FortnoxCaller, sandbox: SandboxClient
) -> None:
    stranger.connect(scope="companyinformation")
    answer = stranger.get("employees")
    assert validate(api, stranger, answer)["ErrorInformation"]["Code"] == 2000663
    stranger.connect()
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_licence": False})
    assert validate(api, stranger, stranger.get("employees"))["ErrorInformation"]["Code"] == 2001101


def test_an_answer_that_strays_is_noticed(api: OpenAPI, fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.add("fortnox", "employees", {**NEW_PERSON, "EmploymentForm": "XXX"})
    with pytest.raises(OpenAPIError):
        validate(api, fortnox, fortnox.get("employees"))
