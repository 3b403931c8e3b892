"""The start page says how each connection stands and what to do next."""

from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.core.addresses import mass_change_url
from integrations.core.admin.status import next_step
from integrations.core.models import Connection, Link, Mark, MassChange, Problem, SyncRow, SyncRun
from tests.core.admin.conftest import SignIn
from tests.core.admin.filling import MORNING, World
from tests.core.admin.pages import text_of
from tests.factories import DepartmentFactory, EmployeeFactory

pytestmark = pytest.mark.django_db
START = reverse("admin:index")
RunState = SyncRun.State


def connection_on(client: Client) -> Any:
    (connection,) = client.get(START).context["connections"]
    return connection


def step(sign_in: SignIn) -> str:
    (connection,) = sign_in("hr_admin").get(START).context["connections"]
    return next_step(connection)


def test_it_shows_state_last_run_and_problems(sign_in: SignIn, world: World) -> None:
    page = text_of(sign_in("hr_admin").get(START))

    assert all(text in page for text in ("Fortnox Demo", "Active", "Done, with problems", "Demo AB in Fortnox"))


def test_it_counts_the_open_conflicts_of_the_last_synchronisation(sign_in: SignIn, world: World) -> None:
    SyncRow.objects.filter(run=world.run).delete()
    for state in (SyncRow.State.OPEN, SyncRow.State.WRITTEN):
        SyncRow.objects.create(run=world.run, kind=SyncRow.Kind.DIFFERS, state=state, left_id=state)

    (connection,) = sign_in("hr_admin").get(START).context["connections"]

    assert connection.open_conflicts == 1


@pytest.mark.behaviour("G-14")
def test_it_counts_who_is_not_there_yet_also_between_comparisons(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    assert connection_on(client).not_there_yet == 0
    kitchen = DepartmentFactory.create(company=world.connection.company)
    EmployeeFactory.create(company=world.connection.company, department=kitchen)
    newcomer = EmployeeFactory.create(company=world.connection.company)
    EmployeeFactory.create(company=world.connection.company, last_workday=date(2020, 1, 1))
    EmployeeFactory.create()

    assert connection_on(client).not_there_yet == 2
    page = text_of(client.get(START))
    assert "Synchronise users, and tick the names of those to create." in page

    Link.objects.create(
        connection=world.connection, resource="employees", left_id=newcomer.pk, right_id="9", state=Link.State.PROPOSED
    )
    assert connection_on(client).not_there_yet == 1
    # Whoever was let go is not there any more; a pilot's others take no part.
    Link.objects.update(state=Link.State.GONE_RIGHT)
    assert connection_on(client).not_there_yet == 3
    Connection.objects.update(scope={"departments": [kitchen.pk]})
    assert connection_on(client).not_there_yet == 1


def test_before_the_first_comparison_nobody_knows_who_is_not_there_yet(sign_in: SignIn, world: World) -> None:
    world.connection.runs.update(connection=Connection.objects.create(integration="fortnox", label="Old"))

    client = sign_in("hr_admin")

    found = {each.label: each.not_there_yet for each in client.get(START).context["connections"]}
    assert found["Fortnox Demo"] is None
    assert "Not known before the first comparison" in text_of(client.get(START))


@pytest.mark.behaviour("G-17")
def test_it_says_what_waits_to_be_released(sign_in: SignIn, world: World) -> None:
    mass = MassChange.objects.create(connection=world.connection, key="import:1", label="Import of a.csv", people=2)
    for left_id in ("1", "2"):
        Mark.objects.create(
            connection=world.connection,
            resource="employees",
            left_id=left_id,
            held_by=f"mass:{mass.pk}",
            due=MORNING,
            changed_at=MORNING,
        )
    SyncRun.objects.update(state=RunState.DONE)

    page = text_of(sign_in("hr_admin").get(START))

    assert "Import of a.csv: 2 people wait" in page
    assert "Look at the changes of 2 people that wait" in page
    assert mass_change_url(world.connection, mass.pk) in page


@pytest.mark.behaviour("G-15")
def test_it_says_that_the_background_service_is_running(sign_in: SignIn, world: World) -> None:
    assert "The background service is running" in text_of(sign_in("hr_admin").get(START))


@pytest.mark.parametrize("state", [state for state in Connection.State if state not in Connection.WORKING])
def test_a_connection_that_does_not_work_says_what_it_needs(sign_in: SignIn, world: World, state: str) -> None:
    Connection.objects.update(state=state)

    expected = {"draft": "Finish", "needs_reauthorisation": "Connect", "paused": "paused", "disconnected": "Nothing"}
    assert expected[state] in step(sign_in)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (RunState.REVIEW, "Decide on 1 person, then confirm"),
        (RunState.APPLYING, "Wait"),
        (RunState.FAILED, "Synchronise again"),
        (RunState.DONE, "Look at 1 open problem"),
    ],
)
def test_the_last_run_decides_what_to_do_next(sign_in: SignIn, world: World, state: str, expected: str) -> None:
    SyncRun.objects.update(state=state)

    assert step(sign_in).startswith(expected)


def test_nothing_is_to_do_when_all_is_done(sign_in: SignIn, world: World) -> None:
    SyncRun.objects.update(state=RunState.DONE)
    Problem.objects.update(state=Problem.State.SOLVED)

    assert step(sign_in) == "Nothing to do."


@pytest.mark.behaviour("G-34")
def test_a_review_without_anybody_to_decide_on_is_to_be_confirmed(sign_in: SignIn, world: World) -> None:
    SyncRun.objects.update(state=RunState.REVIEW)
    SyncRow.objects.all().delete()

    assert step(sign_in).startswith("Confirm the synchronisation: nobody is left to decide on")


@pytest.mark.behaviour("G-34")
@pytest.mark.parametrize("state", ["authorised", "reviewing"])
@pytest.mark.parametrize("ended", [RunState.DONE, RunState.CANCELLED, RunState.SUPERSEDED])
def test_before_a_confirmed_synchronisation_there_is_something_to_do(
    sign_in: SignIn, world: World, state: str, ended: str
) -> None:
    Connection.objects.update(state=state)
    SyncRun.objects.update(state=ended)

    assert step(sign_in).startswith("Synchronise users, and confirm what is found: until then nothing is sent")


@pytest.mark.behaviour("G-34")
@pytest.mark.parametrize(
    ("state", "until"),
    [
        ("authorised", "wait until a synchronisation has been confirmed."),
        ("reviewing", "wait until a synchronisation has been confirmed."),
        ("disconnected", "wait until it is connected again and a synchronisation confirmed."),
        ("needs_reauthorisation", "wait, and go by themselves once it is connected again."),
        ("paused", "wait, and go by themselves once it is connected again."),
        ("active", ""),
    ],
)
def test_it_says_what_the_hubs_changes_wait_for(sign_in: SignIn, world: World, state: str, until: str) -> None:
    Connection.objects.update(state=state)
    SyncRun.objects.update(state=RunState.DONE, approved_at=MORNING)
    Mark.objects.all().delete()
    for left_id in ("1", "2"):
        Mark.objects.create(
            connection=world.connection, resource="employees", left_id=left_id, due=MORNING, changed_at=MORNING
        )

    page = unescape(text_of(sign_in("hr_admin").get(START)))

    assert (f"The hub's changes of 2 people {until}" in page) == bool(until)


def test_a_connection_that_was_never_synchronised_says_so(sign_in: SignIn, world: World) -> None:
    Connection.objects.create(integration="fortnox", label="New", state=Connection.State.AUTHORISED, account_id="1")

    connections = sign_in("hr_admin").get(START).context["connections"]

    assert [next_step(each)[:29] for each in connections if each.label == "New"] == ["Synchronise for the first tim"]


@pytest.mark.parametrize("role", ["payroll", "staff"])
def test_it_tells_nothing_of_the_connections_without_the_right(sign_in: SignIn, world: World, role: str) -> None:
    assert "Fortnox Demo" not in text_of(sign_in(role).get(START))


def test_it_tells_somebody_without_rights_whom_to_ask(sign_in: SignIn) -> None:
    assert "You have no rights yet." in text_of(sign_in("staff").get(START))
