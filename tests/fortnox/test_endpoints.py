import json
from datetime import date
from typing import Any

import pytest
import responses
from django.core.exceptions import ValidationError

from integrations.core.errors import CannotBeRead, OutcomeUnknown, TemporarilyUnavailable
from integrations.core.kinds import Address
from integrations.fortnox.settings import FortnoxSettings
from tests.fortnox.bodies import API, RESOURCE, employee_body, endpoint_at

EMPLOYEES = f"{API}/3/employees"
NEW = {"work_email": "asa.oberg@example.se", "given_name": "Åsa", "family_name": "Öberg"}


def list_body(rows: list[dict[str, Any]], **meta: Any) -> dict[str, Any]:
    totals = {"@TotalResources": len(rows), "@TotalPages": 1, "@CurrentPage": 1}
    return {"MetaInformation": {**totals, **meta}, "Employees": rows}


def sent() -> dict[str, Any]:
    """Return the inside of the one request made."""
    assert len(responses.calls) == 1
    body = responses.calls[0].request.body
    assert body is not None
    inside: dict[str, Any] = json.loads(body)["Employee"]
    return inside


@responses.activate
def test_a_page_says_how_many_there_are_and_which_comes_next() -> None:
    rows = [employee_body(EmployeeId="1"), employee_body(EmployeeId="2", Inactive=True)]
    responses.add("GET", EMPLOYEES, json=list_body(rows, **{"@TotalResources": "3", "@TotalPages": "2"}))
    page = endpoint_at().list_page(1)
    assert ([record.id for record in page.records], page.total, page.next_page) == (["1", "2"], 3, 2)
    assert [record.active for record in page.records] == [True, False]
    assert len(responses.calls) == 1


@responses.activate
def test_the_last_page_has_no_next_one() -> None:
    responses.add("GET", EMPLOYEES, json=list_body([employee_body()], **{"@TotalPages": 2}))
    assert endpoint_at().list_page(2).next_page is None


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        list_body([], **{"@TotalResources": []}),
        list_body([], **{"@TotalResources": "many"}),
        list_body([], **{"@TotalPages": None}),
    ],
)
def test_a_broken_list_is_asked_for_again_later(body: Any) -> None:
    responses.add("GET", EMPLOYEES, json=body)
    responses.add("GET", EMPLOYEES, json=list_body([employee_body()]))
    with pytest.raises(TemporarilyUnavailable):
        endpoint_at().list_page(1)
    assert len(endpoint_at().list_page(1).records) == 1


@responses.activate
@pytest.mark.behaviour("G-23")
@pytest.mark.parametrize(
    "row", [{"FirstName": "Åsa"}, "Åsa", None, {"EmployeeId": None}, {"EmployeeId": "API_NORIGHT"}]
)
def test_a_row_that_is_nobody_does_not_end_the_list(row: Any) -> None:
    responses.add("GET", EMPLOYEES, json=list_body([employee_body(), row]))
    person, odd = endpoint_at().list_page(1).records
    assert (person.id, person.unreadable, odd.id) == ("17", "", "")
    assert odd.unreadable


@responses.activate
def test_a_person_whose_values_nobody_can_read_does_not_end_the_list() -> None:
    odd = employee_body(EmployeeId="2", EmploymentDate="soon", Phone1="?", Country="Atlantis", EmploymentForm="NEW")
    responses.add("GET", EMPLOYEES, json=list_body([employee_body(EmployeeId="1"), odd]))
    assert [record.id for record in endpoint_at().list_page(1).records] == ["1", "2"]


@responses.activate
def test_one_person_is_read() -> None:
    responses.add("GET", f"{EMPLOYEES}/17", json={"Employee": employee_body()})
    record = endpoint_at().read("17")
    assert (record.id, RESOURCE.value(record, "first_workday")) == ("17", date(2020, 1, 1))


@responses.activate
@pytest.mark.behaviour("FX-07")
def test_a_new_person_gets_the_id_that_fortnox_assigns() -> None:
    responses.add("POST", EMPLOYEES, status=201, json={"Employee": employee_body(EmployeeId="4711")})
    record = endpoint_at().create({**NEW, "employment_id": "HUB-1"})
    assert "EmployeeId" not in sent()
    assert (record.id, RESOURCE.value(record, "employment_id")) == ("4711", "4711")


@responses.activate
def test_a_new_person_gets_the_settings_that_fortnox_demands_and_no_marks_for_empty_values() -> None:
    responses.add("POST", EMPLOYEES, status=201, json={"Employee": employee_body()})
    address = Address("Storgatan 1", "", "Vårgårda", "SE")
    endpoint_at().create({**NEW, "phone": None, "last_workday": None, "address": address})
    assert sent() == {
        "Email": "asa.oberg@example.se",
        "FirstName": "Åsa",
        "LastName": "Öberg",
        "Address1": "Storgatan 1",
        "City": "Vårgårda",
        "Country": "Sverige",
        "EmploymentForm": "TV",
        "SalaryForm": "MAN",
        "PersonelType": "TJM",
    }


@responses.activate
def test_the_connections_settings_are_used_for_new_people() -> None:
    responses.add("POST", EMPLOYEES, status=201, json={"Employee": employee_body()})
    settings = FortnoxSettings(employment_form="TID", personnel_type="ARB", schedule_id="HEL")
    endpoint_at(settings=settings).create(NEW, settings={"salary_form": "TIM"})
    chosen = {name: sent()[name] for name in ("EmploymentForm", "SalaryForm", "PersonelType", "ScheduleId")}
    assert chosen == {"EmploymentForm": "TID", "SalaryForm": "TIM", "PersonelType": "ARB", "ScheduleId": "HEL"}


@responses.activate
def test_an_impossible_setting_sends_nothing() -> None:
    with pytest.raises(ValidationError, match="employment_form"):
        endpoint_at().create(NEW, settings={"employment_form": "XYZ"})
    assert len(responses.calls) == 0


@responses.activate
def test_an_update_sends_the_given_values_alone_and_answers_with_what_fortnox_holds() -> None:
    responses.add("PUT", f"{EMPLOYEES}/17", json={"Employee": employee_body(EmployedTo="2026-12-31")})
    record = endpoint_at().update("17", {"last_workday": date(2026, 12, 31), "phone": None})
    assert sent() == {"EmployedTo": "2026-12-31", "Phone1": "API_BLANK"}
    assert RESOURCE.value(record, "last_workday") == date(2026, 12, 31)


@responses.activate
def test_an_update_writes_the_street_where_the_link_says_that_it_stood() -> None:
    responses.add("PUT", f"{EMPLOYEES}/17", json={"Employee": employee_body()})
    address = Address("Lillgatan 2", "44734", "Vårgårda", "NO")
    endpoint_at().update("17", {"address": address}, options={"street_in": "Address2"})
    assert sent() == {"Address2": "Lillgatan 2", "PostCode": "44734", "City": "Vårgårda", "Country": "Norge"}


@responses.activate
def test_an_answer_to_a_write_without_an_id_has_an_unknown_outcome() -> None:
    responses.add("POST", EMPLOYEES, status=201, json={"Employee": {"FirstName": "Åsa"}})
    responses.add("POST", EMPLOYEES, status=201, json={"Employee": employee_body()})
    with pytest.raises(OutcomeUnknown):
        endpoint_at().create(NEW)
    assert endpoint_at().create(NEW).id == "17"


@responses.activate
@pytest.mark.behaviour("G-23")
def test_one_person_without_an_id_cannot_be_read() -> None:
    responses.add("GET", f"{EMPLOYEES}/17", json={"Employee": {}})
    responses.add("GET", f"{EMPLOYEES}/17", json={"Employee": employee_body()})
    with pytest.raises(CannotBeRead, match="the employment ID"):
        endpoint_at().read("17")
    assert endpoint_at().read("17").id == "17"
