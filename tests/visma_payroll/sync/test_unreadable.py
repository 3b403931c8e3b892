"""One employee at Visma who cannot be read is told by name; lists that lose their place are read again."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.core.explaining import Reader
from integrations.core.models import Link, Problem, SyncRow, SyncRun
from integrations.core.runs.comparing import compare_run
from integrations.core.runs.deciding import decide_creations
from integrations.visma_payroll import client
from tests.visma_payroll.sync.sides import VENDOR, VismaSides, change

LIST = {"vendor": VENDOR, "method": "GET", "path": "/v2/employees[?]"}
YESTERYEAR = 400 * 24 * 3600


def odd(**values: Any) -> dict[str, Any]:
    return {**LIST, "action": "odd_row", "values": values, "every": True}


@pytest.mark.behaviour("G-23")
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"emails": [None]}, "the e-mail addresses"),
        ({"emails": "a@b.no"}, "the e-mail addresses"),
        ({"emails": [{"type": "Business", "address": ["x"]}]}, "the e-mail addresses"),
        ({"phones": {"type": "Business"}}, "the phone numbers"),
        ({"phones": [{"type": ["Business"], "number": 1}]}, "the phone numbers"),
        ({"personNames": [None]}, "the names"),
        ({"personNames": [{"firstName": True, "lastName": "L"}]}, "the names"),
        ({"personNames": [{"firstName": "G", "lastName": "F", "activeStart": "soon"}]}, "names"),
        ({"personNames": [{"firstName": "G", "lastName": "F", "activeStart": ["2020-01-01"]}]}, "names"),
        ({"address": "Storgata 1"}, "the address"),
        ({"address": {"cityName": ["Oslo"]}}, "the address"),
        ({"salaryPaymentMethod": [1]}, "the bank account"),
        ({"salaryPaymentMethod": {"paymentType": {"x": 1}}}, "the bank account"),
        ({"personIds": [None]}, "the national IDs"),
        ({"personIds": [{"typeOfId": "NationalID", "id": "1", "activeStart": "soon"}]}, "the national IDs"),
        ({"dateOfBirth": "1955-13-40"}, "the date of birth"),
        ({"_embedded": {"positions": [None]}}, "the positions"),
        ({"_embedded": []}, "the positions"),
        ({"_embedded": {"positions": [{"id": "1", "activeStart": ["2020-01-01"]}]}}, "the positions"),
        ({"number": {"x": 1}}, "the employee number"),
    ],
)
def test_an_employee_who_cannot_be_read_is_told_and_everybody_else_goes_on(
    both: VismaSides, values: dict[str, Any], words: str
) -> None:
    employee, right_id = both.pair(1)
    both.pair(2)
    both.activate()
    both.sandbox.faults([odd(**values)])

    run = both.review(whole=True)

    row = SyncRow.objects.get(run=run)
    assert (row.kind, row.left_id, row.right_id) == ("unreadable", str(employee.pk), right_id)
    assert words in row.reason
    assert (run.counts["equal"], run.counts["complete"]) == (1, True)
    assert Link.objects.get(right_id=right_id).gone_at is None

    both.sandbox.clear_faults()
    assert both.review(whole=True).counts["equal"] == 2


@pytest.mark.behaviour("G-23")
@pytest.mark.parametrize("row", [None, 5, "x", [], {"number": "1"}])
def test_a_row_without_an_id_is_told_and_creates_nobody(both: VismaSides, row: Any) -> None:
    both.pair(1)
    both.pair(2)
    both.sandbox.faults([{**LIST, "action": "odd_row", "row": row, "every": True}])

    run = both.review()

    told = SyncRow.objects.get(run=run, kind="unreadable")
    assert told.right_id == ""
    assert run.counts["equal"] == 1
    assert not Link.objects.filter(right_id__in=("", "None")).exists()

    both.sandbox.clear_faults()
    assert both.review().counts["equal"] == 2


@pytest.mark.behaviour("G-23")
def test_an_edit_of_somebody_who_cannot_be_read_is_told_and_goes_once_that_is_mended(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    emails = both.at_vendor(right_id)["emails"]
    both.change_at_vendor(right_id, emails=[None])
    change(employee, city="Bergen")

    both.push()

    assert "the e-mail addresses" in both.problem().message
    assert both.writes() == []

    both.change_at_vendor(right_id, emails=emails)
    change(employee, city="Trondheim")
    both.push_until_sent()
    assert both.at_vendor(right_id)["address"]["cityName"] == "Trondheim"
    assert not Problem.objects.filter(state="open").exists()


# --- Lists -----------------------------------------------------------------------------------------------------


@pytest.fixture
def _two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", 2)


@pytest.mark.behaviour("G-24")
@pytest.mark.parametrize(
    "cursor", [7, [], ["x"], "next", {"nextToken": 7}, {"nextToken": ["x"]}, {"nextToken": {"x": 1}}]
)
def test_a_cursor_that_is_none_is_an_outage_by_name(both: VismaSides, cursor: Any) -> None:
    both.pair(1)
    body = {"data": [], "cursor": cursor}
    both.sandbox.faults([{**LIST, "action": "refuse", "status": 200, "body": body, "every": True}])

    run = both.compare()

    assert run.state == SyncRun.State.COMPARING
    assert "where it goes on" in run.error

    both.sandbox.clear_faults()
    compare_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.counts["equal"]) == (SyncRun.State.REVIEW, 1)


@pytest.mark.behaviour("G-24")
def test_a_cursor_for_ever_new_without_anybody_new_does_not_end(both: VismaSides) -> None:
    both.pair(1)
    rules = [
        {
            **LIST,
            "action": "refuse",
            "status": 200,
            "k": call,
            "body": {"data": [], "cursor": {"nextToken": f"t{call}"}},
        }
        for call in range(1, 20)
    ]
    both.sandbox.faults(rules)
    both.sandbox.clear_calls()

    run = both.compare()

    assert run.state == SyncRun.State.FAILED
    assert "does not end" in run.error
    assert len(both.sandbox.calls(path="/v2/employees?")) == 2

    both.sandbox.clear_faults()
    assert both.review().counts["equal"] == 1


@pytest.mark.behaviour("G-24")
@pytest.mark.usefixtures("_two_a_page")
@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_cursor_that_has_expired_starts_the_list_anew(both: VismaSides, status: int) -> None:
    for number in range(1, 6):
        both.pair(number)
    both.sandbox.faults([{**LIST, "path": "cursor=", "action": "refuse", "status": status, "body": {}, "k": 2}])

    assert both.review().counts["equal"] == 5


@pytest.mark.behaviour("G-24")
@pytest.mark.parametrize("status", [400, 404, 406])
def test_where_changes_are_not_listed_the_whole_list_is_read(both: VismaSides, status: int) -> None:
    for number in range(1, 4):
        both.pair(number)
    both.activate()
    SyncRun.objects.update(created_at=timezone.now() - timedelta(days=5))
    both.sandbox.faults([{**LIST, "path": "fromLastChangedDate", "action": "refuse", "status": status, "body": {}}])

    run = both.review()

    assert (run.counts["equal"], run.counts["complete"]) == (3, True)
    assert "since" not in run.counts


@pytest.mark.behaviour("G-24", "G-16")
@pytest.mark.usefixtures("_two_a_page")
def test_whoever_a_list_without_totals_skips_is_asked_for(both: VismaSides) -> None:
    ids = [both.pair(number)[1] for number in range(1, 41)]
    both.activate()
    for right_id in ids[:30]:
        both.sandbox.remove(VENDOR, "employees", right_id)
    # Somebody behind those who are gone is there and not listed.
    both.sandbox.faults([{**LIST, "path": "cursor=", "action": "short_page", "every": True, "k": 1}])

    run = both.compare(whole=True)

    gone = set(Link.objects.filter(gone_at__isnull=False).values_list("right_id", flat=True))
    assert gone == set(ids[:30])
    assert run.counts["complete"] is False


@pytest.mark.behaviour("G-23")
def test_the_next_comparison_lets_somebody_go_on_who_can_be_read_again(both: VismaSides) -> None:
    employee, right_id = both.pair_active()
    emails = both.at_vendor(right_id)["emails"]
    both.change_at_vendor(right_id, emails=[None])
    change(employee, city="Bergen")
    both.push()
    problem = both.problem()
    assert problem.cause == "CannotBeRead"
    assert Reader().explain(problem).title == "A record at Visma.net Payroll cannot be read"

    both.review(whole=True)
    both.push()
    problem.refresh_from_db()
    assert (problem.state, both.writes()) == ("open", [])

    both.change_at_vendor(right_id, emails=emails)
    both.review(whole=True)
    both.push_until_sent()
    problem.refresh_from_db()
    assert problem.state == "solved"
    assert both.at_vendor(right_id)["address"]["cityName"] == "Bergen"


@pytest.mark.behaviour("G-23")
def test_one_who_waits_for_a_decision_and_cannot_be_read_does_not_end_a_narrowed_comparison(both: VismaSides) -> None:
    _, right_id = both.pair(1)
    both.pair(2)
    both.activate()
    both.change_at_vendor(right_id, phones=[{"type": "Business", "number": 40007777}])
    assert both.review().counts["rows"] == 1
    both.sandbox.faults([{"path": f"/v2/employees/{right_id}", "action": "refuse", "status": 400, "every": True}])

    run = both.review()

    assert run.counts["since"]
    rows = SyncRow.objects.filter(run=run, right_id=right_id)
    assert set(rows.values_list("kind", flat=True)) <= {"unreadable", "differs"}


@pytest.mark.behaviour("G-23")
def test_somebody_new_who_cannot_be_read_afterwards_ends_no_run_and_is_not_created_twice(both: VismaSides) -> None:
    both.pair(1)
    both.activate()
    new, other = both.hub(2), both.hub(3)
    run = both.review()
    decide_creations(run=run, kinds=("only_left",), by=None)
    read = {"vendor": VENDOR, "method": "GET", "path": "/v2/employees/e0[^/]*embed", "action": "odd_row"}
    both.sandbox.faults([{**read, "values": {"emails": [None]}, "every": True}])

    run = both.apply(run)

    states = dict(SyncRow.objects.filter(run=run, kind="only_left").values_list("left_id", "state"))
    assert sorted(states) == [str(new.pk), str(other.pk)]
    assert set(states.values()) == {"held"}
    reasons = SyncRow.objects.filter(run=run, kind="only_left").values_list("reason", flat=True)
    assert all("the e-mail addresses" in reason for reason in reasons)
    assert len(both.sandbox.state(VENDOR, "employees")) == 3

    both.sandbox.clear_faults()
    again = both.review()
    assert not SyncRow.objects.filter(run=again, kind="only_left").exists()
    assert len(both.sandbox.state(VENDOR, "employees")) == 3
