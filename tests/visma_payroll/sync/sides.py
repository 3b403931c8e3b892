"""People on both sides of a Visma.net Payroll connection, and what was written to Visma."""

import json
import time
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.contrib.auth.models import User

from employees.models import BankAccount, Company, Employee
from integrations.core import connecting
from integrations.core.models import Connection, Delivery, FieldChange, Mark, Problem, SyncField, SyncRun
from integrations.core.push.draining import drain
from integrations.core.runs.applying import apply_run
from integrations.core.runs.comparing import compare_run
from integrations.core.runs.deciding import approve_run, start_run
from tests.factories import BankAccountFactory, CompanyFactory, EmployeeFactory
from tests.sandbox.visma_caller import FIRST_TENANT, POSITION
from tests.sandbox_client import SandboxClient

VENDOR: Final = "visma_payroll"
LEFT, RIGHT = SyncField.Decision.LEFT, SyncField.Decision.RIGHT
# Valid Norwegian account numbers.
ACCOUNT, OTHER_ACCOUNT = "12340000003", "12340000011"
PATIENCE: Final = 20.0


@dataclass(frozen=True)
class VismaSides:
    """Makes people whose values mean the same on both sides, but for what a test says."""

    company: Company
    sandbox: SandboxClient
    connection: Connection

    # --- People -----------------------------------------------------------------------------------------

    def hub(self, number: int, *, account: str = "", **values: Any) -> Employee:
        """Add person ``number`` to the hub: pN@demo.example, Given Family N, employment ID N."""
        plain: dict[str, Any] = {
            "company": self.company,
            "given_name": f"Given {number}",
            "family_name": f"Family {number}",
            "work_email": f"p{number}@demo.example",
            "private_email": "",
            "work_phone": f"+474000{number:04d}",
            "private_phone": "",
            "birth_date": None,
            "national_id": "",
            "national_id_country": "",
            "street": f"Storgata {number}",
            "postal_code": "0150",
            "city": "Oslo",
            "country": "NO",
            "first_workday": date(2020, 1, 1),
            "employment_id": str(number),
        }
        employee: Employee = EmployeeFactory.create(**{**plain, **values})
        if account:
            self.give_account(employee, account)
        return employee

    def give_account(self, employee: Employee, number: str, *, country: str = "NO", **values: Any) -> BankAccount:
        for before in BankAccount.objects.filter(employee=employee):
            before.delete()
        written = {"country": country, "clearing_number": "", "account_number": number, **values}
        given: BankAccount = BankAccountFactory.create(employee=employee, **written)
        return given

    def vendor(self, number: int, *, positions: list[dict[str, Any]] | None = None, **values: Any) -> str:
        """Add person ``number`` at Visma; returns the ID there."""
        plain = {
            "number": str(number),
            "isDraft": False,
            "personNames": [{"firstName": f"Given {number}", "lastName": f"Family {number}"}],
            "phones": [{"type": "Business", "number": 40_000_000 + number}],
            "emails": [{"type": "Business", "address": f"p{number}@demo.example"}],
            "address": {
                "streetName": f"Storgata {number}",
                "zipCode": "0150",
                "cityName": "Oslo",
                "countryCode": "NO",
            },
            "salaryPaymentMethod": {"paymentType": "cash"},
            "personIds": [{"typeOfId": "NationalID", "id": f"010155{number:05d}"}],
            "dateOfBirth": "1955-01-01",
            # Nothing that we know of: it must not be lost.
            "notes": {"of": [number, {"payroll": "Husk"}]},
        }
        held = [dict(POSITION)] if positions is None else positions
        added = self.sandbox.add(VENDOR, "employees", {**plain, **values, "positions": held})
        return str(added["id"])

    def pair(self, number: int, *, vendor: dict[str, Any] | None = None, **hub: Any) -> tuple[Employee, str]:
        return self.hub(number, **hub), self.vendor(number, **(vendor or {}))

    def pair_active(self, number: int = 1, **values: Any) -> tuple[Employee, str]:
        """Add a person to both sides, and synchronise for the first time."""
        both = self.pair(number, **values)
        self.activate()
        return both

    def at_vendor(self, right_id: str) -> dict[str, Any]:
        return self.sandbox.record(VENDOR, "employees", right_id)

    def position_at_vendor(self, right_id: str) -> dict[str, Any]:
        (position,) = self.at_vendor(right_id)["positions"]
        found: dict[str, Any] = position
        return found

    def change_at_vendor(self, right_id: str, **values: Any) -> None:
        self.sandbox.change(VENDOR, "employees", right_id, values)

    def jobs_end(self, **plan: Any) -> None:
        """Say how the next job ends: see the sandbox's README."""
        self.sandbox.settings(VENDOR, next_jobs=[plan])

    # --- Working ----------------------------------------------------------------------------------------

    def compare(self, *, whole: bool = False) -> SyncRun:
        self.connection.refresh_from_db()
        run = start_run(connection=self.connection, trigger=SyncRun.Trigger.OPERATOR, by=None, whole=whole)
        compare_run(run_id=run.pk)
        run.refresh_from_db()
        return run

    def review(self, *, whole: bool = False) -> SyncRun:
        run = self.compare(whole=whole)
        assert (run.state, run.error) in ((SyncRun.State.REVIEW, ""), (SyncRun.State.DONE, ""))
        assert run.state == SyncRun.State.REVIEW or not run.counts["rows"]
        return run

    def apply(self, run: SyncRun) -> SyncRun:
        """Approve, and work until the run has ended; one that found everything in step has."""
        if run.state == SyncRun.State.DONE:
            return run
        approve_run(run=run, by=None, made_from=None)
        return self.finish(run)

    def finish(self, run: SyncRun) -> SyncRun:
        deadline = time.monotonic() + PATIENCE
        while run.state not in SyncRun.ENDED:
            assert time.monotonic() < deadline, f"still {run.state}: {run.error}"
            apply_run(run_id=run.pk)
            run.refresh_from_db()
        return run

    def apply_until_waiting(self, run: SyncRun) -> None:
        """Work until a write waits for its job."""
        deadline = time.monotonic() + PATIENCE
        while not Delivery.objects.filter(row__run=run, state=Delivery.State.WAITING).exists():
            assert time.monotonic() < deadline, "nothing was accepted"
            apply_run(run_id=run.pk)

    def activate(self) -> None:
        self.apply(self.review())
        self.connection.refresh_from_db()
        assert self.connection.state == Connection.State.ACTIVE
        self.push()
        self.sandbox.clear_calls()

    def push(self) -> None:
        """Work once as a task would."""
        drain(connection_id=self.connection.pk, bulk=True)

    def push_until_sent(self, *, patience: float = PATIENCE) -> None:
        deadline = time.monotonic() + patience
        while self.waits():
            assert time.monotonic() < deadline, "something is still not sent"
            self.push()
            time.sleep(0.02)

    def waits(self) -> bool:
        return (
            Mark.objects.filter(connection=self.connection, held_by="").exists()
            or Delivery.objects.filter(connection=self.connection, state__in=Delivery.OPEN).exists()
        )

    # --- What happened ----------------------------------------------------------------------------------

    def calls(self) -> list[tuple[str, str]]:
        """Return method and kind of address of every call, in order, without tokens."""
        kinds = []
        for call in self.sandbox.calls(path=f"/{VENDOR}/v2/"):
            path = call["path"].partition("/v2/")[2].partition("?")[0]
            parts = path.split("/")
            if "jobs" in parts:
                kind = "job"
            elif "positions" in parts:
                kind = "position"
            else:
                kind = "employees" if path in ("employees", "employees/withPosition") else parts[0].rstrip("s")
            kinds.append((call["method"], kind))
        return kinds

    def writes(self) -> list[tuple[str, str]]:
        return [call for call in self.calls() if call[0] != "GET"]

    def bodies(self) -> list[dict[str, Any]]:
        """Return what every write carried, in order."""
        calls = self.sandbox.calls(path=f"/{VENDOR}/v2/employees")
        bodies = [call["body"] for call in calls if call["method"] != "GET"]
        return [json.loads(body) if isinstance(body, str) else body for body in bodies]

    def problems(self, **wanted: Any) -> list[Problem]:
        return list(Problem.objects.filter(connection=self.connection, **wanted).order_by("pk"))

    def problem(self) -> Problem:
        return Problem.objects.get(connection=self.connection)

    def sent_changes(self, employee: Employee) -> list[tuple[str, Any, Any]]:
        found = FieldChange.objects.filter(subject_id=str(employee.pk), connection=self.connection)
        return list(found.exclude(delivery=None).order_by("pk").values_list("field", "before", "after"))


def change(employee: Employee, **values: Any) -> None:
    """Change a person as somebody in the hub does."""
    employee.refresh_from_db()
    for name, value in values.items():
        setattr(employee, name, value)
    employee.save()


def connected_sides(sandbox: SandboxClient) -> VismaSides:
    """A Norwegian company connected to an empty Visma.net Payroll."""
    company = CompanyFactory.create(name="Fjordheim Handel AS", country="NO", time_zone="Europe/Oslo")
    by = User.objects.filter(username="hanna").first() or User.objects.create_user("hanna", "hanna@example.no")
    connection = connecting.create_draft(integration=VENDOR, company=company, label="Visma", by=by)
    connecting.accept_terms(connection_id=connection.pk, by=by)
    connection = connecting.authorise_by_form(connection_id=connection.pk, tenant=FIRST_TENANT, by=by)
    return VismaSides(company=company, sandbox=sandbox, connection=connection)
