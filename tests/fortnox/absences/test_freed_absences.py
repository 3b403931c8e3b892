"""Absences that another workday frees, of many people at once (G-17)."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from absences.models import Absence
from employees.models import Employee
from employees.outgoing import forecast
from employees.together import plan_change
from integrations.core.addresses import mass_change_url, run_url
from integrations.core.models import MassChange, SyncRun
from integrations.core.report.building import build_report
from integrations.core.report.writing import report_text
from integrations.core.runs.deciding import decide_fields
from tests.core.runs.both_sides import RIGHT, apply_all, change, finish, review
from tests.fortnox.absences.test_mass_changes import days_of, held, people_of
from tests.fortnox.absences.transferred import Transferred, edit
from tests.pages import press
from tests.shown.hub_scenarios import change_together

pytestmark = [pytest.mark.behaviour("G-17"), pytest.mark.django_db(transaction=True)]


def freed(both: Transferred, count: int) -> tuple[list[Employee], list[Absence]]:
    """Return people whose absences wait, as they go on after the last workday."""
    people = people_of(both, count)
    for person in people:
        change(person, last_workday=date(2026, 3, 4))
    both.push_until_sent()
    absences = [both.absence(person) for person in people]
    both.push_until_sent()
    assert days_of(both, count) == [0] * count
    return people, absences


def words(answer: Any) -> str:
    return " ".join(strip_tags(answer.text).split())


def last_workdays(both: Transferred, count: int) -> list[str]:
    return [both.at_vendor(str(100 + number))["EmployedTo"] for number in range(1, count + 1)]


@pytest.mark.behaviour("G-37")
@pytest.mark.behaviour("G-34")
@pytest.mark.parametrize("action", ["release", "drop"])
def test_a_page_of_workdays_and_the_absences_behind_them_shows_both(
    both: Transferred, admin_client: Client, action: str
) -> None:
    people, absences = freed(both, 3)
    press(admin_client, change_together(admin_client, people), "confirm")
    mass = MassChange.objects.get()
    assert held(both) == [("Last workday of 3 people", "3 people, and 3 absences of 3 people")]

    question = admin_client.get(mass_change_url(both.connection, mass.pk, action))
    for shown in (words(question), words(admin_client.get(mass_change_url(both.connection, mass.pk)))):
        assert shown.count("Last workday 2026-03-04 2031-06-30") == 3
        assert shown.count("Sick leave, 2026-03-02 – 2026-03-06") == 3
        assert "Deleted in the hub" not in shown
        assert shown.count("waiting: somebody has to release its mass change") == 3

    press(admin_client, question, "Release and send" if action == "release" else "Drop, and leave both as they are")
    both.push_until_sent()
    sent = action == "release"
    assert last_workdays(both, 3) == ["2031-06-30" if sent else "2026-03-04"] * 3
    assert (days_of(both, 3), held(both)) == ([5 if sent else 0] * 3, [])
    # Nobody is asked to confirm days that are within the employment by now, and each absence says what to do.
    assert both.causes() == set()
    if not sent:
        assert "change the absence to send it" in both.line(absences[0])
        edit(absences[0], grade=50)
        both.push_until_sent()
        assert days_of(both, 3) == [5, 0, 0]


@pytest.mark.behaviour("G-36")
def test_a_change_together_tells_which_absences_follow_the_workdays(both: Transferred, admin_client: Client) -> None:
    people, absences = freed(both, 2)

    question = change_together(admin_client, people)
    shown = words(question)
    assert "2 people change towards Fortnox. 2 absences go to Fortnox, of 2 people." in shown
    assert all(absence.label in shown for absence in absences)

    press(admin_client, question, "confirm")
    both.push_until_sent()
    assert (last_workdays(both, 2), days_of(both, 2)) == (["2031-06-30"] * 2, [5] * 2)


@pytest.mark.behaviour("G-36")
def test_people_whose_absences_follow_count_towards_the_limit(both: Transferred) -> None:
    people, _absences = freed(both, 3)
    reach = plan_change(employee_ids=[person.pk for person in people], values={"last_workday": date(2026, 3, 5)}).reach

    assert [(each.people, each.changing, each.absences, each.held) for each in forecast(reach=reach)] == [
        (3, 3, 0, True)
    ]


def take_last_workdays(both: Transferred, count: int) -> SyncRun:
    """Return a review that takes a later last workday of each from Fortnox."""
    for number in range(1, count + 1):
        both.change_at_vendor(str(100 + number), EmployedTo="2031-06-30")
    run = review(both.connection)
    decide_fields(run=run, decision=RIGHT, by=None)
    return run


def reported(run: SyncRun) -> str:
    return " ".join(report_text(build_report(run=run)).split())


@pytest.mark.behaviour("G-36")
@pytest.mark.behaviour("G-21")
def test_confirm_tells_which_absences_follow_the_workdays_that_are_taken_over(
    both: Transferred, admin_client: Client
) -> None:
    people, absences = freed(both, 2)
    run = take_last_workdays(both, 2)

    question = admin_client.get(run_url(run.connection, run.pk, "confirm"))
    shown = words(question)
    assert "2 absences go to Fortnox, of 2 people. It is sent by itself" in shown
    assert all(absence.label in shown for absence in absences)

    # Another one comes, and the page does not hold any more.
    more = both.absence(people[0], start=date(2026, 4, 1), end=date(2026, 4, 1))
    both.push_until_sent()
    refused = press(admin_client, question, "Synchronise users")
    assert SyncRun.objects.get(pk=run.pk).state == SyncRun.State.REVIEW
    assert "3 absences go to Fortnox, of 2 people." in words(refused)
    assert more.label in words(refused)

    press(admin_client, refused, "Synchronise users")
    finish(run)
    assert "WHAT FOLLOWED IN FORTNOX Still to be sent, by itself: 3 absences." in reported(run)
    both.push_until_sent()
    assert days_of(both, 2) == [6, 5]
    told = "Sent, of absences that the new workdays reach: 3."
    assert told in reported(run)
    assert told in words(admin_client.get(run_url(run.connection, run.pk)))


@pytest.mark.behaviour("G-36")
def test_what_a_run_makes_follow_for_more_people_than_the_limit_waits(both: Transferred, admin_client: Client) -> None:
    freed(both, 3)
    run = take_last_workdays(both, 3)

    question = admin_client.get(run_url(run.connection, run.pk, "confirm"))
    assert "3 absences go to Fortnox, of 3 people. More than 2 people at once wait until" in words(question)
    press(admin_client, question, "Synchronise users")
    finish(run)
    both.push_until_sent()
    assert (days_of(both, 3), [amount for _label, amount in held(both)]) == ([0] * 3, ["3 absences of 3 people"])

    mass = MassChange.objects.get()
    assert "Waits until somebody releases it: 3 absences." in reported(run)
    assert mass_change_url(both.connection, mass.pk) in reported(run)
    press(admin_client, admin_client.get(mass_change_url(both.connection, mass.pk, "release")), "Release and send")
    both.push_until_sent()
    assert (days_of(both, 3), held(both)) == ([5] * 3, [])


@pytest.mark.behaviour("G-36")
def test_absences_that_new_workdays_leave_outside_are_told_as_staying(both: Transferred, admin_client: Client) -> None:
    person = people_of(both, 1)[0]
    absence = both.transferred(person)
    both.change_at_vendor("101", EmployedTo="2026-03-04")
    run = review(both.connection)
    decide_fields(run=run, decision=RIGHT, by=None)

    shown = words(admin_client.get(run_url(run.connection, run.pk, "confirm")))
    assert "No absence goes to Fortnox." in shown
    assert f"{absence.label}: waiting: days outside the employment that nobody has confirmed" in shown

    apply_all(run)
    both.push_until_sent()
    assert "WHAT FOLLOWED IN FORTNOX Not sent, see the error log: 1 absence." in reported(run)
