"""Many missing people in a real browser: understood, asked for with one press, followed to the result."""

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from integrations.core.models import SyncRow, SyncRun
from tests.core.admin.filling import service_runs
from tests.core.review.filling import Reviewed, review_of
from tests.e2e.signing_in import SIZES, is_too_wide, serious_findings, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.core.review.addresses"),
    pytest.mark.behaviour("G-24"),
]
Kind, State = SyncRow.Kind, SyncRow.State
# Where whoever looks at the pages wants pictures of them.
PICTURES = os.environ.get("REVIEW_PICTURES", "")


@pytest.fixture
def lacking(hanna: User, live_server: LiveServer) -> Reviewed:
    service_runs()
    reviewed = review_of()
    for number in range(1, 61):
        reviewed.linked(
            f"Åsa Borta{number}",
            f"7{number}",
            kind=Kind.NOT_LISTED,
            reason="The list of the other system lacks this person, and it was not asked for them by name yet.",
        )
    reason = "Cannot be read: the working-time schedules by date. Correct it in the other system, then compare again."
    reviewed.row(Kind.UNREADABLE, "Bo Berg", left=reviewed.employee("Bo Berg"), right_id="12", reason=reason)
    nothing = "This entry holds nothing that can be read. Look whether somebody is missing here."
    reviewed.row(Kind.UNREADABLE, "A record without a name", reason=nothing)
    SyncRun.objects.update(counts={**reviewed.run.counts, "not_listed": 60, "complete": False})
    return reviewed


@pytest.mark.parametrize("size", SIZES)
def test_everybody_is_asked_for_with_one_press_and_the_result_comes_by_itself(
    browser: Browser, lacking: Reviewed, site: str, size: str
) -> None:
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    sign_in(page, site=site)
    page.goto(f"{site}{lacking.address('unclear')}")
    _picture(page, f"asking-{size}-before")
    assert not is_too_wide(page)
    assert serious_findings(page, within="#review") == []

    page.get_by_role("button", name="Ask for all by name").click()
    expect(page.get_by_text("Asked for 0 of 60")).to_be_visible()
    SyncRow.objects.filter(kind=Kind.NOT_LISTED, label__endswith="5").update(kind=Kind.GONE)
    expect(page.get_by_text("Asked for 6 of 60")).to_be_visible()
    _picture(page, f"asking-{size}-under-way")
    assert serious_findings(page, within="#review") == []

    SyncRow.objects.filter(label="Åsa Borta1").update(state=State.HELD)
    SyncRow.objects.filter(kind=Kind.NOT_LISTED, state=State.OPEN).update(kind=Kind.GONE)
    expect(page.get_by_text("Gone: 59. There after all, or without an answer: 1.")).to_be_visible()
    _picture(page, f"asking-{size}-over")
    assert not is_too_wide(page)
    page.close()


def _picture(page: object, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")  # type: ignore[attr-defined]
