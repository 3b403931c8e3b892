"""What an import of absences reads of days, grades and words, and what it refuses."""

import unicodedata
from datetime import date

import pytest
from django.contrib.auth.models import User

from absences.models import Absence
from employees.models import Company, Employee
from tests.absences.transfer.lines import HEADER, line, notes
from tests.absences.transfer.test_import import preview, vacation
from tests.employees.transfer.files import confirm, reasons
from tests.factories import AbsenceFactory, AbsenceTypeFactory, EmployeeFactory

pytestmark = pytest.mark.django_db


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


@pytest.mark.behaviour("D-01")
def test_a_note_is_no_longer_than_its_page_takes(company: Company, anna: Employee, hr: User) -> None:
    days = ("vacation", "2026-03-02", "2026-03-06")
    job = preview(company, [HEADER, line(*days, note="x" * 1_001)], by=hr)
    assert reasons(job)[2] == [["note", "This is longer than 1000 characters. Shorten it."]]

    confirm(preview(company, [HEADER, line(*days, note="x" * 1_000)], by=hr), by_id=hr.pk)

    assert len(Absence.objects.get().note) == 1_000


@pytest.mark.behaviour("D-01")
def test_days_are_read_whatever_nobody_sees_in_them(company: Company, anna: Employee, hr: User) -> None:
    confirm(
        preview(company, [HEADER, line("vacation", "２０２６-03-02", "2026\u201103\u201106\u200b")], by=hr), by_id=hr.pk
    )

    assert Absence.objects.get().period == "2026-03-02 – 2026-03-06"


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
