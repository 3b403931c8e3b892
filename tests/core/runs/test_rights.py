"""One record's missing right does not end a synchronisation; the second one's does (G-41)."""

import pytest

from integrations.core.models import Connection, Problem, SyncRow, SyncRun
from integrations.core.report import build_report, report_text
from tests.core.connected import compare
from tests.core.runs.both_sides import LEFT, BothSides, apply_all, assert_in_step, decide, review, start_applying

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-41")]


def differing(both: BothSides, connection: Connection, count: int) -> SyncRun:
    for number in range(1, count + 1):
        both.pair(number, family_name="Ek")
    run = review(connection)
    for row in run.rows.all():
        decide(row, family_name=LEFT)
    return run


def test_one_persons_missing_right_is_that_rows(both: BothSides, connection: Connection) -> None:
    run = differing(both, connection, 3)
    both.sandbox.settings("fortnox", employees_without_right=["102"])

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
    assert dict(run.rows.values_list("right_id", "state")) == {"101": "written", "102": "refused", "103": "written"}
    problem = Problem.objects.get()
    assert (problem.label, problem.cause, problem.state) == ("Given 2 Ek", "Forbidden:403", "open")
    said = report_text(build_report(run=run))
    assert "Given 2 Ek" in said
    assert "has no right to this there" in said

    both.sandbox.settings("fortnox", employees_without_right=[])
    again = review(connection)
    decide(again.rows.get(), family_name=LEFT)
    apply_all(again)
    assert Problem.objects.get().state == "solved"
    assert_in_step(connection, 3)


def test_a_second_persons_missing_right_ends_the_run_in_words(both: BothSides, connection: Connection) -> None:
    run = differing(both, connection, 8)
    both.sandbox.settings("fortnox", employees_without_right=[str(100 + number) for number in range(1, 9)])

    start_applying(run)

    assert run.state == SyncRun.State.FAILED
    assert "More than one was refused for lack of a right" in run.error
    states = list(run.rows.order_by("pk").values_list("state", flat=True))
    assert states.count(SyncRow.State.REFUSED) == 1
    assert states.count(SyncRow.State.HELD) == 7

    both.sandbox.settings("fortnox", employees_without_right=[])
    again = review(connection)
    for row in again.rows.all():
        decide(row, family_name=LEFT)
    apply_all(again)
    assert_in_step(connection, 8)


def test_a_missing_right_to_the_list_is_the_connections(both: BothSides, connection: Connection) -> None:
    both.pair(1)
    body = {"ErrorInformation": {"Error": 1, "Message": "Behörighet saknas.", "Code": 0}}
    both.sandbox.faults([{"action": "refuse", "path": "/3/employees", "status": 403, "body": body}])
    run = compare(connection)
    assert run.state == SyncRun.State.FAILED
    assert "Behörighet saknas." in run.error
    assert review(connection).state == SyncRun.State.REVIEW
