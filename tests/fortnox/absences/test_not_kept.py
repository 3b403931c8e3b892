"""A Fortnox that says a day was written and holds another value: the change is taken back and told (G-19, FX-17)."""

from typing import Any

import pytest

from integrations.core.explaining import Reader
from integrations.core.models import Delivery
from tests.fortnox.absences.transferred import PATH, WEEK, Transferred, edit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-19", "FX-17")]
WHOLE = [(day, "SJK", 100) for day in WEEK]


def _pretend(both: Transferred, method: str, **more: Any) -> None:
    both.sandbox.faults([{"action": "pretend", "method": method, "path": PATH, "fields": ["Extent"], **more}])


def test_a_grade_that_was_not_changed_is_told_and_the_others_are_taken_back(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    _pretend(both, "PUT", k=3)

    edit(absence, grade=50)
    both.push_until_sent()

    assert both.rows() == WHOLE
    problem = both.problem()
    assert problem.cause == "not_kept:extent"
    assert "holds another value than was sent" in problem.message
    assert "2026-03-0" in problem.message
    assert Reader().explain(problem).title == "Absence not kept by Fortnox as it was sent"
    # Nothing is sent for ever.
    count = len(both.writes_made())
    for _ in range(3):
        both.push()
    assert len(both.writes_made()) == count

    both.retry()
    both.push_until_sent()
    assert both.rows() == [(day, "SJK", 50) for day in WEEK]
    problem.refresh_from_db()
    assert problem.state == "solved"


def test_of_a_grade_that_was_kept_nothing_is_on_record(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    before = len(both.sent_changes(employee))
    _pretend(both, "PUT", every=True)

    edit(absence, grade=50)
    both.push_until_sent()

    assert len(both.sent_changes(employee)) == before
    assert both.rows() == WHOLE


def test_an_answer_without_an_extent_says_nothing_and_the_list_tells(both: Transferred) -> None:
    employee = both.begin()
    row = {"id": "x9", "EmployeeId": "101", "CauseCode": "SJK", "Date": WEEK[1], "Extent": None}
    silent = {"status": 201, "body": {"AbsenceTransaction": row}}
    both.sandbox.faults([{"action": "refuse", "method": "POST", "path": PATH, "k": 2, **silent}])

    both.absence(employee)
    both.push_until_sent()

    assert both.rows() == WHOLE
    assert both.causes() == set()
    assert not Delivery.objects.filter(right_id="x9").exists()


def test_a_day_that_was_not_deleted_is_deleted_once_that_is_seen(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    both.sandbox.faults([{"action": "pretend", "method": "DELETE", "path": PATH, "k": 2}])

    absence.delete()
    both.push()

    assert both.rows() != []
    assert both.waiting() == 1
    both.push_until_sent()
    assert (both.rows(), both.problems()) == ([], [])


def test_a_vendor_that_never_deletes_is_told_and_nothing_counts_as_deleted(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    before = len(both.sent_changes(employee))
    both.sandbox.faults([{"action": "pretend", "method": "DELETE", "path": PATH, "every": True}])

    absence.delete()
    both.push_until_sent(seconds=40)

    assert both.rows() == WHOLE
    assert len(both.sent_changes(employee)) == before
    problem = both.problem()
    assert problem.cause == "given_up"
    assert problem.message.endswith("What came last: Fortnox still holds a day of the absence that was deleted.")
    both.sandbox.clear_faults()
    both.retry()
    both.push_until_sent()
    assert both.rows() == []
    problem.refresh_from_db()
    assert problem.state == "solved"


@pytest.mark.behaviour("G-40")
def test_an_answer_about_another_row_is_looked_up(both: Transferred) -> None:
    employee = both.begin()
    other = {"id": "x9", "EmployeeId": "999", "CauseCode": "SJK", "Date": WEEK[0], "Extent": 100}
    body = {"AbsenceTransaction": other}
    both.sandbox.faults([{"action": "refuse", "method": "POST", "path": PATH, "k": 2, "status": 201, "body": body}])

    both.absence(employee)
    both.push_until_sent()

    assert both.rows() == WHOLE
    assert both.causes() == set()
    assert not Delivery.objects.filter(right_id="x9").exists()
