"""The review in a real browser: by keyboard alone, saved as it is made, readable on a desk and on a phone."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from employees.groups import HR_ADMIN
from integrations.core.models import SyncField, SyncRow
from tests.core.admin.filling import service_runs
from tests.core.review.filling import ACCOUNT, Reviewed, decision_of, review_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.core.review.addresses"),
]
PASSWORD = "a-long-password-for-a-test"
SIZES = {"desk": (1400, 900), "phone": (390, 844)}
Kind, Change, Decision = SyncRow.Kind, SyncField.Change, SyncField.Decision
SignIn = Callable[[Page], Page]
# Where whoever looks at the pages wants pictures of them.
PICTURES = os.environ.get("REVIEW_PICTURES", "")


@pytest.fixture
def filled(transactional_db: None, live_server: LiveServer) -> Reviewed:
    user = User.objects.create_user("hanna", "hanna@demo.example", PASSWORD, is_staff=True, first_name="Hanna")
    user.groups.set(Group.objects.filter(name=HR_ADMIN))
    service_runs()
    reviewed = review_of()
    one_way = "This field is only taken over from the other system, never sent to it."
    reviewed.conflict(
        "Eva Ek",
        "7",
        phone={},
        bank_account={"left": ACCOUNT, "right": None, "base_left": None, "base_right": None, "change": Change.FIRST},
        employment_id={"left": "1", "right": "2", "base_left": None, "base_right": None, "reason_right": one_way},
    )
    reviewed.conflict(
        "Björn Åberg",
        "8",
        phone={"change": Change.LEFT, "suggestion": Decision.LEFT, "decision": Decision.LEFT},
        address={
            "left": ["Södra Långgatan 112", "111 22", "Stockholm", "SE"],
            "right": ["Norra Esplanaden 4", "222 33", "Göteborg", "SE"],
            "base_left": None,
            "base_right": None,
            "change": Change.FIRST,
        },
    )
    reviewed.row(Kind.ONLY_LEFT, "New Here", left=reviewed.employee("New Here"))
    question = "May be Li Lund: same national ID, or same name and birth date."
    reviewed.row(Kind.ONLY_LEFT, "Li Lund", left=reviewed.employee("Li Lund"), hold_reason=question)
    reviewed.row(Kind.CANNOT_SEND, "No Mail", left=reviewed.employee("No Mail"), reason="Work e-mail is missing.")
    reviewed.row(Kind.ONLY_RIGHT, "Li Lund", right_id="12")
    reason = "Could be any of several people: Per P, Per Palmgren."
    reviewed.row(Kind.AMBIGUOUS, "Per Palm", left=reviewed.employee("Per Palm"), reason=reason)
    reviewed.row(Kind.AMBIGUOUS, "Per P", right_id="13", reason="Could be Per Palm, and so could somebody else.")
    reviewed.row(Kind.AMBIGUOUS, "Per Palmgren", right_id="14", reason="Could be Per Palm, and so could somebody else.")
    shared = "Work e-mail is also used by Nils Ny."
    reviewed.row(Kind.DUPLICATE, "Ida Ny", left=reviewed.employee("Ida Ny"), right_id="16", reason=shared)
    reviewed.linked("Åsa Borta", "15", kind=Kind.GONE, reason="Gone from the other system.")
    return reviewed


@pytest.fixture
def sign_in(live_server: LiveServer) -> SignIn:
    def signed_in(page: Page) -> Page:
        page.goto(f"{live_server.url}/login/")
        page.fill("input[name=username]", "hanna")
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"{live_server.url}/")
        return page

    return signed_in


def pages(reviewed: Reviewed) -> dict[str, str]:
    single, held = SyncRow.objects.get(label="New Here"), SyncRow.objects.get(label="Li Lund", right_id="")
    return {
        **{page: reviewed.address(page) for page in ("conflicts", "unclear", "missing", "confirm")},
        "match": reviewed.address("match", held.pk),
        "creation": reviewed.address("creation", single.pk),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_every_page_fits_the_screen_and_is_accessible(
    browser: Browser, filled: Reviewed, live_server: LiveServer, sign_in: SignIn, size: str, scheme: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    sign_in(page)

    for name, address in pages(filled).items():
        page.goto(f"{live_server.url}{address}")
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}_{width}_{scheme}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append(f"{name} is too wide")
        found = Axe().run(page, context="#review").response["violations"]
        wrong += [
            f"{name}: {each['id']} {[node['html'] for node in each['nodes']][:2]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
    context.close()

    assert wrong == []


@pytest.mark.behaviour("G-04")
def test_a_choice_is_made_and_saved_by_keyboard_alone(
    page: Page, filled: Reviewed, live_server: LiveServer, sign_in: SignIn
) -> None:
    row = SyncRow.objects.get(label="Eva Ek")
    phone = row.fields.get(field="phone")
    sign_in(page).goto(f"{live_server.url}{filled.address('conflicts')}")

    page.locator(f"#choice-{phone.pk}-open").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("Saved.").wait_for()
    assert decision_of(row) == Decision.LEAVE

    assert page.evaluate("document.activeElement.id") == f"choice-{phone.pk}-leave"
    page.keyboard.press("ArrowLeft")
    page.locator(f"#choice-{phone.pk}-right[checked]").wait_for(state="attached")
    assert decision_of(row) == Decision.RIGHT


def test_all_fields_of_a_person_are_decided_without_leaving_the_page(
    page: Page, filled: Reviewed, live_server: LiveServer, sign_in: SignIn
) -> None:
    row = SyncRow.objects.get(label="Björn Åberg")
    sign_in(page).goto(f"{live_server.url}{filled.address('conflicts')}")

    page.locator(f"#whole-{row.pk}-right").click()
    page.get_by_text("2 fields decided.").wait_for()

    assert set(row.fields.values_list("decision", flat=True)) == {Decision.RIGHT}
    assert page.locator("#progress").inner_text() == "1 of 2 people decided"


def test_a_tick_is_saved_as_it_is_made(page: Page, filled: Reviewed, live_server: LiveServer, sign_in: SignIn) -> None:
    row = SyncRow.objects.get(label="New Here")
    sign_in(page).goto(f"{live_server.url}{filled.address('missing')}")

    page.locator(f"#tick-{row.pk}").focus()
    page.keyboard.press("Space")
    page.get_by_text("1 of the 1 person who can be created is ticked").wait_for()

    row.refresh_from_db()
    assert row.decision == SyncRow.Decision.CREATE
