"""Edits of one connection while others are not answered: ``python -m benchmarks.outage_samples EDITS OTHERS CHANGED``.

With the real background service, and the sandbox at 100 ms. OTHERS connections have CHANGED edits each waiting, and
every call about one of their people is answered with 503. The same edits while all are answered come first.
"""

import os
import time
from typing import Any, Final

from benchmarks.scratch_database import set_up_django

set_up_django()

from benchmarks.push_samples import PAUSE_SECONDS, active, edit, service
from benchmarks.with_sandbox import print_sample
from employees.models import Employee
from integrations.core.models import Connection, Mark
from tests.core.connected import apply, compare
from tests.factories import CompanyFactory, EmployeeFactory
from tests.sandbox_client import SandboxClient
from tests.waiting import wait_until

# The number of the first person of the first of the others, and how far the next one's are away.
FIRST, APART = 100_000, 1_000
LIMIT: Final = 10_000


def another(sandbox: SandboxClient, first: Connection, number: int, people: int) -> Connection:
    """Another company's connection, with the first one's authorisation and a rate budget of its own."""
    company = CompanyFactory.create(name=f"Company {number}")
    for index in range(people):
        employee = EmployeeFactory.create(company=company, employment_id=str(FIRST + number * APART + index))
        sandbox.add(
            "fortnox",
            "employees",
            {
                "EmployeeId": employee.employment_id,
                "FirstName": employee.given_name,
                "LastName": employee.family_name,
                "Email": employee.work_email,
                "Phone1": employee.work_phone,
                "Address1": employee.street,
                "PostCode": employee.postal_code,
                "City": employee.city,
            },
        )
    connection = Connection.objects.create(
        integration=first.integration,
        label=f"Fortnox {number}",
        company=company,
        account_id=f"account {number}",
        state=Connection.State.AUTHORISED,
        credentials=first.credentials,
        settings=first.settings,
    )
    apply(compare(connection))
    Mark.objects.all().delete()
    return connection


def edits(sandbox: SandboxClient, people: list[Employee], *, first: int) -> list[float]:
    seconds = []
    for number, employee in enumerate(people):
        seconds.append(edit(sandbox, employee, first + number))
        time.sleep(PAUSE_SECONDS)
    return seconds


def change_everybody(connections: list[Connection]) -> None:
    for employee in Employee.objects.filter(company__in=[each.company_id for each in connections]).order_by("pk"):
        employee.work_phone = f"+46708{employee.pk:06d}"
        employee.save()


def _forget_long_tasks() -> None:
    """Another sample wants its own process to work in one go; a background service has an installation's times."""
    for name in ("TASK_SECONDS", "LEASE_SECONDS"):
        os.environ.pop(name, None)


def measure(sandbox: SandboxClient, count: int, others: int, changed: int) -> dict[str, Any]:
    _forget_long_tasks()
    sandbox.limits(requests=LIMIT, seconds=1)
    healthy = active(sandbox, count)
    connections = [another(sandbox, healthy, number, changed) for number in range(others)]
    people = list(Employee.objects.filter(company=healthy.company).order_by("pk"))
    sandbox.latency(mean=100, jitter=0.5)
    with service(sandbox):
        idle = edits(sandbox, people, first=0)
        sandbox.faults([{"action": "refuse", "status": 503, "path": r"/3/employees/1\d{5}", "every": True}])
        change_everybody(connections)
        beside = edits(sandbox, people, first=count)
        waiting = Mark.objects.filter(connection__in=connections).count()
        assert waiting == others * changed, (waiting, others * changed)
        sandbox.clear_faults()
        Connection.objects.update(next_slot=0, paused_until=None)
        wait_until(lambda: not Mark.objects.exists(), what="the others' edits are sent", seconds=400)
        return {"idle": idle, "beside": beside}


if __name__ == "__main__":
    print_sample(measure, "edits", "others", "changed")
