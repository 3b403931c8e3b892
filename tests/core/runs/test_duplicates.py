"""People who share a value that may occur once a side are listed by name and held out (FX-05)."""

from typing import Any

import pytest

from employees.models import Employee
from integrations.core.models import Connection, Link, SyncRow, SyncRun
from integrations.core.runs.deciding import RunRefused
from tests.core.runs.both_sides import (
    PHONE,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    create,
    create_all,
    review,
    row_of,
)

Kind = SyncRow.Kind


SHARED_AT_VENDOR: list[Any] = [
    pytest.param({"Phone1": "070-174 06 05"}, {"Phone1": "+46701740605"}, "Work phone", id="phone"),
    pytest.param({"Email": "same@demo.example"}, {"Email": "SAME@demo.example"}, "Work e-mail", id="e-mail"),
]


@pytest.mark.behaviour("FX-05")
@pytest.mark.parametrize(("one", "other", "label"), SHARED_AT_VENDOR)
def test_people_who_share_a_value_at_the_vendor_are_listed_by_name_and_held(
    connection: Connection, both: BothSides, one: dict[str, str], other: dict[str, str], label: str
) -> None:
    both.vendor(1, **one)
    both.vendor(2, **other)
    both.vendor(3)
    run = review(connection)
    create_all(run)

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    first, second = row_of(run, right_id="101"), row_of(run, right_id="102")
    assert first.reason == f"{label} is also used by Given 2 Family 2."
    assert second.reason == f"{label} is also used by Given 1 Family 1."
    assert {first.state, second.state} == {SyncRow.State.HELD}
    assert {first.kind, second.kind} == {Kind.DUPLICATE}
    assert list(Employee.objects.values_list("work_email", flat=True)) == ["p3@demo.example"]

    both.change_at_vendor("102", Phone1="", Email="p2@demo.example")
    run = review(connection)
    create_all(run)
    apply_all(run)
    assert_in_step(connection, 3)


SHARED_IN_HUB: list[Any] = [
    pytest.param({"work_phone": PHONE}, {"work_phone": PHONE}, "Work phone", id="phone"),
    pytest.param({"work_email": "same@demo.example"}, {"work_email": "Same@Demo.example"}, "Work e-mail", id="e-mail"),
]


@pytest.mark.behaviour("FX-05")
@pytest.mark.parametrize(("one", "other", "label"), SHARED_IN_HUB)
def test_people_who_share_a_value_in_the_hub_are_listed_by_name_and_held(
    connection: Connection, both: BothSides, one: dict[str, str], other: dict[str, str], label: str
) -> None:
    first, second = both.hub(1, **one), both.hub(2, **other)
    both.hub(3)
    run = review(connection)
    create_all(run)

    run = apply_all(run)

    assert row_of(run, left=first).reason == f"{label} is also used by Given 2 Family 2."
    assert row_of(run, left=second).reason == f"{label} is also used by Given 1 Family 1."
    assert {row_of(run, left=person).state for person in (first, second)} == {SyncRow.State.HELD}
    assert both.emails_at_vendor() == ["p3@demo.example"]

    change(second, work_phone="", work_email="p2@demo.example")
    run = review(connection)
    create_all(run)
    apply_all(run)
    assert_in_step(connection, 3)


@pytest.mark.behaviour("FX-05")
def test_people_who_share_an_employment_id_after_folding_are_held(connection: Connection, both: BothSides) -> None:
    first, second = both.hub(1, employment_id="A 7"), both.hub(2, employment_id="A7")
    run = review(connection)

    assert row_of(run, left=first).reason == "Employment ID is also used by Given 2 Family 2."
    assert row_of(run, left=second).kind == Kind.DUPLICATE
    with pytest.raises(RunRefused, match="also used by"):
        create(row_of(run, left=first))

    change(second, employment_id="")
    run = review(connection)
    create_all(run)
    apply_all(run)
    assert both.emails_at_vendor() == ["p1@demo.example", "p2@demo.example"]


@pytest.mark.behaviour("FX-05")
def test_empty_values_are_no_duplicates(connection: Connection, both: BothSides) -> None:
    for number in (1, 2):
        both.pair(number, vendor={"Phone1": ""}, work_phone="")
    for number in (3, 4):
        both.vendor(number, Phone1="")
    for number in (5, 6):
        both.hub(number, work_phone="")
    run = review(connection)
    create_all(run)

    apply_all(run)

    assert_in_step(connection, 6)


@pytest.mark.behaviour("FX-05")
def test_a_pair_one_of_whom_shares_a_value_is_held_in_one_row(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1, vendor={"Phone1": PHONE}, work_phone=PHONE, given_name="Anna")
    both.vendor(2, Phone1=PHONE)
    run = review(connection)

    row = row_of(run, left=employee)
    assert (row.kind, row.right_id, list(row.fields.all())) == (Kind.DUPLICATE, "101", [])
    apply_all(run)
    assert not Link.objects.exists()
