"""Imports by real worker processes, one of them killed in the middle."""

import os
import signal

import pytest

from employees.demo_people import derive_person
from employees.models import Employee, ImportJob
from employees.transfer.jobs import confirm_import
from tests.employees.transfer.files import upload
from tests.factories import CompanyFactory
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
