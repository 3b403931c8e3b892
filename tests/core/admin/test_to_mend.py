"""Values that stood there before a rule came are listed with the reason, until somebody has mended them."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Employee, StoredValue
from integrations.core.mending import forget_mended
from integrations.core.sweep import sweep
from integrations.core.upgrades import make_canonical
from tests.core.admin.conftest import SignIn
from tests.core.admin.pages import text_of
from tests.factories import AbsenceFactory, BankAccountFactory, DepartmentFactory, EmployeeFactory

pytestmark = pytest.mark.django_db
PAGE = "admin:employees_storedvalue_changelist"


def _store(record: Any, **values: Any) -> None:
    type(record)._base_manager.filter(pk=record.pk).update(**values)


def _upgrade() -> None:
    make_canonical(apps, today=timezone.localdate())


def _page(client: Client, query: str = "") -> str:
    return " ".join(text_of(client.get(f"{reverse(PAGE)}{query}")).split())


@pytest.mark.behaviour("D-02")
def test_the_page_says_who_what_why_and_leads_there(sign_in: SignIn) -> None:
    employee = EmployeeFactory.create(given_name="Åsa", family_name="Berg", employment_id="17")
    _store(employee, first_workday=date(204, 1, 15), street="NULL")
    _upgrade()

    page = _page(sign_in("hr_admin"))

    for text in ("Åsa Berg (17, ", "First workday", "0204-01-15", "before 1930", "NULL", "A program wrote this"):
        assert text in page
    assert reverse("admin:employees_employee_change", args=[employee.pk]) in page


@pytest.mark.behaviour("D-02")
def test_what_is_mended_leaves_the_list(sign_in: SignIn) -> None:
    employee = EmployeeFactory.create()
    _store(employee, first_workday=date(204, 1, 15), street="NULL")
    _upgrade()
    stored = Employee.objects.get(pk=employee.pk)
    stored.first_workday = date(2020, 1, 1)
    stored.full_clean()
    stored.save()

    assert "Mended" in _page(sign_in("hr_admin"))
    sweep()

    assert list(StoredValue.objects.values_list("field", flat=True)) == ["street"]
    Employee._base_manager.filter(pk=employee.pk).update(street="Storgatan 1")
    assert forget_mended() == 1


def test_of_two_that_look_equal_the_page_says_so_until_one_is_renamed(sign_in: SignIn) -> None:
    there = DepartmentFactory.create(name="Ekonomi")
    twin = DepartmentFactory.create(company=there.company, name="x")
    _store(twin, name="Ekonomi\u200b")
    _upgrade()

    assert "The company has a department of this name already." in _page(sign_in("hr_admin"))

    _store(twin, name="Ekonomi 2")
    assert forget_mended() == 1


def test_a_name_that_shows_nothing_is_listed(sign_in: SignIn) -> None:
    employee = EmployeeFactory.create()
    _store(employee, given_name="\u200b")
    _upgrade()

    assert "It shows nothing that anybody could read." in _page(sign_in("hr_admin"))


@pytest.mark.behaviour("D-05")
def test_an_account_is_masked_for_whoever_may_not_see_it(sign_in: SignIn, reader_without_sensitive: Client) -> None:
    account = BankAccountFactory.create()
    _store(account, account_number="12345678901")
    _upgrade()

    seen, hidden = _page(sign_in("hr_admin")), _page(reader_without_sensitive)

    assert "12345678901" in seen
    assert "12345678901" not in hidden
    assert "Bank account" in hidden


def test_a_deleted_record_leaves_the_list() -> None:
    absence = AbsenceFactory.create()
    _store(absence, start=date(26, 3, 2))
    _upgrade()
    assert StoredValue.objects.count() == 1
    type(absence)._base_manager.filter(pk=absence.pk).delete()

    assert forget_mended() == 1


def test_what_was_rewritten_is_a_click_away(sign_in: SignIn) -> None:
    employee = EmployeeFactory.create()
    _store(employee, postal_code="00950", country="PL")
    _upgrade()
    client = sign_in("hr_admin")

    assert "00950 → 00-950" not in _page(client)
    assert "00950 → 00-950" in _page(client, "?state=rewritten")
    assert "00950 → 00-950" in _page(client, "?state=all")


def test_the_start_page_counts_what_is_to_be_mended(sign_in: SignIn) -> None:
    client = sign_in("hr_admin")
    assert "could not be entered today" not in text_of(client.get(reverse("admin:index")))
    _store(EmployeeFactory.create(), street="NULL")
    _upgrade()

    assert "1 stored value could not be entered today" in " ".join(text_of(client.get(reverse("admin:index"))).split())


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", ["staff", "user"])
def test_without_a_right_the_page_is_forbidden(sign_in: SignIn, role: str) -> None:
    assert sign_in(role).get(reverse(PAGE)).status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_values(
    sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = sign_in("hr_admin")
    for _number in range(20):
        _store(EmployeeFactory.create(), street="NULL", first_workday=date(204, 1, 15))
    _upgrade()

    with django_assert_max_num_queries(16):
        assert client.get(reverse(PAGE)).status_code == 200
