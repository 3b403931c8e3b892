"""A list that moves while it is read is read again, or told; nobody is gone before the vendor, asked, says so."""

from typing import Any

import pytest

from integrations.core.models import Connection, Link, SyncRow, SyncRun
from integrations.core.runs import missing
from integrations.core.runs.comparing import compare_run
from integrations.fortnox import client
from tests.core.connected import compare
from tests.core.runs.both_sides import (
    LEFT,
    PHONE,
    BothSides,
    apply_all,
    assert_counts_add_up,
    assert_in_step,
    create_all,
    decide,
    review,
    row_of,
    start_applying,
)

pytestmark = pytest.mark.behaviour("G-24", "G-16")

LIST = {"method": "GET", "path": "/3/employees[?]"}
PAGE_TWO = {"method": "GET", "path": "/3/employees[?]page=2"}


@pytest.fixture(autouse=True)
def _three_a_page(monkeypatch: pytest.MonkeyPatch, connection: Connection) -> None:
    monkeypatch.setattr(client.FortnoxClient.list_employees, "__kwdefaults__", {"limit": 3})


@pytest.fixture
def six(connection: Connection, both: BothSides) -> BothSides:
    """Six people in step."""
    for number in range(1, 7):
        both.pair(number)
    apply_all(review(connection))
    both.sandbox.clear_calls()
    return both


def gone(run: SyncRun) -> set[str]:
    links = Link.objects.filter(connection=run.connection, gone_at__isnull=False)
    rows = SyncRow.objects.filter(run=run, kind=SyncRow.Kind.GONE)
    told = set(rows.values_list("link__right_id", flat=True))
    assert told == set(links.values_list("right_id", flat=True))
    return told


def asked_for(both: BothSides) -> list[str]:
    calls = both.sandbox.calls(method="GET", path="/3/employees/")
    return sorted(call["path"].rpartition("/")[2] for call in calls)


def person(number: int) -> dict[str, Any]:
    return {"EmployeeId": str(number), "FirstName": "N", "LastName": str(number), "Email": f"n{number}@x.se"}


def test_a_list_that_shrinks_while_it_is_read_is_read_again(connection: Connection, six: BothSides) -> None:
    six.sandbox.faults([{**PAGE_TWO, "action": "move_list", "remove": ["101", "102"]}])

    run = review(connection)

    assert gone(run) == {"101", "102"}
    assert (run.counts["equal"], run.counts["complete"]) == (4, True)
    assert asked_for(six) == ["101", "102"]


def test_a_list_that_grows_while_it_is_read_is_read_again(connection: Connection, six: BothSides) -> None:
    six.sandbox.faults([{**PAGE_TWO, "action": "move_list", "add": [person(201), person(202)]}])

    run = review(connection)

    assert gone(run) == set()
    assert (run.counts["right"], run.counts["complete"]) == (8, True)


def test_whoever_a_list_with_an_equal_total_skipped_is_asked_for_and_is_there(
    connection: Connection, six: BothSides
) -> None:
    new = six.hub(9)
    # 104 moves to page 1, which was read already, and somebody new comes at the end.
    six.sandbox.faults([{**PAGE_TWO, "action": "move_list", "remove": ["101"], "add": [person(201)]}])

    run = compare(connection)

    assert gone(run) == set()
    assert asked_for(six) == ["104"]
    # Whom else it skipped nobody knows.
    assert not SyncRow.objects.filter(run=run, left_id=str(new.pk)).exists()
    assert run.counts["complete"] is False
    assert "did not add up" in run.error
    assert_counts_add_up(run)

    run = review(connection)
    assert gone(run) == {"101"}
    assert row_of(run, left=new).kind == "only_left"


def test_every_missing_one_is_asked_for_and_only_whoever_is_denied_is_gone(
    connection: Connection, both: BothSides
) -> None:
    people = [both.pair(number) for number in range(1, 41)]
    apply_all(review(connection))
    for number in range(1, 31):
        both.sandbox.remove("fortnox", "employees", str(100 + number))
    both.sandbox.clear_calls()

    run = review(connection)

    assert asked_for(both) == sorted(str(100 + number) for number in range(1, 31))
    assert len(gone(run)) == 30
    assert run.counts["complete"] is True

    # Whoever was denied once is not asked for each time.
    both.sandbox.clear_calls()
    assert len(gone(review(connection))) == 30
    assert asked_for(both) == []
    assert len(people) == 40


def test_a_person_whom_the_vendor_does_not_answer_for_is_not_gone(connection: Connection, six: BothSides) -> None:
    six.sandbox.remove("fortnox", "employees", "103")
    six.sandbox.faults([{"path": "/3/employees/103", "action": "refuse", "status": 400, "body": {}, "every": True}])

    run = compare(connection)

    assert gone(run) == set()
    assert run.counts["not_listed"] == 1
    assert SyncRow.objects.get(run=run).kind == "not_listed"
    assert_counts_add_up(run)

    six.sandbox.clear_faults()
    assert gone(review(connection)) == {"103"}


def test_nobody_is_asked_for_who_is_disconnected(connection: Connection, six: BothSides) -> None:
    Link.objects.filter(right_id="103").update(state=Link.State.DISCONNECTED)
    six.sandbox.remove("fortnox", "employees", "103")

    run = review(connection)

    assert asked_for(six) == []
    assert gone(run) == set()


def test_of_many_missing_nobody_is_gone(
    connection: Connection, six: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missing, "ASKED_AT_MOST", 3)
    six.hub(9)
    for right_id in ("101", "102", "103", "104"):
        six.sandbox.remove("fortnox", "employees", right_id)

    run = compare(connection)

    assert (gone(run), asked_for(six)) == (set(), [])
    assert run.counts["not_listed"] == 4
    assert "asked for each of them by name" in run.error
    assert set(SyncRow.objects.filter(run=run).values_list("kind", flat=True)) == {"not_listed"}
    assert_counts_add_up(run)


# --- Before writing ------------------------------------------------------------------------------------------


def test_whoever_the_list_before_writing_skipped_is_written_all_the_same(
    connection: Connection, both: BothSides
) -> None:
    employees = [both.pair(number, work_phone=f"+4670188{number:04d}") for number in range(1, 7)]
    run = review(connection)
    for employee in employees:
        decide(row_of(run, left=employee), phone=LEFT)
    both.sandbox.faults([{**PAGE_TWO, "action": "move_list", "remove": ["101"], "add": [person(201)]}])

    run = start_applying(run)

    states = {row.right_id: row.state for row in run.rows.all()}
    assert states == dict.fromkeys(["102", "103", "104", "105", "106"], "written") | {"101": states["101"]}
    # Stood on page 1 when it was read, and is refused by the vendor.
    assert states["101"] in {"refused", "moved"}


def test_of_many_missing_before_writing_nobody_is_gone_and_nothing_is_written(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    employees = [both.pair(number, work_phone=f"+4670188{number:04d}") for number in range(1, 4)]
    run = review(connection)
    for employee in employees:
        decide(row_of(run, left=employee), phone=LEFT)
    monkeypatch.setattr(missing, "ASKED_AT_MOST", 1)
    for right_id in ("101", "102"):
        both.sandbox.remove("fortnox", "employees", right_id)

    run = start_applying(run)

    assert [row.state for row in run.rows.order_by("right_id")] == ["moved", "moved", "written"]
    assert "lacks this person" in row_of(run, left=employees[0]).reason
    assert not Link.objects.filter(gone_at__isnull=False).exists()


def test_nobody_is_created_on_a_list_that_skipped_somebody(connection: Connection, six: BothSides) -> None:
    new = six.hub(9)
    run = review(connection)
    create_all(run)
    SyncRun.objects.filter(pk=run.pk).update(listed_at=None)
    six.sandbox.faults([{**PAGE_TWO, "action": "move_list", "remove": ["101"], "add": [person(201)]}])

    run = start_applying(run)

    assert row_of(run, left=new).state == SyncRow.State.MOVED
    assert "Compare again" in row_of(run, left=new).reason
    assert six.writes() == []

    run = review(connection)
    create_all(run)
    apply_all(run)
    assert "p9@demo.example" in six.emails_at_vendor()


# --- Lists that do not end, or break off ------------------------------------------------------------------------


def test_a_list_that_names_nobody_new_does_not_end_and_is_told_so(connection: Connection, six: BothSides) -> None:
    endless = {"MetaInformation": {"@TotalResources": 6, "@TotalPages": 99, "@CurrentPage": 1}, "Employees": []}
    six.sandbox.faults([{**LIST, "action": "refuse", "status": 200, "body": endless, "every": True}])

    run = compare(connection)

    assert run.state == SyncRun.State.FAILED
    assert "does not end" in run.error
    assert len(six.sandbox.calls(path="/3/employees?")) == 2

    six.sandbox.clear_faults()
    assert_in_step(connection, 6)


def test_an_empty_page_in_between_is_no_end(connection: Connection, six: BothSides) -> None:
    empty = {"MetaInformation": {"@TotalResources": 6, "@TotalPages": 2, "@CurrentPage": 1}, "Employees": []}
    six.sandbox.faults([{**LIST, "action": "refuse", "status": 200, "body": empty}])

    assert review(connection).counts["equal"] == 6


def test_a_page_that_is_refused_in_the_middle_starts_the_list_anew(connection: Connection, six: BothSides) -> None:
    six.sandbox.faults([{**PAGE_TWO, "action": "refuse", "status": 400, "body": {}}])

    assert review(connection).counts["equal"] == 6
    assert len(six.sandbox.calls(path="/3/employees?")) == 4


def test_a_list_that_breaks_off_each_time_waits_and_is_told(connection: Connection, six: BothSides) -> None:
    six.sandbox.faults([{**PAGE_TWO, "action": "refuse", "status": 404, "body": {}, "every": True}])

    run = compare(connection)

    assert run.state == SyncRun.State.COMPARING
    assert "breaks off" in run.error

    six.sandbox.clear_faults()
    compare_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.counts["equal"]) == (SyncRun.State.DONE, 6)


@pytest.mark.parametrize(
    "totals", [{}, {"@TotalResources": None, "@TotalPages": 1}, {"@TotalResources": [], "@TotalPages": {}}]
)
def test_totals_that_are_none_are_an_outage_by_name(
    connection: Connection, six: BothSides, totals: dict[str, Any]
) -> None:
    body = {"MetaInformation": totals, "Employees": []}
    six.sandbox.faults([{**LIST, "action": "refuse", "status": 200, "body": body, "every": True}])

    run = compare(connection)

    assert run.state == SyncRun.State.COMPARING
    assert "has no totals" in run.error
    six.change_at_vendor("101", Phone1=PHONE)
    six.sandbox.clear_faults()
    compare_run(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == SyncRun.State.REVIEW
