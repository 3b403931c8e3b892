"""Every page takes the same number of queries for few records as for many (invariant 18)."""

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations.core.models import Connection, Delivery, FieldChange, Link, Problem, SyncField, SyncRow, SyncRun
from tests.core.admin.conftest import SignIn
from tests.core.admin.filling import MORNING, World
from tests.core.admin.pages import LISTS, list_of, page_of, rows_of
from tests.factories import EmployeeFactory

pytestmark = pytest.mark.django_db
MANY = 60
START = reverse("admin:index")


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        database,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def add_many(world: World) -> None:
    """Add more than a page of everything."""
    company = world.employee.company
    people = [EmployeeFactory.create(company=company, manager=world.employee) for _ in range(5)]
    ids = [str(person.pk) for person in people]
    common = {"connection": world.connection, "resource": "employees"}
    for number in range(MANY):
        Link.objects.create(**common, left_id=f"{number}x", right_id=f"{number}y")
        Delivery.objects.create(**common, left_id=ids[number % 5], state="done", sent_at=MORNING)
        Problem.objects.create(
            **common, left_id=ids[number % 5], cause=str(number), label="A", first_at=MORNING, last_at=MORNING
        )
        row = SyncRow.objects.create(run=world.run, kind=SyncRow.Kind.DIFFERS, left_id=f"{number}", label="A")
        SyncField.objects.create(row=row, field="phone")
        FieldChange.objects.create(
            subject="employee",
            subject_id=str(world.employee.pk),
            field="department_id",
            after=number,
            run=world.run,
            at=timezone.now(),
        )
    SyncRun.objects.bulk_create(
        SyncRun(connection=world.connection, resource="employees", trigger="operator", state=SyncRun.State.DONE)
        for _ in range(MANY)
    )


def add_connections() -> None:
    for number in range(20):
        connection = Connection.objects.create(
            integration="fortnox", label=f"Fortnox {number}", account_id=str(number), state=Connection.State.ACTIVE
        )
        SyncRun.objects.create(connection=connection, resource="employees", trigger="operator", state="done")


def addresses(world: World) -> list[str]:
    records = (world.connection, world.run, world.row, world.link, world.delivery, world.problem, world.employee)
    return [*(list_of(name) for name in LISTS), rows_of(world), *(page_of(record) for record in records), START]


def test_no_page_takes_more_queries_for_more_records(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    # Names of departments and managers are looked up once one is in the history.
    FieldChange.objects.create(
        subject="employee", subject_id=str(world.employee.pk), field="department_id", after=1, at=MORNING
    )
    FieldChange.objects.create(
        subject="employee", subject_id=str(world.employee.pk), field="manager_id", after=1, at=MORNING
    )
    few = {address: queries(client, address) for address in addresses(world)}
    add_many(world)

    many = {address: queries(client, address) for address in addresses(world)}

    assert {address: count for address, count in many.items() if count > few[address]} == {}
    # The person's own page asks for connections, problems, history, account, manager and who may see all that.
    assert {address: count for address, count in many.items() if count > 26} == {page_of(world.employee): 34}


def test_the_list_of_connections_and_the_start_page_take_the_same_for_many(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    few = [queries(client, address) for address in (list_of("connection"), START)]
    add_connections()

    assert [queries(client, address) for address in (list_of("connection"), START)] == few


@pytest.mark.parametrize("model_name", [name for name in LISTS if name != "problem"])
def test_a_list_shows_a_page_at_a_time(sign_in: SignIn, world: World, model_name: str) -> None:
    add_many(world)

    changes = sign_in("hr_admin").get(list_of(model_name)).context["cl"]

    assert (len(changes.result_list) <= 50, changes.show_full_result_count) == (True, False)
