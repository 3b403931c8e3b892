"""What a confirmed import writes, and what it leaves alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from employees.models import BankAccount, Company, Department, Employee, ImportJob, ImportRow
from employees.transfer import importing, people_import, tasks
from employees.transfer.jobs import MAX_STARTS, READY_FOR, cancel_import, claim, confirm_import, ring_waiting
from employees.transfer.people import FileKeys
from employees.transfer.writing import write_rows
from integrations.core.models import FieldChange
from integrations.core.sweep import sweep
from tests.employees.transfer.files import confirm, preview, reasons, upload, work
from tests.factories import BankAccountFactory, CompanyFactory, EmployeeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


@pytest.fixture
def anna(company: Company) -> Employee:
    return EmployeeFactory.create(company=company, employment_id="1001", city="Lund", work_email="anna@example.se")


UMEA = [["Employment ID", "City"], ["1001", "Umeå"]]


def test_a_confirmed_import_updates_and_adds(company: Company, anna: Employee) -> None:
    job = confirm(
        preview(
            company,
            [
                ["Employment ID", "Given name", "Family name", "Department", "Work phone", "First workday"],
                ["1001", "Åsa", "Öberg", "Sales", "070-174 06 05", "2024-01-01"],
                ["2001", "Eva", "Ek", "", "", ""],
            ],
            create_departments=True,
        )
    )
    anna.refresh_from_db()
    assert (job.state, anna.full_name, anna.work_phone) == ("done", "Åsa Öberg", "+46701740605")
    assert anna.department == Department.objects.get(name="Sales")
    assert Employee.objects.get(employment_id="2001").full_name == "Eva Ek"


def test_the_same_file_again_changes_nothing(company: Company) -> None:
    lines = [["Work e-mail", "Given name", "Family name"], ["eva@example.se", "Eva", "Ek"]]
    confirm(preview(company, lines))
    assert preview(company, lines).counts["unchanged"] == 1


def test_nothing_is_written_with_a_bad_row_unless_bad_rows_are_left_out(company: Company, anna: Employee) -> None:
    job = preview(company, [["Employment ID", "City", "Work phone"], ["1001", "Umeå", ""], ["2", "", ""]])
    assert not confirm_import(job=job, by_id=None, skip_bad=False)
    assert work(job).state == "ready"
    confirm(job, skip_bad=True)
    anna.refresh_from_db()
    assert (anna.city, Employee.objects.count()) == ("Umeå", 1)


def test_managers_within_the_file_are_set(company: Company) -> None:
    lines = [["Employment ID", "Given name", "Family name", "Manager"], ["2", "B", "Ek", "3"], ["3", "C", "Ek", ""]]
    confirm(preview(company, lines))
    assert Employee.objects.get(employment_id="2").manager == Employee.objects.get(employment_id="3")


def test_a_bank_account_is_added_changed_and_removed(company: Company, anna: Employee) -> None:
    header = ["Employment ID", "bank_country", "Clearing number", "Account number"]
    confirm(preview(company, [header, ["1001", "SE", "5439", "0000004"]]))
    assert BankAccount.objects.get(employee=anna).account_number == "0000004"
    confirm(preview(company, [header, ["1001", "SE", "5439", "0000020"]]))
    assert BankAccount.objects.get(employee=anna).account_number == "0000020"
    confirm(preview(company, [header, ["1001", "", "", ""]]))
    assert not BankAccount.objects.exists()


def test_the_history_names_whoever_confirmed(company: Company, anna: Employee) -> None:
    user = User.objects.create_user("eva")
    FieldChange.objects.all()._raw_delete("default")
    confirm(preview(company, UMEA), by_id=user.pk)
    change = FieldChange.objects.get(subject_id=str(anna.pk))
    assert (change.field, change.before, change.after, change.user) == ("city", "Lund", "Umeå", user)


def test_an_import_raises_the_version_so_that_an_older_form_is_refused(company: Company, anna: Employee) -> None:
    confirm(preview(company, UMEA))
    assert Employee.objects.get(pk=anna.pk).version == anna.version + 1


def test_values_and_sensitive_differences_are_forgotten_at_the_end(company: Company, anna: Employee) -> None:
    job = confirm(preview(company, [["Employment ID", "National ID"], ["1001", "5501019805"]]))
    row = job.rows.get()
    assert (row.values, row.sensitive_changes) == ({}, {})


# --- What happened between the preview and the import ----------------------------------------------------------


def test_a_person_changed_after_the_preview_is_reported_and_not_overwritten(company: Company, anna: Employee) -> None:
    job = preview(company, UMEA)
    anna.city = "Kiruna"
    anna.save()
    confirm(job)
    anna.refresh_from_db()
    row = job.rows.get()
    assert (row.state, "changed by somebody else" in row.errors[0][1], anna.city) == ("moved", True, "Kiruna")
    confirm(preview(company, UMEA))
    anna.refresh_from_db()
    assert anna.city == "Umeå"


def test_a_bank_account_changed_after_the_preview_counts_as_a_change(company: Company, anna: Employee) -> None:
    job = preview(company, UMEA)
    BankAccountFactory.create(employee=anna)
    confirm(job)
    assert job.rows.get().state == "moved"


def test_a_deleted_person_is_reported(company: Company, anna: Employee) -> None:
    job = preview(company, UMEA)
    anna.delete()
    assert confirm(job).rows.get().state == "moved"


@pytest.mark.parametrize("shared", [{"employment_id": "2001"}, {"work_email": "EVA@example.se"}])
def test_a_new_person_whom_somebody_added_meanwhile_is_not_added_again(
    company: Company, shared: dict[str, str]
) -> None:
    lines = [["Employment ID", "Work e-mail", "Given name", "Family name"], ["2001", "eva@example.se", "Eva", "Ek"]]
    job = preview(company, lines)
    EmployeeFactory.create(company=company, **shared)
    confirm(job)
    assert (job.rows.get().state, Employee.objects.count()) == ("moved", 1)


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize(("written", "meanwhile"), [("42", "0042"), ("ABC-1", "abc-1"), ("1001", "1001.0")])
def test_a_new_person_whose_id_somebody_has_got_meanwhile_in_another_writing_is_not_added(
    company: Company, written: str, meanwhile: str
) -> None:
    lines = [["Employment ID", "Given name", "Family name"], [written, "Eva", "Ek"], ["7", "Bo", "Ek"]]
    job = preview(company, lines)
    EmployeeFactory.create(company=company, employment_id=meanwhile)
    confirm(job)
    moved = job.rows.get(state="moved")
    assert (moved.number, "only in capitals" in moved.errors[0][1], Employee.objects.count()) == (2, True, 2)
    # Uploaded again, it is asked about.
    assert preview(company, lines).counts["asked"] == 1


@pytest.mark.behaviour("D-10")
def test_two_rows_alike_that_were_asked_about_are_both_added_part_by_part(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 1)
    job = preview(company, [["Employment ID", "Given name", "Family name"], ["42", "Eva", "Ek"], ["042", "Bo", "Ek"]])
    assert confirm_import(job=job, by_id=None, skip_bad=False, take_questions=True)
    assert [row.state for row in work(job).rows.all()] == ["written", "written"]


def test_a_new_address_that_somebody_else_has_got_meanwhile_is_not_written(company: Company, anna: Employee) -> None:
    job = preview(company, [["Employment ID", "Work e-mail"], ["1001", "eva@example.se"]])
    EmployeeFactory.create(company=company, work_email="EVA@example.se")
    confirm(job)
    anna.refresh_from_db()
    assert (job.rows.get().state, anna.work_email) == ("moved", "anna@example.se")


def test_another_writing_of_an_address_that_was_shared_before_is_written(company: Company, anna: Employee) -> None:
    EmployeeFactory.create(company=company, work_email="anna@example.se")
    job = confirm(preview(company, [["Employment ID", "Work e-mail"], ["1001", "Anna@example.se"]]))
    anna.refresh_from_db()
    assert (job.rows.get().state, anna.work_email) == ("written", "Anna@example.se")


def test_one_new_address_for_two_people_who_are_there_is_refused_for_both(company: Company, anna: Employee) -> None:
    EmployeeFactory.create(company=company, employment_id="1002", work_email="bo@example.se")
    lines = [["Employment ID", "Work e-mail"], ["1001", "hr@example.se"], ["1002", "HR@example.se"]]
    job = preview(company, lines)
    assert {number: texts[0][1][:5] for number, texts in reasons(job).items()} == {2: "Row 3", 3: "Row 2"}


def test_an_address_for_a_new_person_and_one_who_is_there_is_refused_for_both(company: Company, anna: Employee) -> None:
    header = ["Employment ID", "Given name", "Family name", "Work e-mail"]
    lines = [["1001", "Anna", "Ek", "hr@example.se"], ["2002", "Eva", "Ek", "hr@example.se"]]
    assert set(reasons(preview(company, [header, *lines]))) == {2, 3}


def test_many_rows_with_one_address_each_name_another(company: Company) -> None:
    header = ["Employment ID", "Given name", "Family name", "Work e-mail"]
    rows = FileKeys.of((number, str(number), "hr@example.se") for number in range(2, 50_002))
    looked_at = Counted(rows.by_email["hr@example.se"])
    rows.by_email["hr@example.se"] = looked_at
    beside = [rows.first_beside(n, employment_id=str(n), work_email="hr@example.se") for n in range(2, 50_002)]
    assert (beside[0], set(beside[1:])) == (3, {2})
    assert looked_at.looked_at <= 2 * 50_000
    job = preview(company, [header, *([str(number), "Eva", "Ek", "hr@example.se"] for number in range(30))])
    assert len(reasons(job)) == 30


class Counted(list[int]):
    """Counts how many of its entries are looked at."""

    looked_at = 0

    def __iter__(self) -> Iterator[int]:
        for each in super().__iter__():
            self.looked_at += 1
            yield each


def test_a_person_whose_manager_could_not_be_added_is_reported(company: Company) -> None:
    lines = [["Employment ID", "Given name", "Family name", "Manager"], ["2", "B", "Ek", "3"], ["3", "C", "Ek", ""]]
    job = preview(company, lines)
    EmployeeFactory.create(company=company, employment_id="3")
    confirm(job)
    assert [row.state for row in job.rows.all()] == ["moved", "moved"]


def test_a_department_deleted_after_the_preview_is_reported(company: Company, anna: Employee) -> None:
    Department.objects.create(company=company, name="Sales")
    job = preview(company, [["Employment ID", "Department"], ["1001", "Sales"]])
    Department.objects.all().delete()
    assert confirm(job).rows.get().state == "moved"


@pytest.mark.behaviour("D-01")
def test_a_department_is_found_by_its_own_capitals_first(company: Company, anna: Employee) -> None:
    stored = [Department.objects.create(company=company, name=name) for name in ("Ekonomi", "ekonomi")]
    for department in stored:
        confirm(preview(company, [["Employment ID", "Department"], ["1001", department.name]]))
        anna.refresh_from_db()
        assert anna.department == department


@pytest.mark.behaviour("D-01")
def test_a_department_that_may_be_one_of_several_is_refused(company: Company, anna: Employee) -> None:
    for name in ("Ekonomi", "ekonomi"):
        Department.objects.create(company=company, name=name)
    lines = [["Employment ID", "Department"], ["1001", "EKONOMI"]]
    [[column, reason]] = reasons(preview(company, lines, create_departments=True))[2]
    assert (column, "Ekonomi, ekonomi" in reason) == ("department", True)


# --- Interrupted, doubled, cancelled -------------------------------------------------------------------------


class Killed(BaseException):
    """What a killed worker looks like from inside."""


def test_an_interrupted_import_goes_on_where_it_was_without_doubling(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [["Employment ID", "Given name", "Family name"], *([str(number), "B", "Ek"] for number in range(10))]
    job = preview(company, lines)
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 3)
    parts: list[Any] = []

    def killed_in_the_third_part(**kwargs: Any) -> None:
        parts.append(kwargs["rows"])
        write_rows(**kwargs)
        if len(parts) == 3:
            raise Killed

    monkeypatch.setattr(people_import, "write_rows", killed_in_the_third_part)
    assert confirm_import(job=job, by_id=None, skip_bad=False)
    with pytest.raises(Killed):
        tasks.work(job.pk)
    assert (work_state(job), Employee.objects.count()) == ("importing", 6)
    assert work(job).state == "done"
    assert Employee.objects.count() == 10


def work_state(job: ImportJob) -> str:
    job.refresh_from_db()
    return job.state


def test_a_second_worker_does_nothing_while_the_first_is_at_it(company: Company, anna: Employee) -> None:
    job = upload(company, UMEA)
    hold = claim(job_id=job.pk, states=ImportJob.AT_WORK)
    assert hold is not None
    assert work(job).state == "queued"
    hold.release()
    assert work(job).state == "ready"


def test_a_late_ring_for_a_finished_import_does_nothing(company: Company, anna: Employee) -> None:
    job = confirm(preview(company, UMEA))
    assert (work(job).state, Employee.objects.get().version) == ("done", 2)


def test_a_file_that_kills_its_worker_every_time_is_given_up(company: Company, anna: Employee) -> None:
    job = upload(company, UMEA)
    ImportJob.objects.filter(pk=job.pk).update(attempts=MAX_STARTS)
    assert (work(job).state, "Given up" in job.error) == ("failed", True)


def test_a_cancelled_import_writes_nothing_and_is_forgotten(company: Company, anna: Employee) -> None:
    job = preview(company, UMEA)
    assert cancel_import(job=job)
    assert not confirm_import(job=job, by_id=None, skip_bad=True)
    assert (work(job).state, ImportRow.objects.count()) == ("cancelled", 0)


def test_a_confirmed_import_cannot_be_cancelled(company: Company, anna: Employee) -> None:
    job = preview(company, UMEA)
    assert confirm_import(job=job, by_id=None, skip_bad=False)
    assert not cancel_import(job=job)


def test_the_sweep_rings_for_waiting_imports(company: Company, anna: Employee) -> None:
    ready = preview(company, UMEA)
    upload(company, UMEA)
    assert (sweep().imports, work_state(ready)) == (1, "ready")


def test_a_preview_that_nobody_confirms_is_cancelled_after_a_week(company: Company, anna: Employee) -> None:
    job = preview(company, UMEA)
    ImportJob.objects.filter(pk=job.pk).update(created_at=job.created_at - READY_FOR)
    ring_waiting()
    assert work_state(job) == "cancelled"
