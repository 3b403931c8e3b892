"""Runs as they stand when their report is due, written with the models directly."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User

from employees.models import Company, Employee
from integrations.core.models import Connection, Notification, SyncField, SyncRow, SyncRun
from tests.factories import CompanyFactory, EmployeeFactory

State, Kind, Decision = SyncRow.State, SyncRow.Kind, SyncField.Decision


def make_run(*, state: str = SyncRun.State.DONE, company: Company | None = None, **fields: Any) -> SyncRun:
    """Return an ended run of a Fortnox connection with two recipients; `count_rows` makes its numbers right."""
    connection = Connection.objects.create(
        integration="fortnox",
        label="Fortnox",
        company=company or CompanyFactory.create(name="Demo AB"),
        state=Connection.State.ACTIVE,
        recipients=["hanna@example.se", "payroll@example.se"],
    )
    values: dict[str, Any] = {
        "connection": connection,
        "resource": "employees",
        "trigger": SyncRun.Trigger.PERSON,
        "by": User.objects.create_user("hanna", "hanna@example.se", first_name="Hanna", last_name="Ek"),
        "state": state,
        "counts": {"left": 0, "right": 0, "equal": 0, "rows": 0, "left_out": {}, "complete": True},
        "finished_at": datetime(2026, 1, 15, 8, 30, tzinfo=UTC),
    }
    return SyncRun.objects.create(**{**values, **fields})


def add_row(
    run: SyncRun,
    *,
    kind: str,
    state: str,
    person: Employee | None = None,
    decided: Mapping[str, str] | None = None,
    **row: Any,
) -> SyncRow:
    """Add a row about the person, or about somebody who is at the vendor only when ``person`` is None and named."""
    if person is None and "label" not in row:
        person = EmployeeFactory.create(company=run.connection.company)
    values = {
        "label": person.full_name if person else "",
        "left_id": str(person.pk) if person else "",
        "right_id": "" if kind == Kind.ONLY_LEFT else f"F{run.rows.count() + 1}",
        **row,
    }
    added = SyncRow.objects.create(run=run, kind=kind, state=state, **values)
    for field, decision in (decided or {}).items():
        SyncField.objects.create(row=added, field=field, decision=decision)
    return added


def count_rows(run: SyncRun, *, equal: int = 0, left_out: dict[str, int] | None = None) -> SyncRun:
    """Give the run the counts with which its comparison would have ended: every row a pair."""
    rows = run.rows.count()
    seen = rows + equal + sum((left_out or {}).values())
    run.counts = {
        "left": seen,
        "right": seen,
        "equal": equal,
        "rows": rows,
        "left_out": left_out or {},
        "complete": True,
    }
    run.save()
    return run


def make_due(run: SyncRun, *recipients: str) -> Notification:
    return Notification.objects.create(key=f"run:{run.pk}", recipients=list(recipients))
