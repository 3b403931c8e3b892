"""What a preview of absences tells before anything is written, and the days and words that it reads or refuses."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from absences.models import Absence, AbsenceType
from employees.models import Company, Employee
from tests.absences.transfer.lines import HEADER, line, notes
from tests.absences.transfer.test_import import preview, vacation
from tests.employees.transfer.files import confirm, reasons
from tests.factories import AbsenceFactory, EmployeeFactory

pytestmark = pytest.mark.django_db


# --- Days in common ---------------------------------------------------------------------------------------


@pytest.mark.behaviour("D-12")
def test_both_rows_of_one_file_name_each_other(company: Company, anna: Employee, hr: User) -> None:
    lines = [line("vacation", "2026-03-02", "2026-03-06"), line("sick_leave", "2026-03-04", "2026-03-10")]

    job = preview(company, [HEADER, *lines], by=hr)

    days = "2026-03-04 – 2026-03-06. All together make 200 % of a day, more than a whole one."
    assert notes(job) == {
        2: [f"Days in common with row 3 (Sick leave, 2026-03-04 – 2026-03-10): {days}"],
        3: [f"Days in common with row 2 (Vacation, 2026-03-02 – 2026-03-06): {days}"],
    }
    assert not Absence.objects.exists()


@pytest.mark.behaviour("D-12")
def test_the_preview_shows_the_notes_before_the_import(hr_admin: Client, company: Company, anna: Employee) -> None:
    lines = [line("vacation", "2026-03-02", "2026-03-06"), line("sick_leave", "2026-03-04", "2026-03-10")]
    job = preview(company, [HEADER, *lines], by=User.objects.get(username="hr"))

    page = " ".join(
        hr_admin.get(reverse("admin:employees_importjob_change", args=[job.pk]), {"show": "new"})
        .content.decode()
        .split()
    )

    assert "Days in common with row 3" in page
    assert "Days in common with row 2" in page


@pytest.mark.behaviour("D-12")
def test_rows_far_apart_in_a_long_file_name_each_other(company: Company, anna: Employee, hr: User) -> None:
    between = [
        line("vacation", f"20{year:02}-05-{day:02}", f"20{year:02}-05-{day:02}")
        for year in range(5, 25)
        for day in range(1, 31)
    ]
    first, last = line("vacation", "2026-03-02", "2026-03-06"), line("sick_leave", "2026-03-06", "")

    job = preview(company, [HEADER, first, *between, last], by=hr)

    assert "row 603 (Sick leave, from 2026-03-06, no end yet): 2026-03-06." in " ".join(notes(job)[2])
    assert "row 2 (Vacation" in " ".join(notes(job)[603])


@pytest.mark.behaviour("D-12")
@pytest.mark.parametrize("moved_first", [True, False])
def test_a_row_that_moves_a_stored_absence_away_leaves_nothing_in_common(
    company: Company, anna: Employee, hr: User, moved_first: bool
) -> None:
    stored = AbsenceFactory.create(employee=anna, type=vacation())
    moved = line("vacation", "2026-03-02", "2026-03-03", number=stored.pk)
    new = line("sick_leave", "2026-03-04", "2026-03-10")

    job = preview(company, [HEADER, *([moved, new] if moved_first else [new, moved])], by=hr)

    assert (job.counts["new"], job.counts["changed"], notes(job)) == (1, 1, {})


@pytest.mark.behaviour("D-12")
def test_a_row_that_moves_a_stored_absence_onto_another_row_is_named(
    company: Company, anna: Employee, hr: User
) -> None:
    AbsenceFactory.create(employee=anna, type=vacation())

    job = preview(
        company,
        [HEADER, line("sick_leave", "2026-04-06", "2026-04-07"), line("vacation", "2026-03-02", "")],
        by=hr,
    )

    assert "row 3 (Vacation, from 2026-03-02, no end yet)" in notes(job)[2][0]
    assert "row 2 (Sick leave, 2026-04-06 – 2026-04-07)" in notes(job)[3][0]


@pytest.mark.behaviour("D-12")
def test_a_bad_row_is_not_written_and_so_has_nothing_in_common(company: Company, anna: Employee, hr: User) -> None:
    stored = AbsenceFactory.create(employee=anna, type=vacation(), end=date(2026, 3, 3))
    lines = [
        line("sick_leave", "2026-03-04", "2026-03-10"),
        line("vacation", "2026-03-05", "2026-03-06", grade="150"),
        line("vacation", "2026-03-02", "2026-03-20", number=stored.pk, grade="150"),
    ]

    job = preview(company, [HEADER, *lines], by=hr)

    assert (set(reasons(job)), notes(job)) == ({3, 4}, {})


@pytest.mark.behaviour("D-12")
@pytest.mark.parametrize("status", ["declined", "cancelled"])
def test_a_row_that_lets_an_absence_fall_has_nothing_in_common(
    company: Company, anna: Employee, hr: User, status: str
) -> None:
    stored = AbsenceFactory.create(employee=anna, type=vacation())
    fallen = line("vacation", "2026-03-02", "2026-03-06", number=stored.pk, status=status)

    job = preview(company, [HEADER, fallen, line("sick_leave", "2026-03-04", "2026-03-10")], by=hr)

    assert (job.counts["bad"], notes(job)) == (0, {})


@pytest.mark.behaviour("D-12")
def test_two_halves_of_two_types_are_told_mildly(company: Company, anna: Employee, hr: User) -> None:
    lines = [
        line("vacation", "2026-03-02", "2026-03-06", grade="50"),
        line("sick_leave", "2026-03-02", "2026-03-06", grade="50"),
    ]

    job = preview(company, [HEADER, *lines], by=hr)

    assert [text.endswith("All together make 100 % of a day.") for each in notes(job).values() for text in each] == [
        True,
        True,
    ]
    confirm(job, by_id=hr.pk)
    assert Absence.objects.count() == 2


def test_two_halves_of_one_type_in_one_file_are_the_very_same(company: Company, anna: Employee, hr: User) -> None:
    half = line("vacation", "2026-03-02", "2026-03-06", grade="50")

    job = preview(company, [HEADER, half, half], by=hr)

    assert reasons(job) == {3: [["", "Row 2 is the very same absence."]]}


@pytest.mark.behaviour("D-12")
def test_another_persons_absences_are_not_looked_at(company: Company, anna: Employee, hr: User) -> None:
    EmployeeFactory.create(company=company, employment_id="1002")
    AbsenceFactory.create(type=vacation())
    lines = [
        line("vacation", "2026-03-02", "2026-03-06"),
        line("vacation", "2026-03-02", "2026-03-06", employment_id="1002"),
    ]

    assert notes(preview(company, [HEADER, *lines], by=hr)) == {}


@pytest.mark.behaviour("D-12")
def test_a_start_moved_back_without_the_number_is_a_second_absence_and_noted(
    company: Company, anna: Employee, hr: User
) -> None:
    AbsenceFactory.create(employee=anna, type=vacation())

    job = preview(company, [HEADER, line("vacation", "2026-02-27", "2026-03-06")], by=hr)

    assert job.counts["new"] == 1
    assert "Days in common with Vacation, 2026-03-02 – 2026-03-06 (Requested)" in notes(job)[2][0]


def test_an_open_sick_leave_is_closed_with_another_grade(company: Company, anna: Employee, hr: User) -> None:
    leave = AbsenceType.objects.get(code="sick_leave")
    stored = AbsenceFactory.create(employee=anna, type=leave, end=None, status="approved")

    job = preview(company, [HEADER, line("Sick leave", "2026-03-02", "2026-04-20", grade="50")], by=hr)
    confirm(job, by_id=hr.pk)

    stored.refresh_from_db()
    assert (notes(job), stored.end, stored.grade, stored.days) == ({}, date(2026, 4, 20), 50, 50)


def test_what_a_refused_row_wants_is_not_seen_by_the_rows_after_it(company: Company, anna: Employee, hr: User) -> None:
    AbsenceFactory.create(employee=anna, type=vacation())
    half = AbsenceFactory.create(employee=anna, type=vacation(), start=date(2026, 3, 3), grade=50)
    lines = [
        line("vacation", "2026-03-02", "2062-03-06"),
        line("vacation", "2026-03-02", "2026-03-06", number=half.pk, grade="100"),
    ]

    job = preview(company, [HEADER, *lines], by=hr)

    assert "this very absence already" in reasons(job)[3][0][1]


def test_an_absence_takes_the_place_of_one_that_a_row_before_moved(company: Company, anna: Employee, hr: User) -> None:
    first = AbsenceFactory.create(employee=anna, type=vacation())
    second = AbsenceFactory.create(employee=anna, type=vacation(), start=date(2026, 5, 4), end=date(2026, 5, 8))
    lines = [
        line("vacation", "2026-04-06", "2026-04-10", number=first.pk),
        line("vacation", "2026-03-02", "2026-03-06", number=second.pk),
    ]

    job = confirm(preview(company, [HEADER, *lines], by=hr), by_id=hr.pk)

    assert reasons(job) == {}
    assert set(Absence.objects.values_list("pk", "start")) == {
        (first.pk, date(2026, 4, 6)),
        (second.pk, date(2026, 3, 2)),
    }


# --- Outside the employment -------------------------------------------------------------------------------


@pytest.mark.behaviour("D-12")
@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-03-04", None, ["first workday (2026-03-04): 2026-03-02 – 2026-03-03."]),
        (None, "2026-03-04", ["last workday (2026-03-04): 2026-03-05 – 2026-03-06."]),
        (
            "2026-03-03",
            "2026-03-05",
            ["first workday (2026-03-03): 2026-03-02.", "last workday (2026-03-05): 2026-03-06."],
        ),
        ("2027-01-01", None, ["first workday (2027-01-01): 2026-03-02 – 2026-03-06."]),
        (None, None, []),
    ],
)
def test_days_outside_the_employment_are_noted(
    company: Company, anna: Employee, hr: User, first: str | None, last: str | None, said: list[str]
) -> None:

    anna.first_workday = date.fromisoformat(first) if first else None
    anna.last_workday = date.fromisoformat(last) if last else None
    anna.save()

    job = preview(company, [HEADER, line("vacation", "2026-03-02", "2026-03-06")], by=hr)

    assert [text.split("person's ")[1] for text in notes(job).get(2, [])] == said
    confirm(job, by_id=hr.pk)
    assert Absence.objects.count() == 1


@pytest.mark.behaviour("D-12")
def test_an_end_that_is_emptied_goes_beyond_the_last_workday(company: Company, anna: Employee, hr: User) -> None:
    anna.last_workday = date(2026, 3, 31)
    anna.save()
    AbsenceFactory.create(employee=anna, type=vacation())

    job = preview(company, [HEADER, line("vacation", "2026-03-02", "")], by=hr)

    assert "from 2026-04-01, no end yet" in notes(job)[2][0]


def test_looking_at_the_file_asks_the_database_no_more_for_more_rows(
    company: Company, anna: Employee, hr: User
) -> None:
    def queries(rows: int) -> int:
        lines = [line("vacation", f"2026-05-{day:02}", f"2026-05-{day:02}") for day in range(1, rows + 1)]
        with CaptureQueriesContext(connection) as made:
            preview(company, [HEADER, *lines], by=hr)
        return len(made)

    assert queries(20) == queries(2)


# --- What happened between the preview and the import -----------------------------------------------------


@pytest.mark.behaviour("D-12")
@pytest.mark.parametrize(
    ("start", "end"), [("2026-03-06", "2026-03-09"), ("2026-03-01", None), ("2026-03-03", "2026-03-03")]
)
def test_days_in_common_that_nobody_saw_in_the_preview_are_not_written(
    company: Company, anna: Employee, hr: User, start: str, end: str | None
) -> None:
    lines = [HEADER, line("vacation", "2026-03-02", "2026-03-06"), line("vacation", "2026-05-04", "2026-05-05")]
    job = preview(company, lines, by=hr)
    other = AbsenceFactory.create(
        employee=anna, start=date.fromisoformat(start), end=date.fromisoformat(end) if end else None
    )

    confirm(job, by_id=hr.pk)

    moved = {row.number: row.errors[0][1] for row in job.rows.filter(state="moved")}
    assert set(moved) == ({2} if end else {2, 3})
    assert str(other.type) in moved[2]
    assert "Upload the row again" in moved[2]
    again = preview(company, lines, by=hr)
    assert 2 in notes(again)
    confirm(again, by_id=hr.pk)
    assert again.rows.get(number=2).state == "written"


@pytest.mark.behaviour("D-12")
def test_days_in_common_that_the_preview_named_are_written(company: Company, anna: Employee, hr: User) -> None:
    other = AbsenceFactory.create(employee=anna)
    lines = [line("vacation", "2026-03-02", "2026-03-06"), line("vacation", "2026-03-03", "2026-03-04")]
    job = preview(company, [HEADER, *lines], by=hr)
    other.note = "Greece"
    other.save()

    confirm(job, by_id=hr.pk)

    assert {row.state for row in job.rows.all()} == {"written"}


@pytest.mark.behaviour("D-12")
def test_an_absence_that_was_declined_or_is_anothers_holds_no_row_up(
    company: Company, anna: Employee, hr: User
) -> None:
    job = preview(company, [HEADER, line("vacation", "2026-03-02", "2026-03-06")], by=hr)
    AbsenceFactory.create(employee=anna, status=Absence.Status.DECLINED)
    AbsenceFactory.create(employee=EmployeeFactory.create(company=company))

    confirm(job, by_id=hr.pk)

    assert job.rows.get().state == "written"
