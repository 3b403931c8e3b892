"""What somebody confirmed on the page is what is written, or it is told what was not, and asked again (G-21, G-13)."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import Client

from employees.groups import HR_ADMIN
from employees.models import Employee
from employees.tracking import Operation, Reach, operating, tracked_bulk
from integrations.core.addresses import mass_change_url, run_url
from integrations.core.models import Connection, MassChange, SyncRow, SyncRun
from integrations.core.report import send_due
from integrations.core.runs import session
from tests.core.admin.filling import service_runs
from tests.core.admin.pages import text_of
from tests.core.runs.both_sides import (
    LEFT,
    PHONE,
    RIGHT,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    create,
    decide,
    finish,
    review,
    row_of,
)
from tests.factories import DepartmentFactory
from tests.pages import buttons_of, press

pytestmark = [pytest.mark.behaviour("G-21")]
CONFIRM = "Synchronise users"
ACCOUNT = {"ClearingNo": "8327-9", "BankAccountNo": "3 933 190 00-5"}
OTHER_ACCOUNT = {"ClearingNo": "5439", "BankAccountNo": "0000004"}


@pytest.fixture
def petra(connection: Connection) -> Client:
    service_runs()
    user = User.objects.create_user("petra", "petra@demo.example", is_staff=True, first_name="Petra")
    user.groups.set(Group.objects.filter(name=HR_ADMIN))
    client = Client()
    client.force_login(user)
    return client


def words(page: Any) -> str:
    return " ".join(text_of(page).split())


def page_of(client: Client, run: SyncRun, *more: str) -> Any:
    return client.get(run_url(run.connection, run.pk, *more))


def confirm(client: Client, run: SyncRun, page: Any) -> SyncRun:
    assert press(client, page, CONFIRM).status_code == 302
    run.refresh_from_db()
    return finish(run)


# --- People who are created in the hub -----------------------------------------------------------------------


def test_somebody_who_is_changed_at_the_vendor_before_being_created_in_the_hub_is_named_and_asked_about_again(
    connection: Connection, both: BothSides, petra: Client
) -> None:
    for number in (1, 2, 3):
        both.vendor(number, **ACCOUNT)
    run = review(connection)
    for row in SyncRow.objects.filter(run=run):
        create(row)
    page = page_of(petra, run, "confirm")
    both.change_at_vendor("101", FirstName="Evil", **OTHER_ACCOUNT)

    confirm(petra, run, page)

    assert sorted(Employee.objects.values_list("given_name", flat=True)) == ["Given 2", "Given 3"]
    row = row_of(run, right_id="101")
    assert (row.state, run.state) == (SyncRow.State.MOVED, SyncRun.State.DONE_WITH_PROBLEMS)
    send_due()
    for told in (words(page_of(petra, run)), str(mail.outbox[-1].body)):
        assert "Given 1 Family 1" in told
        for field in ("Given name", "Bank account"):
            assert f"{field} was changed in the other system meanwhile." in " ".join(told.split())

    run = review(connection)
    create(row_of(run))
    page = page_of(petra, run, "confirm")
    assert "5439-0000004" in words(page)
    confirm(petra, run, page)
    evil = Employee.objects.get(given_name="Evil")
    assert evil.bank_account.account_number == "0000004"
    assert_in_step(connection, 3)


def test_what_was_not_known_when_it_was_shown_does_not_come_along(
    connection: Connection, both: BothSides, petra: Client
) -> None:
    both.vendor(1)
    run = review(connection)
    row = row_of(run)
    create(row)
    # As of a value that the connected user could not see.
    row.refresh_from_db()
    del row.options["values"]["phone"]
    row.save()

    confirm(petra, run, page_of(petra, run, "confirm"))

    employee = Employee.objects.get()
    assert (row_of(run).state, employee.work_phone) == (SyncRow.State.WRITTEN, "")
    assert [field.field for field in row_of(review(connection)).fields.all()] == ["phone"]


def test_it_is_compared_with_what_was_shown_however_often_the_list_is_read(
    connection: Connection, both: BothSides, petra: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    both.vendor(1)
    run = review(connection)
    create(row_of(run))
    page = page_of(petra, run, "confirm")
    monkeypatch.setattr(session, "LIST_HOLDS", -session.LIST_HOLDS)
    both.change_at_vendor("101", Phone1=PHONE)

    confirm(petra, run, page)

    assert not Employee.objects.exists()


# --- Settings that decide who and what is compared ------------------------------------------------------------


@pytest.mark.behaviour("G-13")
@pytest.mark.parametrize("decision", [LEFT, RIGHT])
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"scope": {"employees": [0]}}, "who takes part"),
        ({"settings": {"phone_source": "private_phone"}}, "other values are compared now"),
    ],
)
def test_a_review_from_before_such_a_setting_is_refused_until_it_is_compared_again(
    connection: Connection, both: BothSides, petra: Client, decision: str, values: dict[str, Any], said: str
) -> None:
    employee = both.pair(1, vendor={"Phone1": PHONE})
    run = review(connection)
    decide(row_of(run), phone=decision)
    page = page_of(petra, run, "confirm")
    Connection.objects.update(**values)

    answer = press(petra, page, CONFIRM, follow=True)

    run.refresh_from_db()
    assert run.state == SyncRun.State.REVIEW
    assert "cannot be confirmed. Compare again" in words(answer)
    shown = page_of(petra, run, "confirm")
    assert said in words(shown)
    assert CONFIRM not in buttons_of(shown)
    employee.refresh_from_db()
    assert (employee.work_phone, employee.private_phone, both.writes()) == ("+46701740001", "", [])

    Connection.objects.update(scope={})
    again = review(connection)
    for field in row_of(again).fields.all():
        decide(row_of(again), **{field.field: RIGHT})
    confirm(petra, again, page_of(petra, again, "confirm"))
    assert_in_step(connection, 1)


@pytest.mark.behaviour("G-13")
@pytest.mark.parametrize("state", ["first", "active"])
@pytest.mark.parametrize("decision", [LEFT, RIGHT, "create"])
def test_whoever_left_the_pilot_without_a_setting_is_not_written_and_told(
    connection: Connection, both: BothSides, petra: Client, decision: str, state: str
) -> None:
    pilot = DepartmentFactory.create(company=both.company)
    Connection.objects.update(scope={"departments": [pilot.pk]})
    make = both.hub if decision == "create" else both.pair
    others = [both.pair(2, department=pilot), both.pair(3, department=pilot)]
    if state == "active":
        apply_all(review(connection))
    employee = make(1, department=pilot, work_phone=PHONE)
    before = both.at_vendor("101") if decision != "create" else None
    both.change_at_vendor("102", Phone1="+46701749999")
    run = review(connection)
    for row in SyncRow.objects.filter(run=run):
        create(row) if row.kind == SyncRow.Kind.ONLY_LEFT else decide(
            row, phone=RIGHT if row.right_id == "102" else decision
        )
    press(petra, page_of(petra, run, "confirm"), CONFIRM)
    change(employee, department=None)
    run.refresh_from_db()
    finish(run)

    row = row_of(run, left=employee)
    assert (row.state, row.reason) == (SyncRow.State.MOVED, "The person takes no part in the connection any more.")
    employee.refresh_from_db()
    others[0].refresh_from_db()
    assert (employee.work_phone, both.writes()) == (PHONE, [])
    assert others[0].work_phone == "+46701749999"
    if before:
        assert both.at_vendor("101") == before
    assert "takes no part in the connection any more" in words(page_of(petra, run))

    change(employee, department=pilot)
    again = review(connection)
    create(row_of(again)) if decision == "create" else decide(row_of(again), phone=LEFT)
    confirm(petra, again, page_of(petra, again, "confirm"))
    assert_in_step(connection, 3)


def test_a_run_does_not_go_on_once_the_settings_say_that_other_values_are_compared(
    connection: Connection, both: BothSides, petra: Client
) -> None:
    both.pair(1, work_phone="", vendor={"Phone1": PHONE})
    run = review(connection)
    decide(row_of(run), phone=RIGHT)
    press(petra, page_of(petra, run, "confirm"), CONFIRM)
    Connection.objects.update(settings={"phone_source": "private_phone"})
    run.refresh_from_db()

    finish(run)

    employee = Employee.objects.get()
    assert (run.state, employee.work_phone, employee.private_phone) == (SyncRun.State.FAILED, "", "")
    assert "other values are compared now" in words(page_of(petra, run))
    again = review(connection)
    decide(row_of(again), phone=RIGHT)
    confirm(petra, again, page_of(petra, again, "confirm"))
    assert_in_step(connection, 1)


# --- What is left --------------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-27")
def test_a_run_that_left_a_field_of_somebody_undecided_says_so_on_its_page_and_in_its_mail(
    connection: Connection, both: BothSides, petra: Client
) -> None:
    both.pair(1, vendor={"Phone1": PHONE, "City": "Kiruna"})
    run = review(connection)
    decide(row_of(run), phone=LEFT)
    page = page_of(petra, run, "confirm")
    assert "1 field is undecided (1 person): it stays as it is, and is asked again." in words(page)

    confirm(petra, run, page)

    send_due()
    assert "1 updated, 1 of them in part" in mail.outbox[-1].subject
    ended = words(page_of(petra, run))
    assert "Some values stay undecided" in ended
    assert "Nothing has to be done" not in ended
    again = review(connection)
    decide(row_of(again), address=RIGHT)
    confirm(petra, again, page_of(petra, again, "confirm"))
    send_due()
    assert "in part" not in mail.outbox[-1].subject
    assert "Nothing has to be done" in words(page_of(petra, again))


@pytest.mark.behaviour("G-27")
def test_a_run_beside_people_who_wait_for_a_release_leads_there(
    connection: Connection, both: BothSides, petra: Client
) -> None:
    people = [both.pair(number) for number in (1, 2, 3)]
    apply_all(review(connection))
    Connection.objects.update(push_limit=1)
    ids = [employee.pk for employee in people]
    reach = Reach(changed=dict.fromkeys(ids, ("city",)))
    operation = Operation(key="import:1", label="Moved to Lund", user_id=None, reach=lambda: reach)
    with operating(operation), tracked_bulk(ids):
        Employee.objects.filter(pk__in=ids).update(city="Lund")
    both.pair(4, vendor={"Phone1": PHONE})
    run = review(connection)
    decide(row_of(run, right_id="104"), phone=RIGHT)

    confirm(petra, run, page_of(petra, run, "confirm"))

    page = page_of(petra, run)
    held = MassChange.objects.get(state=MassChange.State.HELD)
    assert mass_change_url(connection, held.pk) in page.content.decode()
    assert "Nothing has to be done" not in words(page)
