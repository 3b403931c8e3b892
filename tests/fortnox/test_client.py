from typing import Any

import pytest
import requests
import responses
from responses import matchers

from integrations.core.errors import (
    Forbidden,
    LicenceMissing,
    NotFound,
    OutcomeUnknown,
    ReauthorisationRequired,
    Refused,
    RightMissing,
    TemporarilyUnavailable,
    Throttled,
    VendorError,
)
from tests.fortnox.bodies import API, client_at, employee_body

EMPLOYEES = f"{API}/3/employees"
ONE = f"{EMPLOYEES}/17"


def error_body(code: int, message: str = "Nej.") -> dict[str, Any]:
    return {"ErrorInformation": {"error": 1, "message": message, "code": code}}


def answer_once(method: str, url: str, **answer: Any) -> None:
    responses.add(method, url, **answer)


@responses.activate
@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, 2000310, ReauthorisationRequired),
        (400, 2000311, ReauthorisationRequired),
        (403, 2003275, ReauthorisationRequired),
        (403, 2000663, RightMissing),
        (400, 2000663, RightMissing),
        (400, 2001101, LicenceMissing),
        (403, 2001103, LicenceMissing),
        (400, 1000003, TemporarilyUnavailable),
        (400, 2000359, Refused),
        (400, 0, Refused),
        (404, 0, NotFound),
        (403, 0, Forbidden),
        (401, 0, ReauthorisationRequired),
    ],
)
def test_a_refusal_is_told_apart_by_its_code_then_by_its_status(
    status: int, code: int, expected: type[VendorError]
) -> None:
    answer_once("GET", ONE, status=status, json=error_body(code))
    answer_once("GET", ONE, json={"Employee": employee_body()})
    client = client_at()
    with pytest.raises(VendorError) as refused:
        client.read_employee("17")
    assert type(refused.value) is expected
    assert (refused.value.status, refused.value.code) == (status, str(code or ""))
    assert client.read_employee("17")["EmployeeId"] == "17"


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        {"ErrorInformation": {"error": 1, "message": "Fel.", "code": 2000359}},
        {"ErrorInformation": {"Error": 1, "Message": "Fel.", "Code": 2000359}},
        {"errorInformation": {"message": "Fel.", "code": "2000359"}},
        {"error": "invalid", "error_description": "Fel."},
        {"message": "Fel."},
        {"error": "Fel."},
    ],
)
def test_the_message_is_fortnoxs_own_wherever_it_stands(body: Any) -> None:
    answer_once("PUT", ONE, status=400, json=body)
    answer_once("PUT", ONE, json={"Employee": employee_body()})
    client = client_at()
    with pytest.raises(Refused) as refused:
        client.update_employee("17", {"City": "Kil"})
    assert refused.value.message == "Fel."
    assert client.update_employee("17", {"City": "Kil"})["EmployeeId"] == "17"


@responses.activate
@pytest.mark.behaviour("G-31")
@pytest.mark.parametrize("body", ["Bad request", "{}", "[]", "<html><h1>Bad request</h1></html>", '"Bad request"'])
def test_a_body_is_never_the_reason_of_a_refusal(body: str) -> None:
    answer_once("PUT", ONE, status=400, body=body)
    answer_once("PUT", ONE, json={"Employee": employee_body()})
    client = client_at()
    with pytest.raises(Refused, match=r"^The vendor gave no reason \(HTTP 400\)\.$"):
        client.update_employee("17", {"City": "Kil"})
    assert client.update_employee("17", {"City": "Kil"})["EmployeeId"] == "17"


@responses.activate
def test_a_refusal_without_a_body_is_told_with_its_status() -> None:
    answer_once("PUT", ONE, status=409)
    answer_once("PUT", ONE, json={"Employee": employee_body()})
    client = client_at()
    with pytest.raises(Refused, match="HTTP 409"):
        client.update_employee("17", {"City": "Kil"})
    assert client.update_employee("17", {"City": "Kil"})["EmployeeId"] == "17"


@responses.activate
@pytest.mark.behaviour("FX-02")
@pytest.mark.parametrize(("code", "licence"), [(2001101, "Lön"), (2001103, "integration")])
def test_a_missing_licence_says_which_one_to_order_and_where(code: int, licence: str) -> None:
    answer_once("GET", EMPLOYEES, status=400, json=error_body(code, "Saknas."))
    answer_once("GET", EMPLOYEES, json=list_body([]))
    client = client_at()
    with pytest.raises(LicenceMissing) as refused:
        client.list_employees(page=1)
    for part in (licence, "Manage users → Add licences", "Saknas."):
        assert part in refused.value.message
    assert client.list_employees(page=1)["Employees"] == []


@responses.activate
def test_a_busy_fortnox_is_waited_for_as_long_as_it_says() -> None:
    answer_once("GET", ONE, status=429, headers={"Retry-After": "7"})
    answer_once("GET", ONE, json={"Employee": employee_body()})
    client = client_at()
    with pytest.raises(Throttled) as refused:
        client.read_employee("17")
    assert refused.value.retry_after == 7
    assert client.read_employee("17")["EmployeeId"] == "17"


# Writes whose outcome is not known


@responses.activate
@pytest.mark.parametrize(
    "answer",
    [
        {"status": 201, "body": ""},
        {"status": 200, "json": {}},
        {"status": 200, "json": {"Employee": None}},
        {"status": 200, "json": ["Employee"]},
        {"status": 200, "body": '{"Employee": {"Emp'},
        {"status": 500, "json": error_body(1000003)},
        {"status": 400, "json": error_body(1000003)},
        {"body": requests.ConnectionError("reset")},
    ],
)
def test_a_create_whose_answer_says_nothing_has_an_unknown_outcome(answer: dict[str, Any]) -> None:
    answer_once("POST", EMPLOYEES, **answer)
    answer_once("POST", EMPLOYEES, status=201, json={"Employee": employee_body()})
    client = client_at()
    with pytest.raises(OutcomeUnknown):
        client.create_employee({"FirstName": "Åsa"})
    assert client.create_employee({"FirstName": "Åsa"})["EmployeeId"] == "17"


@responses.activate
def test_an_update_whose_answer_has_no_employee_has_an_unknown_outcome() -> None:
    answer_once("PUT", ONE, json={"Something": {}})
    answer_once("PUT", ONE, json={"Employee": employee_body()})
    client = client_at()
    with pytest.raises(OutcomeUnknown):
        client.update_employee("17", {"City": "Kil"})
    assert client.update_employee("17", {"City": "Kil"})["EmployeeId"] == "17"


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        {"Employees": []},
        {"MetaInformation": {"@TotalResources": 0}},
        {"MetaInformation": {}, "Employees": None},
        [],
    ],
)
def test_a_list_that_cannot_be_read_is_asked_for_again_later(body: Any) -> None:
    answer_once("GET", EMPLOYEES, json=body)
    answer_once("GET", EMPLOYEES, json=list_body([]))
    client = client_at()
    with pytest.raises(TemporarilyUnavailable):
        client.list_employees(page=1)
    assert client.list_employees(page=1)["Employees"] == []


# What is sent


@responses.activate
def test_lists_are_asked_for_in_the_largest_pages_and_with_nothing_else() -> None:
    answer = responses.add(
        "GET",
        EMPLOYEES,
        json=list_body([]),
        match=[
            matchers.query_param_matcher({"page": "3", "limit": "500"}),
            matchers.header_matcher({"Authorization": "Bearer token", "Accept": "application/json"}),
        ],
    )
    client_at().list_employees(page=3)
    assert answer.call_count == 1


@responses.activate
def test_an_id_with_letters_beyond_ascii_and_signs_is_encoded() -> None:
    answer = responses.add("GET", f"{EMPLOYEES}/%C3%85%2F1", json={"Employee": employee_body()})
    client_at().read_employee("Å/1")
    assert answer.call_count == 1


@responses.activate
def test_a_write_stands_in_fortnoxs_wrapper() -> None:
    matching = [matchers.json_params_matcher({"Employee": {"City": "Kil"}})]
    answer = responses.add("PUT", ONE, json={"Employee": employee_body()}, match=matching)
    client_at().update_employee("17", {"City": "Kil"})
    assert answer.call_count == 1


def list_body(rows: list[dict[str, Any]], *, total: int | None = None, pages: int = 1) -> dict[str, Any]:
    meta = {"@TotalResources": len(rows) if total is None else total, "@TotalPages": pages, "@CurrentPage": 1}
    return {"MetaInformation": meta, "Employees": rows}
