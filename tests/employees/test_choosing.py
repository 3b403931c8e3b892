"""Departments, managers and people in forms: only what can be chosen is offered, told apart from namesakes."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from employees.labels import label_of
from employees.models import Department, Employee
from tests.factories import BankAccountFactory, CompanyFactory, DepartmentFactory, EmployeeFactory
from tests.pages import form_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("G-26")]
LIST = reverse("admin:employees_employee_changelist")


def search(client: Client, model: str, field: str, term: str = "", **chosen: Any) -> list[str]:
    asked = {"app_label": "employees", "model_name": model, "field_name": field, "term": term, **chosen}
    return [each["text"] for each in client.get(reverse("admin:autocomplete"), asked).json()["results"]]


@pytest.fixture
def finances() -> list[Department]:
    companies = [CompanyFactory.create(name=name) for name in ("Alpha AB", "Beta AB", "Gamma AB")]
    return [DepartmentFactory.create(company=company, name="Finance") for company in companies]


def test_departments_of_one_name_are_told_apart(hr_admin: Client, finances: list[Department]) -> None:
    labels = ["Finance (Alpha AB)", "Finance (Beta AB)", "Finance (Gamma AB)"]

    assert sorted(search(hr_admin, "employee", "department", "fin")) == labels
    assert search(hr_admin, "employee", "department", "Finance (Beta AB)") == labels[1:2]


@pytest.mark.parametrize("model", ["employee", "position"])
def test_once_a_company_is_chosen_its_departments_alone_are_offered(
    hr_admin: Client, finances: list[Department], model: str
) -> None:
    chosen = {"company": finances[1].company_id}

    assert search(hr_admin, model, "department", "fin", **chosen) == ["Finance (Beta AB)"]


def test_a_manager_is_of_the_company_and_neither_oneself_nor_anybody_below(hr_admin: Client, eva: Employee) -> None:
    below = EmployeeFactory.create(company=eva.company, manager=eva)
    EmployeeFactory.create(company=eva.company, manager=below)
    EmployeeFactory.create(given_name="Far", family_name="Away")
    colleague = EmployeeFactory.create(company=eva.company)

    offered = search(hr_admin, "employee", "manager", company=eva.company_id, record=eva.pk)

    assert offered == [label_of(colleague, company=True)]


def test_what_was_chosen_before_the_company_says_which_it_is(hr_admin: Client, finances: list[Department]) -> None:
    people = [EmployeeFactory.create(company=each.company) for each in finances]

    assert search(hr_admin, "employee", "manager", department=finances[2].pk) == [label_of(people[2], company=True)]


def test_the_form_says_to_its_search_whom_it_edits(hr_admin: Client, eva: Employee) -> None:
    page = hr_admin.get(reverse("admin:employees_employee_change", args=[eva.pk]))

    (manager,) = [each for each in form_of(page).controls if each.name == "manager"]
    assert manager.attributes["data-record"] == str(eva.pk)
    assert "samklang/choosing.js" in page.content.decode()


def test_another_companys_department_is_refused_kindly(
    hr_admin: Client, eva: Employee, finances: list[Department]
) -> None:
    page = hr_admin.get(reverse("admin:employees_employee_change", args=[eva.pk]))

    refused = press(hr_admin, page, "_save", {"department": finances[0].pk})

    assert "The department belongs to another company." in refused.content.decode()
    assert "Finance (Alpha AB)" in refused.content.decode()


def test_a_bank_account_is_added_for_whoever_has_none(hr_admin: Client, eva: Employee) -> None:
    BankAccountFactory.create(employee__company=eva.company)

    assert search(hr_admin, "bankaccount", "employee") == [label_of(eva, company=True)]


def test_the_manager_of_several_is_of_their_company_and_none_of_them(hr_admin: Client, eva: Employee) -> None:
    other = EmployeeFactory.create(company=eva.company, last_workday=date(2025, 3, 31))
    EmployeeFactory.create()
    ticked = {"action": "change_together", ACTION_CHECKBOX_NAME: [eva.pk]}

    page = press(hr_admin, hr_admin.get(LIST), "Run", ticked)
    (manager,) = [each for each in form_of(page, button="Show what it would do").controls if each.name == "manager"]
    asked = {"app_label": "employees", "model_name": "employee", "field_name": "manager", "term": ""}
    offered = hr_admin.get(f"{manager.attributes['data-ajax--url']}&{urlencode(asked)}")

    assert offered.status_code == 200
    (only,) = offered.json()["results"]
    assert (only["id"], only["text"]) == (str(other.pk), label_of(other, company=True))
    assert "left on 2025-03-31" in only["text"]


def test_before_many_are_changed_the_page_tells_namesakes_apart(hr_admin: Client, eva: Employee) -> None:
    other = EmployeeFactory.create(company=eva.company, given_name="Eva", family_name="Ek", employment_id="8")
    ticked = {"action": "change_together", ACTION_CHECKBOX_NAME: [eva.pk, other.pk]}
    page = press(hr_admin, hr_admin.get(LIST), "Run", ticked)

    chosen = {"last_workday_becomes": "set", "last_workday": "2030-01-31"}
    shown = press(hr_admin, page, "Show what it would do", chosen).content.decode()

    assert label_of(eva) in shown
    assert label_of(other) in shown


def test_the_search_asks_as_many_queries_however_many_people_it_finds(
    hr_admin: Client, django_assert_max_num_queries: Any
) -> None:
    for _each in range(15):
        EmployeeFactory.create(department=DepartmentFactory.create())

    with django_assert_max_num_queries(12):
        assert len(search(hr_admin, "employee", "manager")) == 15
