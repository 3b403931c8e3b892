"""What Fortnox says of one person's absences and cannot be read is told by name, and is nobody else's trouble."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from integrations.core.models import Link, Problem
from integrations.fortnox import client
from tests.fortnox.absences.existing_look import looked, outcomes, people_before, shown
from tests.fortnox.absences.transferred import PATH, WEEK, Transferred

WHOLE = [(day, "SJK", 100) for day in WEEK]
ROWS: list[Any] = [
    None,
    7,
    "x",
    [],
    {},
    {"id": None, "EmployeeId": "101", "Date": "2026-03-02", "CauseCode": "SJK"},
    {"id": "1", "EmployeeId": None, "Date": "2026-03-02", "CauseCode": "SJK"},
    {"id": "1", "EmployeeId": "101", "Date": "soon", "CauseCode": "SJK"},
    {"id": "1", "EmployeeId": "101", "Date": ["2026-03-02"], "CauseCode": "SJK"},
    {"id": "1", "EmployeeId": "101", "Date": "2026-03-02", "CauseCode": None},
    {"id": "API_NORIGHT", "EmployeeId": "101", "Date": "2026-03-02", "CauseCode": "SJK"},
    {"id": "1", "EmployeeId": "101", "Date": "2026-03-02", "CauseCode": "SJK", "Extent": {"x": 1}},
    # Whoever made it a whole number would never come to an end.
    {"id": "1", "EmployeeId": "101", "Date": "2026-03-02", "CauseCode": "SJK", "Extent": "1E+99999999"},
    {"id": {"x": 1}, "EmployeeId": "101", "Date": "2026-03-02", "CauseCode": "SJK"},
]


def odd(row: Any, **more: Any) -> dict[str, Any]:
    path = f"{PATH}.*employeeid=101"
    return {"method": "GET", "path": path, "action": "odd_row", "row": row, "every": True, **more}


@pytest.mark.behaviour("G-23")
@pytest.mark.parametrize("row", ROWS)
def test_a_row_that_cannot_be_read_holds_its_person_alone(both: Transferred, row: Any) -> None:
    other = both.pair(2, vendor={"ScheduleId": "HEL"})
    employee = both.begin()
    both.typed("2026-02-02")
    both.sandbox.faults([odd(row)])
    both.absence(employee)
    both.absence(other)

    both.push()

    assert both.rows("102") == WHOLE
    assert both.days("101") == ["2026-02-02"]
    (problem,) = Problem.objects.filter(connection=both.connection, state="open")
    assert problem.left_id
    assert "absence of the person" in problem.message
    assert "cannot be read" in problem.message
    assert not Link.objects.filter(right_id="None").exists()

    both.sandbox.clear_faults()
    both.retry()
    both.push_until_sent()
    assert both.rows("101") == [("2026-02-02", "SJK", 100), *WHOLE]
    assert both.causes() == set()


@pytest.mark.behaviour("G-23")
def test_the_day_of_the_row_is_named_where_it_can_be_read(both: Transferred) -> None:
    employee = both.begin()
    both.typed("2026-02-02")
    both.sandbox.faults([odd({"id": None, "EmployeeId": "101", "Date": "2026-02-02T00:00:00", "CauseCode": "SJK"})])
    both.absence(employee)

    both.push()

    assert "on 2026-02-02 cannot be read" in Problem.objects.get(state="open").message


@pytest.mark.behaviour("G-23")
@pytest.mark.parametrize(
    "values", [{"Hours": [8]}, {"Hours": "NaN"}, {"Hours": 1e9}, {"Hours": -8}, {"Date": None}, {"ScheduleId": ["HEL"]}]
)
def test_hours_that_cannot_be_read_hold_their_person_alone(both: Transferred, values: dict[str, Any]) -> None:
    other = both.pair(2, vendor={"ScheduleId": "DEL"})
    employee = both.begin()
    rule = {"method": "GET", "path": "scheduletimes/101/", "action": "odd_row", "values": values, "every": True}
    both.sandbox.faults([rule])
    both.absence(employee)
    both.absence(other)

    both.push()

    assert both.rows("102")
    (problem,) = Problem.objects.filter(connection=both.connection, state="open")
    assert "scheduled hours" in problem.message

    both.sandbox.clear_faults()
    both.retry()
    both.push_until_sent()
    assert both.rows("101") == WHOLE


@pytest.mark.behaviour("G-23")
def test_hours_that_the_connected_user_may_not_see_are_not_known(both: Transferred) -> None:
    employee = both.begin()
    values = {"Hours": "API_NORIGHT", "ScheduleId": "API_NORIGHT"}
    both.sandbox.faults(
        [{"method": "GET", "path": "scheduletimes", "action": "odd_row", "values": values, "every": True}]
    )

    both.absence(employee)
    both.push()

    assert not Problem.objects.filter(message__contains="cannot be read").exists()


@pytest.mark.behaviour("G-23")
def test_existing_absences_of_the_others_are_looked_at(both: Transferred, hr_admin: Client) -> None:
    people_before(both, 3)
    both.typed("2026-02-02", employee_id="101")
    both.sandbox.faults([odd(None)])

    looked(both, hr_admin)

    assert outcomes() == {"create": 2, "left_out": 1}
    assert "cannot be read" in shown(both, hr_admin, shown="skipped").text

    both.sandbox.clear_faults()
    looked(both, hr_admin)
    assert outcomes() == {"create": 3}


# --- Lists that move -------------------------------------------------------------------------------------------


@pytest.fixture
def two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.FortnoxClient.list_absences, "__kwdefaults__", {"limit": 2})


@pytest.mark.behaviour("G-24")
@pytest.mark.usefixtures("two_a_page")
def test_a_list_of_absences_that_moved_is_read_again(both: Transferred) -> None:
    employee = both.begin()
    typed = [both.typed(day) for day in WEEK]
    moves = {"action": "move_list", "collection": "absences", "remove": [typed[0]], "method": "GET"}
    both.sandbox.faults([{**moves, "path": f"{PATH}.*page=2"}])

    both.absence(employee)
    both.push_until_sent()

    # The two pages that there were in the end, twice: their totals differed.
    assert both.lists() == 4
    assert not Link.objects.filter(right_id=typed[0]).exists()


@pytest.mark.behaviour("G-24")
@pytest.mark.usefixtures("two_a_page")
def test_a_list_of_absences_that_never_ends_is_given_up(both: Transferred, settings: Settings) -> None:
    # One start, however quick the calls are.
    settings.RETRY_SECONDS = 1
    employee = both.begin()
    body = {"MetaInformation": {"@TotalResources": 1, "@TotalPages": 99, "@CurrentPage": 1}, "AbsenceTransactions": []}
    both.sandbox.faults(
        [{"method": "GET", "path": PATH, "action": "refuse", "status": 200, "body": body, "every": True}]
    )

    both.absence(employee)
    both.push()

    assert both.lists() < 20
    assert both.writes_made() == []

    both.sandbox.clear_faults()
    both.push_until_sent()
    assert both.rows() == WHOLE
