"""How often a person's working-time schedule is asked for (FX-16)."""

from datetime import timedelta

import pytest

from tests.fortnox.absences.transferred import MONDAY, Transferred

pytestmark = pytest.mark.django_db(transaction=True)


def schedule_calls(both: Transferred) -> int:
    return len(both.sandbox.calls(method="GET", path="scheduletimes"))


@pytest.mark.behaviour("FX-16")
def test_a_schedule_that_only_warns_is_asked_for_once_for_absences_near_each_other(both: Transferred) -> None:
    employee = both.begin()

    days = [MONDAY + timedelta(weeks=number) for number in range(3)]
    both.absences((employee, day) for day in days)
    both.push_until_sent()

    assert schedule_calls(both) == 1
    assert len(both.rows()) == len(days)
    # Further away, it is asked for again.
    both.absences([(employee, MONDAY + timedelta(weeks=20))])
    both.push_until_sent()
    assert schedule_calls(both) == 2


@pytest.mark.behaviour("FX-16")
def test_a_schedule_that_holds_absences_is_asked_for_on_each_first_day(both: Transferred) -> None:
    employee = both.begin(hold_without_hours=True)
    days = [MONDAY + timedelta(weeks=number) for number in range(3)]

    both.absences((employee, day) for day in days)
    both.push_until_sent()

    assert len(both.rows()) == len(days)
    assert schedule_calls(both) == len(days)
