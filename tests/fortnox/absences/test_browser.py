"""A person maps a type, registers and approves an absence, and sees what becomes of it, in a real browser."""

from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from absences.models import Absence, AbsenceType
from employees.models import Employee
from tests.e2e.signing_in import make_admin, sign_in
from tests.fortnox.absences.test_failures import refusal
from tests.fortnox.absences.transferred import Transferred

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
VACATION_DAYS = ["2026-07-06", "2026-07-07", "2026-07-08"]


@pytest.mark.behaviour("FX-04")
@pytest.mark.behaviour("FX-17")
def test_map_register_approve_refuse_and_try_again(both: Transferred, live_server: LiveServer, page: Page) -> None:
    employee = both.pair_active(vendor={"ScheduleId": "HEL"})
    both.configure(create_absences=True)
    vacation = AbsenceType.objects.get(code="vacation")
    make_admin("anna")
    site = live_server.url
    sign_in(page, site=site, username="anna")

    # Mapped: what the change does is shown before it is saved.
    types = reverse("admin:fortnox_fortnoxconnection_absence_types", args=[both.connection.pk])
    page.goto(f"{site}{types}")
    page.select_option(f"[name=cause_{vacation.pk}]", "SEM")
    page.get_by_role("button", name="Show what it would do").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The absence types are saved.")).to_be_visible()
    expect(page.get_by_role("heading", name="What was changed")).to_be_visible()

    # Registered: it waits for a decision, and says so.
    page.goto(f"{site}{reverse('admin:absences_absence_changelist')}")
    page.get_by_role("link", name="Add absence").first.click()
    register(page, employee, vacation)
    expect(page.get_by_text("was added successfully")).to_be_visible()
    absence = Absence.objects.get()
    assert (absence.employee, absence.type, absence.grade) == (employee, vacation, 50)
    assert (absence.start, absence.end) == (date(2026, 7, 6), date(2026, 7, 8))
    both.push_until_sent()
    assert both.rows() == []
    shown = f"{site}{reverse('admin:absences_absence_change', args=[absence.pk])}"
    page.goto(shown)
    expect(page.get_by_text("waiting: not approved yet")).to_be_visible()

    # Approved, and refused by Fortnox: the page tells it in Fortnox's words, and leads to what to do.
    both.sandbox.faults([refusal("POST", k=3)])
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("1 absence was approved.")).to_be_visible()
    both.push_until_sent()
    page.goto(shown)
    expect(page.get_by_text("refused: Löneperioden är låst.")).to_be_visible()
    assert both.rows() == []

    # Tried again from the problem that the page leads to: transferred.
    page.get_by_role("link", name="see what became of it, and what to do").click()
    expect(page.get_by_text("Löneperioden är låst.").first).to_be_visible()
    page.get_by_role("button", name="Try again").first.click()
    both.push_until_sent()
    page.goto(shown)
    expect(page.get_by_text("in Fortnox: 3 days, 3 with hours, Semester (SEM)")).to_be_visible()
    assert both.rows() == [(day, "SEM", 50) for day in VACATION_DAYS]
    history = page.get_by_role("row").filter(has_text="Approved")
    expect(history.filter(has_text="anna").first).to_be_visible()


def register(page: Page, employee: Employee, kind: AbsenceType) -> None:
    """Fill in the form of a new absence and save it."""
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").fill(employee.family_name)
    page.locator(".select2-results__option").filter(has_text=employee.full_name).click()
    page.select_option("[name=type]", str(kind.pk))
    page.fill("[name=start]", "2026-07-06")
    page.fill("[name=end]", "2026-07-08")
    page.fill("[name=grade]", "50")
    page.get_by_role("button", name="Save", exact=True).click()
