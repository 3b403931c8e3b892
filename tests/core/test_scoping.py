"""Links follow the scope of their connection (G-13)."""

import pytest

from employees.models import Employee
from integrations.core.hub.endpoint import hub_people
from integrations.core.hub.scope import people_in_scope
from integrations.core.models import Connection, Link, SyncRow, SyncRun
from integrations.core.scoping import Moved, move_links
from tests.factories import CompanyFactory, DepartmentFactory, EmployeeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("G-13")]
State = Link.State


@pytest.fixture
def connection() -> Connection:
    return Connection.objects.create(
        integration="fortnox", label="Fortnox", company=CompanyFactory.create(), state="active", account_id="1"
    )


def person(connection: Connection, **values: object) -> Employee:
    return EmployeeFactory.create(company=connection.company, **values)


def link(connection: Connection, employee: Employee, *, state: str = State.ACTIVE) -> Link:
    return Link.objects.create(
        connection=connection, resource="employees", left_id=employee.pk, right_id=f"r{employee.pk}", state=state
    )


def choose(connection: Connection, **scope: list[int]) -> Moved:
    connection.scope = scope
    connection.save()
    return move_links(connection=connection)


def state(found: Link) -> str:
    return Link.objects.get(pk=found.pk).state


@pytest.mark.parametrize("how", ["departments", "employees", "both", "everybody"])
def test_the_rule_is_that_of_the_comparison(connection: Connection, how: str) -> None:
    kitchen = DepartmentFactory.create(company=connection.company)
    cook, chosen = person(connection, department=kitchen), person(connection)
    person(connection, department=DepartmentFactory.create(company=connection.company))
    EmployeeFactory.create()
    scopes = {"departments": {"departments": [kitchen.pk]}, "employees": {"employees": [chosen.pk]}, "everybody": {}}
    connection.scope = scopes.get(how, {"departments": [kitchen.pk], "employees": [chosen.pk]})

    compared = {
        record.id for record in hub_people(connection=connection, resource="employees").scan() if record.in_scope
    }
    assert {str(each.pk) for each in people_in_scope(connection=connection)} == compared
    assert (str(cook.pk) in compared) is (how != "employees")


def test_whoever_leaves_is_out_of_scope_and_whoever_comes_back_is_active(connection: Connection) -> None:
    eva, bo = person(connection), person(connection)
    hers, his = link(connection, eva), link(connection, bo)

    assert choose(connection, employees=[eva.pk]) == Moved(out=1, back=0)
    assert (state(hers), state(his)) == (State.ACTIVE, State.OUT_OF_SCOPE)
    assert choose(connection) == Moved(out=0, back=1)
    assert state(his) == State.ACTIVE


def test_whoever_is_of_no_department_is_outside_of_a_chosen_one(connection: Connection) -> None:
    his = link(connection, person(connection, department=None))
    choose(connection, departments=[DepartmentFactory.create(company=connection.company).pk])

    assert state(his) == State.OUT_OF_SCOPE


@pytest.mark.parametrize("kept", [State.DISCONNECTED, State.GONE_RIGHT, State.GONE_LEFT])
def test_who_was_disconnected_or_is_gone_stays_so(connection: Connection, kept: str) -> None:
    eva, bo = person(connection), person(connection)
    his = link(connection, bo, state=kept)

    choose(connection, employees=[eva.pk])
    assert state(his) == kept
    choose(connection)
    assert state(his) == kept


def test_another_connections_links_stay(connection: Connection) -> None:
    eva, bo = person(connection), person(connection)
    other = Connection.objects.create(integration="elsewhere", label="Other", company=connection.company)
    theirs = link(other, bo)
    choose(connection, employees=[eva.pk])

    assert state(theirs) == State.ACTIVE


def test_somebody_deleted_from_the_hub_is_not_out_of_scope_but_left_to_the_comparison(connection: Connection) -> None:
    eva, bo = person(connection), person(connection)
    his = link(connection, bo)
    bo.delete()
    choose(connection, employees=[eva.pk])

    assert state(his) == State.ACTIVE


def test_what_waited_for_decisions_on_whoever_left_is_not_written(connection: Connection) -> None:
    eva, bo = person(connection), person(connection)
    run = SyncRun.objects.create(connection=connection, resource="employees", trigger="person", state="review")
    for each in (eva, bo):
        SyncRow.objects.create(run=run, kind="differs", left_id=each.pk, label=each.full_name)
    SyncRow.objects.create(run=run, kind="only_right", right_id="r9", label="Only There")
    choose(connection, employees=[eva.pk])

    assert dict(run.rows.values_list("label", "state")) == {
        eva.full_name: SyncRow.State.OPEN,
        bo.full_name: SyncRow.State.SKIPPED,
        "Only There": SyncRow.State.OPEN,
    }
    assert "takes no part" in run.rows.get(label=bo.full_name).reason
