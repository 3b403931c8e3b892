"""Who is whom: existing people are found again, and never guessed or doubled (G-05, G-10, G-13, G-16, FX-06)."""

import pytest

from employees.models import Employee
from integrations.core.models import Connection, Link, SyncRow, SyncRun
from integrations.core.runs.deciding import RunRefused
from tests.core.connected import compare
from tests.core.runs.both_sides import (
    LEFT,
    OTHER_PHONE,
    RIGHT,
    BothSides,
    apply_all,
    assert_counts_add_up,
    assert_in_step,
    change,
    create,
    create_all,
    decide,
    review,
    row_of,
)
from tests.factories import DepartmentFactory

Kind = SyncRow.Kind


def _kinds(run: SyncRun) -> list[tuple[str, str, str]]:
    return sorted(SyncRow.objects.filter(run=run).values_list("kind", "left_id", "right_id"))


@pytest.mark.behaviour("FX-06")
def test_people_are_matched_by_email_whatever_its_case_and_later_by_link(
    connection: Connection, both: BothSides
) -> None:
    first = both.pair(1, vendor={"Email": "P1@DEMO.Example"})
    second = both.pair(2)
    apply_all(review(connection))

    change(first, work_email="new1@demo.example")
    both.change_at_vendor("102", Email="new2@demo.example")
    run = review(connection)

    assert _kinds(run) == sorted([("differs", str(first.pk), "101"), ("differs", str(second.pk), "102")])
    assert row_of(run, left=first).fields.get().decision == LEFT
    assert row_of(run, left=second).fields.get().decision == RIGHT
    assert apply_all(run).state == SyncRun.State.DONE
    second.refresh_from_db()
    assert second.work_email == "new2@demo.example"
    assert both.emails_at_vendor() == ["new1@demo.example", "new2@demo.example"]
    assert_in_step(connection, 2)


@pytest.mark.behaviour("FX-06")
def test_people_without_an_email_are_listed_as_unmatched_with_that_reason(
    connection: Connection, both: BothSides
) -> None:
    employee = both.hub(1, work_email="")
    both.vendor(2, Email="")
    run = review(connection)

    for row in (row_of(run, left=employee), row_of(run, right_id="102")):
        assert row.kind == Kind.CANNOT_SEND
        assert row.reason == "No Work e-mail, so it cannot be matched with anybody."
        with pytest.raises(RunRefused, match="cannot be matched"):
            create(row)
    create_all(run)
    apply_all(run)
    assert both.writes() == []
    assert Employee.objects.count() == 1

    change(employee, work_email="p1@demo.example")
    both.change_at_vendor("102", Email="p2@demo.example")
    run = review(connection)
    create_all(run)
    apply_all(run)
    assert_in_step(connection, 2)


@pytest.mark.behaviour("G-05")
@pytest.mark.parametrize(
    "person",
    [
        {"work_email": "private@home.example", "national_id": "198507099805", "national_id_country": "SE"},
        {"work_email": "private@home.example", "birth_date": "1985-07-09"},
    ],
    ids=["same national ID", "same name and birth date"],
)
def test_somebody_who_may_stand_on_the_other_side_is_held_until_answered(
    connection: Connection, both: BothSides, person: dict[str, str]
) -> None:
    both.vendor(1, PersonalIdentityNumber="19850709-9805")
    employee = both.hub(1, **person)
    run = review(connection)

    assert _kinds(run) == sorted([("only_left", str(employee.pk), ""), ("only_right", "", "101")])
    for row in SyncRow.objects.filter(run=run):
        assert row.hold_reason.startswith("May be Given 1 Family 1")
        with pytest.raises(RunRefused, match="May be"):
            create(row)
    create_all(run)
    apply_all(run)
    assert both.writes() == []
    assert Employee.objects.count() == 1

    change(employee, work_email="p1@demo.example")
    run = review(connection)
    decide(row_of(run), employment_id=RIGHT)
    apply_all(run)
    assert_in_step(connection, 1)


@pytest.mark.behaviour("G-10")
def test_a_candidate_for_two_people_is_shown_and_never_guessed(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1)
    both.vendor(2, Email="p1@demo.example")
    run = review(connection)
    create_all(run)
    run = apply_all(run)

    row = row_of(run, left=employee)
    assert (row.kind, row.state) == (Kind.AMBIGUOUS, SyncRow.State.HELD)
    assert row.reason == "Could be any of several people: Given 1 Family 1, Given 2 Family 2."
    assert not Link.objects.exists()
    assert both.writes() == []

    both.change_at_vendor("102", Email="p2@demo.example")
    run = review(connection)
    create_all(run)
    apply_all(run)
    assert_in_step(connection, 2)


@pytest.mark.behaviour("G-10")
def test_a_new_person_with_the_email_of_somebody_linked_is_not_matched_to_anybody(
    connection: Connection, both: BothSides
) -> None:
    linked = both.pair(1)
    apply_all(review(connection))
    both.vendor(2, Email="p1@demo.example")

    run = review(connection)

    row = row_of(run, right_id="102")
    assert row.kind in {Kind.AMBIGUOUS, Kind.DUPLICATE}
    assert "Given 1 Family 1" in row.reason
    create_all(run)
    apply_all(run)
    assert Link.objects.get().left_id == str(linked.pk)
    assert Employee.objects.count() == 1


@pytest.mark.behaviour("G-13")
@pytest.mark.parametrize("by", ["departments", "employees"])
def test_in_a_pilot_nobody_else_appears_on_either_side(connection: Connection, both: BothSides, by: str) -> None:
    department = DepartmentFactory.create(company=both.company)
    chosen = both.pair(1, work_phone=OTHER_PHONE, department=department)
    both.pair(2, work_phone="+46701750002")
    both.hub(3)
    new = both.hub(4, department=department)
    scope = {"departments": [department.pk]} if by == "departments" else {"employees": [chosen.pk, new.pk]}
    Connection.objects.update(scope=scope)
    connection.refresh_from_db()

    run = compare(connection)

    assert_counts_add_up(run, pairs_left_out=1)
    assert _kinds(run) == sorted([("differs", str(chosen.pk), "101"), ("only_left", str(new.pk), "")])
    assert run.counts["left_out"] == {"out_of_scope": 2}
    decide(row_of(run, left=chosen), phone=LEFT)
    create_all(run)
    apply_all(run)
    assert both.at_vendor("102")["Phone1"] == "+46701740002"
    assert both.emails_at_vendor() == ["p1@demo.example", "p2@demo.example", "p4@demo.example"]
    assert {link.left_id for link in Link.objects.all()} == {str(chosen.pk), str(new.pk)}


@pytest.mark.behaviour("G-16")
def test_a_person_gone_at_the_vendor_is_shown_as_gone_and_nothing_is_deleted(
    connection: Connection, both: BothSides
) -> None:
    employee = both.pair(1)
    both.pair(2)
    apply_all(review(connection))
    both.sandbox.remove("fortnox", "employees", "101")

    run = review(connection)
    create_all(run)
    row = row_of(run, left=employee)
    assert (row.kind, row.reason) == (Kind.GONE, "Gone from the other system.")
    apply_all(run)

    assert Employee.objects.count() == 2
    assert both.writes() == []
    assert Link.objects.get(left_id=str(employee.pk)).state == Link.State.ACTIVE
    both.vendor(1)
    assert_in_step(connection, 2)


@pytest.mark.behaviour("G-11")
def test_a_disconnected_person_takes_no_part_until_connected_again(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1)
    apply_all(review(connection))
    Link.objects.update(state=Link.State.DISCONNECTED)
    change(employee, work_phone=OTHER_PHONE)
    both.change_at_vendor("101", FirstName="Anna")

    run = compare(connection)

    assert _kinds(run) == []
    assert run.counts["left_out"] == {"disconnected": 1}
    assert_counts_add_up(run, pairs_left_out=1)
    apply_all(run)
    assert both.writes() == []

    Link.objects.update(state=Link.State.ACTIVE)
    assert apply_all(review(connection)).state == SyncRun.State.DONE
    employee.refresh_from_db()
    assert (employee.given_name, both.at_vendor("101")["Phone1"]) == ("Anna", OTHER_PHONE)
    assert_in_step(connection, 1)
