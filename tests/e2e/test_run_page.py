"""The run's page in a real browser: it follows the run, takes nobody's focus, and works without scripts."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from integrations.core.models import Notification, SyncRow, SyncRun
from tests.core.admin.filling import World, fill, service_runs
from tests.core.admin.pages import page_of
from tests.e2e.signing_in import SIZES, is_too_wide, make_admin, serious_findings, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STATES = ("queued", "comparing", "review", "applying", "done_with_problems", "failed", "cancelled")


@pytest.fixture
def filled(transactional_db: None, live_server: LiveServer) -> World:
    make_admin()
    service_runs()
    return fill()


def address(world: World, page: str = "run") -> str:
    return reverse(f"admin:fortnox_fortnoxconnection_{page}", args=[world.connection.pk, world.run.pk])


def put_at_work(world: World) -> None:
    SyncRun.objects.filter(pk=world.run.pk).update(state=SyncRun.State.APPLYING)
    SyncRow.objects.filter(kind=SyncRow.Kind.ONLY_RIGHT).update(state=SyncRow.State.APPROVED)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_the_pages_of_a_run_and_a_person_fit_the_screen_and_bar_nobody(
    browser: Browser, filled: World, live_server: LiveServer, size: str, scheme: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    sign_in(page, site=live_server.url)
    Notification.objects.create(key=f"run:{filled.run.pk}", recipients=["payroll@demo.example"])

    found: list[tuple[str, object]] = []
    for state in STATES:
        SyncRun.objects.filter(pk=filled.run.pk).update(state=state)
        page.goto(f"{live_server.url}{address(filled)}")
        found += [(state, finding) for finding in serious_findings(page)]
        found += [(state, "too wide")] * is_too_wide(page)
    SyncRun.objects.filter(pk=filled.run.pk).update(state=SyncRun.State.REVIEW)
    disconnect = reverse("admin:employees_employee_disconnect", args=[filled.employee.pk, filled.link.pk])
    for own in (address(filled, "cancel"), disconnect):
        page.goto(f"{live_server.url}{own}")
        found += [(own, finding) for finding in serious_findings(page)]
        found += [(own, "too wide")] * is_too_wide(page)
    context.close()

    assert (errors, found) == ([], [])


@pytest.mark.behaviour("G-06")
def test_the_result_comes_by_itself_and_nobody_loses_their_place(
    page: Page, filled: World, live_server: LiveServer
) -> None:
    put_at_work(filled)
    sign_in(page, site=live_server.url)
    page.goto(f"{live_server.url}{address(filled)}")
    page.get_by_text("1 of 2 people done.").wait_for()
    page.get_by_role("link", name="Cancel").focus()

    SyncRow.objects.filter(state=SyncRow.State.APPROVED).update(state=SyncRow.State.WRITTEN)
    page.get_by_text("2 of 2 people done.").wait_for()
    assert page.evaluate("document.activeElement.textContent.trim()") == "Cancel"

    SyncRun.objects.update(state=SyncRun.State.DONE_WITH_PROBLEMS)
    page.get_by_text("Who, and how it ended").wait_for()
    assert page.locator(".samklang-run-status[hx-get]").count() == 0
    page.get_by_role("link", name="Created in the hub 1").click()
    page.get_by_role("row", name="Only There").wait_for()


@pytest.mark.behaviour("G-06")
def test_without_scripts_the_page_is_loaded_anew_until_the_end(
    browser: Browser, filled: World, live_server: LiveServer
) -> None:
    put_at_work(filled)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site=live_server.url)
    page.goto(f"{live_server.url}{address(filled)}")
    page.get_by_text("1 of 2 people done.").wait_for()

    SyncRow.objects.filter(state=SyncRow.State.APPROVED).update(state=SyncRow.State.WRITTEN)
    SyncRun.objects.update(state=SyncRun.State.DONE)

    page.get_by_text("Everything that was decided has been written.").wait_for()
    page.get_by_text("Who, and how it ended").wait_for()
    context.close()


@pytest.mark.behaviour("G-06")
def test_a_run_is_cancelled_by_keyboard_alone(page: Page, filled: World, live_server: LiveServer) -> None:
    put_at_work(filled)
    sign_in(page, site=live_server.url)
    page.goto(f"{live_server.url}{address(filled)}")
    page.get_by_role("link", name="Cancel").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Cancel the synchronisation").focus()
    page.keyboard.press("Enter")

    page.get_by_text("It is being cancelled").wait_for()
    run = SyncRun.objects.get(pk=filled.run.pk)
    assert (run.state, run.cancelled_at is not None) == (SyncRun.State.APPLYING, True)


@pytest.mark.behaviour("G-11")
def test_a_person_is_disconnected_and_connected_again_from_their_page(
    page: Page, filled: World, live_server: LiveServer
) -> None:
    sign_in(page, site=live_server.url)
    page.goto(f"{live_server.url}{page_of(filled.employee)}")
    page.get_by_role("link", name="Disconnect from Fortnox Demo").click()
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_text(re.compile(r"Eva Ek \(.*\) is disconnected from Fortnox Demo")).wait_for()

    page.get_by_role("button", name="Connect again: Fortnox Demo").click()

    page.get_by_text(re.compile(r"Eva Ek \(.*\) takes part in Fortnox Demo again\.")).wait_for()
    page.get_by_role("link", name="Disconnect from Fortnox Demo").wait_for()


def test_a_form_opened_before_another_change_does_not_write_the_old_value_back(
    page: Page, filled: World, live_server: LiveServer
) -> None:
    sign_in(page, site=live_server.url)
    page.goto(f"{live_server.url}{page_of(filled.employee)}")
    filled.employee.refresh_from_db()
    filled.employee.city = "Umeå"
    filled.employee.save()

    page.fill("#id_city", "Lund")
    page.get_by_role("button", name="Save", exact=True).click()

    page.get_by_text("was changed by somebody else, or by a synchronisation").wait_for()
    page.get_by_text("City differs from what you entered, and is now: Umeå").wait_for()
    filled.employee.refresh_from_db()
    assert filled.employee.city == "Umeå"
