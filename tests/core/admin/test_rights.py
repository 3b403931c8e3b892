"""Who may open what (G-01): every page for every role, and no entry of the menu leads to a refusal."""

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, PAYROLL
from integrations.core.addresses import connection_url
from integrations.core.hub.labels import label_problems
from integrations.core.models import Connection, Problem
from integrations.core.registry import manifests
from tests.core.admin.conftest import SignIn
from tests.core.admin.filling import World
from tests.core.admin.pages import list_of, page_of, pages
from tests.pages import press

pytestmark = pytest.mark.django_db
READERS = ("hr_admin", "integration_admin", "superuser")
# The queue's own list is there only while the queue is in the database.
QUEUE_MODELS = ("schedule", "success", "failure", *(() if settings.REDIS_URL else ("ormq",)))
QUEUE_LISTS = [reverse(f"admin:django_q_{name}_changelist") for name in QUEUE_MODELS]


def core_rights(group: str) -> set[str]:
    rights = Group.objects.get(name=group).permissions.filter(content_type__app_label="core")
    return set(rights.values_list("codename", flat=True))


def menu(client: Client) -> list[str]:
    sections = client.get(reverse("admin:index")).context["sidebar_navigation"]
    return [str(item["link"]) for section in sections for item in section["items"] if item["has_permission"]]


@pytest.mark.behaviour("G-01")
def test_the_rights_of_each_integration_are_given_to_their_roles() -> None:
    managing = {f"manage_{integration}" for integration in manifests()}

    assert {"manage_fortnox", "run_fortnox", "view_syncrun"} <= core_rights(INTEGRATION_ADMIN)
    assert core_rights(INTEGRATION_ADMIN) - core_rights(HR_ADMIN) == managing
    assert core_rights(PAYROLL) == {"view_problem", *(f"mend_{integration}" for integration in manifests())}


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", READERS)
def test_whoever_has_the_right_opens_every_page(sign_in: SignIn, world: World, role: str) -> None:
    client = sign_in(role)

    assert {page: client.get(page).status_code for page in pages(world)} == dict.fromkeys(pages(world), 200)


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", ["staff", "user"])
def test_without_a_right_every_page_is_forbidden(sign_in: SignIn, world: World, role: str) -> None:
    client = sign_in(role)

    assert {page: client.get(page).status_code for page in pages(world)} == dict.fromkeys(pages(world), 403)


@pytest.mark.behaviour("G-01")
def test_whoever_is_not_signed_in_is_asked_to(sign_in: SignIn, world: World) -> None:
    client = sign_in("anonymous")
    answers = {client.get(page).headers["Location"].split("?")[0] for page in pages(world)}

    assert answers == {reverse("admin:login")}


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", ["hr_admin", "integration_admin", "payroll", "staff", "superuser"])
def test_no_entry_of_the_menu_leads_to_a_refusal(sign_in: SignIn, world: World, role: str) -> None:
    client = sign_in(role)
    links = menu(client)

    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", ["staff"])
def test_whoever_has_no_right_sees_no_entry_of_the_integrations(sign_in: SignIn, role: str) -> None:
    assert [link for link in menu(sign_in(role)) if "/core/" in link] == []


@pytest.mark.behaviour("G-01", "HR-09")
def test_payroll_reads_the_error_log_tries_again_and_opens_no_other_page_of_the_integrations(
    sign_in: SignIn, world: World
) -> None:
    client, log = sign_in("payroll"), list_of("problem")

    opened = {page for page in pages(world) if client.get(page).status_code == 200}
    assert opened == {log, page_of(world.problem)}
    assert [link for link in menu(client) if "/core/" in link] == [log]
    again = f"Try again: {label_problems([world.problem])[world.problem.pk]}"
    assert press(client, client.get(page_of(world.problem)), again).status_code == 302
    world.problem.refresh_from_db()
    assert world.problem.state == Problem.State.RETRIED


def test_payroll_finds_bank_accounts_and_compensation_in_the_menu(sign_in: SignIn) -> None:
    links = menu(sign_in("payroll"))

    assert reverse("admin:employees_bankaccount_changelist") in links
    assert reverse("admin:employees_compensation_changelist") in links


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", ["hr_admin", "integration_admin", "payroll"])
def test_the_queue_is_the_operators_alone(sign_in: SignIn, role: str) -> None:
    client = sign_in(role)

    assert {client.get(page).status_code for page in QUEUE_LISTS[:3]} == {403}
    assert not [link for link in menu(client) if "django_q" in link]


def test_an_operator_opens_the_queues_pages(sign_in: SignIn) -> None:
    client = sign_in("superuser")
    links = [link for link in menu(client) if "django_q" in link]

    assert set(QUEUE_LISTS[:3]) <= set(links)
    assert {client.get(link).status_code for link in links} == {200}


@pytest.mark.behaviour("G-01")
def test_a_connection_is_changed_on_its_settings_page_alone_and_the_way_there_is_for_integration_admins(
    sign_in: SignIn, world: World
) -> None:
    settings = connection_url(world.connection, "settings")
    posted = {"label": "Another", "recipients": "a@demo.example", "settings": "{}"}

    for role in ("hr_admin", "integration_admin", "superuser"):
        client = sign_in(role)
        page = client.get(page_of(world.connection)).content.decode()
        assert (settings in page, 'name="_save"' in page) == (role != "hr_admin", False)
        assert client.post(page_of(world.connection), posted).status_code == 403
    assert Connection.objects.get().label == world.connection.label


@pytest.mark.parametrize("role", READERS)
def test_nobody_adds_or_deletes_a_connection_by_hand(sign_in: SignIn, world: World, role: str) -> None:
    client = sign_in(role)

    assert client.get(reverse("admin:core_connection_add")).status_code == 403
    assert client.post(reverse("admin:core_connection_delete", args=[world.connection.pk])).status_code == 403


def test_whoever_is_signed_in_without_staff_rights_can_sign_out(sign_in: SignIn) -> None:
    client = sign_in("user")

    assert "Sign out" in client.get(reverse("admin:index")).content.decode()
    assert press(client, client.get(reverse("admin:index")), "Sign out").status_code == 200
    assert client.get(reverse("admin:index")).headers["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize(
    "query",
    [
        "fieldchange?after__contains=321",
        "link?pairs__bank_account__contains=321",
        "delivery?wanted__icontains=321",
        "connection?consent_by__password__startswith=a",
    ],
)
def test_masked_values_cannot_be_guessed_by_the_address_of_a_list(
    reader_without_sensitive: Client, world: World, query: str
) -> None:
    model_name, _mark, lookup = query.partition("?")

    assert reader_without_sensitive.get(f"{list_of(model_name)}?{lookup}").status_code == 400
    assert reader_without_sensitive.get(list_of(model_name)).status_code == 200
