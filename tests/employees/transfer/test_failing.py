"""An import that nobody foresaw the end of: said at once and with its rows; what may pass is tried again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError

from absences.transfer import planning as absence_planning
from employees.models import Company, Employee, ImportJob
from employees.transfer import people_import, previewing
from employees.transfer.jobs import MAX_STARTS, claim, confirm_import, start_import
from employees.transfer.planning import Planner
from tests.employees.transfer.files import csv_file, preview, upload, work
from tests.factories import CompanyFactory, EmployeeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("D-04")]
LINES = [["Employment ID", "City"], ["1001", "Umeå"], ["1002", "Kiruna"]]
SECRET = "5501019805"


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    for number in ("1001", "1002"):
        EmployeeFactory.create(company=company, employment_id=number, city="Lund")
    return company


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_arguments: Any, **_named: Any) -> None:
        raise error

    return fail


class Stopped(BaseException):
    """A worker's end, as it looks from inside."""


@pytest.mark.parametrize("error", [ValueError(SECRET), KeyError(SECRET), MemoryError(), RecursionError()])
def test_what_a_row_of_the_preview_raises_is_said_at_once_with_the_row(
    company: Company, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    monkeypatch.setattr(Planner, "_fill", raising(error))
    job = preview(company, LINES)
    assert job.state == "failed"
    assert job.error.startswith("Row 2 could not be imported")
    assert "Given up" not in job.error
    assert type(error).__name__ in caplog.text
    assert SECRET not in caplog.text + job.error
    monkeypatch.undo()
    assert preview(company, LINES).state == "ready"


def test_what_a_row_of_absences_raises_is_said_with_the_row(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absence_planning._Planner, "_plan_row", raising(TypeError()))
    content = csv_file([["Employment ID", "Type"], ["", ""], ["1001", "vacation"]])
    job = work(start_import(company=company, by_id=None, file_name="a.csv", content=content, kind="absences"))
    assert (job.state, job.error[:30]) == ("failed", "Row 3 could not be imported: s")


def test_what_no_row_is_known_for_is_said_without_one(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_import, "settle_managers", raising(ZeroDivisionError()))
    job = preview(company, LINES)
    assert (job.state, job.error[:35]) == ("failed", "The file could not be imported: som")


def test_what_the_writing_raises_ends_the_import_and_keeps_what_was_written(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = preview(company, LINES)
    assert confirm_import(job=job, by_id=None, skip_bad=False)
    monkeypatch.setattr(people_import, "write_rows", raising(ValueError(SECRET)))
    assert work(job).state == "failed"
    assert job.error.startswith("One of the rows 2 to 3 could not be imported")
    assert set(Employee.objects.values_list("city", flat=True)) == {"Lund"}


@pytest.mark.parametrize("error", [OperationalError(SECRET), InterfaceError(SECRET), IntegrityError(SECRET)])
def test_what_may_pass_is_tried_again(
    company: Company, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    monkeypatch.setattr(Planner, "_fill", raising(error))
    job = upload(company, LINES)
    assert (work(job).state, job.attempts) == ("previewing", 1)
    assert SECRET not in caplog.text
    monkeypatch.undo()
    assert (work(job).state, job.attempts) == ("ready", 0)


def test_a_lost_database_in_the_middle_of_writing_loses_and_doubles_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = preview(company, [["Employment ID", "Given name", "Family name"], ["2001", "Eva", "Ek"]])
    assert confirm_import(job=job, by_id=None, skip_bad=False)
    monkeypatch.setattr(people_import, "write_rows", raising(OperationalError()))
    assert work(job).state == "importing"
    monkeypatch.undo()
    assert work(job).state == "done"
    assert Employee.objects.filter(employment_id="2001").count() == 1


def test_a_database_that_never_takes_the_work_is_no_killed_worker(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Planner, "_fill", raising(OperationalError()))
    job = upload(company, LINES)
    for _start in range(MAX_STARTS):
        assert work(job).state == "previewing"
    assert work(job).state == "failed"
    assert "The database did not take the work" in job.error
    assert "Given up" not in job.error


def test_workers_that_are_killed_are_given_up(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    job = upload(company, LINES)
    for _start in range(MAX_STARTS):
        assert claim(job_id=job.pk, states=ImportJob.AT_WORK)
        # Nothing is released: the hold ends by itself, a while later.
        ImportJob.objects.filter(pk=job.pk).update(held_until=None)
    assert (work(job).state, job.error[:8]) == ("failed", "Given up")


def test_a_worker_that_is_stopped_by_its_time_out_is_given_up(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_arguments: Any, **_named: Any) -> None:
        raise Stopped

    monkeypatch.setattr(previewing, "read_table", stop)
    job = upload(company, LINES)
    for _start in range(MAX_STARTS):
        with pytest.raises(Stopped):
            work(job)
    assert (work(job).state, job.error[:8]) == ("failed", "Given up")


def test_an_exception_of_a_worker_that_lost_its_hold_ends_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = upload(company, LINES)

    def overtaken(*_arguments: Any, **_named: Any) -> None:
        ImportJob.objects.filter(pk=job.pk).update(holder="another")
        raise ValueError

    monkeypatch.setattr(Planner, "_fill", overtaken)
    assert (work(job).state, job.holder) == ("previewing", "another")
