"""Somebody connects Fortnox in a real browser: through its login, refusing first; and reads every page of it."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN
from integrations.core.models import Connection
from tests.core.admin.filling import service_runs
from tests.core.connected import connect
from tests.core.wizard.addresses import OVERVIEW, SET_UP
from tests.core.wizard.addresses import page as page_of
from tests.factories import CompanyFactory, EmployeeFactory
from tests.sandbox.fortnox_caller import FIRST_COMPANY
from tests.sandbox_client import SandboxClient

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-long-password-for-a-test"
SIZES = {"desk": (1400, 900), "phone": (390, 844)}
SERIOUS = {"serious", "critical"}
SignedIn = Callable[[Page], Page]


@pytest.fixture(autouse=True)
def hub(transactional_db: None, live_server: LiveServer, settings: Settings) -> None:
    settings.PUBLIC_URL = live_server.url
    user = User.objects.create_user("ada", "ada@demo.example", PASSWORD, is_staff=True, first_name="Ada")
    user.groups.set(Group.objects.filter(name__in=(HR_ADMIN, INTEGRATION_ADMIN)))
    service_runs()


@pytest.fixture
def sign_in(live_server: LiveServer) -> SignedIn:
    def signed_in(page: Page) -> Page:
        page.goto(f"{live_server.url}/login/")
        page.fill("input[name=username]", "ada")
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"{live_server.url}/")
        return page

    return signed_in


def to_fortnox_and(page: Page, decision: str) -> None:
    page.get_by_role("button", name="Go to Fortnox").click()
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name=decision).click()


@pytest.mark.behaviour("G-03", "FX-01")
def test_a_person_connects_fortnox_refusing_first(
    page: Page, sandbox: SandboxClient, live_server: LiveServer, sign_in: SignedIn
) -> None:
    eva = EmployeeFactory.create(company=CompanyFactory.create(name="Demo AB"), given_name="Eva", family_name="Ek")
    sign_in(page)
    page.get_by_role("link", name="Fortnox").first.click()
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Company").select_option("Demo AB")
    page.get_by_role("button", name="Go on to the terms").click()

    page.get_by_label("I accept these terms").check()
    page.get_by_role("button", name="Accept and go on").click()

    to_fortnox_and(page, "Refuse")
    expect(page.get_by_text("The access was refused at Fortnox")).to_be_visible()
    to_fortnox_and(page, "Approve")
    expect(page.get_by_text("Connected to Nordhamn Handel AB (1204711).")).to_be_visible()

    page.get_by_label("Only the departments and people below").check()
    page.locator(".select2-selection").click()
    page.keyboard.type("eva")
    page.get_by_role("option", name="Eva Ek").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    expect(page.get_by_role("button", name="Synchronise users")).to_be_visible()
    connection = Connection.objects.get()
    assert (connection.account_id, connection.scope) == (FIRST_COMPANY, {"employees": [eva.pk]})


@pytest.mark.behaviour("FX-02")
def test_a_person_orders_the_licence_and_tries_again(
    page: Page, sandbox: SandboxClient, live_server: LiveServer, sign_in: SignedIn
) -> None:
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_licence": False})
    connection = drafted()
    sign_in(page).goto(f"{live_server.url}{page_of(connection, 'authorise')}")

    to_fortnox_and(page, "Approve")
    expect(page.get_by_text("no active payroll licence (Lön)")).to_be_visible()
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_licence": True})
    to_fortnox_and(page, "Approve")
    expect(page.get_by_text("Connected to Nordhamn Handel AB (1204711).")).to_be_visible()


def test_the_terms_and_the_way_to_fortnox_need_no_mouse(
    page: Page, sandbox: SandboxClient, live_server: LiveServer, sign_in: SignedIn
) -> None:
    connection = drafted()
    sign_in(page).goto(f"{live_server.url}{page_of(connection, 'consent')}")

    page.get_by_label("I accept these terms").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Go to Fortnox").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_every_page_of_the_section_fits_the_screen_and_is_accessible(
    browser: Browser, sandbox: SandboxClient, live_server: LiveServer, sign_in: SignedIn, size: str, scheme: str
) -> None:
    connection, draft = connect(), drafted()
    CompanyFactory.create(name="Third AB")
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith(live_server.url) else errors.append(sent.url))
    sign_in(page)

    found: list[Any] = []
    names = ("connection", "settings", "authorise", "disconnect")
    for address in (OVERVIEW, SET_UP, page_of(draft, "consent"), *(page_of(connection, name) for name in names)):
        answer = page.goto(f"{live_server.url}{address}")
        assert answer is not None
        assert answer.status == 200
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((address, "too wide"))
        violations = Axe().run(page, context="#content").response["violations"]
        found += [(address, each["id"], each["nodes"][0]["html"]) for each in violations if each["impact"] in SERIOUS]
    context.close()

    assert (errors, found) == ([], [])


def drafted() -> Connection:
    connection = Connection(
        integration="fortnox", label="Fortnox of Other", company=CompanyFactory.create(name="Other")
    )
    connection.consent_by = User.objects.get(username="ada")
    connection.consent_at = connection.consent_by.date_joined
    connection.save()
    return connection
