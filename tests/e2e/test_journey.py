"""The HR admin's journey, without help: a real browser, a real worker, a real sandbox."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from employees.models import Company, Employee
from integrations.core.models import Connection, Link, Mark, Notification, SyncRow, SyncRun
from tests.core.connected import connect
from tests.core.runs.both_sides import BothSides, apply_all, assert_in_step, pair_of, review
from tests.e2e.people import OURS, THEIRS, first_comparison, move_hub, move_vendor
from tests.e2e.signing_in import sign_in
from tests.factories import CompanyFactory
from tests.sandbox_client import SandboxClient
from tests.workers import Worker

pytestmark = [pytest.mark.browser, pytest.mark.queue, pytest.mark.django_db(transaction=True)]
# Milliseconds for what the background service does; most of it is done within two of the page's looks.
AT_WORK = 60_000


@pytest.fixture
def both(transactional_db: None, sandbox: SandboxClient) -> BothSides:
    sandbox.limits(requests=10_000, seconds=1)
    company: Company = CompanyFactory.create(name="Demo AB", country="SE", time_zone="Europe/Stockholm")
    return BothSides(company, sandbox)


def set_up(page: Page, site: str) -> None:
    """From the start page to Fortnox's login: read, set up, accept."""
    sign_in(page, site=site)
    page.get_by_role("link", name="Fortnox", exact=True).first.click()
    page.get_by_text("Press “Set up”, choose the company, and accept the terms.").wait_for()
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Company").select_option(label="Demo AB")
    page.locator("main, #content").last.locator("form").last.get_by_role("button").last.click()
    page.locator("input[name=accepted]").check()
    page.get_by_role("button", name="Accept and go on").click()
    go_to_fortnox(page)


def go_to_fortnox(page: Page) -> None:
    page.get_by_role("button", name="Go to Fortnox").click()
    page.get_by_role("button", name="Log in").click()


def choose(page: Page, person: str, field: str, choice: str) -> None:
    """Decide a field and wait until that is saved."""
    article = page.get_by_role("article", name=person)
    article.get_by_role("group", name=re.compile(f"^{field} of ")).get_by_role(
        "radio", name=re.compile(f"^{choice}")
    ).check()
    article.get_by_text("Saved.").wait_for()


def tick(page: Page, person: str) -> None:
    page.get_by_role("checkbox", name=re.compile(rf"^{person} \(")).check()
    page.get_by_text("Saved.").wait_for()


def confirm(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Confirm")).click()
    page.get_by_role("button", name="Synchronise users").click()


def mails(var_dir: Path) -> list[str]:
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in (var_dir / "mail").glob("*.eml")]
    bodies = [mail.get_body(("plain",)) for mail in found]
    return [f"{mail['To']}: {body.get_content()}" for mail, body in zip(found, bodies, strict=True) if body is not None]


def cell(article: Locator, field: str) -> Locator:
    return article.get_by_role("row", name=re.compile(f"^{field}"))


@pytest.mark.behaviour("G-03")
@pytest.mark.behaviour("G-04")
@pytest.mark.behaviour("G-05")
@pytest.mark.behaviour("G-06")
@pytest.mark.behaviour("FX-01")
@pytest.mark.behaviour("FX-07")
@pytest.mark.behaviour("FX-09")
def test_an_hr_admin_brings_both_systems_in_step_without_help(
    page: Page, both: BothSides, hanna: User, site: str, worker: Worker, var_dir: Path
) -> None:
    people = first_comparison(both)
    only_here = both.hub(6)
    both.vendor(7)
    worker.start()

    set_up(page, site)
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Connected to Nordhamn Handel AB (1204711).").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()

    page.get_by_role("button", name="Synchronise users").click()
    page.get_by_text("Compared. Nothing is written before you decide and confirm.").wait_for(timeout=AT_WORK)
    page.get_by_role("link", name="Decide on the conflicts").click()
    number = page.get_by_role("article", name="Given 4 Family 4")
    expect(cell(number, "Employment ID").get_by_role("radio", name="Hub")).to_be_disabled()
    account = page.get_by_role("article", name="Given 5 Family 5")
    account.get_by_text(re.compile("Swedish")).first.wait_for()
    expect(cell(account, "Bank account").get_by_role("radio", name="Hub")).to_be_disabled()
    choose(page, "Given 2 Family 2", "Work phone", "Fortnox")
    choose(page, "Given 3 Family 3", "Work phone", "Fortnox")
    expect(cell(number, "Employment ID").get_by_role("radio", name="Fortnox")).to_be_checked()
    choose(page, "Given 5 Family 5", "Bank account", "Leave both")

    page.get_by_role("link", name="Next: unclear people").click()
    page.get_by_role("link", name="Next: missing people").click()
    expect(page.get_by_role("checkbox", name=re.compile(r"^Given 6 Family 6 \("))).not_to_be_checked()
    tick(page, "Given 6 Family 6")
    page.get_by_role("link", name=re.compile("Only at Fortnox")).click()
    tick(page, "Given 7 Family 7")
    page.get_by_role("link", name="Next: confirm").click()
    assert not [call for call in both.writes() if call[0] in ("POST", "PUT")]
    page.get_by_role("button", name="Synchronise users").click()

    page.get_by_text("Everything that was decided has been written.").wait_for(timeout=AT_WORK)
    page.get_by_role("link", name=re.compile("^Created in Fortnox")).click()
    page.get_by_role("row", name=re.compile("Given 6 Family 6")).wait_for()
    worker.wait_until(
        lambda: Notification.objects.filter(sent_at__isnull=False).exists(), what="the report has been mailed"
    )
    assert any("hanna@demo.example" in mail and "Given 7 Family 7" in mail for mail in mails(var_dir))

    both_agree(both, people, only_here)


def both_agree(both: BothSides, people: dict[str, Employee], only_here: Employee) -> None:
    for employee in (*people.values(), only_here):
        employee.refresh_from_db()
    assert people["First difference"].work_phone == both.at_vendor("102")["Phone1"] == THEIRS
    assert people["Missing value"].work_phone == "+46701740003"
    assert people["Employment number"].employment_id == "104"
    assert pair_of(people["Cannot be sent"], "bank_account")[2] == "left_as_is"
    assert both.at_vendor(only_here.employment_id)["Email"] == "p6@demo.example"
    assert Employee.objects.get(work_email="p7@demo.example").employment_id == "107"
    connection = Connection.objects.get()
    assert connection.state == Connection.State.ACTIVE
    assert_in_step(connection, 7)


@pytest.mark.behaviour("FX-01")
def test_whoever_refuses_at_fortnox_is_told_and_can_try_again(
    page: Page, both: BothSides, hanna: User, site: str
) -> None:
    set_up(page, site)
    page.get_by_role("button", name="Refuse").click()
    page.get_by_text("The access was refused at Fortnox. Connect again, and approve it there.").wait_for()
    assert Connection.objects.get().state == Connection.State.DRAFT

    go_to_fortnox(page)
    page.get_by_role("button", name="Approve").click()

    page.get_by_text("Connected to Nordhamn Handel AB (1204711).").wait_for()
    assert Connection.objects.get().state == Connection.State.AUTHORISED


@pytest.mark.behaviour("G-04")
@pytest.mark.behaviour("G-08")
@pytest.mark.parametrize(
    ("moves", "preselected", "choice", "settled"),
    [
        pytest.param((move_hub,), "left", "Hub", OURS, id="only the hub moved"),
        pytest.param((move_vendor,), "right", "Fortnox", THEIRS, id="only Fortnox moved"),
        pytest.param((move_hub, move_vendor), "open", "Hub", OURS, id="both moved"),
    ],
)
def test_who_moved_since_the_last_time_is_known_and_a_person_decides_on_the_rest(
    page: Page,
    both: BothSides,
    hanna: User,
    site: str,
    worker: Worker,
    moves: tuple[Callable[[BothSides, Employee], None], ...],
    preselected: str,
    choice: str,
    settled: str,
) -> None:
    employee = both.pair(1)
    connection = connect(company=both.company)
    apply_all(review(connection))
    for move in moves:
        move(both, employee)
    # As after a refusal: the hub's change does not go by itself before the synchronisation.
    Mark.objects.update(held_by=Mark.Hold.PROBLEM)
    worker.start()
    sign_in(page, site=site)
    page.goto(f"{site}{reverse('admin:fortnox_fortnoxconnection_connection', args=[connection.pk])}")

    page.get_by_role("button", name="Synchronise users").click()
    page.get_by_text("Compared. Nothing is written before you decide and confirm.").wait_for(timeout=AT_WORK)
    page.get_by_role("link", name="Conflicts", exact=True).first.click()
    group = page.get_by_role("group", name=re.compile("^Work phone of Given 1 Family 1"))
    expect(group.locator("input:checked")).to_have_value(preselected)
    if preselected == "open":
        choose(page, "Given 1 Family 1", "Work phone", choice)
    confirm(page)
    page.get_by_text("Everything that was decided has been written.").wait_for(timeout=AT_WORK)

    employee.refresh_from_db()
    assert employee.work_phone == both.at_vendor("101")["Phone1"] == settled
    assert SyncRow.objects.get(run=SyncRun.objects.latest("pk")).state == SyncRow.State.WRITTEN
    assert Link.objects.get().state == Link.State.ACTIVE
