"""What became of a person and the absences since a file was previewed: nothing is written that nobody looked at."""

from datetime import date

import pytest
from django.contrib.auth.models import User

from absences.models import Absence
from employees.models import Company, Employee
from tests.absences.transfer.lines import HEADER, line, notes
from tests.absences.transfer.test_import import preview, vacation
from tests.employees.transfer.files import confirm, reasons
from tests.factories import AbsenceFactory, EmployeeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("D-12")]
HALF_SICK = line("sick_leave", "2026-03-02", "2026-03-06", grade=50)


def test_a_half_day_that_became_a_whole_one_is_looked_at_again(company: Company, anna: Employee, hr: User) -> None:
    stored = AbsenceFactory.create(employee=anna, type=vacation(), grade=50)
    job = preview(company, [HEADER, HALF_SICK], by=hr)
    assert "Vacation 50 %, 2026-03-02" in notes(job)[2][0]
    stored.grade = 100
    stored.save()

    job = confirm(job, by_id=hr.pk)

    assert "it got days in common with Vacation, 2026-03-02" in str(reasons(job)[2])
    assert Absence.objects.count() == 1
    confirm(preview(company, [HEADER, HALF_SICK], by=hr), by_id=hr.pk)
    assert Absence.objects.count() == 2


def test_another_change_of_what_was_shown_is_no_reason(company: Company, anna: Employee, hr: User) -> None:
    stored = AbsenceFactory.create(employee=anna, type=vacation(), grade=50)
    job = preview(company, [HEADER, HALF_SICK], by=hr)
    stored.note = "Greece"
    stored.save()

    job = confirm(job, by_id=hr.pk)

    assert (reasons(job), Absence.objects.count()) == ({}, 2)


def test_days_that_lie_outside_the_employment_by_now_are_looked_at_again(
    company: Company, anna: Employee, hr: User
) -> None:
    rows = [HEADER, line("vacation", "2026-03-02", "2026-03-06")]
    job = preview(company, rows, by=hr)
    anna.last_workday = date(2026, 1, 31)
    anna.save()

    job = confirm(job, by_id=hr.pk)

    assert "days of this absence lie outside the employment now" in str(reasons(job)[2])
    assert not Absence.objects.exists()
    again = preview(company, rows, by=hr)
    assert "Days after the person's last workday" in notes(again)[2][0]
    confirm(again, by_id=hr.pk)
    assert Absence.objects.count() == 1


@pytest.mark.behaviour("D-10")
def test_an_id_and_a_leavers_address_are_two_people(company: Company, anna: Employee, hr: User) -> None:
    """Nobody takes an address over in a file of absences: it only tells who is meant."""
    EmployeeFactory.create(
        company=company, employment_id="1009", work_email="bo@example.se", last_workday=date(2021, 1, 31)
    )
    header = [*HEADER, "Work e-mail"]

    job = preview(company, [header, [*line("vacation", "2026-03-02", "2026-03-06"), "bo@example.se"]], by=hr)

    assert reasons(job)[2] == [["", "The employment ID and the work e-mail belong to different people."]]
    right = preview(company, [header, [*line("vacation", "2026-03-02", "2026-03-06"), anna.work_email]], by=hr)
    assert reasons(right) == {}
