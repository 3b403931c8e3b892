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
from tests.waiting import wait_until

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
    return lambda page: sign_in_as(page, live_server, "hanna")


def sign_in_as(page: Page, live_server: LiveServer, name: str) -> Page:
    page.goto(f"{live_server.url}/login/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{live_server.url}/")
    return page


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


@pytest.mark.behaviour("G-04", "G-21")
def test_choices_by_keyboard_alone_are_saved_once_when_the_person_is_left(
    page: Page, filled: Reviewed, live_server: LiveServer, sign_in: SignIn
) -> None:
    row, other = SyncRow.objects.get(label="Eva Ek"), SyncRow.objects.get(label="Björn Åberg")
    phone = row.fields.get(field="phone")
    sign_in(page).goto(f"{live_server.url}{filled.address('conflicts')}")
    sent = posts_of(page)

    page.locator(f"#choice-{phone.pk}-open").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.get_by_text("Not saved yet").wait_for()
    assert page.evaluate("document.activeElement.id") == f"choice-{phone.pk}-right"
    assert (sent, decision_of(row)) == ([], Decision.OPEN)

    while page.evaluate("document.activeElement.closest('article')?.id") == f"person-{row.pk}":
        page.keyboard.press("Tab")
    page.get_by_text("Saved.").wait_for()
    assert (len(sent), decision_of(row)) == (1, Decision.RIGHT)
    assert page.evaluate("document.activeElement.closest('article')?.id") == f"person-{other.pk}"
    row.refresh_from_db()
    assert row.version == 2


@pytest.mark.behaviour("G-21")
def test_a_choice_with_the_mouse_is_saved_at_once(
    page: Page, filled: Reviewed, live_server: LiveServer, sign_in: SignIn
) -> None:
    row = SyncRow.objects.get(label="Eva Ek")
    phone = row.fields.get(field="phone")
    sign_in(page).goto(f"{live_server.url}{filled.address('conflicts')}")

    page.locator(f"#choice-{phone.pk}-left").click()
    page.get_by_text("Saved.").wait_for()

    assert decision_of(row) == Decision.LEFT
    assert page.evaluate("document.activeElement.id") == f"choice-{phone.pk}-left"


@pytest.mark.behaviour("G-21")
@pytest.mark.parametrize("leaving", ["another page", "closed"])
def test_what_was_chosen_by_keyboard_is_saved_when_the_page_is_left(
    browser: Browser, filled: Reviewed, live_server: LiveServer, sign_in: SignIn, leaving: str
) -> None:
    row = SyncRow.objects.get(label="Eva Ek")
    phone = row.fields.get(field="phone")
    context = browser.new_context()
    page = sign_in(context.new_page())
    page.goto(f"{live_server.url}{filled.address('conflicts')}")
    page.locator(f"#choice-{phone.pk}-open").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("Not saved yet").wait_for()

    if leaving == "closed":
        page.close(run_before_unload=True)
    else:
        page.goto(f"{live_server.url}/")

    wait_until(lambda: decision_of(row) == Decision.LEAVE, what="the choice is stored")
    context.close()


def test_what_the_server_does_not_take_is_told_as_not_saved(
    page: Page, filled: Reviewed, live_server: LiveServer, sign_in: SignIn
) -> None:
    row = SyncRow.objects.get(label="Eva Ek")
    phone = row.fields.get(field="phone")
    sign_in(page).goto(f"{live_server.url}{filled.address('conflicts')}")
    page.route("**/conflicts/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())

    page.locator(f"#choice-{phone.pk}-left").click()
    page.get_by_text("Not saved: the server did not answer").wait_for()
    page.unroute("**/conflicts/**")
    page.get_by_role("button", name="Save choices").click()

    wait_until(lambda: decision_of(row) == Decision.LEFT, what="the choice is stored")


@pytest.mark.behaviour("G-21")
def test_tick_nobody_on_an_old_page_asks_before_it_undoes_what_another_admin_ticked(
    browser: Browser, filled: Reviewed, live_server: LiveServer, sign_in: SignIn
) -> None:
    row = SyncRow.objects.get(label="New Here")
    henrik = User.objects.create_user("henrik", "henrik@demo.example", PASSWORD, is_staff=True, first_name="Henrik")
    henrik.groups.set(Group.objects.filter(name=HR_ADMIN))
    address = f"{live_server.url}{filled.address('missing')}"
    first, second = browser.new_context(), browser.new_context()
    hers, his = sign_in(first.new_page()), sign_in_as(second.new_page(), live_server, "henrik")
    hers.goto(address)
    his.goto(address)
    his.get_by_text("Also in this review now").wait_for()
    his.locator(f"#tick-{row.pk}").click()
    his.get_by_text("Saved.").wait_for()

    hers.get_by_role("button", name="Tick nobody").click()

    hers.get_by_text("1 person decided by Henrik").wait_for()
    picture(hers, "overwriting")
    row.refresh_from_db()
    assert row.decision == SyncRow.Decision.CREATE
    hers.get_by_role("button", name="Overwrite theirs too").click()
    hers.get_by_text("1 tick taken back.").wait_for()
    row.refresh_from_db()
    assert row.decision == SyncRow.Decision.OPEN
    first.close()
    second.close()


def picture(page: Page, name: str) -> None:
    if PICTURES:
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=Path(PICTURES) / f"{name}_{width}.png", full_page=True)


def posts_of(page: Page) -> list[str]:
    """Return a list that takes up the address of everything that the page posts from now on."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    return sent


def test_all_fields_of_a_person_are_decided_without_leaving_the_page(
    page: Page, filled: Reviewed, live_server: LiveServer, sign_in: SignIn
) -> None:
    row = SyncRow.objects.get(label="Björn Åberg")
    sign_in(page).goto(f"{live_server.url}{filled.address('conflicts')}")

    page.locator(f"#whole-{row.pk}-right").click()
    page.get_by_text("2 fields decided.").wait_for()

    assert set(row.fields.values_list("decision", flat=True)) == {Decision.RIGHT}
    assert page.locator("#progress").inner_text() == "1 of 2 people decided"


def test_a_tick_by_keyboard_is_saved_when_the_person_is_left(
    page: Page, filled: Reviewed, live_server: LiveServer, sign_in: SignIn
) -> None:
    row = SyncRow.objects.get(label="New Here")
    sign_in(page).goto(f"{live_server.url}{filled.address('missing')}")

    page.locator(f"#tick-{row.pk}").focus()
    page.keyboard.press("Space")
    page.get_by_text("Not saved yet").wait_for()
    page.get_by_role("button", name="Save choices").focus()
    page.get_by_text("1 of the 1 person who can be created is ticked").wait_for()

    row.refresh_from_db()
    assert row.decision == SyncRow.Decision.CREATE
