"""A record that the vendor refuses, or that always fails, is one problem and never the end of a run."""

import pytest
from pytest_django import Settings

from employees.models import Employee
from integrations.core import deliver
from integrations.core.models import Connection, Problem, SyncRow, SyncRun
from integrations.core.report.problem_mails import make_due
from integrations.core.runs import rows as row_writer
from tests.core.runs.both_sides import (
    LEFT,
    OTHER_PHONE,
    BothSides,
    apply_all,
    assert_in_step,
    create_all,
    decide,
    pair_of,
    review,
    row_of,
)

TRIES = 3


def _changed(both: BothSides, count: int) -> list[Employee]:
    return [both.pair(number, work_phone=f"+4670175{number:04d}") for number in range(1, count + 1)]


def _approve_phones(connection: Connection, people: list[Employee]) -> SyncRun:
    run = review(connection)
    for employee in people:
        decide(row_of(run, left=employee), phone=LEFT)
    return run


@pytest.fixture
def _few_tries(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(deliver, "ATTEMPTS", TRIES)
    monkeypatch.setattr(row_writer, "ATTEMPTS", TRIES)
    settings.SETTLE_SECONDS = 0.1


@pytest.mark.usefixtures("_few_tries")
@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_record_that_always_fails_is_given_up_with_one_problem_and_the_rest_is_written(
    connection: Connection, both: BothSides, method: str, status: int
) -> None:
    poison = both.hub(1) if method == "POST" else both.pair(1, work_phone=OTHER_PHONE)
    good = both.pair(2, work_phone="+46701750002")
    run = review(connection)
    create_all(run)
    for row in SyncRow.objects.filter(run=run, kind="differs"):
        decide(row, phone=LEFT)
    path = "/3/employees$" if method == "POST" else "/101$"
    both.sandbox.faults([{"action": "refuse", "method": method, "path": path, "status": status, "every": True}])

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
    assert row_of(run, left=poison).state == SyncRow.State.REFUSED
    assert f"Given up after {TRIES} tries" in row_of(run, left=poison).reason
    assert row_of(run, left=good).state == SyncRow.State.WRITTEN
    assert sum(call[0] == method and call[2] == status for call in both.writes()) == TRIES
    problem = Problem.objects.get()
    assert (problem.left_id, problem.state, problem.count) == (str(poison.pk), Problem.State.OPEN, 1)
    assert both.emails_at_vendor().count("p1@demo.example") == (0 if method == "POST" else 1)

    both.sandbox.clear_faults()
    run = review(connection)
    create_all(run)
    for row in SyncRow.objects.filter(run=run, kind="differs"):
        decide(row, phone=LEFT)
    assert apply_all(run).state == SyncRun.State.DONE
    problem.refresh_from_db()
    assert problem.state == Problem.State.SOLVED
    assert_in_step(connection, 2)


@pytest.mark.behaviour("G-09")
def test_a_refusal_leaves_both_sides_and_the_pair_and_stands_in_the_error_log(
    connection: Connection, both: BothSides
) -> None:
    refused, good = _changed(both, 2)
    run = _approve_phones(connection, [refused, good])
    body = {"ErrorInformation": {"error": 1, "message": "Ogiltigt telefonnummer.", "code": 2000359}}
    refusal = {"action": "refuse", "method": "PUT", "path": "/101", "status": 400, "body": body, "count": 2}
    both.sandbox.faults([refusal])

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
    assert both.at_vendor("101")["Phone1"] == "+46701740001"
    refused.refresh_from_db()
    assert refused.work_phone == "+46701750001"
    assert pair_of(refused, "phone") == ["+46701750001", "+46701740001", "open"]
    assert row_of(run, left=refused).reason == "Ogiltigt telefonnummer."
    assert row_of(run, left=good).state == SyncRow.State.WRITTEN
    problem = Problem.objects.get()
    assert (problem.message, problem.label, problem.action) == ("Ogiltigt telefonnummer.", "Given 1 Family 1", "update")
    assert [status for _, path, status in both.writes() if path.endswith("/101")] == [400]

    # The same refusal again counts up the one problem; a success solves it.
    run = _approve_phones(connection, [refused])
    assert apply_all(run).state == SyncRun.State.DONE_WITH_PROBLEMS
    assert Problem.objects.get().count == 2
    run = _approve_phones(connection, [refused])
    assert apply_all(run).state == SyncRun.State.DONE
    assert Problem.objects.get().state == Problem.State.SOLVED
    assert_in_step(connection, 2)


def test_what_the_report_tells_is_not_mailed_once_more(
    connection: Connection, both: BothSides, settings: Settings
) -> None:
    settings.PROBLEM_MAIL_SECONDS = 0
    (employee,) = _changed(both, 1)
    both.sandbox.faults([{"action": "refuse", "method": "PUT", "status": 400, "body": {}}])
    apply_all(_approve_phones(connection, [employee]))

    assert Problem.objects.get().state == Problem.State.OPEN
    assert make_due() == 0
