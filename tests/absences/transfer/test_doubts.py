"""What a preview of absences tells before anything is written, and the days and words that it reads or refuses."""

import unicodedata
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from absences.models import Absence, AbsenceType
from employees.models import Company, Employee, ImportJob
from tests.absences.conftest import make_user
from tests.absences.transfer.test_import import preview, vacation
from tests.employees.transfer.files import confirm, reasons
from tests.factories import AbsenceFactory, AbsenceTypeFactory, CompanyFactory, EmployeeFactory

pytestmark = pytest.mark.django_db
HEADER = ["Number", "Employment ID", "Type", "First day", "Last day", "Grade, %", "Note", "Status"]


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


@pytest.fixture
def anna(company: Company) -> Employee:
    return EmployeeFactory.create(company=company, employment_id="1001", given_name="Anna", family_name="Ek")


@pytest.fixture
def hr(db: None) -> User:
    return make_user("hr")


def line(kind: str, start: str, end: str, **others: Any) -> list[str]:
    """A row for Anna."""
    values = {"number": "", "employment_id": "1001", "grade": "", "note": "", "status": "", **others}
    rest = [str(values[name]) for name in ("grade", "note", "status")]
    return [str(values["number"]), str(values["employment_id"]), kind, start, end, *rest]


def notes(job: ImportJob) -> dict[int, list[str]]:
    return dict(job.rows.exclude(notes=[]).values_list("number", "notes"))


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


@pytest.mark.behaviour("D-12")
def test_a_refused_row_hides_nothing_from_those_after_it(company: Company, anna: Employee, hr: User) -> None:
    AbsenceFactory.create(employee=anna, type=vacation(), end=date(2026, 3, 9))
    lines = [
        line("vacation", "2026-03-02", "2026-03-03", grade="150"),
        line("sick_leave", "2026-03-09", "2026-03-10"),
    ]

    job = preview(company, [HEADER, *lines], by=hr)

    assert "Vacation, 2026-03-02 – 2026-03-09" in notes(job)[3][0]


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


# --- Days that cannot be --------------------------------------------------------------------------------


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize(
    ("start", "end", "columns"),
    [
        ("0026-03-02", "2026-03-06", ["start"]),
        ("0026-03-02", "0026-03-06", ["start", "end"]),
        ("2026-03-02", "2062-03-06", ["end"]),
        ("2062-03-02", "", ["start"]),
        ("1999-12-31", "", ["start"]),
        ("2026-03-02", "9999-12-31", ["end"]),
    ],
)
def test_days_that_cannot_be_are_bad_rows(
    company: Company, anna: Employee, hr: User, start: str, end: str, columns: list[str]
) -> None:
    job = preview(company, [HEADER, line("vacation", start, end)], by=hr)

    assert [column for column, _reason in reasons(job)[2]] == columns
    assert not Absence.objects.exists()


@pytest.mark.behaviour("D-02")
def test_a_stored_day_that_cannot_be_blocks_only_an_edit_of_itself(company: Company, anna: Employee, hr: User) -> None:
    stored = AbsenceFactory.create(employee=anna, type=vacation(), end=date(2062, 3, 6))

    note = preview(company, [["Number", "Note"], [str(stored.pk), "Year?"]], by=hr)
    moved = preview(company, [["Number", "Last day"], [str(stored.pk), "2062-03-07"]], by=hr)

    assert (reasons(note), [column for column, _reason in reasons(moved)[2]]) == ({}, ["end"])
    confirm(note, by_id=hr.pk)
    stored.refresh_from_db()
    assert stored.note == "Year?"


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-03-28", "2026-03-30", 3),
        ("2026-10-24", "2026-10-26", 3),
        ("2026-12-30", "2027-01-02", 4),
        ("2024-02-29", "2024-02-29", 1),
        ("2026-03-02", "2026-04-20", 50),
        ("2026-03-02", "2026-04-21", 51),
    ],
)
def test_each_calendar_day_counts_once(
    company: Company, anna: Employee, hr: User, start: str, end: str, days: int
) -> None:
    confirm(preview(company, [HEADER, line("vacation", start, end, grade="50")], by=hr), by_id=hr.pk)

    absence = Absence.objects.get()
    assert (absence.start.isoformat(), absence.end and absence.end.isoformat(), absence.days) == (start, end, days)


@pytest.mark.parametrize("grade", ["50 %", "0,5", "0.5", "150", "0", "-50", "half"])
def test_a_grade_is_a_whole_number_up_to_a_hundred(company: Company, anna: Employee, hr: User, grade: str) -> None:
    job = preview(company, [HEADER, line("vacation", "2026-03-02", "2026-03-06", grade=grade)], by=hr)

    assert [column for column, _reason in reasons(job)[2]] == ["grade"]


# --- Words ----------------------------------------------------------------------------------------------------


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize(
    "word",
    [
        unicodedata.normalize("NFD", "Föräldraledighet"),
        "Föräldra\u00adledighet",
        "\ufeffföräldraledighet\u200b",
        "Föräldraledighet\u00a0",
        "FÖRÄLDRALEDIGHET",
        "parent_se",
        "PARENT_SE\u200b",
        "ｐａｒｅｎｔ_se",
    ],
)
def test_a_type_is_known_by_what_is_seen_of_its_name_or_code(
    company: Company, anna: Employee, hr: User, word: str
) -> None:
    kind = AbsenceTypeFactory.create(name="Föräldraledighet", code="parent_se")

    confirm(preview(company, [HEADER, line(word, "2026-03-02", "2026-03-06")], by=hr), by_id=hr.pk)

    assert Absence.objects.get().type == kind


@pytest.mark.behaviour("D-01")
def test_a_type_that_is_stored_decomposed_is_found(company: Company, anna: Employee, hr: User) -> None:
    kind = AbsenceTypeFactory.create(name=unicodedata.normalize("NFD", "Föräldraledighet"))

    confirm(preview(company, [HEADER, line("Föräldraledighet", "2026-03-02", "2026-03-06")], by=hr), by_id=hr.pk)

    assert Absence.objects.get().type == kind


@pytest.mark.behaviour("D-01")
def test_a_name_that_two_types_have_but_for_capitals_is_refused(company: Company, anna: Employee, hr: User) -> None:
    AbsenceTypeFactory.create(name="VAB", code="vab_1")
    second = AbsenceTypeFactory.create(name="Vab", code="vab_2")

    job = preview(company, [HEADER, line("vab", "2026-03-02", "2026-03-06")], by=hr)

    assert reasons(job)[2] == [["type", "Several absence types have this name. Write the type's code."]]
    confirm(preview(company, [HEADER, line("vab_2", "2026-03-02", "2026-03-06")], by=hr), by_id=hr.pk)
    assert Absence.objects.get().type == second


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("status", ["Approved", "approved\u200b", "\u00a0APPROVED"])
def test_a_status_is_known_by_what_is_seen_of_it(company: Company, anna: Employee, hr: User, status: str) -> None:
    confirm(preview(company, [HEADER, line("vacation", "2026-03-02", "", status=status)], by=hr), by_id=hr.pk)

    assert Absence.objects.get().status == "approved"


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize(
    "employment_id",
    ["10\u00a001", "1001\u200b", "\ufeff1001", "１００１", "\u200e1001", " 1001 "],
)
def test_a_person_is_known_by_what_is_seen_of_the_employment_id(
    company: Company, anna: Employee, hr: User, employment_id: str
) -> None:
    anna.employment_id = "10 01" if "\u00a0" in employment_id else "1001"
    anna.save()

    job = preview(company, [HEADER, line("vacation", "2026-03-02", "", employment_id=employment_id)], by=hr)

    assert reasons(job) == {}
    confirm(job, by_id=hr.pk)
    assert anna.absences.count() == 1


@pytest.mark.behaviour("D-01")
def test_a_decomposed_employment_id_finds_its_person(company: Company, hr: User) -> None:
    person = EmployeeFactory.create(company=company, employment_id="Å-7")

    confirm(
        preview(company, [HEADER, line("vacation", "2026-03-02", "", employment_id="A\u030a-7")], by=hr), by_id=hr.pk
    )

    assert person.absences.count() == 1


@pytest.mark.behaviour("D-01")
def test_a_note_that_differs_in_nothing_that_is_seen_changes_nothing(
    company: Company, anna: Employee, hr: User
) -> None:
    stored = AbsenceFactory.create(employee=anna, type=vacation(), note="Åre")

    job = preview(company, [["Number", "Note"], [str(stored.pk), "A\u030are\u200b"]], by=hr)

    assert (job.counts["unchanged"], job.rows.count()) == (1, 0)


@pytest.mark.behaviour("D-11")
def test_a_note_of_lost_letters_is_refused_and_a_wrongly_read_one_told(
    company: Company, anna: Employee, hr: User
) -> None:
    lost = line("vacation", "2026-03-02", "2026-03-06", note="Bj\ufffdrn")
    wrong = line("vacation", "2026-04-06", "2026-04-07", note="Bj\u00c3\u00b6rn")

    job = preview(company, [HEADER, lost, wrong], by=hr)

    assert [column for column, _reason in reasons(job)[2]] == ["note"]
    assert "It most likely says “Björn”." in notes(job)[3][0]
