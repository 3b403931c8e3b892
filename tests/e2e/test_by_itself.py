"""After the first synchronisation: a change in the hub is at Fortnox by itself; what is refused can be mended."""

import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from employees.models import Company, Employee
from integrations.core.models import Connection, Problem
from tests.core.connected import connect
from tests.core.push.pushing import Pushed
from tests.e2e.signing_in import SIZES, is_too_wide, serious_findings, sign_in
from tests.factories import CompanyFactory
from tests.sandbox_client import SandboxClient
from tests.workers import Worker

pytestmark = [pytest.mark.browser, pytest.mark.queue, pytest.mark.django_db(transaction=True)]
REFUSAL = {"ErrorInformation": {"error": 1, "message": "Måste vara numeriskt. (Phone1)", "code": 2000106}}


@pytest.fixture
def both(transactional_db: None, sandbox: SandboxClient, hanna: User) -> Pushed:
    sandbox.limits(requests=10_000, seconds=1)
    company: Company = CompanyFactory.create(name="Demo AB", country="SE", time_zone="Europe/Stockholm")
    return Pushed(company, sandbox, connect(company=company))


def page_of(employee: Employee) -> str:
    return reverse("admin:employees_employee_change", args=[employee.pk])


def save_phone(page: Page, site: str, employee: Employee, phone: str) -> None:
    page.goto(f"{site}{page_of(employee)}")
    page.fill("input[name=work_phone]", phone)
    page.locator("button[name=_save], input[name=_save]").first.click()
    page.wait_for_url(re.compile(r"/employees/employee/(\?.*)?$"))


@pytest.mark.behaviour("G-07")
def test_a_phone_that_hanna_saves_is_at_fortnox_by_itself(page: Page, both: Pushed, site: str, worker: Worker) -> None:
    employee = both.pair_active()
    worker.start()
    sign_in(page, site=site)

    save_phone(page, site, employee, "070-174 99 99")

    worker.wait_until(lambda: both.at_vendor("101")["Phone1"] == "+46701749999", what="Fortnox has it")
    # Its answer is on its way yet.
    worker.wait_until(lambda: bool(both.sent_changes(employee)), what="the hub knows")
    page.goto(f"{site}{page_of(employee)}")
    page.get_by_role("row", name=re.compile("Fortnox.*Work phone.*46701740001.*46701749999")).wait_for()


@pytest.mark.behaviour("G-09")
def test_what_fortnox_refuses_stands_in_the_error_log_and_is_tried_again(
    page: Page, both: Pushed, site: str, worker: Worker
) -> None:
    people = [both.pair(number) for number in (1, 2)]
    both.activate()
    both.sandbox.faults([{"action": "refuse", "method": "PUT", "status": 400, "body": REFUSAL, "every": True}])
    worker.start()
    sign_in(page, site=site)
    for number, employee in enumerate(people):
        save_phone(page, site, employee, f"070-174 99 9{number}")
    worker.wait_until(lambda: Problem.objects.count() == 2, what="both are refused")

    page.get_by_role("link", name="Error log").first.click()
    page.get_by_role("heading", name="2 people: Work phone is not written as Fortnox wants it").wait_for()
    expect(page.get_by_text("Måste vara numeriskt. (Phone1)").first).to_be_visible()
    both.sandbox.clear_faults()
    page.get_by_role("button", name="Try all 2 again").click()
    page.get_by_text("2 problems are tried again now.").wait_for()

    worker.wait_until(lambda: not Problem.objects.exclude(state="solved").exists(), what="both are solved")
    page.get_by_role("link", name="Error log").first.click()
    page.get_by_text("No open problems").wait_for()
    assert [both.at_vendor(number)["Phone1"] for number in ("101", "102")] == ["+46701749990", "+46701749991"]


@pytest.mark.behaviour("G-09")
def test_a_problem_is_dismissed_with_the_keyboard_alone(page: Page, both: Pushed, site: str) -> None:
    employee = both.pair_active()
    _problem(both.connection, employee)
    sign_in(page, site=site)
    page.goto(f"{site}{reverse('admin:core_problem_changelist')}")

    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Payroll has done it")
    page.keyboard.press("Enter")

    page.get_by_text("1 problem is dismissed.").wait_for()
    assert Problem.objects.get().dismissed_reason == "Payroll has done it"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_the_error_log_fits_the_screen_and_can_be_used_by_everybody(
    page: Page, both: Pushed, site: str, size: str, scheme: str
) -> None:
    employee = both.pair_active()
    problem = _problem(both.connection, employee)
    log = reverse("admin:core_problem_changelist")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": SIZES[size][0], "height": SIZES[size][1]})
    sign_in(page, site=site)
    for address in (
        log,
        f"{log}?state=all",
        f"{log}?connection={both.connection.pk}&cause={problem.cause}&resource=employees",
        reverse("admin:core_problem_change", args=[problem.pk]),
    ):
        page.goto(f"{site}{address}")
        assert not is_too_wide(page)
        assert serious_findings(page) == []
    # The rest of the person's page is the theme's form.
    page.goto(f"{site}{page_of(employee)}")
    assert not is_too_wide(page)
    assert serious_findings(page, within="#problems") == []


def _problem(connection: Connection, employee: Employee) -> Problem:
    found: Problem = Problem.objects.create(
        connection=connection,
        resource="employees",
        left_id=str(employee.pk),
        label=employee.full_name,
        action="update",
        cause="Refused:2000106",
        message="Måste vara numeriskt. (Phone1)",
        wanted={"fields": ["phone"]},
        first_at="2026-03-02T08:30:00Z",
        last_at="2026-03-02T08:30:00Z",
    )
    return found
