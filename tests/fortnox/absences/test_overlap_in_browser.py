"""Somebody falls ill during a vacation: the page proposes it, one press settles it, in a real browser."""

import os
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from absences.models import Absence
from tests.core.runs.both_sides import change
from tests.e2e.signing_in import make_admin, sign_in
from tests.fortnox.absences.transferred import MONDAY, VACATION, WEEK, Transferred

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEDNESDAY = MONDAY + timedelta(days=2)


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        for width in (1400, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1400, "height": 900})


@pytest.mark.behaviour("FX-22")
@pytest.mark.behaviour("FX-10")
def test_ill_on_vacation_and_days_after_the_last_workday(
    both: Transferred, live_server: LiveServer, page: Page
) -> None:
    employee = both.begin()
    vacation = both.transferred(employee, code=VACATION, status=Absence.Status.APPROVED)
    sickness = both.transferred(employee, start=WEDNESDAY)
    make_admin("anna")
    site = live_server.url
    sign_in(page, site=site, username="anna")

    # The sickness waits, and its page says with what; one press takes its days out of the vacation.
    shown = f"{site}{reverse('admin:absences_absence_change', args=[sickness.pk])}"
    page.goto(shown)
    expect(page.get_by_text("proposed is that Sick leave goes")).to_be_visible()
    shot(page, "overlap")
    page.get_by_role("link", name="see what became of it, and what to do").click()
    expect(page.get_by_text("More than a whole day with another absence")).to_be_visible()
    shot(page, "problem")
    page.get_by_role("button", name="Take these days out of Vacation").click()
    expect(page.get_by_text("left Vacation, of which stays")).to_be_visible()
    both.push_until_sent()
    both.push_until_sent()
    assert both.rows() == [*[(day, "SEM", 100) for day in WEEK[:2]], *[(day, "SJK", 100) for day in WEEK[2:]]]
    vacation.refresh_from_db()
    assert vacation.end == WEDNESDAY - timedelta(days=1)

    # Leaving on Wednesday: the days after it are to be confirmed before anything goes.
    change(employee, last_workday=WEDNESDAY)
    both.push_until_sent()
    page.goto(shown)
    expect(page.get_by_text("held: Days before the first or after the last workday")).to_be_visible()
    shot(page, "outside")
    page.get_by_role("button", name="These days are right").click()
    expect(page.get_by_text("The days outside the employment are confirmed.")).to_be_visible()
    shot(page, "confirmed")
    both.push_until_sent()
    assert both.causes() == set()

    # Several are approved together: those that will not go are named.
    asked = [
        both.absence(employee, code=VACATION, status=Absence.Status.REQUESTED, start=day, end=end)
        for day, end in ((MONDAY - timedelta(days=7), MONDAY), (MONDAY - timedelta(days=3), MONDAY + timedelta(days=1)))
    ]
    page.goto(f"{site}{reverse('admin:absences_absence_changelist')}")
    for absence in asked:
        page.locator(f"input[name=_selected_action][value='{absence.pk}']").check()
    page.select_option("select[name=action]", "approve_chosen")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("These do not go there:")).to_be_visible()
    shot(page, "approve")
