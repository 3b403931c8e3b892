"""A user who is limited to companies: what pages post, choose, count, export and mail of others' (OP-14)."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from absences.models import Absence
from employees.access.companies import companies_seen, put_limit
from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, OPERATOR, PAYROLL_OFFICE
from employees.models import Employee, ImportJob
from integrations.core.models import Notification, Problem
from integrations.core.report.sending import send_due
from tests.access.world import World, signed_in, world_of
from tests.core.admin.filling import service_runs
from tests.core.admin.pages import text_of
from tests.employees.transfer.test_export import export
from tests.factories import CompanyFactory, EmployeeFactory
from tests.pages import form_of, forms_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-14", "G-13")]
PEOPLE = reverse("admin:employees_employee_changelist")


@pytest.fixture
def own() -> World:
    service_runs()
    return world_of("Alpha")


@pytest.fixture
def other() -> World:
    return world_of("Omega", manager="other@example.se")


@pytest.fixture
def hanna(own: World) -> Client:
    """An HR admin of Alpha alone."""
    return signed_in(HR_ADMIN, own.company, limited=True)


def chosen(client: Client, model: str, field: str, **more: Any) -> list[str]:
    asked = {"app_label": model.split(".")[0], "model_name": model.split(".")[1], "field_name": field, **more}
    answer = client.get(reverse("admin:autocomplete"), {"term": "", **asked})
    return [each["text"] for each in json.loads(answer.content)["results"]]


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("employees.employee", "company"),
        ("employees.employee", "department"),
        ("employees.employee", "manager"),
        ("employees.bankaccount", "employee"),
        ("absences.absence", "employee"),
    ],
)
def test_a_chooser_offers_only_what_is_of_the_own_companies(
    hanna: Client, own: World, other: World, model: str, field: str
) -> None:
    EmployeeFactory.create(company=own.company, given_name="Ada", family_name="Alpha")
    of_other = chosen(hanna, model, field, company=str(other.company.pk))

    assert all("Alpha" in text for text in chosen(hanna, model, field))
    assert chosen(hanna, model, field) != []
    assert [text for text in of_other if "Omega" in text] == []


def test_nobody_is_moved_into_a_company_that_the_page_does_not_offer(hanna: Client, own: World, other: World) -> None:
    page = hanna.get(reverse("admin:employees_employee_change", args=[own.person.pk]))
    posted = {**form_of(page).values(), "company": str(other.company.pk), "department": "", "manager": ""}

    answer = hanna.post(page.request["PATH_INFO"], posted)

    own.person.refresh_from_db()
    assert own.person.company == own.company
    assert "Omega" not in text_of(answer)
    assert press(hanna, page, "", {"city": "Växjö"}).status_code == 302


def test_people_of_another_company_are_not_changed_together_with_own_ones(
    hanna: Client, own: World, other: World
) -> None:
    posted = {"action": "change_together", "_selected_action": [own.person.pk, other.person.pk]}
    page = hanna.post(PEOPLE, posted)
    assert form_of(page, button="Show what it would do").values()["employees"] == str(own.person.pk)

    both = f"{own.person.pk},{other.person.pk}"
    values = {"department": "none", "manager_becomes": "keep", "last_workday_becomes": "keep"}
    shown = hanna.post(reverse("admin:employees_employee_together"), {**values, "employees": both})
    assert "Omega" not in text_of(shown)
    press(hanna, shown, _confirming(shown))
    other.person.refresh_from_db()
    own.person.refresh_from_db()
    assert (own.person.department, other.person.department is None) == (None, False)


def _confirming(page: Any) -> str:
    return next(button.label for form in forms_of(page) for button in form.buttons if button.name == "confirm")


def test_nobodys_absence_of_another_company_is_decided_or_confirmed(hanna: Client, other: World) -> None:
    before = Absence.objects.values().get(pk=other.absence.pk)

    hanna.post(reverse("admin:absences_absence_decide"), {"absence": other.absence.pk, "status": "approved"})
    for name, posted in (
        ("give_way", {"stays": other.absence.pk, "gives": other.absence.pk}),
        ("confirm_outside", {"absence": other.absence.pk}),
    ):
        assert hanna.post(reverse(f"admin:absences_absence_{name}"), posted).status_code == 404
    assert Absence.objects.values().get(pk=other.absence.pk) == before


def test_a_problem_of_another_company_is_neither_tried_again_nor_dismissed(
    hanna: Client, own: World, other: World
) -> None:
    theirs = Problem.objects.get(pk=other.ids["problem"])
    address = reverse("admin:core_problem_act")
    group = {"connection": theirs.connection_id, "resource": theirs.resource, "cause": theirs.cause}

    for posted in ({"problem": theirs.pk}, group):
        assert hanna.post(address, {**posted, "action": "dismiss", "reason": "no"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.state == Problem.State.OPEN
    log = text_of(hanna.get(reverse("admin:core_problem_changelist"), {"connection": theirs.connection_id}))
    assert "Omega" not in log


def test_a_file_is_not_imported_into_another_company_and_its_people_are_not_found_by_it(
    hanna: Client, own: World, other: World
) -> None:
    address = reverse("admin:employees_employee_import")
    file = SimpleUploadedFile("a.csv", b"Employment ID;Given name;Family name\n1;A;B\n")

    answer = hanna.post(address, {"company": other.company.pk, "file": file})

    assert answer.status_code == 200
    assert "Omega" not in text_of(answer)
    assert ImportJob.objects.filter(company=other.company).count() == 1
    assert form_of(hanna.get(address), button="Show what it would do").values()["company"] == str(own.company.pk)


def test_an_export_holds_the_own_companies_people(hanna: Client, own: World, other: World) -> None:
    exported = export(hanna, fields=["given_name", "family_name"]).decode()

    assert "Alpha" in exported
    assert "Omega" not in exported


def test_an_address_that_somebody_of_another_company_has_is_nobodys_matter(
    hanna: Client, own: World, other: World
) -> None:
    other.person.work_email = "same@example.se"
    other.person.save()
    page = hanna.get(reverse("admin:employees_employee_change", args=[own.person.pk]))

    answer = press(hanna, page, "", {"work_email": "same@example.se"}, follow=True)

    assert "Omega" not in text_of(answer)
    own.person.refresh_from_db()
    assert own.person.work_email == "same@example.se"


def test_whoever_is_limited_neither_adds_companies_nor_changes_what_is_all_companies(
    hanna: Client, own: World, other: World
) -> None:
    for address in (
        reverse("admin:employees_company_add"),
        reverse("admin:employees_company_delete", args=[own.company.pk]),
        reverse("admin:absences_absencetype_add"),
    ):
        assert hanna.get(address).status_code == 403
        assert hanna.post(address, {"name": "Omega"}).status_code == 403
    # Nor does she learn by a refused name which companies there are.
    page = hanna.get(reverse("admin:employees_company_change", args=[own.company.pk]))
    assert "name" not in form_of(page).values()


@pytest.mark.parametrize("name", ["index", "core_connection_changelist", "fortnox_fortnoxconnection_changelist"])
def test_counts_and_lists_of_connections_are_of_the_own_companies(
    hanna: Client, own: World, other: World, name: str
) -> None:
    shown = text_of(hanna.get(reverse(f"admin:{name}")))

    assert "Fortnox Alpha" in shown
    assert "Omega" not in shown
    if name == "index":
        assert "1 stored value" in shown


def test_a_connection_is_set_up_for_an_own_company_alone(own: World, other: World) -> None:
    client = signed_in(INTEGRATION_ADMIN, own.company, limited=True)
    free = CompanyFactory.create(name="Alpha Norge", country="NO")
    put_limit(User.objects.get(username__startswith=INTEGRATION_ADMIN), [own.company, free])
    address = reverse("admin:visma_payroll_vismapayrollconnection_set_up")

    refused = client.post(address, {"company": other.company.pk, "label": "Visma"})

    assert refused.status_code == 200
    assert "Omega" not in text_of(client.get(address))
    assert press(client, client.get(address), "Go on to the terms", {"company": str(free.pk)}).status_code == 302


def test_a_mail_goes_to_a_user_only_about_companies_that_the_user_sees(own: World, other: World) -> None:
    for name, companies in (("ada", [own.company]), ("bo", [other.company]), ("cia", None)):
        put_limit(User.objects.create_user(name, f"{name.capitalize()}@example.se"), companies)
    gone = User.objects.create_user("dan", "dan@example.se", is_active=False)
    to = ["ada@example.se", "BO@example.se", "cia@example.se", gone.email, "payroll@office.example"]
    connection = own.reviewed.run.connection
    Problem.objects.filter(connection=connection).update(notified_at=timezone.now())
    problem = Problem.objects.get(pk=own.ids["problem"])
    Notification.objects.create(
        key=f"problems:{connection.pk}:{problem.pk}",
        connection=connection,
        recipients=to,
        data={"problems": [problem.pk]},
    )
    Problem.objects.exclude(connection=connection).update(notified_at=timezone.now())

    assert send_due() == 1

    assert mail.outbox[0].to == ["ada@example.se", "cia@example.se", "payroll@office.example"]


def test_a_company_that_is_deleted_never_widens_what_somebody_sees(own: World) -> None:
    only = CompanyFactory.create()
    user = User.objects.create_user("ada")
    put_limit(user, [only])
    assert companies_seen(user) == frozenset({only.pk})

    only.delete()

    assert companies_seen(User.objects.get(pk=user.pk)) == frozenset()


def test_whoever_was_not_limited_before_is_not_limited_and_a_superuser_never_is(own: World) -> None:
    root = User.objects.create_superuser("root")
    put_limit(root, [])

    assert companies_seen(User.objects.create_user("ada")) is None
    assert companies_seen(User.objects.get(pk=root.pk)) is None


def test_an_operator_limits_a_user_on_the_users_page(own: World, other: World) -> None:
    operator = signed_in(OPERATOR)
    user = User.objects.create_user("olof", is_staff=True)
    page = operator.get(reverse("admin:auth_user_change", args=[user.pk]))
    office = Group.objects.get(name=PAYROLL_OFFICE)

    refused = press(operator, page, "", {"companies": [str(own.company.pk)]})
    assert "Set the tick" in text_of(refused)
    answer = press(
        operator, page, "", {"groups": [str(office.pk)], "only_chosen": True, "companies": [str(own.company.pk)]}
    )

    assert answer.status_code == 302
    user = User.objects.get(pk=user.pk)
    assert (companies_seen(user), list(user.groups.all())) == (frozenset({own.company.pk}), [office])
    client = Client()
    client.force_login(user)
    assert {each.pk for each in Employee.objects.filter(company=own.company)} == {
        each.pk for each in client.get(PEOPLE).context["cl"].result_list
    }


def test_an_operator_gives_nobody_everything_and_not_more_to_the_own_account(own: World) -> None:
    operator = signed_in(OPERATOR)
    root, me = User.objects.create_superuser("root"), User.objects.get(username__startswith=OPERATOR)
    hr = Group.objects.get(name=HR_ADMIN)

    assert operator.post(reverse("admin:auth_user_change", args=[root.pk]), {"username": "x"}).status_code == 403
    assert operator.get(reverse("admin:auth_user_password_change", args=[root.pk])).status_code == 403
    page = operator.get(reverse("admin:auth_user_change", args=[me.pk]))
    hostile = {"is_superuser": "on", "user_permissions": ["1"]}
    operator.post(page.request["PATH_INFO"], {**form_of(page).values(), **hostile, "groups": [hr.pk]})
    somebody = User.objects.create_user("eva", is_staff=True)
    page = operator.get(reverse("admin:auth_user_change", args=[somebody.pk]))
    operator.post(
        page.request["PATH_INFO"], {**form_of(page).values(), "is_superuser": "on", "user_permissions": ["1"]}
    )

    me.refresh_from_db()
    somebody.refresh_from_db()
    assert [each.name for each in me.groups.all()] == [OPERATOR]
    assert [each.is_superuser for each in (me, somebody)] == [False, False]
    assert [each.user_permissions.count() for each in (me, somebody)] == [0, 0]


def test_a_built_in_role_is_read_and_not_changed_by_hand(own: World) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    role = Group.objects.get(name=HR_ADMIN)

    assert root.get(reverse("admin:auth_group_change", args=[role.pk])).status_code == 200
    assert root.post(reverse("admin:auth_group_change", args=[role.pk]), {"name": "x"}).status_code == 403
    assert root.post(reverse("admin:auth_group_delete", args=[role.pk]), {"post": "yes"}).status_code == 403
    root.post(
        reverse("admin:auth_group_changelist"),
        {"action": "delete_selected", "_selected_action": [role.pk], "post": "yes"},
    )
    assert Group.objects.filter(name=HR_ADMIN).exists()
