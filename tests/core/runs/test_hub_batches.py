"""What only writes the hub goes in batches, to the very end that it had row by row (G-33)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from employees.models import BankAccount, Employee
from integrations.core.hub import many
from integrations.core.models import Connection, FieldChange, Link, Mark, SyncRow, SyncRun
from integrations.core.runs import hub_writing, pacing
from integrations.core.runs.deciding import approve_run
from tests.core.runs.both_sides import (
    LEAVE,
    RIGHT,
    BothSides,
    change,
    create_all,
    decide,
    finish,
    review,
    row_counts,
    row_of,
)

pytestmark = pytest.mark.behaviour("G-33")
NOT_COMPARED: Final = ("id", "version", "created_at", "updated_at", "employee_id")


@pytest.fixture
def other(connection: Connection) -> Connection:
    """Another connection of the company: it hears of what the first one brings in."""
    return Connection.objects.create(
        integration="visma_payroll", label="Visma", state=Connection.State.ACTIVE, company=connection.company
    )


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo in the end whatever the block did in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "MOST_ROWS", 1)
    monkeypatch.setattr(pacing, "FIRST_ROWS", 1)


def in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_ROWS", 100)
    monkeypatch.setattr(pacing, "LASTS", 60.0)
    monkeypatch.setattr(pacing, "LASTS_ON_SQLITE", 60.0)


def outcome(run: SyncRun) -> dict[str, Any]:
    """Everything that is left behind, with names instead of primary keys."""
    people = {str(each.pk): f"{each.given_name} {each.family_name}" for each in Employee.objects.all()}
    return {
        "people": sorted(
            (_values(each) for each in Employee.objects.all()), key=lambda values: str(sorted(values.items(), key=str))
        ),
        "accounts": sorted(
            (people[str(each.employee_id)], str(sorted(_values(each).items()))) for each in BankAccount.objects.all()
        ),
        "history": sorted(
            (people.get(each.subject_id, "gone"), each.field, str(each.before), str(_named(each.after)))
            + (str(each.user_id), str(each.run_id), str(each.connection_id))
            for each in FieldChange.objects.filter(run=run)
        ),
        "links": sorted(
            (people.get(link.left_id, "gone"), link.right_id, str(sorted(link.pairs.items())), link.digest, link.state)
            for link in Link.objects.all()
        ),
        "rows": [
            (row.label, row.kind, row.state, row.reason, people.get(row.left_id, ""), row.right_id, row.link is None)
            for row in run.rows.order_by("pk")
        ],
        "marks": sorted(
            (people.get(mark.left_id, "gone"), mark.connection_id, mark.held_by) for mark in Mark.objects.all()
        ),
        "run": (run.state, run.error),
    }


def _values(record: Any) -> dict[str, Any]:
    names = [each.attname for each in record._meta.concrete_fields if each.attname not in NOT_COMPARED]
    return {name: getattr(record, name) for name in names}


def _named(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: each for name, each in value.items() if name not in NOT_COMPARED}


def mixed_run(connection: Connection, both: BothSides) -> SyncRun:
    """A first synchronisation with every sort of row that writes the hub alone, approved, and half of it overtaken."""
    for number in range(1, 9):
        both.vendor(
            number,
            ClearingNo="8327-9",
            BankAccountNo="3 933 190 00-5",
            Phone1=f"070174{number:04d}",
            PersonelType="TJM",
        )
    # Two of the new people have one account number of the vendor's, and one has a value that the hub does not take.
    both.change_at_vendor("105", PostCode="this is no postal code at all")
    theirs = {"FirstName": "Vera", "EmploymentDate": "2019-05-01"}
    pairs = [
        both.pair(
            number,
            vendor={**theirs, "LastName": f"Vendor {number}", "Phone1": f"070175{number:04d}"},
            work_phone=f"+4670176{number:04d}",
        )
        for number in range(11, 19)
    ]
    both.change_at_vendor("118", EmploymentDate="2021-05-01")
    account = {"country": "SE", "clearing_number": "5140", "account_number": "3215642"}
    for employee in pairs[:2]:
        BankAccount(employee=employee, **account).save()
    for number in (12, 13):
        both.change_at_vendor(str(100 + number), ClearingNo="8327-9", BankAccountNo="3 933 190 00-5")
    run = review(connection)
    create_all(run)
    for employee in pairs:
        decide(row_of(run, left=employee), given_name=RIGHT, phone=RIGHT, family_name=LEAVE, first_workday=RIGHT)
    # The vendor has none of the first, and another one of the second.
    decide(row_of(run, left=pairs[0]), bank_account=RIGHT)
    decide(row_of(run, left=pairs[1]), bank_account=RIGHT)
    decide(row_of(run, left=pairs[2]), bank_account=RIGHT)
    decide(row_of(run, left=pairs[3]), given_name=LEAVE, phone=LEAVE, first_workday=LEAVE)
    approve_run(run=run, by=User.objects.get(username="hanna"), made_from=None)
    # Meanwhile somebody has the address, somebody was edited, disconnected, deleted, and leaves before the start.
    both.hub(3, given_name="Else", family_name="Where")
    change(pairs[4], work_phone="+46701999999")
    Link.objects.filter(left_id=str(pairs[5].pk)).update(state=Link.State.DISCONNECTED)
    pairs[6].delete()
    Employee._base_manager.filter(pk=pairs[7].pk).update(last_workday=date(2020, 6, 1))
    run.refresh_from_db()
    return run


def test_batches_leave_behind_what_row_by_row_does(
    connection: Connection, other: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = mixed_run(connection, both)
    with taken_back(), monkeypatch.context() as patch:
        row_by_row(patch)
        finish(run)
        singly = outcome(run)
    run.refresh_from_db()
    in_batches(monkeypatch)

    finish(run)

    together = outcome(run)
    for name, found in singly.items():
        assert together[name] == found, name
    assert {row[2] for row in singly["rows"]} == {"written", "moved", "skipped", "refused"}
    assert singly["history"]
    assert singly["marks"]


def new_people(both: BothSides, count: int) -> SyncRun:
    """A first synchronisation that creates so many people of the vendor's in the hub, decided."""
    for number in range(1, count + 1):
        both.vendor(number)
    return decided(both)


def decided(both: BothSides) -> SyncRun:
    run = review(Connection.objects.get(integration="fortnox"))
    create_all(run)
    return run


def approve(run: SyncRun) -> SyncRun:
    approve_run(run=run, by=None, made_from=None)
    return run


def test_the_number_of_statements_does_not_grow_with_the_rows(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = approve(new_people(both, 40))
    in_batches(monkeypatch)
    with CaptureQueriesContext(database) as captured:
        finish(run)
    assert Employee.objects.count() == 40
    # 37 for each row, one by one; what is still asked for each is whether somebody like that is there.
    assert len(captured) < 40 * 12


def test_one_row_that_the_database_refuses_does_not_lose_its_batch(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = approve(new_people(both, 12))
    in_batches(monkeypatch)
    sizes: list[int] = []
    save = many.save_together

    def refuse_one(prepared: Any) -> None:
        sizes.append(len(prepared))
        if any(each.employee.work_email == "p5@demo.example" for each in prepared):
            save(prepared)
            raise IntegrityError("somebody else was quicker")
        save(prepared)

    monkeypatch.setattr(hub_writing, "save_together", refuse_one)

    run = finish(run)

    assert (run.state, row_counts(run)) == (SyncRun.State.DONE, {"written": 12})
    assert sorted(Employee.objects.values_list("work_email", flat=True)) == both.emails_at_vendor()
    assert Link.objects.count() == 12
    assert sizes[0] == 12
    # The others of its batch went together, down to the row that was written alone.
    assert sum(1 for size in sizes if size > 1) >= 3


def test_two_new_people_with_one_address_are_looked_at_one_after_the_other(
    connection: Connection, both: BothSides, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_people(both, 4)
    rows = list(SyncRow.objects.filter(run=run).order_by("pk"))
    same = {**rows[2].options["values"], "work_email": rows[0].options["values"]["work_email"]}
    approve(run)
    in_batches(monkeypatch)
    # The vendor's list was read just now: what it says of the third is the first one's address.
    SyncRow.objects.filter(pk=rows[2].pk).update(options={**rows[2].options, "values": same})
    monkeypatch.setattr("integrations.core.runs.applying.verify", lambda session: _listed(session.run))

    run = finish(run)

    assert row_counts(run) == {"written": 3, "moved": 1}
    rows[2].refresh_from_db()
    assert (rows[2].state, "exists in the hub by now" in rows[2].reason) == (SyncRow.State.MOVED, True)


def _listed(run: SyncRun) -> None:
    run.listed_at = timezone.now()
    SyncRun.objects.filter(pk=run.pk).update(listed_at=run.listed_at)
