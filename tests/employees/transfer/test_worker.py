"""Imports by real worker processes, one of them killed in the middle."""

import os
import signal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from employees.demo_people import derive_person
from employees.models import Employee, ImportJob
from employees.transfer.jobs import confirm_import
from tests.employees.transfer.files import upload
from tests.factories import CompanyFactory, EmployeeFactory
from tests.workers import Worker

pytestmark = pytest.mark.queue


def wait_for_state(job: ImportJob, state: str, worker: Worker) -> None:
    worker.wait_until(lambda: ImportJob.objects.filter(pk=job.pk, state=state).exists(), what=f"the import is {state}")


def test_an_import_whose_worker_is_killed_goes_on_without_doubling_anybody(worker: Worker) -> None:
    people = [derive_person(index=index, seed=1) for index in range(3_000)]
    lines = [["Work e-mail", "Given name", "Family name", "Work phone"]]
    lines += [[each.work_email, each.given_name, each.family_name, each.work_phone] for each in people]
    worker.start()
    job = upload(CompanyFactory.create(), lines)
    wait_for_state(job, "ready", worker)

    assert confirm_import(job=job, by_id=None, skip_bad=False)
    worker.wait_until(lambda: Employee.objects.count() > 0, what="somebody is imported")
    busy = worker.busy_workers("bulk")
    assert busy
    for process in busy:
        os.kill(process, signal.SIGKILL)
    written = Employee.objects.count()

    wait_for_state(job, "done", worker)
    assert written < 3_000
    assert Employee.objects.count() == 3_000
    assert job.rows.filter(state="written").values("record_id").distinct().count() == 3_000


def test_a_preview_whose_cluster_is_killed_starts_anew(worker: Worker) -> None:
    lines = [["Employment ID", "Given name", "Family name"], *([str(number), "B", "Ek"] for number in range(2_000))]
    worker.start()
    job = upload(CompanyFactory.create(), lines)
    worker.kill_cluster("bulk")
    wait_for_state(job, "ready", worker)
    assert job.rows.count() == 2_000


@pytest.mark.behaviour("D-04")
def test_a_csv_for_macintosh_that_is_uploaded_on_the_page_is_read_and_a_damaged_file_refused_at_once(
    worker: Worker, hr_admin: Client
) -> None:
    person = EmployeeFactory.create(employment_id="1001", city="Lund")
    worker.start()

    def sent(name: str, content: bytes) -> ImportJob:
        data = {"company": person.company_id, "file": SimpleUploadedFile(name, content)}
        assert hr_admin.post(reverse("admin:employees_employee_import"), data).status_code == 302
        return ImportJob.objects.latest("pk")

    job = sent("people.csv", b"Employment ID;City\r1001;Malm\xc3\xb6\r")
    wait_for_state(job, "ready", worker)
    assert job.rows.get().changes == {"city": ["Lund", "Malmö"]}

    job = sent("people.xlsx", b"PK\x03\x04 no more")
    wait_for_state(job, "failed", worker)
    job.refresh_from_db()
    assert (job.attempts, "cannot be read as XLSX" in job.error) == (1, True)
