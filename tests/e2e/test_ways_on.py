"""The customer whose data are clean already, the one without anybody, and who disconnects and comes back (G-34)."""

import os
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page

from employees.models import Company, Employee
from integrations.core.models import Connection, Mark, Notification
from tests.core.connected import connect
from tests.core.runs.both_sides import BothSides, apply_all, change, review
from tests.e2e.signing_in import SIZES, is_too_wide, serious_findings, sign_in
from tests.factories import CompanyFactory
from tests.sandbox_client import SandboxClient
from tests.workers import Worker

pytestmark = [
    pytest.mark.browser,
    pytest.mark.queue,
    pytest.mark.django_db(transaction=True),
    pytest.mark.behaviour("G-34"),
]
AT_WORK = 60_000
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def both(transactional_db: None, sandbox: SandboxClient) -> BothSides:
    sandbox.limits(requests=10_000, seconds=1)
    company: Company = CompanyFactory.create(name="Demo AB", country="SE", time_zone="Europe/Stockholm")
    return BothSides(company, sandbox)


def open_connection(page: Page, site: str) -> None:
    address = reverse("admin:fortnox_fortnoxconnection_connection", args=[Connection.objects.get().pk])
    page.goto(f"{site}{address}")


def synchronise(page: Page) -> None:
    page.get_by_role("button", name="Synchronise users").click()
    page.get_by_text("Compared. Nothing is written before you decide and confirm.").wait_for(timeout=AT_WORK)


def state() -> str:
    return Connection.objects.get().state


@pytest.mark.parametrize("people", [2, 0])
def test_where_nothing_differs_it_is_confirmed_and_edits_go_from_then_on(
    page: Page, both: BothSides, hanna: User, site: str, worker: Worker, people: int
) -> None:
    for number in range(people):
        both.pair(number + 1)
    connect(company=both.company)
    worker.start()
    sign_in(page, site=site)
    open_connection(page, site)

    synchronise(page)
    page.get_by_text("Nobody is left to decide on, and nothing has to be written.").wait_for()
    open_connection(page, site)
    page.get_by_text("Confirm the synchronisation: nobody is left to decide on").wait_for()
    page.get_by_role("link", name="See what was found, and confirm").click()
    found = "Everybody is matched" if people else "There is nobody to keep in step yet"
    page.get_by_text(re.compile(found)).wait_for()
    page.get_by_role("button", name="Synchronise users").click()

    ended = "Everything is in step" if people else "There was nobody to keep in step"
    page.get_by_text(f"{ended}: nothing had to be written.").wait_for(timeout=AT_WORK)
    open_connection(page, site)
    page.get_by_text("Nothing to do.").wait_for()
    assert state() == Connection.State.ACTIVE
    worker.wait_until(
        lambda: Notification.objects.filter(sent_at__isnull=False).exists(), what="the report has been mailed"
    )
    if people:
        change(Employee.objects.earliest("pk"), city="Lund")
        worker.wait_until(lambda: both.at_vendor("101")["City"] == "Lund", what="the edit has gone by itself")


@pytest.mark.behaviour("G-11")
def test_disconnected_and_connected_again_it_says_what_waits_until_it_is_confirmed(
    page: Page, both: BothSides, hanna: User, site: str, worker: Worker
) -> None:
    employee = both.pair(1)
    apply_all(review(connect(company=both.company)))
    Connection.objects.update(settings={"phone_source": "work_phone"})
    worker.start()
    sign_in(page, site=site)
    open_connection(page, site)
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_text("nothing is sent to Fortnox before somebody has confirmed it").wait_for()
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_text("To take it up again, connect it").wait_for()
    change(employee, city="Lund")
    both.change_at_vendor("101", Phone1="+46701750001")

    page.get_by_role("link", name="Connect again").click()
    page.get_by_role("button", name="Go to Fortnox").click()
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("The hub's change of 1 person waits until a synchronisation has been confirmed.").wait_for()
    page.goto(site)
    page.get_by_text("The hub's change of 1 person waits until a synchronisation has been confirmed.").wait_for()
    page.goto(f"{site}{reverse('admin:employees_employee_change', args=[employee.pk])}")
    page.get_by_text("A change waits until a synchronisation of Fortnox has been confirmed.").wait_for()

    open_connection(page, site)
    synchronise(page)
    page.get_by_role("link", name=re.compile("^Confirm")).first.click()
    page.get_by_role("button", name="Synchronise users").click()
    page.get_by_text("Everything that was decided has been written.").wait_for(timeout=AT_WORK)
    worker.wait_until(lambda: not Mark.objects.exists(), what="nothing waits any more")

    employee.refresh_from_db()
    assert (both.at_vendor("101")["City"], employee.work_phone) == ("Lund", "+46701750001")
    assert state() == Connection.State.ACTIVE


@pytest.mark.parametrize("size", list(SIZES))
def test_the_pages_on_the_way_fit_the_screen_and_are_accessible(
    page: Page, both: BothSides, hanna: User, site: str, worker: Worker, size: str
) -> None:
    both.pair(1)
    connection = connect(company=both.company)
    apply_all(review(connection))
    change(Employee.objects.get(), city="Lund")
    change(Employee.objects.get(), city="Stockholm")
    Connection.objects.update(state=Connection.State.REVIEWING)
    run = review(connection)
    page.set_viewport_size({"width": SIZES[size][0], "height": SIZES[size][1]})
    sign_in(page, site=site)
    section = "admin:fortnox_fortnoxconnection"
    addresses = [
        reverse("admin:index"),
        reverse(f"{section}_changelist"),
        reverse(f"{section}_connection", args=[connection.pk]),
        reverse(f"{section}_run", args=[connection.pk, run.pk]),
        reverse(f"{section}_confirm", args=[connection.pk, run.pk]),
    ]
    found = []
    for stage in ("reviewing", "left behind", "disconnected"):
        if stage == "left behind":
            Connection.objects.update(state=Connection.State.AUTHORISED, disconnected_after=run.pk)
        elif stage == "disconnected":
            Connection.objects.update(state=Connection.State.DISCONNECTED)
        for address in addresses:
            page.goto(f"{site}{address}")
            found += [(stage, address, each) for each in serious_findings(page)]
            if is_too_wide(page):
                found.append((stage, address, ("too wide", "")))
            if PICTURES:
                name = address.strip("/").replace("/", "-") or "start"
                page.screenshot(path=Path(PICTURES) / f"{stage}-{name}-{size}.png", full_page=True)
    assert found == []
