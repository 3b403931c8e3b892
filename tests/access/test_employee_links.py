"""Who is whose manager hangs on the link between a user and an employee, and on nothing that has an equal text."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.access.companies import put_limit
from employees.access.models import AccessEvent, EmployeeLink, LinkingNote
from employees.groups import HR_ADMIN, MANAGER, OPERATOR, PAYROLL_OFFICE
from employees.models import Employee
from tests.access.signing_in import text_of
from tests.access.world import signed_in
from tests.factories import AbsenceFactory, EmployeeFactory
from tests.pages import form_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("HR-19")]
ABSENCES = reverse("admin:absences_absence_changelist")
USER = "user_link-0-user"


@pytest.fixture
def boss() -> Employee:
    return EmployeeFactory.create(given_name="Maja", family_name="Ek")


@pytest.fixture
def report(boss: Employee) -> Employee:
    person = EmployeeFactory.create(company=boss.company, manager=boss, given_name="Eva", family_name="Lund")
    AbsenceFactory.create(employee=person)
    return person


@pytest.fixture
def mats() -> User:
    user = User.objects.create_user("mats", "mats@example.se", first_name="Mats", last_name="Ek", is_staff=True)
    user.groups.set([Group.objects.get(name=MANAGER)])
    return user


@pytest.fixture
def manager(mats: User) -> Client:
    client = Client()
    client.force_login(mats)
    return client


@pytest.fixture
def hr() -> Client:
    return signed_in(HR_ADMIN)


def page_of(employee: Employee) -> str:
    return reverse("admin:employees_employee_change", args=[employee.pk])


def sees_the_team(client: Client) -> bool:
    return "Eva Lund" in text_of(client.get(ABSENCES))


def test_a_link_on_the_employees_page_gives_the_team_and_taking_it_away_ends_that(
    hr: Client, manager: Client, mats: User, boss: Employee, report: Employee
) -> None:
    press(hr, hr.get(page_of(boss)), "_save", {USER: str(mats.pk)})

    assert sees_the_team(manager)
    assert "Mats Ek (mats)" in hr.get(page_of(boss)).content.decode()

    press(hr, hr.get(page_of(boss)), "_save", {"user_link-0-DELETE": "on"})

    assert not sees_the_team(manager)
    kinds = AccessEvent.objects.filter(user=mats, employee=boss).order_by("pk").values_list("kind", "by__username")
    assert list(kinds) == [("employee_linked", f"{HR_ADMIN} of 0"), ("employee_unlinked", f"{HR_ADMIN} of 0")]
    assert "user account" in str(LogEntry.objects.filter(object_id=str(boss.pk)).first())


def test_other_addresses_give_and_take_nothing(manager: Client, mats: User, boss: Employee, report: Employee) -> None:
    Employee._base_manager.filter(pk=boss.pk).update(work_email=mats.email)
    assert not sees_the_team(manager)

    EmployeeLink.objects.create(user=mats, employee=boss)
    boss.refresh_from_db()
    boss.work_email = "new@example.se"
    boss.save()
    User.objects.create_user("other", "new@example.se", is_staff=True)
    assert sees_the_team(manager)


def test_a_manager_who_has_left_sees_and_decides_nothing_until_employed_again(
    manager: Client, mats: User, boss: Employee, report: Employee
) -> None:
    EmployeeLink.objects.create(user=mats, employee=boss)
    absence = report.absences.get()
    opened = manager.get(reverse("admin:absences_absence_change", args=[absence.pk]))
    boss.last_workday = timezone.localdate() - timedelta(days=2)
    boss.save()

    assert not sees_the_team(manager)
    form = form_of(opened, button="Approve")
    manager.post(reverse("admin:absences_absence_decide"), form.values())
    absence.refresh_from_db()
    assert absence.status == "requested"

    boss.last_workday = None
    boss.save()
    assert sees_the_team(manager)


def test_nobody_links_their_own_account(hr: Client, boss: Employee) -> None:
    me = User.objects.get(username=f"{HR_ADMIN} of 0")

    refused = press(hr, hr.get(page_of(boss)), "_save", {USER: str(me.pk)})
    assert "somebody else has to link it" in text_of(refused)

    link = EmployeeLink.objects.create(user=me, employee=boss)
    assert USER not in form_of(hr.get(page_of(boss))).values()
    assert EmployeeLink.objects.get() == link


def test_a_user_is_one_employee_of_a_company_and_may_be_employed_in_two(
    hr: Client, mats: User, boss: Employee, report: Employee
) -> None:
    elsewhere = EmployeeFactory.create()
    EmployeeLink.objects.create(user=mats, employee=boss)

    refused = press(hr, hr.get(page_of(report)), "_save", {USER: str(mats.pk)})
    assert "Select a valid choice" in text_of(refused) or "of the same company" in text_of(refused)
    assert EmployeeLink.objects.count() == 1

    press(hr, hr.get(page_of(elsewhere)), "_save", {USER: str(mats.pk)})
    assert EmployeeLink.objects.count() == 2


def test_an_old_page_does_not_write_an_old_link_back(hr: Client, mats: User, boss: Employee) -> None:
    opened = hr.get(page_of(boss))
    EmployeeLink.objects.create(user=mats, employee=boss)
    other = User.objects.create_user("other", is_staff=True)

    assert "changed by somebody else" in text_of(press(hr, opened, "_save", {USER: str(other.pk)}))
    assert EmployeeLink.objects.get().user == mats


def test_whoever_sees_chosen_companies_reads_the_link_and_finds_no_users(boss: Employee, mats: User) -> None:
    office = signed_in(PAYROLL_OFFICE, boss.company)
    put_limit(User.objects.get(username=f"{PAYROLL_OFFICE} of 1"), [boss.company])
    EmployeeLink.objects.create(user=mats, employee=boss)

    opened = office.get(page_of(boss))
    query = {"app_label": "access", "model_name": "employeelink", "field_name": "user", "term": "ma"}

    assert "mats" in text_of(opened)
    assert USER not in form_of(opened).values()
    assert office.get(reverse("admin:autocomplete"), query).status_code == 403


def test_the_search_offers_who_can_sign_in_and_is_nobody_else_of_the_company(
    hr: Client, mats: User, boss: Employee, report: Employee
) -> None:
    accounts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("maja", {"is_staff": True}),
        ("mark", {"is_staff": True, "is_active": False}),
        ("max", {}),
    )
    for name, values in accounts:
        User.objects.create_user(name, **values)
    EmployeeLink.objects.create(user=mats, employee=report)
    query: dict[str, Any] = {"app_label": "access", "model_name": "employeelink", "field_name": "user", "term": "ma"}

    found = hr.get(reverse("admin:autocomplete"), {**query, "record": boss.pk}).json()["results"]

    assert [each["text"] for each in found] == ["maja"]


def test_the_users_page_says_whom_the_user_is_by_name_only_to_readers_of_people(
    mats: User, boss: Employee, admin_client: Client
) -> None:
    EmployeeLink.objects.create(user=mats, employee=boss)
    page = reverse("admin:auth_user_change", args=[mats.pk])

    operators = text_of(signed_in(OPERATOR).get(page))
    assert f"Somebody of {boss.company}" in operators
    assert "Maja" not in operators
    assert page_of(boss) in admin_client.get(page).content.decode()


def test_people_whose_manager_is_gone_are_counted_and_listed_until_they_have_another(
    hr: Client, boss: Employee, report: Employee
) -> None:
    boss.last_workday = timezone.localdate() - timedelta(days=2)
    boss.save()

    start = hr.get(reverse("admin:index"))
    assert "The manager of 1 person is not there any more" in text_of(start)
    listed = hr.get(reverse("admin:employees_employee_changelist"), {"manager_there": "gone"})
    assert list(listed.context["cl"].result_list) == [report]

    report.manager = EmployeeFactory.create(company=boss.company)
    report.save()
    assert "is not there any more" not in text_of(hr.get(reverse("admin:index")))


# --- The upgrade ------------------------------------------------------------------------------------------------


@pytest.fixture
def upgrade() -> Any:
    migration = import_module("employees.access.migrations.0004_employee_links")
    return lambda: migration.link_by_address(apps, None)


def test_the_upgrade_links_by_the_address_of_then_and_the_manager_keeps_the_team(
    upgrade: Any, hr: Client, manager: Client, mats: User, boss: Employee, report: Employee
) -> None:
    Employee._base_manager.filter(pk=boss.pk).update(work_email="MATS@Example.se")
    upgrade()

    assert sees_the_team(manager)
    start = hr.get(reverse("admin:index"))
    assert "1 user was linked" in text_of(start)
    assert "Mats Ek (mats)" in text_of(start)

    hr.post(reverse("linking_note_dismiss", args=[LinkingNote.objects.get().pk]))
    assert "1 user was linked" not in text_of(hr.get(reverse("admin:index")))
    assert "linked" not in text_of(manager.get(reverse("admin:index")))
    assert manager.post(reverse("linking_note_dismiss", args=[1])).status_code == 403


def test_the_upgrade_links_nobody_where_an_address_is_of_several_and_says_so(
    upgrade: Any, hr: Client, manager: Client, mats: User, boss: Employee, report: Employee
) -> None:
    User.objects.create_user("twin", "Mats@example.se", is_staff=True)
    Employee._base_manager.filter(pk=boss.pk).update(work_email="mats@example.se")
    upgrade()

    assert not EmployeeLink.objects.exists()
    assert "Mats Ek (mats), twin: Maja Ek" in text_of(hr.get(reverse("admin:index")))

    press(hr, hr.get(page_of(boss)), "_save", {USER: str(mats.pk)})
    assert sees_the_team(manager)


def test_the_upgrade_prefers_who_may_sign_in_and_who_has_not_left(upgrade: Any, mats: User, boss: Employee) -> None:
    User.objects.create_user("old", "mats@example.se", is_active=False)
    long_ago = timezone.localdate() - timedelta(days=200)
    left = EmployeeFactory.create(company=boss.company, last_workday=long_ago)
    Employee._base_manager.filter(pk__in=[boss.pk, left.pk]).update(work_email="mats@example.se")
    upgrade()

    assert list(EmployeeLink.objects.values_list("user", "employee")) == [(mats.pk, boss.pk)]


def test_a_new_installation_has_no_note(upgrade: Any) -> None:
    upgrade()
    assert not LinkingNote.objects.exists()
