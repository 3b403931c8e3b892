"""After the first comparison only what changed at Visma is read, where that shows all that the whole list would."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from integrations.core.models import Connection, Link, Mark, SyncRow, SyncRun
from tests.factories import EmployeeFactory
from tests.visma_payroll.sync.sides import VENDOR, VismaSides, change

YESTERYEAR = 400 * 24 * 3600


@pytest.fixture
def months_later(both: VismaSides) -> list[str]:
    """Five people who were synchronised long ago; nothing was changed since."""
    ids = [both.pair(number)[1] for number in range(1, 6)]
    both.activate()
    SyncRun.objects.update(created_at=timezone.now() - timedelta(days=5))
    both.sandbox.advance_clock(seconds=YESTERYEAR)
    both.sandbox.clear_calls()
    SyncRun.objects.update(created_at=timezone.now() + timedelta(days=360))
    return ids


def listed_since(both: VismaSides) -> list[str]:
    """Return, per page of a list that was asked for, since which day; empty where it was the whole list."""
    calls = both.sandbox.calls(path=f"/{VENDOR}/v2/employees?")
    # Without the one that found the token ended.
    queries = [urlsplit(call["path"]).query for call in calls if call["status"] == 200]
    return [parse_qs(query).get("fromLastChangedDate", [""])[0] for query in queries]


def test_only_what_changed_is_read_and_shown(both: VismaSides, months_later: list[str]) -> None:
    both.change_at_vendor(months_later[2], phones=[{"type": "Business", "number": 40007777}])
    run = both.review()
    assert run.counts["since"]
    assert (run.counts["right"], run.counts["left_out"]) == (1, {"unchanged": 4})
    (row,) = SyncRow.objects.filter(run=run)
    assert (row.right_id, row.fields.get().field) == (months_later[2], "phone")
    assert len(listed_since(both)) == 1
    assert listed_since(both)[0]


def test_whoever_waits_for_a_decision_is_shown_again(both: VismaSides, months_later: list[str]) -> None:
    both.change_at_vendor(months_later[2], phones=[{"type": "Business", "number": 40007777}])
    assert both.review().counts["rows"] == 1
    both.sandbox.advance_clock(seconds=YESTERYEAR)
    SyncRun.objects.filter(created_at__gt=timezone.now()).update(created_at=timezone.now() + timedelta(days=365 * 2))
    latest = SyncRun.objects.first()
    assert latest is not None
    SyncRun.objects.filter(pk=latest.pk).update(created_at=timezone.now() + timedelta(days=365 * 2))
    run = both.review()
    assert [row.right_id for row in SyncRow.objects.filter(run=run)] == [months_later[2]]
    assert run.counts["since"]


def test_somebody_new_at_visma_is_offered(both: VismaSides, months_later: list[str]) -> None:
    right_id = both.vendor(9)
    run = both.review()
    (row,) = SyncRow.objects.filter(run=run)
    assert (row.kind, row.right_id, "since" in run.counts) == ("only_right", right_id, True)


def test_somebody_new_in_the_hub_is_looked_for_among_everybody(both: VismaSides, months_later: list[str]) -> None:
    employee = both.hub(9)
    run = both.review()
    (row,) = SyncRow.objects.filter(run=run)
    assert (row.kind, row.left_id, "since" in run.counts) == ("only_left", str(employee.pk), False)


@pytest.mark.parametrize("reason", ["asked for", "a week", "settings", "somebody gone"])
def test_everybody_is_compared_where_it_must_be(both: VismaSides, months_later: list[str], reason: str) -> None:
    if reason == "a week":
        SyncRun.objects.update(created_at=timezone.now() - timedelta(days=8))
    if reason == "settings":
        Connection.objects.update(settings={"international_accounts": True})
    if reason == "somebody gone":
        Link.objects.filter(right_id=months_later[0]).update(gone_at=timezone.now())
    run = both.review(whole=reason == "asked for")
    assert ("since" in run.counts, run.counts["equal"], listed_since(both)) == (False, 5, [""])


def test_marks_of_people_who_were_not_looked_at_stay(both: VismaSides, months_later: list[str]) -> None:
    employee = EmployeeFactory._meta.model.objects.get(employment_id="1")
    change(employee, last_workday=date(2040, 1, 1))
    both.review()
    assert Mark.objects.filter(left_id=str(employee.pk)).exists()
    both.push_until_sent()
    assert both.position_at_vendor(months_later[0])["activeEnd"] == "2040-01-01"


def test_somebody_who_slipped_out_of_a_list_without_a_total_is_not_called_gone(both: VismaSides) -> None:
    for number in range(1, 4):
        both.pair(number)
    both.activate()
    both.sandbox.faults([{"action": "short_page", "method": "GET", "path": "/employees", "every": True}])
    run = both.compare(whole=True)
    both.sandbox.clear_faults()
    assert (run.counts["complete"], Link.objects.filter(gone_at__isnull=False).count()) == (False, 0)
    assert not SyncRow.objects.filter(run=run, kind="gone").exists()


def test_somebody_who_is_gone_at_visma_is_shown_as_gone(both: VismaSides) -> None:
    ids = [both.pair(number)[1] for number in range(1, 4)]
    both.activate()
    both.sandbox.remove(VENDOR, "employees", ids[0])
    run = both.review(whole=True)
    assert SyncRow.objects.get(run=run, kind="gone").link == Link.objects.get(right_id=ids[0])
    assert Link.objects.get(right_id=ids[0]).gone_at is not None
