"""An edit beside a newer value of the vendor's: a sensitive one waits, another is sent and told (G-25)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from employees.models import BankAccount, Employee
from integrations.core.models import Connection, FieldChange, Notification, SyncField
from integrations.core.push.overwritten import FIELD
from integrations.core.report.sending import send_due
from tests.core.push.pushing import Pushed, retry
from tests.core.runs.both_sides import PHONE, RIGHT, apply_all, assert_in_step, change, decide, review, row_of
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-25"), pytest.mark.django_db(transaction=True)]
OLD, OURS, THEIRS, LATER = "0000004", "0000012", "0000020", "0000039"
THERE = "0709999999"


def edit_account(employee: Employee, number: str) -> None:
    account = BankAccount.objects.get(employee=employee)
    account.account_number = number
    account.save()


def conflict(both: Pushed, people: int = 1) -> Employee:
    """Let both sides have another account of each person since both agreed; return the first."""
    of_vendor = {"ClearingNo": "5439", "BankAccountNo": OLD}
    employees = [both.pair(number, vendor=of_vendor) for number in range(1, people + 1)]
    for employee in employees:
        BankAccount.objects.model(employee=employee, country="SE", clearing_number="5439", account_number=OLD).save()
    both.activate()
    for employee in employees:
        both.change_at_vendor(employee.employment_id, BankAccountNo=THEIRS)
        edit_account(employee, OURS)
    both.push_until_sent()
    return employees[0]


def account_at_vendor(both: Pushed) -> str:
    return str(both.at_vendor("101")["BankAccountNo"])


def reader(*rights: str) -> Client:
    user = User.objects.create_user(f"reader {len(rights)}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    return client


def test_an_account_that_both_changed_is_not_sent_and_waits(both: Pushed) -> None:
    conflict(both)

    assert (both.writes(), account_at_vendor(both), both.marks()) == ([], THEIRS, [])
    problem = both.problem()
    assert (problem.cause, problem.state) == ("field:bank_account", "open")
    assert "changed in the other system as well" in problem.message


def test_other_fields_are_sent_beside_it(both: Pushed) -> None:
    employee = conflict(both)

    change(employee, work_phone=PHONE)
    both.push_until_sent()

    assert (both.sent(), account_at_vendor(both)) == ([{"Phone1": PHONE}], THEIRS)
    assert both.problem().state == "open"


@pytest.mark.parametrize("full", [True, False])
def test_the_persons_page_says_both_values_to_whoever_may_see_them(both: Pushed, full: bool) -> None:
    employee = conflict(both)
    rights = ["view_employee", "view_bankaccount", "view_problem", "view_connection", "see_fortnox"]
    client = reader(*rights, *(["view_sensitive"] if full else []))

    for address in (
        reverse("admin:employees_employee_change", args=[employee.pk]),
        reverse("admin:core_problem_change", args=[both.problem().pk]),
    ):
        shown = client.get(address).content.decode()
        assert ((OURS in shown) and (THEIRS in shown)) is full
        assert "was changed in both systems" in shown
        assert "try again" in shown


def test_tried_again_the_hubs_is_sent_over_the_value_that_was_shown(both: Pushed) -> None:
    conflict(both)

    retry(both)
    both.push_until_sent()

    assert (account_at_vendor(both), both.problem().state) == (OURS, "solved")
    assert_in_step(both.connection, 1)


def test_tried_again_beside_yet_another_value_it_waits_again(both: Pushed) -> None:
    conflict(both)
    both.change_at_vendor("101", BankAccountNo=LATER)

    retry(both)
    both.push_until_sent()
    assert (both.writes(), both.problem().state) == ([], "open")

    retry(both)
    both.push_until_sent()
    assert account_at_vendor(both) == OURS


def admin(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(name))
    return client


def test_tried_again_on_a_page_from_before_another_edit_nothing_is_sent(both: Pushed) -> None:
    employee, anna, bo = conflict(both), admin("anna"), admin("bo")
    address = reverse("admin:core_problem_change", args=[both.problem().pk])
    opened = anna.get(address)
    edit_account(employee, LATER)
    both.push_until_sent()

    answer = press(anna, opened, "action=retry", follow=True)
    both.push_until_sent()
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert "what you confirmed is not what stands there now" in " ".join(said)
    assert both.writes() == []

    press(bo, bo.get(address), "action=retry")
    both.push_until_sent()
    assert account_at_vendor(both) == LATER


def test_all_of_a_group_tried_again_leave_what_is_to_be_looked_at(both: Pushed) -> None:
    conflict(both, people=2)

    anna = admin("anna")
    log = anna.get(reverse("admin:core_problem_changelist"))
    answer = press(anna, log, "action=retry", holding={"cause": "field:bank_account"}, follow=True)
    both.push_until_sent()

    assert "2 values were changed in both systems" in answer.content.decode()
    assert both.writes() == []


def test_a_synchronisation_asks_and_decides(both: Pushed) -> None:
    employee = conflict(both)
    run = review(both.connection)
    assert [(field.field, field.change) for field in row_of(run).fields.all()] == [
        ("bank_account", SyncField.Change.BOTH)
    ]

    decide(row_of(run), bank_account=RIGHT)
    apply_all(run)

    assert BankAccount.objects.get(employee=employee).account_number == THEIRS
    assert both.problem().state == "solved"


def test_edited_back_it_waits_no_more(both: Pushed) -> None:
    employee = conflict(both)

    edit_account(employee, OLD)
    both.push_until_sent()

    assert (both.writes(), both.problem().state) == ([], "solved")


def test_an_account_is_sent_where_the_vendor_has_none(
    both: Pushed,
) -> None:
    employee = both.pair_active()
    BankAccount.objects.model(employee=employee, country="SE", clearing_number="5439", account_number=OURS).save()

    both.push_until_sent()

    assert account_at_vendor(both) == OURS


# --- Overwritten and told -----------------------------------------------------------------------------------


def overwrite(both: Pushed, *people: tuple[Employee, str]) -> None:
    for employee, right_id in people:
        both.change_at_vendor(right_id, Phone1=THERE)
        change(employee, work_phone=f"+467017409{employee.pk % 100:02d}")
    both.push_until_sent()


def mails() -> list[str]:
    send_due()
    found = [f"{each.subject}\n{each.body}" for each in mail.outbox if "overwritten" in each.subject]
    mail.outbox.clear()
    return found


@pytest.fixture
def told(both: Pushed, settings: Settings) -> Pushed:
    settings.PROBLEM_MAIL_SECONDS = 0
    Connection.objects.update(recipients=["hr@demo.example"])
    both.connection.refresh_from_db()
    return both


def test_a_newer_value_that_is_overwritten_is_told_in_the_history_and_in_a_mail(told: Pushed) -> None:
    employee = told.pair_active()
    overwrite(told, (employee, "101"))

    change_made = FieldChange.objects.get(field=FIELD)
    assert (change_made.subject_id, change_made.before) == (str(employee.pk), {"phone": f"+46{THERE[1:]}"})
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    page = client.get(reverse("admin:employees_employee_change", args=[employee.pk])).content.decode()
    assert "Overwritten, though newer" in page
    assert f"+46{THERE[1:]}" in page
    (text,) = mails()
    assert "an edit has overwritten a newer value of 1 person" in text
    assert "Work phone" in text
    assert THERE[1:] not in text


def test_one_mail_a_day_tells_of_all(told: Pushed) -> None:
    people = [told.pair(number) for number in (1, 2, 3)]
    told.activate()
    overwrite(told, (people[0], "101"), (people[1], "102"))
    assert len(mails()) == 1

    overwrite(told, (people[2], "103"))
    assert mails() == []

    _let_a_day_pass()
    (text,) = mails()
    assert people[2].full_name in text
    assert people[0].full_name not in text


def _let_a_day_pass() -> None:
    for notification in Notification.objects.filter(key__startswith="overwritten:", sent_at=None):
        day = timezone.now().date() - timedelta(days=1)
        notification.data = {**notification.data, "day": day.isoformat()}
        notification.save()


@pytest.mark.parametrize("values", [{"LastName": "Ek"}, {"City": "Kiruna"}])
def test_what_is_not_overwritten_is_not_told(told: Pushed, values: dict[str, Any]) -> None:
    employee = told.pair_active()
    told.change_at_vendor("101", **values)
    change(employee, street="Vägen 2", work_phone=PHONE)
    told.push_until_sent()

    assert not FieldChange.objects.filter(field=FIELD).exists()
    assert mails() == []
