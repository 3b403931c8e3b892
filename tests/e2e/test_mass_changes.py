"""An HR admin changes many people together, sees that they wait, and releases or drops them (G-17)."""

import os
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from employees.models import Company, Employee
from integrations.core.models import Connection, Link, Mark, MassChange, SyncRun
from tests.core.admin.filling import service_runs
from tests.e2e.signing_in import SIZES, is_too_wide, make_admin, serious_findings, sign_in
from tests.employees.transfer.files import preview
from tests.factories import CompanyFactory, DepartmentFactory, EmployeeFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-17")]
# Where to keep a picture of each page, for whoever wants to look at them.
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def people(transactional_db: None, live_server: LiveServer) -> list[Employee]:
    make_admin()
    service_runs()
    company = CompanyFactory.create(name="Demo AB")
    DepartmentFactory.create(company=company, name="Kitchen")
    people = [
        EmployeeFactory.create(
            company=company,
            given_name=name,
            family_name="Ek",
            work_email=f"{name.lower()}@demo.example",
            first_workday=date(2020, 1, 1),
            last_workday=None,
            city="Umeå",
        )
        for name in ("Anna", "Bo", "Cilla")
    ]
    connection = Connection.objects.create(
        integration="fortnox",
        label="Fortnox of Demo",
        company=company,
        state="active",
        account_id="1",
        account_name="Demo AB",
        push_limit=2,
    )
    SyncRun.objects.create(connection=connection, resource="employees", trigger="person", state="done")
    for person in people:
        pairs = {"last_workday": [None, None, "settled"]}
        Link.objects.create(
            connection=connection,
            resource="employees",
            left_id=person.pk,
            right_id=f"10{person.pk}",
            state=Link.State.ACTIVE,
            pairs=pairs,
        )
    EmployeeFactory.create(company=company, given_name="New", family_name="Ny")
    Mark.objects.all().delete()
    return people


def look(page: Page, name: str, *, sizes: Sequence[str] = tuple(SIZES)) -> None:
    """Check what every page owes its readers; a search box keeps the width that it was opened with."""
    for size in sizes:
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        assert serious_findings(page) == [], name
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{size}.png", full_page=True)
        assert not is_too_wide(page), (name, size)
    page.set_viewport_size({"width": SIZES["desk"][0], "height": SIZES["desk"][1]})


def change_together(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/employees/employee/?q=Ek")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "change_together")
    page.click("button[name=index]")
    page.select_option("select[name=last_workday_becomes]", "set")
    page.fill("input[name=last_workday]", "2031-06-30")
    look(page, "together", sizes=("desk",))
    page.click("text=Show what it would do")
    page.wait_for_selector("text=What it would change")
    look(page, "together-confirm")
    assert "3 people change towards Fortnox of Demo" in page.inner_text("#content")
    page.click("button:has-text('Change 3 people')")
    page.wait_for_selector("text=3 people were changed")
    look(page, "changed")


def test_what_many_people_share_is_changed_waits_and_is_released(
    page: Page, live_server: LiveServer, people: list[Employee]
) -> None:
    sign_in(page, site=live_server.url)
    change_together(page, live_server)
    assert set(Employee.objects.filter(family_name="Ek").values_list("last_workday", flat=True)) == {date(2031, 6, 30)}

    page.goto(live_server.url)
    look(page, "start")
    page.click("text=Last workday of 3 people: 3 people wait")
    look(page, "mass-change")
    page.click("text=Release…")
    page.wait_for_selector("text=Release and send")
    look(page, "release")
    page.click("text=Release and send")
    page.wait_for_selector("text=is released")
    look(page, "connection")

    assert MassChange.objects.get().state == MassChange.State.RELEASED
    assert Mark.objects.filter(held_by="").count() == 3


def test_what_many_people_share_is_dropped(page: Page, live_server: LiveServer, people: list[Employee]) -> None:
    sign_in(page, site=live_server.url)
    change_together(page, live_server)
    mass = MassChange.objects.get()

    page.goto(f"{live_server.url}/fortnox/fortnoxconnection/{mass.connection_id}/held/{mass.pk}/")
    page.click("text=Drop…")
    page.wait_for_selector("text=Drop, and leave both as they are")
    look(page, "drop")
    page.click("text=Drop, and leave both as they are")
    page.wait_for_selector("text=Both systems keep the values")
    page.click("text=Mass changes")
    page.wait_for_selector("text=Decided before")
    look(page, "held")

    assert not Mark.objects.exists()


def test_the_pages_around_it_say_what_waits_and_who_is_where(
    page: Page, live_server: LiveServer, people: list[Employee]
) -> None:
    Connection.objects.update(push_limit=0)
    lines = [["Work e-mail", "Last workday"], *([person.work_email, "2031-06-30"] for person in people)]
    job = preview(Company.objects.get(), lines, file_name="people.csv")
    Link.objects.filter(left_id=str(people[0].pk)).update(gone_at=job.created_at)
    connection = Connection.objects.get()
    gone = Link.objects.get(left_id=str(people[0].pk))
    newcomer = Employee.objects.get(family_name="Ny")
    sign_in(page, site=live_server.url)

    for name, address, expected in (
        ("import", f"/employees/importjob/{job.pk}/change/", "wait until somebody releases them"),
        ("settings", f"/fortnox/fortnoxconnection/{connection.pk}/settings/", "What goes by itself"),
        ("person-new", f"/employees/employee/{newcomer.pk}/change/", "Not in Fortnox of Demo yet"),
        ("person-gone", f"/employees/employee/{people[0].pk}/change/", "Gone at Fortnox"),
        ("create-anew", f"/employees/employee/{people[0].pk}/connections/{gone.pk}/create-anew/", "Forget the link"),
        ("overview", "/fortnox/fortnoxconnection/", "within seconds"),
    ):
        page.goto(f"{live_server.url}{address}")
        assert expected.lower() in page.inner_text("#content").lower(), name
        if not name.startswith("person"):
            look(page, name, sizes=("desk",) if name == "settings" else tuple(SIZES))
        elif PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.behaviour("G-37")
@pytest.mark.behaviour("G-21")
def test_a_release_that_was_opened_before_anothers_edit_asks_again(
    page: Page, live_server: LiveServer, people: list[Employee]
) -> None:
    make_admin("bo")
    sign_in(page, site=live_server.url)
    change_together(page, live_server)
    page.goto(live_server.url)
    page.click("text=Last workday of 3 people: 3 people wait")
    page.click("text=Release…")
    page.wait_for_selector("text=Release and send")

    browser = page.context.browser
    assert browser is not None
    other = browser.new_page()
    sign_in(other, site=live_server.url, username="bo")
    other.goto(f"{live_server.url}/employees/employee/{people[0].pk}/change/")
    other.fill("input[name=last_workday]", "2032-01-31")
    other.click("[name=_save]")
    other.wait_for_selector("text=was changed successfully")

    page.click("text=Release and send")
    page.wait_for_selector("text=Nothing was done")
    assert re.search(r"Anna Ek \([^)]*\), Last workday: edited by Bo", page.inner_text("body"))
    assert MassChange.objects.get().state == MassChange.State.HELD
    look(page, "release-again")
    page.click("text=Release and send")
    page.wait_for_selector("text=is released")

    assert MassChange.objects.get().state == MassChange.State.RELEASED
    assert Mark.objects.filter(held_by="", held_fields={}).count() == 3
