"""Whose rows Fortnox lists, and which row an answer is about: nobody else's is taken for the absence's (G-40)."""

from typing import Any

import pytest

from integrations.core.explaining import Reader
from integrations.core.models import Delivery, Link
from integrations.fortnox.client import FortnoxClient
from tests.fortnox.absences.transferred import MONDAY, PATH, WEEK, Transferred

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-40")]
WHOLE = [(day, "SJK", 100) for day in WEEK]


def lists_somebody_elses(both: Transferred, employee_id: str = "102") -> None:
    values = {"EmployeeId": employee_id}
    rule = {"method": "GET", "path": f"{PATH}.*employeeid=101", "action": "odd_row", "values": values, "every": True}
    both.sandbox.faults([rule])


def linked_days() -> list[str]:
    return sorted(link.options["day"] for link in Link.objects.filter(resource="absence_days", state="active"))


def test_rows_of_somebody_else_are_not_taken_over_and_the_others_go_on(both: Transferred) -> None:
    other = both.pair(2, vendor={"ScheduleId": "HEL"})
    employee = both.begin()
    both.typed(WEEK[0])
    lists_somebody_elses(both)

    absence = both.absence(employee, end=MONDAY)
    both.absence(other)
    both.push_until_sent()

    assert both.rows("102") == WHOLE
    assert linked_days() == list(WEEK)
    problem = both.problem()
    assert (problem.left_id, problem.cause) == (f"absence:{absence.pk}", "AnotherRecord:0")
    assert "somebody else's absences" in problem.message
    assert "somebody else" in Reader().explain(problem).title

    both.sandbox.clear_faults()
    both.retry()
    both.push_until_sent()
    # What somebody had typed for the person is taken over, and not doubled.
    assert both.rows("101") == WHOLE[:1]
    assert both.causes() == set()


def test_a_lost_day_is_not_found_among_somebody_elses_and_that_is_told(both: Transferred) -> None:
    employee = both.begin()
    both.sandbox.faults([{"action": "drop", "method": "POST", "path": PATH, "k": 2}])
    both.absence(employee)
    both.push()
    both.sandbox.clear_faults()
    lists_somebody_elses(both)
    both.wait_until_settled()

    both.push()

    assert both.causes() == {"AnotherRecord:0"}
    assert Delivery.objects.get(state=Delivery.State.UNKNOWN).right_id == ""

    both.sandbox.clear_faults()
    both.push_until_sent()
    assert both.rows() == WHOLE
    assert both.causes() == set()


def test_an_employee_id_in_another_writing_is_the_persons(both: Transferred) -> None:
    employee = both.begin()
    both.link(employee, right_id="x1")
    both.sandbox.add("fortnox", "employees", {**both.at_vendor("101"), "EmployeeId": "x1", "Email": "x1@demo.example"})
    values = {"EmployeeId": "X1"}
    both.sandbox.faults([{"path": f"{PATH}", "action": "odd_row", "values": values, "every": True, "method": "GET"}])
    both.typed(WEEK[0], employee_id="x1")

    both.absence(employee, end=MONDAY)
    both.push_until_sent()

    assert both.causes() == set()
    assert both.rows("x1") == WHOLE[:1]


def test_an_id_that_another_row_has_already_says_nothing_of_the_one_that_was_sent(
    both: Transferred, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee = both.begin()
    plain = FortnoxClient.create_absence

    def create_absence(self: FortnoxClient, body: Any) -> dict[str, Any]:
        made = plain(self, body)
        return {**made, "id": "x9"} if made["Date"] in WEEK[1:3] else made

    monkeypatch.setattr(FortnoxClient, "create_absence", create_absence)
    absence = both.absence(employee)
    both.push_until_sent()

    # Whichever answer came last was not believed: its row was looked for, found, and not created again.
    assert both.rows() == WHOLE
    assert both.causes() == set()
    assert len(linked_days()) == 5
    assert both.writes_made() == ["POST"] * 5
    assert both.line(absence).startswith("in Fortnox: 5 days")


# --- What was created, and corrected before it was looked for ---------------------------------------------------


@pytest.mark.behaviour("G-20", "G-30")
def test_a_lost_day_that_was_given_another_cause_is_asked_about_before_it_is_created_again(both: Transferred) -> None:
    employee = both.begin()
    lost_and_renamed(both, employee)

    both.push_until_sent()

    assert both.rows().count((WEEK[1], "SEM", 100)) == 1
    assert (WEEK[1], "SJK", 100) not in both.rows()
    assert both.causes() == {"absence:clash"}
    assert "2026-03-03: Semester (SEM), 100 %" in both.problem().message

    # Tried again as it is, it would make more than a whole day of both.
    both.retry()
    both.push_until_sent()
    assert (WEEK[1], "SJK", 100) not in both.rows()
    assert both.causes() == {"absence:clash"}


@pytest.mark.behaviour("G-20", "G-30")
def test_a_lost_day_that_was_corrected_is_created_once_the_correction_is_taken_back(both: Transferred) -> None:
    employee = both.begin()
    row_id = lost_and_renamed(both, employee)
    both.push_until_sent()

    both.sandbox.remove("fortnox", "absences", row_id)
    both.retry()
    both.push_until_sent()

    assert both.rows() == WHOLE
    assert both.causes() == set()


def test_another_cause_on_a_part_of_a_day_that_was_never_sent_is_in_nobodys_way(both: Transferred) -> None:
    employee = both.begin()
    both.typed(WEEK[1], cause="SEM", extent=50)
    both.sandbox.faults([{"action": "refuse", "status": 503, "method": "POST", "path": PATH, "k": 2}])

    both.absence(employee, grade=50)
    both.push_until_sent()

    assert both.rows() == sorted([*((day, "SJK", 50) for day in WEEK), (WEEK[1], "SEM", 50)])
    assert both.causes() == set()


def lost_and_renamed(both: Transferred, employee: Any) -> str:
    """Let the answer to the second day be lost, and somebody at Fortnox give the day another cause; returns its ID."""
    both.sandbox.faults([{"action": "drop_after", "method": "POST", "path": PATH, "k": 2}])
    both.absence(employee)
    both.push()
    row_id = both.row_ids()[WEEK[1]]
    both.sandbox.change("fortnox", "absences", row_id, {"CauseCode": "SEM"})
    return row_id
