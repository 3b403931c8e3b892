"""Absences that wait for each other's days, and fit once all have moved, go: what is to be taken away first (FX-22)."""

from datetime import date, timedelta

import pytest

from absences.models import Absence
from integrations.core.models import Problem
from tests.fortnox.absences.test_failures import refusal
from tests.fortnox.absences.test_overlaps import NEXT_WEEK, most_of_a_day
from tests.fortnox.absences.transferred import FRIDAY, MONDAY, VACATION, WEEK, Transferred, edit

pytestmark = [pytest.mark.behaviour("FX-22", "G-34"), pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)
NEXT_FRIDAY = NEXT_WEEK + 4 * DAY


def settle(both: Transferred) -> None:
    """Let everything go that goes by itself within minutes."""
    for _minute in range(3):
        both.push_until_sent()
        assert most_of_a_day(both) <= 100
        both.sweep()
    both.push_until_sent()


def rows(first: date, last: date, cause: str) -> list[tuple[str, str, int]]:
    days = ((first + number * DAY).isoformat() for number in range((last - first).days + 1))
    return [(day, cause, 100) for day in days]


def two(both: Transferred) -> tuple[Absence, Absence]:
    employee = both.begin()
    vacation = both.transferred(employee, code=VACATION)
    return vacation, both.transferred(employee, start=NEXT_WEEK, end=NEXT_FRIDAY)


def test_two_that_change_places_do(both: Transferred) -> None:
    vacation, sickness = two(both)

    edit(vacation, start=NEXT_WEEK, end=NEXT_FRIDAY)
    both.push_until_sent()
    edit(sickness, start=MONDAY, end=FRIDAY)
    settle(both)

    assert both.rows() == [*rows(MONDAY, FRIDAY, "SJK"), *rows(NEXT_WEEK, NEXT_FRIDAY, "SEM")]
    assert both.causes() == set()


def test_two_that_each_take_some_of_the_others_days_do(both: Transferred) -> None:
    employee = both.begin()
    vacation = both.transferred(employee, code=VACATION)
    sickness = both.transferred(employee, start=NEXT_WEEK, end=NEXT_WEEK + DAY)

    edit(vacation, start=MONDAY + 2 * DAY, end=NEXT_WEEK + DAY)
    edit(sickness, start=MONDAY, end=MONDAY + DAY)
    settle(both)

    assert both.rows() == [
        *rows(MONDAY, MONDAY + DAY, "SJK"),
        *rows(MONDAY + 2 * DAY, NEXT_WEEK + DAY, "SEM"),
    ]
    assert both.causes() == set()


def test_three_in_a_ring_move_on(both: Transferred) -> None:
    employee = both.begin()
    places = [MONDAY + number * DAY for number in range(3)]
    ring = [both.transferred(employee, code=VACATION, start=day, end=day) for day in places]

    for absence, day in zip(ring, [*places[1:], places[0]], strict=True):
        edit(absence, start=day, end=day, grade=absence.pk - ring[0].pk + 50)
    settle(both)

    assert both.rows() == [(WEEK[0], "SEM", 52), (WEEK[1], "SEM", 50), (WEEK[2], "SEM", 51)]
    assert both.causes() == set()


def test_days_that_were_given_up_are_named_where_the_rest_is_refused(both: Transferred) -> None:
    vacation, sickness = two(both)
    # The sickness takes five days; the first that the vacation is to get then is refused.
    both.sandbox.faults([refusal("POST", k=6)])

    edit(vacation, start=NEXT_WEEK, end=NEXT_FRIDAY)
    edit(sickness, start=MONDAY, end=FRIDAY)
    settle(both)

    assert both.rows() == rows(MONDAY, FRIDAY, "SJK")
    message = Problem.objects.get(state="open").message
    days = "2026-03-02 – 2026-03-06"
    assert f"These days left Fortnox before, for another absence, and are not put back: {days}." in message
    both.sandbox.clear_faults()
    both.retry()
    assert both.rows() == [*rows(MONDAY, FRIDAY, "SJK"), *rows(NEXT_WEEK, NEXT_FRIDAY, "SEM")]
    assert both.causes() == set()
