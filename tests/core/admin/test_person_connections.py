"""*Disconnect* and *Connect again* on the person's page, and what it says of the connections (G-11, G-14)."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Employee
from employees.zones import moment_text
from integrations.core.models import Connection, FieldChange, Link, Mark, SyncRow
from tests.core.admin.conftest import SignIn
from tests.core.admin.filling import MORNING, World
from tests.core.admin.pages import page_of, text_of
from tests.factories import CompanyFactory, EmployeeFactory
from tests.pages import press

pytestmark = pytest.mark.django_db
READERS = ("hr_admin", "integration_admin", "superuser")


def disconnect_of(world: World) -> str:
    return reverse("admin:employees_employee_disconnect", args=[world.employee.pk, world.link.pk])


def connect_again_of(world: World) -> str:
    return reverse("admin:employees_employee_connect_again", args=[world.employee.pk, world.link.pk])


def create_anew_of(world: World) -> str:
    return reverse("admin:employees_employee_create_anew", args=[world.employee.pk, world.link.pk])


def state_of(link: Link) -> str:
    return Link.objects.get(pk=link.pk).state


def said(client: Client, address: str) -> str:
    """Post by hand, and return the last thing that was said."""
    return last_said(client.post(address))


def last_said(answer: Any) -> str:
    return [str(message) for message in get_messages(answer.wsgi_request)][-1]


@pytest.mark.behaviour("G-11")
def test_disconnecting_asks_first_and_says_what_stops(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    assert disconnect_of(world) in text_of(client.get(page_of(world.employee)))

    page = text_of(client.get(disconnect_of(world)))

    assert "Changes here are not sent to Fortnox" in page
    assert "Nothing is deleted on either side" in page
    assert state_of(world.link) == Link.State.ACTIVE


@pytest.mark.behaviour("G-11")
@pytest.mark.parametrize("role", READERS)
def test_a_disconnected_person_can_be_connected_again(sign_in: SignIn, world: World, role: str) -> None:
    client = sign_in(role)

    answer = press(client, client.get(disconnect_of(world)), "Disconnect")
    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(world.employee))
    assert state_of(world.link) == Link.State.DISCONNECTED
    assert connect_again_of(world) in text_of(client.get(page_of(world.employee)))

    page = client.get(page_of(world.employee))
    assert press(client, page, f"Connect again: {world.connection.label}").status_code == 302
    assert state_of(world.link) == Link.State.ACTIVE


@pytest.mark.behaviour("G-11")
@pytest.mark.behaviour("G-12")
def test_disconnecting_and_connecting_again_stand_in_the_history(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    press(client, client.get(disconnect_of(world)), "Disconnect")
    press(client, client.get(page_of(world.employee)), f"Connect again: {world.connection.label}")

    kept = FieldChange.objects.filter(subject_id=str(world.employee.pk), field="link").order_by("pk")
    assert [(each.before, each.after, each.user.get_username() if each.user else "") for each in kept] == [
        ("4711", None, "hr_admin"),
        (None, "4711", "hr_admin"),
    ]


def test_a_person_is_disconnected_once_whoever_asks(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")

    opened = client.get(disconnect_of(world))
    first = last_said(press(client, opened, "Disconnect"))
    assert first == f"{world.employee} is disconnected from Fortnox Demo: nothing is compared or sent any more."
    second = last_said(press(client, opened, "Disconnect"))
    assert second.startswith(f"{world.employee} is not connected to Fortnox Demo any more. hr_admin, ")
    assert FieldChange.objects.filter(field="link").count() == 1


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", ["payroll", "staff", "user"])
def test_without_the_right_nobody_is_disconnected(sign_in: SignIn, world: World, role: str) -> None:
    client = sign_in(role)

    assert [client.get(disconnect_of(world)).status_code, client.post(disconnect_of(world)).status_code] == [403, 403]
    assert client.post(connect_again_of(world)).status_code == 403
    assert state_of(world.link) == Link.State.ACTIVE


@pytest.mark.behaviour("G-01")
def test_whoever_may_not_see_people_disconnects_none(sign_in: SignIn, world: World) -> None:
    client = sign_in("staff")
    User.objects.get(username="staff").user_permissions.set(Permission.objects.filter(codename="run_fortnox"))

    assert client.post(disconnect_of(world)).status_code == 403
    assert state_of(world.link) == Link.State.ACTIVE


def test_connecting_again_is_never_done_by_looking(sign_in: SignIn, world: World) -> None:
    Link.objects.update(state=Link.State.DISCONNECTED)

    assert sign_in("hr_admin").get(connect_again_of(world)).status_code == 405
    assert state_of(world.link) == Link.State.DISCONNECTED


def test_the_link_of_somebody_else_is_not_found(sign_in: SignIn, world: World) -> None:
    other = EmployeeFactory.create(company=world.employee.company)
    address = reverse("admin:employees_employee_disconnect", args=[other.pk, world.link.pk])

    assert sign_in("hr_admin").post(address).status_code == 404
    assert state_of(world.link) == Link.State.ACTIVE


def test_whoever_belonged_to_another_company_is_told_of_there_and_can_be_disconnected(
    sign_in: SignIn, world: World
) -> None:
    former = CompanyFactory.create()
    Connection.objects.update(company=former)
    client = sign_in("hr_admin")

    assert f"The person belonged to {former.name}, whose connection this is" in text_of(
        client.get(page_of(world.employee))
    )
    press(client, client.get(disconnect_of(world)), "Disconnect")
    assert state_of(world.link) == Link.State.DISCONNECTED


def test_the_link_of_another_companys_connection_is_not_found(sign_in: SignIn, world: World) -> None:
    Connection.objects.update(company=CompanyFactory.create())
    Link.objects.update(state=Link.State.GONE_LEFT)

    assert sign_in("hr_admin").post(disconnect_of(world)).status_code == 404
    assert state_of(world.link) == Link.State.GONE_LEFT


def test_the_last_refusal_is_told_with_its_reason(sign_in: SignIn, world: World) -> None:
    SyncRow.objects.filter(pk=world.row.pk).update(ended_at=timezone.now())

    page = text_of(sign_in("hr_admin").get(page_of(world.employee)))

    assert page_of(world.row) in page
    assert "The clearing number is unknown." in page


def test_a_refusal_before_the_last_write_is_over(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    SyncRow.objects.filter(pk=world.row.pk).update(ended_at=MORNING)
    assert page_of(world.row) in text_of(client.get(page_of(world.employee)))

    Link.objects.update(synced_at=timezone.now())

    assert page_of(world.row) not in text_of(client.get(page_of(world.employee)))


@pytest.mark.behaviour("G-14")
def test_somebody_who_is_not_there_yet_cannot_be_disconnected(sign_in: SignIn, world: World) -> None:
    Link.objects.all().delete()

    page = text_of(sign_in("hr_admin").get(page_of(world.employee)))

    assert "Not in Fortnox Demo yet" in page
    assert "/disconnect/" not in page


# --- Not there yet, gone, waiting ---------------------------------------------------------------------------


def person_text(client: Client, employee: Employee) -> str:
    return " ".join(text_of(client.get(page_of(employee))).split())


@pytest.mark.behaviour("G-14")
def test_somebody_new_is_not_there_yet_and_the_page_says_what_to_do(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    newcomer = EmployeeFactory.create(company=world.employee.company)
    page = person_text(client, newcomer)
    assert "Not in Fortnox Demo yet" in page
    assert "Synchronise users, and tick the name under “Missing people” to create the person there." in page

    Connection.objects.update(creates_by_itself=True)
    assert "Created there with the next change of the person." in person_text(client, newcomer)


@pytest.mark.behaviour("G-14")
@pytest.mark.parametrize("why", ["left", "outside"])
def test_whoever_takes_no_part_is_not_called_missing(sign_in: SignIn, world: World, why: str) -> None:
    newcomer = EmployeeFactory.create(company=world.employee.company)
    if why == "left":
        newcomer.last_workday = date(2020, 1, 1)
        newcomer.first_workday = None
        newcomer.save()
    else:
        Connection.objects.update(scope={"employees": [world.employee.pk]})

    page = person_text(sign_in("hr_admin"), newcomer)

    assert "Takes no part" in page
    assert "Not in Fortnox Demo yet" not in page


@pytest.mark.behaviour("G-16")
def test_somebody_gone_is_shown_as_gone_since_when_with_both_ways_on(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    assert "create-anew" not in person_text(client, world.employee)
    Link.objects.update(gone_at=MORNING)

    page = person_text(client, world.employee)

    assert "Gone at Fortnox" in page
    assert f"Since {moment_text(MORNING)}." in page
    assert disconnect_of(world) in page
    assert create_anew_of(world) in page


@pytest.mark.behaviour("G-16")
def test_creating_anew_asks_first_and_then_forgets_the_link(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    Link.objects.update(gone_at=MORNING)
    assert "nobody is created before the name is ticked there" in text_of(client.get(create_anew_of(world)))
    assert state_of(world.link) == Link.State.ACTIVE

    asked = client.get(create_anew_of(world))
    assert "offers to create" in last_said(press(client, asked, "Forget the link"))
    assert state_of(world.link) == Link.State.GONE_RIGHT
    assert "is not gone from" in said(client, create_anew_of(world))
    assert "Not in Fortnox Demo yet" in person_text(client, world.employee)


@pytest.mark.behaviour("G-16")
def test_nobody_is_created_anew_who_is_there(sign_in: SignIn, world: World) -> None:
    assert "is not gone from" in said(sign_in("hr_admin"), create_anew_of(world))
    assert state_of(world.link) == Link.State.ACTIVE


@pytest.mark.parametrize("role", ["payroll", "staff"])
def test_without_the_right_nobody_is_created_anew(sign_in: SignIn, world: World, role: str) -> None:
    Link.objects.update(gone_at=MORNING)

    assert sign_in(role).post(create_anew_of(world)).status_code == 403
    assert state_of(world.link) == Link.State.ACTIVE


def mark(world: World, held_by: str = "") -> None:
    Mark.objects.all().delete()
    Mark.objects.create(
        connection=world.connection,
        resource="employees",
        left_id=world.employee.pk,
        held_by=held_by,
        due=MORNING,
        changed_at=MORNING,
    )


@pytest.mark.behaviour("G-34")
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("authorised", "A change waits until a synchronisation of Fortnox Demo has been confirmed."),
        ("reviewing", "A change waits until a synchronisation of Fortnox Demo has been confirmed."),
        ("needs_reauthorisation", "A change waits until Fortnox Demo is connected again."),
        ("paused", "A change waits until Fortnox Demo is connected again."),
        ("disconnected", "A change waits until Fortnox Demo is connected again."),
    ],
)
def test_a_change_that_the_connection_keeps_back_says_until_when(
    sign_in: SignIn, world: World, state: str, expected: str
) -> None:
    mark(world)
    Connection.objects.update(state=state)

    assert expected in person_text(sign_in("hr_admin"), world.employee)


@pytest.mark.behaviour("G-34")
@pytest.mark.parametrize(("state", "goes"), [("active", True), ("authorised", False), ("disconnected", False)])
def test_connecting_a_person_again_says_whether_the_edits_go_now(
    sign_in: SignIn, world: World, state: str, goes: bool
) -> None:
    Connection.objects.update(state=state)
    Link.objects.update(state=Link.State.DISCONNECTED)

    told = said(sign_in("hr_admin"), connect_again_of(world))

    assert ("is sent now" in told, "waits: the connection's page says what for" in told) == (goes, not goes)


@pytest.mark.behaviour("G-17")
@pytest.mark.parametrize(
    ("held_by", "expected"),
    [
        ("mass:7", "A change waits with a mass change"),
        ("disconnected", "A change waits until the person takes part again"),
        ("review", "A change waits until a synchronisation of Fortnox Demo has been confirmed"),
        ("", "Active"),
    ],
)
def test_a_change_that_waits_says_for_what(sign_in: SignIn, world: World, held_by: str, expected: str) -> None:
    mark(world, held_by)

    page = person_text(sign_in("hr_admin"), world.employee)

    assert expected in page
    assert ("A change waits" in page) is bool(held_by)


@pytest.mark.behaviour("G-12")
def test_what_was_left_unsent_is_named_by_its_fields(reader_without_sensitive: Client, world: World) -> None:
    FieldChange.objects.create(
        subject="employee",
        subject_id=str(world.employee.pk),
        field="not_sent",
        after=["phone", "bank_account"],
        connection=world.connection,
        at=MORNING,
    )

    page = person_text(reader_without_sensitive, world.employee)

    assert "Left unsent" in page
    assert "Work phone, Bank account" in page
