"""Somebody with a protected identity is on no page of whoever may not see them, also beside somebody else (PR-04)."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN
from employees.models import Employee
from employees.transfer import tasks
from employees.transfer.jobs import confirm_import, start_import
from tests.access.signing_in import text_of
from tests.access.test_walk import walked
from tests.access.world import World, signed_in, world_of
from tests.core.admin.filling import service_runs
from tests.employees.transfer.files import csv_file, reasons
from tests.factories import EmployeeFactory
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("PR-04")]
HIDDEN: Final = "Somebody with a protected identity"
NAMES: Final = ("Eva Alpha", "Boss Alpha", "Cia Alpha", "Alpha, Eva", "Alpha, Boss")


@pytest.fixture
def world() -> World:
    service_runs()
    return world_of("Alpha")


def hr_who_sees_none() -> Client:
    """Return somebody who does an HR admin's work without the right to see protected people."""
    user = User.objects.create_user("hilda", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(group=Group.objects.get(name=HR_ADMIN)))
    user.user_permissions.remove(Permission.objects.get(codename="view_protected"))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def protect(*people: Employee) -> None:
    for person in people:
        person.refresh_from_db()
        person.protected_identity = True
        person.save()


def looked_at(client: Client, world: World) -> Iterator[tuple[str, Any]]:
    """Yield every page, and what lists and choosers find of the names."""
    for route, name in walked().items():
        address = world.address(route)
        yield name, client.get(address)
        if "<" not in route and "changelist" in name:
            yield f"{name} searched", client.get(address, {"q": "Eva"})
    for word in ("Eva", "Boss", "Cia"):
        chooser = {"app_label": "employees", "model_name": "employee", "field_name": "manager", "term": word}
        yield f"chooser of {word}", client.get(reverse("admin:autocomplete"), chooser)
        people = world.address("fortnox/fortnoxconnection/<int:pk>/people/")
        yield f"pilot of {word}", client.get(people, {"term": word})


# The other roles without the right see no people, or their own team.
@pytest.mark.parametrize("role", [INTEGRATION_ADMIN, "without the right"])
def test_no_page_names_anybody_protected_to_whoever_may_not_see_them(world: World, role: str) -> None:
    client = hr_who_sees_none() if role == "without the right" else signed_in(role, world.company)
    protect(*world.company.employees.all())

    pages = dict(looked_at(client, world))
    assert {name: [each for each in NAMES if each in text_of(page)] for name, page in pages.items()} == {
        name: [] for name in pages
    }
    assert [name for name, page in pages.items() if page.status_code >= 500] == []
    assert sum(HIDDEN in text_of(page) for page in pages.values()) > 3


@pytest.mark.parametrize("role", [INTEGRATION_ADMIN, "without the right"])
def test_nobody_protected_is_found_by_a_name(world: World, role: str) -> None:
    client = hr_who_sees_none() if role == "without the right" else signed_in(role, world.company)
    of_run = [world.ids["pk"], world.ids["run_id"]]
    found = {
        reverse("admin:fortnox_fortnoxconnection_missing", args=of_run): {"name": "Eva"},
        reverse("admin:fortnox_fortnoxconnection_conflicts", args=of_run): {"name": "Cia"},
        reverse("admin:core_syncrow_run", args=of_run[1:]): {"q": "Cia"},
        reverse("admin:core_problem_changelist"): {"name": "Cia"},
    }
    before = [text_of(client.get(address, asked)) for address, asked in found.items()]
    assert [asked for asked, text in zip(found.values(), before, strict=True) if " Alpha" not in text] == []

    protect(*world.company.employees.all())

    pages = {address: client.get(address, asked) for address, asked in found.items()}
    assert [address for address, page in pages.items() if HIDDEN in text_of(page)] == []
    assert [address for address, page in pages.items() if page.status_code != 200] == []


# --- Somebody open, whose manager is protected ------------------------------------------------------------------


@pytest.fixture
def led(world: World) -> Employee:
    boss = world.person.manager
    assert boss is not None
    protect(boss)
    return world.person


def page_of(person: Employee, name: str = "change") -> str:
    return reverse(f"admin:employees_employee_{name}", args=[person.pk])


def test_a_protected_manager_stays_unnamed_and_stays_when_the_page_is_saved(led: Employee) -> None:
    client = hr_who_sees_none()
    page = client.get(page_of(led))
    assert HIDDEN in text_of(page)
    assert "Boss" not in text_of(page)

    saved = press(client, page, "_save", {"city": "Lund"})

    assert saved.status_code == 302
    boss = led.manager
    led.refresh_from_db()
    assert (led.city, led.manager) == ("Lund", boss)


def test_the_history_names_no_protected_manager(led: Employee, world: World) -> None:
    hr = signed_in(HR_ADMIN, world.company)
    other = EmployeeFactory.create(company=world.company)
    boss = led.manager
    assert boss is not None
    for manager in (other, boss):
        assert press(hr, hr.get(page_of(led)), "_save", {"manager": manager.pk}).status_code == 302

    changes = reverse("admin:core_fieldchange_changelist")
    mine, hers = (text_of(client.get(changes)) for client in (hr, hr_who_sees_none()))

    assert "Boss" in mine
    assert "Boss" not in hers
    assert HIDDEN in hers
    assert other.full_name in hers


def test_no_address_answers_whom_somebody_leads(led: Employee) -> None:
    client, people = hr_who_sees_none(), reverse("admin:employees_employee_changelist")
    assert led.manager is not None

    for name in ("manager", "manager__id__exact", "manager_id", "manager__exact", "manager__employment_id"):
        answer = client.get(people, {name: led.manager.pk})
        assert answer.status_code in (302, 400), name


# --- Files ------------------------------------------------------------------------------------------------------


def exported(client: Client) -> str:
    page = client.get(reverse("admin:employees_employee_export"))
    return str(press(client, page, "Submit", {"format": "0"}).content.decode("utf-8-sig"))


def test_a_file_names_no_protected_manager_and_read_again_changes_nothing(led: Employee, world: World) -> None:
    boss = led.manager
    assert boss is not None
    client = hr_who_sees_none()

    content = exported(client)

    assert HIDDEN in content
    assert not any(text in content for text in (boss.employment_id, boss.work_email) if text)
    job = start_import(
        company=world.company,
        by_id=User.objects.get(username="hilda").pk,
        file_name="people.csv",
        content=content.encode(),
        create_departments=False,
        sensitive_allowed=True,
    )
    tasks.work(job.pk)
    job.refresh_from_db()
    assert reasons(job) == {}
    assert not job.rows.filter(record_id=led.pk).exists()


def test_a_row_about_somebody_protected_is_refused_and_does_nothing(world: World) -> None:
    person = world.person
    person.employment_id = "77"
    person.save()
    protect(person)
    hr_who_sees_none()
    job = start_import(
        company=world.company,
        by_id=User.objects.get(username="hilda").pk,
        file_name="people.csv",
        content=csv_file([("employment ID", "given name", "family name", "city"), ("77", "Ev", "Al", "Lund")]),
        create_departments=False,
        sensitive_allowed=True,
    )

    tasks.work(job.pk)

    (row,) = job.rows.all()
    assert "somebody whom you may not see" in row.errors[0][1]
    assert (row.label, row.changes, row.values) == ("Ev Al", {}, {})
    assert not confirm_import(job=job, by_id=None, skip_bad=False)
    person.refresh_from_db()
    assert person.city != "Lund"
