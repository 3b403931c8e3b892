"""What happened is said as it is: gone, deleted, written in part, nothing new; and odd answers trouble one alone."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.core.models import Connection, Delivery, Link, SyncField, SyncRow, SyncRun
from integrations.core.problems import GONE
from integrations.core.report import build_report, report_text
from integrations.core.report.writing import subject_line
from integrations.core.runs import rows as row_writer
from integrations.core.runs.applying import apply_run
from integrations.core.runs.deciding import approve_run, cancel_run
from integrations.visma_payroll.client import Versioned, VismaPayrollClient
from tests.visma_payroll.sync.sides import LEFT, VENDOR, VismaSides, change
from tests.visma_payroll.sync.test_jobs import AT_VISMA, PHONE, ask_again, make_late, the_job

ONE = r"/employees/[0-9a-f-]{36}$"


def approved(both: VismaSides, run: SyncRun) -> SyncRun:
    SyncField.objects.filter(row__run=run).update(decision=LEFT)
    approve_run(run=run, by=None, made_from=None)
    return run


# --- Gone, deleted --------------------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-16")
@pytest.mark.parametrize("pushed", [False, True])
def test_a_404_on_a_write_is_told_as_gone(both: VismaSides, pushed: bool) -> None:
    gone = {"action": "refuse", "method": "PUT", "path": ONE, "status": 404}
    if pushed:
        employee, _right_id = both.pair_active()
        both.sandbox.faults([gone])
        change(employee, work_phone=PHONE)
        both.push_until_sent()
    else:
        both.pair(1, work_phone=PHONE)
        run = both.review()
        both.sandbox.faults([gone])
        both.finish(approved(both, run))
        assert SyncRow.objects.get(run=run).reason == "The person is gone from the other system."
    assert both.problem().cause == GONE
    assert Link.objects.get().gone_at is not None
    # Somebody who is there after all is found by the next comparison.
    both.apply(both.review(whole=True))
    assert Link.objects.get().gone_at is None


@pytest.mark.behaviour("G-16")
def test_a_row_that_tells_of_a_deletion_is_nobody_to_be_created_in_the_hub(both: VismaSides) -> None:
    both.vendor(5, isDeleted=True)
    run = both.review()
    assert (run.counts["right"], SyncRow.objects.filter(run=run).count()) == (0, 0)
    _employee, right_id = both.pair_active(1)
    both.change_at_vendor(right_id, isDeleted=True)
    run = both.review(whole=True)
    assert SyncRow.objects.get(run=run).kind == SyncRow.Kind.GONE
    both.change_at_vendor(right_id, isDeleted=False)
    assert both.review(whole=True).counts["equal"] == 1


def test_the_reason_about_somebody_deleted_speaks_of_no_protected_identity(both: VismaSides) -> None:
    employee, _right_id = both.pair(1, work_phone=PHONE)
    run = both.review()
    both.jobs_end(ends="fails", message="Nei.")
    run = both.finish(approved(both, run))
    employee.delete()
    text = report_text(build_report(run=run))
    assert "The person is not in the hub any more." in text
    assert "protected" not in text
    protected = both.hub(2, protected_identity=True)
    SyncRow.objects.filter(run=run).update(left_id=str(protected.pk))
    assert "to protect the person" in report_text(build_report(run=run))


# --- How much was compared, how much was written ----------------------------------------------------------------------


def test_a_narrowed_comparison_says_how_little_it_looked_at(both: VismaSides) -> None:
    both.pair_active()
    both.sandbox.advance_clock(seconds=3 * 24 * 3600)
    SyncRun.objects.update(created_at=timezone.now() + timedelta(days=2))
    run = both.compare()
    SyncRun.objects.filter(pk=run.pk).update(created_at=timezone.now())
    assert run.counts.get("since")
    report = build_report(run=run)
    assert f"In Visma.net Payroll, changed since {run.counts['since']}: {report.right}" in report_text(report)
    assert "In Visma.net Payroll: " not in report_text(report)
    assert "nothing has changed" in subject_line(report) or report.rows


@pytest.mark.behaviour("G-38")
def test_what_was_written_in_part_is_not_told_as_unwritten(both: VismaSides, settings: Settings) -> None:
    settings.TASK_SECONDS = 0.3
    both.pair(1, work_phone=PHONE, last_workday=date(2031, 1, 1))
    run = approved(both, both.review())
    both.jobs_end(ends="late", seconds=3600)
    both.apply_until_waiting(run)
    cancel_run(run=run)
    both.sandbox.change(VENDOR, "jobs", the_job(both), {"ends": "succeeds"})
    ask_again()
    assert both.finish(run).state == SyncRun.State.CANCELLED
    row = SyncRow.objects.get(run=run)
    assert (row.state, row.reason) == (
        SyncRow.State.HELD,
        "Written in part only: the synchronisation was cancelled before the rest.",
    )
    assert both.writes() == [("PUT", "employee")]
    # The rest is shown by the next one.
    again = both.review(whole=True)
    assert [field.field for field in SyncField.objects.filter(row__run=again)] == ["last_workday"]


# --- Odd answers ------------------------------------------------------------------------------------------------------


def test_somebody_whose_record_moves_for_ever_is_tried_seldom_and_everybody_else_goes(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.RETRY_SECONDS = 0.02
    monkeypatch.setattr(row_writer, "LONGEST_REST", 0.2)
    _first, moving = both.pair(1, work_phone=PHONE)
    _second, other = both.pair(2, work_phone="+4740001235")
    run = both.review()
    both.sandbox.faults([{"action": "refuse", "method": "PUT", "path": moving, "status": 412, "every": True}])
    both.finish(approved(both, run))
    assert both.at_vendor(other)["phones"][0]["number"] == 40001235
    assert len(both.writes()) == row_writer.MOVED_TRIES + 1
    assert SyncRow.objects.get(run=run, right_id=moving).state == SyncRow.State.REFUSED
    both.sandbox.clear_faults()
    both.finish(approved(both, both.review()))
    assert both.at_vendor(moving)["phones"] == AT_VISMA


def test_a_row_rests_before_a_record_that_moved_is_read_again(both: VismaSides, settings: Settings) -> None:
    settings.RETRY_SECONDS = 30
    settings.TASK_SECONDS = 8
    _employee, moving = both.pair(1, work_phone=PHONE)
    run = approved(both, both.review())
    both.sandbox.faults([{"action": "refuse", "method": "PUT", "path": moving, "status": 412, "every": True}])
    apply_run(run_id=run.pk)
    assert both.writes() == [("PUT", "employee")]
    both.sandbox.clear_faults()
    assert both.finish(run).state == SyncRun.State.DONE


@pytest.mark.parametrize("what", ["read_employee", "read_position"])
def test_a_record_without_its_version_is_one_persons_problem(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    first, right_id = both.pair(1)
    second, other = both.pair(2)
    both.activate()
    plain = getattr(VismaPayrollClient, what)

    def without_version(self: VismaPayrollClient, employee_id: str, *more: Any) -> Versioned:
        found: Versioned = plain(self, employee_id, *more)
        return found._replace(etag="") if employee_id == right_id else found

    with monkeypatch.context() as patched:
        patched.setattr(VismaPayrollClient, what, without_version)
        change(first, last_workday=date(2031, 1, 1))
        change(second, last_workday=date(2031, 1, 1))
        both.push_until_sent()
    problem = both.problem()
    assert (problem.cause, problem.left_id) == ("Refused:no_version:last_workday", str(first.pk))
    assert both.position_at_vendor(other)["activeEnd"] == "2031-01-01"
    assert Connection.objects.get().failures == 0
    change(first, last_workday=date(2031, 2, 1))
    both.push_until_sent()
    assert both.position_at_vendor(right_id)["activeEnd"] == "2031-02-01"


def test_a_position_without_an_id_is_refused_and_not_told_as_unknown(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee, right_id = both.pair_active()
    plain = VismaPayrollClient.read_employee

    def without_id(self: VismaPayrollClient, employee_id: str) -> Versioned:
        found = plain(self, employee_id)
        for position in found.document["_embedded"]["positions"]:
            position.pop("id")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(VismaPayrollClient, "read_employee", without_id)
        change(employee, last_workday=date(2031, 1, 1))
        both.push_until_sent()
    assert "has no ID" in both.problem().message
    assert both.writes() == []
    change(employee, last_workday=date(2031, 2, 1))
    both.push_until_sent()
    assert both.position_at_vendor(right_id)["activeEnd"] == "2031-02-01"


def test_a_late_job_troubles_nobody_once_both_are_seen_in_step(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    both.jobs_end(ends="stuck")
    change(employee, work_phone=PHONE)
    both.push()
    make_late()
    both.push()
    assert both.problem().state == "open"
    # Visma has done it, whatever its job says.
    both.change_at_vendor(right_id, phones=AT_VISMA)
    assert both.review(whole=True).counts["equal"] == 1
    assert both.problem().state == "solved"
    assert Delivery.objects.get().state == Delivery.State.UNKNOWN
