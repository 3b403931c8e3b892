"""From a save in the hub to the vendor's answer: ``python -m benchmarks.push_samples EDITS BUSY``.

With the real background service in a process of its own, and the sandbox at Fortnox's pace. BUSY people are being
written by a synchronisation of the same connection meanwhile; 0: nothing else goes on.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from benchmarks.scratch_database import set_up_django

set_up_django()

from django.conf import settings
from django.db import connection as database

from benchmarks.apply_samples import REQUESTS, SECONDS, fill
from benchmarks.with_sandbox import print_sample
from employees.models import Employee
from integrations.core.health import background_service
from integrations.core.models import Connection, Mark, SyncField, SyncRun
from integrations.core.registry import manifest_of
from integrations.core.runs.deciding import approve_run, decide_fields
from integrations.core.runs.ending import row_states
from tests.core.connected import apply, compare, connect
from tests.factories import CompanyFactory
from tests.sandbox_client import SandboxClient
from tests.waiting import wait_until

# The reading and the writing call of one push.
CALLS: Final = 2
# Between two edits, so that one has been sent before the next, and the queue is found at any moment of its round.
PAUSE_SECONDS: Final = 0.35


@contextmanager
def service(sandbox: SandboxClient) -> Iterator[None]:
    """Run ``manage.py work`` on the scratch database."""
    name = database.settings_dict["NAME"]
    address = f"sqlite:///{name}" if database.vendor == "sqlite" else os.environ["DATABASE_URL"]
    environment = {**os.environ, "DATABASE_URL": address, "SANDBOX_URL": sandbox.url, "VAR_DIR": str(settings.VAR_DIR)}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "work"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: background_service().running, what="the background service runs", seconds=60)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def active(sandbox: SandboxClient, people: int) -> Connection:
    """Return a connection whose first synchronisation is done; everybody's phone was left as it is on both sides."""
    company = CompanyFactory.create(name="Demo AB")
    fill(sandbox, company, people)
    connection = connect(company=company)
    apply(compare(connection))
    connection.refresh_from_db()
    assert connection.state == Connection.State.ACTIVE
    Mark.objects.all().delete()
    return connection


def begin_applying(connection: Connection, people: int) -> SyncRun:
    """Start a synchronisation that writes so many people's phones."""
    run = compare(connection)
    decide_fields(run=run, decision=SyncField.Decision.LEFT, by=None, fields=("phone",))
    leave = SyncField.objects.filter(row__run=run, row__left_id__in=_last_ids(people))
    leave.update(decision=SyncField.Decision.OPEN)
    approve_run(run=run, by=None, made_from=None)
    wait_until(lambda: row_states(run=run).get("written", 0) > 0, what="the synchronisation writes", seconds=120)
    return run


def _last_ids(people: int) -> list[str]:
    """Return everybody but the first ``people``: those are edited by hand."""
    return [str(pk) for pk in Employee.objects.order_by("pk").values_list("pk", flat=True)[people:]]


def edit(sandbox: SandboxClient, employee: Employee, number: int) -> float:
    """Save a phone and return the seconds until the vendor has answered the write."""
    employee.refresh_from_db()
    employee.work_phone = f"+46709{number:06d}"
    saved = time.time()
    employee.save()
    wait_until(lambda: not Mark.objects.filter(left_id=str(employee.pk)).exists(), what="it is sent", seconds=120)
    path = f"/3/employees/{employee.employment_id}"
    writes = [call for call in sandbox.calls(method="PUT", path=path) if call["start"] >= saved]
    return float(writes[-1]["end"]) - saved


def measure(sandbox: SandboxClient, edits: int, busy: int) -> dict[str, Any]:
    connection = active(sandbox, edits + busy)
    sandbox.latency(mean=100, jitter=0.5)
    sandbox.limits(requests=REQUESTS, seconds=SECONDS)
    with service(sandbox):
        run = begin_applying(connection, busy) if busy else None
        sandbox.clear_calls()
        people = list(Employee.objects.order_by("pk")[busy:])
        seconds = []
        for number, employee in enumerate(people):
            seconds.append(edit(sandbox, employee, number))
            if run is not None:
                run.refresh_from_db()
                assert run.state in SyncRun.AT_WORK, f"the synchronisation ended after {number} edits"
            time.sleep(PAUSE_SECONDS)
        return {
            "seconds": seconds,
            "interval": manifest_of(connection.integration).limit.interval,
            "throttled": sum(call["status"] == 429 for call in sandbox.calls()),
        }


if __name__ == "__main__":
    print_sample(measure, "edits", "busy")
