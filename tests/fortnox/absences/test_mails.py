"""What the mails say of an absence: what became of it, to everybody whom it concerns, and to nobody who has left."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from employees.models import Employee
from integrations.core.report import send_due
from tests.core.report.mailing import whole
from tests.factories import EmployeeFactory
from tests.fortnox.absences.test_failures import refusal
from tests.fortnox.absences.transferred import WEEK, Transferred, edit

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

    assert mail.subject.endswith(f"{employee.full_name} was sent, and there is something to look at")
    assert f"{employee.full_name}: No working-time schedule" in mail.body
    assert "not be sent" not in whole(mail)
    assert "holds what it held before" not in whole(mail)


@pytest.mark.behaviour("G-09", "FX-16")
def test_an_absence_that_waits_for_hours_is_not_called_sent(both: Transferred, mailoutbox: list[EmailMessage]) -> None:
    employee = both.begin(schedule="0", hold_without_hours=True)
    both.absence(employee)
    both.push_until_sent()
    assert both.days() == []

    mail = _mails(mailoutbox)["hanna@example.se"]

    assert mail.subject.endswith(f"{employee.full_name} could not be sent")


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
        assert mail.subject.endswith(f"{employee.full_name}, {absence.period} was sent in part")
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

    assert mail.subject.endswith(f"{absence.period} could not be sent")
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
    # Whoever registered it has left, too: the user is still there, under the work e-mail.
    EmployeeFactory.create(company=employee.company, work_email="Clerk@example.se", last_workday=yesterday)
    clerk = User.objects.create_user("clerk", "clerk@example.se")
    both.sandbox.faults([refusal("POST")])
    both.absence(employee, created_by=clerk)
    both.push_until_sent()

    mails = _mails(mailoutbox)

    assert set(mails) == {"hanna@example.se"}
    manager = employee.manager
    assert manager is not None
    assert f"{manager.full_name}, the manager there, has left" in mails["hanna@example.se"].body


@pytest.mark.behaviour("G-09")
def test_an_address_that_somebody_who_stays_has_by_now_is_mailed(
    both: Transferred, mailoutbox: list[EmailMessage]
) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    employee = both.begin()
    EmployeeFactory.create(company=employee.company, work_email="clerk@example.se", last_workday=yesterday)
    EmployeeFactory.create(work_email="clerk@example.se")
    clerk = User.objects.create_user("clerk", "clerk@example.se")
    both.sandbox.faults([refusal("POST")])
    both.absence(employee, created_by=clerk)
    both.push_until_sent()

    assert set(_mails(mailoutbox)) == {"hanna@example.se", "clerk@example.se"}
