"""An HR admin changes a stored absence in a real browser, and one who looked earlier is told."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.e2e.signing_in import sign_in
from tests.factories import AbsenceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_stored_absence_is_changed_and_an_older_page_of_it_is_refused(hanna: User, site: str, page: Page) -> None:
    absence = AbsenceFactory.create()
    address = f"{site}{reverse('admin:absences_absence_change', args=[absence.pk])}"
    sign_in(page, site=site)
    page.goto(address)
    older = page.context.new_page()
    older.goto(address)

    page.fill("[name=end]", "2026-03-20")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    absence.refresh_from_db()
    assert absence.end == date(2026, 3, 20)

    older.fill("[name=end]", "2026-04-30")
    older.get_by_role("button", name="Save", exact=True).click()
    expect(older.get_by_text("was changed by somebody else")).to_be_visible()
    absence.refresh_from_db()
    assert absence.end == date(2026, 3, 20)

    # As the message says: opened again, it takes the change.
    older.goto(address)
    older.fill("[name=end]", "2026-04-30")
    older.get_by_role("button", name="Save", exact=True).click()
    expect(older.get_by_text("was changed successfully")).to_be_visible()
    absence.refresh_from_db()
    assert absence.end == date(2026, 4, 30)
