"""Who an answer is about is checked, and a success is read before it is believed (G-40)."""

from datetime import timedelta
from typing import Any, cast

import pytest
from django.utils import timezone
from pytest_django import Settings

from employees.models import Employee
from integrations.core.declare import Record
from integrations.core.endpoints import VendorEndpoint, reading
from integrations.core.errors import AnotherRecord
from integrations.core.models import Delivery, Link, SyncField, SyncRow, SyncRun
from integrations.core.runs import late
from integrations.core.runs.deciding import approve_run, decide_creations
from integrations.visma_payroll.client import Versioned, VismaPayrollClient
from tests.visma_payroll.sync.sides import LEFT, VENDOR, VismaSides, change
from tests.visma_payroll.sync.test_acceptance import (
    assert_created_once,
    created_by_push,
    created_by_run,
    time_runs_out,
)
from tests.visma_payroll.sync.test_jobs import AT_VISMA, PHONE, ask_again, make_late, the_job

State = Delivery.State


class Stranger:
    def read(self, right_id: str, *, options: Any) -> Record:
        return Record(id="e0-a1", values=())


def pair_of_long_ago(both: VismaSides) -> tuple[Employee, str]:
    found = both.pair_active()
    both.sandbox.advance_clock(seconds=100)
    return found


def lag(both: VismaSides, *, seconds: float) -> None:
    """Let whatever is read be so old."""
    both.sandbox.settings(VENDOR, stale_seconds=seconds)


# --- Whom the vendor names --------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-40")
@pytest.mark.parametrize("pushed", [False, True])
def test_a_stranger_whom_a_job_names_is_not_linked_and_the_new_person_is_found(both: VismaSides, pushed: bool) -> None:
    stranger = both.vendor(5)
    if pushed:
        created_by_push(both, artifact=stranger)
        both.push_until_sent()
    else:
        assert both.finish(created_by_run(both, artifact=stranger)).state == SyncRun.State.DONE
    assert not Link.objects.filter(right_id=stranger).exists()
    assert_created_once(both)


@pytest.mark.behaviour("G-40")
def test_a_new_id_that_is_answered_with_a_stranger_is_found_by_the_number(both: VismaSides) -> None:
    stranger = both.vendor(5)
    # The sandbox counts: the stranger, the stranger's position, the new person.
    new = f"{stranger[:-1]}3"
    both.sandbox.settings(VENDOR, answers_with={new: stranger})
    assert both.finish(created_by_run(both)).state == SyncRun.State.DONE
    assert Link.objects.get().right_id == new
    assert_created_once(both)


@pytest.mark.behaviour("G-40")
@pytest.mark.parametrize("pushed", [False, True])
def test_a_success_that_names_nobody_is_found_by_the_number(both: VismaSides, pushed: bool) -> None:
    if pushed:
        created_by_push(both, artifact="")
        both.push_until_sent()
    else:
        assert both.finish(created_by_run(both, artifact="")).state == SyncRun.State.DONE
    assert_created_once(both)
    assert both.calls().count(("GET", "job")) <= 6


@pytest.mark.behaviour("G-40")
def test_a_document_whose_id_is_written_otherwise_is_the_one_that_was_asked_for() -> None:
    class Endpoint:
        def read(self, right_id: str, *, options: Any) -> Record:
            return Record(id=right_id.upper(), values=())

    # It is written to, and remembered, as it is known.
    assert reading("e0-a1")(cast("VendorEndpoint", Endpoint())).id == "e0-a1"
    with pytest.raises(AnotherRecord):
        reading("E0-A2")(cast("VendorEndpoint", Stranger()))


@pytest.mark.behaviour("G-40")
def test_a_person_whose_id_is_written_otherwise_is_written_to_under_the_known_one(
    both: VismaSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee, right_id = both.pair_active()
    plain = VismaPayrollClient.read_employee

    def read_employee(self: VismaPayrollClient, employee_id: str) -> Versioned:
        read = plain(self, employee_id)
        return read._replace(document={**read.document, "id": right_id.upper()})

    monkeypatch.setattr(VismaPayrollClient, "read_employee", read_employee)
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    assert (both.at_vendor(right_id)["phones"], both.problems()) == (AT_VISMA, [])


@pytest.mark.behaviour("G-40")
def test_a_document_of_somebody_else_is_never_written_to(both: VismaSides) -> None:
    other_employee, other = both.pair(2)
    employee, right_id = both.pair_active(1)
    before = both.at_vendor(other)
    both.sandbox.settings(VENDOR, answers_with={right_id: other})
    change(employee, work_phone=PHONE)
    both.push()
    assert both.writes() == []
    assert both.at_vendor(other) == before
    problem = both.problem()
    assert (problem.cause, problem.left_id) == ("AnotherRecord:0", str(employee.pk))
    assert other_employee.pk
    both.sandbox.settings(VENDOR, answers_with={})
    change(employee, work_phone="+4740001235")
    both.push_until_sent()
    assert both.at_vendor(right_id)["phones"][0]["number"] == 40001235
    assert both.problem().state == "solved"


@pytest.mark.behaviour("G-40")
def test_a_run_writes_nothing_to_somebody_else_and_everybody_else_goes_on(both: VismaSides) -> None:
    _first, right_id = both.pair(1, work_phone=PHONE)
    _second, other = both.pair(2, work_phone="+4740001235")
    run = both.review()
    SyncField.objects.filter(row__run=run).update(decision=LEFT)
    both.sandbox.settings(VENDOR, answers_with={right_id: other})
    assert both.apply(run).state == SyncRun.State.DONE_WITH_PROBLEMS
    states = dict(SyncRow.objects.filter(run=run).values_list("right_id", "state"))
    assert states == {right_id: SyncRow.State.REFUSED, other: SyncRow.State.WRITTEN}
    assert both.at_vendor(right_id)["phones"][0]["number"] == 40000001
    both.sandbox.settings(VENDOR, answers_with={})
    again = both.review()
    SyncField.objects.filter(row__run=again).update(decision=LEFT)
    assert both.apply(again).state == SyncRun.State.DONE
    assert both.at_vendor(right_id)["phones"] == AT_VISMA


# --- What is read after a success ---------------------------------------------------------------------------------


@pytest.mark.behaviour("G-40")
def test_a_success_is_read_and_an_old_value_is_asked_for_again_until_it_arrives(
    both: VismaSides, settings: Settings
) -> None:
    settings.SETTLE_SECONDS = 20
    employee, right_id = pair_of_long_ago(both)
    lag(both, seconds=0.8)
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    link = Link.objects.get()
    assert link.pairs["phone"] == [PHONE, PHONE, "settled"]
    assert both.calls().count(("GET", "employee")) >= 3
    assert both.at_vendor(right_id)["phones"] == AT_VISMA


@pytest.mark.behaviour("G-40")
def test_a_stale_list_soon_after_a_write_suggests_nothing_back(both: VismaSides, settings: Settings) -> None:
    settings.SETTLE_SECONDS = 20
    employee, right_id = pair_of_long_ago(both)
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    lag(both, seconds=60)
    run = both.review(whole=True)
    assert SyncRow.objects.filter(run=run).count() == 0
    employee.refresh_from_db()
    assert employee.work_phone == PHONE
    # Later the same value there is somebody's change.
    both.sandbox.settings(VENDOR, stale_seconds=0)
    both.change_at_vendor(right_id, phones=[{"type": "Business", "number": 40000001}])
    Delivery.objects.update(ended_at=timezone.now() - timedelta(minutes=3))
    run = both.review(whole=True)
    assert SyncField.objects.get(row__run=run).change == "right"


@pytest.mark.behaviour("G-40")
def test_an_edit_back_is_sent_though_a_stale_record_shows_it_already(both: VismaSides, settings: Settings) -> None:
    settings.SETTLE_SECONDS = 20
    settings.RETRY_SECONDS = 0.05
    employee, right_id = pair_of_long_ago(both)
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    lag(both, seconds=1.5)
    change(employee, work_phone="+4740000001")
    both.push_until_sent()
    assert both.at_vendor(right_id)["phones"][0]["number"] == 40000001


@pytest.mark.behaviour("G-35")
def test_a_part_that_a_stale_record_does_not_show_yet_stays_beside_another(
    both: VismaSides, settings: Settings
) -> None:
    settings.SETTLE_SECONDS = 20
    settings.RETRY_SECONDS = 0.05
    employee, right_id = pair_of_long_ago(both)
    change(employee, street="Nygata 7")
    both.push_until_sent()
    lag(both, seconds=1.5)
    change(employee, city="Bergen")
    both.push_until_sent()
    address = both.at_vendor(right_id)["address"]
    assert (address["streetName"], address["cityName"]) == ("Nygata 7", "Bergen")


@pytest.mark.behaviour("G-40")
def test_what_a_succeeded_job_remarks_is_told_by_the_push_until_the_next_write(both: VismaSides) -> None:
    employee, _right_id = both.pair_active()
    both.jobs_end(ends="warns", message="Postnummeret finnes ikke.")
    change(employee, work_phone=PHONE)
    both.push_until_sent()
    problem = both.problem()
    assert (problem.cause, problem.message, problem.state) == ("warned", "Postnummeret finnes ikke.", "open")
    change(employee, work_phone="+4740001235")
    both.push_until_sent()
    problem.refresh_from_db()
    assert problem.state == "solved"


@pytest.mark.behaviour("G-40")
@pytest.mark.parametrize("named", [False, True])
def test_a_success_that_shows_nobody_with_the_number_is_told_after_the_jobs_time(
    both: VismaSides, settings: Settings, named: bool
) -> None:
    settings.TASK_SECONDS = 0.5
    settings.SETTLE_SECONDS = 0.1
    stranger = both.vendor(5)
    both.sandbox.advance_clock(seconds=100)
    run = created_by_run(both, artifact=stranger if named else "")
    lag(both, seconds=60)
    both.apply_until_waiting(run)
    assert Delivery.objects.get().state == State.WAITING
    assert both.problems() == []
    calls = len(both.calls())
    time_runs_out()
    assert both.finish(run).state == SyncRun.State.DONE_WITH_PROBLEMS
    assert len(both.calls()) <= calls + 4
    problem = both.problem()
    assert (problem.cause, problem.message) == (
        "Forgotten:0",
        "The other system says that it has done it, but does not show it.",
    )
    assert not Link.objects.filter(right_id=stranger).exists()
    # Once it shows, the next comparison finds it, and nobody is created twice.
    lag(both, seconds=0)
    again = both.review(whole=True)
    assert both.apply(again).state == SyncRun.State.DONE
    assert both.writes() == [("POST", "employees")]
    assert Link.objects.get().right_id != stranger


# --- What is edited while a creation waits (J9) ---------------------------------------------------------------------


@pytest.mark.behaviour("G-40")
@pytest.mark.parametrize("pushed", [False, True])
def test_what_is_edited_while_a_creation_waits_is_sent_afterwards(
    both: VismaSides, settings: Settings, pushed: bool
) -> None:
    settings.TASK_SECONDS = 0.5
    plan: dict[str, Any] = {"ends": "late", "seconds": 3}
    both.pair_active(9)
    both.sandbox.clear_calls()
    if pushed:
        type(both.connection).objects.update(creates_by_itself=True)
        both.jobs_end(**plan)
        employee = both.hub(1, work_phone="", street="", postal_code="", city="")
        both.push()
    else:
        employee = both.hub(1, work_phone="", street="", postal_code="", city="")
        run = both.review()
        decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
        approve_run(run=run, by=None, made_from=None)
        both.jobs_end(**plan)
        both.apply_until_waiting(run)
    assert Delivery.objects.latest("pk").state == State.WAITING
    # An empty field is filled, and one that was sent is changed.
    change(Employee.objects.get(pk=employee.pk), work_phone=PHONE, family_name="Berg")
    both.push()
    if not pushed:
        both.finish(run)
    both.push_until_sent()
    (made,) = [each for each in both.sandbox.state(VENDOR, "employees") if each["number"] == "1"]
    assert made["phones"] == AT_VISMA
    assert made["personNames"][-1]["lastName"] == "Berg"
    assert both.problems(state="open") == []
    assert both.review(whole=True).counts["equal"] == 2


@pytest.mark.behaviour("G-40")
def test_what_is_edited_while_a_late_creation_is_asked_about_is_sent_once_it_is_known(both: VismaSides) -> None:
    both.pair_active(9)
    employee = both.hub(1, work_phone="")
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    approve_run(run=run, by=None, made_from=None)
    both.jobs_end(ends="stuck")
    both.apply_until_waiting(run)
    make_late()
    assert both.finish(run).state == SyncRun.State.DONE_WITH_PROBLEMS
    change(employee, work_phone=PHONE)
    both.push()
    both.sandbox.change(VENDOR, "jobs", the_job(both), {"ends": "succeeds"})
    for _question in range(2):
        ask_again()
        late.look_after(connection_id=both.connection.pk)
    both.push_until_sent()
    (made,) = [each for each in both.sandbox.state(VENDOR, "employees") if each["number"] == "1"]
    assert made["phones"] == AT_VISMA
    assert both.problems(state="open") == []
