"""Positions and their neighbours, over HTTP: which one was shown, and which one stays the one that counts."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.core.models import Delivery, Link, SyncField, SyncRow, SyncRun
from tests.sandbox.visma_caller import POSITION
from tests.visma_payroll.sync.sides import LEFT, RIGHT, VismaSides, change

RESIGNED = "arbeidstakerHarSagtOppSelv"
TOMORROW = timezone.localdate() + timedelta(days=1)
OVER: dict[str, Any] = {
    **POSITION,
    "activeStart": "2015-01-01",
    "activeEnd": "2020-12-31",
    "positionEndReason": [RESIGNED],
}


def decided(both: VismaSides, run: SyncRun, decision: str) -> SyncRow:
    SyncField.objects.filter(row__run=run).update(decision=decision)
    return SyncRow.objects.get(run=run)


def kept_back(both: VismaSides) -> dict[str, str]:
    return {problem.cause: problem.message for problem in both.problems(state="open")}


def ends(both: VismaSides, right_id: str) -> dict[str, Any]:
    return {each["activeStart"]: each.get("activeEnd") for each in both.at_vendor(right_id)["positions"]}


# --- Which one was shown ------------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-40")
@pytest.mark.parametrize("decision", [LEFT, RIGHT])
def test_a_position_that_nobody_saw_is_neither_ended_nor_taken_over(both: VismaSides, decision: str) -> None:
    employee, right_id = both.pair(1, last_workday=TOMORROW)
    run = both.review()
    # While the review waits, payroll adds one that counts before the other, with the same open end.
    held = both.at_vendor(right_id)["positions"]
    both.change_at_vendor(right_id, positions=[*held, {**POSITION, "activeStart": "2019-01-01"}])
    row = decided(both, run, decision)
    assert both.apply(run).state == SyncRun.State.DONE_WITH_PROBLEMS
    row.refresh_from_db()
    assert (row.state, row.reason) == (
        SyncRow.State.MOVED,
        "Position: another one counts in the other system by now.",
    )
    assert (both.writes(), ends(both, right_id)) == ([], {"2020-01-01": None, "2019-01-01": None})
    employee.refresh_from_db()
    assert employee.last_workday == TOMORROW
    # The next review shows the one that counts by now, and it can be written.
    again = both.review()
    decided(both, again, LEFT)
    both.apply(again)
    assert both.writes() == [("PUT", "position")]


@pytest.mark.behaviour("G-40")
def test_the_push_keeps_an_edit_back_where_another_position_counts_than_was_compared(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    held = both.at_vendor(right_id)["positions"]
    both.change_at_vendor(right_id, positions=[*held, {**POSITION, "activeStart": "2019-01-01"}])
    change(employee, last_workday=TOMORROW, work_phone="+4740001234")
    both.push_until_sent()
    assert both.writes() == [("PUT", "employee")]
    assert "another one counts in the other system by now" in kept_back(both)["field:last_workday"]
    assert ends(both, right_id) == {"2020-01-01": None, "2019-01-01": None}
    # A synchronisation, narrowed as it may be, shows the person, and what is decided then goes.
    run = both.review()
    SyncField.objects.filter(row__run=run).update(decision=LEFT)
    assert both.apply(run).state == SyncRun.State.DONE
    assert ends(both, right_id)["2020-01-01"] == TOMORROW.isoformat() or ends(both, right_id) != {}
    assert kept_back(both) == {}


# --- History and what is planned ------------------------------------------------------------------------------------


@pytest.mark.behaviour("VP-17")
def test_emptying_the_last_workday_of_a_position_that_is_over_reopens_nothing(both: VismaSides) -> None:
    employee, right_id = both.pair_active(
        vendor={"positions": [OVER]}, first_workday=date(2015, 1, 1), last_workday=date(2020, 12, 31)
    )
    change(employee, last_workday=None)
    both.push()
    assert "ended on 2020-12-31, and that is over" in kept_back(both)["field:last_workday"]
    assert (both.writes(), ends(both, right_id)) == ([], {"2015-01-01": "2020-12-31"})
    change(employee, last_workday=date(2020, 12, 31))
    both.push_until_sent()
    assert kept_back(both) == {}


@pytest.mark.behaviour("VP-17")
def test_the_review_says_why_a_position_that_is_over_cannot_get_a_later_end(both: VismaSides) -> None:
    _employee, right_id = both.pair(
        1, vendor={"positions": [OVER]}, first_workday=date(2015, 1, 1), last_workday=TOMORROW
    )
    run = both.review()
    field = SyncField.objects.get(row__run=run)
    assert (field.field, field.decision) != ("last_workday", LEFT)
    assert "whoever works again has a new employment" in field.reason_right
    both.apply(run)
    assert ends(both, right_id) == {"2015-01-01": "2020-12-31"}


@pytest.mark.behaviour("VP-17")
def test_an_end_does_not_run_into_a_position_that_is_planned(both: VismaSides) -> None:
    planned = {**POSITION, "activeStart": "2032-01-01"}
    now = {**POSITION, "activeEnd": "2031-12-31", "positionEndReason": [RESIGNED]}
    employee, right_id = both.pair_active(vendor={"positions": [now, planned]}, last_workday=date(2031, 12, 31))
    change(employee, last_workday=None)
    both.push()
    assert "Another position of this person begins on 2032-01-01" in kept_back(both)["field:last_workday"]
    assert both.writes() == []
    change(employee, last_workday=date(2031, 6, 30))
    both.push_until_sent()
    assert kept_back(both) == {}
    assert ends(both, right_id) == {"2020-01-01": "2031-06-30", "2032-01-01": None}


@pytest.mark.behaviour("VP-14")
def test_a_first_workday_is_not_moved_over_an_earlier_position(both: VismaSides) -> None:
    employee, right_id = both.pair_active(
        vendor={"positions": [OVER, {**POSITION, "activeStart": "2022-01-01"}]}, first_workday=date(2022, 1, 1)
    )
    change(employee, first_workday=date(2018, 1, 1))
    both.push()
    assert kept_back(both)["field:first_workday"] == (
        "First workday: This person had an earlier position until 2020-12-31: correct it in Visma.net Payroll."
    )
    assert both.writes() == []
    change(employee, first_workday=date(2021, 6, 1))
    both.push_until_sent()
    assert ends(both, right_id) == {"2015-01-01": "2020-12-31", "2021-06-01": None}


@pytest.mark.behaviour("VP-14")
@pytest.mark.parametrize("last", [TOMORROW, timezone.localdate() - timedelta(days=1)])
def test_our_own_write_does_not_make_another_position_count(both: VismaSides, last: date) -> None:
    employee, right_id = both.pair_active(vendor={"positions": [dict(POSITION), dict(POSITION)]})
    change(employee, last_workday=last)
    both.push_until_sent()
    assert sorted(map(str, (each.get("activeEnd") for each in both.at_vendor(right_id)["positions"]))) == sorted(
        ["None", last.isoformat()]
    )
    Delivery.objects.update(ended_at=timezone.now() - timedelta(minutes=5))
    run = both.review(whole=True)
    assert (run.counts["equal"], SyncRow.objects.filter(run=run).count()) == (1, 0)
    # What is edited next goes to the same one.
    change(employee, last_workday=last + timedelta(days=2))
    both.push_until_sent()
    still_open = [each for each in both.at_vendor(right_id)["positions"] if not each.get("activeEnd")]
    assert len(still_open) == 1


@pytest.mark.behaviour("VP-14")
def test_a_run_keeps_to_the_position_that_it_wrote(both: VismaSides) -> None:
    both.pair(1, vendor={"positions": [dict(POSITION), dict(POSITION)]}, last_workday=TOMORROW)
    run = both.review()
    decided(both, run, LEFT)
    assert both.apply(run).state == SyncRun.State.DONE
    assert Link.objects.get().written
    Delivery.objects.update(ended_at=timezone.now() - timedelta(minutes=5))
    assert both.review(whole=True).counts["equal"] == 1
