"""An edit of what the vendor has never shown is not sent, and that is told."""

import pytest

from employees.models import Employee
from integrations.core.models import Problem
from tests.core.push.pushing import Pushed, retry
from tests.core.runs.both_sides import (
    LEFT,
    OTHER_PHONE,
    PHONE,
    apply_all,
    assert_in_step,
    change,
    decide,
    review,
    row_of,
)

pytestmark = pytest.mark.django_db(transaction=True)

NOT_SHOWN = "The other system does not show what it holds, so nothing is written over it."


def _hidden(both: Pushed, *fields: str) -> Employee:
    """Return somebody of whom the vendor never shows some fields."""
    both.sandbox.settings("fortnox", no_right=list(fields or ["Phone1"]))
    return both.pair_active()


@pytest.mark.behaviour("G-07", "G-19")
def test_an_edit_of_a_field_that_was_never_shown_is_told_and_not_sent(both: Pushed) -> None:
    employee = _hidden(both)

    change(employee, work_phone=PHONE)
    both.push_until_sent()

    problem = both.problem()
    assert (problem.cause, problem.message) == ("field:phone", f"Work phone: {NOT_SHOWN}")
    assert (both.writes(), both.marks()) == ([], [])


@pytest.mark.behaviour("G-07", "G-19")
def test_a_whole_account_is_told_once_and_what_else_was_edited_goes(both: Pushed) -> None:
    employee = _hidden(both, "Address1", "City")

    change(employee, street="Nygatan 2", city="Umeå", family_name="Ek")
    both.push_until_sent()

    assert both.problem().cause == "field:address"
    assert [sorted(body) for body in both.sent()] == [["LastName"]]


@pytest.mark.behaviour("G-19")
def test_nothing_is_told_of_what_nobody_edited(both: Pushed) -> None:
    employee = _hidden(both)
    change(employee, family_name="Ek")
    both.push_until_sent()
    assert both.problems() == []


@pytest.mark.behaviour("G-19")
def test_a_later_edit_of_something_else_does_not_end_it(both: Pushed) -> None:
    employee = _hidden(both)
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    for name in ("Ek", "Berg", "Lund"):
        change(employee, family_name=name)
        both.push_until_sent()
    assert both.problem().state == Problem.State.OPEN


@pytest.mark.behaviour("G-19")
def test_once_it_is_shown_a_comparison_offers_it_and_ends_it(both: Pushed) -> None:
    employee = _hidden(both)
    change(employee, work_phone=PHONE)
    both.push_until_sent()

    both.sandbox.settings("fortnox", no_right=[])
    run = review(both.connection)
    decide(row_of(run, left=employee), phone=LEFT)
    apply_all(run)

    assert both.problem().state == Problem.State.SOLVED
    assert both.at_vendor("101")["Phone1"] == PHONE
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-19", "G-09")
def test_tried_again_it_goes_as_soon_as_the_vendor_shows_it(both: Pushed) -> None:
    employee = _hidden(both)
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    retry(both)
    both.push_until_sent()
    assert (both.problem().state, both.writes()) == (Problem.State.OPEN, [])

    both.sandbox.settings("fortnox", no_right=[])
    retry(both)
    both.push_until_sent()
    assert both.at_vendor("101")["Phone1"] == PHONE
    assert both.problem().state == Problem.State.SOLVED
    change(employee, work_phone=OTHER_PHONE)
    both.push_until_sent()
    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE
