"""Applying to the sandbox over real HTTP, at Fortnox's pace: ``python -m benchmarks.apply_samples PEOPLE``.

Applied by the real ``apply_run`` in this process (no worker, so that no wait for a queue is measured); the sandbox is
a process of its own.
"""

import os
from typing import Any, Final

from benchmarks.scratch_database import set_up_django

# One task: what a worker would do in several, without the rings between them.
os.environ.update(TASK_SECONDS="900", LEASE_SECONDS="1800")
set_up_django()


from benchmarks.with_sandbox import print_sample
from employees.models import Company
from integrations.core.models import SyncField, SyncRow, SyncRun
from integrations.core.runs.deciding import decide_fields
from tests.core.connected import apply, compare, connect, rows
from tests.factories import CompanyFactory, EmployeeFactory
from tests.sandbox_client import SandboxClient

# Fortnox's published limit, as a strict sliding window.
REQUESTS: Final = 25
SECONDS: Final = 5
# What we allow ourselves of it.
SENT_AT_MOST: Final = 24


def fill(sandbox: SandboxClient, company: Company, people: int) -> None:
    """The same people on both sides, each with another phone."""
    for number in range(people):
        employee = EmployeeFactory.create(company=company, employment_id=str(number + 1))
        sandbox.add(
            "fortnox",
            "employees",
            {
                "EmployeeId": employee.employment_id,
                "FirstName": employee.given_name,
                "LastName": employee.family_name,
                "Email": employee.work_email,
                "Phone1": f"+4670174{number:04d}",
                "Address1": employee.street,
                "PostCode": employee.postal_code,
                "City": employee.city,
                "EmploymentDate": employee.first_workday.isoformat() if employee.first_workday else "",
            },
        )


def run_of(sandbox: SandboxClient, people: int) -> SyncRun:
    """Return a run in review, in which every person's phone goes to the vendor."""
    company = CompanyFactory.create(name="Demo AB")
    fill(sandbox, company, people)
    run = compare(connect(company=company))
    assert run.state == SyncRun.State.REVIEW, (run.state, run.error)
    decided = decide_fields(run=run, decision=SyncField.Decision.LEFT, by=None, fields=("phone",))
    assert decided == people, (decided, people)
    return run


def measure(sandbox: SandboxClient, people: int) -> dict[str, Any]:
    run = run_of(sandbox, people)
    sandbox.latency(mean=300, jitter=0.5)
    sandbox.limits(requests=REQUESTS, seconds=SECONDS)
    sandbox.clear_calls()
    run = apply(run)
    calls = sandbox.calls(path="/fortnox/3/") or sandbox.calls()
    writes = [call for call in calls if call["method"] in {"PUT", "POST"} and "/3/" in call["path"]]
    lists = [call for call in calls if call["method"] == "GET" and "page=" in call["path"]]
    written = len(rows(run, state=SyncRow.State.WRITTEN))
    assert written == people, (run.state, run.error, written)
    starts = [call["start"] for call in writes]
    return {
        "seconds": max(starts) - min(starts),
        "least_seconds": len(writes) * SECONDS / SENT_AT_MOST,
        "writes": len(writes),
        "throttled": sum(call["status"] == 429 for call in calls),
        "calls_per_change": (len(calls) - len(lists)) / people,
        # What was read beside the list, to see what a write has made of a person.
        "readback_extra_calls": sum(call["method"] == "GET" for call in calls) - len(lists),
    }


if __name__ == "__main__":
    print_sample(measure, "people")
