"""The export: fields, filters, rights, formulas; and that what is exported imports as the same."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from employees.models import Employee
from tests.employees.transfer.files import preview
from tests.factories import BankAccountFactory, CompanyFactory, EmployeeFactory
from tests.pages import form_values, press

pytestmark = pytest.mark.django_db
EXPORT = reverse("admin:employees_employee_export")
PEOPLE = reverse("admin:employees_employee_changelist")
FORMATS = {"csv": "0", "xlsx": "1"}


def export(client: Client, *, extension: str = "csv", fields: list[str] | None = None, query: str = "") -> bytes:
    """Return the file as a person gets it: all offered fields, or those named."""
    page = client.get(f"{EXPORT}{query}")
    offered = [name for name in form_values(page, button="Submit") if name.startswith("employeeresource_")]
    left_out = [name for name in offered if fields is not None and name.partition("_")[2] not in fields]
    response = press(client, page, "Submit", {"format": FORMATS[extension], **dict.fromkeys(left_out)})
    assert response["Content-Disposition"].endswith(f'.{extension}"')
    content: bytes = response.content
    return content


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_chosen_fields_are_exported(hr_admin: Client) -> None:
    EmployeeFactory.create(given_name="Åsa", family_name="Öberg")
    content = export(hr_admin, fields=["given_name", "family_name"])
    assert content.startswith("\ufeff".encode())
    assert lines(content) == [["Given name", "Family name"], ["Åsa", "Öberg"]]


def test_only_the_people_of_the_filtered_and_searched_list_are_exported(hr_admin: Client) -> None:
    wanted = EmployeeFactory.create(given_name="Quirina")
    EmployeeFactory.create(given_name="Quirina")
    EmployeeFactory.create(company=wanted.company, given_name="Eva")
    query = f"?q=Quirina&company__id__exact={wanted.company_id}"
    assert lines(export(hr_admin, fields=["work_email"], query=query)) == [["Work e-mail"], [wanted.work_email]]


def test_national_ids_and_bank_accounts_are_only_for_those_with_the_right(
    hr_admin: Client, integration_admin: Client
) -> None:
    account = BankAccountFactory.create()
    secrets = (account.account_number, account.employee.national_id)
    assert [secret in export(hr_admin).decode() for secret in secrets] == [True, True]
    assert [secret in export(integration_admin).decode() for secret in secrets] == [False, False]


def test_a_field_that_was_not_offered_is_not_exported_either(integration_admin: Client) -> None:
    employee = EmployeeFactory.create()
    names = ("employeeresourcewithoutsensitive", "employeeresource")
    data = {f"{name}_{field}": "on" for name in names for field in ("national_id", "given_name")}
    response = integration_admin.post(EXPORT, {"format": "0", "resource": "0", **data})
    assert employee.given_name in response.content.decode()
    assert employee.national_id not in response.content.decode()


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_no_cell_begins_like_a_formula(hr_admin: Client, extension: str) -> None:
    EmployeeFactory.create(given_name="=1+1", family_name="@SUM(A1)", street="-1", city="\tx")
    content = export(hr_admin, extension=extension)
    if extension == "csv":
        cells: list[Any] = [cell for line in lines(content) for cell in line]
    else:
        cells = [cell.value for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows() for cell in row]
    assert "'=1+1" in cells
    assert [cell for cell in cells if str(cell or "")[:1] in {"=", "+", "-", "@", "\t", "\r"}] == []


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_what_is_exported_imports_as_the_same(hr_admin: Client, extension: str) -> None:
    company = CompanyFactory.create()
    boss = EmployeeFactory.create(company=company, family_name="=cmd", work_phone="+46701740605")
    account = BankAccountFactory.create(employee__company=company, employee__manager=boss)
    EmployeeFactory.create(company=company, manager=account.employee, protected_identity=True, first_workday=None)
    Employee._base_manager.filter(pk=account.employee_id).update(employment_id="007")

    job = preview(company, content=export(hr_admin, extension=extension), file_name=f"a.{extension}")

    assert (job.state, job.counts["unchanged"], job.counts["bad"], job.counts["rows"]) == ("ready", 3, 0, 3)


def test_a_filter_that_cannot_be_read_leads_back_to_the_list(hr_admin: Client) -> None:
    EmployeeFactory.create()
    assert hr_admin.get(f"{EXPORT}?company__id__exact=x").url == PEOPLE  # type: ignore[attr-defined]
    assert hr_admin.get(EXPORT).status_code == 200


def test_without_the_right_to_see_people_there_is_no_export(stranger: Client) -> None:
    assert (stranger.get(EXPORT).status_code, stranger.post(EXPORT).status_code) == (403, 403)


def test_an_integration_admin_is_offered_the_export_and_no_import(integration_admin: Client) -> None:
    page = integration_admin.get(PEOPLE).content.decode()
    assert (EXPORT in page, reverse("admin:employees_employee_import") in page) == (True, False)
