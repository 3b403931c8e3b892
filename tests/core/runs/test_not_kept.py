"""A vendor that answers "done" and holds something else: told by field, never in step (G-19)."""

from datetime import date
from typing import Any

import pytest

from integrations.core.explaining import Reader
from integrations.core.models import Connection, Delivery, FieldChange, Link, Problem, SyncRow, SyncRun
from integrations.core.report import build_report, report_text
from integrations.core.report.outcomes import Outcome
from tests.core.runs.both_sides import (
    LEAVE,
    LEFT,
    PHONE,
    RIGHT,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    changes_of,
    create_all,
    decide,
    delivery_states,
    pair_of,
    review,
    row_of,
)

UPDATES = {"method": "PUT", "path": "/3/employees"}
READS = {"method": "GET", "path": "/3/employees/101"}
CREATES = {"method": "POST", "path": "/3/employees"}
LAST_DAY = {"EmployedTo": "2030-01-01"}
KEPT = "Last workday: Fortnox kept the old value."


def _pretend(both: BothSides, call: dict[str, str], *fields: str, **more: Any) -> None:
    both.sandbox.faults([{**call, "action": "pretend", "fields": list(fields), **more}])


def _cleared(connection: Connection, both: BothSides) -> tuple[Any, SyncRun]:
    """Return somebody whose last workday is cleared in a run, at a Fortnox that keeps it."""
    employee = both.pair(1, vendor=LAST_DAY)
    run = review(connection)
    decide(row_of(run, left=employee), last_workday=LEFT)
    _pretend(both, UPDATES, "EmployedTo")
    return employee, apply_all(run)


@pytest.mark.behaviour("G-19")
def test_an_old_value_that_was_kept_is_told_and_never_in_step(connection: Connection, both: BothSides) -> None:
    employee, run = _cleared(connection, both)

    row = row_of(run, left=employee)
    assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
    assert (row.state, row.reason) == (SyncRow.State.REFUSED, KEPT)
    assert pair_of(employee, "last_workday") == [None, "2030-01-01", "open"]
    assert changes_of(employee, "last_workday") == []
    assert Delivery.objects.get().message == KEPT

    again = review(connection)
    assert again.counts["equal"] == 0
    (field,) = row_of(again, left=employee).fields.all()
    assert (field.field, field.left, field.right) == ("last_workday", None, "2030-01-01")


@pytest.mark.behaviour("G-19", "G-06")
def test_the_report_counts_and_names_it(connection: Connection, both: BothSides) -> None:
    _employee, run = _cleared(connection, both)

    report = build_report(run=run)

    assert report.numbers == {Outcome.NOT_KEPT: 1}
    assert report.adds_up
    assert KEPT in report_text(report)
    assert "updated" not in report_text(report)


@pytest.mark.behaviour("G-19", "G-09")
def test_the_error_log_explains_it_until_the_vendor_holds_it(connection: Connection, both: BothSides) -> None:
    employee, _run = _cleared(connection, both)

    problem = Problem.objects.get()
    assert (problem.cause, problem.message, problem.left_id) == ("not_kept:last_workday", KEPT, str(employee.pk))
    explained = Reader().explain(problem)
    assert explained.title == "Last workday: not kept by Fortnox as it was sent"
    assert "Synchronise users" in explained.next_step

    both.change_at_vendor("101", EmployedTo="")
    assert_in_step(connection, 1)
    problem.refresh_from_db()
    assert problem.state == Problem.State.SOLVED


@pytest.mark.behaviour("G-19", "G-12")
def test_what_arrived_beside_it_is_settled_and_on_record(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1, vendor=LAST_DAY, work_phone=PHONE)
    run = review(connection)
    decide(row_of(run, left=employee), last_workday=LEFT, phone=LEFT)
    _pretend(both, UPDATES, "EmployedTo")

    run = apply_all(run)

    assert row_of(run, left=employee).reason == KEPT
    assert pair_of(employee, "phone") == [PHONE, PHONE, "settled"]
    assert changes_of(employee, "phone") == [("+46701740001", PHONE, connection.pk, True)]
    assert changes_of(employee, "last_workday") == []
    assert [sorted(body) for body in both.sent()] == [["EmployedTo", "Phone1"]]


@pytest.mark.behaviour("G-19")
def test_a_street_that_was_cut_is_told_and_its_pair_holds_what_both_have(
    connection: Connection, both: BothSides
) -> None:
    employee = both.pair(1, street="Den långa gatan utanför staden 17")
    run = review(connection)
    decide(row_of(run, left=employee), address=LEFT)
    both.sandbox.faults([{**UPDATES, "action": "cut", "fields": ["Address1"], "longest": 10}])

    run = apply_all(run)

    assert row_of(run, left=employee).reason == "Address: Fortnox holds another value than was sent."
    left, right, state = pair_of(employee, "address")
    assert (left[0], right[0], state) == ("den långa gatan utanför staden 17", "den långa", "open")
    assert "gatan" not in Problem.objects.get().message

    run = review(connection)
    decide(row_of(run, left=employee), address=LEFT)
    assert apply_all(run).state == SyncRun.State.DONE
    assert Problem.objects.get().state == Problem.State.SOLVED
    assert_in_step(connection, 1)


@pytest.mark.behaviour("G-19")
@pytest.mark.parametrize("decision", [RIGHT, LEAVE])
def test_a_decision_the_other_way_ends_the_problem(connection: Connection, both: BothSides, decision: str) -> None:
    employee, _run = _cleared(connection, both)
    run = review(connection)
    decide(row_of(run, left=employee), last_workday=decision)

    apply_all(run)

    assert Problem.objects.get().state == Problem.State.SOLVED
    assert_in_step(connection, 1)


@pytest.mark.behaviour("G-19")
def test_the_next_run_that_meets_the_same_counts_the_same_problem(connection: Connection, both: BothSides) -> None:
    employee, _run = _cleared(connection, both)
    _pretend(both, UPDATES, "EmployedTo")
    run = review(connection)
    decide(row_of(run, left=employee), last_workday=LEFT)

    apply_all(run)

    problem = Problem.objects.get()
    assert (problem.state, problem.count) == (Problem.State.OPEN, 2)


@pytest.mark.behaviour("G-19")
def test_nothing_is_asked_once_more_where_the_answer_is_whole(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1, work_phone=PHONE)
    both.hub(2)
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    create_all(run)

    apply_all(run)

    assert _reads(both, "") == 0
    assert_in_step(connection, 2)


@pytest.mark.behaviour("G-19", "G-12")
def test_a_new_person_of_whom_something_was_not_kept_is_linked_and_told(
    connection: Connection, both: BothSides
) -> None:
    employee = both.hub(1, last_workday=date(2030, 1, 1))
    run = review(connection)
    create_all(run)
    _pretend(both, CREATES, "EmployedTo")

    run = apply_all(run)

    row = row_of(run, left=employee)
    assert row.state == SyncRow.State.REFUSED
    assert row.reason.startswith("Last workday: Fortnox holds another value than was sent. Created, but not all of it")
    assert pair_of(employee, "last_workday") == ["2030-01-01", None, "open"]
    sent = FieldChange.objects.filter(subject_id=str(employee.pk)).exclude(delivery=None)
    assert "last_workday" not in sent.values_list("field", flat=True)
    assert "phone" in sent.values_list("field", flat=True)
    assert build_report(run=run).numbers == {Outcome.NOT_KEPT: 1}

    run = review(connection)
    decide(row_of(run, left=employee), last_workday=LEFT)
    apply_all(run)
    assert_in_step(connection, 1)
    assert Problem.objects.get().state == Problem.State.SOLVED


@pytest.mark.behaviour("G-19")
def test_a_field_that_the_answer_does_not_show_is_read_once(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1, work_phone=PHONE)
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    _answer(both, UPDATES, status=200, EmployeeId="101")

    run = apply_all(run)

    row = row_of(run, left=employee)
    assert (row.state, row.reason) == (SyncRow.State.REFUSED, "Work phone: Fortnox kept the old value.")
    # Once at once, and once after the settle time, because it showed the value from before.
    assert _reads(both, "101") == 2
    assert pair_of(employee, "phone") == [PHONE, "+46701740001", "open"]


@pytest.mark.behaviour("G-19")
def test_an_old_value_that_a_reading_shows_soon_after_the_write_is_read_again_before_it_is_believed(
    connection: Connection, both: BothSides
) -> None:
    employee = both.pair(1, work_phone=PHONE)
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    old = both.at_vendor("101")
    _answer(both, UPDATES, status=200, EmployeeId="101")
    _answer(both, READS, status=200, **old)
    _answer(both, READS, status=200, k=2, **{**old, "Phone1": PHONE})

    run = apply_all(run)

    assert _reads(both, "101") == 2
    assert (row_of(run, left=employee).state, run.state) == (SyncRow.State.WRITTEN, SyncRun.State.DONE)
    assert pair_of(employee, "phone") == [PHONE, PHONE, "settled"]
    assert (delivery_states(run), Problem.objects.count()) == (["done"], 0)


@pytest.mark.behaviour("G-40")
def test_an_answer_about_somebody_else_is_looked_up_and_not_settled(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1, work_phone=PHONE)
    both.pair(2)
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    _answer(both, UPDATES, status=200, **{**both.at_vendor("102"), "Phone1": PHONE})

    run = apply_all(run)

    assert delivery_states(run) == ["void", "done"]
    assert both.at_vendor("101")["Phone1"] == PHONE
    assert_in_step(connection, 2)


@pytest.mark.behaviour("G-40", "G-20")
def test_a_new_person_is_not_linked_to_somebody_else_of_whom_the_answer_speaks(
    connection: Connection, both: BothSides
) -> None:
    employee = both.hub(1)
    both.pair(2)
    run = review(connection)
    create_all(run)
    _answer(both, CREATES, status=201, **both.at_vendor("102"))

    run = apply_all(run)

    row = row_of(run, left=employee)
    assert (row.state, row.reason) == (SyncRow.State.REFUSED, "The other system answered with somebody else's record.")
    assert not Link.objects.filter(left_id=str(employee.pk)).exists()
    assert "somebody else" in Reader().explain(Problem.objects.get()).title

    run = review(connection)
    create_all(run)
    apply_all(run)
    assert both.emails_at_vendor() == ["p1@demo.example", "p2@demo.example"]
    assert_in_step(connection, 2)


@pytest.mark.behaviour("G-30", "G-19")
@pytest.mark.parametrize("phone", [PHONE, "+46701740777"])
def test_an_edit_between_the_write_and_its_look_up_hides_nothing_that_arrived(
    connection: Connection, both: BothSides, phone: str
) -> None:
    employee = both.pair(1, family_name="Ek", work_phone=PHONE)
    run = review(connection)
    decide(row_of(run, left=employee), family_name=LEFT, phone=LEFT)
    edit = {"collection": "employees", "record": "101", "values": {"LastName": "Berg", "Phone1": phone}}
    both.sandbox.faults([{**UPDATES, "action": "edit_after", **edit}])

    run = apply_all(run)

    arrived = phone == PHONE
    assert both.at_vendor("101")["LastName"] == "Berg"
    assert len(changes_of(employee, "phone")) == arrived
    assert changes_of(employee, "family_name") == []
    assert row_of(run, left=employee).state == SyncRow.State.MOVED
    change(employee, family_name="Berg", work_phone=phone)
    assert_in_step(connection, 1)


def _answer(both: BothSides, call: dict[str, str], *, status: int, k: int = 1, **employee: Any) -> None:
    """Let the vendor answer the next call with this person, and do nothing."""
    both.sandbox.faults([{**call, "action": "refuse", "k": k, "status": status, "body": {"Employee": employee}}])


def _reads(both: BothSides, right_id: str) -> int:
    return len(both.sandbox.calls(method="GET", path=f"/3/employees/{right_id}"))
