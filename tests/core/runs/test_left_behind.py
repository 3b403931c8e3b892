"""Disconnected and connected again: what was compared before holds no more, and nothing goes unseen (G-11, G-34)."""

from importlib import import_module

import pytest
from django.apps import apps

from integrations.core import connecting
from integrations.core.accounts import state_once_connected
from integrations.core.models import Connection, SyncRow, SyncRun
from integrations.core.runs.deciding import RunRefused, approve_run, start_run
from integrations.core.tokens import lose_authorisation
from tests.core.connected import connect_again
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import (
    LEFT,
    PHONE,
    RIGHT,
    BothSides,
    apply_all,
    change,
    decide,
    finish,
    review,
    row_of,
    work_once,
)

pytestmark = [pytest.mark.behaviour("G-11"), pytest.mark.behaviour("G-34")]
State = Connection.State


def disconnect(connection: Connection) -> None:
    connecting.disconnect(connection_id=connection.pk, by=None)
    connection.refresh_from_db()


def again(connection: Connection) -> str:
    connection.refresh_from_db()
    connect_again(connection)
    connection.refresh_from_db()
    return connection.state


def lose(connection: Connection) -> None:
    lose_authorisation(connection_id=connection.pk, reason="Withdrawn.")


def test_nothing_is_sent_before_a_synchronisation_has_shown_both_sides_changes(
    connection: Connection, both: BothSides
) -> None:
    employee = both.pair(1)
    apply_all(review(connection))
    pushed = Pushed(company=both.company, sandbox=both.sandbox, connection=connection)
    pushed.push()
    disconnect(connection)
    change(employee, city="Lund", work_phone=PHONE)
    both.change_at_vendor("101", City="Malmö")

    assert again(connection) == State.AUTHORISED
    pushed.push()
    assert (both.writes(), both.at_vendor("101")["City"]) == ([], "Malmö")

    run = review(connection)
    decide(row_of(run, left=employee), address=RIGHT)
    apply_all(run)
    pushed.push_until_sent()

    connection.refresh_from_db()
    employee.refresh_from_db()
    assert connection.state == State.ACTIVE
    assert (employee.city, both.at_vendor("101")["City"], both.at_vendor("101")["Phone1"]) == ("Malmö", "Malmö", PHONE)


def test_a_review_from_before_is_not_confirmed_and_its_decisions_are_kept(
    connection: Connection, both: BothSides
) -> None:
    employee = both.pair(1, vendor={"Phone1": PHONE})
    before = review(connection)
    decide(row_of(before, left=employee), phone=LEFT)
    disconnect(connection)
    assert SyncRun.objects.get().state == SyncRun.State.REVIEW
    again(connection)

    with pytest.raises(RunRefused, match="was disconnected"):
        approve_run(run=SyncRun.objects.get(), by=None, made_from=None)

    run = review(connection)
    assert row_of(run, left=employee).fields.get(field="phone").decision == LEFT
    assert apply_all(run).state == SyncRun.State.DONE
    connection.refresh_from_db()
    assert connection.state == State.ACTIVE


def test_a_synchronisation_at_work_ends_and_writes_nothing_more(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1, vendor={"Phone1": PHONE})
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    approve_run(run=run, by=None, made_from=None)

    disconnect(connection)
    run = finish(run)

    assert (run.state, row_of(run, left=employee).state) == (SyncRun.State.CANCELLED, SyncRow.State.SKIPPED)
    assert (both.writes(), connection.state) == ([], State.DISCONNECTED)
    assert again(connection) == State.AUTHORISED
    apply_all(review(connection))
    connection.refresh_from_db()
    assert connection.state == State.ACTIVE


def test_connected_again_before_it_has_ended_it_does_not_make_the_connection_active(
    connection: Connection, both: BothSides
) -> None:
    both.pair(1)
    run = review(connection)
    approve_run(run=run, by=None, made_from=None)

    disconnect(connection)
    again(connection)

    assert finish(run).state == SyncRun.State.CANCELLED
    connection.refresh_from_db()
    assert connection.state == State.AUTHORISED


def test_a_comparison_at_work_ends(connection: Connection, both: BothSides) -> None:
    both.pair(1)
    run = start_run(connection=connection, trigger=SyncRun.Trigger.PERSON, by=None)

    disconnect(connection)

    assert work_once(run).state == SyncRun.State.CANCELLED
    again(connection)
    assert review(connection).counts["equal"] == 1


@pytest.mark.parametrize("begun", [False, True])
def test_an_access_lost_before_the_first_one_is_confirmed_goes_on_with_it(
    connection: Connection, both: BothSides, begun: bool
) -> None:
    both.pair(1)
    run = review(connection)
    if begun:
        approve_run(run=run, by=None, made_from=None)
    lose(connection)

    assert again(connection) == State.REVIEWING

    assert (finish(run) if begun else apply_all(run)).state == SyncRun.State.DONE
    connection.refresh_from_db()
    assert connection.state == State.ACTIVE


def test_an_access_lost_after_it_was_connected_again_skips_no_confirmation(
    connection: Connection, both: BothSides
) -> None:
    both.pair(1)
    apply_all(review(connection))
    disconnect(connection)
    again(connection)
    lose(connection)

    assert again(connection) == State.AUTHORISED


@pytest.mark.parametrize("state", [State.NEEDS_REAUTHORISATION, State.PAUSED])
def test_an_active_one_that_stopped_by_itself_goes_on(connection: Connection, both: BothSides, state: str) -> None:
    both.pair(1)
    apply_all(review(connection))
    Connection.objects.update(state=state)

    assert again(connection) == State.ACTIVE


@pytest.mark.parametrize(
    ("state", "left_behind"),
    [("disconnected", True), ("authorised", True), ("reviewing", True), ("active", False)],
)
def test_who_was_connected_again_before_the_upgrade_has_left_its_runs_behind(
    connection: Connection, both: BothSides, state: str, left_behind: bool
) -> None:
    both.pair(1)
    run = apply_all(review(connection))
    Connection.objects.update(state=state)

    import_module("integrations.core.migrations.0018_disconnected_after").remember(apps, None)

    connection.refresh_from_db()
    assert connection.disconnected_after == (run.pk if left_behind else 0)
    connection.state = State.NEEDS_REAUTHORISATION
    assert state_once_connected(connection) == (State.AUTHORISED if left_behind else State.ACTIVE)
