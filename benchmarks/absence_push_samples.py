"""A person's phone beside absences of the same connection: ``python -m benchmarks.absence_push_samples EDITS BUSY``.

With the real background service, and the sandbox at Fortnox's pace. BUSY people's five-day absences, each registered
by hand, are being transferred meanwhile; 0: nothing else goes on.
"""

import os
import time
from typing import Any

from benchmarks.scratch_database import set_up_django

set_up_django()


from benchmarks.absence_samples import DAYS, give_schedule, register, switch_on
from benchmarks.apply_samples import REQUESTS, SECONDS
from benchmarks.push_samples import PAUSE_SECONDS, active, edit, service
from benchmarks.with_sandbox import print_sample
from employees.models import Employee
from integrations.core.models import Link, Mark, Problem
from integrations.core.registry import manifest_of
from tests.sandbox_client import SandboxClient
from tests.waiting import wait_until


def measure(sandbox: SandboxClient, edits: int, busy: int) -> dict[str, Any]:
    connection = active(sandbox, edits + busy)
    people = list(Employee.objects.order_by("pk"))
    edited, away = people[:edits], people[edits:]
    sick = switch_on(connection)
    give_schedule(sandbox, away)
    sandbox.latency(mean=100, jitter=0.5)
    sandbox.limits(requests=REQUESTS, seconds=SECONDS)
    days = Link.objects.filter(resource="absence_days")
    # The service's tasks last as long as they do by themselves: what was imported here sets other times.
    for name in ("TASK_SECONDS", "LEASE_SECONDS"):
        os.environ.pop(name, None)
    with service(sandbox):
        sandbox.clear_calls()
        if busy:
            register(away, sick)
            wait_until(days.exists, what="absences are sent", seconds=120)
        seconds = []
        for number, employee in enumerate(edited):
            seconds.append(edit(sandbox, employee, number))
            assert not busy or days.count() < busy * DAYS, f"the absences ended after {number} edits"
            time.sleep(PAUSE_SECONDS)
        wait_until(lambda: not Mark.objects.exists(), what="everything is sent", seconds=240)
        held = sandbox.state("fortnox", "absences")
        assert len(held) == len({(row["EmployeeId"], row["Date"]) for row in held}) == busy * DAYS, len(held)
        assert not Problem.objects.exists()
        return {
            "seconds": seconds,
            "interval": manifest_of(connection.integration).limit.interval,
            "throttled": sum(call["status"] == 429 for call in sandbox.calls()),
        }


if __name__ == "__main__":
    print_sample(measure, "edits", "busy")
