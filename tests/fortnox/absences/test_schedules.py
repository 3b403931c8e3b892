"""Who has no scheduled hours is told before it is synchronised, and in the report (FX-16)."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Employee
from integrations.core.models import Connection, SyncRun
from integrations.core.push.others import warned_of
from integrations.core.report import send_due
from integrations.core.runs.applying import apply_run
from integrations.core.runs.comparing import compare_run
from integrations.core.runs.deciding import approve_run, cancel_run, start_run
from integrations.fortnox import absence_survey
from integrations.fortnox.models import PersonSchedule, ScheduleDay, ScheduleLook
from tests.core.runs.both_sides import create, create_all, review, row_of
from tests.fortnox.absences.transferred import Transferred

pytestmark = [pytest.mark.behaviour("FX-16"), pytest.mark.django_db(transaction=True)]
TITLE = "Without scheduled hours in Fortnox"
NO_HOURS = {"ScheduleId": "0"}


def people(both: Transferred, schedules: str) -> None:
    """Add a pair per schedule, numbered from 1, and turn the transfer on."""
    for number, schedule in enumerate(schedules.split(), start=1):
        both.pair(number, vendor={"ScheduleId": "" if schedule == "-" else schedule})
    both.configure(create_absences=True)


def warned(run: SyncRun) -> dict[str, list[str]]:
    """Return title → names."""
    run = SyncRun.objects.select_related("connection").get(pk=run.pk)
    return {each.title: [person.label for person in each.people] for each in warned_of(run)}


def probes(both: Transferred) -> list[str]:
    """Return whose schedule was read, once per person."""
    calls = both.sandbox.calls(path="scheduletimes")
    return list(dict.fromkeys(call["path"].split("/")[-2] for call in calls))


def page(run: SyncRun, name: str, *more: str) -> str:
    return reverse(f"admin:fortnox_fortnoxconnection_{name}", args=[run.connection_id, run.pk, *more])


def finish(run: SyncRun) -> SyncRun:
    approve_run(run=run, by=None, made_from=None)
    apply_run(run_id=run.pk)
    run.refresh_from_db()
    return run


# --- Who ----------------------------------------------------------------------------------------------------


def test_everybody_without_hours_is_told_and_nobody_else(both: Transferred) -> None:
    people(both, "HEL 0 HLG 0 -")

    assert warned(review(both.connection)) == {TITLE: ["Given 2 Family 2", "Given 4 Family 4", "Given 5 Family 5"]}


def test_whoever_is_not_in_the_hub_is_told_once_they_are_to_be_created(both: Transferred) -> None:
    people(both, "HEL")
    both.vendor(2, **NO_HOURS)
    run = review(both.connection)
    assert warned(run) == {}

    create(row_of(run, right_id="102"))
    assert warned(run) == {TITLE: ["Given 2 Family 2"]}
    assert warned(finish(run)) == {TITLE: ["Given 2 Family 2"]}


def test_whoever_has_left_is_not_told(both: Transferred) -> None:
    people(both, "HEL")
    both.pair(2, vendor={**NO_HOURS, "EmployedTo": "2021-01-01"})
    assert warned(review(both.connection)) == {}


def test_nobody_is_told_and_nothing_read_while_absences_are_not_created(both: Transferred) -> None:
    people(both, "0 HEL")
    both.configure(create_absences=False)
    both.sandbox.clear_calls()

    assert warned(review(both.connection)) == {}
    assert probes(both) == []


def test_new_people_without_a_schedule_in_the_settings_are_told_by_name(both: Transferred) -> None:
    people(both, "HEL")
    newcomer = both.hub(2)
    run = review(both.connection)
    assert warned(run) == {}

    create(row_of(run, left=newcomer))
    title = "Created in Fortnox without scheduled hours"
    assert warned(run) == {title: ["Given 2 Family 2"]}
    assert warned(finish(run)) == {title: ["Given 2 Family 2"]}


@pytest.mark.parametrize("where", ["connection", "person"])
def test_a_schedule_that_is_named_for_new_people_warns_of_nobody(both: Transferred, where: str) -> None:
    people(both, "HEL")
    newcomer = both.hub(2)
    if where == "connection":
        both.configure(schedule_id="HEL")
    run = review(both.connection)
    row = row_of(run, left=newcomer)
    if where == "person":
        row.options = {"settings": {"schedule_id": "HEL"}}
        row.save()
    create(row)
    assert warned(run) == {}


# --- The calls that it takes --------------------------------------------------------------------------------


def test_a_schedule_is_read_of_one_of_its_people_alone(both: Transferred) -> None:
    people(both, "HEL 0 HEL 0 0 DEL")
    both.sandbox.clear_calls()
    review(both.connection)
    assert sorted(probes(both)) == ["101", "102", "106"]


def test_what_was_read_is_kept_for_a_day(both: Transferred) -> None:
    people(both, "HEL 0")
    review(both.connection)
    both.sandbox.clear_calls()
    assert warned(review(both.connection)) == {TITLE: ["Given 2 Family 2"]}
    assert probes(both) == []

    ScheduleDay.objects.update(read_at=timezone.now() - timedelta(days=1))
    review(both.connection)
    assert sorted(probes(both)) == ["101", "102"]


def test_a_new_schedule_takes_a_person_off_the_list(both: Transferred) -> None:
    people(both, "0 HEL")
    assert TITLE in warned(review(both.connection))
    both.change_at_vendor("101", ScheduleId="HEL")
    assert warned(review(both.connection)) == {}


def test_the_pages_call_nobody(both: Transferred, admin_client: Client) -> None:
    people(both, "0 HEL")
    run = review(both.connection)
    ScheduleDay.objects.all().delete()
    both.sandbox.clear_calls()
    assert "Given 1 Family 1" in admin_client.get(page(run, "confirm")).text
    assert both.sandbox.calls() == []


def test_a_comparison_whose_schedules_cannot_be_read_goes_on_and_says_so(both: Transferred) -> None:
    people(both, "HEL 0")
    both.sandbox.faults(
        [{"vendor": "fortnox", "path": "scheduletimes", "k": 1, "count": 99, "action": "refuse", "status": 403}]
    )
    unread = {"Scheduled hours not read": ["Given 1 Family 1", "Given 2 Family 2"]}
    assert warned(review(both.connection)) == unread

    both.sandbox.clear_faults()
    assert warned(review(both.connection)) == {TITLE: ["Given 2 Family 2"]}


def test_of_very_many_schedules_the_rest_is_told_as_unread(both: Transferred, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absence_survey, "SCHEDULES_READ", 1)
    people(both, "0 HEL")
    assert warned(review(both.connection)) == {
        TITLE: ["Given 1 Family 1"],
        "Scheduled hours not read": ["Given 2 Family 2"],
    }
    assert warned(review(both.connection)) == {TITLE: ["Given 1 Family 1"]}


def test_what_an_interrupted_comparison_wrote_down_is_forgotten(both: Transferred) -> None:
    people(both, "HEL")
    run = start_run(connection=both.connection, trigger=SyncRun.Trigger.OPERATOR, by=None)
    PersonSchedule.objects.create(run=run, employee_id="101", label="Given 1 Family 1", schedule_id="0")
    compare_run(run_id=run.pk)
    assert warned(run) == {}


def test_a_list_that_is_fetched_again_names_nobody_twice(both: Transferred) -> None:
    people(both, "0 0")
    both.sandbox.faults([{"vendor": "fortnox", "path": "employees", "k": 1, "action": "broken_json"}])
    assert warned(review(both.connection)) == {TITLE: ["Given 1 Family 1", "Given 2 Family 2"]}
    assert PersonSchedule.objects.count() == 2


# --- Where it is told ---------------------------------------------------------------------------------------


def test_the_confirmation_page_lists_them_and_says_what_to_do(both: Transferred, admin_client: Client) -> None:
    people(both, "HEL 0 0")
    run = review(both.connection)

    text = admin_client.get(page(run, "confirm")).text
    assert f"{TITLE}" in text
    assert "Given 2 Family 2" in text
    assert "Given 3 Family 3" in text
    assert "Given 1 Family 1" not in text
    assert "Absences that are sent before that count 0 hours" in text

    both.configure(hold_without_hours=True)
    assert "Their absences wait until then." in admin_client.get(page(run, "confirm")).text


def test_more_than_a_page_shows_are_all_listed_on_their_own(
    both: Transferred, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.core.admin.warned.NAMES", 1)
    people(both, "0 0 0")
    run = review(both.connection)

    confirm = admin_client.get(page(run, "confirm")).text
    address = page(run, "warned", "without-hours")
    assert "See the list of all 3 people" in confirm
    assert f'href="{address}"' in confirm
    everybody = admin_client.get(address).text
    assert all(f"Given {number} Family {number}" in everybody for number in (1, 2, 3))
    person = Employee.objects.get(family_name="Family 1")
    assert reverse("admin:employees_employee_change", args=[person.pk]) in everybody
    assert admin_client.get(page(run, "warned", "hours-unread")).status_code == 404


def test_whoever_may_not_synchronise_does_not_see_the_list(both: Transferred, client: Client) -> None:
    people(both, "0")
    run = review(both.connection)
    assert client.get(page(run, "warned", "without-hours")).status_code == 302


def test_absences_turned_on_after_the_comparison_ask_for_a_new_one(both: Transferred, admin_client: Client) -> None:
    people(both, "0")
    both.configure(create_absences=False)
    run = review(both.connection)
    both.configure(create_absences=True)
    assert "Scheduled hours not looked at" in admin_client.get(page(run, "confirm")).text

    cancel_run(run=run)
    assert not ScheduleLook.objects.filter(run=run).exists()
    assert TITLE in warned(review(both.connection))


def test_the_report_names_them_on_its_page_and_in_both_parts_of_the_mail(
    both: Transferred, admin_client: Client, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    people(both, "HEL 0")
    Connection.objects.update(recipients=["hanna@example.se"])
    both.connection.refresh_from_db()
    run = finish(review(both.connection))
    send_due()

    shown = admin_client.get(page(run, "run")).text
    (message,) = mailoutbox
    html: Any = message.alternatives[0][0]
    for text in (shown, str(message.body), str(html)):
        assert TITLE.casefold() in text.casefold()
        assert "Given 2 Family 2" in text
        assert "Given 1 Family 1" not in text


def test_a_report_without_anybody_says_nothing_of_hours(
    both: Transferred, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    people(both, "HEL")
    Connection.objects.update(recipients=["hanna@example.se"])
    both.connection.refresh_from_db()
    create_all(run := review(both.connection))
    finish(run)
    send_due()
    assert "hours" not in str(mailoutbox[0].body)
