"""A run that writes the hub says what follows at the company's other connections, before and after (G-36)."""

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils.html import strip_tags

from employees.models import Employee
from integrations.core import connecting
from integrations.core.addresses import mass_change_url, run_url
from integrations.core.hub.acting import acting_as
from integrations.core.linking import disconnect_person
from integrations.core.models import Connection, Link, Mark, MassChange, SyncField, SyncRow, SyncRun
from integrations.core.releasing import release_mass_change
from integrations.core.report import send_due
from integrations.core.runs.deciding import decide_fields, decide_row
from tests.core.admin.filling import service_runs
from tests.core.runs.both_sides import LEAVE, decide, review, row_of
from tests.core.runs.both_sides import apply_all as apply_at_fortnox
from tests.core.runs.both_sides import finish as finish_at_fortnox
from tests.integrations.two_vendors import Two, activate, add_to_both, moved_at_visma
from tests.pages import press
from tests.visma_payroll.sync.sides import RIGHT

pytestmark = [pytest.mark.behaviour("G-36"), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _service(db: None) -> None:
    service_runs()


@pytest.fixture
def hanna(two: Two) -> Client:
    user = User.objects.get(username="hanna")
    user.is_staff = user.is_superuser = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


def words(page: Any) -> str:
    return " ".join(unescape(strip_tags(page.content.decode())).split())


def confirm(two: Two, hanna: Client, run: SyncRun) -> SyncRun:
    """Press the button of the page, and work until the run has ended."""
    _fortnox, visma = two
    press(hanna, hanna.get(run_url(run.connection, run.pk, "confirm")), "Synchronise users")
    run.refresh_from_db()
    return visma.finish(run)


def report_of(mailoutbox: list[EmailMultiAlternatives], run: SyncRun) -> tuple[str, str]:
    """Return the report's mail, as text and as HTML."""
    send_due()
    (mail,) = [each for each in mailoutbox if "updated" in each.subject or "created" in each.subject][-1:]
    html: Any = mail.alternatives[0]
    return " ".join(str(mail.body).split()), str(html.content)


def test_the_page_names_the_other_system_its_fields_and_whose_other_value_is_written_over(
    two: Two, hanna: Client
) -> None:
    run = moved_at_visma(two)

    page = words(hanna.get(run_url(run.connection, run.pk, "confirm")))

    assert "Follows by itself in other systems" in page
    assert "3 people change towards Fortnox. It is sent by itself within seconds, without another question." in page
    assert "9 fields: Family name (3), Work phone (3), Address (3)." in page
    assert (
        "Fortnox holds another value, which was left there until now and is written over: Given 1 Family 1 (1): Address"
        in page
    )


def test_up_to_the_limit_it_goes_on_as_a_change_of_many_and_is_told(
    two: Two, hanna: Client, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    fortnox, visma = two
    run = moved_at_visma(two)
    confirm(two, hanna, run)
    waiting = Mark.objects.filter(connection=fortnox.connection)
    assert set(waiting.values_list("held_by", "priority")) == {("", Mark.Priority.BULK)}
    assert not Mark.objects.filter(connection=visma.connection).exists()

    text, html = report_of(mailoutbox, run)
    assert "WHAT FOLLOWED IN FORTNOX Still to be sent, by itself: 9 fields of 3 people." in text
    assert "Still to be sent, by itself: 9 fields of 3 people." in html

    fortnox.push_until_sent()
    assert [fortnox.at_vendor(str(number))["LastName"] for number in (1, 2, 3)] == ["Nytt 1", "Nytt 2", "Nytt 3"]
    assert fortnox.at_vendor("1")["Address1"] == "Ny gate 1"
    page = words(hanna.get(run_url(run.connection, run.pk)))
    assert "What followed in Fortnox Sent: 9 fields of 3 people. Fields: Family name, Work phone, Address" in page


def test_above_the_limit_it_waits_until_somebody_releases_it(
    two: Two, hanna: Client, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    fortnox, _visma = two
    run = moved_at_visma(two)
    Connection.objects.filter(pk=fortnox.connection.pk).update(push_limit=1)
    page = words(hanna.get(run_url(run.connection, run.pk, "confirm")))
    assert "More than 1 person at once waits until somebody releases them: nothing is sent before that." in page

    confirm(two, hanna, run)
    fortnox.push()
    assert fortnox.writes() == []
    mass = MassChange.objects.get()
    assert (mass.people, mass.key, mass.state) == (3, f"run:{run.pk}", MassChange.State.HELD)
    assert mass.label.startswith(f"Synchronisation of {run.connection.label}, ")
    decided_at = mass_change_url(fortnox.connection, mass.pk)
    text, html = report_of(mailoutbox, run)
    assert "Waits until somebody releases it: 9 fields of 3 people." in text
    assert decided_at in text
    assert decided_at in html
    ended = hanna.get(run_url(run.connection, run.pk))
    assert "Waits until somebody releases it: 9 fields of 3 people." in words(ended)
    assert decided_at in ended.content.decode()
    assert "What it wrote in the hub waits for a release before it goes on to another system" in words(ended)

    release_mass_change(mass_change=mass, by=User.objects.get(username="hanna"))
    fortnox.push_until_sent()
    assert fortnox.at_vendor("3")["LastName"] == "Nytt 3"
    assert "Sent: 9 fields of 3 people." in words(hanna.get(run_url(run.connection, run.pk)))


def test_nothing_is_said_of_a_system_that_nothing_goes_to(two: Two, hanna: Client) -> None:
    fortnox, visma = two
    _employee, _at_fortnox, at_visma = add_to_both(two, 1)
    activate(two)
    fortnox.change_at_vendor("1", Phone1="+4741000001")
    taken = review(fortnox.connection)
    decide(row_of(taken), phone=LEAVE)
    apply_at_fortnox(taken)
    # Fortnox has this very number already.
    visma.change_at_vendor(at_visma, phones=[{"type": "Business", "number": 41_000_001}])
    run = visma.review()
    decide_fields(run=run, decision=RIGHT, by=None)

    assert "Fortnox" not in words(hanna.get(run_url(run.connection, run.pk, "confirm"))).partition("Conflicts")[2]
    confirm(two, hanna, run)
    fortnox.sandbox.clear_calls()
    fortnox.push_until_sent()
    assert fortnox.writes() == []
    assert "What followed" not in words(hanna.get(run_url(run.connection, run.pk)))


@pytest.mark.behaviour("G-14")
def test_somebody_new_in_the_hub_is_told_of_where_new_people_are_created(two: Two, hanna: Client) -> None:
    fortnox, visma = two
    add_to_both(two, 1)
    activate(two)
    Connection.objects.filter(pk=fortnox.connection.pk).update(creates_by_itself=True)
    visma.vendor(2)
    run = visma.review()
    decide_row(row=SyncRow.objects.get(run=run), decision=SyncRow.Decision.CREATE, by=None)

    page = words(hanna.get(run_url(run.connection, run.pk, "confirm")))
    assert "1 person changes towards Fortnox. 1 of them is created there." in page
    assert "Created: Given 2 Family 2" in page

    confirm(two, hanna, run)
    fortnox.push_until_sent()
    assert fortnox.emails_at_vendor() == ["p1@demo.example", "p2@demo.example"]
    assert "Created there: 1 person." in words(hanna.get(run_url(run.connection, run.pk)))


def test_what_the_other_system_assigns_to_somebody_new_is_told_of_too(two: Two, hanna: Client) -> None:
    """The hub takes Fortnox's new employee number, and Visma.net Payroll gets it."""
    fortnox, visma = two
    employee, at_visma = visma.pair(1, employment_id="")
    visma.change_at_vendor(at_visma, number="")
    visma.activate()
    run = review(fortnox.connection)
    decide_row(row=SyncRow.objects.get(run=run), decision=SyncRow.Decision.CREATE, by=None)

    page = words(hanna.get(run_url(run.connection, run.pk, "confirm")))

    assert "1 person changes towards Visma. It is sent" in page
    assert "1 field: Employment ID (1)." in page
    assert employee.pk


def test_it_waits_for_a_system_that_is_not_connected(two: Two, hanna: Client) -> None:
    fortnox, _visma = two
    run = moved_at_visma(two)
    Connection.objects.filter(pk=fortnox.connection.pk).update(state=Connection.State.NEEDS_REAUTHORISATION)

    page = words(hanna.get(run_url(run.connection, run.pk, "confirm")))
    assert "3 people change towards Fortnox. It is sent once the connection works again." in page

    confirm(two, hanna, run)
    page = words(hanna.get(run_url(run.connection, run.pk)))
    assert "Sent once the connection works again: 9 fields of 3 people." in page


@pytest.mark.behaviour("G-21")
def test_a_page_from_before_the_other_system_was_disconnected_is_refused(two: Two, hanna: Client) -> None:
    fortnox, _visma = two
    run = moved_at_visma(two)
    older = hanna.get(run_url(run.connection, run.pk, "confirm"))
    connecting.disconnect(connection_id=fortnox.connection.pk, by=User.objects.get(username="hanna"))

    refused = press(hanna, older, "Synchronise users")

    assert refused.status_code == 200
    waits = "Fortnox is disconnected: it waits until somebody connects it again and confirms a synchronisation"
    assert waits in words(refused)
    press(hanna, refused, "Synchronise users")
    run.refresh_from_db()
    two[1].finish(run)
    page = words(hanna.get(run_url(run.connection, run.pk)))
    told = "Fortnox is disconnected, so these wait until somebody connects it again and confirms a synchronisation:"
    assert f"{told} 9 fields of 3 people." in page


@pytest.mark.behaviour("G-21")
def test_a_page_that_is_refused_says_what_is_not_the_same_there_and_who_changed_it(two: Two, hanna: Client) -> None:
    fortnox, _visma = two
    run = moved_at_visma(two)
    hanna_user = User.objects.get(username="hanna")
    older = hanna.get(run_url(run.connection, run.pk, "confirm"))

    Connection.objects.filter(pk=fortnox.connection.pk).update(push_limit=2)
    refused = words(press(hanna, older, "Synchronise users"))
    now = "Before: 3 people, 9 fields. Now: 3 people, 9 fields, held until somebody releases it."
    assert f"What goes to Fortnox by itself is not the same any more. {now}" in refused

    gone = Link.objects.filter(connection=fortnox.connection).order_by("pk")[0]
    disconnect_person(link=gone, by=hanna_user)
    refused = words(press(hanna, older, "Synchronise users"))
    assert "Now: 2 people, 6 fields." in refused
    assert "hanna changed Given 1 Family 1" in refused

    person = Employee.objects.get(given_name="Given 2")
    with acting_as(user_id=hanna_user.pk):
        person.delete()
    refused = words(press(hanna, older, "Synchronise users"))
    assert "hanna deleted Given 2 Family 2." in refused
    assert "changed 2:" not in refused


def test_a_first_review_there_counts_as_kept_in_step(two: Two, hanna: Client) -> None:
    """Nothing of it is confirmed yet, and what waits for that is held above the limit as well (G-17)."""
    fortnox, visma = two
    people = [add_to_both(two, number) for number in (1, 2)]
    visma.activate()
    first = review(fortnox.connection)
    Connection.objects.filter(pk=fortnox.connection.pk).update(push_limit=1)
    for number, (_employee, _at_fortnox, at_visma) in enumerate(people, start=1):
        visma.change_at_vendor(at_visma, phones=[{"type": "Business", "number": 41_000_000 + number}])
    run = visma.review()
    decide_fields(run=run, decision=RIGHT, by=None)

    page = words(hanna.get(run_url(run.connection, run.pk, "confirm")))
    assert "2 people change towards Fortnox. More than 1 person at once waits until somebody releases them" in page
    confirm(two, hanna, run)
    assert "Waits until somebody releases it: 2 fields of 2 people." in words(
        hanna.get(run_url(run.connection, run.pk))
    )
    press(hanna, hanna.get(run_url(first.connection, first.pk, "confirm")), "Synchronise users")
    finish_at_fortnox(first)
    fortnox.push_until_sent()
    assert fortnox.at_vendor("1")["Phone1"] == "+4740000001"

    release_mass_change(mass_change=MassChange.objects.get(), by=User.objects.get(username="hanna"))
    fortnox.push_until_sent()
    assert fortnox.at_vendor("1")["Phone1"] == "+4741000001"


@pytest.mark.behaviour("G-35")
def test_a_value_that_an_open_review_there_shows_is_named(two: Two, hanna: Client) -> None:
    fortnox, visma = two
    employee, _at_fortnox, at_visma = add_to_both(two, 1)
    activate(two)
    fortnox.change_at_vendor("1", Phone1="+4740001111")
    Connection.objects.filter(pk=fortnox.connection.pk).update(state=Connection.State.REVIEWING)
    employee.refresh_from_db()
    employee.work_phone = "+4740002222"
    employee.save()
    Connection.objects.filter(pk=fortnox.connection.pk).update(state=Connection.State.ACTIVE)
    visma.push_until_sent()
    asked = review(fortnox.connection)
    assert row_of(asked).fields.get().change == SyncField.Change.BOTH
    visma.change_at_vendor(at_visma, phones=[{"type": "Business", "number": 41_000_001}])
    run = visma.review()
    decide_fields(run=run, decision=RIGHT, by=None)

    page = words(hanna.get(run_url(run.connection, run.pk, "confirm")))

    assert "left there until now and is written over: Given 1 Family 1 (1): Work phone" in page


def test_an_operators_run_is_held_likewise(two: Two) -> None:
    fortnox, visma = two
    run = moved_at_visma(two)
    Connection.objects.filter(pk=fortnox.connection.pk).update(push_limit=2)
    visma.apply(run)
    fortnox.push()
    assert (fortnox.writes(), MassChange.objects.get().people) == ([], 3)
    assert SyncField.objects.filter(row__run=run).count() == 9
