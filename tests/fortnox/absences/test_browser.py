"""A person maps a type, approves an absence and sees what becomes of it, in a real browser."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from absences.models import Absence, AbsenceType
from tests.e2e.signing_in import make_admin, sign_in
from tests.fortnox.absences.test_failures import refusal
from tests.fortnox.absences.transferred import Transferred

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.behaviour("FX-04")
def test_map_approve_refuse_and_try_again(both: Transferred, live_server: LiveServer, page: Page) -> None:
    employee = both.pair_active(vendor={"ScheduleId": "HEL"})
    both.configure(create_absences=True)
    absence = both.absence(employee, status=Absence.Status.REQUESTED)
    sick = AbsenceType.objects.get(code="sick_leave")
    make_admin("anna")
    sign_in(page, site=live_server.url, username="anna")
    shown = f"{live_server.url}{reverse('admin:absences_absence_change', args=[absence.pk])}"

    # Mapped: what the change does is shown before it is saved.
    types = reverse("admin:fortnox_fortnoxconnection_absence_types", args=[both.connection.pk])
    page.goto(f"{live_server.url}{types}")
    page.select_option(f"[name=cause_{sick.pk}]", "SJK")
    page.locator("main form button[type=submit], form.mb-6 button[type=submit]").first.click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The absence types are saved.")).to_be_visible()

    # Approved, and refused by Fortnox.
    both.sandbox.faults([refusal("POST", k=3)])
    page.goto(shown)
    expect(page.get_by_text("waiting: not approved yet")).to_be_visible()
    page.get_by_role("button", name="Approve", exact=True).click()
    both.push_until_sent()
    page.goto(shown)
    expect(page.get_by_text("refused: Löneperioden är låst.")).to_be_visible()

    # Tried again from the error log.
    page.goto(f"{live_server.url}{reverse('admin:core_problem_changelist')}")
    page.get_by_role("button", name="Try again").first.click()
    both.push_until_sent()
    page.goto(shown)
    expect(page.get_by_text("in Fortnox: 5 days, 5 with hours, Sjukfrånvaro (SJK)")).to_be_visible()
