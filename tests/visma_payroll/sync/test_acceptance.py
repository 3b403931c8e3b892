"""What Visma took in is never sent again while it may still be done: one clock, the list of jobs, the number (G-39)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from integrations.core.models import Delivery, Link, Problem, SyncRow, SyncRun
from integrations.core.problems import retry_problems
from integrations.core.runs.deciding import approve_run, decide_creations
from integrations.visma_payroll.endpoints import EmployeesEndpoint
from tests.visma_payroll.sync.sides import VENDOR, VismaSides, change
from tests.visma_payroll.sync.test_jobs import AT_VISMA, PHONE, ask_again

State = Delivery.State


def created_by_run(both: VismaSides, **plan: Any) -> SyncRun:
    """Have person 1 created by a synchronisation whose job goes as planned."""
    both.hub(1)
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    approve_run(run=run, by=None, made_from=None)
    both.jobs_end(**plan)
    return run


def created_by_push(both: VismaSides, **plan: Any) -> None:
    both.pair_active(9)
    type(both.connection).objects.update(creates_by_itself=True)
    both.jobs_end(**plan)
    both.hub(1)


def assert_created_once(both: VismaSides, *, writes: int = 1) -> None:
    assert both.writes() == [("POST", "employees")] * writes
    (made,) = [each for each in both.sandbox.state(VENDOR, "employees") if each["number"] == "1"]
    assert Link.objects.get(right_id=made["id"]).state == Link.State.ACTIVE


def somebody(both: VismaSides) -> User:
    assert both.connection.consent_by is not None
    return both.connection.consent_by


def time_runs_out() -> None:
    """Let more time pass than a write may take."""
    now = timezone.now()
    Delivery.objects.filter(state__in=Delivery.OPEN).update(sent_at=now - timedelta(minutes=11), not_before=now)


# --- A job that is not found ----------------------------------------------------------------------------------


@pytest.mark.behaviour("G-39")
def test_a_job_that_is_not_found_at_first_says_nothing_and_nobody_is_created_twice(both: VismaSides) -> None:
    run = created_by_run(both, ends="late", seconds=1.2, hidden_seconds=0.8)
    assert both.finish(run).state == SyncRun.State.DONE
    assert_created_once(both)
    assert SyncRow.objects.get(run=run).state == SyncRow.State.WRITTEN


@pytest.mark.behaviour("G-39")
def test_a_pushed_creation_whose_job_is_not_found_at_first_is_linked(both: VismaSides) -> None:
    created_by_push(both, ends="late", seconds=1.2, hidden_seconds=0.8)
    both.push_until_sent()
    assert_created_once(both)


@pytest.mark.behaviour("G-39")
def test_an_update_whose_job_is_not_found_at_first_is_sent_once(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    both.jobs_end(ends="late", seconds=1.0, hidden_seconds=0.6)
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    assert (both.at_vendor(right_id)["phones"], both.writes()) == (AT_VISMA, [("PUT", "employee")])
    assert both.problems() == []


@pytest.mark.behaviour("G-39")
def test_a_creation_whose_job_is_forgotten_is_found_by_its_number(both: VismaSides) -> None:
    run = created_by_run(both, forgotten=True)
    assert both.finish(run).state == SyncRun.State.DONE
    assert_created_once(both)


@pytest.mark.behaviour("G-39")
@pytest.mark.parametrize("pushed", [False, True])
def test_a_job_that_shows_nowhere_what_became_of_it_is_left_to_a_person(both: VismaSides, pushed: bool) -> None:
    plan = {"ends": "stuck", "hidden_seconds": 3600}
    if pushed:
        created_by_push(both, **plan)
        both.push()
    else:
        run = created_by_run(both, **plan)
        both.apply_until_waiting(run)
    # While its time runs, nothing is decided.
    assert Delivery.objects.latest("pk").state == State.WAITING
    assert both.problems() == []
    time_runs_out()
    if pushed:
        both.push_until_sent()
    else:
        assert both.finish(run).state == SyncRun.State.DONE_WITH_PROBLEMS
    problem = both.problem()
    assert (problem.cause, problem.message) == (
        "Forgotten:0",
        "The other system took it in, but shows nowhere what became of it.",
    )
    both.push()
    assert both.writes() == [("POST", "employees")]
    # A person looks there, and has it sent once more.
    type(both.connection).objects.update(state="active")
    retry_problems(Problem.objects.all(), by=somebody(both))
    both.push_until_sent()
    assert_created_once(both, writes=2)
    problem.refresh_from_db()
    assert problem.state == "solved"


@pytest.mark.behaviour("G-39")
def test_a_late_job_that_is_forgotten_later_is_not_sent_again_by_itself(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    both.jobs_end(ends="stuck")
    change(employee, work_phone=PHONE)
    both.push()
    time_runs_out()
    both.push()
    assert both.problem().cause == "job_late"
    both.sandbox.faults([{"action": "refuse", "path": "/jobs", "status": 404, "every": True}])
    ask_again()
    both.push_until_sent()
    assert both.writes() == [("PUT", "employee")]
    assert {problem.cause for problem in both.problems(state="open")} == {"Forgotten:0"}
    both.sandbox.clear_faults()
    retry_problems(Problem.objects.filter(state="open"), by=somebody(both))
    both.push_until_sent()
    assert (both.at_vendor(right_id)["phones"], both.problems(state="open")) == (AT_VISMA, [])


# --- An answer that never came, or does not say where the job is ------------------------------------------------


@pytest.mark.behaviour("G-39")
@pytest.mark.parametrize("pushed", [False, True])
def test_a_creation_whose_answer_is_lost_is_found_in_the_list_of_jobs(
    both: VismaSides, settings: Settings, pushed: bool
) -> None:
    settings.SETTLE_SECONDS = 600
    both.sandbox.faults([{"action": "drop_after", "method": "POST", "path": "/withPosition"}])
    if pushed:
        created_by_push(both, ends="late", seconds=1.0)
        both.push_until_sent()
    else:
        run = created_by_run(both, ends="late", seconds=1.0)
        assert both.finish(run).state == SyncRun.State.DONE
    assert ("GET", "job") in both.calls()
    assert_created_once(both)


@pytest.mark.behaviour("G-39")
@pytest.mark.parametrize("pushed", [False, True])
def test_a_202_that_does_not_say_where_its_job_is_is_found_in_the_list(both: VismaSides, pushed: bool) -> None:
    plan = {"ends": "late", "seconds": 1.0, "location": False}
    if pushed:
        created_by_push(both, **plan)
        both.push_until_sent()
    else:
        assert both.finish(created_by_run(both, **plan)).state == SyncRun.State.DONE
    assert_created_once(both)


@pytest.mark.behaviour("G-39")
def test_a_202_without_its_job_whose_job_fails_tells_vismas_reason(both: VismaSides) -> None:
    employee, _right_id = both.pair_active()
    both.jobs_end(ends="fails", message="Nei.", location=False)
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    assert both.problem().message == "Nei."
    change(employee, work_phone="+4740001235")
    both.push_until_sent()
    assert both.problem().state == "solved"


@pytest.mark.behaviour("G-39")
def test_several_creations_without_their_jobs_are_told_apart_by_their_numbers(both: VismaSides) -> None:
    people = [both.hub(number) for number in (1, 2, 3)]
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    approve_run(run=run, by=None, made_from=None)
    both.sandbox.settings(VENDOR, next_jobs=[{"location": False, "ends": "late", "seconds": 0.5}] * 3)
    assert both.finish(run).state == SyncRun.State.DONE
    numbers = {each["id"]: each["number"] for each in both.sandbox.state(VENDOR, "employees")}
    assert {link.left_id: numbers[link.right_id] for link in Link.objects.all()} == {
        str(employee.pk): employee.employment_id for employee in people
    }
    assert len(both.writes()) == 3


@pytest.mark.behaviour("G-39")
def test_a_202_without_its_job_in_a_list_that_cannot_be_read_is_found_by_the_record(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    both.sandbox.faults([{"action": "refuse", "path": "/jobs", "status": 400, "every": True}])
    both.jobs_end(location=False)
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    assert (both.at_vendor(right_id)["phones"], both.writes()) == (AT_VISMA, [("PUT", "employee")])
    assert both.problems() == []


@pytest.mark.behaviour("G-39")
def test_an_edited_workday_whose_answer_is_lost_is_found_among_the_positions_jobs(
    both: VismaSides, settings: Settings
) -> None:
    settings.SETTLE_SECONDS = 600
    employee, right_id = both.pair_active()
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/positions/"}])
    both.jobs_end(ends="late", seconds=0.6)
    change(employee, last_workday=date(2027, 12, 31))
    both.push_until_sent()
    assert both.position_at_vendor(right_id)["activeEnd"] == "2027-12-31"
    assert both.writes() == [("PUT", "position")]


@pytest.mark.behaviour("G-39")
def test_a_write_that_never_arrived_waits_for_the_clock_of_a_job_before_it_is_sent_again(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    both.sandbox.faults([{"action": "drop", "method": "PUT", "path": "/employees/"}])
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    assert (both.at_vendor(right_id)["phones"], both.writes()) == (AT_VISMA, [("PUT", "employee")] * 2)


@pytest.mark.behaviour("G-39")
def test_a_lost_answer_is_doubted_as_long_as_a_job_is_waited_for(both: VismaSides, settings: Settings) -> None:
    settings.SETTLE_SECONDS = None
    type(both.connection).objects.update(settings={"job_minutes": 60})
    employee, _right_id = both.pair_active()
    both.sandbox.faults([{"action": "drop", "method": "PUT", "path": "/employees/"}])
    change(employee, work_phone=PHONE)
    both.push()
    delivery = Delivery.objects.get()
    assert delivery.state == State.UNKNOWN
    assert delivery.settle_until is not None
    assert delivery.settle_until - delivery.sent_at > timedelta(minutes=59)


# --- Before somebody is created -------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-39")
@pytest.mark.parametrize("pushed", [False, True])
def test_nobody_is_created_whose_number_came_there_since_the_list_was_read(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch, pushed: bool
) -> None:
    """Somebody at Visma adds the person at the very last moment, under another address."""
    plain = EmployeesEndpoint.find
    theirs: list[str] = []

    def find(self: EmployeesEndpoint, key: Any, **more: Any) -> Any:
        if not theirs:
            theirs.append(both.vendor(1, emails=[{"type": "Business", "address": "another@demo.example"}]))
        return plain(self, key, **more)

    monkeypatch.setattr(EmployeesEndpoint, "find", find)
    if pushed:
        created_by_push(both)
        both.push_until_sent()
    else:
        assert both.finish(created_by_run(both)).state == SyncRun.State.DONE_WITH_PROBLEMS
    assert both.writes() == []
    assert both.problem().cause == "exists"
    run = both.review(whole=True)
    assert Link.objects.filter(right_id=theirs[0]).exists()
    both.apply(run)
    assert both.writes() == []
