"""Days in common and days outside the employment, on the pages: told before an absence is saved or decided on."""

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from absences.models import Absence
from employees.models import Employee
from tests.absences.test_admin import ADD, change, choose, decide, kind, page_of, register
from tests.factories import AbsenceFactory, EmployeeFactory
from tests.page_forms import Control
from tests.pages import form_of, press

COMMON = "answer.start.days_in_common"
BEFORE = "answer.start.outside_employment"
AFTER = "answer.end.outside_employment"


@pytest.fixture
def vacation(db: None) -> Absence:
    """Two to six March, the whole day, of somebody employed from 2020 on."""
    return AbsenceFactory.create(type=kind("vacation"))


def boxes(page: Any) -> list[Control]:
    return [each for each in form_of(page).controls if each.name.startswith("answer.") and each.kind == "checkbox"]


def confirm(client: Client, page: Any, **changes: Any) -> Any:
    """Tick every question of the page, and save."""
    ticks = {each.name: each.attributes["value"] for each in boxes(page)}
    return press(client, page, changes={**ticks, **changes}, follow=True)


def asked(page: Any) -> list[str]:
    return [each.name for each in boxes(page)]


def text_of(page: Any) -> str:
    return " ".join(page.content.decode().split())


def warnings(answer: Any) -> str:
    found = [*answer.context["messages"]] if answer.context else [*get_messages(answer.wsgi_request)]
    return " ".join(str(message) for message in found if message.level_tag == "warning")


# --- Registering and changing ---------------------------------------------------------------------------


@pytest.mark.behaviour("D-12")
def test_days_in_common_are_named_on_the_page_and_saved_only_once_that_is_confirmed(
    hr_admin: Client, vacation: Absence
) -> None:
    page = register(hr_admin, vacation.employee, "sick_leave", start="2026-03-04", end="2026-03-10")

    assert (Absence.objects.count(), asked(page)) == (1, [COMMON])
    assert "Days in common with Vacation, 2026-03-02 – 2026-03-06 (Requested): 2026-03-04 – 2026-03-06." in text_of(
        page
    )
    assert "200 % of a day" in text_of(page)

    confirm(hr_admin, page)

    assert Absence.objects.count() == 2


@pytest.mark.behaviour("D-12")
def test_without_the_tick_it_is_asked_again(hr_admin: Client, vacation: Absence) -> None:
    page = register(hr_admin, vacation.employee, "sick_leave")

    again = press(hr_admin, page)

    assert (Absence.objects.count(), asked(again)) == (1, [COMMON])


@pytest.mark.behaviour("D-12")
@pytest.mark.parametrize("changes", [{"end": "2026-03-11"}, {"grade": "60"}, {"end": ""}], ids=["end", "grade", "open"])
def test_an_answer_does_not_count_for_other_days(hr_admin: Client, vacation: Absence, changes: dict[str, str]) -> None:
    page = register(hr_admin, vacation.employee, "sick_leave", start="2026-03-04", end="2026-03-10")

    again = confirm(hr_admin, page, **changes)

    assert (Absence.objects.count(), asked(again)) == (1, [COMMON])
    confirm(hr_admin, again)
    assert Absence.objects.count() == 2


@pytest.mark.behaviour("D-12")
def test_an_answer_does_not_count_for_another_person(hr_admin: Client, vacation: Absence) -> None:
    twin = EmployeeFactory.create(company=vacation.employee.company)
    AbsenceFactory.create(employee=twin, type=vacation.type)
    page = register(hr_admin, vacation.employee, "sick_leave")

    again = confirm(hr_admin, page, employee=twin.pk)

    assert (twin.absences.count(), asked(again)) == (1, [COMMON])


@pytest.mark.behaviour("D-12")
def test_several_absences_with_days_in_common_are_one_question_that_names_each(
    hr_admin: Client, vacation: Absence
) -> None:
    AbsenceFactory.create(
        employee=vacation.employee, type=kind("time_in_lieu"), start=date(2026, 3, 9), end=None, status="approved"
    )

    page = register(hr_admin, vacation.employee, "sick_leave", start="2026-03-04", end="")

    assert asked(page) == [COMMON]
    assert "Days in common with Vacation" in text_of(page)
    assert "Days in common with Time in lieu, from 2026-03-09, no end yet (Approved)" in text_of(page)
    confirm(hr_admin, page)
    assert Absence.objects.count() == 3


@pytest.mark.behaviour("D-12")
def test_two_halves_of_two_types_are_told_before_they_are_saved(hr_admin: Client, vacation: Absence) -> None:
    vacation.grade = 50
    vacation.save()

    page = register(hr_admin, vacation.employee, "sick_leave", grade="50")

    assert (Absence.objects.count(), asked(page)) == (1, [COMMON])
    assert "Days in common with Vacation" in text_of(page)
    assert "100 % of a day" in text_of(page)
    confirm(hr_admin, page)
    assert Absence.objects.count() == 2


@pytest.mark.behaviour("D-12")
def test_a_third_half_on_the_same_day_is_asked_about(hr_admin: Client) -> None:
    half = AbsenceFactory.create(type=kind("vacation"), grade=50)
    AbsenceFactory.create(employee=half.employee, type=kind("time_in_lieu"), grade=50)

    page = register(hr_admin, half.employee, "sick_leave", grade="50")

    assert (Absence.objects.count(), asked(page)) == (2, [COMMON])
    assert "150 % of a day" in text_of(page)


def test_two_halves_of_one_type_are_the_very_same_absence(hr_admin: Client, vacation: Absence) -> None:
    vacation.grade = 50
    vacation.save()

    page = register(hr_admin, vacation.employee, "vacation", grade="50")

    assert "this very absence already" in text_of(page)
    assert Absence.objects.count() == 1


@pytest.mark.behaviour("D-12")
@pytest.mark.parametrize("status", ["declined", "cancelled"])
def test_what_was_declined_or_cancelled_is_not_asked_about(hr_admin: Client, status: str) -> None:
    fallen = AbsenceFactory.create(type=kind("vacation"), status=status)

    register(hr_admin, fallen.employee, "sick_leave")

    assert Absence.objects.filter(type=kind("sick_leave")).exists()


@pytest.mark.behaviour("D-12")
def test_an_absence_has_no_days_in_common_with_itself(hr_admin: Client, vacation: Absence) -> None:
    answer = change(hr_admin, vacation, start="2026-03-03", end="2026-03-20", grade="80")

    assert (vacation.end, vacation.grade, warnings(answer)) == (date(2026, 3, 20), 80, "")


@pytest.mark.behaviour("D-12")
def test_an_end_that_is_emptied_meets_what_comes_later(hr_admin: Client, vacation: Absence) -> None:
    AbsenceFactory.create(employee=vacation.employee, type=kind("sick_leave"), start=date(2026, 9, 1), end=None)

    page = change(hr_admin, vacation, end="")

    assert (vacation.end, asked(page)) == (date(2026, 3, 6), [COMMON])
    assert "from 2026-09-01, no end yet" in text_of(page)
    confirm(hr_admin, page)
    vacation.refresh_from_db()
    assert vacation.end is None


@pytest.mark.behaviour("D-12")
def test_several_edits_at_once_are_looked_at_as_they_will_be(hr_admin: Client, vacation: Absence) -> None:
    AbsenceFactory.create(employee=vacation.employee, type=kind("sick_leave"), start=date(2026, 3, 9), end=None)
    edits = {"start": "2026-02-23", "end": "2026-03-12", "grade": "50", "note": "Greece", "status": "approved"}

    page = change(hr_admin, vacation, **edits)

    assert asked(page) == [COMMON]
    assert "2026-03-09 – 2026-03-12. All together make 150 % of a day" in text_of(page)
    confirm(hr_admin, page)
    vacation.refresh_from_db()
    assert (vacation.start, vacation.grade, vacation.note, vacation.status) == (
        date(2026, 2, 23),
        50,
        "Greece",
        "approved",
    )


@pytest.mark.behaviour("D-12")
@pytest.mark.parametrize("changes", [{"note": "Greece"}, {"status": "declined"}])
def test_what_changes_no_day_asks_nothing(hr_admin: Client, vacation: Absence, changes: dict[str, str]) -> None:
    AbsenceFactory.create(employee=vacation.employee, type=kind("sick_leave"))

    answer = change(hr_admin, vacation, **changes)

    assert [getattr(vacation, name) for name in changes] == list(changes.values())
    assert warnings(answer) == ""


@pytest.mark.behaviour("D-12")
def test_a_status_that_lets_it_stand_is_asked_about(hr_admin: Client, vacation: Absence) -> None:
    declined = AbsenceFactory.create(employee=vacation.employee, type=kind("sick_leave"), status="declined")

    page = change(hr_admin, declined, status="approved")

    assert (declined.status, asked(page)) == ("declined", [COMMON])


# --- Outside the employment -------------------------------------------------------------------------------


@pytest.mark.behaviour("D-12")
@pytest.mark.parametrize(
    ("first", "last", "questions"),
    [
        ("2026-03-04", None, [BEFORE]),
        (None, "2026-03-04", [AFTER]),
        ("2026-03-03", "2026-03-05", [BEFORE, AFTER]),
        ("2026-04-01", "2026-04-30", [BEFORE]),
        ("2025-04-01", "2025-04-30", [AFTER]),
        ("2026-03-02", "2026-03-06", []),
        (None, None, []),
    ],
)
def test_days_outside_the_employment_are_asked_about(
    hr_admin: Client, first: str | None, last: str | None, questions: list[str]
) -> None:
    person = EmployeeFactory.create(first_workday=first, last_workday=last)

    page = register(hr_admin, person, "vacation")

    assert Absence.objects.exists() is not bool(questions)
    if questions:
        assert asked(page) == questions
        confirm(hr_admin, page)
        assert Absence.objects.exists()


@pytest.mark.behaviour("D-12")
def test_the_days_outside_and_the_workday_are_named(hr_admin: Client) -> None:
    person = EmployeeFactory.create(first_workday=date(2026, 3, 4), last_workday=date(2026, 3, 5))

    page = register(hr_admin, person, "sick_leave", end="")

    assert "Days before the person&#x27;s first workday (2026-03-04): 2026-03-02 – 2026-03-03." in text_of(page)
    assert "Days after the person&#x27;s last workday (2026-03-05): from 2026-03-06, no end yet." in text_of(page)


# --- Approving ----------------------------------------------------------------------------------------------


@pytest.mark.behaviour("D-12")
def test_the_absences_own_page_names_what_is_to_be_looked_at_before_the_buttons(boss: Client, report: Employee) -> None:
    absence = AbsenceFactory.create(employee=report, type=kind("vacation"))
    AbsenceFactory.create(employee=report, type=kind("sick_leave"), start=date(2026, 3, 6), end=None, status="approved")
    report.last_workday = date(2026, 3, 5)
    report.save()

    page = text_of(boss.get(page_of(absence)))

    button = page.index('name="status" value="approved"')
    assert page.index("Days in common with Sick leave") < button
    assert page.index("last workday (2026-03-05): 2026-03-06") < button


@pytest.mark.behaviour("D-12")
def test_several_that_are_approved_together_name_each_other_and_days_outside(hr_admin: Client) -> None:
    person = EmployeeFactory.create(first_workday=date(2026, 3, 3))
    first = AbsenceFactory.create(employee=person, type=kind("vacation"))
    second = AbsenceFactory.create(employee=person, type=kind("time_in_lieu"), start=date(2026, 3, 5))
    alone = AbsenceFactory.create(type=kind("vacation"))

    shown = choose(hr_admin, first, second, alone, action="approve_chosen")

    page = text_of(shown)
    assert "Days in common with Time in lieu" in page
    assert "Days in common with Vacation" in page
    assert "first workday (2026-03-03): 2026-03-02" in page
    assert {each.pk: len(doubts) for each, doubts in shown.context["going"]} == {first.pk: 2, second.pk: 1, alone.pk: 0}
    decide(hr_admin, first, second, alone)
    assert {each.status for each in (first, second, alone)} == {"approved"}


@pytest.mark.behaviour("D-12")
def test_what_was_declined_is_looked_at_as_it_will_stand_when_it_is_approved(hr_admin: Client) -> None:
    declined = AbsenceFactory.create(type=kind("vacation"), status="declined")
    other = AbsenceFactory.create(employee=declined.employee, type=kind("sick_leave"), status="cancelled")

    alone = choose(hr_admin, declined, action="approve_chosen")
    both = choose(hr_admin, declined, other, action="approve_chosen")

    assert "Days in common" not in text_of(alone)
    assert text_of(both).count("Days in common") == 2


def test_many_absences_are_looked_at_with_few_questions_to_the_database(hr_admin: Client) -> None:
    absences = [AbsenceFactory.create(type=kind("vacation")) for _number in range(2)]
    with CaptureQueriesContext(connection) as few:
        choose(hr_admin, *absences, action="approve_chosen")
    absences += [AbsenceFactory.create(type=kind("vacation")) for _number in range(6)]
    with CaptureQueriesContext(connection) as many:
        choose(hr_admin, *absences, action="approve_chosen")

    assert len(many) == len(few)


# --- Notes ----------------------------------------------------------------------------------------------------


@pytest.mark.behaviour("D-11")
def test_a_note_read_in_the_wrong_encoding_is_asked_about_and_keeps_its_lines(hr_admin: Client) -> None:
    page = register(hr_admin, EmployeeFactory.create(), "vacation", note="Bj\u00c3\u00b6rn vet\nRing honom")

    assert not Absence.objects.exists()
    (take, _keep) = [each for each in form_of(page).controls if each.name == "answer.note.wrong_encoding"]
    press(hr_admin, page, changes={take.name: take.attributes["value"]})
    assert Absence.objects.get().note == "Björn vet\nRing honom"


@pytest.mark.behaviour("D-01")
def test_the_page_that_registers_holds_no_question_at_first(hr_admin: Client) -> None:
    assert asked(hr_admin.get(ADD)) == []
