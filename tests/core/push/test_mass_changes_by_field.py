"""Two changes of many people hold their fields each by itself (G-37)."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from employees.models import Employee
from employees.tracking import Operation, Reach, operating, tracked_bulk
from integrations.core.hub.acting import acting_as
from integrations.core.models import Connection, HeldEdit, Mark, MassChange
from integrations.core.releasing import drop_mass_change, release_mass_change
from tests.core.push.pushing import Pushed
from tests.core.push.test_mass_changes import cities, held, move, people_of
from tests.core.runs.both_sides import PHONE, assert_in_step, change

pytestmark = pytest.mark.behaviour("G-17")


@pytest.mark.behaviour("G-37")
def test_another_part_of_the_address_goes_at_once_without_the_part_that_is_held(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    move(people, "Lund")

    change(people[0], street="Vägen 2")
    both.push()
    there = both.at_vendor("101")
    assert (there["Address1"], there["City"], held(both)) == ("Vägen 2", "Stockholm", [("Change import:1", 3)])

    release_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push_until_sent()
    assert (both.at_vendor("101")["Address1"], cities(both, 3)) == ("Vägen 2", ["Lund"] * 3)
    assert_in_step(both.connection, 3)


@pytest.mark.behaviour("G-37")
def test_the_same_field_edited_by_hand_goes_and_leaves_the_mass_change(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    move(people, "Lund")

    with acting_as(user_id=by.pk):
        change(people[0], city="Visby")
    both.push()

    assert (cities(both, 3), held(both)) == (["Visby", "Stockholm", "Stockholm"], [("Change import:1", 2)])
    edit = HeldEdit.objects.get()
    assert (edit.left_id, edit.field, edit.by) == (str(people[0].pk), "city", by)


@pytest.mark.behaviour("G-37")
@pytest.mark.parametrize("drops", [True, False])
def test_an_edit_that_waits_for_another_reason_outlives_the_decision(both: Pushed, by: User, drops: bool) -> None:
    people = people_of(both, 3)
    Connection.objects.update(state=Connection.State.PAUSED)
    change(people[0], work_phone=PHONE, street="Vägen 2")
    move(people, "Lund")

    decision = drop_mass_change if drops else release_mass_change
    decision(mass_change=MassChange.objects.get(), by=by)
    Connection.objects.update(state=Connection.State.ACTIVE)
    both.push_until_sent()

    there, city = both.at_vendor("101"), "Stockholm" if drops else "Lund"
    assert (there["Phone1"], there["Address1"], there["City"]) == (PHONE, "Vägen 2", city)
    assert cities(both, 3) == [city] * 3


@pytest.mark.behaviour("G-37")
def test_two_mass_changes_of_different_fields_are_two_decisions(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    move(people, "Lund")
    reached = Reach(changed=dict.fromkeys([person.pk for person in people], ("family_name",)))
    ids = [person.pk for person in people]
    with operating(Operation(key="import:2", label="Names", user_id=None, reach=lambda: reached)), tracked_bulk(ids):
        Employee.objects.filter(pk__in=ids).update(family_name="Ny")
    assert held(both) == [("Change import:1", 3), ("Names", 3)]

    drop_mass_change(mass_change=MassChange.objects.get(key="import:1"), by=by)
    both.push()
    assert (both.writes(), held(both)) == ([], [("Names", 3)])
    release_mass_change(mass_change=MassChange.objects.get(key="import:2"), by=by)
    both.push_until_sent()

    assert cities(both, 3) == ["Stockholm"] * 3
    assert {both.at_vendor(str(100 + number))["LastName"] for number in (1, 2, 3)} == {"Ny"}


@pytest.mark.behaviour("G-37")
def test_a_refused_edit_of_somebody_who_waits_does_not_keep_the_release_back(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    move(people, "Lund")
    both.sandbox.faults([{"action": "refuse", "method": "PUT", "path": "/3/employees/101", "status": 400, "k": 1}])
    change(people[0], work_phone=PHONE)
    both.push()
    assert "problem" in {each[1] for each in both.marks()}

    both.sandbox.clear_faults()
    release_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push_until_sent()

    assert (cities(both, 3), both.at_vendor("101")["Phone1"]) == (["Lund"] * 3, PHONE)


@pytest.mark.behaviour("G-37")
@pytest.mark.behaviour("G-14")
def test_whoever_is_not_there_yet_waits_whole(both: Pushed, by: User) -> None:
    people = [*people_of(both, 2), both.hub(3)]
    both.push()
    Connection.objects.update(creates_by_itself=True)
    both.connection.refresh_from_db()
    move(people, "Lund")

    change(people[2], work_phone=PHONE)
    both.push()
    assert (both.writes(), held(both)) == ([], [("Change import:1", 3)])

    release_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push_until_sent()
    assert "p3@demo.example" in both.emails_at_vendor()


@pytest.mark.behaviour("G-37")
def test_what_was_held_before_fields_were_kept_is_held_by_them_after_the_upgrade(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    with acting_as(user_id=by.pk):
        move(people, "Lund")
    MassChange.objects.update(by=by)
    Mark.objects.update(held_fields={})
    assert held(both) == [("Change import:1", 3)]

    upgrade: Any = import_module("integrations.core.migrations.0014_held_by_field")
    upgrade.hold_by_field(apps, None)

    key = str(MassChange.objects.get().pk)
    assert list(Mark.objects.values_list("held_fields", flat=True)) == [{key: ["city"]}] * 3


def test_marking_many_takes_as_many_queries_as_marking_few(both: Pushed) -> None:
    people = people_of(both, 6)

    def queries(count: int, key: str) -> int:
        with CaptureQueriesContext(database) as captured:
            move(people[:count], key, key=key, reach=people)
        return len(captured)

    queries(3, "import:1")
    assert queries(6, "import:2") == queries(3, "import:3")
