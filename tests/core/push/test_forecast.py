"""What a change of many is said to send, what is held of it and what is sent are the same (G-27)."""

import random
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from employees.models import Department, Employee
from employees.outgoing import forecast
from employees.together import change_together, plan_change
from employees.tracking import Operation, Reach, operating, tracked_bulk
from employees.transfer.jobs import confirm_import
from employees.transfer.reaching import reach_of
from integrations.core.hub.going import Going, going_of
from integrations.core.linking import disconnect_person
from integrations.core.models import Connection, Delivery, FieldChange, Link, Mark, MassChange
from integrations.core.releasing import release_mass_change
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import LEAVE, apply_all, change, decide, review, row_of
from tests.employees.transfer.files import preview, work

pytestmark = pytest.mark.behaviour("G-27")
PEOPLE = 12
Sent = dict[str, frozenset[str]]


@pytest.fixture
def by(db: None) -> User:
    return User.objects.create_user("decider")


def told(found: Iterable[Going]) -> Sent:
    return {each.left_id: frozenset(each.fields) for each in found}


def sent(connection: Connection) -> Sent:
    """Return person → fields of everything that was written to the vendor."""
    found: dict[str, set[str]] = {}
    written = FieldChange.objects.filter(connection=connection, delivery__action=Delivery.Action.UPDATE)
    for left_id, name in written.values_list("subject_id", "field"):
        found.setdefault(left_id, set()).add(name)
    return {left_id: frozenset(names) for left_id, names in found.items()}


def put(reach: Reach) -> None:
    """Store what the operation says that people will hold."""
    assert reach.after is not None
    after = reach.after(list(reach.changed))
    with tracked_bulk(list(reach.changed)):
        for pk, columns in after.items():
            Employee.objects.filter(pk=pk).update(**columns)


def make(reach: Reach, *, key: str = "import:1") -> None:
    with operating(Operation(key=key, label="Change", user_id=None, reach=lambda: reach)), transaction.atomic():
        put(reach)


def of(changes: dict[int, dict[str, Any]]) -> Reach:
    """Return an operation that changes columns; those of a department are named by their field."""
    names = {pk: {name.replace("department_id", "department") for name in columns} for pk, columns in changes.items()}
    return Reach(changed=names, after=lambda ids: {pk: changes[pk] for pk in ids})


def everybody(both: Pushed) -> list[Employee]:
    """Return active people: some protected, disconnected, out of scope, in the hub alone, or left unlike."""
    inside, outside = (Department.objects.create(company=both.company, name=name) for name in ("In", "Out"))
    people = [both.pair(number, department=inside) for number in range(1, PEOPLE)]
    both.vendor(30, Phone1="+46701749999", Email="p30@demo.example")
    people.append(both.hub(30, department=inside, employment_id="130"))
    alone = both.hub(40, department=inside)
    both.activate()
    run = review(both.connection)
    decide(row_of(run, left=people[-1]), phone=LEAVE)
    apply_all(run)
    change(people[0], protected_identity=True)
    change(people[1], department=outside)
    disconnect_person(link=Link.objects.get(left_id=str(people[2].pk)), by=User.objects.create_user("parter"))
    Connection.objects.update(scope={"departments": [inside.pk]})
    both.connection.refresh_from_db()
    both.push_until_sent()
    return [*people, alone]


CHANGES: dict[str, Callable[[random.Random, Employee], Any]] = {
    "family_name": lambda chance, person: chance.choice(("Ek", "Dahl", person.family_name, "")),
    "city": lambda chance, person: chance.choice(("Lund", person.city)),
    "work_phone": lambda chance, person: chance.choice(("+46701749999", "+46701740605", person.work_phone)),
    "first_workday": lambda chance, person: chance.choice((date(2021, 2, 1), None)),
    "work_email": lambda chance, person: chance.choice((f"new{person.pk}@demo.example", person.work_email)),
    "protected_identity": lambda chance, person: chance.choice((True, False)),
    "last_workday": lambda chance, person: chance.choice((date(2020, 12, 31), None)),
    "manager_id": lambda chance, person: None,
}


def random_changes(people: list[Employee], seed: int) -> dict[int, dict[str, Any]]:
    chance = random.Random(seed)
    return {
        person.pk: {name: CHANGES[name](chance, person) for name in chance.sample(sorted(CHANGES), 3)}
        for person in people
        if chance.random() < 0.8
    }


@pytest.mark.parametrize("seed", range(4))
def test_the_very_people_and_fields_that_were_told_are_sent(both: Pushed, seed: int) -> None:
    people = everybody(both)
    before = sent(both.connection)
    reach = of(random_changes(people, seed))
    foreseen = told(going_of(connection=both.connection, resource="employees", reach=reach))
    assert foreseen

    make(reach)
    both.push_until_sent()

    done = sent(both.connection)
    assert {pk: names - before.get(pk, frozenset()) for pk, names in done.items() if names - before.get(pk, set())} == {
        pk: names - before.get(pk, frozenset()) for pk, names in foreseen.items() if names - before.get(pk, set())
    }


@pytest.mark.behaviour("G-17")
@pytest.mark.parametrize("seed", range(4))
def test_the_very_people_who_were_told_are_held_and_sent_when_they_are_released(
    both: Pushed, by: User, seed: int
) -> None:
    people = everybody(both)
    Connection.objects.update(push_limit=1)
    both.connection.refresh_from_db()
    before = sent(both.connection)
    reach = of(random_changes(people, seed))
    foreseen = told(going_of(connection=both.connection, resource="employees", reach=reach))

    make(reach)
    both.push_until_sent()
    assert sent(both.connection) == before
    mass = MassChange.objects.get()
    held = set(Mark.objects.filter(held_by=f"mass:{mass.pk}").values_list("left_id", flat=True))
    assert (held, mass.people) == (set(foreseen), len(foreseen))

    release_mass_change(mass_change=mass, by=by)
    both.push_until_sent()
    assert {pk for pk, names in sent(both.connection).items() if names != before.get(pk)} <= set(foreseen)


def test_whoever_the_vendor_holds_the_value_of_already_is_neither_told_nor_held(both: Pushed) -> None:
    people = [both.pair(number) for number in (1, 2)]
    unlike = both.pair(3, vendor={"City": "Lund"})
    both.activate()
    run = review(both.connection)
    decide(row_of(run, left=unlike), address=LEAVE)
    apply_all(run)
    Connection.objects.update(push_limit=1)
    both.sandbox.clear_calls()

    job = preview(both.company, [["Work e-mail", "City"], *([each.work_email, "Lund"] for each in [*people, unlike])])
    (outgoing,) = forecast(reach=reach_of(job))
    assert (outgoing.people, outgoing.fields, outgoing.unlike) == (2, (("Address", 2),), ())

    assert confirm_import(job=job, by_id=User.objects.get(username="hanna").pk, skip_bad=False)
    work(job)
    both.push_until_sent()
    assert (MassChange.objects.get().people, both.writes()) == (2, [])
    assert [held_by for _left_id, held_by in both.marks()] == [f"mass:{MassChange.objects.get().pk}"] * 2


def test_a_change_together_tells_only_of_those_whom_it_sends(both: Pushed) -> None:
    people = [both.pair(number) for number in (1, 2, 3)]
    both.activate()
    disconnect_person(link=Link.objects.get(left_id=str(people[2].pk)), by=User.objects.create_user("parter"))
    inside = Department.objects.create(company=both.company, name="In")
    ids = [person.pk for person in people]
    # The department is the hub's own.
    assert forecast(reach=plan_change(employee_ids=ids, values={"department": inside}).reach) == []

    plan = plan_change(employee_ids=ids, values={"last_workday": date(2030, 1, 31), "department": inside})
    (outgoing,) = forecast(reach=plan.reach)
    assert (outgoing.people, outgoing.fields) == (2, (("Last workday", 2),))

    change_together(employee_ids=ids, values=plan.values, shown=plan.made_from, key="together:1", user_id=None)
    both.push_until_sent()
    assert both.sent() == [{"EmployedTo": "2030-01-31"}] * 2


@pytest.mark.behaviour("D-10")
def test_an_address_that_goes_over_by_an_import_is_told_and_held_at_both(both: Pushed) -> None:
    leaver = both.pair(1, last_workday=date(2020, 12, 31))
    taker = both.pair(2)
    both.activate()
    Connection.objects.update(push_limit=1)
    job = preview(both.company, [["Employment ID", "Work e-mail"], ["102", "p1@demo.example"]])
    job.take_questions = True
    (outgoing,) = forecast(reach=reach_of(job))
    assert (outgoing.people, outgoing.held) == (2, True)

    assert confirm_import(job=job, by_id=User.objects.get(username="hanna").pk, skip_bad=False, take_questions=True)
    work(job)
    both.push_until_sent()

    held = {left_id for left_id, held_by in both.marks() if held_by.startswith("mass:")}
    assert held == {str(leaver.pk), str(taker.pk)}
    assert both.emails_at_vendor() == ["p1@demo.example", "p2@demo.example"]


@pytest.mark.behaviour("G-14")
def test_new_people_who_cannot_be_created_are_not_told_of(both: Pushed) -> None:
    both.pair(1)
    both.activate()
    Connection.objects.update(creates_by_itself=True, push_limit=1)
    both.connection.refresh_from_db()
    job = preview(
        both.company,
        [
            ["Employment ID", "Given name", "Family name", "Work e-mail", "Last workday"],
            ["71", "New", "Here", "new1@demo.example", ""],
            ["72", "New", "Too", "new2@demo.example", ""],
            # Fortnox knows people by their e-mail.
            ["73", "No", "Address", "", ""],
            ["74", "Has", "Left", "new3@demo.example", "2020-12-31"],
        ],
    )
    job.take_questions = True
    (outgoing,) = forecast(reach=reach_of(job))
    assert (outgoing.people, outgoing.new_names) == (2, ("New Here (71)", "New Too (72)"))

    assert confirm_import(job=job, by_id=None, skip_bad=False, take_questions=True)
    work(job)
    both.push_until_sent()
    mass = MassChange.objects.get()
    assert (mass.people, Mark.objects.filter(held_by=f"mass:{mass.pk}").count()) == (2, 2)
    release_mass_change(mass_change=mass, by=User.objects.get(username="hanna"))
    both.push_until_sent()
    assert both.emails_at_vendor() == ["new1@demo.example", "new2@demo.example", "p1@demo.example"]


@pytest.mark.behaviour("D-08")
def test_who_shares_a_national_id_is_not_told_of_as_created(both: Pushed) -> None:
    both.pair(1, national_id="195501019805", national_id_country="SE")
    both.activate()
    Connection.objects.update(creates_by_itself=True)
    both.connection.refresh_from_db()
    twin = {"given_name": "Twin", "family_name": "Ek", "work_email": "t@demo.example", "national_id": "5501019805"}
    single = {"given_name": "Single", "family_name": "Ek", "work_email": "s@demo.example"}
    new = [{**twin, "national_id_country": "SE"}, single]
    reach = Reach(changed={}, new={both.company.pk: 2}, added=lambda company: iter(new))
    assert [each.label for each in going_of(connection=both.connection, resource="employees", reach=reach)] == [
        "Single Ek"
    ]
