"""The rights on one integration open nothing of another (G-01), and what an absence is stays with those who read it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, OPERATOR, PAYROLL
from integrations.core.models import Connection, Delivery, FieldChange, Link, Problem
from tests.access.world import World, signed_in, world_of
from tests.core.admin.filling import MORNING, service_runs
from tests.core.admin.pages import page_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("G-01")]
SECTION = "admin:fortnox_fortnoxconnection_"


@pytest.fixture
def world() -> World:
    service_runs()
    return world_of("Alpha")


def with_rights(*codenames: str) -> Client:
    user = User.objects.create_user("finn", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


READING = ("view_connection", "view_syncrun", "view_syncrow", "view_link", "view_delivery", "view_problem")


def test_whoever_runs_another_integration_finds_nothing_of_this_one(world: World) -> None:
    client = with_rights("run_visma_payroll", "manage_visma_payroll", "view_fieldchange", "view_employee", *READING)
    connection, run = world.reviewed.run.connection, world.reviewed.run

    for name in ("connection", "settings", "disconnect"):
        assert client.get(reverse(f"{SECTION}{name}", args=[connection.pk])).status_code == 403
    assert client.get(reverse(f"{SECTION}conflicts", args=[connection.pk, run.pk])).status_code == 403
    assert client.get(reverse("oauth_callback", args=["fortnox"])).status_code == 403
    for record in (connection, run, *Link.objects.all(), *Delivery.objects.all(), *Problem.objects.all()):
        assert client.get(page_of(record)).status_code in (302, 404)
    lists = [reverse(f"admin:core_{name}_changelist") for name in ("connection", "syncrun", "link", "delivery")]
    lists += [reverse("admin:core_problem_changelist"), reverse("admin:index")]
    assert [address for address in lists if "Fortnox" in text_of(client.get(address))] == []
    link = Link.objects.get()
    page = reverse("admin:employees_employee_disconnect", args=[link.left_id, link.pk])
    assert client.get(page).status_code == 404
    assert client.get(reverse("admin:visma_payroll_vismapayrollconnection_changelist")).status_code == 200


def test_what_was_written_to_a_system_of_another_integration_is_in_no_history(world: World) -> None:
    FieldChange.objects.create(
        subject="employee",
        subject_id=str(world.person.pk),
        field="phone",
        after="+46701740605",
        at=MORNING,
        connection=world.reviewed.run.connection,
    )
    client = with_rights("run_visma_payroll", "view_fieldchange", "view_employee")

    shown = text_of(client.get(reverse("admin:core_fieldchange_changelist")))

    assert "City Alpha" in shown
    assert "Fortnox" not in shown


def test_whoever_only_sees_an_integration_acts_on_none_of_its_problems(world: World) -> None:
    client = with_rights("see_fortnox", "mend_visma_payroll", *READING)
    problem = Problem.objects.get()

    assert "Dismiss" not in text_of(client.get(page_of(problem)))
    act = {"problem": problem.pk, "action": "dismiss", "reason": "no"}
    assert client.post(reverse("admin:core_problem_act"), act).status_code == 404
    problem.refresh_from_db()
    assert problem.state == Problem.State.OPEN


def of_absence(world: World) -> Problem:
    return Problem.objects.create(
        connection=world.reviewed.run.connection,
        resource="absences",
        left_id=f"absence:{world.absence.pk}",
        label=world.absence.label,
        action="create",
        cause="Refused:sick",
        message="Sjukfrånvaro cannot be kept.",
        dismissed_reason="The doctor's note came late.",
        state=Problem.State.DISMISSED,
        decided_at=MORNING,
        first_at=MORNING,
        last_at=MORNING,
    )


@pytest.mark.behaviour("OP-14")
@pytest.mark.parametrize(("role", "seen"), [(INTEGRATION_ADMIN, False), (HR_ADMIN, True), (PAYROLL, True)])
def test_what_an_absence_is_stands_in_the_error_log_for_those_who_read_absences(
    world: World, role: str, seen: bool
) -> None:
    problem = of_absence(world)
    client = signed_in(role)
    pages = [client.get(page_of(problem)), client.get(reverse("admin:core_problem_changelist"), {"state": "all"})]

    for word in ("Sjukfrånvaro", "note came late"):
        assert [word in text_of(page) for page in pages] == [seen, seen]
    assert all("Eva Alpha" in text_of(page) for page in pages)


@pytest.mark.behaviour("OP-14")
def test_an_integration_admin_finds_no_absences_pay_or_what_was_sent_of_absences(world: World) -> None:
    connection = world.reviewed.run.connection
    sent: dict[str, Any] = {"connection": connection, "resource": "absences", "left_id": f"absence:{world.absence.pk}"}
    delivery = Delivery.objects.create(**sent, action="create", state="done", wanted={"cause": "SJK"}, sent_at=MORNING)
    link = Link.objects.create(**sent, right_id="1", state="active")
    client = signed_in(INTEGRATION_ADMIN)

    for record in (delivery, link):
        assert client.get(page_of(record)).status_code == 302
    for name in ("absences_absence", "employees_bankaccount", "employees_compensation"):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 403
    person = text_of(client.get(reverse("admin:employees_employee_change", args=[world.person.pk])))
    assert world.person.national_id not in person
    assert client.get(reverse(f"{SECTION}existing_absences", args=[connection.pk])).status_code == 403
    hr = signed_in(HR_ADMIN)
    assert [hr.get(page_of(record)).status_code for record in (delivery, link)] == [200, 200]


@pytest.mark.behaviour("OP-14")
def test_an_operator_sees_how_a_connection_stands_and_nobody_in_it(world: World) -> None:
    connection = world.reviewed.run.connection
    Connection.objects.update(scope={"employees": [world.person.pk]})
    client = signed_in(OPERATOR)

    page, start = client.get(page_of(connection)), client.get(reverse("admin:index"))

    assert page.status_code == 200
    assert "Chosen departments or people" in text_of(page)
    assert "Fortnox Alpha" in text_of(start)
    assert [name for name in ("Eva Alpha", "Cia Alpha") if name in text_of(page) + text_of(start)] == []


def test_without_a_right_on_an_integration_the_menu_has_no_entry_of_it(world: World) -> None:
    client = signed_in(HR_ADMIN)
    Group.objects.get(name=HR_ADMIN).permissions.remove(*Permission.objects.filter(codename__endswith="_fortnox"))

    sections = client.get(reverse("admin:index")).context["sidebar_navigation"]
    links = [str(item["link"]) for section in sections for item in section["items"] if item["has_permission"]]

    assert reverse(f"{SECTION}changelist") not in links
    assert reverse("admin:visma_payroll_vismapayrollconnection_changelist") in links
