"""A date is typed in one order only: no program guesses which of two numbers is the month."""

from datetime import date
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.formats import get_format

from employees.models import Employee
from tests.factories import AbsenceFactory, EmployeeFactory
from tests.pages import form_of, form_values, press

AMBIGUOUS = ["05/06/1985", "03/02/24", "Mar 1 2026", "1 March 2026", "01.03.2026", "01-03-2026", "20260301"]
LANGUAGES = ["en", "en-gb", "en-us", "sv", "nb", "nn", "da", "fi", "nl", "de"]
REFUSED = "Write the date as year-month-day"


def change(client: Client, record: Any, changes: dict[str, str]) -> Any:
    address = reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])
    return press(client, client.get(address), changes=changes)


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize("typed", AMBIGUOUS)
def test_a_birth_date_in_another_order_is_refused_and_the_right_one_said(hr_admin: Client, typed: str) -> None:
    person = EmployeeFactory.create(birth_date=None, national_id="", national_id_country="")

    page = change(hr_admin, person, {"birth_date": typed, "first_workday": typed})

    person.refresh_from_db()
    assert (page.status_code, person.birth_date) == (200, None)
    assert page.content.decode().count(REFUSED) == 2


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize("typed", AMBIGUOUS)
def test_an_absences_day_in_another_order_is_refused(hr_admin: Client, typed: str) -> None:
    absence = AbsenceFactory.create()
    before = absence.start

    page = change(hr_admin, absence, {"start": typed})

    absence.refresh_from_db()
    assert (page.status_code, absence.start) == (200, before)
    assert REFUSED in page.content.decode()


@pytest.mark.behaviour("D-02")
def test_a_date_of_year_month_and_day_is_taken(hr_admin: Client) -> None:
    person = EmployeeFactory.create(first_workday=None, last_workday=None, birth_date=None)

    saved = change(hr_admin, person, {"first_workday": "2026-03-01"})

    assert saved.status_code == 302
    assert Employee.objects.get(first_workday="2026-03-01") == person


@pytest.mark.behaviour("D-02")
def test_a_calendar_sends_what_is_taken(hr_admin: Client) -> None:
    person = EmployeeFactory.create(first_workday="2026-03-01", last_workday=None)

    page = hr_admin.get(reverse("admin:employees_employee_change", args=[person.pk]))

    assert form_values(page)["first_workday"] == "2026-03-01"
    field = next(each for each in form_of(page).controls if each.name == "first_workday")
    assert "vDateField" in field.attributes["class"]
    # The calendar's script writes the first of these.
    formats = " ".join(hr_admin.get(reverse("admin:jsi18n")).content.decode().split())
    assert '"DATE_INPUT_FORMATS": [ "%Y-%m-%d" ]' in formats


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_brings_another_order(language: str) -> None:
    with translation.override(language):
        assert get_format("DATE_INPUT_FORMATS")[0] == "%Y-%m-%d"
        for typed in AMBIGUOUS:
            with pytest.raises(ValidationError, match="year-month-day"):
                forms.DateField().clean(typed)
        with pytest.raises(ValidationError):
            forms.DateTimeField().clean("05/06/1985 10:00")
        assert forms.DateField().clean("2026-03-01") == date(2026, 3, 1)
