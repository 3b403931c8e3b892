"""Disconnected and connected again, both sides edited meanwhile, and one field left undecided (G-35)."""

import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page

from integrations.core.models import Connection, Mark, Notification
from tests.core.connected import connect
from tests.core.runs.both_sides import BothSides, apply_all, review
from tests.e2e.signing_in import make_admin, sign_in
from tests.factories import CompanyFactory
from tests.sandbox_client import SandboxClient
from tests.workers import Worker

pytestmark = [
    pytest.mark.browser,
    pytest.mark.queue,
    pytest.mark.django_db(transaction=True),
    pytest.mark.behaviour("G-35"),
]
AT_WORK = 60_000
THERE = "0709999999"


@pytest.fixture
def both(transactional_db: None, sandbox: SandboxClient) -> BothSides:
    sandbox.limits(requests=10_000, seconds=1)
    company = CompanyFactory.create(name="Demo AB", country="SE", time_zone="Europe/Stockholm")
    return BothSides(company, sandbox)


def edit(page: Page, site: str, person: int, **values: str) -> None:
    page.goto(f"{site}{reverse('admin:employees_employee_change', args=[person])}")
    for name, value in values.items():
        page.fill(f"input[name={name}]", value)
    page.locator("[name=_save]").click()
    page.get_by_text("was changed successfully").wait_for()


def test_what_stays_undecided_is_written_by_a_newer_edit_alone(
    page: Page, both: BothSides, hanna: User, site: str, worker: Worker
) -> None:
    employee = both.pair(1)
    connection = connect(company=both.company)
    apply_all(review(connection))
    make_admin("bo")
    address = f"{site}{reverse('admin:fortnox_fortnoxconnection_connection', args=[connection.pk])}"
    others = page.context.browser.new_page() if page.context.browser else page
    sign_in(others, site=site, username="bo")
    sign_in(page, site=site)

    page.goto(address)
    page.get_by_role("link", name="Disconnect", exact=True).click()
    page.get_by_role("button", name="Disconnect").click()
    page.wait_for_url(re.compile(r"/connection/|/overview/|fortnoxconnection/"))
    edit(others, site, employee.pk, street="Vägen 2", work_phone="+46 70 174 06 05")
    both.change_at_vendor("101", City="Kiruna", Phone1=THERE)
    worker.start()
    page.goto(address)
    page.get_by_role("link", name="Connect again").first.click()
    page.get_by_role("button", name="Go to Fortnox").click()
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Approve").click()
    page.goto(address)
    both.sandbox.clear_calls()

    page.get_by_role("button", name="Synchronise users").click()
    page.get_by_text("Compared. Nothing is written before you decide and confirm.").wait_for(timeout=AT_WORK)
    page.get_by_role("link", name="Conflicts", exact=True).first.click()
    article = page.get_by_role("article", name="Given 1 Family 1")
    article.get_by_role("group", name=re.compile("^Address of ")).get_by_role("radio", name=re.compile("^Hub")).check()
    article.get_by_text("Saved.").wait_for()
    page.get_by_role("link", name=re.compile("^Confirm")).click()
    page.get_by_role("button", name="Synchronise users").click()
    worker.wait_until(lambda: Notification.objects.filter(key__startswith="run:").exists(), what="the run has ended")
    worker.wait_until(lambda: not Mark.objects.exists(), what="the push has looked at the edit from before")

    assert Connection.objects.get().state == Connection.State.ACTIVE
    assert [set(body) for body in both.sent()] == [{"Address1", "PostCode", "City", "Country"}]
    assert both.at_vendor("101")["Phone1"] == THERE

    edit(others, site, employee.pk, work_phone="+46 70 174 06 06")
    worker.wait_until(lambda: both.at_vendor("101")["Phone1"] == "+46701740606", what="the newer edit has gone")
