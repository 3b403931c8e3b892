from datetime import date
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from integrations.core.errors import (
    Forbidden,
    Moved,
    NotFound,
    OutcomeUnknown,
    ReauthorisationRequired,
    Refused,
    TemporarilyUnavailable,
    Throttled,
    VendorError,
)
from integrations.visma_payroll.client import HEADERS, MEDIA_TYPE, Listing
from tests.visma_payroll.bodies import EMPLOYEE_ID, POSITION_ID, client_at, employee_body, position_body
from tests.visma_specs import API

EMPLOYEES = f"{API}/employees"
ONE = f"{EMPLOYEES}/{EMPLOYEE_ID}"
POSITION = f"{ONE}/positions/{POSITION_ID}"
FOUND: dict[str, Any] = {"json": employee_body(), "headers": {"ETag": '"7"'}}
JOB = "/v1/employees/jobs/j-1"
ACCEPTED: dict[str, Any] = {"status": 202, "headers": {"Location": JOB}}


# Refusals


@responses.activate
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Refused),
        (401, ReauthorisationRequired),
        (403, Forbidden),
        (404, NotFound),
        (409, Moved),
        (412, Moved),
        (415, Refused),
    ],
)
def test_a_refusal_is_told_apart_by_its_status(status: int, expected: type[VendorError]) -> None:
    responses.add("PUT", ONE, status=status, json={"message": "Nei."})
    responses.add("PUT", ONE, **ACCEPTED)
    client = client_at()
    with pytest.raises(VendorError, match="Nei") as refused:
        client.replace_employee(EMPLOYEE_ID, {}, etag="7")
    assert (type(refused.value), refused.value.status) == (expected, status)
    assert client.replace_employee(EMPLOYEE_ID, {}, etag="7") == "employees/jobs/j-1"


@responses.activate
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"json": {"title": "Feil", "status": 400}}, "Feil"),
        ({"json": {"detail": "Noe", "title": "Feil"}}, "Noe"),
        # Its body is no reason.
        ({"body": "Bad request"}, r"^The vendor gave no reason \(HTTP 400\)\.$"),
        ({"json": []}, r"^The vendor gave no reason \(HTTP 400\)\.$"),
        ({"json": {}}, r"^The vendor gave no reason \(HTTP 400\)\.$"),
        ({"body": ""}, r"^The vendor gave no reason \(HTTP 400\)\.$"),
    ],
)
def test_the_message_is_vismas_own_wherever_it_stands(body: dict[str, Any], said: str) -> None:
    responses.add("GET", ONE, status=400, **body)
    responses.add("GET", ONE, **FOUND)
    client = client_at()
    with pytest.raises(Refused, match=said):
        client.read_employee(EMPLOYEE_ID)
    assert client.read_employee(EMPLOYEE_ID).etag == '"7"'


@responses.activate
def test_a_busy_visma_is_waited_for_as_long_as_it_says() -> None:
    responses.add("GET", ONE, status=429, headers={"Retry-After": "7"})
    responses.add("GET", ONE, **FOUND)
    client = client_at()
    with pytest.raises(Throttled) as refused:
        client.read_employee(EMPLOYEE_ID)
    assert refused.value.retry_after == 7
    assert client.read_employee(EMPLOYEE_ID).document["number"] == "17"


# Answers that say nothing


@responses.activate
@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "json": {"id": "x"}},
        {"status": 500},
        {"status": 504},
        {"body": requests.ConnectionError("reset")},
    ],
)
def test_a_write_whose_job_is_not_known_has_an_unknown_outcome(answer: dict[str, Any]) -> None:
    responses.add("POST", f"{EMPLOYEES}/withPosition", **answer)
    responses.add("POST", f"{EMPLOYEES}/withPosition", **ACCEPTED)
    client = client_at()
    with pytest.raises(OutcomeUnknown):
        client.create_employee({})
    assert client.create_employee({}) == "employees/jobs/j-1"


@responses.activate
@pytest.mark.behaviour("G-39")
@pytest.mark.parametrize("headers", [{}, {"Location": "/v1/somewhere/else"}, {"Location": ""}])
def test_a_write_that_was_accepted_without_saying_where_has_no_path(headers: dict[str, str]) -> None:
    responses.add("POST", f"{EMPLOYEES}/withPosition", status=202, headers=headers)
    responses.add("POST", f"{EMPLOYEES}/withPosition", **ACCEPTED)
    client = client_at()
    assert client.create_employee({}) == ""
    assert client.create_employee({}) == "employees/jobs/j-1"


@responses.activate
def test_a_document_without_a_version_is_read_and_only_writing_needs_one() -> None:
    responses.add("GET", ONE, json=employee_body())
    assert client_at().read_employee(EMPLOYEE_ID).etag == ""


@responses.activate
@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"number": "17"}, "headers": {"ETag": "7"}},
        {"json": [], "headers": {"ETag": "7"}},
        {"body": "<html>"},
        {"body": ""},
    ],
)
def test_a_document_without_an_id_is_asked_for_again_later(answer: dict[str, Any]) -> None:
    responses.add("GET", ONE, **answer)
    responses.add("GET", ONE, **FOUND)
    client = client_at()
    with pytest.raises(TemporarilyUnavailable):
        client.read_employee(EMPLOYEE_ID)
    assert client.read_employee(EMPLOYEE_ID).document["id"] == EMPLOYEE_ID


@responses.activate
@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {}}, "x"])
def test_a_list_that_cannot_be_read_is_asked_for_again_later(body: Any) -> None:
    responses.add("GET", EMPLOYEES, json=body)
    responses.add("GET", EMPLOYEES, json={"data": []})
    client = client_at()
    with pytest.raises(TemporarilyUnavailable):
        client.list_employees()
    assert client.list_employees() == Listing((), "")


# What is sent


@responses.activate
def test_the_list_asks_for_positions_and_drafts_and_repeats_that_with_the_cursor() -> None:
    asked = {"embed": "(positions)", "includeDrafts": "true", "page-size": "50"}
    media = matchers.header_matcher(
        {"Accept": HEADERS["Accept"], "Content-Type": MEDIA_TYPE, "Authorization": "Bearer token"}
    )
    first = responses.add(
        "GET",
        EMPLOYEES,
        json={"cursor": {"nextToken": "a b"}, "data": [employee_body()]},
        match=[matchers.query_param_matcher(asked), media],
    )
    second = responses.add(
        "GET",
        EMPLOYEES,
        json={"cursor": None, "data": []},
        match=[matchers.query_param_matcher({**asked, "cursor": "a b"}), media],
    )
    client = client_at()
    page = client.list_employees()
    assert [row["id"] for row in page.rows] == [EMPLOYEE_ID]
    assert client.list_employees(cursor=page.cursor).cursor == ""
    assert (first.call_count, second.call_count) == (1, 1)


@responses.activate
def test_what_changed_since_a_day_is_asked_for_by_its_date() -> None:
    asked = {"embed": "(positions)", "includeDrafts": "true", "page-size": "50", "fromLastChangedDate": "2026-11-20"}
    answer = responses.add("GET", EMPLOYEES, json={"data": []}, match=[matchers.query_param_matcher(asked)])
    client_at().list_employees(changed_since=date(2026, 11, 20))
    assert answer.call_count == 1


@responses.activate
@pytest.mark.parametrize("etag", ['"7"', "7", 'W/"7"'])
def test_a_write_carries_the_etag_as_it_came_and_vismas_media_type(etag: str) -> None:
    headers = {"If-Match": etag, **HEADERS}
    matching = [matchers.header_matcher(headers), matchers.json_params_matcher(position_body())]
    location = {"Location": f"{API}/employees/{EMPLOYEE_ID}/positions/jobs/j-2"}
    answer = responses.add("PUT", POSITION, status=202, headers=location, match=matching)
    path = client_at().replace_position(EMPLOYEE_ID, POSITION_ID, position_body(), etag=etag)
    assert path == f"employees/{EMPLOYEE_ID}/positions/jobs/j-2"
    assert answer.call_count == 1


@responses.activate
def test_a_job_is_polled_on_the_host_that_was_called_whatever_its_location_says() -> None:
    stranger = {"Location": "https://elsewhere.example/v9/employees/jobs/j-3?x=1"}
    responses.add("PUT", ONE, status=202, headers=stranger)
    answer = responses.add("GET", f"{API}/employees/jobs/j-3", json={"id": "j-3", "status": "InProgress"})
    client = client_at()
    job = client.read_job(client.replace_employee(EMPLOYEE_ID, {}, etag="7"))
    assert (job["status"], answer.call_count) == ("InProgress", 1)


@responses.activate
@pytest.mark.parametrize("body", [[{"id": "t1"}], {"data": [{"id": "t1"}]}])
def test_the_companys_settings_are_read_bare_or_as_a_page(body: Any) -> None:
    responses.add("GET", f"{API}/taxUnits", json=body)
    responses.add("GET", f"{API}/workTimeAgreements", json=body)
    client = client_at()
    assert client.list_tax_units().rows == client.list_work_time_agreements().rows == ({"id": "t1"},)
