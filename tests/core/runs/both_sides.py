"""People on both sides of a connection, and what a run made of them."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from employees.models import Company, Employee
from integrations.core.models import Connection, Delivery, FieldChange, Link, SyncField, SyncRow, SyncRun
from integrations.core.runs.applying import apply_run
from integrations.core.runs.deciding import approve_run, decide_creations, decide_field, decide_row
from integrations.core.runs.ending import row_states
from tests.core.connected import compare
from tests.factories import EmployeeFactory
from tests.sandbox_client import SandboxClient

# Seconds after which the vendor is taken to have done or dropped a write.
SETTLE: Final = 0.6
LEFT, RIGHT = SyncField.Decision.LEFT, SyncField.Decision.RIGHT
LEAVE, OPEN = SyncField.Decision.LEAVE, SyncField.Decision.OPEN
BOTH_KINDS: Final = (SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.ONLY_RIGHT)
PHONE, OTHER_PHONE = "+46701740605", "+46701740606"


@dataclass(frozen=True)
class BothSides:
    """Makes people whose values mean the same on both sides, but for what a test says."""

    company: Company
    sandbox: SandboxClient

    def hub(self, number: int, **values: Any) -> Employee:
        """Add person ``number`` to the hub, without private values: pN@demo.example, Given Family N."""
        plain: dict[str, Any] = {
            "company": self.company,
            "given_name": f"Given {number}",
            "family_name": f"Family {number}",
            "work_email": f"p{number}@demo.example",
            "private_email": "",
            "work_phone": f"+4670174{number:04d}",
            "private_phone": "",
            "birth_date": None,
            "national_id": "",
            "national_id_country": "",
            "street": f"Gatan {number}",
            "postal_code": "11122",
            "city": "Stockholm",
            "country": "SE",
            "first_workday": date(2020, 1, 1),
        }
        employee: Employee = EmployeeFactory.create(**{**plain, **values})
        return employee

    def vendor(self, number: int, **values: Any) -> str:
        """Add person ``number`` at the vendor; returns the vendor's ID: 100 + N."""
        plain = {
            "EmployeeId": str(100 + number),
            "FirstName": f"Given {number}",
            "LastName": f"Family {number}",
            "Email": f"p{number}@demo.example",
            "Phone1": f"+4670174{number:04d}",
            "Address1": f"Gatan {number}",
            "PostCode": "111 22",
            "City": "Stockholm",
            "Country": "Sverige",
            "EmploymentDate": "2020-01-01",
            "EmploymentForm": "TV",
            "SalaryForm": "MAN",
            "PersonelType": "TJM",
        }
        added = self.sandbox.add("fortnox", "employees", {**plain, **values})
        return str(added["EmployeeId"])

    def pair(self, number: int, *, vendor: dict[str, Any] | None = None, **hub: Any) -> Employee:
        """Add person ``number`` to both sides, with the vendor's ID in the hub."""
        right_id = self.vendor(number, **(vendor or {}))
        return self.hub(number, **{"employment_id": right_id, **hub})

    def at_vendor(self, right_id: str) -> dict[str, Any]:
        return self.sandbox.record("fortnox", "employees", right_id)

    def change_at_vendor(self, right_id: str, **values: Any) -> None:
        self.sandbox.change("fortnox", "employees", right_id, values)

    def emails_at_vendor(self) -> list[str]:
        return sorted(record["Email"] for record in self.sandbox.state("fortnox", "employees"))

    def writes(self) -> list[tuple[str, str, int]]:
        """Return method, path below /3/ and status (0: dropped) of every write that the vendor received."""
        return [
            (call["method"], call["path"].partition("/3/")[2], call["status"])
            for call in self.sandbox.calls(path="/3/")
            if call["method"] != "GET"
        ]

    def sent(self) -> list[dict[str, Any]]:
        """Return what every write carried, in order."""
        calls = self.sandbox.calls(path="/3/employees")
        return [call["body"]["Employee"] for call in calls if call["method"] != "GET"]


def change(employee: Employee, **values: Any) -> None:
    """Change a person as somebody in the hub does."""
    employee.refresh_from_db()
    for name, value in values.items():
        setattr(employee, name, value)
    employee.save()


def review(connection: Connection, *, whole: bool = False) -> SyncRun:
    """Compare, and check that the run waits for decisions, or ended in step, with counts that add up."""
    connection.refresh_from_db()
    run = compare(connection, whole=whole)
    assert (run.state, run.error) in ((SyncRun.State.REVIEW, ""), (SyncRun.State.DONE, ""))
    assert run.state == SyncRun.State.REVIEW or not run.counts["rows"]
    assert_counts_add_up(run)
    return run


def assert_counts_add_up(run: SyncRun, *, pairs_left_out: int = 0) -> None:
    """Pairs and singles seen = equal + left out + rows, and the rows are as many as the counts say."""
    counts = run.counts
    paired_rows = SyncRow.objects.filter(run=run).exclude(left_id="").exclude(right_id="").exclude(kind="gone").count()
    seen = counts["left"] + counts["right"] - counts["equal"] - paired_rows - pairs_left_out
    assert counts["equal"] + counts["rows"] + sum(counts["left_out"].values()) == seen
    assert counts["rows"] == SyncRow.objects.filter(run=run).count()


def row_of(run: SyncRun, *, left: Employee | None = None, right_id: str | None = None) -> SyncRow:
    rows = SyncRow.objects.filter(run=run)
    if left is not None:
        rows = rows.filter(left_id=str(left.pk))
    return rows.get() if right_id is None else rows.get(right_id=right_id)


def decide(row: SyncRow, **decisions: str) -> None:
    """Decide fields by name: ``decide(row, phone=LEFT)``."""
    for name, decision in decisions.items():
        decide_field(field=row.fields.get(field=name), decision=decision, by=None)


def create_all(run: SyncRun) -> None:
    decide_creations(run=run, kinds=BOTH_KINDS, by=None)


def create(row: SyncRow) -> None:
    decide_row(row=row, decision=SyncRow.Decision.CREATE, by=None)


def start_applying(run: SyncRun) -> SyncRun:
    """Approve, and work once as a task would; the run may still be at work."""
    approve_run(run=run, by=None, made_from=None)
    return work_once(run)


def work_once(run: SyncRun) -> SyncRun:
    apply_run(run_id=run.pk)
    run.refresh_from_db()
    return run


def finish(run: SyncRun, *, seconds: float = 20) -> SyncRun:
    """Ring for an approved run until it has ended, as the sweep does; its rows have ended then, too."""
    deadline = time.monotonic() + seconds
    while work_once(run).state in SyncRun.APPLY_WAITS:
        assert time.monotonic() < deadline, f"still {run.state}: {run.error}"
        time.sleep(0.05)
    states = row_states(run=run)
    assert sum(states.values()) == run.counts["rows"]
    assert not set(states) & set(SyncRow.TO_DO)
    assert not Delivery.objects.filter(connection=run.connection, state__in=Delivery.OPEN).exists()
    return run


def apply_all(run: SyncRun) -> SyncRun:
    """Approve and work until the run has ended; one that found everything in step has."""
    if run.state == SyncRun.State.DONE:
        return run
    approve_run(run=run, by=None, made_from=None)
    return finish(run)


def delivery_states(run: SyncRun) -> list[str]:
    return list(Delivery.objects.filter(row__run=run).order_by("pk").values_list("state", flat=True))


def row_counts(run: SyncRun) -> dict[str, int]:
    return dict(Counter(SyncRow.objects.filter(run=run).values_list("state", flat=True)))


def pair_of(left: Employee, field: str) -> Any:
    """Return the field's pair on the person's link, None where there is none."""
    return Link.objects.get(left_id=str(left.pk)).pairs.get(field)


def assert_in_step(connection: Connection, people: int) -> None:
    """A new comparison finds everybody equal, linked once and settled."""
    run = review(connection)
    assert (run.counts["equal"], run.counts["rows"]) == (people, 0)
    assert Link.objects.filter(connection=connection, state=Link.State.ACTIVE).count() == people


def changes_of(left: Employee, field: str) -> list[tuple[Any, Any, int | None, bool]]:
    """Return (before, after, connection, by a delivery) of the person's history of a field, oldest first."""
    changes = FieldChange.objects.filter(subject_id=str(left.pk), run__isnull=False).order_by("pk")
    found = changes.of_fields(field)
    return [(each.before, each.after, each.connection_id, each.delivery_id is not None) for each in found]
