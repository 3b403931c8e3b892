"""Days before the first or after the last workday go to Fortnox only once somebody has confirmed them (FX-10)."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from absences.models import Absence, ConfirmedDays
from employees.models import Employee
from employees.transfer.jobs import confirm_import
from tests.core.runs.both_sides import change
from tests.employees.transfer.files import work
from tests.fortnox.absences.test_mass_changes import imported
from tests.fortnox.absences.transferred import VACATION, WEEK, Transferred, edit
from tests.page_forms import PageForm
from tests.pages import form_of, forms_of, press

pytestmark = [pytest.mark.behaviour("FX-10"), pytest.mark.django_db(transaction=True)]
LAST = date(2026, 3, 4)
RIGHT = "These days are right"
ASKED = "Days before the first or after the last workday that nobody has confirmed: 2026-03-05 – 2026-03-06."


def leaver(both: Transferred) -> Employee:
    """Return somebody in step whose last workday is on the Wednesday of the absences' week."""
    employee = both.begin()
    change(employee, last_workday=LAST)
    both.push_until_sent()
    return employee


def page_of(client: Client, absence: Absence) -> Any:
    return client.get(reverse("admin:absences_absence_change", args=[absence.pk]))


def text_of(page: Any) -> str:
    return " ".join(page.content.decode().split())


def confirmed() -> list[tuple[Any, Any]]:
    return list(ConfirmedDays.objects.values_list("stretches", "by__username"))


def test_the_whole_absence_waits_and_goes_once_the_days_are_confirmed(both: Transferred, admin_client: Client) -> None:
    absence = both.transferred(leaver(both))

    assert both.rows() == []
    assert both.line(absence) == f"held: {ASKED}"
    assert both.causes() == {"absence:outside"}

    answer = press(admin_client, page_of(admin_client, absence), RIGHT, follow=True)
    assert "Confirmed by admin" in text_of(answer)
    both.push()
    assert both.days() == list(WEEK)
    assert both.causes() == set()
    assert confirmed() == [([["2026-03-05", "2026-03-06"]], "admin")]


def test_an_edit_of_the_last_workday_that_leaves_days_outside_is_told(both: Transferred, admin_client: Client) -> None:
    employee = both.begin()
    absence = both.transferred(employee)

    change(employee, last_workday=LAST)
    both.push_until_sent()

    assert both.days() == list(WEEK)
    assert both.line(absence).endswith(f"held: {ASKED}")

    # Corrected, nothing is to be confirmed any more.
    change(employee, last_workday=date(2026, 3, 31))
    both.push_until_sent()
    assert (both.causes(), confirmed()) == (set(), [])
    assert both.line(absence).startswith("in Fortnox: 5 days")


def test_other_days_are_asked_about_anew_and_fewer_are_not(both: Transferred, admin_client: Client) -> None:
    employee = leaver(both)
    absence = both.transferred(employee)
    press(admin_client, page_of(admin_client, absence), RIGHT)
    both.push()

    change(employee, last_workday=date(2026, 3, 5))
    both.push_until_sent()
    assert both.causes() == set()

    change(employee, last_workday=date(2026, 3, 3))
    both.push_until_sent()
    assert both.causes() == {"absence:outside"}
    assert "2026-03-04 – 2026-03-06" in both.line(absence)

    # Shortened to the employment it goes as well.
    edit(absence, end=date(2026, 3, 3))
    both.push()
    assert (both.days(), both.causes()) == (list(WEEK[:2]), set())


def test_a_page_about_other_days_confirms_nothing(both: Transferred, admin_client: Client) -> None:
    employee = leaver(both)
    absence = both.transferred(employee)
    page = page_of(admin_client, absence)
    change(employee, last_workday=date(2026, 3, 2))

    answer = press(admin_client, page, RIGHT, follow=True)
    assert "other days are outside the employment now" in text_of(answer)
    assert confirmed() == []

    press(admin_client, answer, RIGHT)
    assert confirmed() == [([["2026-03-03", "2026-03-06"]], "admin")]


def test_the_form_asks_and_keeps_who_said_yes(both: Transferred, admin_client: Client) -> None:
    employee = leaver(both)
    kind = both.absence(employee, start=date(2025, 1, 1), end=date(2025, 1, 1)).type
    values = {"employee": employee.pk, "type": kind.pk, "start": "2026-03-02", "end": "2026-03-06"}
    page = press(admin_client, admin_client.get(reverse("admin:absences_absence_add")), "Save", values)
    assert Absence.objects.count() == 1

    boxes = [each for each in form_of(page).controls if each.name.startswith("answer.") and each.kind == "checkbox"]
    press(admin_client, page, "Save", {each.name: each.attributes["value"] for each in boxes})
    both.push_until_sent()

    assert confirmed() == [([["2026-03-05", "2026-03-06"]], "admin")]
    assert set(WEEK) <= set(both.days())


@pytest.mark.parametrize("ticked", [True, False])
def test_an_approval_asks_absence_by_absence(both: Transferred, admin_client: Client, ticked: bool) -> None:
    absence = both.transferred(leaver(both), code=VACATION, status=Absence.Status.REQUESTED)
    chosen = {"action": "approve_chosen", "_selected_action": [absence.pk]}
    page = press(admin_client, admin_client.get(reverse("admin:absences_absence_changelist")), "Run", chosen)
    assert "the days outside the employment are right" in text_of(page)
    assert "days outside the employment that nobody has confirmed" in text_of(page)

    if ticked:
        # What goes with the tick is told first.
        page = press(admin_client, page, "Approve", {"outside": True})
        assert "1 absence goes to Fortnox, of 1 person." in text_of(page)
        assert confirmed() == []
    press(admin_client, page, "Approve")
    both.push_until_sent()

    absence.refresh_from_db()
    assert absence.status == "approved"
    assert both.days() == (list(WEEK) if ticked else [])
    assert (confirmed() != []) == ticked
    assert both.causes() == (set() if ticked else {"absence:outside"})


def test_an_approval_from_a_page_about_other_days_leaves_the_absence(both: Transferred, admin_client: Client) -> None:
    employee = leaver(both)
    absence = both.transferred(employee, code=VACATION, status=Absence.Status.REQUESTED)
    page = page_of(admin_client, absence)
    change(employee, last_workday=date(2026, 3, 2))

    holding = {"status": "approved"}
    answer = press(admin_client, page, "Approve", {"outside": True}, holding=holding, follow=True)
    assert "Nothing was done: what you confirmed is not what stands there now" in text_of(answer)
    assert f"last workday of {employee.full_name} (101" in text_of(answer)
    assert confirmed() == []

    press(admin_client, page_of(admin_client, absence), "Approve", {"outside": True}, holding=holding)
    assert len(confirmed()) == 1


@pytest.mark.parametrize("taken", [True, False])
def test_an_import_asks_in_its_preview(both: Transferred, taken: bool) -> None:
    by = User.objects.create_superuser("importer", "importer@example.se")
    leaver(both)
    lines = [
        ["101", "vacation", "2026-03-02", "2026-03-06", "100", "", "approved"],
        ["101", "vacation", "2026-02-02", "2026-02-03", "100", "", "approved"],
    ]
    job = imported(both, lines, by)
    (asked,) = job.rows.exclude(questions=[])
    assert "right?" in asked.questions[0][1]
    assert "2026-03-05 – 2026-03-06" in asked.notes[0]

    assert confirm_import(job=job, by_id=by.pk, skip_bad=False, take_questions=taken)
    work(job)
    both.push_until_sent()

    assert both.days() == ["2026-02-02", "2026-02-03", *(WEEK if taken else ())]
    assert Absence.objects.count() == 2
    assert both.causes() == (set() if taken else {"absence:outside"})
    assert confirmed() == ([([["2026-03-05", "2026-03-06"]], "importer")] if taken else [])


def test_an_import_is_refused_where_the_last_workday_was_changed_since_the_page_was_opened(
    both: Transferred, admin_client: Client
) -> None:
    employee = leaver(both)
    by = User.objects.get(username="admin")
    job = imported(both, [["101", "sick_leave", "2026-03-02", "2026-03-06", "100", "", "approved"]], by)
    page = admin_client.get(reverse("admin:employees_importjob_change", args=[job.pk]))
    change(employee, last_workday=date(2026, 3, 3))

    answer = press(admin_client, page, "Import", {"take_questions": True}, follow=True)

    assert f"last workday of {employee.full_name} (101" in text_of(answer)
    job.refresh_from_db()
    assert (job.state, Absence.objects.count()) == ("ready", 0)


def test_nobody_confirms_their_own_days(both: Transferred, admin_client: Client) -> None:
    absence = both.transferred(leaver(both))
    User.objects.filter(username="admin").update(email=absence.employee.work_email)
    page = page_of(admin_client, absence)
    assert not [form for form in forms_of(page) if _confirms(form)]
    posted = {"absence": absence.pk, "made_from": page.context["outside_sign"]}
    admin_client.post(reverse("admin:absences_absence_confirm_outside"), posted)
    assert confirmed() == []


def _confirms(form: PageForm) -> bool:
    return form.button(RIGHT) is not None
