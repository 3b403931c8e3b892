"""Which rows an absence wants in Fortnox, and what is done about those that stand there; no database, no HTTP."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.fortnox.absence_rules import (
    AbsenceValues,
    KnownRow,
    Mapped,
    Schedule,
    TransferSettings,
    Wanted,
    WantedRow,
    Why,
    days_of,
    days_to_read,
    plan_changes,
)
from tests.fortnox.absence_values import (
    ANY_ABSENCE,
    MONDAY,
    ON,
    SICK,
    absence,
    carried_out,
    days,
    known,
    lasting,
    plan,
    want,
)

# --- What is wanted -----------------------------------------------------------------------------------


def test_an_absence_wants_one_row_per_calendar_day_with_its_grade() -> None:
    rows = want(lasting(7, grade=50)).rows

    assert days(rows) == [MONDAY + timedelta(days=number) for number in range(7)]
    assert {(row.cause, row.extent) for row in rows} == {("SJK", 50)}


@pytest.mark.behaviour("FX-10")
@pytest.mark.parametrize(
    ("values", "mapped", "why"),
    [
        (absence(counts_as_work_days=False), SICK, Why.NOT_WORK_DAYS),
        (absence(approved=False), SICK, Why.NOT_APPROVED),
        (absence(end=None), SICK, Why.OPEN_END),
        (absence(), Mapped(), Why.NOT_ANSWERED),
        (absence(), Mapped(answered=True), Why.NOT_TRANSFERRED),
        (absence(deleted=True), SICK, Why.DELETED),
        (absence(disconnected=True), SICK, Why.DISCONNECTED),
    ],
)
def test_each_condition_that_fails_is_told(values: AbsenceValues, mapped: Mapped, why: Why) -> None:
    assert want(values, mapped=mapped) == Wanted(why=why)


@pytest.mark.behaviour("FX-03")
def test_nothing_is_wanted_while_the_setting_is_off_and_what_stands_stays() -> None:
    standing = known(want(absence()).rows)

    made = plan(absence(deleted=True), standing, settings=TransferSettings())

    assert (made.why, made.changes, made.kept) == (Why.SWITCHED_OFF, (), tuple(standing))


@pytest.mark.behaviour("FX-14")
@pytest.mark.parametrize(("length", "rows"), [(1, 1), (49, 49), (50, 50), (51, 0), (400, 0)])
def test_fifty_days_go_and_fifty_one_do_not(length: int, rows: int) -> None:
    wanted = want(lasting(length))

    assert (len(wanted.rows), wanted.why) == (rows, None if rows else Why.TOO_LONG)


@pytest.mark.parametrize(
    ("start", "end", "number"),
    [
        (date(2026, 1, 30), date(2026, 2, 2), 4),
        (date(2026, 12, 30), date(2027, 1, 2), 4),
        (date(2028, 2, 28), date(2028, 3, 1), 3),
        # Clocks are turned on the last Sundays of March and October.
        (date(2026, 3, 28), date(2026, 3, 30), 3),
        (date(2026, 10, 24), date(2026, 10, 26), 3),
        (MONDAY, MONDAY, 1),
    ],
)
def test_borders_of_months_years_and_summer_time_lose_and_double_no_day(start: date, end: date, number: int) -> None:
    found = days(want(absence(start=start, end=end)).rows)

    assert (found[0], found[-1], len(set(found)), len(found)) == (start, end, number, number)


def test_an_end_before_the_start_has_no_days() -> None:
    assert days_of(MONDAY, MONDAY - timedelta(days=1)) == []


# --- Days without hours -------------------------------------------------------------------------------

WEEK = {MONDAY + timedelta(days=number): Decimal(8 if number < 5 else 0) for number in range(7)}
LEAVE_OUT = replace(ON, send_days_without_hours=False)
HOLD = replace(ON, hold_without_hours=True)


def test_days_without_hours_are_left_out_where_that_is_set() -> None:
    schedule = Schedule(hours=WEEK)

    assert len(want(lasting(7), settings=LEAVE_OUT, schedule=schedule).rows) == 5
    assert len(want(lasting(7), settings=ON, schedule=schedule).rows) == 7


def test_nothing_is_sent_before_the_hours_of_every_day_are_read() -> None:
    part = Schedule(hours={MONDAY: Decimal(8)})

    assert want(lasting(7), settings=LEAVE_OUT, schedule=part).why is Why.SCHEDULE_UNREAD
    assert days_to_read(lasting(7), settings=LEAVE_OUT, schedule=part) == list(WEEK)[1:]
    assert days_to_read(lasting(7), settings=ON, schedule=part) == []
    assert days_to_read(lasting(51), settings=LEAVE_OUT, schedule=part) == []


@pytest.mark.behaviour("FX-16")
@pytest.mark.parametrize(("has_hours", "why"), [(False, Why.NO_HOURS), (True, None), (None, None)])
def test_a_person_without_hours_is_held_where_that_is_set(has_hours: bool | None, why: Why | None) -> None:
    schedule = Schedule(has_hours=has_hours)

    assert want(absence(), settings=HOLD, schedule=schedule).why is why
    assert want(absence(), settings=ON, schedule=schedule).why is None


# --- What changes ---------------------------------------------------------------------------------------


def test_an_unchanged_absence_changes_nothing() -> None:
    standing = known(want(absence()).rows)

    made = plan(absence(), standing)

    assert (made.changes, made.kept) == ((), tuple(standing))


@pytest.mark.behaviour("FX-11")
def test_changed_dates_send_only_the_days_that_change() -> None:
    standing = known(want(lasting(5)).rows)

    moved = plan(absence(start=MONDAY + timedelta(days=1), end=MONDAY + timedelta(days=6)), standing)

    assert (days(moved.create), days(moved.update), days(moved.delete)) == (
        [MONDAY + timedelta(days=5), MONDAY + timedelta(days=6)],
        [],
        [MONDAY],
    )


@pytest.mark.behaviour("FX-11")
def test_another_grade_updates_every_day_in_place() -> None:
    standing = known(want(lasting(5)).rows)

    made = plan(lasting(5, grade=50), standing)

    assert (len(made.update), made.create, made.delete) == (5, (), ())
    assert {change.wanted.extent for change in made.update if change.wanted} == {50}


@pytest.mark.behaviour("FX-11")
def test_another_type_takes_the_old_rows_away_and_brings_new_ones() -> None:
    standing = known(want(lasting(3)).rows)

    made = plan(lasting(3), standing, mapped=Mapped(answered=True, cause="VAB"))

    assert (len(made.create), len(made.update), len(made.delete)) == (3, 0, 3)


@pytest.mark.behaviour("FX-12")
@pytest.mark.parametrize("changes", [{"end": None}, {"approved": False}, {"deleted": True}])
def test_without_end_approval_or_absence_the_rows_go(changes: dict[str, Any]) -> None:
    standing = known(want(lasting(3)).rows)

    made = plan(lasting(3) if not changes else replace(lasting(3), **changes), standing)

    assert (days(made.delete), made.kept) == (days(standing), ())


@pytest.mark.behaviour("FX-13")
@pytest.mark.parametrize("changes", [{}, {"grade": 50}, {"approved": False}, {"deleted": True}, {"end": None}])
def test_a_disconnected_absence_leaves_its_rows_whatever_changes(changes: dict[str, Any]) -> None:
    standing = known(want(absence()).rows)

    made = plan(replace(absence(disconnected=True), **changes), standing)

    assert (made.why, made.changes, made.kept) == (Why.DISCONNECTED, (), tuple(standing))


@pytest.mark.behaviour("FX-14")
def test_an_absence_that_grows_past_fifty_days_keeps_its_rows_and_one_that_shrinks_back_is_handled_again() -> None:
    standing = known(want(lasting(40)).rows)

    grown = plan(lasting(51), standing)
    assert (grown.why, grown.changes, len(grown.kept), grown.blocked) == (Why.TOO_LONG, (), 40, ())

    shrunk = plan(lasting(42), standing)
    assert (shrunk.why, len(shrunk.create), shrunk.delete) == (None, 2, ())


@pytest.mark.behaviour("FX-14")
@pytest.mark.parametrize(
    ("changes", "blocked"), [({"deleted": True}, 40), ({"approved": False}, 40), ({"grade": 50}, 40), ({}, 0)]
)
def test_rows_of_a_too_long_absence_that_cannot_follow_are_named(changes: dict[str, Any], blocked: int) -> None:
    made = plan(lasting(60, **changes), known(want(lasting(40)).rows))

    assert (made.changes, len(made.blocked)) == ((), blocked)


@pytest.mark.behaviour("FX-14")
def test_days_that_a_too_long_absence_no_longer_covers_are_named() -> None:
    later = absence(start=MONDAY + timedelta(days=2), end=MONDAY + timedelta(days=60))

    made = plan(later, known(want(lasting(5)).rows))

    assert days(made.blocked) == [MONDAY, MONDAY + timedelta(days=1)]


@pytest.mark.behaviour("FX-19")
def test_days_of_closed_payroll_are_listed_and_not_touched() -> None:
    closed_to = MONDAY + timedelta(days=1)
    standing = known(want(lasting(3)).rows)

    created = plan(lasting(3), [], closed_to=closed_to)
    assert (days(created.create), days(created.closed)) == (days(standing)[2:], days(standing)[:2])

    changed = plan(lasting(3, grade=50), standing, closed_to=closed_to)
    assert (days(changed.update), days(changed.closed)) == (days(standing)[2:], days(standing)[:2])

    deleted = plan(lasting(3, deleted=True), standing, closed_to=closed_to)
    assert (days(deleted.delete), days(deleted.closed)) == (days(standing)[2:], days(standing)[:2])


def test_of_two_linked_rows_of_one_day_one_goes() -> None:
    rows = [KnownRow("a", MONDAY, "SJK", 100), KnownRow("b", MONDAY, "SJK", 100)]

    made = plan(lasting(1), rows)

    assert ([row.row_id for row in made.kept], [change.row for change in made.delete]) == (["a"], [rows[1]])


ANY_CAUSE = st.sampled_from(["SJK", "VAB", ""]).map(lambda cause: Mapped(answered=True, cause=cause))


@given(ANY_ABSENCE, ANY_CAUSE, ANY_ABSENCE, ANY_CAUSE)
def test_a_plan_makes_exactly_the_wanted_rows_and_then_nothing_more(
    before: AbsenceValues, cause_before: Mapped, after: AbsenceValues, cause_after: Mapped
) -> None:
    standing = known(want(before, mapped=cause_before).rows)
    wanted = want(after, mapped=cause_after)

    made = plan_changes(after, wanted, standing, closed_to=None)

    result = carried_out(standing, made)
    expected = standing if wanted.why is Why.TOO_LONG else wanted.rows
    assert result == {(row.day, row.cause, row.extent) for row in expected}
    again = plan_changes(after, wanted, known(WantedRow(*row) for row in result), closed_to=None)
    assert again.changes == ()


@given(ANY_ABSENCE, ANY_ABSENCE, st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_no_call_is_on_a_closed_day_and_none_is_lost(
    before: AbsenceValues, after: AbsenceValues, closed_to: date
) -> None:
    standing = known(want(before).rows)

    free = plan(after, standing)
    made = plan(after, standing, closed_to=closed_to)

    assert all(day > closed_to for day in days(made.changes))
    assert all(day <= closed_to for day in days(made.closed))
    assert sorted(days((*made.changes, *made.closed))) == sorted(days(free.changes))


@given(ANY_ABSENCE, ANY_ABSENCE)
def test_no_row_is_touched_twice(before: AbsenceValues, after: AbsenceValues) -> None:
    made = plan(after, known(want(before).rows))

    touched = [change.row.row_id for change in made.changes if change.row] + [row.row_id for row in made.kept]
    assert len(touched) == len(set(touched))
