"""Somebody who came to the other side while the review waited is not created a second time, on either side (G-20)."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User

from employees.models import Employee
from integrations.core.hub.endpoint import HubPeople
from integrations.core.linking import answer_hold
from integrations.core.models import Connection, SyncRow, SyncRun
from tests.core.runs.both_sides import (
    BothSides,
    apply_all,
    assert_in_step,
    change,
    create,
    create_all,
    review,
    row_of,
)

MOVED = SyncRow.State.MOVED
NATIONAL_ID = {"national_id": "5501019805", "national_id_country": "SE"}
BORN = {"birth_date": date(1955, 1, 1)}
# What the two have in common beside the work e-mail, in the hub's words, in the vendor's, and what is said of it.
SHARED: list[Any] = [
    pytest.param(NATIONAL_ID, {"PersonalIdentityNumber": "19550101-9805"}, "national ID", id="national ID"),
    pytest.param(
        BORN,
        {"PersonalIdentityNumber": "195501019805", "FirstName": "GIVEN", "LastName": "Family 1"},
        "name and birth date",
        id="name and birth date",
    ),
    pytest.param({}, {"Phone1": "070-174 00 01"}, "Work phone", id="phone"),
]
OTHER: dict[str, Any] = {"Email": "other@demo.example", "Phone1": "", "FirstName": "Anna", "LastName": "Berg"}


def _hub_values(hub: dict[str, Any]) -> dict[str, Any]:
    return {"given_name": "Given", **hub}


@pytest.mark.behaviour("G-20", "G-10")
@pytest.mark.parametrize(("hub", "vendor", "shared"), SHARED)
def test_somebody_who_came_to_the_vendor_is_not_created_there_again(
    connection: Connection, both: BothSides, hub: dict[str, Any], vendor: dict[str, str], shared: str
) -> None:
    employee = both.hub(1, **_hub_values(hub))
    run = review(connection)
    create_all(run)
    both.vendor(9, **{**OTHER, **vendor})

    run = apply_all(run)

    row = row_of(run, left=employee)
    assert (row.state, run.state) == (MOVED, SyncRun.State.DONE_WITH_PROBLEMS)
    name = both.at_vendor("109")["FirstName"]
    assert row.reason.startswith(f"“{name} ")
    assert row.reason.endswith(f"exists in the other system by now and may be the same person: same {shared}.")
    assert both.writes() == []

    # The next comparison asks; two people after all, both stay.
    again = review(connection)
    held = row_of(again, left=employee)
    assert held.hold_reason.startswith(f"May be {name}")
    answer_hold(row=held, by=_user())
    held.refresh_from_db()
    create(held)
    assert apply_all(again).state == SyncRun.State.DONE
    assert len(both.emails_at_vendor()) == 2


@pytest.mark.behaviour("G-20", "G-10")
@pytest.mark.parametrize(("hub", "vendor", "shared"), SHARED)
def test_somebody_who_came_to_the_hub_is_not_created_there_again(
    connection: Connection, both: BothSides, hub: dict[str, Any], vendor: dict[str, str], shared: str
) -> None:
    both.vendor(9, **{**OTHER, **vendor})
    run = review(connection)
    create_all(run)
    employee = both.hub(1, **_hub_values(hub))

    run = apply_all(run)

    row = row_of(run)
    assert row.state == MOVED
    assert row.reason == (f"“Given Family 1” exists in the hub by now and may be the same person: same {shared}.")
    assert list(Employee.objects.all()) == [employee]
    assert "clues" not in row.options

    again = review(connection)
    held = row_of(again, right_id="109")
    assert held.hold_reason.startswith("May be Given Family 1")
    answer_hold(row=held, by=_user())
    held.refresh_from_db()
    create(held)
    assert apply_all(again).state == SyncRun.State.DONE
    assert Employee.objects.count() == 2


@pytest.mark.behaviour("G-20")
def test_somebody_who_comes_to_the_hub_between_the_look_at_the_vendor_and_the_write_is_found(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    both.vendor(9, **OTHER, PersonalIdentityNumber="195501019805")
    run = review(connection)
    create_all(run)
    holders = HubPeople.with_clue
    came: list[Employee] = []

    def come_first(self: HubPeople, clue: str) -> list[str]:
        if not came:
            came.append(both.hub(1, **NATIONAL_ID))
        return holders(self, clue)

    monkeypatch.setattr(HubPeople, "with_clue", come_first)
    run = apply_all(run)

    assert row_of(run).state == MOVED
    assert Employee.objects.count() == 1


@pytest.mark.behaviour("G-20")
@pytest.mark.parametrize("side", ["hub", "vendor"])
def test_the_phone_of_somebody_who_is_linked_is_no_sign_of_a_new_person(
    connection: Connection, both: BothSides, side: str
) -> None:
    both.pair(1)
    apply_all(review(connection))
    office = "+46701740001"
    if side == "hub":
        both.hub(2)
    else:
        both.vendor(2)
    run = review(connection)
    create_all(run)
    # One phone for the whole office; what is to be created in the hub is as it was shown.
    if side == "hub":
        change(Employee.objects.get(work_email="p2@demo.example"), work_phone=office)
    else:
        change(Employee.objects.get(), work_phone="+46701740002")

    run = apply_all(run)

    assert row_of(run).state == SyncRow.State.WRITTEN


@pytest.mark.behaviour("G-20")
def test_whoever_was_there_when_the_question_was_answered_is_not_asked_about_again(
    connection: Connection, both: BothSides
) -> None:
    employee = both.hub(1, **NATIONAL_ID)
    both.vendor(9, **OTHER, PersonalIdentityNumber="195501019805")
    run = review(connection)
    for row in run.rows.all():
        answer_hold(row=row, by=_user())
    create_all(run)

    assert apply_all(run).state == SyncRun.State.DONE

    assert both.emails_at_vendor() == ["other@demo.example", "p1@demo.example"]
    assert Employee.objects.count() == 2
    assert Employee.objects.filter(pk=employee.pk).exists()
    assert_in_step(connection, 2)


@pytest.mark.behaviour("G-20", "PR-02")
def test_a_national_id_that_may_not_be_used_to_match_says_nothing(connection: Connection, both: BothSides) -> None:
    both.hub(1, national_id="111222333", national_id_country="NL")
    both.hub(2, national_id="111222333", national_id_country="NL")
    run = review(connection)
    assert set(run.rows.values_list("hold_reason", flat=True)) == {""}


@pytest.mark.behaviour("G-05", "G-20")
def test_the_same_phone_under_two_addresses_is_a_question_on_both_sides(
    connection: Connection, both: BothSides
) -> None:
    employee = both.hub(1)
    both.vendor(9, **{**OTHER, "Phone1": "0701740001"})

    run = review(connection)

    assert row_of(run, left=employee).hold_reason == "May be Anna Berg: same Work phone."
    assert row_of(run, right_id="109").hold_reason == "May be Given 1 Family 1: same Work phone."


def _user() -> User:
    return User.objects.get(username="hanna")
