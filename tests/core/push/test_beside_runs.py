"""The push and a synchronisation of one connection at the same time."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from integrations.core.dispatching import Dispatcher, Outcome
from integrations.core.models import Connection, Delivery, Link, Mark, SyncField, SyncRow, SyncRun
from integrations.core.runs import comparing
from integrations.core.runs.deciding import approve_run, cancel_run
from integrations.core.runs.settling import Settler
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import (
    LEFT,
    PHONE,
    RIGHT,
    SETTLE,
    apply_all,
    assert_in_step,
    change,
    decide,
    finish,
    pair_of,
    review,
    row_of,
    work_once,
)

pytestmark = pytest.mark.django_db(transaction=True)
State = SyncRow.State


def test_a_question_that_an_edit_answers_leaves_the_review(both: Pushed) -> None:
    employee = both.pair_active(vendor={"Phone1": "0709999999"})
    both.change_at_vendor("101", City="Umeå")
    run = review(both.connection)

    change(employee, work_phone=PHONE)
    both.push()

    row = row_of(run)
    assert [field.field for field in row.fields.all()] == ["address"]
    assert row.state == State.OPEN
    apply_all(run)
    assert row_of(run).state == State.WRITTEN
    assert_in_step(both.connection, 1)


def test_a_row_whose_only_question_an_edit_answers_ends(both: Pushed) -> None:
    employee = both.pair_active(vendor={"Phone1": "0709999999"})
    run = review(both.connection)

    change(employee, work_phone=PHONE)
    both.push()

    row = row_of(run)
    assert (row.state, row.fields.count()) == (State.SKIPPED, 0)
    assert "sent by itself" in row.reason
    apply_all(run)
    assert_in_step(both.connection, 1)


def test_an_approved_row_that_the_push_has_written_is_not_called_moved(both: Pushed) -> None:
    employee = both.pair_active()
    Mark.objects.all().delete()
    change(employee, work_phone=PHONE)
    run = review(both.connection)
    assert row_of(run).fields.get().decision == LEFT
    approve_run(run=run, by=None, made_from=None)

    both.push()
    finish(run)

    assert row_of(run).state == State.SKIPPED
    assert len(both.writes()) == 1
    assert_in_step(both.connection, 1)


def test_what_a_run_has_written_is_not_sent_by_the_push_as_well(both: Pushed) -> None:
    employee = both.pair_active()
    change(employee, work_phone=PHONE)
    run = review(both.connection)
    apply_all(run)
    both.push()

    assert len(both.writes()) == 1
    assert both.marks() == []


def test_a_person_whom_the_push_is_writing_waits_in_the_run(both: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    employee = both.pair_active(vendor={"Phone1": "0709999999"})
    run = review(both.connection)
    decide(row_of(run), phone=LEFT)
    link = Link.objects.get()
    Delivery.objects.create(
        connection=both.connection,
        resource="employees",
        left_id=str(employee.pk),
        action="update",
        right_id=link.right_id,
        mark_version=1,
        sent_at="2099-01-01T00:00:00Z",
    )
    approve_run(run=run, by=None, made_from=None)
    monkeypatch.setattr("django.conf.settings.TASK_SECONDS", 0.5)
    work_once(run)
    assert (both.writes(), row_of(run).state) == ([], State.APPROVED)

    Delivery.objects.update(state=Delivery.State.VOID)
    monkeypatch.setattr("django.conf.settings.TASK_SECONDS", 8)
    finish(run)
    assert row_of(run).state == State.WRITTEN


def test_a_person_whom_a_run_is_writing_waits_in_the_push(both: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    employee = both.pair_active(vendor={"Phone1": "0709999999"})
    run = review(both.connection)
    decide(row_of(run), phone=LEFT)
    settle: Callable[..., None] = Settler.settle_written

    def edit_and_push(self: Settler, *arguments: Any, **more: Any) -> None:
        monkeypatch.setattr(Settler, "settle_written", settle)
        change(employee, city="Umeå")
        both.push()
        assert len(both.writes()) == 1
        settle(self, *arguments, **more)

    monkeypatch.setattr(Settler, "settle_written", edit_and_push)
    apply_all(run)
    both.push_until_sent()

    assert both.at_vendor("101")["City"] == "Umeå"
    assert len(both.writes()) == 2
    assert_in_step(both.connection, 1)


def test_a_comparison_does_not_forget_what_was_pushed_while_it_read(
    both: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee = both.pair_active()
    both.change_at_vendor("101", City="Kiruna")
    write: Callable[..., None] = comparing._write

    def push_after_comparing(*arguments: Any) -> None:
        monkeypatch.setattr(comparing, "_write", write)
        change(employee, work_phone=PHONE)
        both.push()
        write(*arguments)

    monkeypatch.setattr(comparing, "_write", push_after_comparing)
    review(both.connection)

    assert pair_of(employee, "phone") == [PHONE, PHONE, "settled"]
    # The vendor's next change is its alone: nothing of the push makes a conflict of it.
    both.change_at_vendor("101", Phone1="0709999999")
    fields = {field.field: field.change for field in SyncField.objects.filter(row__run=review(both.connection))}
    assert fields == {"phone": "right", "address": "right"}


def test_a_match_that_waits_for_its_confirmation_holds_the_edit(both: Pushed) -> None:
    both.activate()
    both.vendor(2)
    employee = both.hub(2, employment_id="102")
    both.push()
    run = review(both.connection)

    change(employee, work_phone=PHONE)
    both.push()
    assert both.marks() == [(str(employee.pk), "review")]

    apply_all(run)
    both.push()
    assert both.at_vendor("102")["Phone1"] == PHONE
    assert both.marks() == []


def test_a_match_that_is_given_up_lets_the_edit_go(both: Pushed) -> None:
    both.activate()
    both.vendor(2)
    employee = both.hub(2, employment_id="102")
    both.push()
    run = review(both.connection)
    change(employee, work_phone=PHONE)
    both.push()

    cancel_run(run=run)
    both.push()

    assert (both.marks(), both.writes()) == ([], [])


def test_somebody_who_leaves_the_scope_is_not_sent_until_back_in(both: Pushed) -> None:
    employee, other = both.pair(1), both.pair(2)
    both.activate()
    Connection.objects.update(scope={"employees": [other.pk]})
    change(employee, work_phone=PHONE)
    both.push()
    assert (both.marks(), both.writes()) == ([(str(employee.pk), "scope")], [])
    assert Link.objects.get(left_id=str(employee.pk)).state == Link.State.OUT_OF_SCOPE

    Connection.objects.update(scope={})
    Mark.objects.update(held_by="")
    both.push()
    assert both.at_vendor("101")["Phone1"] == PHONE
    assert Link.objects.get(left_id=str(employee.pk)).state == Link.State.ACTIVE


def test_an_edit_of_somebody_disconnected_is_held(both: Pushed) -> None:
    employee = both.pair_active()
    Link.objects.update(state=Link.State.DISCONNECTED)
    change(employee, work_phone=PHONE)
    both.push()
    assert (both.marks(), both.writes()) == ([(str(employee.pk), "disconnected")], [])

    change(employee, city="Umeå")
    assert both.marks() == [(str(employee.pk), "disconnected")]


def test_a_run_leaves_the_pushs_open_writes_to_the_push(both: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    employee = both.pair_active()
    both.change_at_vendor("101", City="Kiruna")
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/3/employees/101"}])
    change(employee, work_phone=PHONE)
    harvest: Callable[..., Any] = Dispatcher._harvest
    seen: list[str] = []

    def compare_meanwhile(self: "Dispatcher[Any]", *, timeout: float | None) -> None:
        if Delivery.objects.filter(state=Delivery.State.SENDING).exists() and not seen:
            seen.append("compared")
            review(both.connection)
            assert Delivery.objects.get().state == Delivery.State.SENDING
        harvest(self, timeout=timeout)

    monkeypatch.setattr(Dispatcher, "_harvest", compare_meanwhile)
    both.push()
    monkeypatch.undo()
    assert (seen, Outcome.__name__) == (["compared"], "Outcome")
    both.push_until_sent()
    assert both.sent_changes(employee) == [("phone", "+46701740001", PHONE)]


def test_what_became_of_a_pushed_write_is_looked_up_by_the_push_alone(both: Pushed) -> None:
    employee, other = both.pair(1), both.pair(2, vendor={"Phone1": "0709999999"})
    both.activate()
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/3/employees/101"}])
    change(employee, work_phone=PHONE)
    both.push()
    run = review(both.connection)
    decide(row_of(run, left=other), phone=LEFT)
    time.sleep(SETTLE)
    apply_all_but_pushed(run)
    assert Delivery.objects.get(left_id=str(employee.pk)).state == Delivery.State.UNKNOWN

    both.push_until_sent()
    assert both.sent_changes(employee) == [("phone", "+46701740001", PHONE)]


def apply_all_but_pushed(run: SyncRun) -> None:
    approve_run(run=run, by=None, made_from=None)
    work_once(run)


def test_fields_that_a_person_decides_for_the_vendor_after_an_edit_are_its(both: Pushed) -> None:
    employee = both.pair_active()
    both.change_at_vendor("101", Phone1=PHONE)
    run = review(both.connection)
    decide(row_of(run), phone=RIGHT)
    apply_all(run)
    both.push()

    employee.refresh_from_db()
    assert employee.work_phone == PHONE
    assert both.writes() == []
