"""Absences of many people at once, at Fortnox's pace: ``python -m benchmarks.absence_samples PEOPLE``.

Everybody's first, five days long; nothing of it stands at the vendor. Drained in this process.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from benchmarks.scratch_database import set_up_django

set_up_django()

from django.utils import timezone

from absences.models import Absence, AbsenceType
from benchmarks.apply_samples import REQUESTS, SECONDS
from benchmarks.push_samples import active
from benchmarks.with_sandbox import print_sample
from employees.models import Employee
from integrations.core.models import Connection, Mark, Problem
from integrations.core.push.draining import drain
from integrations.fortnox.absence_answers import save_mapping
from integrations.fortnox.absence_types import changes_of, mapped_types
from tests.factories import AbsenceFactory
from tests.sandbox_client import SandboxClient

DAYS = 5


def switch_on(connection: Connection) -> AbsenceType:
    """Map sick leave and let the connection create absences; returns the type."""
    types = mapped_types(connection)
    sick = AbsenceType.objects.get(code="sick_leave")
    save_mapping(connection=connection, changes=changes_of(types=types, wanted={sick.pk: "SJK"}), by=None)
    connection.settings = {**connection.settings, "create_absences": True}
    connection.save(update_fields=["settings"])
    return sick


def give_schedule(sandbox: SandboxClient, employees: Iterable[Employee]) -> None:
    for employee in employees:
        sandbox.change("fortnox", "employees", employee.employment_id, {"ScheduleId": "HEL"})


def register(employees: Iterable[Employee], sick: AbsenceType) -> None:
    """Give everybody one approved absence of five days."""
    now, approved = timezone.now(), Absence.Status.APPROVED
    for employee in employees:
        AbsenceFactory.create(
            employee=employee,
            type=sick,
            start=date(2026, 3, 2),
            end=date(2026, 3, 6),
            status=approved,
            decided_at=now,
        )


def prepare(sandbox: SandboxClient, people: int) -> Connection:
    connection = active(sandbox, people)
    employees = list(Employee.objects.order_by("pk"))
    sick = switch_on(connection)
    give_schedule(sandbox, employees)
    register(employees, sick)
    return connection


def measure(sandbox: SandboxClient, people: int) -> dict[str, Any]:
    connection = prepare(sandbox, people)
    sandbox.latency(mean=300, jitter=0.5)
    sandbox.limits(requests=REQUESTS, seconds=SECONDS)
    sandbox.clear_calls()
    while Mark.objects.exists():
        drain(connection_id=connection.pk, bulk=True)
    calls = sandbox.calls(path="/3/")
    writes = [call for call in calls if call["method"] == "POST"]
    held = sandbox.state("fortnox", "absences")
    days = {(row["EmployeeId"], row["Date"]) for row in held}
    assert len(held) == len(days) == people * DAYS, len(held)
    assert not Problem.objects.exists()
    return {
        "calls": len(calls),
        "days": len(days),
        "schedule_reads": len([call for call in calls if "scheduletimes" in call["path"]]),
        "throttled": sum(call["status"] == 429 for call in calls),
        "write_seconds": max(call["end"] for call in writes) - min(call["start"] for call in writes),
        "writes": len(writes),
    }


if __name__ == "__main__":
    print_sample(measure, "people")
