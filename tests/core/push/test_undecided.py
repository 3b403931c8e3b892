"""What a review showed and nobody decided is not written by an edit from before it (G-35)."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from employees.models import BankAccount, Employee
from integrations.core.linking import connect_person_again, disconnect_person
from integrations.core.models import Connection, Link, SyncField
from integrations.core.push.looking_over import look_over
from integrations.core.runs import comparing
from integrations.core.runs.deciding import approve_run, cancel_run
from integrations.core.runs.ending import fail_run
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import (
    LEAVE,
    LEFT,
    OTHER_PHONE,
    PHONE,
    RIGHT,
    apply_all,
    assert_in_step,
    change,
    decide,
    finish,
    pair_of,
    review,
    row_of,
)

pytestmark = [pytest.mark.behaviour("G-35"), pytest.mark.django_db(transaction=True)]
THERE = "0709999999"
NEWER = "+46701740999"


def disconnected(both: Pushed) -> Employee:
    """Add somebody, disconnect, and move the phone and a part of the address on each side; connect again."""
    employee = both.pair_active()
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    change(employee, street="Vägen 2", work_phone=PHONE)
    both.change_at_vendor("101", City="Kiruna", Phone1=THERE)
    Connection.objects.update(state=Connection.State.REVIEWING)
    return employee


def at_vendor(both: Pushed) -> tuple[str, str, str]:
    there = both.at_vendor("101")
    return there["Address1"], there["City"], there["Phone1"]


def changes(both: Pushed) -> dict[str, str]:
    return dict(SyncField.objects.filter(row__run=review(both.connection)).values_list("field", "change"))


def test_what_is_left_undecided_after_connecting_again_is_not_written(both: Pushed) -> None:
    disconnected(both)
    run = review(both.connection)
    assert {field.change for field in row_of(run).fields.all()} == {SyncField.Change.BOTH}

    apply_all(run)
    both.push()

    assert (both.writes(), at_vendor(both)) == ([], ("Gatan 1", "Kiruna", THERE))
    assert both.connection.state == Connection.State.REVIEWING
    assert set(changes(both)) == {"address", "phone"}


def test_neither_the_night_nor_another_edit_sends_it(both: Pushed) -> None:
    employee = disconnected(both)
    apply_all(review(both.connection))

    look_over(connection_id=both.connection.pk)
    change(employee, given_name="Anna")
    both.push_until_sent()

    assert both.sent() == [{"FirstName": "Anna"}]


def test_a_newer_edit_sends_the_part_that_it_edits(both: Pushed) -> None:
    employee = disconnected(both)
    apply_all(review(both.connection))

    change(employee, street="Stigen 3", work_phone=NEWER)
    both.push_until_sent()

    assert at_vendor(both) == ("Stigen 3", "Kiruna", NEWER)
    assert set(changes(both)) == {"address"}


def test_a_decision_of_the_next_synchronisation_does_it(both: Pushed) -> None:
    employee = disconnected(both)
    apply_all(review(both.connection))

    run = review(both.connection)
    decide(row_of(run), address=LEFT, phone=RIGHT)
    apply_all(run)
    both.push()

    employee.refresh_from_db()
    assert (at_vendor(both)[:2], employee.work_phone) == (("Vägen 2", "Stockholm"), f"+46{THERE[1:]}")
    assert_in_step(both.connection, 1)


def test_what_is_left_as_it_is_is_not_written_either(both: Pushed) -> None:
    employee = disconnected(both)
    run = review(both.connection)
    decide(row_of(run), address=LEAVE, phone=LEAVE)
    apply_all(run)
    both.push()

    assert (both.writes(), pair_of(employee, "phone")[2]) == ([], "left_as_is")
    assert_in_step(both.connection, 1)


@pytest.mark.parametrize("decision", [LEAVE, SyncField.Decision.OPEN])
def test_an_edit_of_the_hub_alone_that_nobody_wants_sent_stays(both: Pushed, decision: str) -> None:
    employee = both.pair_active()
    Connection.objects.update(state=Connection.State.REVIEWING)
    change(employee, work_phone=PHONE)
    run = review(both.connection)
    decide(row_of(run), phone=decision)

    apply_all(run)
    both.push()

    assert both.writes() == []
    assert set(changes(both)) == (set() if decision == LEAVE else {"phone"})


def test_an_undecided_account_waits_with_a_newer_edit_too(both: Pushed) -> None:
    employee = both.pair(1, vendor={"ClearingNo": "5439", "BankAccountNo": "0000004"})
    account = BankAccount.objects.model(employee=employee, country="SE", clearing_number="5439")
    account.account_number = "0000004"
    account.save()
    both.activate()
    Connection.objects.update(state=Connection.State.REVIEWING)
    account.account_number = "0000012"
    account.save()
    both.change_at_vendor("101", BankAccountNo="0000020")
    apply_all(review(both.connection))
    both.push()
    assert both.writes() == []

    account.account_number = "0000039"
    account.save()
    both.push_until_sent()

    assert (both.writes(), both.problem().cause) == ([], "field:bank_account")


# --- While a review is open ---------------------------------------------------------------------------------


def conflict(both: Pushed) -> Employee:
    """Let both sides have another phone, the hub's not sent yet."""
    employee = both.pair_active()
    Connection.objects.update(state=Connection.State.PAUSED)
    change(employee, work_phone=PHONE)
    both.change_at_vendor("101", Phone1=THERE)
    Connection.objects.update(state=Connection.State.ACTIVE)
    return employee


def test_an_open_question_is_not_answered_by_an_edit_from_before(both: Pushed) -> None:
    employee = conflict(both)
    run = review(both.connection)

    both.push()
    change(employee, given_name="Anna")
    both.push_until_sent()

    assert both.sent() == [{"FirstName": "Anna"}]
    assert [field.field for field in row_of(run).fields.all()] == ["phone"]
    apply_all(run)
    both.push()
    assert both.at_vendor("101")["Phone1"] == THERE


@pytest.mark.behaviour("G-07")
def test_a_newer_edit_answers_it(both: Pushed) -> None:
    employee = conflict(both)
    run = review(both.connection)

    change(employee, work_phone=OTHER_PHONE)
    both.push_until_sent()

    assert (both.at_vendor("101")["Phone1"], row_of(run).fields.count()) == (OTHER_PHONE, 0)


def test_the_same_value_again_is_no_newer_edit(both: Pushed) -> None:
    employee = conflict(both)
    review(both.connection)

    change(employee, work_phone=OTHER_PHONE)
    change(employee, work_phone=PHONE)
    both.push_until_sent()

    assert both.writes() == []


def test_an_edit_that_is_undone_sends_nothing(both: Pushed) -> None:
    employee = conflict(both)
    review(both.connection)

    change(employee, work_phone="+46701740001")
    both.push_until_sent()
    # The value from before both moved is a newer edit all the same.
    assert both.at_vendor("101")["Phone1"] == "+46701740001"


@pytest.mark.parametrize("end", ["cancel", "compare again"])
def test_a_review_that_nobody_confirms_answers_nothing(both: Pushed, end: str) -> None:
    conflict(both)
    run = review(both.connection)
    if end == "cancel":
        cancel_run(run=run)
    else:
        comparing.compare_run(run_id=run.pk)
    both.push()
    assert both.writes() == []

    run = review(both.connection)
    decide(row_of(run), phone=LEFT)
    apply_all(run)
    assert both.at_vendor("101")["Phone1"] == PHONE


def test_an_edit_while_both_sides_are_compared_is_a_newer_one(both: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    employee = conflict(both)
    write: Callable[..., None] = comparing._write

    def edit_after_comparing(*arguments: object) -> None:
        monkeypatch.setattr(comparing, "_write", write)
        write(*arguments)
        change(employee, work_phone=OTHER_PHONE)

    monkeypatch.setattr(comparing, "_write", edit_after_comparing)
    run = review(both.connection)
    apply_all(run)
    both.push_until_sent()

    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE


def test_an_edit_between_the_confirmation_and_its_writing_is_a_newer_one(both: Pushed) -> None:
    employee = conflict(both)
    run = review(both.connection)
    approve_run(run=run, by=None, made_from=None)

    change(employee, work_phone=OTHER_PHONE)
    finish(run)
    both.push_until_sent()

    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE


@pytest.mark.parametrize("end", ["cancel", "fail"])
def test_a_run_that_ends_early_leaves_what_it_did_not_write_a_question(both: Pushed, end: str) -> None:
    employee = conflict(both)
    run = review(both.connection)
    decide(row_of(run), phone=RIGHT)
    approve_run(run=run, by=None, made_from=None)
    if end == "cancel":
        cancel_run(run=run)
        finish(run)
    else:
        fail_run(run=run, error="It ended.")
    both.push()

    employee.refresh_from_db()
    assert (both.writes(), employee.work_phone) == ([], PHONE)
    assert set(changes(both)) == {"phone"}


# --- One person ---------------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-11")
def test_connecting_a_person_again_sends_the_edited_part_beside_what_stands_there(both: Pushed) -> None:
    employee, by = both.pair_active(), User.objects.create_user("by")
    disconnect_person(link=Link.objects.get(), by=by)
    change(employee, street="Vägen 2")
    both.change_at_vendor("101", City="Kiruna")

    connect_person_again(link=Link.objects.get(), by=by)
    both.push_until_sent()
    assert at_vendor(both)[:2] == ("Vägen 2", "Kiruna")

    # What the vendor changed is its change still, for the next synchronisation to offer.
    assert changes(both) == {"address": SyncField.Change.RIGHT}
    run = review(both.connection)
    apply_all(run)
    employee.refresh_from_db()
    assert (employee.street, employee.city) == ("Vägen 2", "Kiruna")
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-11")
def test_whoever_is_disconnected_while_the_review_is_open_was_asked_about(both: Pushed) -> None:
    conflict(both)
    by = User.objects.create_user("by")
    run = review(both.connection)
    disconnect_person(link=Link.objects.get(), by=by)
    apply_all(run)

    connect_person_again(link=Link.objects.get(), by=by)
    both.push()

    assert both.writes() == []
    assert set(changes(both)) == {"phone"}
