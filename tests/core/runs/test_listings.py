"""A listing that is broken, repeats itself or does not add up is fetched again, and never shows somebody as missing."""

import pytest

from integrations.core.models import Connection, SyncRow, SyncRun
from integrations.core.runs.comparing import compare_run
from integrations.fortnox import client
from tests.core.connected import compare
from tests.core.runs.both_sides import (
    LEFT,
    BothSides,
    apply_all,
    assert_counts_add_up,
    assert_in_step,
    create_all,
    decide,
    finish,
    review,
    row_of,
    start_applying,
)

LIST = {"method": "GET", "path": "/3/employees[?]"}


@pytest.fixture(autouse=True)
def _two_a_page(monkeypatch: pytest.MonkeyPatch, connection: Connection) -> None:
    monkeypatch.setattr(client.FortnoxClient.list_employees, "__kwdefaults__", {"limit": 2})


def _kinds(run: SyncRun) -> list[tuple[str, str, str]]:
    return sorted(SyncRow.objects.filter(run=run).values_list("kind", "left_id", "right_id"))


@pytest.mark.parametrize("action", ["broken_json", "repeat_page", "short_page", "wrong_total", "drop"])
@pytest.mark.parametrize("page", [1, 2, 3])
def test_one_bad_page_while_comparing_changes_nothing_in_the_result(
    connection: Connection, both: BothSides, action: str, page: int
) -> None:
    for number in range(1, 6):
        both.pair(number)
    only_here = both.hub(6)
    both.sandbox.faults([{**LIST, "action": action, "k": page}])

    run = review(connection)

    assert run.counts["complete"] is True
    assert run.counts["equal"] == 5
    assert _kinds(run) == [("only_left", str(only_here.pk), "")]
    create_all(run)
    assert apply_all(run).state == SyncRun.State.DONE
    assert_in_step(connection, 6)


@pytest.mark.parametrize("action", ["short_page", "wrong_total"])
def test_a_listing_that_never_adds_up_shows_nobody_as_missing_and_the_run_says_so(
    connection: Connection, both: BothSides, action: str
) -> None:
    both.pair(1)
    changed = both.pair(2, vendor={"Phone1": "+46701750002"})
    both.pair(3)
    both.hub(4)
    gone = both.pair(5)
    apply_all(review(connection))
    both.sandbox.remove("fortnox", "employees", "105")
    both.sandbox.faults([{**LIST, "path": "page=2", "action": action, "every": True}])

    run = compare(connection)

    assert run.state == SyncRun.State.REVIEW
    assert "did not add up" in run.error
    assert run.counts["complete"] is False
    assert {kind for kind, _, _ in _kinds(run)} <= {"differs"}
    assert not SyncRow.objects.filter(run=run, left_id=str(gone.pk)).exists()
    assert_counts_add_up(run)

    both.sandbox.clear_faults()
    run = review(connection)
    assert ("differs", str(changed.pk), "102") in _kinds(run)
    assert {kind for kind, _, _ in _kinds(run)} == {"differs", "only_left", "gone"}


@pytest.mark.parametrize("action", ["short_page", "wrong_total"])
def test_nothing_is_written_while_the_listing_before_it_does_not_add_up(
    connection: Connection, both: BothSides, action: str
) -> None:
    employee = both.pair(1, work_phone="+46701750001")
    new = both.hub(2)
    run = review(connection)
    create_all(run)
    decide(row_of(run, left=employee), phone=LEFT)
    both.sandbox.faults([{**LIST, "action": action, "every": True}])

    run = start_applying(run)

    assert run.state == SyncRun.State.APPLYING
    assert "does not add up" in run.error
    assert both.writes() == []

    both.sandbox.clear_faults()
    assert finish(run).state == SyncRun.State.DONE
    assert both.emails_at_vendor() == [employee.work_email, new.work_email]
    assert_in_step(connection, 2)


def test_a_listing_that_stays_broken_leaves_the_comparison_waiting(connection: Connection, both: BothSides) -> None:
    both.pair(1)
    both.sandbox.faults([{**LIST, "action": "broken_json", "every": True}])

    run = compare(connection)

    assert run.state == SyncRun.State.COMPARING
    assert run.error.startswith("Waiting for the other system")

    both.sandbox.clear_faults()
    compare_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.error, run.counts["equal"]) == (SyncRun.State.REVIEW, "", 1)


def test_a_list_that_is_refused_ends_the_run_with_the_vendors_words(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1, work_phone="+46701750001")
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    body = {"ErrorInformation": {"error": 1, "message": "Ogiltig parameter i anropet.", "code": 2000588}}
    both.sandbox.faults([{**LIST, "action": "refuse", "status": 400, "body": body, "every": True}])

    run = start_applying(run)

    assert (run.state, run.error) == (SyncRun.State.FAILED, "Ogiltig parameter i anropet.")
    assert row_of(run, left=employee).state == SyncRow.State.HELD
    assert both.writes() == []

    both.sandbox.clear_faults()
    run = review(connection)
    decide(row_of(run, left=employee), phone=LEFT)
    assert apply_all(run).state == SyncRun.State.DONE
    assert_in_step(connection, 1)
