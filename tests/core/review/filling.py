"""A run in review with a bit of everything, written straight into the tables."""

from dataclasses import dataclass
from typing import Any, Final

from django.test import Client
from django.urls import reverse

from employees.models import Company, Employee
from integrations.core.models import Connection, Link, Mark, SyncField, SyncRow, SyncRun
from tests.factories import CompanyFactory, EmployeeFactory
from tests.pages import press

HERE, THERE, AGREED = "+46701740605", "+46701740606", "+46701740699"
ACCOUNT: Final = ["SE", "5439", "0000004", "", ""]


@dataclass(frozen=True)
class Reviewed:
    """A run in review; people are added by what is asked about them."""

    company: Company
    run: SyncRun

    def address(self, page: str, *more: int, query: str = "") -> str:
        address = reverse(f"admin:core_connection_{page}", args=[self.run.connection_id, self.run.pk, *more])
        return f"{address}?{query}" if query else address

    def employee(self, name: str, **values: Any) -> Employee:
        given_name, _space, family_name = name.partition(" ")
        employee: Employee = EmployeeFactory.create(
            company=self.company, given_name=given_name, family_name=family_name, **values
        )
        # What the hub holds was compared, and sent before.
        Mark.objects.filter(left_id=str(employee.pk)).delete()
        return employee

    def row(self, kind: str, name: str, *, left: Employee | None = None, right_id: str = "", **more: Any) -> SyncRow:
        return SyncRow.objects.create(
            run=self.run,
            kind=kind,
            left_id=str(left.pk) if left else "",
            right_id=right_id,
            label=name,
            **more,
        )

    def linked(self, name: str, right_id: str, *, kind: str = SyncRow.Kind.DIFFERS, **more: Any) -> SyncRow:
        employee = self.employee(name)
        link = Link.objects.create(
            connection=self.run.connection,
            resource="employees",
            left_id=str(employee.pk),
            right_id=right_id,
            state=Link.State.ACTIVE,
        )
        return self.row(kind, name, left=employee, right_id=right_id, link=link, **more)

    def conflict(self, name: str, right_id: str, **fields: dict[str, Any]) -> SyncRow:
        """Add somebody who differs; a phone that both sides changed unless fields are given by name."""
        row = self.linked(name, right_id, decision=SyncRow.Decision.FIELDS)
        for field, values in (fields or {"phone": {}}).items():
            usual = {
                "left": HERE,
                "right": THERE,
                "base_left": AGREED,
                "base_right": AGREED,
                "change": SyncField.Change.BOTH,
            }
            SyncField.objects.create(row=row, field=field, **{**usual, **values})
        return row


def review_of(company: Company | None = None, *, account_id: str = "556677-8899") -> Reviewed:
    company = company or CompanyFactory.create(name="Demo AB")
    connection = Connection.objects.create(
        integration="fortnox",
        label="Fortnox Demo",
        state=Connection.State.ACTIVE,
        account_id=account_id,
        account_name="Demo AB in Fortnox",
        company=company,
        recipients=["payroll@demo.example"],
    )
    run = SyncRun.objects.create(
        connection=connection,
        resource="employees",
        trigger=SyncRun.Trigger.PERSON,
        state=SyncRun.State.REVIEW,
        counts={"left": 10, "right": 10, "equal": 5, "rows": 5, "left_out": {"ended": 2}, "complete": True},
    )
    return Reviewed(company, run)


def decision_of(row: SyncRow, field: str = "phone") -> str:
    return row.fields.get(field=field).decision


def choose(client: Client, reviewed: Reviewed, row: SyncRow, decision: str, *, page: Any = None, **added: Any) -> Any:
    """Choose for the person's only field on the page, now opened or given; ``added`` comes of the page's script."""
    page = page or client.get(reviewed.address("conflicts"))
    chosen = {f"field-{row.fields.get().pk}": decision}
    return press(client, page, "Save choices", chosen, added=added, follow=True)


def answer(client: Client, reviewed: Reviewed, row: SyncRow, button: str, **chosen: Any) -> Any:
    """Answer the question about somebody on the page of unclear people."""
    page = client.get(reviewed.address("unclear"))
    return press(client, page, button, chosen, holding={"row": row.pk}, follow=True)
