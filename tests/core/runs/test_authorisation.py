"""The authorisation ends, is withdrawn, or its licence is gone, in the middle of a run."""

import pytest

from integrations.core.models import Connection, Link, SyncRow, SyncRun
from tests.core.connected import compare, connect_again
from tests.core.runs.both_sides import (
    LEFT,
    BothSides,
    apply_all,
    assert_in_step,
    create_all,
    decide,
    delivery_states,
    finish,
    review,
    row_counts,
    row_of,
    start_applying,
)

EXPIRED = {"action": "refuse", "status": 401, "body": {"message": "unauthorized"}}
TENANT = "1204711"


def _approved(connection: Connection, both: BothSides, count: int) -> SyncRun:
    people = [both.pair(number, work_phone=f"+4670175{number:04d}") for number in range(1, count + 1)]
    both.hub(count + 1)
    run = review(connection)
    create_all(run)
    for employee in people:
        decide(row_of(run, left=employee), phone=LEFT)
    return run


def _refreshes(both: BothSides) -> int:
    return len(both.sandbox.calls(method="POST", path="/oauth-v1/token"))


def test_a_token_that_ends_while_comparing_is_renewed_once(connection: Connection, both: BothSides) -> None:
    both.pair(1)
    before = _refreshes(both)
    both.sandbox.tokens("fortnox", action="expire_access")

    run = review(connection)

    assert run.counts["equal"] == 1
    assert _refreshes(both) == before + 1


def test_a_token_that_ends_with_several_writes_under_way_is_renewed_once_and_all_are_written(
    connection: Connection, both: BothSides
) -> None:
    run = _approved(connection, both, 6)
    before = _refreshes(both)
    both.sandbox.latency(mean=80)
    # Calls that are under way together are all refused, as they are with a token that has ended.
    both.sandbox.faults([{**EXPIRED, "method": "PUT", "path": "/3/employees", "count": 3}])

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    connection.refresh_from_db()
    assert connection.state == Connection.State.ACTIVE
    assert _refreshes(both) == before + 1
    assert delivery_states(run) == ["done"] * 7
    assert sum(status < 300 for _, _, status in both.writes()) == 7
    assert_in_step(connection, 7)


def test_an_expired_token_between_listing_and_writing_is_renewed_and_the_run_goes_on(
    connection: Connection, both: BothSides
) -> None:
    run = _approved(connection, both, 3)
    both.sandbox.latency(mean=100)
    before = _refreshes(both)
    both.sandbox.tokens("fortnox", action="expire_access")

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert _refreshes(both) == before + 1
    both.sandbox.latency(mean=0)
    assert_in_step(connection, 4)


@pytest.mark.parametrize("in_the_middle", [False, True], ids=["before the listing", "between writes"])
def test_a_withdrawn_consent_lets_the_run_wait_and_the_same_run_ends_after_connecting_again(
    connection: Connection, both: BothSides, in_the_middle: bool
) -> None:
    run = _approved(connection, both, 3)
    links = sorted(Link.objects.values_list("left_id", "right_id"))
    if in_the_middle:
        both.sandbox.tokens("fortnox", action="revoke_refresh")
        both.sandbox.faults([{**EXPIRED, "method": "PUT", "path": "/3/employees", "k": 2, "count": 1_000}])
        both.sandbox.faults([{**EXPIRED, "method": "POST", "path": "/3/employees", "every": True}])
    else:
        both.sandbox.tokens("fortnox", action="withdraw_consent")

    run = start_applying(run)

    assert run.state == SyncRun.State.APPLYING
    assert run.error.startswith("Waiting:")
    connection.refresh_from_db()
    assert connection.state == Connection.State.NEEDS_REAUTHORISATION
    assert sorted(Link.objects.values_list("left_id", "right_id")) == links
    assert sum(row_counts(run).values()) == 4
    assert "refused" not in row_counts(run)

    both.sandbox.clear_faults()
    connect_again(connection)
    run = finish(run)
    assert (run.state, run.error) == (SyncRun.State.DONE, "")
    assert sum(status < 300 and status > 0 for _, _, status in both.writes()) == 4
    assert_in_step(connection, 4)


def test_a_consent_withdrawn_while_comparing_ends_the_comparison_and_keeps_the_links(
    connection: Connection, both: BothSides
) -> None:
    both.pair(1)
    apply_all(review(connection))
    both.sandbox.tokens("fortnox", action="withdraw_consent")

    connection.refresh_from_db()
    run = compare(connection)

    assert run.state == SyncRun.State.FAILED
    assert "Connect again" in run.error
    connection.refresh_from_db()
    assert connection.state == Connection.State.NEEDS_REAUTHORISATION
    assert Link.objects.get().state == Link.State.ACTIVE

    connect_again(connection)
    assert_in_step(connection, 1)


@pytest.mark.parametrize(
    ("licence", "name"), [("integration_licence", "integration licence"), ("payroll_licence", "payroll (Lön)")]
)
def test_a_licence_that_is_removed_in_the_middle_ends_the_run_and_says_which(
    connection: Connection, both: BothSides, licence: str, name: str
) -> None:
    run = _approved(connection, both, 2)
    both.sandbox.change("fortnox", "companies", TENANT, {licence: False})

    run = start_applying(run)

    assert run.state == SyncRun.State.FAILED
    assert name in run.error
    assert row_counts(run) == {"held": 3}
    assert both.emails_at_vendor() == ["p1@demo.example", "p2@demo.example"]
    connection.refresh_from_db()
    assert connection.state == Connection.State.REVIEWING

    both.sandbox.change("fortnox", "companies", TENANT, {licence: True})
    run = review(connection)
    create_all(run)
    for row in SyncRow.objects.filter(run=run, kind="differs"):
        decide(row, phone=LEFT)
    assert apply_all(run).state == SyncRun.State.DONE
    assert_in_step(connection, 3)


def test_a_licence_that_is_removed_between_two_writes_leaves_no_write_open(
    connection: Connection, both: BothSides
) -> None:
    run = _approved(connection, both, 4)
    body = {"ErrorInformation": {"error": 1, "message": "Det finns ingen aktiv licens.", "code": 2001101}}
    both.sandbox.faults(
        [
            {"action": "refuse", "method": "PUT", "path": "/3/", "k": 2, "count": 1_000, "status": 400, "body": body},
            {"action": "refuse", "method": "POST", "path": "/3/", "every": True, "status": 400, "body": body},
        ]
    )

    run = start_applying(run)

    assert run.state == SyncRun.State.FAILED
    assert "payroll (Lön)" in run.error
    assert set(delivery_states(run)) <= {"done", "void"}
    assert set(row_counts(run)) <= {"written", "held"}

    both.sandbox.clear_faults()
    run = review(connection)
    create_all(run)
    for row in SyncRow.objects.filter(run=run, kind="differs"):
        decide(row, phone=LEFT)
    assert apply_all(run).state == SyncRun.State.DONE
    assert_in_step(connection, 5)
