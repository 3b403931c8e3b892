"""A person signs in with a real browser and opens every page of the core, on a desk and on a phone, light and dark."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN
from integrations.core.models import SyncRow, SyncRun
from tests.core.admin.filling import World, fill, service_runs
from tests.core.admin.pages import page_of, pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-long-password-for-a-test"
SIZES = {"desk": (1400, 900), "phone": (390, 844)}
SignedIn = Callable[[Page], Page]


@pytest.fixture
def filled(transactional_db: None, live_server: LiveServer) -> World:
    user = User.objects.create_user("hanna", "hanna@demo.example", PASSWORD, is_staff=True, first_name="Hanna")
    user.groups.set(Group.objects.filter(name__in=(HR_ADMIN, INTEGRATION_ADMIN)))
    service_runs()
    return fill()


@pytest.fixture
def sign_in(live_server: LiveServer) -> SignedIn:
    def signed_in(page: Page) -> Page:
        page.goto(f"{live_server.url}/login/")
        page.fill("input[name=username]", "hanna")
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"{live_server.url}/")
        return page

    return signed_in


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_every_page_opens_without_an_error_and_fits_the_screen(
    browser: Browser, filled: World, live_server: LiveServer, sign_in: SignedIn, size: str, scheme: str
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
    sign_in(page)

    too_wide = []
    for address in ["/", *pages(filled)[:-1], page_of(filled.employee)]:
        answer = page.goto(f"{live_server.url}{address}")
        assert answer is not None
        assert answer.status == 200
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            too_wide.append(address)
    context.close()

    assert (errors, too_wide) == ([], [])


@pytest.mark.behaviour("G-06")
def test_progress_is_seen_and_the_result_comes_by_itself(
    page: Page, filled: World, live_server: LiveServer, sign_in: SignedIn
) -> None:
    SyncRun.objects.update(state=SyncRun.State.APPLYING)
    SyncRow.objects.filter(kind=SyncRow.Kind.ONLY_RIGHT).update(state=SyncRow.State.APPROVED)
    sign_in(page).goto(f"{live_server.url}{page_of(filled.run)}")
    page.get_by_text("1 of 2 done.").wait_for()

    SyncRow.objects.filter(state=SyncRow.State.APPROVED).update(state=SyncRow.State.WRITTEN)
    page.get_by_text("2 of 2 done.").wait_for()

    SyncRun.objects.update(state=SyncRun.State.DONE)
    page.get_by_text("Everything that was decided has been written.").wait_for()
    page.get_by_text("How it ended").wait_for()


def test_from_the_start_page_to_the_field_that_was_refused(
    page: Page, filled: World, live_server: LiveServer, sign_in: SignedIn
) -> None:
    sign_in(page)

    page.get_by_role("link", name="Done, with problems").click()
    page.get_by_role("link", name="Refused", exact=True).click()
    page.get_by_role("link", name="Eva Ek").click()

    page.get_by_role("row", name="Bank account").get_by_text("5140-3215642").wait_for()
