"""One record of the vendor's that cannot be read is told by name; everything else is synchronised."""

from typing import Any

import pytest

from integrations.core.models import Connection, Link, SyncRow, SyncRun
from integrations.core.report import build_report
from tests.core.runs.both_sides import (
    OTHER_PHONE,
    PHONE,
    RIGHT,
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

pytestmark = pytest.mark.behaviour("G-23")

LIST = {"method": "GET", "path": "/3/employees[?]"}
UNREAD: dict[str, Any] = {"DatedSchedules": [None], "ScheduleId": ""}
# What no employee of Fortnox should hold, and words that tell an HR admin where to look.
ODD: list[tuple[dict[str, Any], str]] = [
    ({"DatedSchedules": [None], "ScheduleId": ""}, "working-time schedules"),
    ({"DatedSchedules": "soon", "ScheduleId": ""}, "working-time schedules"),
    ({"DatedSchedules": [{"FirstDay": "soon"}], "ScheduleId": ""}, "working-time schedules"),
    ({"DatedSchedules": {"FirstDay": "1970-01-01"}, "ScheduleId": ""}, "working-time schedules"),
    ({"FirstName": ["Given"]}, "the given name"),
    ({"LastName": {"x": 1}}, "the family name"),
    ({"Phone1": [None]}, "the phone number"),
    ({"City": True}, "the address"),
    ({"EmployedTo": ["2020-01-01"]}, "the last day of the employment"),
    ({"PersonalIdentityNumber": {"n": 1}}, "the personal identity number"),
    ({"Inactive": ["x"]}, "whether the person is active"),
    ({"BankAccountNo": [1, 2]}, "the bank account"),
]


def unreadable(run: SyncRun) -> list[tuple[str, str, str]]:
    rows = SyncRow.objects.filter(run=run, kind=SyncRow.Kind.UNREADABLE).order_by("pk")
    return list(rows.values_list("label", "left_id", "right_id"))


@pytest.mark.parametrize(("values", "words"), ODD)
def test_a_linked_person_who_cannot_be_read_is_told_and_everybody_else_goes_on(
    connection: Connection, both: BothSides, values: dict[str, Any], words: str
) -> None:
    odd, other = both.pair(1), both.pair(2)
    apply_all(review(connection))
    both.change_at_vendor("102", Phone1=PHONE)
    both.sandbox.faults([{**LIST, "action": "odd_row", "values": values, "every": True}])

    run = review(connection)

    row = row_of(run, left=odd)
    assert (row.kind, row.right_id, row.link) == ("unreadable", "101", Link.objects.get(right_id="101"))
    assert words in row.reason
    assert "other system" in row.reason
    assert Link.objects.get(right_id="101").gone_at is None
    decide(row_of(run, left=other), phone=RIGHT)
    done = apply_all(run)
    other.refresh_from_db()
    assert other.work_phone == PHONE
    (section,) = [each for each in build_report(run=done).sections if each.outcome == "unreadable"]
    assert [(person.name.startswith(row.label), words in person.reason) for person in section.people] == [(True, True)]
    assert build_report(run=done).adds_up

    both.sandbox.clear_faults()
    assert_in_step(connection, 2)


@pytest.mark.parametrize("row", [None, 7, "x", [], {}, {"EmployeeId": None, "FirstName": "Eva"}])
def test_a_row_that_names_nobody_is_told_by_what_it_holds(connection: Connection, both: BothSides, row: Any) -> None:
    both.pair(1)
    both.pair(2)
    both.vendor(3)
    new = both.hub(4)
    both.sandbox.faults([{**LIST, "action": "odd_row", "at": 2, "row": row, "every": True}])

    run = review(connection)

    (told,) = unreadable(run)
    assert told in {("A record without a name", "", ""), ("Eva", "", "")}
    assert (run.counts["complete"], run.counts["equal"]) == (True, 2)
    create_all(run)
    apply_all(run)
    assert row_of(run, left=new).state == SyncRow.State.WRITTEN, row_of(run, left=new).reason
    assert not Link.objects.filter(right_id__in=("", "None")).exists()

    both.sandbox.clear_faults()
    run = review(connection)
    assert row_of(run).kind == "only_right"


def test_somebody_without_a_link_who_cannot_be_read_is_not_offered_for_creation(
    connection: Connection, both: BothSides
) -> None:
    known = both.pair(1)
    both.sandbox.faults([{**LIST, "action": "odd_row", "values": UNREAD, "every": True}])

    run = review(connection)

    assert unreadable(run) == [("Given 1 Family 1", str(known.pk), "101")]
    create_all(run)
    apply_all(run)
    assert both.writes() == []
    assert not Link.objects.exists()

    both.sandbox.clear_faults()
    assert review(connection).counts["equal"] == 1


def test_whoever_has_the_name_of_one_who_cannot_be_read_waits_for_a_person(
    connection: Connection, both: BothSides
) -> None:
    person = both.hub(1, employment_id="")
    both.vendor(1, Phone1="")
    both.sandbox.faults([{**LIST, "action": "odd_row", "values": {"Email": {"x": 1}}, "every": True}])

    run = review(connection)

    row = row_of(run, left=person)
    assert row.kind == "only_left"
    assert "cannot be read" in row.hold_reason
    create_all(run)
    apply_all(run)
    assert both.writes() == []


def test_two_records_without_an_id_are_two(connection: Connection, both: BothSides) -> None:
    for number in range(1, 4):
        both.vendor(number)
    rules = [{**LIST, "action": "odd_row", "at": 0, "values": {"EmployeeId": None}, "every": True}]
    both.sandbox.faults(rules)
    assert unreadable(review(connection)) == [("Given 1 Family 1", "", "")]

    both.sandbox.clear_faults()
    for right_id in ("101", "102"):
        both.change_at_vendor(right_id, FirstName=["x"])
    run = review(connection)
    assert [told[2] for told in unreadable(run)] == ["101", "102"]


def test_a_value_that_the_connected_user_may_not_see_is_unknown_wherever_it_stands(
    connection: Connection, both: BothSides
) -> None:
    both.pair(1, vendor={"DatedSchedules": "API_NORIGHT", "ScheduleId": ""})
    both.pair(
        2, vendor={"DatedSchedules": [{"FirstDay": "API_NORIGHT", "ScheduleId": "API_NORIGHT"}], "ScheduleId": ""}
    )
    both.pair(
        3, vendor={"Inactive": "API_NORIGHT", "EmployedTo": "API_NORIGHT", "PersonalIdentityNumber": "API_NORIGHT"}
    )

    run = review(connection)

    assert (run.counts["equal"], run.counts["rows"]) == (3, 0)


@pytest.mark.parametrize("written", ["2024-03-01", "2024-03-01T00:00:00", "2024-03-01T00:00:00+01:00"])
def test_a_date_with_a_time_is_its_day(connection: Connection, both: BothSides, written: str) -> None:
    both.sandbox.faults([{**LIST, "action": "odd_row", "values": {"EmployedTo": written}, "every": True}])
    employee = both.pair(1)

    run = review(connection)

    field = row_of(run, left=employee).fields.get()
    assert (field.field, field.right) == ("last_workday", "2024-03-01")


def test_what_cannot_be_read_since_the_review_is_not_written(connection: Connection, both: BothSides) -> None:
    odd, other = both.pair(1, work_phone=PHONE), both.pair(2, work_phone=OTHER_PHONE)
    run = review(connection)
    for employee in (odd, other):
        decide(row_of(run, left=employee), phone="left")
    both.sandbox.faults([{**LIST, "action": "odd_row", "values": UNREAD, "every": True}])

    run = start_applying(run)

    assert row_of(run, left=odd).state == SyncRow.State.MOVED
    assert "cannot be read" in row_of(run, left=odd).reason.lower()
    assert row_of(run, left=other).state == SyncRow.State.WRITTEN


def test_a_creation_of_unknown_outcome_is_not_made_again_while_it_may_be_one_who_cannot_be_read(
    connection: Connection, both: BothSides
) -> None:
    new = both.hub(1)
    run = review(connection)
    create_all(run)
    odd = {**LIST, "action": "odd_row", "values": {"Email": [None], "FirstName": [None]}, "every": True, "k": 1}
    both.sandbox.faults([{"method": "POST", "path": "/3/employees", "action": "drop_after"}, odd])

    run = apply_all(run)

    row = row_of(run, left=new)
    assert row.state == SyncRow.State.REFUSED
    assert "may be the same" in row.reason
    assert len(both.sandbox.state("fortnox", "employees")) == 1
    assert_counts_add_up(run)

    both.sandbox.clear_faults()
    assert review(connection).counts["equal"] == 0
    assert len(both.sandbox.state("fortnox", "employees")) == 1
