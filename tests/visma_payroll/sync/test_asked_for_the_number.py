"""Before somebody is created Visma is asked for the number, in lists that may never end (G-39, G-24)."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from integrations.core.models import Problem, SyncRow, SyncRun
from integrations.core.problems import retry_problems
from integrations.visma_payroll.client import Listing, VismaPayrollClient
from tests.visma_payroll.sync.sides import VismaSides
from tests.visma_payroll.sync.test_acceptance import assert_created_once, created_by_push, created_by_run, somebody

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-24", "G-39")]


def let_not_end(
    monkeypatch: pytest.MonkeyPatch, *, circle: bool, all_too: bool = False, meanwhile: Callable[[], object] = int
) -> list[str]:
    """Let there always be another page, with nobody on it; returns the cursors that were asked for.

    That is the list of changes, and from the first question about it on the list of all, too, if ``all_too``.
    ``meanwhile`` happens before the first question. In a ``circle`` the next page is one that was read.
    """
    plain, numbers, asked = VismaPayrollClient.list_employees, count(1), list[str]()

    def list_employees(self: VismaPayrollClient, *, cursor: str = "", **more: Any) -> Listing:
        if "changed_since" not in more and not (asked and all_too):
            return plain(self, cursor=cursor, **more)
        if not asked:
            meanwhile()
        asked.append(cursor)
        return Listing((), "again" if circle else f"cursor {next(numbers)}")

    monkeypatch.setattr(VismaPayrollClient, "list_employees", list_employees)
    return asked


@pytest.mark.parametrize("circle", [False, True])
@pytest.mark.parametrize("pushed", [False, True])
def test_a_list_of_changes_that_does_not_end_keeps_nobody_waiting(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch, pushed: bool, circle: bool
) -> None:
    if pushed:
        created_by_push(both)
        asked = let_not_end(monkeypatch, circle=circle)
        both.push_until_sent()
    else:
        run = created_by_run(both)
        asked = let_not_end(monkeypatch, circle=circle)
        assert both.finish(run).state == SyncRun.State.DONE
    assert len(asked) == 2
    assert_created_once(both)


@pytest.mark.parametrize("circle", [False, True])
def test_whoever_stands_behind_a_list_that_goes_round_is_found_among_all(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch, circle: bool
) -> None:
    run = created_by_run(both)
    another = [{"type": "Business", "address": "another@demo.example"}]
    let_not_end(monkeypatch, circle=circle, meanwhile=lambda: both.vendor(1, emails=another))
    assert both.finish(run).state == SyncRun.State.DONE_WITH_PROBLEMS
    assert (both.writes(), both.problem().cause) == ([], "exists")


@pytest.mark.parametrize("pushed", [False, True])
def test_nobody_is_created_while_no_list_ends_and_that_is_told(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch, pushed: bool
) -> None:
    if pushed:
        created_by_push(both)
        asked = let_not_end(monkeypatch, circle=False, all_too=True)
        both.push()
    else:
        run = created_by_run(both)
        asked = let_not_end(monkeypatch, circle=False, all_too=True)
        assert both.finish(run).state == SyncRun.State.DONE_WITH_PROBLEMS
        assert "does not end" in SyncRow.objects.get(run=run).reason
    assert len(asked) == 4
    assert "does not end" in both.problem().message
    assert both.writes() == []

    monkeypatch.undo()
    retry_problems(Problem.objects.filter(state="open"), by=somebody(both))
    both.push_until_sent()
    assert_created_once(both)
