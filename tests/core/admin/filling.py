"""A connection with a finished run and everything that stands behind it, written straight into the tables."""

from datetime import UTC, datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.utils import timezone

from employees.models import Employee
from integrations.core.models import (
    Canary,
    Connection,
    Delivery,
    FieldChange,
    Link,
    Problem,
    SyncField,
    SyncRow,
    SyncRun,
)
from tests.factories import BankAccountFactory, CompanyFactory, EmployeeFactory

MORNING = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
ACCOUNT_AT_VENDOR = ["SE", "5140", "3215642", "", ""]
SECRET = "a-token-that-nobody-may-read"


class World(NamedTuple):
    connection: Connection
    employee: Employee
    run: SyncRun
    row: SyncRow
    link: Link
    delivery: Delivery
    problem: Problem


def fill() -> World:
    """One person whose phone and bank account differed, whose phone was sent and whose bank account was refused."""
    company = CompanyFactory.create(name="Demo AB")
    employee = EmployeeFactory.create(company=company, given_name="Eva", family_name="Ek")
    BankAccountFactory.create(employee=employee)
    connection = Connection.objects.create(
        integration="fortnox",
        label="Fortnox Demo",
        state=Connection.State.ACTIVE,
        account_id="556677-8899",
        account_name="Demo AB in Fortnox",
        company=company,
        credentials=f'{{"access_token": "{SECRET}"}}',
        recipients=["payroll@demo.example"],
    )
    run = SyncRun.objects.create(
        connection=connection,
        resource="employees",
        trigger=SyncRun.Trigger.PERSON,
        by=User.objects.create_user("starter", first_name="Sara", last_name="Start"),
        state=SyncRun.State.DONE_WITH_PROBLEMS,
        counts={"left": 5, "right": 4, "equal": 3, "rows": 2, "left_out": {"ended": 1}, "complete": True},
    )
    link = Link.objects.create(
        connection=connection,
        resource="employees",
        left_id=str(employee.pk),
        right_id="4711",
        state=Link.State.ACTIVE,
        synced_at=MORNING,
        pairs={
            "phone": ["+46701740605", "+46701740605", "settled"],
            "bank_account": [["SE", "5140", "3215642"], ["SE", "5140", "3215642"], "settled"],
        },
    )
    row = _row(run, link, employee)
    SyncRow.objects.create(run=run, kind=SyncRow.Kind.ONLY_RIGHT, right_id="9", label="Only There")
    delivery = Delivery.objects.create(
        connection=connection,
        resource="employees",
        left_id=str(employee.pk),
        action=Delivery.Action.UPDATE,
        row=row,
        state=Delivery.State.DONE,
        wanted={"phone": "+46701740605", "bank_account": ACCOUNT_AT_VENDOR},
        right_id="4711",
        sent_at=MORNING,
    )
    problem = Problem.objects.create(
        connection=connection,
        resource="employees",
        left_id=str(employee.pk),
        label="Eva Ek",
        action="update",
        cause="Refused:1",
        message="The clearing number is unknown.",
        first_at=MORNING,
        last_at=MORNING,
    )
    FieldChange.objects.create(
        subject="employee",
        subject_id=str(employee.pk),
        field="bank_account",
        before=None,
        after=ACCOUNT_AT_VENDOR,
        connection=connection,
        run=run,
        delivery=delivery,
        at=MORNING,
    )
    return World(connection, employee, run, row, link, delivery, problem)


def _row(run: SyncRun, link: Link, employee: Employee) -> SyncRow:
    row = SyncRow.objects.create(
        run=run,
        kind=SyncRow.Kind.DIFFERS,
        left_id=str(employee.pk),
        right_id="4711",
        link=link,
        label="Eva Ek",
        decision=SyncRow.Decision.FIELDS,
        state=SyncRow.State.REFUSED,
        reason="The clearing number is unknown.",
    )
    SyncField.objects.create(
        row=row,
        field="phone",
        left="+46701740605",
        right="+46701740699",
        base_left="+46701740699",
        base_right="+46701740699",
        change=SyncField.Change.LEFT,
        decision=SyncField.Decision.LEFT,
    )
    SyncField.objects.create(
        row=row, field="bank_account", left=ACCOUNT_AT_VENDOR, right=None, reason_left="The vendor has none."
    )
    return row


def service_runs(*, running: bool = True) -> None:
    for queue in ("push", "bulk"):
        now = timezone.now()
        Canary.objects.update_or_create(
            queue=queue, defaults={"asked_at": now, "answered_at": now if running else MORNING}
        )
