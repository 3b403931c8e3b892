"""Whoever is not there or takes no part any more is not told as written: Confirm says what the writers would do."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core import mail
from django.test import Client

from employees.models import Department, Employee
from integrations.core.addresses import run_url
from integrations.core.models import Connection, SyncRow, SyncRun
from integrations.core.report import build_report, report_text, send_due
from integrations.core.runs.standing import Standing
from integrations.core.runs.summing_up import sum_up
from tests.core.admin.filling import service_runs
from tests.core.admin.pages import text_of
from tests.core.runs.both_sides import LEFT, RIGHT, BothSides, apply_all, change, create, decide, finish, review, row_of
from tests.factories import CompanyFactory
from tests.pages import press

pytestmark = [pytest.mark.django_db(transaction=True)]
BUTTON = "Synchronise users"


def words(page: object) -> str:
    return " ".join(text_of(page).split())


def not_written(page: object) -> str:
    return words(page).partition("Not written")[2].partition("Below is who is written")[0].partition(BUTTON)[0]


def written(page: object) -> str:
    """Return what the page says is written: the two sums, and the lists below what is not."""
    sums = words(page).partition("Written to Fortnox")[2].partition("Not written")[0]
    return sums + words(page).partition("with every value before and after")[2]


def move(person: Employee) -> None:
    change(person, company=CompanyFactory.create(name="Annat AB"), department=None)


def leave_the_pilot(person: Employee) -> None:
    change(person, department=Department.objects.get(name="Other"))


def delete(person: Employee) -> None:
    person.delete()


def protect(person: Employee) -> None:
    change(person, protected_identity=True)


def lose_the_address(person: Employee) -> None:
    change(person, work_email="")


GONE = [
    (delete, "The person has been deleted from the hub."),
    (move, "The person belongs to Annat AB now."),
    (leave_the_pilot, "The person takes no part in the connection any more."),
]


@pytest.fixture
def pilot(connection: Connection, both: BothSides) -> Department:
    service_runs()
    Department.objects.create(company=both.company, name="Other")
    department: Department = Department.objects.create(company=both.company, name="Pilot")
    Connection.objects.update(scope={"departments": [department.pk]})
    return department


def decided(connection: Connection, both: BothSides, pilot: Department) -> tuple[SyncRun, list[Employee]]:
    """A review: one is written to both sides, one stays to be written, one is created at the vendor."""
    people = [both.pair(number, department=pilot) for number in (1, 2)]
    people.append(both.hub(3, department=pilot))
    for number in ("101", "102"):
        both.change_at_vendor(number, City="Kiruna", LastName="Hemlig")
    run = review(connection)
    for person in people[:2]:
        decide(row_of(run, left=person), address=LEFT, family_name=RIGHT)
    create(row_of(run, left=people[2]))
    return run, people


@pytest.mark.behaviour("G-21")
@pytest.mark.behaviour("G-27")
@pytest.mark.parametrize(("happens", "why"), GONE)
def test_whoever_is_gone_since_is_told_as_not_written_and_is_not(
    connection: Connection,
    both: BothSides,
    pilot: Department,
    admin_client: Client,
    happens: Callable[[Employee], None],
    why: str,
) -> None:
    run, (gone, stays, new) = decided(connection, both, pilot)
    address = run_url(run.connection, run.pk, "confirm")
    old = admin_client.get(address)
    happens(gone)
    happens(new) if happens is not move else change(new, company=CompanyFactory.create(), department=None)

    page = press(admin_client, old, BUTTON)

    assert "Below is what would be written now" in words(page)
    assert "1 field of 1 person" in written(page)
    assert "Given 2" in written(page)
    assert "Given 1" not in written(page)
    assert "Given 3" not in written(page)
    assert "2 people were decided on, and are not written as things stand" in not_written(page)
    assert f"Given 1 Family 1: {why}" in not_written(page) or f"Other): {why}" in not_written(page)
    assert press(admin_client, page, BUTTON).status_code == 302
    finish(run)
    states = dict(SyncRow.objects.filter(run=run).values_list("label", "state"))
    assert sorted(states.values()) == ["moved", "moved", "written"]
    (sent,) = both.sent()
    assert sent["City"] == "Stockholm"
    assert both.at_vendor("101")["City"] == "Kiruna"


@pytest.mark.behaviour("G-21")
def test_whoever_comes_back_after_the_confirmation_was_told_not_to_be_written_and_is_asked_again(
    connection: Connection, both: BothSides, pilot: Department, admin_client: Client
) -> None:
    run, (gone, *_others) = decided(connection, both, pilot)
    leave_the_pilot(gone)
    press(admin_client, admin_client.get(run_url(run.connection, run.pk, "confirm")), BUTTON)
    change(gone, department=pilot)

    finish(run)

    assert row_of(run, left=gone).state == SyncRow.State.MOVED
    assert both.at_vendor("101")["City"] == "Kiruna"
    again = review(connection)
    decide(row_of(again, left=gone), address=LEFT, family_name=RIGHT)
    apply_all(again)
    assert both.at_vendor("101")["City"] == "Stockholm"


@pytest.mark.behaviour("G-21")
@pytest.mark.behaviour("G-18")
def test_an_address_of_somebody_protected_since_is_not_told_as_written(
    connection: Connection, both: BothSides, pilot: Department, admin_client: Client
) -> None:
    run, (hidden, _stays, _new) = decided(connection, both, pilot)
    protect(hidden)

    page = admin_client.get(run_url(run.connection, run.pk, "confirm"))

    assert "Given 1" not in written(page)
    assert "Address: Not sent: the person has a protected identity." in not_written(page)
    press(admin_client, page, BUTTON)
    finish(run)
    assert row_of(run, left=hidden).state == SyncRow.State.MOVED
    # Without the protection it is asked again, and written.
    change(hidden, protected_identity=False)
    again = review(connection)
    decide(row_of(again, left=hidden), address=LEFT, family_name=RIGHT)
    apply_all(again)
    assert both.at_vendor("101")["City"] == "Stockholm"


@pytest.mark.behaviour("G-21")
def test_a_new_person_who_cannot_be_created_any_more_is_told_so_where_somebody_ticks(
    connection: Connection, both: BothSides, pilot: Department, admin_client: Client
) -> None:
    run, (_one, _two, new) = decided(connection, both, pilot)
    lose_the_address(new)

    confirm = admin_client.get(run_url(run.connection, run.pk, "confirm"))
    missing = admin_client.get(run_url(run.connection, run.pk, "missing"))

    assert "Given 3" not in written(confirm)
    assert "cannot be matched" in not_written(confirm)
    assert "As things stand nothing of this person is written: No Work e-mail" in words(missing)


@pytest.mark.behaviour("G-21")
@pytest.mark.parametrize(("happens", "why"), GONE)
def test_the_conflicts_say_of_whom_nothing_is_written(
    connection: Connection,
    both: BothSides,
    pilot: Department,
    admin_client: Client,
    happens: Callable[[Employee], None],
    why: str,
) -> None:
    run, (gone, _stays, _new) = decided(connection, both, pilot)
    happens(gone)

    page = admin_client.get(run_url(run.connection, run.pk, "conflicts"))

    assert words(page).count("As things stand nothing of this person is written:") == 1
    assert f"is written: {why}" in words(page)


@pytest.mark.behaviour("G-27")
def test_the_sums_count_only_who_is_written(connection: Connection, both: BothSides, pilot: Department) -> None:
    run, (gone, _stays, new) = decided(connection, both, pilot)
    before = sum_up(run, Standing(run))
    gone.delete()
    new.delete()

    after = sum_up(run, Standing(run))

    assert (before.vendor_writes, before.to_left.people, before.create_right.people) == (3, 2, 1)
    assert (after.vendor_writes, after.to_left.people, after.create_right.people) == (1, 1, 0)


@pytest.mark.behaviour("G-13")
def test_a_mail_names_no_other_company_and_the_pages_do_for_whoever_may_see_it(
    connection: Connection, both: BothSides, pilot: Department, admin_client: Client
) -> None:
    run, (gone, _stays, _new) = decided(connection, both, pilot)
    press(admin_client, admin_client.get(run_url(run.connection, run.pk, "confirm")), BUTTON)
    move(gone)
    finish(run)

    mailed = report_text(build_report(run=run))

    assert "The person belongs to another company now." in mailed
    assert "Annat" not in mailed
    assert "deleted" not in mailed
    page = admin_client.get(run_url(run.connection, run.pk) + "?outcome=moved")
    assert "The person belongs to Annat AB now." in words(page)


@pytest.mark.behaviour("G-16")
def test_the_next_comparison_says_where_somebody_went_and_the_way_back_ends_it(
    connection: Connection, both: BothSides, pilot: Department, admin_client: Client
) -> None:
    run, (gone, *_others) = decided(connection, both, pilot)
    apply_all(run)
    move(gone)

    run = review(connection, whole=True)

    row = SyncRow.objects.get(run=run, kind=SyncRow.Kind.GONE)
    assert row.reason == "The person belongs to another company now."
    page = words(admin_client.get(run_url(run.connection, run.pk, "unclear")))
    assert "The person belongs to Annat AB now." in page
    assert "disconnect the person here, or move the person back" in page
    link = words(admin_client.get(f"/core/link/{row.link_id}/change/"))
    assert "The person belongs to Annat AB now. Nothing is sent along this link any more." in link
    person = words(admin_client.get(f"/employees/employee/{gone.pk}/change/"))
    assert "nothing is compared or sent any more. Disconnect the person, or move the person back." in person
    change(gone, company=connection.company, department=pilot)
    assert not SyncRow.objects.filter(run=review(connection, whole=True), kind=SyncRow.Kind.GONE).exists()


@pytest.mark.behaviour("G-26")
def test_a_person_is_called_by_the_name_of_now(
    connection: Connection, both: BothSides, pilot: Department, admin_client: Client
) -> None:
    run, (renamed, gone, _new) = decided(connection, both, pilot)
    change(renamed, given_name="Hanna", first_workday=date(2020, 1, 1))
    gone.delete()

    pages = [admin_client.get(run_url(run.connection, run.pk, name)) for name in ("conflicts", "confirm")]

    for page in pages:
        assert "Hanna Family 1 (101, Pilot)" in words(page)
        assert "Given 1 Family 1" not in words(page)
        assert "Given 2 Family 2" in words(page)
    press(admin_client, pages[1], BUTTON)
    finish(run)
    send_due()
    assert "Hanna Hemlig (101, Pilot)" in mail.outbox[-1].body
    assert "Given 1" not in mail.outbox[-1].body
    assert "Given 2 Family 2" in mail.outbox[-1].body
