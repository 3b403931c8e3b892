"""What the mails say of an absence: what became of it, to everybody whom it concerns, and to nobody who has left."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from absences.models import Absence
from employees.access.models import EmployeeLink
from employees.models import Employee
from integrations.core.models import Problem
from integrations.core.report import send_due
from integrations.core.report.concerned import concerned_by
from tests.core.report.mailing import whole
from tests.core.runs.both_sides import change
from tests.factories import EmployeeFactory
from tests.fortnox.absences.test_failures import refusal
from tests.fortnox.absences.transferred import VACATION, WEEK, Transferred, edit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def mailed_at_once(settings: Settings) -> None:
    settings.PROBLEM_MAIL_SECONDS = 0


def _with_manager(both: Transferred, employee: Employee, **values: object) -> Employee:
    given = {"company": employee.company, "work_email": "boss@example.se", "given_name": "Maja"}
    employee.manager = EmployeeFactory.create(**{**given, **values})
    employee.save()
    return employee


def _mails(mailoutbox: list[EmailMessage]) -> dict[str, EmailMessage]:
    send_due()
    # The reports of runs are none of these.
    notices = [message for message in mailoutbox if message.extra_headers["Message-ID"].startswith("<notice-")]
    found = {to: message for message in notices for to in message.to}
    assert len(found) == len(notices)
    return found


@pytest.mark.behaviour("G-09", "FX-16")
def test_an_absence_that_was_sent_with_no_hours_is_not_called_unsent(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    employee = both.begin(schedule="0")
    both.absence(employee)
    both.push_until_sent()
    assert both.days() == list(WEEK)

    mail = _mails(mailoutbox)["hanna@example.se"]

    assert mail.subject.endswith(f"{employee} was sent, and there is something to look at")
    assert f"{employee}: No working-time schedule" in mail.body
    assert "not be sent" not in whole(mail)
    assert "holds what it held before" not in whole(mail)


@pytest.mark.behaviour("G-09", "FX-16")
def test_an_absence_that_waits_for_hours_is_not_called_sent(both: Transferred, mailoutbox: list[EmailMessage]) -> None:
    employee = both.begin(schedule="0", hold_without_hours=True)
    both.absence(employee)
    both.push_until_sent()
    assert both.days() == []

    mail = _mails(mailoutbox)["hanna@example.se"]

    assert mail.subject.endswith(f"{employee} could not be sent")


@pytest.mark.behaviour("G-09", "FX-19")
def test_of_an_absence_in_closed_payroll_it_is_said_which_part_was_sent(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    employee = _with_manager(both, both.begin(payroll_closed_to="2026-03-03"))
    absence = both.absence(employee)
    both.push()
    assert both.days() == list(WEEK[2:])

    mails = _mails(mailoutbox)

    assert set(mails) == {"hanna@example.se", "boss@example.se"}
    for mail in mails.values():
        assert mail.subject.endswith(f"{employee.full_name}, {absence.period} (101) was sent in part")
        assert "Days of closed payroll were not touched" in mail.body
        assert "holds what it held before" not in whole(mail)
    assert "You need not do anything" in mails["boss@example.se"].body


@pytest.mark.behaviour("G-09", "FX-19")
def test_of_an_absence_all_in_closed_payroll_it_is_said_that_nothing_was_sent(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    absence = both.absence(both.begin(payroll_closed_to="2026-03-31"))
    both.push()
    assert both.days() == []

    mail = _mails(mailoutbox)["hanna@example.se"]

    assert mail.subject.endswith(f"{absence.period} (101) could not be sent")
    assert "Not sent:" in mail.body


@pytest.mark.behaviour("G-09", "FX-17")
def test_of_a_refused_absence_that_stands_in_part_it_is_not_said_that_nothing_was_sent(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    employee = _with_manager(both, both.begin())
    both.sandbox.faults([refusal("POST", k=5), refusal("DELETE", count=2)])
    both.absence(employee)
    both.push_until_sent()
    assert len(both.days()) == 2

    for mail in _mails(mailoutbox).values():
        assert mail.subject.endswith("was sent in part")
        assert "A part stands at Fortnox, and a part does not" in mail.body
        assert "holds what it held before" not in whole(mail)


@pytest.mark.behaviour("G-09")
def test_the_mail_tells_the_days_and_the_name_of_now(both: Transferred, mailoutbox: list[EmailMessage]) -> None:
    employee = both.begin()
    both.sandbox.faults([refusal("POST")])
    absence = both.absence(employee)
    both.push_until_sent()
    before = absence.period
    edit(absence, end=absence.end + timedelta(days=1) if absence.end else None)
    employee.family_name = "Nyberg"
    employee.save()

    mail = _mails(mailoutbox)["hanna@example.se"]

    absence.refresh_from_db()
    assert f"Nyberg, {absence.period}" in mail.subject
    assert before not in mail.subject


@pytest.mark.behaviour("G-09")
def test_a_manager_who_has_left_is_told_nothing_and_the_others_are_told_so(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    employee = _with_manager(both, both.begin(), last_workday=yesterday)
    # Whoever registered it has left, too: the user is still there.
    clerk = User.objects.create_user("clerk", "clerk@example.se")
    left = EmployeeFactory.create(company=employee.company, last_workday=yesterday)
    EmployeeLink.objects.create(user=clerk, employee=left)
    both.sandbox.faults([refusal("POST")])
    both.absence(employee, created_by=clerk)
    both.push_until_sent()

    mails = _mails(mailoutbox)

    assert set(mails) == {"hanna@example.se"}
    manager = employee.manager
    assert manager is not None
    assert f"{manager}, the manager of {employee}, has left: nobody" in mails["hanna@example.se"].body


@pytest.mark.behaviour("G-09", "HR-19")
def test_a_manager_whose_account_is_deactivated_is_told_nothing_until_it_is_there_again(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    employee = _with_manager(both, both.begin())
    manager = employee.manager
    assert manager is not None
    boss = User.objects.create_user("boss", is_active=False)
    EmployeeLink.objects.create(user=boss, employee=manager)
    both.sandbox.faults([refusal("POST"), refusal("POST")])
    both.absence(employee)
    both.push_until_sent()

    mails = _mails(mailoutbox)

    assert set(mails) == {"hanna@example.se"}
    said = f"The user account of {manager}, the manager of {employee}, is deactivated: nobody was told"
    assert said in mails["hanna@example.se"].body

    User.objects.update(is_active=True)
    problems = concerned_by(Problem.objects.all())
    assert set(problems.addresses) == {"boss@example.se"}


@pytest.mark.behaviour("G-09")
def test_of_each_manager_who_has_left_it_is_said_whose_that_was(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    both.pair(2, vendor={"ScheduleId": "HEL"})
    first = both.begin()
    second = Employee.objects.get(employment_id="102")
    gone = timezone.localdate() - timedelta(days=1)
    for person, given in ((first, "Maja"), (second, "Bo")):
        _with_manager(both, person, given_name=given, family_name="Ek", last_workday=gone)
        both.absence(person, code=VACATION)
        both.absence(person)
    both.push_until_sent()

    body = _mails(mailoutbox)["hanna@example.se"].body
    assert f"{first.manager}, the manager of {first}, has left" in body
    assert f"{second.manager}, the manager of {second}, has left" in body


@pytest.mark.behaviour("G-09")
def test_whoever_has_left_one_company_and_stays_in_another_is_mailed(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    employee = both.begin()
    clerk = User.objects.create_user("clerk", "clerk@example.se")
    left = EmployeeFactory.create(company=employee.company, work_email="clerk@example.se", last_workday=yesterday)
    for person in (left, EmployeeFactory.create()):
        EmployeeLink.objects.create(user=clerk, employee=person)
    both.sandbox.faults([refusal("POST")])
    both.absence(employee, created_by=clerk)
    both.push_until_sent()

    assert set(_mails(mailoutbox)) == {"hanna@example.se", "clerk@example.se"}


@pytest.mark.behaviour("G-09", "FX-10")
def test_what_was_sent_before_the_last_workday_was_set_remains_and_is_not_called_unsent(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    employee = _with_manager(both, both.begin())
    absence = both.transferred(employee)

    change(employee, last_workday=date(2026, 3, 4))
    both.push_until_sent()
    assert both.days() == list(WEEK)

    mails = _mails(mailoutbox)
    assert set(mails) == {"hanna@example.se", "boss@example.se"}
    for mail in mails.values():
        assert mail.subject.startswith(f"Fortnox: something of {employee.full_name}, {absence.period}")
        assert mail.subject.endswith("remains at Fortnox")
        assert "): Days outside the employment" in mail.body
        for wrong in ("not be sent", "Not sent", "create", "Correct the absence"):
            assert wrong not in whole(mail)

    # Corrected, the days go there, too, and nothing is left to say.
    edit(absence, end=date(2026, 3, 4))
    both.push_until_sent()
    assert (both.days(), both.causes()) == (list(WEEK[:3]), set())


@pytest.mark.behaviour("G-09", "FX-10")
def test_an_edit_that_waits_for_days_outside_is_a_change_that_was_not_sent(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    change(employee, last_workday=date(2026, 3, 6))
    both.push_until_sent()

    edit(absence, end=date(2026, 3, 9))
    both.push_until_sent()
    assert both.days() == list(WEEK)

    mail = _mails(mailoutbox)["hanna@example.se"]
    assert mail.subject.endswith("could not be sent")
    assert "– change: Days outside the employment" in mail.body


@pytest.mark.behaviour("G-09", "FX-14")
def test_of_a_declined_absence_that_is_too_long_it_is_said_that_its_days_remain(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    employee = _with_manager(both, both.begin())
    absence = both.transferred(employee)
    edit(absence, end=date(2026, 5, 1))
    both.push_until_sent()

    edit(absence, status=Absence.Status.DECLINED)
    both.push_until_sent()
    assert both.days() == list(WEEK)

    for mail in _mails(mailoutbox).values():
        assert mail.subject.endswith("remains at Fortnox")
        assert "Longer than 50 days: days to remove by hand" in mail.body
        assert "Correct the absence" not in mail.body
        assert "Not sent" not in mail.body


@pytest.mark.behaviour("G-09", "FX-22")
def test_an_edit_of_a_sent_absence_that_makes_an_overlap_is_a_change(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    employee = both.begin()
    both.transferred(employee, code=VACATION)
    second = both.transferred(employee, start=date(2026, 3, 9), end=date(2026, 3, 9))

    edit(second, start=date(2026, 3, 6))
    both.push_until_sent()

    body = _mails(mailoutbox)["hanna@example.se"].body
    assert "– change: More than a whole day with another absence" in body
    assert "create" not in body


@pytest.mark.behaviour("G-09", "FX-17")
def test_a_refused_day_of_an_edit_is_a_change_and_of_a_new_absence_a_creation(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    both.sandbox.faults([refusal("POST")])
    edit(absence, end=date(2026, 3, 9))
    both.push_until_sent()
    assert "– change: " in _mails(mailoutbox)["hanna@example.se"].body

    mailoutbox.clear()
    both.sandbox.faults([refusal("POST")])
    both.absence(employee, start=date(2026, 4, 1), end=date(2026, 4, 2))
    both.push_until_sent()
    assert "– create: " in _mails(mailoutbox)["hanna@example.se"].body


@pytest.mark.behaviour("G-09", "FX-22")
def test_a_dismissed_overlap_is_told_again_by_nothing_but_another_reason(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    employee = both.begin()
    both.transferred(employee, code=VACATION)
    second = both.transferred(employee)
    assert set(_mails(mailoutbox)) == {"hanna@example.se"}
    mailoutbox.clear()
    Problem.objects.update(state=Problem.State.DISMISSED)

    for month in (5, 6):
        both.transferred(employee, code=VACATION, start=date(2026, month, 4), end=date(2026, month, 5))
        both.push_until_sent()
        both.sweep()
    assert list(Problem.objects.values_list("state", "count")) == [("dismissed", 1)]
    assert _mails(mailoutbox) == {}

    # Something else is in the way: that is told.
    edit(second, start=date(2026, 5, 4), end=date(2026, 5, 5))
    both.push_until_sent()
    assert both.causes() == {"absence:overlap"}
    assert "could not be sent" in _mails(mailoutbox)["hanna@example.se"].subject


@pytest.mark.behaviour("G-09", "FX-22")
def test_an_overlap_counts_the_times_that_it_was_tried_and_names_what_is_in_the_way_now(both: Transferred) -> None:
    employee = both.begin()
    first = both.transferred(employee, code=VACATION)
    both.transferred(employee)
    for day in (4, 5, 6):
        both.transferred(employee, start=date(2026, 5, day), end=date(2026, 5, day))
        both.push_until_sent()
    assert Problem.objects.get().count == 1

    edit(first, end=date(2026, 3, 3))
    both.push_until_sent()
    assert "2026-03-02 – 2026-03-03 (100 %)" in Problem.objects.get().message

    edit(first, status=Absence.Status.DECLINED)
    both.push_until_sent()
    assert both.causes() == set()
