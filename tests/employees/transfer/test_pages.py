"""The pages of an import: upload, preview, confirmation, result; and who may open them."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from employees.models import Company, Employee, ImportJob
from employees.transfer.reading import read_table
from tests.employees.transfer.files import csv_file, preview, upload, work, xlsx_file
from tests.factories import CompanyFactory, EmployeeFactory
from tests.pages import press

pytestmark = pytest.mark.django_db
IMPORT = reverse("admin:employees_employee_import")
IMPORTS = reverse("admin:employees_importjob_changelist")


def page(job: ImportJob, name: str = "change") -> str:
    return reverse(f"admin:employees_importjob_{name}", args=[job.pk])


def template(extension: str) -> str:
    return reverse("admin:employees_employee_import_template", args=[extension])


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


@pytest.fixture
def job(company: Company) -> ImportJob:
    """A preview with one updated and one bad row."""
    EmployeeFactory.create(company=company, employment_id="1001", given_name="Anna", city="Lund")
    return preview(company, [["Employment ID", "City", "Work phone"], ["1001", "Umeå", ""], ["2", "Kiruna", "070"]])


@pytest.fixture
def importer(db: None) -> Client:
    """Adds and changes people, and does not see what is sensitive."""
    user = User.objects.create_user("importer", is_staff=True)
    rights = ("add_employee", "change_employee", "view_employee")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    return client


def send(client: Client, company: Company, name: str, content: bytes, **data: Any) -> Any:
    chosen = {"company": company.pk, "file": SimpleUploadedFile(name, content), **data}
    return press(client, client.get(IMPORT), "Show what it would do", chosen)


def test_an_uploaded_file_is_rung_for_and_its_page_shown(
    hr_admin: Client, company: Company, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as rings:
        response = send(hr_admin, company, "people.csv", csv_file([["Employment ID"], ["1"]]))
    job = ImportJob.objects.get()
    assert (len(rings), response.url, job.state) == (1, page(job), "queued")
    assert "hx-get" in hr_admin.get(page(job)).content.decode()


def test_other_files_than_csv_and_xlsx_are_refused(hr_admin: Client, company: Company) -> None:
    response = send(hr_admin, company, "people.pdf", b"x")
    assert "file" in response.context["form"].errors
    assert send(hr_admin, company, "people.xlsx", xlsx_file([["Employment ID"], ["1"]])).status_code == 302


def test_the_preview_shows_differences_and_the_reasons_of_bad_rows(hr_admin: Client, job: ImportJob) -> None:
    bad = hr_admin.get(page(job)).content.decode()
    assert "This phone number does not exist" in bad
    assert "Skip the 1 bad row" in bad
    changed = " ".join(hr_admin.get(f"{page(job)}?show=changed").content.decode().split())
    assert "<strong>City:</strong> Lund → Umeå" in changed


def test_bad_rows_are_only_left_out_when_that_is_chosen(hr_admin: Client, job: ImportJob) -> None:
    press(hr_admin, hr_admin.get(page(job)), "Import")
    assert work(job).state == "ready"
    press(hr_admin, hr_admin.get(page(job)), "Import", {"skip_bad": "on"})
    assert (work(job).state, Employee.objects.get().city) == ("done", "Umeå")
    assert "1 updated" in hr_admin.get(page(job)).content.decode()


@pytest.mark.behaviour("G-21")
def test_pressed_twice_an_import_says_by_whom_it_was_confirmed_or_that_it_was_cancelled(
    hr_admin: Client, admin_client: Client, job: ImportJob
) -> None:
    shown = hr_admin.get(page(job))
    press(hr_admin, shown, "Import", {"skip_bad": "on"}, follow=True)
    again = press(hr_admin, shown, "Import", {"skip_bad": "on"}, follow=True)
    assert "This was done already, by you, at" in again.text
    assert "Nothing was imported" not in again.text
    other = press(admin_client, shown, "Import", {"skip_bad": "on"}, follow=True)
    assert "This was done already, by hr" in other.text


@pytest.mark.behaviour("G-21")
def test_an_import_that_was_cancelled_meanwhile_says_so(hr_admin: Client, job: ImportJob) -> None:
    shown = hr_admin.get(page(job))
    press(hr_admin, shown, "Cancel the import")
    answer = press(hr_admin, shown, "Import", {"skip_bad": "on"}, follow=True)
    assert "Nothing was imported: the import was cancelled" in answer.text


def test_an_import_is_cancelled(hr_admin: Client, job: ImportJob) -> None:
    press(hr_admin, hr_admin.get(page(job)), "Cancel the import")
    assert work(job).state == "cancelled"
    assert "Nothing was changed" in hr_admin.get(page(job)).content.decode()


def test_confirming_and_cancelling_take_a_post(hr_admin: Client, job: ImportJob) -> None:
    assert [hr_admin.get(page(job, name)).status_code for name in ("confirm", "cancel")] == [405, 405]


def test_the_progress_is_loaded_anew_once_there_is_something_to_do(hr_admin: Client, job: ImportJob) -> None:
    ImportJob.objects.filter(pk=job.pk).update(state="importing")
    working = hr_admin.get(page(job, "progress"))
    assert ("HX-Refresh" in working, "0 of 1 row." in working.content.decode()) == (False, True)
    ImportJob.objects.filter(pk=job.pk).update(state="done")
    assert hr_admin.get(page(job, "progress"))["HX-Refresh"] == "true"


def test_sensitive_differences_are_masked_and_not_confirmed_without_the_right(
    hr_admin: Client, importer: Client, company: Company
) -> None:
    EmployeeFactory.create(company=company, employment_id="1001")
    job = preview(company, [["Employment ID", "National ID"], ["1001", "5501019805"]])
    assert "5501019805" in hr_admin.get(page(job)).content.decode()
    assert "5501019805" not in importer.get(page(job)).content.decode()
    assert importer.post(page(job, "confirm")).status_code == 403
    assert press(hr_admin, hr_admin.get(page(job)), "Import").status_code == 302


def test_without_the_right_a_file_may_hold_no_sensitive_column(importer: Client, company: Company) -> None:
    send(importer, company, "people.csv", csv_file([["Employment ID", "National ID"], ["1", "x"]]))
    job = work(ImportJob.objects.get())
    assert (job.state, "Remove these columns" in importer.get(page(job)).content.decode()) == ("failed", True)
    content = importer.get(template("csv")).content
    assert "national_id" not in read_table(content=content, file_name="a.csv").columns


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_the_template_is_a_file_that_can_be_read_and_whose_example_is_not_imported(
    hr_admin: Client, company: Company, extension: str
) -> None:
    job = preview(company, content=hr_admin.get(template(extension)).content, file_name=f"a.{extension}")
    assert (job.state, job.counts["bad"], "example" in job.rows.get().errors[0][1]) == ("ready", 1, True)


def test_a_template_in_another_form_does_not_exist(hr_admin: Client) -> None:
    assert hr_admin.get(template("pdf")).status_code == 404


@pytest.mark.parametrize("client_name", ["stranger", "integration_admin", "payroll"])
def test_every_page_is_forbidden_without_the_rights(
    request: pytest.FixtureRequest, client_name: str, job: ImportJob
) -> None:
    client: Client = request.getfixturevalue(client_name)
    reads = [IMPORT, IMPORTS, template("csv"), page(job), page(job, "progress")]
    assert {client.get(url).status_code for url in reads} == {403}
    assert {client.post(url).status_code for url in (IMPORT, page(job, "confirm"), page(job, "cancel"))} == {403}


def test_the_list_of_imports_leads_to_each(hr_admin: Client, job: ImportJob) -> None:
    assert page(job) in hr_admin.get(IMPORTS).content.decode()


def test_an_import_that_does_not_exist_is_not_found(hr_admin: Client) -> None:
    assert hr_admin.get(reverse("admin:employees_importjob_change", args=[999])).status_code == 404


def test_the_page_needs_as_many_queries_for_many_rows_as_for_few(hr_admin: Client, company: Company) -> None:
    def queries(count: int) -> int:
        lines = [
            ["Employment ID", "Given name", "Family name"],
            *([f"x{number}", "B", "Ek"] for number in range(count)),
        ]
        job = upload(company, lines)
        work(job)
        with CaptureQueriesContext(connection) as captured:
            assert hr_admin.get(page(job)).status_code == 200
        return len(captured)

    queries(1)
    assert queries(2) == queries(300)
