"""Two HR admins at one review: nobody confirms what the page did not show, and the history names each (G-21, G-22)."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from integrations.core.models import SyncField, SyncRow, SyncRun
from tests.core.admin.filling import service_runs
from tests.core.review.filling import Reviewed, review_of
from tests.e2e.signing_in import SIZES, is_too_wide, make_admin, serious_findings, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.core.review.addresses"),
]
Decision, Kind = SyncField.Decision, SyncRow.Kind
# Where whoever looks at the pages wants pictures of them.
PICTURES = os.environ.get("REVIEW_PICTURES", "")


@pytest.fixture
def reviewed(transactional_db: None) -> Reviewed:
    for name in ("hanna", "henrik"):
        make_admin(name)
    service_runs()
    reviewed = review_of()
    reviewed.conflict("Eva Ek", "7", phone={"decision": Decision.LEFT})
    for number in range(1, 34):
        reviewed.conflict(
            f"Per Palm {number}", f"p{number}", phone={}, work_email={"left": "a@x.se", "right": "b@x.se"}
        )
    reviewed.row(Kind.ONLY_LEFT, "New Here", left=reviewed.employee("New Here"), decision=SyncRow.Decision.CREATE)
    return reviewed


@pytest.fixture
def pages(browser: Browser, live_server: LiveServer, reviewed: Reviewed) -> Iterator[tuple[Page, Page]]:
    """Hanna's and Henrik's browsers, apart."""
    contexts = [browser.new_context(viewport={"width": 1400, "height": 900}) for _name in ("hanna", "henrik")]
    opened = [context.new_page() for context in contexts]
    for page, name in zip(opened, ("hanna", "henrik"), strict=True):
        sign_in(page, site=live_server.url, username=name)
    yield opened[0], opened[1]
    for context in contexts:
        context.close()


@pytest.mark.behaviour("G-21")
@pytest.mark.behaviour("G-04")
def test_a_confirmation_that_another_overtook_writes_nothing_and_the_next_press_does(
    pages: tuple[Page, Page], live_server: LiveServer, reviewed: Reviewed
) -> None:
    hanna, henrik = pages
    hanna.goto(f"{live_server.url}{reviewed.address('confirm')}")
    assert hanna.locator("#vendor tbody tr").count() == 1

    henrik.goto(f"{live_server.url}{reviewed.address('conflicts')}")
    henrik.get_by_role("button", name="Fortnox for all").click()
    henrik.get_by_text("67 fields decided.").wait_for()
    hanna.get_by_role("button", name="Synchronise users").click()

    hanna.get_by_text("Nothing was written.").wait_for()
    told = hanna.get_by_role("alert").inner_text()
    decided = (
        r"Henrik decided on 34 people since you opened this page: Eva Ek \([^)]*\) \(Work phone: Fortnox, before: Hub\)"
    )
    assert re.search(decided, told), told
    assert "29 more" in told
    assert SyncRun.objects.get().state == SyncRun.State.REVIEW
    # The page is the one of now: nothing goes to the vendor but the new person, 34 people are written in the hub.
    assert hanna.locator("#vendor").count() == 0
    assert "34" in hanna.locator("#hub-title").inner_text()
    for size, (width, height) in SIZES.items():
        hanna.set_viewport_size({"width": width, "height": height})
        assert (is_too_wide(hanna), serious_findings(hanna, within="#review")) == (False, [])
        if PICTURES:
            hanna.screenshot(path=Path(PICTURES) / f"confirm_refused_{size}.png", full_page=True)

    hanna.get_by_role("button", name="Synchronise users").click()
    hanna.get_by_text("The synchronisation has begun.").wait_for()
    run = SyncRun.objects.get()
    assert (run.state, run.approved_by and run.approved_by.username) == (SyncRun.State.APPROVED, "hanna")


@pytest.mark.behaviour("G-21")
def test_of_two_confirmations_one_counts_and_the_other_names_it(
    pages: tuple[Page, Page], live_server: LiveServer, reviewed: Reviewed
) -> None:
    for page in pages:
        page.goto(f"{live_server.url}{reviewed.address('confirm')}")

    for page in pages:
        page.get_by_role("button", name="Synchronise users").click()

    pages[1].get_by_text("confirmed already, by Hanna").wait_for()
    assert SyncRow.objects.filter(state=SyncRow.State.APPROVED).count() == 2


@pytest.mark.behaviour("G-22")
def test_a_runs_pages_name_who_started_decided_and_confirmed(
    pages: tuple[Page, Page], live_server: LiveServer, reviewed: Reviewed
) -> None:
    hanna, henrik = pages
    henrik.goto(f"{live_server.url}{reviewed.address('conflicts')}")
    henrik.get_by_role("button", name="Leave all").click()
    henrik.get_by_text("67 fields decided.").wait_for()
    hanna.goto(f"{live_server.url}{reviewed.address('confirm')}")
    hanna.get_by_role("button", name="Synchronise users").click()
    hanna.get_by_text("The synchronisation has begun.").wait_for()

    hanna.goto(f"{live_server.url}{reverse('admin:core_syncrun_change', args=[reviewed.run.pk])}")
    page = hanna.locator("#content").inner_text()
    assert "Hanna" in page
    row = SyncRow.objects.get(label="Eva Ek")
    hanna.goto(f"{live_server.url}{reverse('admin:core_syncrow_change', args=[row.pk])}")
    assert "Decided by Henrik" in hanna.locator("#content").inner_text()
