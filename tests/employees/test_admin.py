from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from employees.admin.versions import VERSION_FIELD
from employees.models import BankAccount, Employee
from tests.factories import (
    BankAccountFactory,
    CompanyFactory,
    CompensationFactory,
    DepartmentFactory,
    EmployeeFactory,
    PositionFactory,
)
from tests.pages import form_values, press

PEOPLE = reverse("admin:employees_employee_changelist")
ADD = reverse("admin:employees_employee_add")


def page_of(record: Any) -> str:
    return reverse(f"admin:employees_{record._meta.model_name}_change", args=[record.pk])


def list_of(model_name: str) -> str:
    return reverse(f"admin:employees_{model_name}_changelist")


MODEL_NAMES = ["company", "department", "employee", "bankaccount", "compensation"]


@pytest.mark.parametrize("model_name", MODEL_NAMES)
def test_an_hr_admin_opens_every_list(hr_admin: Client, model_name: str) -> None:
    CompensationFactory.create(employee=BankAccountFactory.create().employee)

    assert hr_admin.get(list_of(model_name)).status_code == 200


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("model_name", MODEL_NAMES)
def test_without_a_right_every_list_is_forbidden(stranger: Client, model_name: str) -> None:
    assert stranger.get(list_of(model_name)).status_code == 403


@pytest.mark.behaviour("G-01")
def test_an_integration_admin_reads_people_and_changes_nobody(integration_admin: Client) -> None:
    employee = EmployeeFactory.create()

    assert integration_admin.get(page_of(employee)).status_code == 200
    assert integration_admin.post(page_of(employee), {"given_name": "Eva"}).status_code == 403


@pytest.mark.behaviour("G-01")
def test_payroll_changes_a_bank_account_and_no_person(payroll: Client) -> None:
    account = BankAccountFactory.create()

    opened = payroll.get(page_of(account))
    response = press(payroll, opened, "Save", {"clearing_number": "5140", "account_number": "321 56 42"})

    account.refresh_from_db()
    assert (response.status_code, account.clearing_number, account.account_number) == (302, "5140", "3215642")
    assert payroll.post(page_of(account.employee), {"given_name": "Eva"}).status_code == 403


def test_a_person_is_added_with_bank_account_and_position(hr_admin: Client) -> None:
    company = CompanyFactory.create()
    values = {"given_name": "Eva", "family_name": "Ek", "company": company.pk, "work_phone": "070-174 06 05"}
    values |= {"bank_account-0-country": "SE", "bank_account-0-clearing_number": "5140"}
    values |= {"bank_account-0-account_number": "3215642", "positions-TOTAL_FORMS": "1"}
    values |= {"positions-0-title": "Adviser", "positions-0-employment_type": "maritime"}
    values |= {"positions-0-start": "2024-01-01"}

    assert press(hr_admin, hr_admin.get(ADD), "Save", values).status_code == 302
    employee = Employee.objects.get()
    position = employee.positions.get()
    assert (employee.work_phone, employee.bank_account.account_number, position.title) == (
        "+46701740605",
        "3215642",
        "Adviser",
    )


def test_a_wrong_value_is_shown_at_its_field_and_not_saved(hr_admin: Client) -> None:
    employee = EmployeeFactory.create(city="Umeå")

    response = press(hr_admin, hr_admin.get(page_of(employee)), "Save", {"city": "Lund", "work_phone": "070"})

    employee.refresh_from_db()
    assert (list(response.context["adminform"].form.errors), employee.city) == (["work_phone"], "Umeå")
    # The refused page holds what was entered.
    assert form_values(response)["city"] == "Lund"
    assert press(hr_admin, response, "Save", {"work_phone": employee.work_phone}).status_code == 302
    employee.refresh_from_db()
    assert employee.city == "Lund"


@pytest.mark.behaviour("FX-05")
@pytest.mark.parametrize(
    ("field", "written", "held"),
    [
        ("work_email", "anna@example.se", "ANNA@example.se"),
        ("work_phone", "070-174 06 05", "+46701740605"),
        ("private_phone", "070-174 06 06", "+46701740606"),
    ],
)
def test_saving_a_shared_value_warns_and_names_the_other(hr_admin: Client, field: str, written: str, held: str) -> None:
    other = EmployeeFactory.create(**{field: held})
    employee = EmployeeFactory.create(company=other.company)

    response = press(hr_admin, hr_admin.get(page_of(employee)), "Save", {field: written}, follow=True)

    warnings = [str(message) for message in response.context["messages"] if message.level_tag == "warning"]
    assert len(warnings) == 1
    assert other.full_name in warnings[0]


@pytest.mark.behaviour("FX-05")
def test_people_of_two_companies_and_empty_values_are_no_duplicates(hr_admin: Client) -> None:
    EmployeeFactory.create(work_email="anna@example.se", work_phone="", private_phone="")
    employee = EmployeeFactory.create(work_email="anna@example.se", work_phone="", private_phone="")
    EmployeeFactory.create(company=employee.company, work_phone="", private_phone="")

    response = press(hr_admin, hr_admin.get(page_of(employee)), "Save", follow=True)

    assert [message.level_tag for message in response.context["messages"]] == ["success"]


def test_a_form_opened_before_another_change_is_refused_with_what_differs(hr_admin: Client) -> None:
    employee = EmployeeFactory.create(city="Umeå")
    opened = hr_admin.get(page_of(employee))
    pulled = Employee.objects.get(pk=employee.pk)
    pulled.city = "Luleå"
    pulled.save()

    response = press(hr_admin, opened, "Save", {"street": "Storgatan 1"})

    errors = " ".join(response.context["adminform"].form.non_field_errors())
    employee.refresh_from_db()
    assert (employee.city, employee.street != "Storgatan 1") == ("Luleå", True)
    assert "City differs from what you entered, and is now: Luleå" in errors

    again = hr_admin.get(page_of(employee))
    assert press(hr_admin, again, "Save", {"street": "Storgatan 1"}).status_code == 302
    employee.refresh_from_db()
    assert (employee.city, employee.street) == ("Luleå", "Storgatan 1")


def test_a_form_opened_before_the_bank_account_changed_does_not_write_the_old_one_back(hr_admin: Client) -> None:
    account = BankAccountFactory.create()
    opened = hr_admin.get(page_of(account.employee))
    pulled = BankAccount.objects.get(pk=account.pk)
    pulled.clearing_number, pulled.account_number = "5140", "3215642"
    pulled.save()

    assert press(hr_admin, opened, "Save").status_code == 200
    account.refresh_from_db()
    assert account.account_number == "3215642"


def test_a_form_without_its_version_is_refused(hr_admin: Client) -> None:
    employee = EmployeeFactory.create()
    values = form_values(hr_admin.get(page_of(employee)))
    del values[VERSION_FIELD]

    assert hr_admin.post(page_of(employee), values).status_code == 200


def test_payrolls_form_of_a_bank_account_is_refused_when_it_is_old(payroll: Client) -> None:
    account = BankAccountFactory.create()
    opened = payroll.get(page_of(account))
    pulled = BankAccount.objects.get(pk=account.pk)
    pulled.clearing_number, pulled.account_number = "5140", "3215642"
    pulled.save()

    response = press(payroll, opened, "Save")

    errors = " ".join(response.context["adminform"].form.non_field_errors())
    account.refresh_from_db()
    assert (account.account_number, "3215642" in errors) == ("3215642", False)


def test_national_id_and_bank_account_stand_in_full_on_the_record(hr_admin: Client) -> None:
    account = BankAccountFactory.create()

    page = hr_admin.get(page_of(account.employee)).content.decode()

    assert account.employee.national_id in page
    assert account.account_number in page


@pytest.mark.django_db
def test_national_id_and_bank_account_are_masked_for_people_without_the_right(client: Client) -> None:
    account = BankAccountFactory.create(iban="SE4550000000058398257466")
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_employee", "view_bankaccount")))
    client.force_login(user)

    pages = [client.get(page_of(record)).content.decode() for record in (account, account.employee)]

    assert not [page for page in pages if account.account_number in page or account.iban in page]
    assert account.employee.national_id not in pages[1]
    assert "••••" in pages[1]
    assert f"•{account.employee.national_id[-2:]}" not in pages[1]


@pytest.mark.django_db
def test_who_may_change_people_but_not_see_sensitive_values_leaves_them_as_they_are(client: Client) -> None:
    account = BankAccountFactory.create()
    employee = account.employee
    group = Group.objects.get(name="HR admin")
    user = User.objects.create_user("assistant", is_staff=True)
    user.user_permissions.set(group.permissions.exclude(codename="view_sensitive"))
    client.force_login(user)
    values = form_values(client.get(page_of(employee)))

    smuggled = {"city": "Lund", "national_id": "8112289874", "bank_account-0-account_number": "3215642"}
    response = client.post(page_of(employee), {**values, **smuggled})

    stored = Employee.objects.select_related("bank_account").get(pk=employee.pk)
    assert (response.status_code, stored.city, stored.national_id) == (302, "Lund", employee.national_id)
    assert stored.bank_account.account_number == account.account_number


@pytest.mark.parametrize("lookup", ["national_id__startswith=81", "bank_account__iban__startswith=SE"])
def test_a_hidden_value_cannot_be_guessed_by_a_filter(hr_admin: Client, lookup: str) -> None:
    EmployeeFactory.create()

    assert hr_admin.get(f"{PEOPLE}?{lookup}").status_code in (302, 400)


def test_a_list_masks_account_numbers_for_everybody(hr_admin: Client) -> None:
    account = BankAccountFactory.create()

    assert account.account_number not in hr_admin.get(list_of("bankaccount")).content.decode()


def test_deleting_selected_people_deletes_each(hr_admin: Client) -> None:
    selected = [EmployeeFactory.create(), BankAccountFactory.create().employee]
    chosen = {"action": "delete_selected", "_selected_action": [employee.pk for employee in selected]}

    asked = press(hr_admin, hr_admin.get(PEOPLE), "Run", chosen)
    press(hr_admin, asked, "Yes, I’m sure")

    assert not Employee.objects.exists()


@pytest.mark.parametrize(("state", "days"), [("ended", -1), ("current", 0)])
def test_the_list_is_filtered_by_employment(hr_admin: Client, state: str, days: int) -> None:
    today = timezone.localdate()
    EmployeeFactory.create(first_workday=today + timedelta(days=1))
    wanted = EmployeeFactory.create(first_workday=date(2020, 1, 1), last_workday=today + timedelta(days=days))

    response = hr_admin.get(f"{PEOPLE}?employment={state}")

    assert list(response.context["cl"].queryset) == [wanted]


def test_the_list_is_searched_by_name_email_and_employment_id(hr_admin: Client) -> None:
    wanted = EmployeeFactory.create(employment_id="HR-4711", work_email="x.y@example.se", family_name="Zetterlund")
    EmployeeFactory.create(employment_id="HR-47110")

    found = [
        list(hr_admin.get(f"{PEOPLE}?q={query}").context["cl"].queryset) for query in ("zetter", "x.y@", "HR-4711")
    ]

    assert found == [[wanted]] * 3


@pytest.mark.parametrize("factory", [EmployeeFactory, BankAccountFactory, CompensationFactory])
def test_a_list_asks_as_many_queries_for_many_people_as_for_few(hr_admin: Client, factory: Any) -> None:
    few = _queries_of_list(hr_admin, factory, 2)

    assert _queries_of_list(hr_admin, factory, 12) == few


def test_a_persons_page_asks_as_many_queries_however_many_colleagues(hr_admin: Client) -> None:
    employee = PositionFactory.create(employee__department=DepartmentFactory.create()).employee
    few = _queries(hr_admin, page_of(employee))
    EmployeeFactory.create_batch(10, company=employee.company, manager=employee)

    assert _queries(hr_admin, page_of(employee)) == few


def _queries_of_list(client: Client, factory: Any, people: int) -> int:
    model = factory._meta.model
    for _number in range(people):
        factory()
    if model is Employee:
        for employee in Employee.objects.filter(department=None):
            employee.department = DepartmentFactory.create(company=employee.company)
            employee.save()
    return _queries(client, list_of(model._meta.model_name))


def _queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("written", ["Åsa", "A\u030asa", "Åsa\u200b", "\u00a0Åsa "])
def test_somebody_is_found_whatever_the_writing_of_the_name(admin_client: Client, written: str) -> None:
    EmployeeFactory.create(given_name="Åsa", family_name="Unik")
    page = admin_client.get(reverse("admin:employees_employee_changelist"), {"q": written})
    assert "Unik" in page.content.decode()


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize("stored", ["åsa@demo.example", "a b@example.se"])
def test_a_stored_address_that_is_refused_now_blocks_an_edit_of_itself_alone(hr_admin: Client, stored: str) -> None:
    employee = EmployeeFactory.create(work_email="")
    Employee._base_manager.filter(pk=employee.pk).update(work_email=stored)

    answer = press(hr_admin, hr_admin.get(page_of(employee)), "Save", {"city": "Lund"})

    assert answer.status_code == 302
    employee.refresh_from_db()
    assert (employee.city, employee.work_email) == ("Lund", stored)
    assert press(hr_admin, hr_admin.get(page_of(employee)), "Save", {"work_email": "x y@z"}).status_code == 200
