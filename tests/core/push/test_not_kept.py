"""A pushed value that the vendor says it took and did not: told by field, and not sent for ever (G-19)."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from employees.models import Employee
from integrations.core.models import Connection, Delivery, Problem
from integrations.core.problems import dismiss_problems
from integrations.core.push.looking_over import look_over
from tests.core.admin.pages import text_of
from tests.core.push.pushing import Pushed, retry
from tests.core.runs.both_sides import LEFT, PHONE, apply_all, assert_in_step, change, decide, pair_of, review, row_of

pytestmark = pytest.mark.django_db(transaction=True)

UPDATES = {"method": "PUT", "path": "/3/employees"}
KEPT = "Last workday: Fortnox kept the old value."


def _kept(both: Pushed, *fields: str) -> Employee:
    """Return somebody whose last workday is cleared in the hub, at a Fortnox that keeps these fields."""
    employee = both.pair_active(vendor={"EmployedTo": "2030-01-01"}, last_workday=date(2030, 1, 1))
    both.sandbox.faults([{**UPDATES, "action": "pretend", "fields": list(fields or ["EmployedTo"])}])
    change(employee, last_workday=None)
    both.push_until_sent()
    return employee


@pytest.mark.behaviour("G-19", "G-12")
def test_an_old_value_that_was_kept_is_told_by_field_and_not_on_record(both: Pushed) -> None:
    employee = _kept(both)

    problem = both.problem()
    assert (problem.cause, problem.message) == ("not_kept:last_workday", KEPT)
    assert (problem.left_id, problem.right_id, problem.label) == (str(employee.pk), "101", "Given 1 Family 1")
    assert pair_of(employee, "last_workday") == [None, "2030-01-01", "open"]
    assert both.sent_changes(employee) == []
    assert Delivery.objects.get().message == KEPT


@pytest.mark.behaviour("G-19", "G-09")
def test_the_persons_page_and_the_error_log_say_it_by_field(both: Pushed) -> None:
    employee = _kept(both)
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    for address in (
        reverse("admin:core_problem_changelist"),
        reverse("admin:employees_employee_change", args=[employee.pk]),
    ):
        text = text_of(client.get(address))
        assert KEPT in text, address
        assert "Last workday: not kept by Fortnox as it was sent" in text, address


@pytest.mark.behaviour("G-19")
def test_it_is_not_sent_again_by_itself_nor_at_night(both: Pushed) -> None:
    _kept(both)
    for _ in range(3):
        both.push()
    Connection.objects.update(looked_over_on=None)
    assert look_over(connection_id=both.connection.pk) == 0
    both.push_until_sent()

    assert (len(both.writes()), both.problem().count, both.waiting()) == (1, 1, 0)


@pytest.mark.behaviour("G-19")
def test_the_next_comparison_offers_it_and_what_arrives_then_solves_it(both: Pushed) -> None:
    employee = _kept(both)

    run = review(both.connection)

    assert run.counts["equal"] == 0
    assert row_of(run, left=employee).fields.get().field == "last_workday"
    decide(row_of(run, left=employee), last_workday=LEFT)
    apply_all(run)
    assert both.at_vendor("101")["EmployedTo"] == ""
    assert both.problem().state == Problem.State.SOLVED
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-19", "G-09")
def test_tried_again_it_goes_once_more_and_is_solved_when_it_arrives(both: Pushed) -> None:
    employee = _kept(both)
    both.sandbox.faults([{**UPDATES, "action": "pretend", "fields": ["EmployedTo"]}])

    retry(both)
    both.push_until_sent()
    assert (both.problem().state, both.problem().count, len(both.writes())) == (Problem.State.OPEN, 2, 2)

    retry(both)
    both.push_until_sent()
    assert (both.problem().state, both.at_vendor("101")["EmployedTo"]) == (Problem.State.SOLVED, "")
    assert both.sent_changes(employee) == [("last_workday", "2030-01-01", None)]
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-19")
def test_edited_to_another_value_it_goes_again(both: Pushed) -> None:
    employee = _kept(both)

    change(employee, last_workday=date(2031, 5, 31))
    both.push_until_sent()

    assert both.at_vendor("101")["EmployedTo"] == "2031-05-31"
    assert both.problem().state == Problem.State.SOLVED
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-19")
def test_another_edit_of_the_person_neither_sends_nor_solves_it(both: Pushed) -> None:
    employee = _kept(both)

    change(employee, work_phone=PHONE)
    both.push_until_sent()

    assert [sorted(body) for body in both.sent()] == [["EmployedTo"], ["Phone1"]]
    assert both.problem().state == Problem.State.OPEN


@pytest.mark.behaviour("G-19")
def test_mended_at_the_vendor_and_tried_again_it_is_solved_without_a_write(both: Pushed) -> None:
    _kept(both)
    both.change_at_vendor("101", EmployedTo="")

    retry(both)
    both.push_until_sent()

    assert (both.problem().state, len(both.writes())) == (Problem.State.SOLVED, 1)
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-19")
def test_dismissed_it_is_offered_by_the_next_comparison_all_the_same(both: Pushed) -> None:
    employee = _kept(both)

    dismiss_problems(Problem.objects.all(), by=User.objects.get(username="hanna"), reason="Payroll looks after it.")
    both.push_until_sent()

    assert (len(both.writes()), both.marks()) == (1, [])
    assert row_of(review(both.connection), left=employee).fields.get().field == "last_workday"


@pytest.mark.behaviour("G-19", "G-12")
def test_of_several_edits_those_that_arrived_are_settled_and_each_other_one_has_a_problem_of_its_own(
    both: Pushed,
) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{**UPDATES, "action": "pretend", "fields": ["LastName", "Address1"]}])

    change(employee, family_name="Ek", street="Nygatan 2", work_phone=PHONE)
    both.push_until_sent()

    assert sorted(problem.cause for problem in both.problems()) == ["not_kept:address", "not_kept:family_name"]
    assert both.sent_changes(employee) == [("phone", "+46701740001", PHONE)]
    assert pair_of(employee, "phone")[2] == "settled"
    assert [pair_of(employee, name)[2] for name in ("address", "family_name")] == ["open", "open"]


@pytest.mark.behaviour("G-19")
def test_a_review_that_waits_keeps_its_question_of_what_did_not_arrive(both: Pushed) -> None:
    employee = both.pair_active(vendor={"EmployedTo": "2030-01-01"}, last_workday=date(2030, 1, 1))
    change(employee, last_workday=None)
    run = review(both.connection)
    both.sandbox.faults([{**UPDATES, "action": "pretend", "fields": ["EmployedTo"]}])

    both.push_until_sent()

    assert row_of(run, left=employee).fields.get().field == "last_workday"


@pytest.mark.behaviour("G-19", "G-14")
def test_a_new_person_of_whom_something_was_not_kept_is_linked_and_told(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)
    both.sandbox.faults([{"method": "POST", "path": "/3/employees", "action": "pretend", "fields": ["Phone1"]}])

    employee = both.hub(1)
    both.push_until_sent()

    assert both.problem().cause == "not_kept:phone"
    assert pair_of(employee, "phone") == ["+46701740001", None, "open"]
    assert "phone" not in [name for name, *_values in both.sent_changes(employee)]

    retry(both)
    both.push_until_sent()
    assert both.problem().state == Problem.State.SOLVED
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-19")
def test_a_field_that_the_answer_does_not_show_is_read_and_judged(both: Pushed) -> None:
    employee = both.pair_active()
    silent = {"status": 200, "body": {"Employee": {"EmployeeId": "101"}}}
    both.sandbox.faults([{**UPDATES, "action": "refuse", **silent}])

    change(employee, work_phone=PHONE)
    both.push_until_sent()

    assert both.problem().cause == "not_kept:phone"
    assert pair_of(employee, "phone") == [PHONE, "+46701740001", "open"]


@pytest.mark.behaviour("G-40")
def test_an_answer_about_somebody_else_is_looked_up_and_the_change_sent(both: Pushed) -> None:
    employee = both.pair(1)
    both.pair(2)
    both.activate()
    other = {**both.at_vendor("102"), "Phone1": PHONE}
    both.sandbox.faults([{**UPDATES, "action": "refuse", "status": 200, "body": {"Employee": other}}])

    change(employee, work_phone=PHONE)
    both.push_until_sent()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert both.problems() == []
    assert_in_step(both.connection, 2)


@pytest.mark.behaviour("G-40", "G-20")
def test_a_new_person_is_not_linked_to_somebody_else_of_whom_the_answer_speaks(both: Pushed) -> None:
    both.pair_active(2)
    Connection.objects.update(creates_by_itself=True)
    other = both.at_vendor("102")
    creates = {"method": "POST", "path": "/3/employees"}
    both.sandbox.faults([{**creates, "action": "refuse", "status": 201, "body": {"Employee": other}}])

    both.hub(1)
    both.push_until_sent()

    assert both.problem().cause.startswith("AboutAnother")
    assert both.emails_at_vendor() == ["p2@demo.example"]
    retry(both)
    both.push_until_sent()
    assert both.emails_at_vendor() == ["p1@demo.example", "p2@demo.example"]
    assert_in_step(both.connection, 2)
