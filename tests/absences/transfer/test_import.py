"""Absences from a file: previewed, confirmed, written in the background; nothing twice, nobody's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from absences.models import Absence, AbsenceType
from absences.transfer.columns import ABSENCES
from employees.access.models import EmployeeLink
from employees.models import Company, Employee, ImportJob
from employees.transfer.jobs import start_import
from tests.absences.conftest import SignIn
from tests.employees.transfer.files import Lines, confirm, csv_file, reasons, work, xlsx_file
from tests.factories import AbsenceFactory
from tests.pages import press

pytestmark = pytest.mark.django_db
LIST = reverse("admin:absences_absence_changelist")
IMPORT = reverse("admin:absences_absence_import")
HEADER = ["Employment ID", "Type", "First day", "Last day", "Grade, %", "Note", "Status"]


def preview(company: Company, lines: Lines, *, by: User | None = None) -> ImportJob:
    job = start_import(
        company=company,
        by_id=by.pk if by else None,
        file_name="absences.csv",
        content=csv_file(lines),
        kind="absences",
    )
    return work(job)


def vacation() -> AbsenceType:
    return AbsenceType.objects.get(code="vacation")


def rows(job: ImportJob) -> list[tuple[str, dict[str, Any]]]:
    return list(job.rows.values_list("state", "changes"))


def test_a_new_absence_is_shown_then_written_once_confirmed(company: Company, anna: Employee, hr: User) -> None:
    job = preview(company, [HEADER, ["1001", "vacation", "2026-07-06", "2026-07-31", "50", "Greece", ""]], by=hr)

    assert not Absence.objects.exists()
    assert (job.state, job.counts["new"], job.counts["bad"]) == ("ready", 1, 0)
    confirm(job, by_id=hr.pk)

    absence = Absence.objects.get()
    assert (absence.employee, absence.type, absence.start, absence.end) == (
        anna,
        vacation(),
        date(2026, 7, 6),
        date(2026, 7, 31),
    )
    assert (absence.grade, absence.note, absence.status, absence.created_by) == (50, "Greece", "requested", hr)


def test_the_status_of_a_new_absence_is_its_types_unless_the_file_says(
    company: Company, anna: Employee, hr: User
) -> None:
    lines = [
        HEADER,
        ["1001", "Sick leave", "2026-03-02", "", "", "", ""],
        ["1001", "vacation", "2026-07-06", "2026-07-31", "", "", "approved"],
        ["1001", "vacation", "2026-12-21", "2026-12-31", "", "", ""],
    ]
    confirm(preview(company, lines, by=hr), by_id=hr.pk)

    found = Absence.objects.order_by("start").values_list("status", "decided_by", "end", "grade")
    assert list(found) == [
        ("approved", None, None, 100),
        ("approved", hr.pk, date(2026, 7, 31), 100),
        ("requested", None, date(2026, 12, 31), 100),
    ]


def test_a_row_of_the_same_type_and_first_day_changes_the_absence(company: Company, anna: Employee, hr: User) -> None:
    absence = AbsenceFactory.create(employee=anna, type=vacation(), note="Spain")

    job = preview(company, [HEADER[:4], ["1001", "Vacation", "2026-03-02", "2026-03-09"]], by=hr)

    assert rows(job) == [("waiting", {"end": ["2026-03-06", "2026-03-09"]})]
    confirm(job, by_id=hr.pk)
    absence.refresh_from_db()
    assert (absence.end, absence.note, absence.version, Absence.objects.count()) == (date(2026, 3, 9), "Spain", 2, 1)


def test_a_row_with_a_number_changes_that_absence_even_its_first_day(
    company: Company, anna: Employee, hr: User
) -> None:
    absence = AbsenceFactory.create(employee=anna, type=vacation())

    confirm(preview(company, [["Number", "First day"], [absence.pk, "2026-03-01"]], by=hr), by_id=hr.pk)

    absence.refresh_from_db()
    assert absence.start == date(2026, 3, 1)


def test_an_unchanged_absence_is_only_counted(company: Company, anna: Employee, hr: User) -> None:
    absence = AbsenceFactory.create(employee=anna, type=vacation())
    line = [column.text(absence) for column in ABSENCES.columns]

    job = preview(company, [[column.header for column in ABSENCES.columns], line], by=hr)

    assert (rows(job), job.counts["unchanged"]) == ([], 1)


def bad_lines(company: Company) -> list[list[str]]:
    stranger = AbsenceFactory.create()
    return [
        ["", "9999", "vacation", "2026-07-06", ""],
        ["", "1001", "holiday", "2026-07-06", ""],
        ["", "1001", "vacation", "6/7 2026", ""],
        ["", "1001", "vacation", "2026-07-06", "2026-07-01"],
        ["", "1001", "", "2026-07-06", ""],
        ["", "1001", "vacation", "", ""],
        [str(stranger.pk), "", "vacation", "2026-07-06", ""],
        ["x", "1001", "vacation", "2026-07-06", ""],
        ["", "EXAMPLE-1", "vacation", "2026-07-06", ""],
    ]


def test_every_bad_row_says_why_and_writes_nothing(company: Company, anna: Employee, hr: User) -> None:
    lines = bad_lines(company)
    before = Absence.objects.count()

    job = preview(company, [["Number", "Employment ID", "Type", "First day", "Last day"], *lines], by=hr)

    assert len(reasons(job)) == len(lines)
    assert (job.counts["bad"], Absence.objects.count()) == (len(lines), before)


def test_the_same_absence_twice_in_a_file_or_in_the_hub_is_refused(company: Company, anna: Employee, hr: User) -> None:
    AbsenceFactory.create(employee=anna, type=vacation())
    half = AbsenceFactory.create(employee=anna, type=vacation(), grade=50)
    line = ["1001", "sick_leave", "2026-05-04", "2026-05-05"]

    job = preview(company, [HEADER[:4], line, line], by=hr)
    assert reasons(job) == {3: [["", "Row 2 is the very same absence."]]}

    job = preview(company, [["Number", "Grade, %"], [half.pk, "100"]], by=hr)
    assert "this very absence already" in reasons(job)[2][0][1]


def test_several_absences_of_one_type_and_day_need_the_number(company: Company, anna: Employee, hr: User) -> None:
    AbsenceFactory.create(employee=anna, type=vacation())
    AbsenceFactory.create(employee=anna, type=vacation(), grade=50)

    job = preview(company, [HEADER[:4], ["1001", "vacation", "2026-03-02", "2026-03-09"]], by=hr)

    assert "Write the number" in reasons(job)[2][0][1]


def test_an_overlap_is_shown_and_imported(company: Company, anna: Employee, hr: User) -> None:
    AbsenceFactory.create(employee=anna, type=vacation())

    job = preview(company, [HEADER[:4], ["1001", "sick_leave", "2026-03-06", "2026-03-09"]], by=hr)

    assert "Days in common with Vacation" in job.rows.get().notes[0]
    confirm(job, by_id=hr.pk)
    assert Absence.objects.count() == 2


def test_nobody_imports_or_confirms_their_own_absence(company: Company, anna: Employee, hr: User) -> None:
    line = ["1001", "vacation", "2026-07-06", "2026-07-31"]
    EmployeeLink.objects.create(user=hr, employee=anna)
    assert "your own absence" in reasons(preview(company, [HEADER[:4], line], by=hr))[2][0][1]

    job = confirm(preview(company, [HEADER[:4], line]), by_id=hr.pk)
    assert "your own absence" in reasons(job)[2][0][1]
    assert not Absence.objects.exists()

    somebody = User.objects.create_user("else", "else@example.se")
    confirm(preview(company, [HEADER[:4], line]), by_id=somebody.pk)
    assert Absence.objects.count() == 1


def test_without_the_right_to_decide_no_status_is_imported(company: Company, anna: Employee) -> None:
    somebody = User.objects.create_user("else")
    line = ["1001", "vacation", "2026-07-06", "2026-07-31", "", "", "approved"]

    assert "You may not decide" in reasons(preview(company, [HEADER, line], by=somebody))[2][0][1]


@contextmanager
def ready(company: Company, hr: User) -> Iterator[ImportJob]:
    job = preview(company, [HEADER[:4], ["1001", "vacation", "2026-03-02", "2026-03-09"]], by=hr)
    yield job
    confirm(job, by_id=hr.pk)


def test_what_somebody_changed_after_the_preview_is_not_written_over(
    company: Company, anna: Employee, hr: User
) -> None:
    absence = AbsenceFactory.create(employee=anna, type=vacation())
    with ready(company, hr) as job:
        absence.end = date(2026, 3, 20)
        absence.save()

    absence.refresh_from_db()
    assert absence.end == date(2026, 3, 20)
    assert "after the preview" in reasons(job)[2][0][1]
    with ready(company, hr):
        pass
    absence.refresh_from_db()
    assert absence.end == date(2026, 3, 9)


def test_what_somebody_registered_after_the_preview_is_not_doubled(company: Company, anna: Employee, hr: User) -> None:
    with ready(company, hr) as job:
        AbsenceFactory.create(employee=anna, type=vacation(), end=date(2026, 3, 9))

    assert Absence.objects.count() == 1
    assert "this very absence already" in reasons(job)[2][0][1]


# --- The pages --------------------------------------------------------------------------------------------


def test_an_upload_leads_to_the_imports_own_page(hr_admin: Client, company: Company, anna: Employee) -> None:
    content = xlsx_file([HEADER[:4], ["1001", "vacation", date(2026, 7, 6), date(2026, 7, 31)]])
    chosen = {"company": company.pk, "file": SimpleUploadedFile("absences.xlsx", content)}
    answer = press(hr_admin, hr_admin.get(IMPORT), "Show what it would do", chosen)

    job = ImportJob.objects.get()
    assert (job.kind, answer.url) == ("absences", reverse("admin:employees_importjob_change", args=[job.pk]))
    page = " ".join(hr_admin.get(answer.url).content.decode().split())
    assert "Back to the absences" in page
    work(job)
    assert "New absences" in hr_admin.get(answer.url).content.decode()


def test_the_template_can_be_uploaded_once_its_example_is_gone(hr_admin: Client, company: Company) -> None:
    content = hr_admin.get(reverse("admin:absences_absence_import_template", args=["csv"])).content

    job = work(start_import(company=company, by_id=None, file_name="absences.csv", content=content, kind="absences"))
    assert "template's example" in reasons(job)[2][0][1]


KINDS = {"absenceresource_type": "on", "absenceresource_note": "on"}


def export(client: Client) -> bytes:
    content: bytes = press(client, client.get(f"{LIST}export/"), "Submit", {"format": "0", **KINDS}).content
    return content


def test_the_list_is_exported_as_it_can_be_imported(hr_admin: Client, company: Company, anna: Employee) -> None:
    absence = AbsenceFactory.create(employee=anna, type=vacation(), note="=1+1")
    content = export(hr_admin)

    assert content.decode("utf-8-sig").splitlines()[1].split(",")[0] == str(absence.pk)
    job = start_import(company=company, by_id=None, file_name="a.csv", content=content, kind="absences")
    assert work(job).counts["unchanged"] == 1


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", ["boss", "payroll", "integration", "stranger", "outsider"])
def test_importing_is_for_those_who_register_for_everybody(sign_in: SignIn, role: str, company: Company) -> None:
    client = sign_in(role)
    job = preview(company, [HEADER[:4], ["1", "vacation", "2026-07-06", ""]])

    assert client.get(IMPORT).status_code == 403
    assert client.get(reverse("admin:absences_absence_import_template", args=["csv"])).status_code == 403
    assert client.get(reverse("admin:employees_importjob_change", args=[job.pk])).status_code in {302, 403}
    assert client.post(reverse("admin:employees_importjob_confirm", args=[job.pk])).status_code in {403, 404}


def test_whoever_imports_people_alone_does_not_see_imports_of_absences(company: Company) -> None:
    job = preview(company, [HEADER[:4], ["1", "vacation", "2026-07-06", ""]])
    user = User.objects.create_user("people", is_staff=True)
    user.user_permissions.set(_rights("add_employee", "change_employee"))
    client = Client()
    client.force_login(user)

    assert client.get(reverse("admin:employees_importjob_change", args=[job.pk])).status_code == 404
    assert client.get(reverse("admin:employees_importjob_changelist")).context["cl"].result_count == 0


def _rights(*codenames: str) -> Any:
    return Permission.objects.filter(codename__in=codenames)


def test_a_manager_exports_the_own_team_only(boss: Client, report: Employee) -> None:
    AbsenceFactory.create(employee=report, type=vacation())
    AbsenceFactory.create(type=vacation())

    content = export(boss)

    lines = content.decode("utf-8-sig").splitlines()
    assert [report.work_email in line for line in lines[1:]] == [True]
