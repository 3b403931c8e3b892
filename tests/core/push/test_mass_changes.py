"""Changes of many people at once wait above the connection's limit, until somebody releases or drops them (G-17)."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.contrib.auth.models import User

from employees.models import Employee, ImportJob
from employees.outgoing import forecast
from employees.tracking import Operation, Reach, operating, tracked_bulk
from employees.transfer import importing, people_import
from employees.transfer.jobs import HoldLost, confirm_import
from employees.transfer.reaching import reach_of
from employees.transfer.writing import write_rows
from integrations.core import releasing
from integrations.core.held_changes import held_mass_changes
from integrations.core.linking import disconnect_person
from integrations.core.models import Connection, FieldChange, Link, MassChange, SyncField
from integrations.core.push.looking_over import look_over
from integrations.core.push.settling import PushSettler
from integrations.core.releasing import drop_mass_change, release_mass_change
from integrations.core.sweep import sweep
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import LEFT, PHONE, apply_all, change, decide, pair_of, review, row_of
from tests.employees.transfer.files import preview, work

pytestmark = pytest.mark.behaviour("G-17")
LIMIT = 2
State = MassChange.State


def people_of(both: Pushed, count: int) -> list[Employee]:
    found = [both.pair(number) for number in range(1, count + 1)]
    both.activate()
    Connection.objects.update(push_limit=LIMIT)
    return found


def move(people: Sequence[Employee], city: str, *, key: str = "import:1", reach: Sequence[Employee] = ()) -> None:
    """Change the city of people as one part of an operation that reaches them all, or those named."""
    ids = [person.pk for person in people]
    reached = Reach(changed=dict.fromkeys([person.pk for person in reach or people], ("city",)))
    operation = Operation(key=key, label=f"Change {key}", user_id=None, reach=lambda: reached)
    with operating(operation), tracked_bulk(ids):
        Employee.objects.filter(pk__in=ids).update(city=city)


def cities(both: Pushed, count: int) -> list[str]:
    return [both.at_vendor(str(100 + number))["City"] for number in range(1, count + 1)]


def held(both: Pushed) -> list[tuple[str, int]]:
    """Return (label, people who wait) of what waits."""
    found = held_mass_changes([both.connection]).get(both.connection.pk, [])
    return [(mass.label, mass.waiting.people) for mass in found]


# --- The limit ----------------------------------------------------------------------------------------------


def test_as_many_people_as_the_limit_go_by_themselves(both: Pushed) -> None:
    people = people_of(both, 3)

    move(people[:2], "Lund")
    both.push_until_sent()

    assert cities(both, 3) == ["Lund", "Lund", "Stockholm"]
    assert not MassChange.objects.exists()


def test_one_more_than_the_limit_waits_until_it_is_released(both: Pushed, by: User) -> None:
    people = people_of(both, 3)

    move(people, "Lund")
    both.push()
    assert (held(both), both.writes()) == ([("Change import:1", 3)], [])

    assert release_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push_until_sent()
    assert cities(both, 3) == ["Lund"] * 3
    mass = MassChange.objects.get()
    assert (mass.state, mass.decided_by, mass.decided_at is not None, held(both)) == (State.RELEASED, by, True, [])


def test_the_parts_of_an_operation_are_one_decision(both: Pushed, by: User) -> None:
    people = people_of(both, 4)

    for part in (people[:1], people[1:2]):
        move(part, "Lund", reach=people)
    assert held(both) == [("Change import:1", 2)]

    release_mass_change(mass_change=MassChange.objects.get(), by=by)
    move(people[2:], "Lund", reach=people)
    both.push_until_sent()
    assert (cities(both, 4), held(both)) == (["Lund"] * 4, [])


def test_people_who_are_not_in_the_other_system_do_not_count(both: Pushed) -> None:
    people = [*people_of(both, 2), both.hub(3), both.hub(4)]
    both.push()

    move(people, "Lund")
    both.push_until_sent()

    assert cities(both, 2) == ["Lund", "Lund"]
    assert not MassChange.objects.exists()


def test_fields_that_the_other_system_does_not_take_do_not_count(both: Pushed) -> None:
    people = people_of(both, 3)
    reach = {person.pk: ["manager"] for person in people} | {people[0].pk: ["manager", "city"]}

    (outgoing,) = forecast(reach=Reach(changed=reach))

    assert (outgoing.system, outgoing.people, outgoing.created, outgoing.held) == ("Fortnox", 1, 0, False)
    assert forecast(reach=Reach(changed={person.pk: ["manager"] for person in people})) == []


@pytest.mark.behaviour("G-14")
def test_new_people_count_where_they_are_created_by_themselves(both: Pushed) -> None:
    people = people_of(both, 1)
    reach = Reach(changed={people[0].pk: ["city"]}, new={both.company.pk: 2})
    assert [each.people for each in forecast(reach=reach)] == [1]

    Connection.objects.update(creates_by_itself=True)
    (outgoing,) = forecast(reach=reach)
    assert (outgoing.people, outgoing.created, outgoing.held) == (3, 2, True)


# --- While it waits -----------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-37")
def test_an_edit_of_another_field_goes_at_once_and_what_is_held_stays(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    move(people, "Lund")

    change(people[0], work_phone=PHONE)
    both.push()
    assert (both.at_vendor("101")["Phone1"], both.at_vendor("101")["City"]) == (PHONE, "Stockholm")
    assert held(both) == [("Change import:1", 3)]

    release_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push_until_sent()
    assert cities(both, 3) == ["Lund"] * 3


def test_an_edit_of_somebody_else_goes_meanwhile(both: Pushed) -> None:
    people = people_of(both, 4)
    move(people[:3], "Lund")

    change(people[3], work_phone=PHONE)
    both.push()

    assert both.at_vendor("104")["Phone1"] == PHONE
    assert cities(both, 4) == ["Stockholm"] * 4


@pytest.mark.behaviour("G-37")
def test_of_two_mass_changes_over_one_field_the_newer_one_has_it(both: Pushed, by: User) -> None:
    people = people_of(both, 5)
    move(people[:3], "Lund", key="import:1")
    move(people[2:], "Ystad", key="import:2")
    assert held(both) == [("Change import:1", 2), ("Change import:2", 3)]

    release_mass_change(mass_change=MassChange.objects.get(key="import:1"), by=by)
    both.push_until_sent()
    assert cities(both, 5) == ["Lund", "Lund", "Stockholm", "Stockholm", "Stockholm"]
    assert held(both) == [("Change import:2", 3)]


@pytest.mark.behaviour("G-37")
def test_a_small_change_of_the_same_field_goes_by_itself_and_the_others_wait(both: Pushed) -> None:
    people = people_of(both, 3)
    move(people, "Lund")

    move(people[:1], "Ystad", key="import:2")
    both.push()

    assert (cities(both, 3), held(both)) == (["Ystad", "Stockholm", "Stockholm"], [("Change import:1", 2)])


def test_whoever_a_synchronisation_puts_in_step_waits_no_more(both: Pushed) -> None:
    people = people_of(both, 3)
    move(people, "Lund")
    run = review(both.connection)
    for person in people:
        decide(row_of(run, left=person), address=LEFT)
    apply_all(run)
    assert cities(both, 3) == ["Lund"] * 3

    review(both.connection)

    assert (held(both), both.marks()) == ([], [])


def test_released_while_the_worker_runs_everybody_goes(both: Pushed, by: User, monkeypatch: pytest.MonkeyPatch) -> None:
    people = people_of(both, 4)
    move(people[:3], "Lund")
    change(people[3], work_phone=PHONE)
    settle = PushSettler.settle_updated

    def release_meanwhile(self: PushSettler, *args: object) -> None:
        release_mass_change(mass_change=MassChange.objects.get(), by=by)
        settle(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(PushSettler, "settle_updated", release_meanwhile)
    both.push_until_sent()

    assert cities(both, 4) == ["Lund", "Lund", "Lund", "Stockholm"]
    assert len(both.writes()) == 4


@pytest.mark.behaviour("G-11")
def test_whoever_is_disconnected_is_not_sent_by_a_release(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    move(people, "Lund")
    disconnect_person(link=Link.objects.get(left_id=str(people[0].pk)), by=by)

    release_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push_until_sent()

    assert cities(both, 3) == ["Stockholm", "Lund", "Lund"]
    assert both.marks() == [(str(people[0].pk), "disconnected")]


# --- Dropped ------------------------------------------------------------------------------------------------


def test_what_is_dropped_is_neither_sent_nor_asked_about_again(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    move(people, "Lund")

    assert drop_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push()
    assert (both.marks(), both.writes(), held(both)) == ([], [], [])
    assert pair_of(people[0], "address")[2] == "left_as_is"
    assert look_over(connection_id=both.connection.pk) == 0
    run = review(both.connection)
    assert (run.counts["equal"], run.counts["rows"]) == (3, 0)

    # A later edit sends itself, and nothing of what was dropped.
    change(people[0], work_phone=PHONE)
    both.push_until_sent()
    assert (both.at_vendor("101")["Phone1"], both.at_vendor("101")["City"]) == (PHONE, "Stockholm")


def test_a_dropped_value_is_offered_again_once_either_side_changes(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    move(people, "Lund")
    drop_mass_change(mass_change=MassChange.objects.get(), by=by)

    both.change_at_vendor("101", City="Kiruna")
    change(people[1], city="Visby")
    both.push_until_sent()

    assert both.at_vendor("102")["City"] == "Visby"
    row = row_of(review(both.connection), left=people[0])
    assert [(field.field, field.change) for field in row.fields.all()] == [("address", SyncField.Change.RIGHT)]


@pytest.mark.behaviour("G-12")
def test_who_dropped_what_stands_in_each_persons_history(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    move(people, "Lund")
    drop_mass_change(mass_change=MassChange.objects.get(), by=by)

    kept = FieldChange.objects.filter(field=releasing.NOT_SENT)
    assert {(each.subject_id, tuple(each.after or ()), each.user) for each in kept} == {
        (str(person.pk), ("address",), by) for person in people
    }


def test_a_review_that_is_open_leaves_what_was_dropped(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    move(people, "Lund")
    run = review(both.connection)
    assert row_of(run, left=people[0]).fields.get().decision == SyncField.Decision.LEFT

    drop_mass_change(mass_change=MassChange.objects.get(), by=by)
    apply_all(run)

    assert (both.writes(), cities(both, 3)) == ([], ["Stockholm"] * 3)


@pytest.mark.parametrize("first", [release_mass_change, drop_mass_change])
@pytest.mark.parametrize("second", [release_mass_change, drop_mass_change])
def test_of_two_decisions_the_first_counts(
    both: Pushed, by: User, first: Callable[..., bool], second: Callable[..., bool]
) -> None:
    people = people_of(both, 3)
    move(people, "Lund")
    mass = MassChange.objects.get()

    assert first(mass_change=mass, by=by)
    assert not second(mass_change=mass, by=User.objects.create_user("late"))

    both.push_until_sent()
    mass.refresh_from_db()
    sent = first is release_mass_change
    assert (mass.state, mass.decided_by) == (State.RELEASED if sent else State.DROPPED, by)
    assert cities(both, 3) == ["Lund" if sent else "Stockholm"] * 3


def test_what_comes_after_a_drop_is_asked_about_anew(both: Pushed, by: User) -> None:
    people = people_of(both, 4)
    move(people[:2], "Lund", reach=people)
    drop_mass_change(mass_change=MassChange.objects.get(), by=by)

    move(people[2:], "Lund", reach=people)
    both.push()

    assert (both.writes(), held(both)) == ([], [("Change import:1", 2)])


def test_a_drop_that_was_interrupted_is_finished_by_the_sweep(
    both: Pushed, by: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = people_of(both, 3)
    move(people, "Lund")
    with monkeypatch.context() as patch:
        patch.setattr(releasing, "finish_dropping", lambda *, mass_change: None)
        drop_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push()
    assert (len(both.marks()), both.writes(), held(both)) == (3, [], [])

    monkeypatch.setattr(releasing, "PEOPLE_AT_ONCE", 1)
    sweep()

    assert (both.marks(), pair_of(people[2], "address")[2]) == ([], "left_as_is")


# --- The import ---------------------------------------------------------------------------------------------


def file_of(people: Sequence[Employee], city: str) -> list[list[str]]:
    return [["Work e-mail", "City"], *([person.work_email, city] for person in people)]


def test_an_import_says_beforehand_what_it_sends_and_waits_above_the_limit(both: Pushed, by: User) -> None:
    people = people_of(both, 3)
    job = preview(both.company, file_of(people, "Lund"), file_name="people.csv")
    (outgoing,) = forecast(reach=reach_of(job))
    assert (outgoing.people, outgoing.limit, outgoing.held) == (3, LIMIT, True)

    assert confirm_import(job=job, by_id=by.pk, skip_bad=False)
    work(job)
    both.push()
    assert (held(both), both.writes()) == ([("Import of people.csv", 3)], [])
    assert MassChange.objects.get().by == by

    release_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push_until_sent()
    assert cities(both, 3) == ["Lund"] * 3


def test_an_import_that_is_interrupted_between_its_parts_is_still_one_decision(
    both: Pushed, by: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = people_of(both, 3)
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 1)
    job = preview(both.company, file_of(people, "Lund"))
    assert confirm_import(job=job, by_id=by.pk, skip_bad=False)
    written: list[Any] = []

    def die_in_the_second_part(**part: Any) -> None:
        if written:
            raise HoldLost
        written.append(part)
        write_rows(**part)

    with monkeypatch.context() as patch:
        patch.setattr(people_import, "write_rows", die_in_the_second_part)
        work(job)
    assert job.rows.filter(state="written").count() == 1
    assert held(both) == [("Import of people.csv", 1)]

    work(job)

    assert ImportJob.objects.get().state == ImportJob.State.DONE
    assert held(both) == [("Import of people.csv", 3)]
    assert MassChange.objects.count() == 1
