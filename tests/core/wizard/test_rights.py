"""Who may open which page of a vendor's section (G-01)."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations.core.models import Connection, SyncRun
from tests.core.wizard.addresses import CALLBACK, MANAGED, OVERVIEW, SET_UP, page
from tests.core.wizard.conftest import SignIn
from tests.pages import press

pytestmark = pytest.mark.behaviour("G-01")
POSTS = ("consent", "authorise", "settings", "disconnect", "synchronise")


def read_pages(connection: Connection) -> list[str]:
    return [OVERVIEW, page(connection)]


def managed_pages(connection: Connection) -> list[str]:
    return [SET_UP, CALLBACK, *(page(connection, name) for name in MANAGED)]


def statuses(client: Client, pages: list[str]) -> set[int]:
    return {client.get(address).status_code for address in pages}


def menu(client: Client) -> list[str]:
    sections = client.get(reverse("admin:index")).context["sidebar_navigation"]
    return [str(item["link"]) for section in sections for item in section["items"] if item["has_permission"]]


@pytest.mark.parametrize("role", ["hr_admin", "integration_admin", "superuser"])
def test_whoever_may_synchronise_reads_the_overview_and_the_connection(
    sign_in: SignIn, connected: Connection, role: str
) -> None:
    assert statuses(sign_in(role), read_pages(connected)) == {200}


@pytest.mark.parametrize("role", ["integration_admin", "superuser"])
def test_whoever_manages_integrations_opens_the_pages_of_connecting(
    sign_in: SignIn, connected: Connection, role: str
) -> None:
    opened = {address: sign_in(role).get(address).status_code for address in managed_pages(connected)}

    # Without a company left, and without an answer of the vendor, these two lead back with a message.
    assert {address for address, status in opened.items() if status == 302} == {SET_UP, CALLBACK}
    assert set(opened.values()) == {200, 302}


def test_an_hr_admin_does_not_open_the_pages_of_connecting(sign_in: SignIn, connected: Connection) -> None:
    assert statuses(sign_in("hr_admin"), managed_pages(connected)) == {403}


@pytest.mark.parametrize("role", ["payroll", "staff", "user"])
def test_without_a_right_every_page_is_forbidden(sign_in: SignIn, connected: Connection, role: str) -> None:
    pages = [*read_pages(connected), *managed_pages(connected)]

    assert statuses(sign_in(role), pages) == {403}
    assert sign_in(role).post(page(connected, "synchronise")).status_code == 403


def test_whoever_is_not_signed_in_is_asked_to(sign_in: SignIn, connected: Connection) -> None:
    pages = [*read_pages(connected), *managed_pages(connected), page(connected, "synchronise")]
    answers = [sign_in("anonymous").get(address) for address in pages]

    assert {answer.headers["Location"].split("?")[0] for answer in answers} == {reverse("admin:login")}


@pytest.mark.parametrize("name", ["consent", "authorise", "settings", "disconnect"])
def test_an_hr_admin_changes_nothing_of_the_connection(sign_in: SignIn, connected: Connection, name: str) -> None:
    assert sign_in("hr_admin").post(page(connected, name)).status_code == 403
    assert Connection.objects.get().state == Connection.State.AUTHORISED


def test_an_hr_admin_synchronises(sign_in: SignIn, connected: Connection) -> None:
    client = sign_in("hr_admin")
    assert press(client, client.get(page(connected)), "Synchronise users").status_code == 302
    assert SyncRun.objects.count() == 1


@pytest.mark.parametrize("name", ["connection", *MANAGED, "synchronise"])
def test_another_integrations_connection_is_not_found(client: Client, connected: Connection, name: str) -> None:
    Connection.objects.update(integration="elsewhere")

    assert client.get(page(connected, name)).status_code == 404
    assert client.post(page(connected, name)).status_code == 404


def test_the_callback_of_an_unknown_integration_is_not_found(client: Client) -> None:
    assert client.get(reverse("oauth_callback", args=["elsewhere"])).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_a_forged_form_changes_nothing(client: Client, connected: Connection, name: str) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client.cookies

    assert careful.post(page(connected, name)).status_code == 403
    assert careful.post(SET_UP).status_code == 403


def test_opening_a_page_starts_nothing(client: Client, connected: Connection) -> None:
    assert client.get(page(connected, "synchronise")).status_code == 405
    client.get(page(connected, "disconnect"))

    assert Connection.objects.get().state == Connection.State.AUTHORISED
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize(("role", "shown"), [("hr_admin", True), ("integration_admin", True), ("payroll", False)])
def test_the_menu_leads_to_the_section(sign_in: SignIn, role: str, shown: bool) -> None:
    assert (OVERVIEW in menu(sign_in(role))) is shown


def test_the_steps_lead_an_hr_admin_to_no_refusal(sign_in: SignIn, connected: Connection) -> None:
    shown = sign_in("hr_admin").get(page(connected)).content.decode()

    assert not [name for name in MANAGED if f'href="{page(connected, name)}"' in shown]
