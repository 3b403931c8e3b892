"""The Content-Security-Policy in a real browser: nothing is refused on the important pages, and their widgets work."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Browser, expect

from integrations.core.models import SyncField, SyncRow
from tests.core.admin.filling import World, fill, service_runs
from tests.core.admin.pages import page_of, pages
from tests.core.review.filling import review_of
from tests.e2e.signing_in import SIZES, make_admin, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.behaviour("OP-02")]
# Where whoever looks at the pages wants pictures of them.
PICTURES = os.environ.get("POLICY_PICTURES", "")
HEARD = "document.addEventListener('securitypolicyviolation', e => console.error(`refused: ${e.violatedDirective}`));"


@pytest.fixture
def filled(transactional_db: None) -> World:
    user = make_admin()
    user.is_superuser = True
    user.save()
    service_runs()
    return fill()


class Watched:
    """A page of one size, and what its console complained of."""

    def __init__(self, browser: Browser, size: str) -> None:
        width, height = SIZES[size]
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
        self.context.add_init_script(HEARD)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on(
            "console",
            lambda told: self.complaints.append(f"{self.page.url}: {told.text}") if told.type != "log" else None,
        )
        self.size = size

    def picture(self, name: str) -> None:
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{PICTURES}/{name}-{self.size}.png")


@pytest.fixture(params=list(SIZES))
def watched(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Watched]:
    each = Watched(browser, request.param)
    yield each
    each.context.close()
    assert each.complaints == []


@pytest.fixture
def at_desk(browser: Browser) -> Iterator[Watched]:
    each = Watched(browser, "desk")
    yield each
    each.context.close()
    assert each.complaints == []


def people_list() -> str:
    return reverse("admin:employees_employee_changelist")


def test_no_page_is_refused_anything(watched: Watched, filled: World, site: str) -> None:
    page = watched.page
    page.goto(f"{site}/login/")
    watched.picture("login")
    sign_in(page, site=site)
    lists = [
        reverse(f"admin:{name}_changelist")
        for name in ("absences_absence", "employees_bankaccount", "auth_user", "auth_group", "django_q_success")
    ]
    for address in ["/", *pages(filled), people_list(), *lists, page_of(User.objects.get()), page_of(filled.employee)]:
        answer = page.goto(f"{site}{address}", wait_until="load")
        assert answer is not None
        assert answer.status == 200
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
    watched.picture("change_form")


def test_the_theme_and_its_menus_are_switched(watched: Watched, filled: World, site: str) -> None:
    page = watched.page
    sign_in(page, site=site)
    sidebar = page.locator("#nav-sidebar")
    if watched.size == "phone":
        expect(sidebar).to_be_hidden()
        page.locator("span[x-on\\:click*=sidebarMobileOpen]:visible").first.click()
        expect(sidebar).to_be_visible()
        watched.picture("menu")
    else:
        switch = page.locator("span[x-on\\:click*=sidebarDesktopOpen]")
        switch.click()
        expect(sidebar).to_be_hidden()
        page.reload()
        expect(sidebar).to_be_hidden()
        switch.click()
        expect(sidebar).to_be_visible()

    page.get_by_text("unfold_more").last.click()
    page.locator("[x-on\\:click*=\"'dark'\"]:visible").first.click()
    expect(page.locator("html")).to_have_class(re.compile(r"\bdark\b"))
    watched.picture("dark")
    page.reload()
    expect(page.locator("html")).to_have_class(re.compile(r"\bdark\b"))


def test_a_list_is_filtered_searched_and_acted_on(watched: Watched, filled: World, site: str) -> None:
    page = watched.page
    sign_in(page, site=site)
    page.goto(site + people_list())

    page.keyboard.press("/")
    expect(page.locator("#searchbar")).to_be_focused()
    page.keyboard.type("Eva")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=Eva**")

    page.goto(site + people_list())
    page.get_by_text("filter_list").click()
    filters = page.locator("#changelist-filter")
    expect(filters).to_be_visible()
    watched.picture("filters")
    page.keyboard.press("Escape")
    expect(filters).to_be_hidden()

    bar = page.locator("#changelist-actions")
    page.locator("input.action-select").first.check()
    expect(bar).to_be_visible()
    run = bar.get_by_role("button", name="Run")
    expect(run).to_be_hidden()
    bar.locator("select[name=action]").select_option("change_together")
    expect(run).to_be_visible()
    watched.picture("actions")
    run.click()
    page.get_by_role("button", name="Show what it would do").wait_for()


def test_a_form_has_its_calendar_search_rows_and_menus(watched: Watched, filled: World, site: str) -> None:
    page = watched.page
    sign_in(page, site=site)
    page.goto(site + page_of(filled.employee))

    field = page.locator("#id_last_workday")
    field.locator("xpath=..").get_by_title("Choose a Date").click()
    page.locator(".calendarbox:visible").get_by_role("link", name="Today").click()
    expect(field).not_to_have_value("")

    page.locator(".field-department .select2-selection").first.click()
    page.locator(".select2-search__field").last.fill("zzz")
    expect(page.locator(".select2-results__option").last).to_have_text("No results found")
    page.keyboard.press("Escape")

    page.locator("span.material-symbols-outlined", has_text="more_vert").first.click()
    expect(page.locator("nav[id^=related-widget-wrapper]:visible")).to_have_count(1)
    watched.picture("related")
    page.keyboard.press("Escape")
    page.locator("h1").first.click()

    tab = page.locator("#tabs-items a, #tabs-items button")
    if tab.count():
        tab.last.click()
        expect(page.locator("form#employee_form")).to_have_attribute("action", re.compile("#"))
    adding = page.locator(".add-row:visible").first
    rows = page.locator("[id$=-group]:visible .form-group:not(.empty-form)")
    before = rows.count()
    adding.click()
    expect(rows).to_have_count(before + 1)
    watched.picture("rows")


def test_the_command_palette_finds_and_leads(at_desk: Watched, filled: World, site: str) -> None:
    page = at_desk.page
    sign_in(page, site=site)
    page.keyboard.press("Control+k")
    page.locator("#search-input-command").press_sequentially("Employees")
    page.locator("#command-results li").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/employee"))


def test_people_are_imported(watched: Watched, filled: World, site: str, tmp_path: Path) -> None:
    page = watched.page
    sign_in(page, site=site)
    page.goto(site + reverse("admin:employees_employee_import"))
    watched.picture("import")
    file = tmp_path / "people.csv"
    file.write_text("given_name,family_name\nAda,Ek\n", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("form button[type=submit]").last.click()
    page.get_by_role("heading").first.wait_for()
    watched.picture("import_job")


@pytest.mark.urls("tests.core.review.addresses")
def test_a_choice_of_a_review_is_saved_as_it_is_made(watched: Watched, site: str, transactional_db: None) -> None:
    make_admin()
    service_runs()
    reviewed = review_of()
    row = reviewed.conflict("Eva Ek", "7", phone={})
    page = watched.page
    sign_in(page, site=site)
    page.goto(site + reverse("admin:fortnox_fortnoxconnection_conflicts", args=[reviewed.run.pk]))
    page.locator("label", has=page.locator("input[type=radio]")).first.click()
    page.locator("h1").first.click()
    page.get_by_text("Saved.").first.wait_for()
    watched.picture("review")
    assert SyncField.objects.filter(row=row).exclude(decision=SyncField.Decision.OPEN).exists()
    assert SyncRow.objects.count() == 1
