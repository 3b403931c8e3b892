"""Days and grades that cannot be are refused on the page; those that can are kept."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from absences.models import Absence
from employees.values.dates import years_ahead
from tests.absences.test_admin import LIST, change, decide, kind, register
from tests.absences.test_doubts import text_of
from tests.factories import AbsenceFactory, EmployeeFactory


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize(
    ("changes", "fields", "said"),
    [
        ({"start": "0026-03-02"}, ["start"], "before 2000"),
        ({"start": "0026-03-02", "end": "0026-03-06"}, ["end", "start"], "before 2000"),
        ({"start": "1999-12-31"}, ["start"], "before 2000"),
        ({"end": "2062-03-06"}, ["end"], "more than 5 years ahead"),
        ({"start": "2062-03-02", "end": "2062-03-06"}, ["end", "start"], "more than 5 years ahead"),
        ({"start": "9999-12-31", "end": ""}, ["start"], "more than 5 years ahead"),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(
    hr_admin: Client, changes: dict[str, str], fields: list[str], said: str
) -> None:
    page = register(hr_admin, EmployeeFactory.create(first_workday=None), "vacation", **changes)

    assert sorted(page.context["adminform"].form.errors) == fields
    assert said in text_of(page)
    assert not Absence.objects.exists()


@pytest.mark.behaviour("D-02")
def test_the_first_and_the_last_day_that_can_be_are_taken(hr_admin: Client) -> None:
    last = years_ahead(timezone.localdate(), 5)
    person = EmployeeFactory.create(first_workday=None)

    register(hr_admin, person, "vacation", start="2000-01-01", end=last.isoformat())
    page = register(hr_admin, person, "vacation", start="2000-01-01", end=(last + timedelta(days=1)).isoformat())

    assert Absence.objects.get().end == last
    assert list(page.context["adminform"].form.errors) == ["end"]


@pytest.mark.behaviour("D-02")
def test_a_stored_day_that_cannot_be_blocks_only_an_edit_of_itself(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(type=kind("vacation"), end=date(2062, 3, 6))

    change(hr_admin, absence, note="Year?", grade="50", start="2026-03-03")
    assert (absence.note, absence.grade, absence.start) == ("Year?", 50, date(2026, 3, 3))

    page = change(hr_admin, absence, end="2062-03-07")
    assert list(page.context["adminform"].form.errors) == ["end"]
    change(hr_admin, absence, end="2026-03-07")
    assert absence.end == date(2026, 3, 7)


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize("note", ["x" * 1_200, "One\nBj\ufffdrn", "One\nBj\u00c3\u00b6rn"])
def test_a_stored_note_that_is_refused_or_asked_about_now_blocks_only_an_edit_of_itself(
    hr_admin: Client, note: str
) -> None:
    absence = AbsenceFactory.create(type=kind("vacation"), note=note)

    # As a browser sends it.
    change(hr_admin, absence, grade="50", note=note.replace("\n", "\r\n"))

    assert (absence.grade, absence.note) == (50, note)
    page = change(hr_admin, absence, note=f"{note}!")
    assert list(page.context["adminform"].form.errors) == ["note"]
    change(hr_admin, absence, note="Hem")
    assert absence.note == "Hem"


@pytest.mark.behaviour("D-02")
def test_a_stored_day_that_cannot_be_can_still_be_decided_on(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(type=kind("vacation"), start=date(26, 3, 2))

    decide(hr_admin, absence)

    assert absence.status == "approved"
    assert "0026-03-02" in text_of(hr_admin.get(LIST)) or hr_admin.get(LIST).status_code == 200


def test_half_a_day_on_the_leap_day_is_kept(hr_admin: Client) -> None:
    register(hr_admin, EmployeeFactory.create(), "vacation", start="2024-02-29", end="2024-02-29", grade="50")

    absence = Absence.objects.get()
    assert (absence.start, absence.days, absence.grade) == (date(2024, 2, 29), 1, 50)


@pytest.mark.parametrize("grade", ["50 %", "0,5", "0.5", "150", "0", "-50"])
def test_a_grade_is_a_whole_number_up_to_a_hundred(hr_admin: Client, grade: str) -> None:
    page = register(hr_admin, EmployeeFactory.create(), "vacation", grade=grade)

    assert list(page.context["adminform"].form.errors) == ["grade"]
    assert not Absence.objects.exists()
