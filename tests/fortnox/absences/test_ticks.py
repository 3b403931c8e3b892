"""What a page says of what goes holds for its ticks as they are set: with others it is asked anew (G-17, G-27)."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from absences.models import Absence
from employees.models import Employee, ImportJob
from employees.transfer.jobs import start_import
from integrations.core.addresses import mass_change_url
from integrations.core.models import Connection, MassChange
from integrations.core.releasing import release_mass_change
from tests.core.runs.both_sides import change
from tests.employees.transfer.files import csv_file, work
from tests.fortnox.absences.test_deleting import text_of
from tests.fortnox.absences.test_mass_changes import days_of, held, imported, people_of, requested
from tests.fortnox.absences.transferred import Transferred
from tests.pages import form_of, press

pytestmark = [pytest.mark.behaviour("G-17", "G-21", "G-27"), pytest.mark.django_db(transaction=True)]
AGAIN = "Nothing was done yet: with what you ticked, something else goes to other systems than the page said."
WAITS = "More than 1 person at once waits until somebody releases them"
AT_ONCE = "It is sent by itself within seconds, without another question."


@pytest.fixture
def two(both: Transferred) -> list[Employee]:
    """Two people, of whom the second leaves on the third day of the week of the absences; the limit is one."""
    people = people_of(both, 2)
    Connection.objects.update(push_limit=1)
    change(people[1], last_workday=date(2026, 3, 4))
    both.push_until_sent()
    return people


def page_of(client: Client, job: ImportJob) -> Any:
    return client.get(reverse("admin:employees_importjob_change", args=[job.pk]))


def release(both: Transferred) -> None:
    release_mass_change(mass_change=MassChange.objects.get(), by=User.objects.get(username="admin"))
    both.push_until_sent()


# --- Approvals ----------------------------------------------------------------------------------------------


def shown(client: Client, absences: list[Absence]) -> Any:
    action = {"action": "approve_chosen", "_selected_action": [each.pk for each in absences]}
    return press(client, client.get(reverse("admin:absences_absence_changelist")), "Run", action)


def box_of(page: Any) -> str:
    ((_absence, box, _ticked),) = page.context["outside"]
    return str(box)


def test_an_approval_with_days_said_to_be_right_is_shown_anew_and_waits(
    both: Transferred, two: list[Employee], admin_client: Client
) -> None:
    page = shown(admin_client, requested(both, two))
    assert "1 absence goes to Fortnox, of 1 person." in text_of(page)
    assert AT_ONCE in text_of(page)

    again = press(admin_client, page, "Approve", {"outside": box_of(page)}, follow=True)
    both.push_until_sent()
    assert AGAIN in text_of(again)
    assert "2 absences go to Fortnox, of 2 people." in text_of(again)
    assert WAITS in text_of(again)
    assert form_of(again, button="Approve").values()["outside"] == box_of(page)
    assert not Absence.objects.filter(status=Absence.Status.APPROVED).exists()

    answer = press(admin_client, again, "Approve", follow=True)
    both.push_until_sent()
    assert days_of(both, 2) == [0, 0]
    assert held(both) == [("2 absences approved", "2 absences of 2 people")]
    assert "wait until somebody releases them: 2 absences of 2 people." in text_of(answer)
    release(both)
    assert days_of(both, 2) == [5, 5]


def test_a_tick_that_is_taken_away_again_is_asked_about_as_well(
    both: Transferred, two: list[Employee], admin_client: Client
) -> None:
    page = shown(admin_client, requested(both, two))
    again = press(admin_client, page, "Approve", {"outside": box_of(page)}, follow=True)

    without = press(admin_client, again, "Approve", {"outside": None}, follow=True)
    both.push_until_sent()
    assert AGAIN in text_of(without)
    assert "1 absence goes to Fortnox, of 1 person." in text_of(without)
    assert "outside" not in form_of(without, button="Approve").values()
    assert days_of(both, 2) == [0, 0]

    press(admin_client, without, "Approve", follow=True)
    both.push_until_sent()
    assert (days_of(both, 2), held(both)) == ([5, 0], [])


def test_where_the_tick_changes_nothing_that_goes_one_press_is_enough(
    both: Transferred, two: list[Employee], admin_client: Client
) -> None:
    both.configure(create_absences=False)
    page = shown(admin_client, requested(both, two))
    press(admin_client, page, "Approve", {"outside": box_of(page)}, follow=True)
    assert Absence.objects.filter(status=Absence.Status.APPROVED).count() == 2


# --- Imports ------------------------------------------------------------------------------------------------


def test_an_import_of_absences_with_days_said_to_be_right_is_shown_anew_and_waits(
    both: Transferred, two: list[Employee], admin_client: Client
) -> None:
    lines = [[str(n), "vacation", "2026-03-02", "2026-03-06", "100", "", "approved"] for n in (101, 102)]
    job = imported(both, lines, User.objects.get(username="admin"))
    page = page_of(admin_client, job)
    assert "1 absence goes to Fortnox, of 1 person." in text_of(page)

    again = press(admin_client, page, "Import", {"take_questions": True}, follow=True)
    assert AGAIN in text_of(again)
    assert "2 absences go to Fortnox, of 2 people." in text_of(again)
    assert WAITS in text_of(again)
    job.refresh_from_db()
    assert job.state == ImportJob.State.READY

    answer = press(admin_client, again, "Import", follow=True)
    assert "Its changes towards Fortnox will wait until somebody releases them." in text_of(answer)
    work(job)
    both.push_until_sent()
    assert days_of(both, 2) == [0, 0]
    assert held(both) == [("Import of absences.csv", "2 absences of 2 people")]


def people_file(both: Transferred, people: list[Employee]) -> ImportJob:
    """Return the import of a new city for both; of the first there is a question beside."""
    header = ["Work e-mail", "City", "Bank country", "Clearing number", "Account number"]
    lines = [[people[0].work_email, "Malmö", "SE", "81059", "123456788"], [people[1].work_email, "Malmö", "", "", ""]]
    assert both.company is not None
    job = start_import(
        company=both.company,
        by_id=User.objects.get(username="admin").pk,
        file_name="people.csv",
        content=csv_file([header, *lines]),
        sensitive_allowed=True,
    )
    return work(job)


def cities(both: Transferred) -> list[bool]:
    return [both.at_vendor(number)["City"] == "Malmö" for number in ("101", "102")]


def test_a_row_that_is_left_out_is_not_told_of(both: Transferred, admin_client: Client) -> None:
    people = people_of(both, 2)
    Connection.objects.update(push_limit=1)
    job = people_file(both, people)
    assert job.counts["asked"] == 1
    page = page_of(admin_client, job)
    assert "1 person changes towards Fortnox." in text_of(page)
    assert AT_ONCE in text_of(page)

    answer = press(admin_client, page, "Import", follow=True)
    assert "somebody releases" not in text_of(answer)
    work(job)
    both.push_until_sent()
    assert (cities(both), held(both)) == ([False, True], [])


def test_an_import_of_people_with_its_questions_answered_is_shown_anew_and_says_as_long_as_it_waits(
    both: Transferred, admin_client: Client
) -> None:
    people = people_of(both, 2)
    Connection.objects.update(push_limit=1)
    job = people_file(both, people)
    again = press(admin_client, page_of(admin_client, job), "Import", {"take_questions": True}, follow=True)
    assert AGAIN in text_of(again)
    assert "2 people change towards Fortnox." in text_of(again)
    assert WAITS in text_of(again)
    assert not Employee.objects.filter(city="Malmö").exists()

    answer = press(admin_client, again, "Import", follow=True)
    assert "Its changes towards Fortnox will wait until somebody releases them." in text_of(answer)
    work(job)
    both.push_until_sent()
    assert (cities(both), held(both)) == ([False, False], [("Import of people.csv", "2 people")])
    ended = page_of(admin_client, job)
    assert "The changes towards Fortnox wait until somebody releases them: 2 people." in text_of(ended)
    assert mass_change_url(both.connection, MassChange.objects.get().pk) in ended.text

    release(both)
    assert cities(both) == [True, True]
    assert "somebody releases" not in text_of(page_of(admin_client, job))
