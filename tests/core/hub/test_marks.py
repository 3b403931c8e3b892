from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection as database
from django.db import connections, transaction

from employees.models import Employee
from employees.tracking import tracked_bulk
from integrations.core.hub.acting import acting_as
from integrations.core.models import Connection, Mark
from tests.core.hub.history import connection_of, forget, marks_of
from tests.factories import (
    BankAccountFactory,
    CompanyFactory,
    CompensationFactory,
    DepartmentFactory,
    EmployeeFactory,
    PositionFactory,
)
from tests.waiting import wait_until

State = Connection.State


@pytest.fixture
def employee(db: None) -> Employee:
    return EmployeeFactory.create(city="Umeå")


def save(employee: Employee, **values: object) -> None:
    for name, value in values.items():
        setattr(employee, name, value)
    employee.save()


def move(employee: Employee, city: str) -> None:
    save(employee, city=city)


def test_a_changed_person_is_marked_for_each_connection_of_the_company(employee: Employee) -> None:
    first = connection_of(employee.company)
    second = connection_of(employee.company, integration="other")
    connection_of(CompanyFactory.create())

    move(employee, "Lund")

    assert marks_of(employee.pk) == {first.pk: 1, second.pk: 1}


@pytest.mark.parametrize(
    "state", [State.AUTHORISED, State.REVIEWING, State.NEEDS_REAUTHORISATION, State.PAUSED, State.DISCONNECTED]
)
def test_a_connection_that_cannot_send_now_is_marked_as_well(employee: Employee, state: str) -> None:
    connection = connection_of(employee.company, state=state)

    move(employee, "Lund")

    assert marks_of(employee.pk) == {connection.pk: 1}


def test_a_draft_is_not_marked(employee: Employee) -> None:
    connection_of(employee.company, state=State.DRAFT)

    move(employee, "Lund")

    assert marks_of(employee.pk) == {}


def test_every_change_raises_the_version_of_the_one_mark(employee: Employee) -> None:
    connection = connection_of(employee.company)

    for city in ("Lund", "Ystad", "Lund"):
        move(employee, city)

    assert marks_of(employee.pk) == {connection.pk: 3}


def test_a_raised_mark_keeps_its_place_in_the_queue(employee: Employee) -> None:
    connection_of(employee.company)
    move(employee, "Lund")
    before = Mark.objects.get()

    move(employee, "Ystad")

    after = Mark.objects.get()
    assert (after.pk, after.due, after.priority) == (before.pk, before.due, before.priority)
    assert after.changed_at > before.changed_at


def test_what_a_run_brought_does_not_echo_to_its_connection_but_reaches_the_others(employee: Employee) -> None:
    source = connection_of(employee.company)
    other = connection_of(employee.company, integration="other")

    with acting_as(connection_id=source.pk):
        move(employee, "Lund")
    assert marks_of(employee.pk) == {other.pk: 1}

    # What a person then changes is for both.
    move(employee, "Ystad")
    assert marks_of(employee.pk) == {other.pk: 2, source.pk: 1}


def test_a_mark_that_waited_is_not_lost_to_a_pull(employee: Employee) -> None:
    connection = connection_of(employee.company)
    move(employee, "Lund")

    with acting_as(connection_id=connection.pk):
        move(employee, "Ystad")

    assert marks_of(employee.pk) == {connection.pk: 1}


@pytest.mark.parametrize(
    "change",
    [
        lambda employee: BankAccountFactory.create(employee=employee),
        lambda employee: employee.bank_account.delete(),
        lambda employee: save(employee, protected_identity=True),
        lambda employee: save(employee, department=DepartmentFactory.create(company=employee.company)),
        lambda employee: save(employee, last_workday=employee.first_workday),
    ],
    ids=["bank account", "no bank account", "protected identity", "department", "last workday"],
)
def test_what_a_connection_may_send_or_heed_is_marked(
    request: pytest.FixtureRequest, employee: Employee, change: Callable[[Employee], object]
) -> None:
    if "no bank account" in request.node.name:
        BankAccountFactory.create(employee=employee)
    connection = connection_of(employee.company)

    change(employee)

    assert marks_of(employee.pk) == {connection.pk: 1}


@pytest.mark.parametrize(
    "change",
    [
        lambda employee: employee.save(),
        lambda employee: PositionFactory.create(employee=employee),
        lambda employee: CompensationFactory.create(employee=employee),
        lambda employee: save(employee, street2="c/o Ek"),
    ],
    ids=["unchanged", "position", "compensation", "second street line"],
)
def test_what_no_connection_sends_is_not_marked(employee: Employee, change: Callable[[Employee], object]) -> None:
    connection = connection_of(employee.company)

    change(employee)
    assert marks_of(employee.pk) == {}

    move(employee, "Lund")
    assert marks_of(employee.pk) == {connection.pk: 1}


def test_a_new_and_a_deleted_person_are_marked(db: None) -> None:
    connection = connection_of(CompanyFactory.create())
    employee = EmployeeFactory.create(company=connection.company)
    employee_id = employee.pk
    assert marks_of(employee_id) == {connection.pk: 1}
    forget(employee)

    employee.delete()

    assert marks_of(employee_id) == {connection.pk: 1}


def test_somebody_who_goes_to_another_company_is_marked_for_both(employee: Employee) -> None:
    old, new = connection_of(employee.company), connection_of(CompanyFactory.create())
    assert new.company is not None
    employee.company = new.company

    employee.save()

    assert marks_of(employee.pk) == {old.pk: 1, new.pk: 1}


def test_a_bulk_change_marks_only_those_whose_values_changed(db: None) -> None:
    connection = connection_of(CompanyFactory.create())
    moved, stayed = (EmployeeFactory.create(company=connection.company, city=city) for city in ("Umeå", "Lund"))
    forget(moved, stayed)

    with tracked_bulk([moved.pk, stayed.pk]):
        Employee.objects.filter(company=connection.company).update(city="Lund")

    assert (marks_of(moved.pk), marks_of(stayed.pk)) == ({connection.pk: 1}, {})


# --- Two at once ------------------------------------------------------------------------------------------


def in_a_thread(work: Callable[[], object]) -> Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    return thread


def somebody_waits() -> bool:
    with database.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_changes_made_at_once_all_count() -> None:
    employee = EmployeeFactory.create(city="Umeå")
    connection = connection_of(employee.company)
    together = Barrier(4, timeout=30)

    def change(city: str) -> Callable[[], None]:
        def work() -> None:
            own = Employee.objects.get(pk=employee.pk)
            together.wait()
            move(own, city)

        return work

    threads = [in_a_thread(change(city)) for city in ("Lund", "Ystad", "Kiruna", "Visby")]
    for thread in threads:
        thread.join(60)

    assert marks_of(employee.pk) == {connection.pk: 4}


@pytest.mark.django_db(transaction=True)
def test_a_mark_is_not_lost_when_the_push_takes_it_away_during_a_change() -> None:
    if not database.features.has_select_for_update:
        pytest.skip("SQLite lets one transaction write at a time.")
    employee = EmployeeFactory.create(city="Umeå")
    connection = connection_of(employee.company)
    move(employee, "Lund")

    with transaction.atomic():
        move(employee, "Ystad")
        # The push has sent version 1 and takes it away; it waits for this transaction, and then leaves version 2.
        thread = in_a_thread(lambda: Mark.objects.filter(left_id=str(employee.pk), version=1).delete())
        wait_until(somebody_waits, what="the push waits for the change")
    thread.join(60)

    assert marks_of(employee.pk) == {connection.pk: 2}
