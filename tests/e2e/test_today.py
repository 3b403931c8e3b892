"""*Today* beside a date, with a browser: the day where the person's company is, not the server's nor the reader's."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.e2e.signing_in import sign_in
from tests.factories import CompanyFactory, EmployeeFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


# Winter and summer differ by an hour, and the server's own clock says which of them is counted: so not at midnight.
@pytest.mark.parametrize(
    ("zone", "now", "day"),
    [
        ("Europe/Helsinki", "2026-11-29T23:30:00Z", "2026-11-30"),
        ("Europe/Stockholm", "2026-11-29T21:30:00Z", "2026-11-29"),
        ("America/New_York", "2026-12-01T01:30:00Z", "2026-11-30"),
    ],
)
def test_today_is_the_day_where_the_company_is(
    page: Page, hanna: User, site: str, zone: str, now: str, day: str
) -> None:
    person = EmployeeFactory.create(company=CompanyFactory.create(time_zone=zone), last_workday=None)
    page.clock.set_fixed_time(now)
    sign_in(page, site=site)
    page.goto(site + reverse("admin:employees_employee_change", args=[person.pk]))

    field = page.locator("#id_last_workday")
    # The theme shows the calendar alone beside the field; its own *Today* is in there.
    field.locator("xpath=..").get_by_title("Choose a Date").click()
    page.locator(".calendarbox:visible").get_by_role("link", name="Today").click()

    expect(field).to_have_value(day)
