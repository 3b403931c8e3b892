"""Absences of many people at once wait above the connection's limit, until somebody releases or drops them (G-17)."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from absences.deciding import reach_of_decision
from absences.models import Absence
from employees.models import Employee, ImportJob
from employees.outgoing import Outgoing, forecast
from employees.transfer.jobs import confirm_import, start_import
from employees.transfer.reaching import reach_of
from integrations.core.addresses import mass_change_url
from integrations.core.held_changes import held_mass_changes
from integrations.core.models import Connection, Mark, MassChange
from integrations.core.releasing import drop_mass_change, release_mass_change
from integrations.fortnox.absence_answers import affected_absences
from integrations.fortnox.absence_types import MappingChange
from tests.absences.deciding import decide_as_shown
from tests.employees.transfer.files import csv_file, work
from tests.fortnox.absences.transferred import SICK, WEEK, Transferred, edit
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-17"), pytest.mark.django_db(transaction=True)]
LIMIT = 2
Status = Absence.Status
HEADER = ["Employment ID", "Type", "First day", "Last day", "Grade, %", "Note", "Status"]


def people_of(both: Transferred, count: int) -> list[Employee]:
    """Return linked people of a connection that asks above two."""
    for number in range(2, count + 1):
        both.pair(number, vendor={"ScheduleId": "HEL"})
    both.begin(1)
    Connection.objects.update(push_limit=LIMIT, recipients=["hanna@example.se"])
    both.connection.refresh_from_db()
    return list(Employee.objects.order_by("employment_id"))


def requested(both: Transferred, people: list[Employee], **values: Any) -> list[Absence]:
    return [both.absence(person, status=Status.REQUESTED, **values) for person in people]


def decide_all(absences: list[Absence], by: User, status: str = Status.APPROVED) -> None:
    decide_as_shown(absences, status=status, by=by, key=uuid.uuid4().hex)


def imported(both: Transferred, lines: list[list[str]], by: User) -> ImportJob:
    """Return the import as it waits for its confirmation."""
    assert both.company is not None
    job = start_import(
        company=both.company,
        by_id=by.pk,
        file_name="absences.csv",
        content=csv_file([HEADER, *lines]),
        kind="absences",
    )
    return work(job)


def vacation_of(numbers: range, status: str = "approved") -> list[list[str]]:
    return [[str(100 + number), "vacation", "2026-03-02", "2026-03-06", "100", "", status] for number in numbers]


def confirm(job: ImportJob, by: User) -> None:
    assert confirm_import(job=job, by_id=by.pk, skip_bad=False)
    assert work(job).state == ImportJob.State.DONE


def held(both: Transferred) -> list[tuple[str, str]]:
    """Return (label, how much waits) of what waits."""
    found = held_mass_changes([both.connection]).get(both.connection.pk, [])
    return [(mass.label, str(mass.waiting)) for mass in found]


def days_of(both: Transferred, count: int) -> list[int]:
    """Return how many days stand in Fortnox, by person."""
    return [len(both.days(str(100 + number))) for number in range(1, count + 1)]


def told(found: list[Outgoing]) -> list[tuple[str, int, int, bool]]:
    return [(each.system, each.people, each.absences, each.held) for each in found]


# --- What is said beforehand --------------------------------------------------------------------------------


def test_an_import_says_how_many_absences_of_how_many_people_go_where(
    both: Transferred, by: User, admin_client: Client
) -> None:
    people_of(both, 3)
    job = imported(both, [*vacation_of(range(1, 4)), ["101", "vacation", "2026-04-01", "2026-04-02", "", "", ""]], by)

    assert told(forecast(reach=reach_of(job))) == [("Fortnox", 3, 3, True)]
    shown = admin_client.get(reverse("admin:employees_importjob_change", args=[job.pk])).text
    assert " ".join(shown.split()).count("3 absences go to Fortnox, of 3 people.") == 1
    assert "More than 2 people at once wait until somebody releases them" in " ".join(shown.split())


def test_only_what_would_be_sent_is_counted(both: Transferred, by: User) -> None:
    people = people_of(both, 2)
    both.hub(3, employment_id="103")
    lines = [
        ["101", "vacation", "2026-03-02", "2026-03-06", "100", "", "approved"],
        # Not approved; of a type without an answer; of somebody who is not in Fortnox.
        ["102", "vacation", "2026-03-02", "2026-03-06", "100", "", "requested"],
        ["102", "parental_leave", "2026-05-02", "2026-05-06", "100", "", "approved"],
        ["103", "vacation", "2026-03-02", "2026-03-06", "100", "", "approved"],
    ]
    assert told(forecast(reach=reach_of(imported(both, lines, by)))) == [("Fortnox", 1, 1, False)]

    both.configure(create_absences=False)
    assert told(forecast(reach=reach_of(imported(both, lines, by)))) == []
    assert len(people) == 2


def test_a_changed_note_alone_goes_nowhere(both: Transferred, by: User) -> None:
    absence = both.transferred(people_of(both, 1)[0])
    lines = [["101", SICK, absence.start.isoformat(), "2026-03-06", "100", "A word", ""]]
    assert told(forecast(reach=reach_of(imported(both, lines, by)))) == []


def test_a_decision_about_several_says_it_on_its_page(both: Transferred, admin_client: Client) -> None:
    absences = requested(both, people_of(both, 3))
    action = {"action": "approve_chosen", "_selected_action": [each.pk for each in absences]}
    absences_list = admin_client.get(reverse("admin:absences_absence_changelist"))
    shown = press(admin_client, absences_list, "Run", action).text
    assert "3 absences go to Fortnox, of 3 people." in " ".join(shown.split())

    assert told(forecast(reach=reach_of_decision(absences=absences, status=Status.DECLINED))) == []
    approved = [both.absence(each.employee, start=date(2026, 5, 4), end=date(2026, 5, 5)) for each in absences[:1]]
    assert told(forecast(reach=reach_of_decision(absences=approved, status=Status.DECLINED))) == [
        ("Fortnox", 1, 1, False)
    ]


# --- The limit ----------------------------------------------------------------------------------------------


def test_absences_of_as_many_people_as_the_limit_go_by_themselves(both: Transferred, by: User) -> None:
    people = people_of(both, 2)
    absences = [*requested(both, people), *requested(both, people, start=date(2026, 4, 7), end=date(2026, 4, 8))]

    decide_all(absences, by)
    both.push_until_sent()

    assert days_of(both, 2) == [7, 7]
    assert not MassChange.objects.exists()


def test_an_approval_of_more_people_waits_until_it_is_released(both: Transferred, by: User) -> None:
    absences = requested(both, people_of(both, 3))
    both.push()

    decide_all(absences, by)
    both.push()
    assert held(both) == [("3 absences approved", "3 absences of 3 people")]
    assert days_of(both, 3) == [0, 0, 0]
    assert both.line(absences[0]) == "waiting: somebody has to release its mass change"

    release_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push_until_sent()
    assert days_of(both, 3) == [5, 5, 5]
    assert held(both) == []


def test_one_absence_is_somebodys_own_edit_and_goes_at_once(both: Transferred, admin_client: Client) -> None:
    people = people_of(both, 1)
    Connection.objects.update(push_limit=0)
    (absence,) = requested(both, people)
    page = admin_client.get(reverse("admin:absences_absence_change", args=[absence.pk]))
    press(admin_client, page, "Approve", follow=True)
    both.push_until_sent()
    assert days_of(both, 1) == [5]


def test_one_absence_that_the_list_says_waits_does_wait(both: Transferred, admin_client: Client) -> None:
    absences = requested(both, people_of(both, 1))
    Connection.objects.update(push_limit=0)
    action = {"action": "approve_chosen", "_selected_action": [absences[0].pk]}
    absences_list = admin_client.get(reverse("admin:absences_absence_changelist"))
    page = press(admin_client, absences_list, "Run", action)
    assert "More than 0 people at once wait until somebody releases them" in " ".join(page.text.split())

    answer = press(admin_client, page, "Approve", follow=True)
    both.push_until_sent()
    assert days_of(both, 1) == [0]
    assert held(both) == [("1 absence approved", "1 absence of 1 person")]
    mass = MassChange.objects.get()
    waits = "The changes towards Fortnox wait until somebody releases them: 1 absence of 1 person."
    assert waits in answer.text
    assert mass_change_url(both.connection, mass.pk) in answer.text

    release_mass_change(mass_change=mass, by=User.objects.get(username="admin"))
    both.push_until_sent()
    assert days_of(both, 1) == [5]


def test_an_import_of_more_people_waits_and_its_parts_are_one_decision(
    both: Transferred, by: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("employees.transfer.importing.ROWS_AT_ONCE", 2)
    people_of(both, 4)

    confirm(imported(both, vacation_of(range(1, 5)), by), by)
    both.push()
    assert held(both) == [("Import of absences.csv", "4 absences of 4 people")]
    mass = MassChange.objects.get()
    assert (mass.people, mass.absences, mass.by) == (4, 4, by)

    release_mass_change(mass_change=mass, by=by)
    both.push_until_sent()
    assert days_of(both, 4) == [5, 5, 5, 5]


def test_an_edit_of_one_that_waits_waits_with_it(both: Transferred, by: User) -> None:
    absences = requested(both, people_of(both, 3))
    decide_all(absences, by)
    edit(absences[0], grade=50)
    both.push()
    assert days_of(both, 3) == [0, 0, 0]

    release_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push_until_sent()
    assert both.rows("101") == [(day, "SJK", 50) for day in WEEK]


# --- Dropped ------------------------------------------------------------------------------------------------


def test_what_is_dropped_is_not_sent_before_somebody_changes_it(both: Transferred, by: User) -> None:
    absences = requested(both, people_of(both, 3))
    decide_all(absences, by)
    drop_mass_change(mass_change=MassChange.objects.get(), by=by)

    # Neither a new answer nor a setting, nor looking at everything, takes it up.
    both.answer(sick_leave="VAB")
    both.configure(send_days_without_hours=False)
    both.compare_absences()
    both.push_until_sent()
    assert days_of(both, 3) == [0, 0, 0]
    assert both.line(absences[0]) == "not transferred: its mass change was dropped; change the absence to send it"

    edit(absences[0], grade=50)
    both.push_until_sent()
    assert days_of(both, 3) == [5, 0, 0]


def test_the_mapping_page_does_not_promise_what_was_dropped(both: Transferred, by: User) -> None:
    absences = requested(both, people_of(both, 3))
    decide_all(absences, by)
    change = MappingChange(absences[0].type, "SJK", "VAB")
    assert affected_absences(connection=both.connection, change=change).waiting == 3

    drop_mass_change(mass_change=MassChange.objects.get(), by=by)
    assert affected_absences(connection=both.connection, change=change).waiting == 0
    edit(absences[0], grade=50)
    assert affected_absences(connection=both.connection, change=change).waiting == 1


def test_a_dropped_decline_leaves_the_rows_in_fortnox(both: Transferred, by: User) -> None:
    people = people_of(both, 3)
    absences = [both.transferred(person) for person in people]
    decide_all(absences, by, Status.DECLINED)
    both.push()
    assert days_of(both, 3) == [5, 5, 5]
    assert "a change waits for somebody to release its mass change" in both.line(absences[0])

    drop_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.compare_absences()
    both.push_until_sent()
    assert days_of(both, 3) == [5, 5, 5]
    assert "their mass change was dropped" in both.line(absences[0])

    # Somebody's own edit is sent again, and so is a deletion.
    edit(absences[0], note="Another word")
    absences[1].delete()
    both.push_until_sent()
    assert days_of(both, 3) == [0, 0, 5]


def test_one_that_is_deleted_while_it_waits_is_left_with_the_others(both: Transferred, by: User) -> None:
    people = people_of(both, 3)
    absences = [both.transferred(person) for person in people]
    decide_all(absences, by, Status.DECLINED)
    absences[0].refresh_from_db()
    absences[0].delete()
    assert held(both) == [("3 absences declined", "3 absences of 3 people")]

    drop_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.compare_absences()
    both.push_until_sent()
    assert days_of(both, 3) == [5, 5, 5]


def test_what_is_half_written_is_finished_though_it_was_dropped(both: Transferred, by: User) -> None:
    people = people_of(both, 3)
    absences = [both.transferred(person) for person in people]
    decide_all(absences, by, Status.DECLINED)
    left_id = f"absence:{absences[0].pk}"
    link = both.connection.links.get(resource="absences", left_id=left_id)
    link.options = {**link.options, "journal": [{"action": "none"}]}
    link.save()

    drop_mass_change(mass_change=MassChange.objects.get(), by=by)
    assert list(Mark.objects.values_list("left_id", "held_by")) == [(left_id, "")]


def test_an_absence_from_before_the_transfer_still_waits_to_be_chosen(both: Transferred, by: User) -> None:
    people = people_of(both, 3)
    old = timezone.now() - timedelta(days=3)
    absences = [both.absence(person, decided_at=old) for person in people]
    both.push()
    lines = [[str(101 + n), SICK, "2026-03-02", "2026-03-05", "", "", ""] for n in range(3)]
    job = imported(both, lines, by)
    assert told(forecast(reach=reach_of(job))) == []
    confirm(job, by)
    both.push()
    assert days_of(both, 3) == [0, 0, 0]
    assert "choose it on the page" in both.line(absences[0])
