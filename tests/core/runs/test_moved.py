"""What somebody changes between the review and the writing is never overwritten."""

from collections.abc import Callable
from typing import Any

import pytest

from employees.models import Employee
from integrations.core.dispatching import Dispatcher
from integrations.core.models import Connection, Link, SyncRow, SyncRun
from integrations.core.runs.deciding import approve_run
from integrations.core.runs.settling import Settler
from tests.core.runs.both_sides import (
    LEAVE,
    LEFT,
    OTHER_PHONE,
    PHONE,
    RIGHT,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    create,
    create_all,
    decide,
    delivery_states,
    finish,
    pair_of,
    review,
    row_of,
)

MOVED = SyncRow.State.MOVED


def _in_review(connection: Connection, both: BothSides, decision: str) -> tuple[Employee, SyncRun]:
    employee = both.pair(1, work_phone=OTHER_PHONE)
    run = review(connection)
    decide(row_of(run, left=employee), phone=decision)
    both.sandbox.clear_calls()
    return employee, run


def _assert_moved(run: SyncRun, employee: Employee, both: BothSides, reason: str) -> None:
    row = row_of(run, left=employee)
    assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
    assert (row.state, reason in row.reason) == (MOVED, True), row.reason
    assert both.writes() == []


@pytest.mark.parametrize("decision", [LEFT, RIGHT, LEAVE])
def test_a_hub_value_changed_meanwhile_is_not_written(connection: Connection, both: BothSides, decision: str) -> None:
    employee, run = _in_review(connection, both, decision)
    before = pair_of(employee, "phone")
    approve_run(run=run, by=None, made_from=None)
    # Before that, it would be no question of the review's any more.
    change(employee, work_phone=PHONE)

    run = finish(run)

    _assert_moved(run, employee, both, "changed in the hub meanwhile")
    employee.refresh_from_db()
    assert (employee.work_phone, both.at_vendor("101")["Phone1"]) == (PHONE, "+46701740001")
    assert pair_of(employee, "phone") == before

    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    apply_all(run)
    assert both.at_vendor("101")["Phone1"] == PHONE
    assert_in_step(connection, 1)


@pytest.mark.parametrize("decision", [LEFT, RIGHT, LEAVE])
def test_a_vendor_value_changed_meanwhile_is_not_written(
    connection: Connection, both: BothSides, decision: str
) -> None:
    employee, run = _in_review(connection, both, decision)
    before = pair_of(employee, "phone")
    both.change_at_vendor("101", Phone1=PHONE)

    run = apply_all(run)

    _assert_moved(run, employee, both, "changed in the other system meanwhile")
    employee.refresh_from_db()
    assert (employee.work_phone, both.at_vendor("101")["Phone1"]) == (OTHER_PHONE, PHONE)
    assert pair_of(employee, "phone") == before

    run = review(connection)
    decide(row_of(run, left=employee), phone=RIGHT)
    apply_all(run)
    assert_in_step(connection, 1)


def test_a_value_that_nobody_decided_may_change_meanwhile(connection: Connection, both: BothSides) -> None:
    employee, run = _in_review(connection, both, LEFT)
    change(employee, given_name="Annika")
    both.change_at_vendor("101", City="Malmö")

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE
    assert both.at_vendor("101")["FirstName"] == "Given 1"
    fields = row_of(review(connection), left=employee).fields
    assert sorted(fields.values_list("field", "change")) == [("address", "right"), ("given_name", "left")]


@pytest.mark.parametrize("decision", [LEFT, RIGHT])
def test_a_person_removed_at_the_vendor_meanwhile_is_not_written(
    connection: Connection, both: BothSides, decision: str
) -> None:
    employee, run = _in_review(connection, both, decision)
    both.sandbox.remove("fortnox", "employees", "101")

    run = apply_all(run)

    _assert_moved(run, employee, both, "gone from the other system")
    assert Employee.objects.get().work_phone == OTHER_PHONE
    row = row_of(review(connection), left=employee)
    assert (row.kind, row.reason) == (SyncRow.Kind.GONE, "Gone from the other system.")


@pytest.mark.parametrize("decision", [LEFT, RIGHT])
def test_a_person_removed_from_the_hub_meanwhile_is_not_written(
    connection: Connection, both: BothSides, decision: str
) -> None:
    employee, run = _in_review(connection, both, decision)
    left_id = str(employee.pk)
    employee.delete()

    run = apply_all(run)

    row = SyncRow.objects.get(run=run)
    assert (row.state, row.left_id) == (MOVED, left_id)
    assert "deleted from the hub" in row.reason
    assert both.writes() == []
    assert both.at_vendor("101")["Phone1"] == "+46701740001"
    assert row_of(review(connection), right_id="101").kind == SyncRow.Kind.GONE


@pytest.mark.behaviour("G-10")
def test_a_person_added_at_the_vendor_meanwhile_is_not_created_a_second_time(
    connection: Connection, both: BothSides
) -> None:
    employee = both.hub(1)
    run = review(connection)
    create_all(run)
    both.vendor(1, Email="P1@Demo.Example")

    run = apply_all(run)

    _assert_moved(run, employee, both, "exists in the other system by now")
    run = review(connection)
    assert row_of(run).kind == SyncRow.Kind.DIFFERS
    decide(row_of(run), employment_id=RIGHT)
    apply_all(run)
    assert_in_step(connection, 1)


@pytest.mark.behaviour("G-10")
def test_a_person_added_to_the_hub_meanwhile_is_not_created_a_second_time(
    connection: Connection, both: BothSides
) -> None:
    both.vendor(1, Email="P1@Demo.Example")
    run = review(connection)
    create_all(run)
    both.hub(1)

    run = apply_all(run)

    row = row_of(run)
    assert row.state == MOVED
    assert row.reason.startswith("“Given 1 Family 1” exists in the hub by now and may be the same person: same Work")
    assert Employee.objects.count() == 1
    run = review(connection)
    decide(row_of(run), employment_id=RIGHT)
    apply_all(run)
    assert_in_step(connection, 1)


def test_a_new_person_who_was_removed_or_lost_the_email_meanwhile_is_not_created(
    connection: Connection, both: BothSides
) -> None:
    removed, without = both.hub(1), both.hub(2)
    run = review(connection)
    create_all(run)
    both.vendor(3, Email="")
    removed_id = str(removed.pk)
    removed.delete()
    change(without, work_email="")

    run = apply_all(run)

    reasons = dict(SyncRow.objects.filter(run=run).values_list("left_id", "reason"))
    assert "deleted from the hub" in reasons[removed_id]
    assert "cannot be matched" in reasons[str(without.pk)]
    assert both.writes() == []


def test_a_hub_change_during_the_call_leaves_the_change_to_be_seen_by_the_next_comparison(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee, run = _in_review(connection, both, LEFT)
    harvest: Callable[..., Any] = Dispatcher._harvest

    def change_before_settling(self: "Dispatcher[Any]", *, timeout: float | None) -> None:
        change(employee, work_phone=PHONE)
        harvest(self, timeout=timeout)

    monkeypatch.setattr(Dispatcher, "_harvest", change_before_settling)
    run = apply_all(run)
    monkeypatch.undo()

    assert run.state == SyncRun.State.DONE
    # The pair is what was sent, not what the hub holds by now.
    assert pair_of(employee, "phone") == [OTHER_PHONE, OTHER_PHONE, "settled"]
    run = review(connection)
    field = row_of(run, left=employee).fields.get()
    assert (field.change, field.left, field.decision) == ("left", PHONE, LEFT)


def test_a_hub_value_that_changes_during_the_call_is_not_overwritten_by_the_vendors(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee = both.pair(1, work_phone=OTHER_PHONE, given_name="Anna")
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT, given_name=RIGHT)
    settle: Callable[..., Any] = Settler.settle_written

    def change_before_settling(self: Settler, *arguments: Any, **more: Any) -> None:
        change(employee, given_name="Annika")
        settle(self, *arguments, **more)

    monkeypatch.setattr(Settler, "settle_written", change_before_settling)
    run = apply_all(run)

    employee.refresh_from_db()
    assert employee.given_name == "Annika"
    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE
    assert pair_of(employee, "phone") == [OTHER_PHONE, OTHER_PHONE, "settled"]
    row = row_of(run, left=employee)
    assert (row.state, row.reason) == (MOVED, "Given name was changed in the hub meanwhile.")
    assert delivery_states(run) == ["done"]


@pytest.mark.behaviour("G-11")
def test_a_person_disconnected_between_review_and_writing_is_left_alone(
    connection: Connection, both: BothSides
) -> None:
    employee, run = _in_review(connection, both, LEFT)
    Link.objects.update(state=Link.State.DISCONNECTED)

    run = apply_all(run)

    _assert_moved(run, employee, both, "disconnected meanwhile")
    Link.objects.update(state=Link.State.ACTIVE)
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    apply_all(run)
    assert_in_step(connection, 1)


def test_a_held_person_is_never_created_whatever_was_ticked(connection: Connection, both: BothSides) -> None:
    employee = both.hub(1)
    run = review(connection)
    create(row_of(run, left=employee))
    SyncRow.objects.update(hold_reason="May be somebody else.")

    run = apply_all(run)

    assert row_of(run, left=employee).state == SyncRow.State.OPEN
    assert both.writes() == []
