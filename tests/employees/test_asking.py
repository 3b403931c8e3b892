"""What may be right and should be looked at all the same, in the forms: told, or asked before it is kept."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from employees.models import Employee
from tests.factories import EmployeeFactory
from tests.pages import form_of, press

WRONGLY_READ = "Bj\u00c3\u00b6rn"


def page_of(employee: Employee) -> str:
    return reverse("admin:employees_employee_change", args=[employee.pk])


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request) if message.level_tag == "warning"]


@pytest.mark.behaviour("D-11")
def test_a_text_that_was_read_in_the_wrong_encoding_is_not_saved_before_somebody_says_how(hr_admin: Client) -> None:
    employee = EmployeeFactory.create(given_name="Eva")

    asked = press(hr_admin, hr_admin.get(page_of(employee)), changes={"given_name": WRONGLY_READ})

    employee.refresh_from_db()
    assert (asked.status_code, employee.given_name) == (200, "Eva")
    assert "Save “Björn”" in asked.content.decode()
    answers = [each for each in form_of(asked).controls if each.name == "answer.given_name.wrong_encoding"]
    assert [each.kind for each in answers] == ["radio", "radio"]

    press(hr_admin, asked, changes={answers[0].name: answers[0].attributes["value"]})

    employee.refresh_from_db()
    assert employee.given_name == "Björn"


@pytest.mark.behaviour("D-02")
def test_a_birth_date_that_does_not_fit_the_first_workday_is_kept_and_told(hr_admin: Client) -> None:
    employee = EmployeeFactory.create(given_name="Eva", family_name="Ek", birth_date=None)

    saved = press(
        hr_admin,
        hr_admin.get(page_of(employee)),
        changes={"birth_date": "2021-05-05", "first_workday": "2020-01-01"},
    )

    assert saved.status_code == 302
    assert any(text.startswith("Eva Ek, Birth date: The birth date is after") for text in told(saved))
