"""An HR admin chooses among namesakes in a real browser."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from absences.models import Absence
from employees.models import Employee
from tests.e2e.signing_in import sign_in
from tests.factories import AbsenceTypeFactory, CompanyFactory, DepartmentFactory, EmployeeFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.behaviour("G-26"),
]


def namesakes() -> list[Employee]:
    """Three of one name in three companies; the first has left."""
    people = []
    for company, left in (("Alpha AB", date(2025, 3, 31)), ("Beta AB", None), ("Gamma AB", None)):
        employer = CompanyFactory.create(name=company)
        finance = DepartmentFactory.create(company=employer, name="Finance")
        people.append(
            EmployeeFactory.create(
                company=employer,
                department=finance,
                given_name="Anna",
                family_name="Berg",
                employment_id="101",
                last_workday=left,
            )
        )
    return people


def search(page: Page, field: str, term: str) -> Locator:
    """Type into a field's search, and return what it offers."""
    page.locator(f".field-{field} .select2-selection").first.click()
    page.locator(".select2-search__field").last.fill(term)
    return page.locator(".select2-results__option[role=option], .select2-results__option--selectable")


@pytest.mark.parametrize("width", [1_400, 390])
def test_the_right_one_of_three_namesakes_gets_the_absence(hanna: User, site: str, page: Page, width: int) -> None:
    people = namesakes()
    kind = AbsenceTypeFactory.create(name="Visit to a notary")
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, site=site)
    page.goto(f"{site}{reverse('admin:absences_absence_add')}")

    offered = search(page, "employee", "anna berg")
    expect(offered).to_have_text(
        [
            "Anna Berg (101, Finance, Beta AB)",
            "Anna Berg (101, Finance, Gamma AB)",
            "Anna Berg (101, Finance, Alpha AB, left on 2025-03-31)",
        ]
    )
    offered.nth(1).click()
    page.select_option("[name=type]", str(kind.pk))
    page.fill("[name=start]", "2026-03-02")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert Absence.objects.get().employee == people[2]
    expect(page.get_by_role("link", name="Anna Berg (101, Finance, Gamma AB)", exact=True)).to_be_visible()


def test_a_new_person_is_offered_the_departments_of_the_company_chosen_so_far(
    hanna: User, site: str, page: Page
) -> None:
    namesakes()
    sign_in(page, site=site)
    page.goto(f"{site}{reverse('admin:employees_employee_add')}")

    expect(search(page, "department", "Finance")).to_have_count(3)
    page.keyboard.press("Escape")
    companies = search(page, "company", "Beta")
    expect(companies).to_have_text(["Beta AB"])
    companies.click()

    expect(search(page, "department", "Finance")).to_have_text(["Finance (Beta AB)"])
    page.keyboard.press("Escape")
    expect(search(page, "manager", "Anna")).to_have_text(["Anna Berg (101, Finance, Beta AB)"])
