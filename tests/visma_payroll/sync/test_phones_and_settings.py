"""Phones that Visma's numbers cannot hold (VP-13), and settings that cannot be read (VP-15)."""

from typing import Any

import pytest

from integrations.core.models import SyncField, SyncRow, SyncRun
from integrations.core.report import build_report, report_text
from integrations.core.runs.deciding import approve_run, decide_creations
from integrations.visma_payroll.contacts import keeps_phone, phone_as_number, read_phone
from tests.visma_payroll.sync.sides import LEFT, VENDOR, VismaSides, change

# Of the Cook Islands; it would come back as a Norwegian one.
AMBIGUOUS = "+68221234"


# --- VP-13 --------------------------------------------------------------------------------------------------------


@pytest.mark.behaviour("VP-13")
@pytest.mark.parametrize(
    ("phone", "kept"),
    [
        ("+4740000017", True),
        ("+4722334455", True),
        ("+298201234", True),
        ("+4702345", False),
        (AMBIGUOUS, False),
        ("+46701740605", False),
        ("+4915112345678", False),
        ("+3544123456", False),
        ("vx 123", False),
    ],
)
def test_only_a_phone_that_reads_back_as_the_same_is_written(phone: str, kept: bool) -> None:
    assert keeps_phone(phone) is kept
    if kept:
        assert read_phone(str(phone_as_number(phone))) == phone


@pytest.mark.behaviour("VP-13")
def test_the_review_says_that_a_phone_is_not_sent_and_everything_else_goes(both: VismaSides) -> None:
    _employee, right_id = both.pair(1, work_phone=AMBIGUOUS, street="Kirkegata 9")
    run = both.review()
    phone = SyncField.objects.get(row__run=run, field="phone")
    assert "would hold another one than this. It is not sent" in phone.reason_right
    assert phone.decision != LEFT
    SyncField.objects.filter(row__run=run, field="address").update(decision=LEFT)
    both.apply(run)
    document = both.at_vendor(right_id)
    assert (document["phones"][0]["number"], document["address"]["streetName"]) == (40000001, "Kirkegata 9")


@pytest.mark.behaviour("VP-13")
def test_a_pushed_phone_that_does_not_fit_is_a_problem_until_another_one_is_entered(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    change(employee, work_phone="+46701740605")
    both.push_until_sent()
    problem = both.problem()
    assert (problem.cause, both.writes()) == ("field:phone", [])
    change(employee, work_phone="+4740001234")
    both.push_until_sent()
    problem.refresh_from_db()
    assert (problem.state, both.at_vendor(right_id)["phones"][0]["number"]) == ("solved", 40001234)


@pytest.mark.behaviour("VP-13")
def test_somebody_new_is_created_without_such_a_phone_and_the_report_says_so(both: VismaSides) -> None:
    both.hub(1, work_phone=AMBIGUOUS)
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    both.apply(run)
    (made,) = both.sandbox.state(VENDOR, "employees")
    assert not made.get("phones")
    assert "Work phone was not sent: Visma.net Payroll keeps a phone as a plain number" in SyncRow.objects.get().reason


# --- VP-15 --------------------------------------------------------------------------------------------------------


def created(both: VismaSides, **fault: Any) -> SyncRun:
    both.hub(1)
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)
    approve_run(run=run, by=None, made_from=None)
    if fault:
        rule = {"action": "refuse", "path": "/(taxUnits|workTimeAgreements)", "every": True, "body": {"message": "Nei"}}
        both.sandbox.faults([{**rule, **fault}])
    return both.finish(run)


@pytest.mark.behaviour("VP-15")
@pytest.mark.parametrize(
    "answer",
    [
        {"status": 403},
        {"status": 404},
        {"status": 406},
        {"status": 500},
        {"status": 200, "body": {"items": []}},
        {"status": 200, "body": "<html>"},
        {"status": 200, "body": {"data": [None, 7]}},
    ],
)
def test_settings_that_cannot_be_read_stop_no_creation_and_the_report_says_what_to_fill_in(
    both: VismaSides, answer: dict[str, Any]
) -> None:
    run = created(both, **answer)
    assert run.state == SyncRun.State.DONE
    (made,) = both.sandbox.state(VENDOR, "employees")
    (position,) = made["positions"]
    assert (made["isDraft"], "taxUnitIds" in position, "workTimeAgreement" in position) == (True, False, False)
    wanted = "Fill in there: tax unit and work time agreement. They could not be read from Visma.net Payroll."
    assert wanted in SyncRow.objects.get(run=run).reason
    assert wanted in report_text(build_report(run=run))


@pytest.mark.behaviour("VP-15")
def test_a_company_with_one_of_each_has_nothing_to_fill_in(both: VismaSides) -> None:
    run = created(both)
    assert "Fill in there" not in SyncRow.objects.get(run=run).reason


@pytest.mark.behaviour("VP-15")
def test_settings_of_an_outage_are_read_again(both: VismaSides) -> None:
    run = created(both, status=503, every=False, count=1)
    assert run.state == SyncRun.State.DONE
    assert "Fill in there" not in SyncRow.objects.get(run=run).reason
    assert len(both.writes()) == 1


@pytest.mark.behaviour("VP-15")
def test_a_person_whom_the_push_creates_is_told_to_be_completed(both: VismaSides) -> None:
    both.pair_active(9)
    both.sandbox.faults([{"action": "refuse", "path": "/taxUnits", "status": 406, "every": True}])
    type(both.connection).objects.update(creates_by_itself=True)
    both.hub(1)
    both.push_until_sent()
    problem = both.problem()
    assert problem.cause == "warned"
    assert problem.message == "Fill in there: tax unit. They could not be read from Visma.net Payroll."
