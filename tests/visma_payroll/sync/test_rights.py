"""One person's or one job's missing right is that one's problem (G-41)."""

from typing import Any

import pytest
from django.utils import timezone

from integrations.core.models import Delivery, SyncField, SyncRun
from integrations.core.problems import JOB_LATE, OPEN
from integrations.core.runs.deciding import decide_field
from tests.visma_payroll.sync.sides import LEFT, VENDOR, VismaSides, change

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-41")]


def refuse(both: VismaSides, path: str, *, method: str = "", **more: Any) -> None:
    rule = {"vendor": VENDOR, "action": "refuse", "path": path, "method": method, "status": 403}
    both.sandbox.faults([{**rule, "body": {"message": "No."}, "every": True, **more}])


def told(both: VismaSides) -> list[tuple[str, str]]:
    return [(each.left_id, each.cause) for each in both.problems() if each.state in OPEN]


def name_of(both: VismaSides, right_id: str) -> str:
    return str(both.at_vendor(right_id)["personNames"][-1]["lastName"])


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_one_persons_missing_right_is_told_by_name(both: VismaSides, method: str) -> None:
    (first, first_id), (second, second_id) = both.pair(1), both.pair(2)
    both.activate()
    refuse(both, f"/employees/{first_id}", method=method)
    change(first, family_name="Dahl")
    change(second, family_name="Dahl")
    both.push_until_sent()

    assert (name_of(both, first_id), name_of(both, second_id)) == ("Family 1", "Dahl")
    assert told(both) == [(str(first.pk), "Forbidden:403")]
    assert "has no right to this there. (No.)" in both.problem().message

    both.sandbox.clear_faults()
    change(first, family_name="Lie")
    both.push_until_sent()
    assert (told(both), name_of(both, first_id)) == ([], "Lie")


def test_a_second_person_stops_everything(both: VismaSides) -> None:
    pairs = [both.pair(number) for number in range(1, 7)]
    both.activate()
    refuse(both, "/employees/", method="PUT")
    for employee, _right_id in pairs:
        change(employee, family_name="Dahl")
    both.push()
    assert ("", "RightMissing:403") in told(both)

    both.sandbox.clear_faults()
    both.push_until_sent()
    assert {name_of(both, right_id) for _employee, right_id in pairs} == {"Dahl"}
    assert told(both) == []


def test_one_job_that_may_not_be_asked_about_is_told_and_nothing_is_sent_again(both: VismaSides) -> None:
    (first, first_id), (second, second_id) = both.pair(1), both.pair(2)
    both.activate()
    refuse(both, "jobs/", every=False)
    change(first, family_name="Dahl")
    both.push()
    for _try in range(20):
        if told(both):
            break
        Delivery.objects.filter(state=Delivery.State.WAITING).update(not_before=timezone.now())
        both.push()
    assert told(both) == [(str(first.pk), JOB_LATE)]
    assert "What became of it may not be seen" in both.problem().message

    change(second, family_name="Dahl")
    both.push()
    Delivery.objects.filter(state=Delivery.State.UNKNOWN).update(settle_until=timezone.now())
    both.push_until_sent()
    assert (name_of(both, first_id), name_of(both, second_id)) == ("Dahl", "Dahl")
    assert told(both) == []
    assert len([call for call in both.writes() if call == ("PUT", "employee")]) == 2


def test_one_persons_missing_right_is_that_rows_of_a_run(both: VismaSides) -> None:
    (_first, first_id), (_second, second_id) = both.pair(1, family_name="Dahl"), both.pair(2, family_name="Dahl")
    run = both.review()
    for row in run.rows.all():
        for field in row.fields.all():
            take_hub(field.pk)
    refuse(both, f"/employees/{first_id}", method="GET")
    run = both.apply(run)

    assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
    assert dict(run.rows.values_list("right_id", "state")) == {first_id: "refused", second_id: "written"}
    assert [cause for _left_id, cause in told(both)] == ["Forbidden:403"]
    assert len([call for call in both.calls() if call == ("GET", "employee")]) <= 3

    both.sandbox.clear_faults()
    run = both.review()
    for field in run.rows.get().fields.all():
        take_hub(field.pk)
    both.apply(run)
    assert told(both) == []


def take_hub(pk: int) -> None:
    decide_field(field=SyncField.objects.get(pk=pk), decision=LEFT, by=None)


def test_who_may_not_be_read_by_name_ends_no_narrowed_comparison(both: VismaSides) -> None:
    (first, first_id), (second, second_id) = both.pair(1), both.pair(2)
    both.activate()
    # Shown, and left undecided: the next comparison reads the two by name.
    for right_id in (first_id, second_id):
        both.change_at_vendor(right_id, phones=[{"type": "Business", "number": 40_009_999}])
        change(first if right_id == first_id else second, work_phone="+4740008888")
    assert both.review().rows.count() == 2
    refuse(both, f"/employees/{first_id}", method="GET")
    both.sandbox.clear_calls()

    run = both.compare()

    assert (run.state, run.error, bool(run.counts.get("since"))) == (SyncRun.State.REVIEW, "", True)
    assert [call for call in both.calls() if call == ("GET", "employee")]
    assert told(both) == [(str(first.pk), "Forbidden:403")]
    both.sandbox.clear_faults()
    assert both.review(whole=True).rows.count() == 2
