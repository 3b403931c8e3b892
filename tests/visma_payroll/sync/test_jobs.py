"""Writes are jobs: whatever dies, fails or never ends, nothing is written twice, lost or left untold."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.core import connecting
from integrations.core.models import Connection, Delivery, Link, Notification, SyncRow, SyncRun
from integrations.core.problems import JOB_LATE
from integrations.core.push import sending
from integrations.core.push.settling import PushSettler
from integrations.core.report import build_report, report_text
from integrations.core.runs import late
from integrations.core.runs import rows as row_writer
from integrations.core.runs.applying import apply_run
from integrations.core.runs.deciding import approve_run, decide_creations, decide_field
from integrations.core.runs.settling import Settler
from integrations.visma_payroll.client import VismaPayrollClient
from tests.sandbox.visma_caller import FIRST_TENANT
from tests.visma_payroll.sync.sides import LEFT, VENDOR, VismaSides, change

PHONE = "+4740001234"
AT_VISMA = [{"type": "Business", "number": 40001234}]


def die(*_arguments: Any, **_named: Any) -> None:
    raise ConnectionAbortedError


def ask_again() -> None:
    """Make it time to ask again."""
    now = timezone.now()
    Delivery.objects.filter(state=Delivery.State.WAITING).update(not_before=now)
    Delivery.objects.filter(state=Delivery.State.UNKNOWN).update(settle_until=now)


def make_late() -> None:
    """Let more time pass than a job is waited for."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
    assert waiting.update(sent_at=timezone.now() - timedelta(minutes=11), not_before=timezone.now()) == 1


def the_job(both: VismaSides) -> str:
    (job,) = [job for job in both.sandbox.state(VENDOR, "jobs") if job["status"] in ("NotStarted", "InProgress")]
    return str(job["id"])


@pytest.mark.parametrize("dies", [(sending, "mark_waiting"), (PushSettler, "settle_updated")])
def test_a_push_that_dies_around_its_job_is_not_written_again(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch, dies: tuple[Any, str]
) -> None:
    employee, right_id = both.pair_active()
    change(employee, work_phone=PHONE)
    with monkeypatch.context() as patched:
        patched.setattr(*dies, die)
        with pytest.raises(ConnectionAbortedError):
            both.push()
    both.push_until_sent()
    assert both.at_vendor(right_id)["phones"] == AT_VISMA
    assert both.writes() == [("PUT", "employee")]
    assert [row[0] for row in both.sent_changes(employee)] == ["phone"]


@pytest.mark.parametrize("dies", [(row_writer, "mark_waiting"), (Settler, "settle_written")])
def test_a_run_that_dies_around_its_job_creates_nobody_twice(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch, dies: tuple[Any, str]
) -> None:
    employee = both.hub(1)
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    approve_run(run=run, by=None, made_from=None)
    with monkeypatch.context() as patched:
        patched.setattr(*dies, die)
        with pytest.raises(ConnectionAbortedError):
            apply_run(run_id=run.pk)
    assert both.finish(run).state == SyncRun.State.DONE
    (made,) = both.sandbox.state(VENDOR, "employees")
    assert Link.objects.get(left_id=str(employee.pk)).right_id == made["id"]
    assert both.writes() == [("POST", "employees")]


def test_a_worker_that_comes_later_goes_on_asking(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    both.jobs_end(ends="late", seconds=3600)
    change(employee, work_phone=PHONE)
    both.push()
    delivery = Delivery.objects.get()
    assert (delivery.state, both.at_vendor(right_id)["phones"] == AT_VISMA) == (Delivery.State.WAITING, False)
    assert delivery.job_address.startswith("employees/jobs/")
    both.sandbox.change(VENDOR, "jobs", the_job(both), {"ends": "succeeds"})
    ask_again()
    both.push_until_sent()
    assert (both.at_vendor(right_id)["phones"], both.writes()) == (AT_VISMA, [("PUT", "employee")])


def test_a_job_that_fails_later_is_a_problem_with_vismas_words_and_is_tried_again(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    both.jobs_end(ends="late", seconds=3600)
    change(employee, work_phone=PHONE)
    both.push()
    both.sandbox.change(VENDOR, "jobs", the_job(both), {"ends": "fails", "message": "Telefonen er ugyldig."})
    ask_again()
    both.push()
    problem = both.problem()
    assert (problem.message, problem.state, problem.left_id) == ("Telefonen er ugyldig.", "open", str(employee.pk))
    change(employee, work_phone="+4740001235")
    both.push_until_sent()
    problem.refresh_from_db()
    assert problem.state == "solved"
    assert both.at_vendor(right_id)["phones"][0]["number"] == 40001235


def test_a_pushed_job_that_never_ends_is_unknown_until_it_is_known(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    both.jobs_end(ends="stuck")
    change(employee, work_phone=PHONE)
    both.push()
    make_late()
    both.push()
    delivery, problem = Delivery.objects.get(), both.problem()
    assert (delivery.state, problem.cause) == (Delivery.State.UNKNOWN, JOB_LATE)
    # What is edited meanwhile waits: nothing is sent a second time.
    change(employee, work_phone="+4740001235")
    ask_again()
    both.push()
    assert both.writes() == [("PUT", "employee")]
    assert Delivery.objects.get().state == Delivery.State.UNKNOWN
    both.sandbox.change(VENDOR, "jobs", the_job(both), {"ends": "succeeds"})
    ask_again()
    both.push_until_sent()
    problem.refresh_from_db()
    assert problem.state == "solved"
    assert both.at_vendor(right_id)["phones"][0]["number"] == 40001235
    assert [after for _field, _before, after in both.sent_changes(employee)] == [PHONE, "+4740001235"]


def test_a_run_ends_without_a_job_that_never_ends_and_learns_later_what_became_of_it(both: VismaSides) -> None:
    both.pair(1)
    employee = both.hub(2)
    both.jobs_end(ends="stuck")
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    approve_run(run=run, by=None, made_from=None)
    apply_run(run_id=run.pk)
    make_late()
    assert both.finish(run).state == SyncRun.State.DONE_WITH_PROBLEMS
    row = SyncRow.objects.get(run=run)
    assert row.state == SyncRow.State.HELD
    assert "Outcome not known yet" in report_text(build_report(run=run))
    assert row.reason == "Not known yet: The other system has not finished it after 10 minutes."
    assert both.problem().cause == JOB_LATE
    assert late.ring_due() == 0
    # The next synchronisation creates nobody a second time while that is open.
    ask_again()
    again = both.review(whole=True)
    decide_creations(run=again, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    assert both.apply(again).state == SyncRun.State.DONE_WITH_PROBLEMS
    assert SyncRow.objects.get(run=again).state == SyncRow.State.HELD
    assert both.writes() == [("POST", "employees")]
    both.sandbox.change(VENDOR, "jobs", the_job(both), {"ends": "succeeds"})
    ask_again()
    assert late.ring_due() == 1
    late.look_after(connection_id=both.connection.pk)
    ask_again()
    late.look_after(connection_id=both.connection.pk)
    row.refresh_from_db()
    assert row.state == SyncRow.State.WRITTEN
    assert Link.objects.filter(left_id=str(employee.pk), state="active").exists()
    assert both.problem().state == "solved"
    assert len(both.sandbox.state(VENDOR, "employees")) == 2


def test_a_job_is_asked_about_for_as_long_as_the_settings_say(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    Connection.objects.update(settings={"job_minutes": 1440})
    both.jobs_end(ends="late", seconds=3600)
    change(employee, work_phone=PHONE)
    both.push()
    # After most of a day, once a minute.
    Delivery.objects.update(polls=1400, sent_at=timezone.now() - timedelta(hours=23), not_before=timezone.now())
    both.push()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.polls) == (Delivery.State.WAITING, 1401)
    both.sandbox.change(VENDOR, "jobs", the_job(both), {"ends": "succeeds"})
    ask_again()
    both.push_until_sent()
    assert both.at_vendor(right_id)["phones"] == AT_VISMA


def test_a_job_that_visma_has_forgotten_is_looked_up_by_the_record(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    change(employee, work_phone=PHONE)
    both.push()
    both.sandbox.clear_calls()
    both.jobs_end(ends="late", seconds=3600)
    change(employee, work_phone="+4740001235")
    both.push()
    both.sandbox.faults([{"action": "refuse", "path": "/jobs/", "status": 404}])
    # It was done, whatever became of the job.
    both.change_at_vendor(right_id, phones=[{"type": "Business", "number": 40001235}])
    ask_again()
    both.push_until_sent()
    assert both.writes() == [("PUT", "employee")]
    assert Delivery.objects.latest("pk").state == Delivery.State.DONE


def test_a_warning_of_visma_is_kept_and_told(both: VismaSides) -> None:
    both.pair(1, work_phone=PHONE)
    both.jobs_end(ends="warns", message="Postnummeret finnes ikke.")
    run = both.review()
    row = SyncRow.objects.get(run=run)
    decide_field(field=row.fields.get(), decision=LEFT, by=None)
    assert both.apply(run).state == SyncRun.State.DONE
    row.refresh_from_db()
    assert (row.state, row.reason) == (SyncRow.State.WRITTEN, "The other system warns: Postnummeret finnes ikke.")
    assert Delivery.objects.get().warnings == ["Postnummeret finnes ikke."]


def moved_before_writing(monkeypatch: pytest.MonkeyPatch, both: VismaSides, right_id: str, **values: Any) -> None:
    """Let somebody change the person at Visma between our reading and our writing, once."""
    plain = VismaPayrollClient.replace_employee
    left = [values]

    def replace(self: VismaPayrollClient, *arguments: Any, **named: Any) -> str:
        if left:
            both.change_at_vendor(right_id, **left.pop())
        return plain(self, *arguments, **named)

    monkeypatch.setattr(VismaPayrollClient, "replace_employee", replace)


def test_a_document_that_moved_is_read_again_and_nothing_of_it_is_lost(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee, right_id = both.pair_active()
    moved_before_writing(monkeypatch, both, right_id, notes="Ny avtale")
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    document = both.at_vendor(right_id)
    assert (document["phones"], document["notes"]) == (AT_VISMA, "Ny avtale")
    assert both.writes() == [("PUT", "employee")] * 2
    assert both.problems() == []


def test_a_position_that_moved_between_the_two_readings_is_decided_again(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee, right_id = both.pair_active()
    plain = VismaPayrollClient.read_position
    reason = ["arbeidsgiverHarSagtOppArbeidstaker"]
    left = [{**both.position_at_vendor(right_id), "activeEnd": "2027-10-31", "positionEndReason": reason}]

    def read_position(self: VismaPayrollClient, *arguments: Any) -> Any:
        if left:
            both.change_at_vendor(right_id, positions=[left.pop()])
        return plain(self, *arguments)

    monkeypatch.setattr(VismaPayrollClient, "read_position", read_position)
    change(employee, last_workday=date(2026, 12, 31))
    both.push_until_sent()
    assert both.position_at_vendor(right_id)["activeEnd"] == "2026-12-31"
    # What was overwritten is on record as it stood at the last moment.
    assert both.sent_changes(employee) == [("last_workday", "2027-10-31", "2026-12-31")]


def test_a_run_whose_shown_value_moved_at_the_last_moment_writes_nothing(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    _employee, right_id = both.pair(1, work_phone=PHONE)
    theirs = [{"type": "Business", "number": 40007777}]
    moved_before_writing(monkeypatch, both, right_id, phones=theirs)
    run = both.review()
    row = SyncRow.objects.get(run=run)
    decide_field(field=row.fields.get(), decision=LEFT, by=None)
    assert both.apply(run).state == SyncRun.State.DONE_WITH_PROBLEMS
    row.refresh_from_db()
    assert row.state == SyncRow.State.MOVED
    assert "Work phone was changed in the other system meanwhile" in row.reason
    assert both.at_vendor(right_id)["phones"] == theirs


def test_somebodys_edit_overtakes_the_questions_about_many_jobs(both: VismaSides) -> None:
    people = [both.pair(number)[0] for number in range(1, 5)]
    both.activate()
    both.sandbox.settings(VENDOR, next_jobs=[{"ends": "late", "seconds": 3600}] * 3)
    for employee in people[:3]:
        change(employee, work_phone=PHONE.replace("1234", f"1{employee.employment_id}00"))
    both.push()
    assert Delivery.objects.filter(state=Delivery.State.WAITING).count() == 3
    ask_again()
    both.sandbox.clear_calls()
    change(people[3], work_phone=PHONE)
    both.push()
    assert both.calls()[0] == ("GET", "employee")
    assert both.writes() == [("PUT", "employee")]
    assert both.calls().count(("GET", "job")) >= 4


# --- The authorisation --------------------------------------------------------------------------------------


def test_a_token_that_ends_in_the_middle_is_fetched_anew(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    both.jobs_end(ends="late", seconds=3600)
    change(employee, work_phone=PHONE)
    both.push()
    both.sandbox.tokens(VENDOR, action="expire_access")
    both.sandbox.change(VENDOR, "jobs", the_job(both), {"ends": "succeeds"})
    ask_again()
    both.push_until_sent()
    assert (both.at_vendor(right_id)["phones"], both.writes()) == (AT_VISMA, [("PUT", "employee")])
    both.connection.refresh_from_db()
    assert both.connection.state == Connection.State.ACTIVE


def test_a_company_that_withdraws_while_a_job_goes_on_is_told_once_and_taken_up_again(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    both.jobs_end(ends="late", seconds=3600)
    change(employee, work_phone=PHONE)
    both.push()
    job = the_job(both)
    both.sandbox.tokens(VENDOR, action="withdraw_consent", tenant=FIRST_TENANT)
    ask_again()
    both.push()
    both.push()
    both.connection.refresh_from_db()
    assert both.connection.state == Connection.State.NEEDS_REAUTHORISATION
    assert Notification.objects.filter(key__startswith="authorisation_lost").count() == 1
    assert Delivery.objects.get().state == Delivery.State.WAITING
    both.sandbox.change(VENDOR, "companies", FIRST_TENANT, {"authorised": True})
    both.sandbox.change(VENDOR, "jobs", job, {"ends": "succeeds"})
    connecting.authorise_by_form(connection_id=both.connection.pk, tenant=FIRST_TENANT, by=None)
    ask_again()
    both.push_until_sent()
    assert (both.at_vendor(right_id)["phones"], both.writes()) == (AT_VISMA, [("PUT", "employee")])
