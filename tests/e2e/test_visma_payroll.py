"""Visma.net Payroll with a browser: paste the Tenant ID, review, choose a position, synchronise."""

import re
from datetime import date

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from employees.models import Company
from integrations.core.models import Connection, Link, SyncRow
from tests.e2e.signing_in import SIZES, is_too_wide, serious_findings, sign_in
from tests.factories import CompanyFactory
from tests.sandbox.visma_caller import FIRST_TENANT, NOT_AUTHORISED, POSITION
from tests.sandbox_client import SandboxClient
from tests.visma_payroll.sync.sides import VENDOR, VismaSides
from tests.workers import Worker

pytestmark = [pytest.mark.browser, pytest.mark.queue, pytest.mark.django_db(transaction=True)]
AT_WORK = 60_000


@pytest.fixture
def both(transactional_db: None, sandbox: SandboxClient) -> VismaSides:
    """Not connected yet."""
    sandbox.limits(vendor=VENDOR, requests=10_000, seconds=1)
    company: Company = CompanyFactory.create(name="Fjordheim Handel AS", country="NO", time_zone="Europe/Oslo")
    return VismaSides(company, sandbox, Connection())


def set_up(page: Page, site: str) -> None:
    """From the start page to the form that connects."""
    sign_in(page, site=site)
    page.get_by_role("link", name="Visma.net Payroll", exact=True).first.click()
    page.get_by_text("Press “Set up”, choose the company, and accept the terms.").wait_for()
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Company").select_option(label="Fjordheim Handel AS")
    page.locator("main, #content").last.locator("form").last.get_by_role("button").last.click()
    page.locator("input[name=accepted]").check()
    page.get_by_role("button", name="Accept and go on").click()


def connect(page: Page, tenant: str) -> None:
    page.get_by_label("Tenant ID").fill(tenant)
    page.locator("input[name=authority]").check()
    page.get_by_role("button", name="Connect", exact=True).click()


@pytest.mark.behaviour("VP-01")
@pytest.mark.behaviour("VP-02")
@pytest.mark.behaviour("VP-05")
def test_an_hr_admin_connects_reviews_and_synchronises(
    page: Page, both: VismaSides, hanna: User, site: str, worker: Worker
) -> None:
    both.pair(1)
    _differs, their_id = both.pair(2, work_phone="+4740009999")
    several, several_id = both.pair(
        3,
        vendor={"positions": [POSITION, {**POSITION, "activeStart": "2023-05-01"}]},
        first_workday=date(2023, 5, 1),
    )
    both.pair(
        4,
        vendor={"positions": [{**POSITION, "activeEnd": "2024-12-31", "positionEndReason": ["x"]}]},
        first_workday=date(2026, 6, 1),
    )
    both.hub(5)
    worker.start()

    set_up(page, site)
    page.get_by_text("Click your name at the top right and copy the Tenant ID.").wait_for()
    connect(page, "0f8a1c52")
    page.get_by_text("This is not a Tenant ID").wait_for()
    connect(page, NOT_AUTHORISED)
    page.get_by_text("The company has not authorised the app.").wait_for()
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert not is_too_wide(page), size
        assert serious_findings(page) == [], size
    page.set_viewport_size({"width": 1400, "height": 900})
    connect(page, FIRST_TENANT)
    page.get_by_text("Is it Fjordheim Handel AS?").wait_for()
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert not is_too_wide(page), size
        assert serious_findings(page) == [], size
    page.set_viewport_size({"width": 1400, "height": 900})
    page.get_by_role("button", name="Yes, connect it").click()
    page.get_by_text(f"Connected to Tenant ID {FIRST_TENANT}.").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()

    page.get_by_role("button", name="Synchronise users").click()
    page.get_by_text("Compared. Nothing is written before you decide and confirm.").wait_for(timeout=AT_WORK)
    page.get_by_role("link", name="Decide on the conflicts").click()
    anew = page.get_by_role("article", name="Given 4 Family 4")
    anew.get_by_text("that is a new employment. Add a position in Visma.net Payroll").first.wait_for()
    person = page.get_by_role("article", name="Given 3 Family 3")
    person.get_by_text("Position: Ordinary, 2020-01-01 until no last day").wait_for()
    person.get_by_role("link", name="choose another").click()
    page.get_by_label("Ordinary, 2023-05-01 until no last day").check()
    assert serious_findings(page) == []
    page.get_by_role("button", name="Keep this one in step").click()
    page.get_by_text("Chosen. Synchronise users to see what it holds beside the hub.").wait_for()

    page.goto(f"{site}/visma_payroll/vismapayrollconnection/{Connection.objects.get().pk}/")
    page.get_by_role("button", name="Synchronise users").click()
    page.get_by_text("Compared. Nothing is written before you decide and confirm.").wait_for(timeout=AT_WORK)
    page.get_by_role("link", name="Decide on the conflicts").click()
    expect(page.get_by_role("article", name="Given 3 Family 3")).to_have_count(0)
    phone = page.get_by_role("article", name="Given 2 Family 2")
    phone.get_by_role("group", name=re.compile("^Work phone of ")).get_by_role("radio", name="Hub").check()
    phone.get_by_text("Saved.").wait_for()
    page.get_by_role("link", name="Next: unclear people").click()
    page.get_by_role("link", name="Next: missing people").click()
    page.get_by_role("checkbox", name=re.compile(r"^Given 5 Family 5 \(")).check()
    page.get_by_text("Saved.").wait_for()
    page.get_by_role("link", name="Next: confirm").click()
    page.get_by_role("button", name="Synchronise users").click()

    page.get_by_text("Everything that was decided has been written.").wait_for(timeout=AT_WORK)
    page.get_by_role("link", name=re.compile("^Created in Visma.net Payroll")).click()
    page.get_by_role("row", name=re.compile("Given 5 Family 5")).wait_for()
    page.get_by_text("Created as draft: complete it in Visma.net Payroll.").first.wait_for()
    assert both.at_vendor(their_id)["phones"][0]["number"] == 40009999
    assert Link.objects.get(right_id=several_id).left_id == str(several.pk)
    assert SyncRow.objects.filter(kind=SyncRow.Kind.ONLY_LEFT, state=SyncRow.State.WRITTEN).count() == 1
