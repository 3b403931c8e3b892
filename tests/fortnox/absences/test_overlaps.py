"""The same day is not sent twice, whichever way two absences come to overlap (FX-22)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from absences.models import Absence
from integrations.core.models import Link, MassChange, Problem
from integrations.core.releasing import drop_mass_change
from tests.core.runs.both_sides import change
from tests.fortnox.absences.test_failures import refusal
from tests.fortnox.absences.transferred import FRIDAY, MONDAY, VACATION, WEEK, Transferred, edit

pytestmark = [pytest.mark.behaviour("FX-22"), pytest.mark.django_db(transaction=True)]
NEXT_WEEK = MONDAY + timedelta(days=7)
WEDNESDAY = MONDAY + timedelta(days=2)


def most_of_a_day(both: Transferred) -> int:
    total: dict[str, int] = {}
    for day, _cause, extent in both.rows():
        total[day] = total.get(day, 0) + extent
    return max(total.values(), default=0)


def told(both: Transferred) -> Problem:
    return Problem.objects.get(connection=both.connection, cause="absence:overlap", state="open")


def two_weeks(both: Transferred, **later: Any) -> tuple[Absence, Absence]:
    """Return two absences in Fortnox that have no day in common."""
    employee = both.begin()
    return both.transferred(employee, code=VACATION), both.transferred(
        employee, start=NEXT_WEEK, end=NEXT_WEEK + timedelta(days=1), **later
    )


def test_of_two_that_come_together_the_one_registered_later_is_held_and_both_are_named(both: Transferred) -> None:
    employee = both.begin()
    first = both.absence(employee, code=VACATION)
    later = both.absence(employee, start=WEDNESDAY, end=NEXT_WEEK)

    both.push()

    assert both.rows() == [(day, "SEM", 100) for day in WEEK]
    problem = told(both)
    assert employee.full_name in problem.label
    assert "2026-03-04 – 2026-03-09" in problem.label
    assert problem.message == (
        "On 2026-03-04 – 2026-03-06 the person would be absent more than 100 % in all, together with what is"
        " registered for 2026-03-02 – 2026-03-06 (100 %)."
    )
    assert both.line(later) == f"held: {problem.message}"
    assert both.line(first).startswith("in Fortnox: 5 days")

    # It goes by itself as soon as nothing is in its way.
    edit(first, end=WEDNESDAY - timedelta(days=1))
    both.push()
    assert both.rows() == [
        *[(day, "SEM", 100) for day in WEEK[:2]],
        *[(f"2026-03-{day:02}", "SJK", 100) for day in range(4, 10)],
    ]
    assert both.causes() == set()


def test_halves_of_a_day_go_together_and_more_do_not(both: Transferred) -> None:
    employee = both.begin()
    both.absence(employee, code=VACATION, grade=50)
    later = both.absence(employee, grade=50)
    both.push()
    assert len(both.rows()) == 10

    edit(later, grade=60)
    both.push()
    assert most_of_a_day(both) == 100
    assert "held: On 2026-03-02 – 2026-03-06" in both.line(later)

    edit(later, grade=40)
    both.push()
    assert (most_of_a_day(both), both.causes()) == (90, set())


@pytest.mark.parametrize("which", ["earlier", "later"])
def test_an_edit_that_makes_the_overlap_is_held_and_what_stands_in_fortnox_stays(both: Transferred, which: str) -> None:
    earlier, later = two_weeks(both)
    before = both.rows()

    if which == "earlier":
        edit(earlier, end=NEXT_WEEK)
    else:
        edit(later, start=FRIDAY)
    both.push()

    assert both.rows() == before
    edited = earlier if which == "earlier" else later
    assert "held: On 2026-03-0" in both.line(edited)

    # Whichever of the two gives way, the other one goes.
    edit(later if which == "earlier" else earlier, status=Absence.Status.DECLINED)
    both.push()
    assert (most_of_a_day(both), both.causes()) == (100, set())
    assert both.line(edited).startswith("in Fortnox:")


def test_another_type_takes_no_day_of_its_own_absence_twice(both: Transferred) -> None:
    earlier, _later = two_weeks(both)
    edit(earlier, type=both.absence(earlier.employee, start=date(2026, 5, 4), end=date(2026, 5, 4)).type)
    both.push()
    assert [row for row in both.rows() if row[0] in WEEK] == [(day, "SJK", 100) for day in WEEK]


def test_one_that_is_deleted_lets_the_other_go(both: Transferred) -> None:
    employee = both.begin()
    first = both.transferred(employee, code=VACATION)
    later = both.transferred(employee)
    assert "held:" in both.line(later)

    first.delete()
    both.push()

    assert both.rows() == [(day, "SJK", 100) for day in WEEK]
    assert both.causes() == set()


@pytest.mark.parametrize(
    "first",
    [
        {"status": Absence.Status.REQUESTED},
        {"status": Absence.Status.DECLINED},
        {"code": "remote_work"},
        {"code": "education"},
        {"end": None},
    ],
    ids=["requested", "declined", "no work days", "no answer", "no end"],
)
def test_only_what_is_to_be_sent_counts(both: Transferred, first: dict[str, Any]) -> None:
    employee = both.begin()
    both.absence(employee, **{"code": VACATION, **first})
    both.absence(employee)
    both.push()
    assert both.rows() == [(day, "SJK", 100) for day in WEEK]


def test_one_that_is_approved_later_waits_for_the_one_that_was_sent_before(both: Transferred) -> None:
    employee = both.begin()
    asked = both.absence(employee, code=VACATION, status=Absence.Status.REQUESTED)
    both.transferred(employee)

    edit(asked, status=Absence.Status.APPROVED)
    both.push()

    assert both.rows() == [(day, "SJK", 100) for day in WEEK]
    assert "held:" in both.line(asked)


def test_one_that_fortnox_refuses_keeps_no_other_back(both: Transferred) -> None:
    employee = both.begin()
    first = both.absence(employee, code=VACATION)
    both.sandbox.faults([refusal("POST")])
    both.push()
    assert "refused" in both.line(first)

    both.absence(employee)
    both.push()
    assert both.rows() == [(day, "SJK", 100) for day in WEEK]

    # Tried again, it is the one that waits.
    both.retry()
    assert most_of_a_day(both) == 100
    assert "held:" in both.line(first)


def test_days_that_leave_fortnox_are_waited_for_without_a_word(both: Transferred) -> None:
    earlier, _later = two_weeks(both)
    edit(earlier, start=date(2026, 4, 6), end=date(2026, 4, 10))
    new = both.absence(earlier.employee)

    both.push_until_sent()
    both.sweep()
    both.push_until_sent()

    assert both.line(new).startswith("in Fortnox: 5 days")
    assert not Problem.objects.filter(cause="absence:overlap").exists()


def test_tried_again_and_dismissed_it_still_goes_once_nothing_is_in_its_way(both: Transferred) -> None:
    employee = both.begin()
    first = both.transferred(employee, code=VACATION)
    later = both.transferred(employee)
    both.retry()
    assert told(both).count == 2

    Problem.objects.update(state=Problem.State.DISMISSED)
    both.sweep()
    both.push()
    assert both.rows() == [(day, "SEM", 100) for day in WEEK]

    edit(first, status=Absence.Status.CANCELLED)
    both.push()
    assert both.line(later).startswith("in Fortnox: 5 days")


def test_what_waits_with_a_mass_change_counts_until_that_is_dropped(both: Transferred) -> None:
    employee = both.begin()
    first = both.absence(employee, code=VACATION)
    mass = MassChange.objects.create(connection=both.connection, key="x", label="x", people=1)
    both.connection.marks.update(held_by=f"mass:{mass.pk}")
    later = both.transferred(employee)
    assert "held:" in both.line(later)

    drop_mass_change(mass_change=mass, by=User.objects.get(username="hanna"))
    both.sweep()
    both.push()

    assert both.rows() == [(day, "SJK", 100) for day in WEEK]
    assert "not transferred" in both.line(first)


def test_days_twice_in_fortnox_from_before_stay_and_do_not_grow(both: Transferred) -> None:
    earlier, later = two_weeks(both)
    for day in ("2026-03-09", "2026-03-10"):
        both.sandbox.add("fortnox", "absences", {"EmployeeId": "101", "Date": day, "CauseCode": "SEM", "Extent": 100})
    ids = {row["Date"]: row["id"] for row in both.sandbox.state("fortnox", "absences") if row["CauseCode"] == "SEM"}
    parent = Link.objects.get(left_id=f"absence:{earlier.pk}")
    for day in ("2026-03-09", "2026-03-10"):
        options = {"day": day, "cause": "SEM", "extent": 100, "employee_id": "101", "hours": "8"}
        Link.objects.create(
            connection=both.connection,
            resource="absence_days",
            parent=parent,
            left_id=f"absence:{earlier.pk}:{day}:SEM",
            right_id=ids[day],
            options=options,
            state="active",
        )
    edit(later, note="A word")
    both.push()
    assert both.causes() == set()
    assert len(both.rows()) == 9


@pytest.mark.parametrize(("typed", "grade"), [(100, 100), (60, 50)])
def test_what_somebody_typed_of_another_cause_comes_first(both: Transferred, typed: int, grade: int) -> None:
    employee = both.begin()
    row_ids = [both.typed(day, cause="SEM", extent=typed) for day in WEEK[:2]]
    absence = both.transferred(employee, grade=grade)

    assert both.rows() == [(day, "SEM", typed) for day in WEEK[:2]]
    assert f"Already in Fortnox: 2026-03-02: Semester (SEM), {typed} %" in both.line(absence)
    assert "With the absence, a day would make more than 100 %." in both.line(absence)

    for row_id in row_ids:
        both.sandbox.remove("fortnox", "absences", row_id)
    both.retry()
    assert both.rows() == [(day, "SJK", grade) for day in WEEK]
    assert both.causes() == set()


def test_a_grade_that_grows_beside_what_somebody_typed_is_not_sent(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee, grade=50)
    both.typed(WEEK[0], cause="SEM", extent=50)

    edit(absence, grade=60)
    both.push()

    assert most_of_a_day(both) == 100
    assert "With the absence, a day would make more than 100 %." in both.line(absence)
    edit(absence, grade=40)
    both.push()
    assert most_of_a_day(both) == 90


def test_halves_beside_what_somebody_typed_go(both: Transferred) -> None:
    employee = both.begin()
    both.typed(WEEK[0], cause="SEM", extent=50)
    both.transferred(employee, grade=50)
    assert len(both.rows()) == 6
    third = both.transferred(employee, code=VACATION, grade=30)
    assert len(both.rows()) == 6
    assert "Already in Fortnox" in both.line(third)


def test_of_one_that_has_moved_it_is_said_what_fortnox_still_holds(both: Transferred) -> None:
    employee = both.begin()
    moved = both.transferred(employee, code=VACATION)
    change(employee, last_workday=date(2026, 4, 30))
    both.push_until_sent()
    # Its new days lie outside the employment: it waits, and its rows of March stand.
    edit(moved, start=date(2026, 5, 4), end=date(2026, 5, 5))
    both.push_until_sent()
    held = both.transferred(employee, end=MONDAY + timedelta(days=1))

    assert both.line(held) == (
        "held: On 2026-03-02 – 2026-03-03 the person would be absent more than 100 % in all, together with what is"
        " registered for 2026-05-04 – 2026-05-05 (100 %), of which Fortnox still holds 2026-03-02 – 2026-03-03."
    )
    edit(moved, status=Absence.Status.DECLINED)
    both.push_until_sent()
    both.sweep()
    both.push_until_sent()
    assert both.rows() == [(day, "SJK", 100) for day in WEEK[:2]]


def test_what_is_said_of_one_that_is_held_follows_the_others(both: Transferred) -> None:
    employee = both.begin()
    first = both.transferred(employee, code=VACATION)
    held = both.transferred(employee)
    assert "registered for 2026-03-02 – 2026-03-06 (100 %)" in both.line(held)

    edit(first, end=WEDNESDAY)
    both.push_until_sent()
    both.sweep()
    both.push_until_sent()

    assert "On 2026-03-02 – 2026-03-04" in both.line(held)
    assert "registered for 2026-03-02 – 2026-03-04 (100 %)" in both.line(held)
