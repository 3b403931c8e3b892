"""A question beside its field in a real browser, with scripts and without, on a desk and on a phone."""

import os

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Browser, Page

from employees.models import BankAccount, Company, Employee
from tests.e2e.signing_in import SIZES, is_too_wide, serious_findings, sign_in
from tests.employees.transfer.files import preview
from tests.factories import CompanyFactory, EmployeeFactory, PositionFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.behaviour("D-11")]
BJORN = "Bj\u00c3\u00b6rn"
QUESTION = ".samklang-question"


@pytest.fixture
def eva(transactional_db: None) -> Employee:
    company: Company = CompanyFactory.create(country="SE", name="Åkeri AB")
    EmployeeFactory.create(company=company, employment_id="ABC-1", given_name="Ada", family_name="Berg")
    person: Employee = EmployeeFactory.create(company=company, employment_id="7", given_name="Eva", family_name="Ek")
    PositionFactory.create(employee=person)
    return person


def page_of(record: Employee) -> str:
    return reverse("admin:employees_employee_change", args=[record.pk])


def open_page(browser: Browser, site: str, size: str, *, scripts: bool = True) -> Page:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=scripts)
    page = context.new_page()
    sign_in(page, site=site)
    return page


def shoot(page: Page, name: str) -> None:
    """Keep a picture to look at, in the folder that ``SHOTS`` names."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("size", "scripts"), [("desk", True), ("phone", True), ("desk", False)])
def test_a_question_is_answered_in_a_browser(
    browser: Browser, site: str, hanna: User, eva: Employee, size: str, scripts: bool
) -> None:
    page = open_page(browser, site, size, scripts=scripts)
    page.goto(site + page_of(eva))
    page.fill("#id_given_name", BJORN)
    page.fill("#id_employment_id", "abc-1")
    page.fill("#id_work_phone", "08-123 456 78 vx")
    page.locator("button[name=_save]").click()
    page.locator(QUESTION).first.wait_for()
    shoot(page, f"form-{size}-{scripts}")
    assert page.locator(QUESTION).count() == 2
    if scripts:
        assert not is_too_wide(page)
        assert serious_findings(page, within=QUESTION) == []

    page.get_by_label("Save “Björn”").check()
    page.get_by_label("Yes, this is right: save it").check()
    page.locator("button[name=_save]").click()
    page.get_by_text("was changed successfully").wait_for()
    shoot(page, f"told-{size}-{scripts}")

    eva.refresh_from_db()
    assert (eva.given_name, eva.employment_id, eva.work_phone) == ("Björn", "abc-1", "+46812345678")
    assert "“vx” stands beside the number and was left out." in page.content()


@pytest.mark.parametrize("size", list(SIZES))
def test_a_question_within_a_tab_is_answered(
    browser: Browser, site: str, hanna: User, eva: Employee, size: str
) -> None:
    page = open_page(browser, site, size)
    page.goto(site + page_of(eva))
    page.get_by_role("link", name="Bank account", exact=True).click()
    page.select_option("#id_bank_account-0-country", label="Sweden")
    page.fill("#id_bank_account-0-clearing_number", "8327-9")
    page.fill("#id_bank_account-0-account_number", "33.957.246-6")
    page.locator("button[name=_save]").click()
    page.locator(QUESTION).wait_for(state="attached")
    # The theme's script hides what is in other tabs, later than the page is there.
    page.wait_for_load_state("networkidle")
    if not page.locator(QUESTION).is_visible():
        page.get_by_role("link", name="Bank account").first.click()
    shoot(page, f"account-{size}")
    page.get_by_label("Yes, this is right: save it").check()
    page.locator("button[name=_save]").click()
    page.get_by_text("was changed successfully").wait_for()

    assert BankAccount.objects.get().clearing_number == "83279"


@pytest.mark.parametrize("size", list(SIZES))
def test_the_preview_asks_for_one_tick(browser: Browser, site: str, hanna: User, eva: Employee, size: str) -> None:
    header = ["Employment ID", "Given name", "Family name", "Work phone"]
    lines = [header, ["abc-1", "Ada", "Berg", ""], ["2", BJORN, "Ek", "08-123 456 78 vx"], ["3", "Bo", "Ek", ""]]
    job = preview(eva.company, [*lines, ["4", "", "Ek", ""]])
    page = open_page(browser, site, size)
    page.goto(site + reverse("admin:employees_importjob_change", args=[job.pk]) + "?show=asked")
    shoot(page, f"preview-{size}")
    assert serious_findings(page) == []
    assert not is_too_wide(page)
    page.get_by_role("link", name="Rows to look at").click()
    shoot(page, f"preview-noted-{size}")
    page.get_by_label("Skip the 1 bad row").check()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("The import has begun").wait_for()

    job.refresh_from_db()
    assert (job.state, job.take_questions) == ("confirmed", False)
    shoot(page, f"confirmed-{size}")
