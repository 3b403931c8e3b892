"""What is refused, and an authorisation that ends; and how each goes on afterwards (G-09)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from integrations.core import connecting
from integrations.core.dispatching import IN_FLIGHT
from integrations.core.models import Connection, Link, Mark, Problem
from integrations.core.problems import dismiss_problems
from integrations.core.push.settling import PushSettler
from tests.core.approving import approve
from tests.core.connected import compare
from tests.core.push.pushing import Pushed, retry
from tests.core.runs.both_sides import (
    LEFT,
    OPEN,
    OTHER_PHONE,
    PHONE,
    RIGHT,
    apply_all,
    assert_in_step,
    change,
    decide,
    pair_of,
    review,
    row_of,
)
from tests.sandbox.fortnox_caller import CALLBACK

pytestmark = pytest.mark.django_db(transaction=True)
REFUSAL = {"ErrorInformation": {"error": 1, "message": "Ogiltigt telefonnummer.", "code": 2000106}}
INVALID_PHONE = {"action": "refuse", "method": "PUT", "path": "/3/employees/101", "status": 400, "body": REFUSAL}


@pytest.mark.behaviour("G-09")
def test_a_refused_edit_leaves_both_sides_as_they_are_and_stands_in_the_error_log(both: Pushed) -> None:
    employee = both.pair_active()
    before = both.at_vendor("101")
    both.sandbox.faults([INVALID_PHONE])

    change(employee, work_phone=PHONE)
    both.push()

    assert both.at_vendor("101") == before
    employee.refresh_from_db()
    assert employee.work_phone == PHONE
    assert pair_of(employee, "phone") == ["+46701740001", "+46701740001", "settled"]
    problem = both.problem()
    assert (problem.state, problem.message, problem.action) == ("open", "Ogiltigt telefonnummer.", "update")
    assert (problem.cause, problem.wanted) == ("Refused:2000106:phone", {"fields": ["phone"]})
    assert both.marks() == [(str(employee.pk), "problem")]
    # It is not sent again and again.
    both.push()
    assert len(both.writes()) == 1


@pytest.mark.behaviour("G-09")
def test_a_refused_edit_is_sent_again_when_somebody_says_so(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([INVALID_PHONE])
    change(employee, work_phone=PHONE)
    both.push()

    assert retry(both) == 1
    assert both.problem().state == "retried"
    both.push()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert (both.problem().state, both.marks()) == ("solved", [])
    assert_in_step(both.connection, 1)


def test_an_edit_that_is_refused_again_is_the_same_problem(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{**INVALID_PHONE, "count": 2}])
    change(employee, work_phone=PHONE)
    both.push()
    retry(both)
    both.push()

    assert (both.problem().state, both.problem().count) == ("open", 2)
    retry(both)
    both.push()
    assert both.problem().state == "solved"


def test_a_new_edit_of_a_refused_person_is_tried_by_itself(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([INVALID_PHONE])
    change(employee, work_phone="+46709999999")
    both.push()

    change(employee, work_phone=PHONE)
    both.push()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert both.problem().state == "solved"


def test_an_edit_during_a_refused_call_is_tried_by_itself(both: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    employee = both.pair_active()
    both.sandbox.faults([INVALID_PHONE])
    refuse: Callable[..., None] = PushSettler.refuse

    def edit_before_refusing(self: PushSettler, *arguments: Any, **more: Any) -> None:
        monkeypatch.setattr(PushSettler, "refuse", refuse)
        change(employee, work_phone=PHONE)
        refuse(self, *arguments, **more)

    monkeypatch.setattr(PushSettler, "refuse", edit_before_refusing)
    change(employee, work_phone=OTHER_PHONE)
    both.push()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert (both.problem().state, both.marks()) == ("solved", [])


def test_a_refused_edit_is_not_forgotten_when_a_synchronisation_writes_something_else(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([INVALID_PHONE])
    change(employee, work_phone=PHONE)
    both.push()
    both.change_at_vendor("101", City="Umeå")
    run = review(both.connection)
    decide(row_of(run), phone=OPEN)
    change_address = row_of(run).fields.get(field="address")
    assert change_address.decision == RIGHT
    decide(row_of(run), address=LEFT)
    apply_all(run)
    assert both.problem().state == "solved"

    both.push_until_sent()

    # What a review left undecided is a question of the next one, whatever was edited before (G-35).
    assert both.at_vendor("101")["Phone1"] == "+46701740001"
    assert both.marks() == []
    again = review(both.connection)
    assert row_of(again).fields.get(field="phone").decision == OPEN


def test_a_refused_edit_that_is_taken_back_is_solved(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([INVALID_PHONE])
    change(employee, work_phone=PHONE)
    both.push()

    change(employee, work_phone="+46701740001")
    both.push()

    assert (both.problem().state, both.marks()) == ("solved", [])


def test_a_dismissed_problem_is_not_sent_and_comes_back_with_the_next_refusal(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{**INVALID_PHONE, "count": 2}])
    change(employee, work_phone=PHONE)
    both.push()

    dismissed = dismiss_problems(Problem.objects.all(), by=User.objects.get(username="hanna"), reason="Payroll does it")
    both.push()
    assert (dismissed, len(both.writes())) == (1, 1)

    change(employee, city="Umeå")
    both.push()
    assert [problem.state for problem in both.problems()] == ["dismissed", "open"]


def test_one_persons_refusal_stops_nobody_else(both: Pushed) -> None:
    people = [both.pair(number) for number in (1, 2, 3)]
    both.activate()
    both.sandbox.faults([INVALID_PHONE])

    for person in people:
        change(person, family_name="Ek")
    both.push()

    assert [both.at_vendor(number)["LastName"] for number in ("101", "102", "103")] == ["Family 1", "Ek", "Ek"]
    assert len(both.problems()) == 1


@pytest.mark.behaviour("G-16")
def test_somebody_gone_at_the_vendor_is_shown_as_gone(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.remove("fortnox", "employees", "101")

    change(employee, work_phone=PHONE)
    both.push()

    assert both.problem().cause == "gone"
    link = Link.objects.get()
    assert (link.state, link.gone_at is not None) == (Link.State.ACTIVE, True)
    assert both.marks() == [(str(employee.pk), "problem")]


# --- The authorisation --------------------------------------------------------------------------------------


def test_a_token_that_ended_before_its_time_is_renewed(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.tokens("fortnox", action="expire_access")

    change(employee, work_phone=PHONE)
    both.push_until_sent()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert Connection.objects.get().state == Connection.State.ACTIVE


@pytest.mark.behaviour("G-11")
def test_a_withdrawn_authorisation_keeps_the_marks_until_it_is_connected_again(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.tokens("fortnox", action="withdraw_consent")

    change(employee, work_phone=PHONE)
    both.push()
    connection = Connection.objects.get()
    assert connection.state == Connection.State.NEEDS_REAUTHORISATION
    assert (both.waiting(), both.problems(), both.writes()) == (1, [], [])

    started = connecting.start_authorisation(connection_id=connection.pk, service_account=False, redirect_uri=CALLBACK)
    connecting.finish_authorisation(
        connection_id=connection.pk, callback=approve(started.url), started=started, redirect_uri=CALLBACK, by=None
    )
    both.push_until_sent()
    assert both.at_vendor("101")["Phone1"] == PHONE


def test_a_missing_licence_is_one_problem_of_the_connection(both: Pushed) -> None:
    people = [both.pair(number) for number in range(1, 9)]
    both.activate()
    missing = {"ErrorInformation": {"error": 1, "message": "Det finns ingen licens.", "code": 2001101}}
    both.sandbox.faults([{"action": "refuse", "path": "/3/employees/", "status": 400, "body": missing, "every": True}])
    for person in people:
        change(person, family_name="Ek")
    both.push()

    problem = both.problem()
    assert (problem.left_id, problem.label, problem.cause) == ("", "Fortnox", "LicenceMissing:2001101")
    assert both.waiting() == len(people)
    # Only what was under way already followed the first refusal.
    assert len(both.sandbox.calls(path="/3/employees/")) <= IN_FLIGHT

    both.sandbox.clear_faults()
    both.push_until_sent()
    assert {both.at_vendor(str(100 + number))["LastName"] for number in range(1, 9)} == {"Ek"}
    assert both.problem().state == "solved"


# --- Beside a run -------------------------------------------------------------------------------------------


def test_a_disconnected_connection_sends_nothing(both: Pushed) -> None:
    employee = both.pair_active()
    connecting.disconnect(connection_id=both.connection.pk, by=None)
    change(employee, work_phone=PHONE)

    both.push()

    assert (both.writes(), both.waiting()) == ([], 1)


def test_marks_of_one_person_at_two_workers_are_one_write(both: Pushed) -> None:
    employee = both.pair_active()
    change(employee, work_phone=PHONE)
    assert Mark.objects.count() == 1
    both.push()
    both.push()
    assert len(both.writes()) == 1


def test_a_comparison_takes_marks_off_of_people_in_step(both: Pushed) -> None:
    employee = both.pair_active()
    both.change_at_vendor("101", Phone1=PHONE)
    change(employee, work_phone=PHONE)

    compare(Connection.objects.get())

    assert both.marks() == []
