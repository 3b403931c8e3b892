"""Visma.net Payroll over real HTTP, at our pace: ``python -m benchmarks.visma_samples changes|list|narrowed PEOPLE``.

Worked in this process; the sandbox is a process of its own.
"""

import math
import os
import sys
import time
from collections import Counter
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any, Final
from unittest import mock
from weakref import WeakValueDictionary

from benchmarks.scratch_database import set_up_django

# One task: what a worker would do in several, without the rings between them.
os.environ.update(TASK_SECONDS="900", LEASE_SECONDS="1800")
set_up_django()

from django.utils import timezone

from benchmarks.with_sandbox import print_sample
from integrations.core.models import Connection, Mark, Problem, SyncRow, SyncRun
from integrations.core.registry import Limit
from integrations.core.runs.deciding import decide_creations
from integrations.visma_payroll import client
from integrations.visma_payroll.unconfirmed import PAGE_SIZE
from tests.sandbox_client import SandboxClient
from tests.visma_payroll.sync.sides import VENDOR, VismaSides, change, connected_sides

# Every so many people get other workdays as well.
WITH_DATES: Final = 3


class Row(dict[str, Any]):
    """A raw document that can be seen to be alive."""


class Alive:
    """Counts how many raw documents of lists are alive at most."""

    def __init__(self) -> None:
        self.most = 0
        # By identity: equal documents count twice.
        self._rows: WeakValueDictionary[int, Row] = WeakValueDictionary()
        self._list = client.VismaPayrollClient._list

    def counting(self) -> AbstractContextManager[Any]:
        def listed(this: client.VismaPayrollClient, *arguments: Any, **named: Any) -> client.Listing:
            found = self._list(this, *arguments, **named)
            rows = tuple(Row(row) for row in found.rows)
            self._rows.update({id(row): row for row in rows})
            self.most = max(self.most, len(self._rows))
            return found._replace(rows=rows)

        return mock.patch.object(client.VismaPayrollClient, "_list", listed)


def changes(sandbox: SandboxClient, people: int) -> dict[str, Any]:
    """Return the calls that pushing a changed phone, or changed workdays, takes."""
    both = connected_sides(sandbox)
    pairs = [both.pair(number) for number in range(1, people + 1)]
    both.activate()
    sandbox.latency(mean=100, jitter=0.5)
    sandbox.clear_calls()
    for number, (employee, _right_id) in enumerate(pairs):
        if number % WITH_DATES:
            change(employee, work_phone=f"+474100{number:04d}")
        else:
            change(employee, last_workday=date(2027, 1, 31))
    started = time.monotonic()
    both.push_until_sent(patience=600)
    seconds = time.monotonic() - started
    calls = sandbox.calls(path=f"/{VENDOR}/v2/")
    kinds = Counter(both.calls())
    polls = Counter(call["path"] for call in calls if "/jobs/" in call["path"])
    dated = math.ceil(people / WITH_DATES)
    assert kinds["PUT", "employee"] == people - dated, kinds
    assert kinds["PUT", "position"] == dated, kinds
    assert not Problem.objects.exists()
    return {
        "reads": kinds["GET", "employee"] / people,
        "position_reads": kinds["GET", "position"] / dated,
        "writes": (kinds["PUT", "employee"] + kinds["PUT", "position"]) / people,
        "most_polls": max(polls.values()),
        "mean_polls": sum(polls.values()) / people,
        "throttled": sum(call["status"] == 429 for call in calls),
        "seconds": seconds,
    }


def whole_list(sandbox: SandboxClient, people: int) -> dict[str, Any]:
    """Return the pages and the memory of comparing with everybody at Visma."""
    both = connected_sides(sandbox)
    held = sandbox.seed(people=people, vendor=VENDOR)
    sandbox.limits(vendor=VENDOR, requests=100_000, seconds=1)
    alive = Alive()
    sandbox.clear_calls()
    with without_pace(), alive.counting():
        run = both.compare()
    assert run.state == SyncRun.State.REVIEW, run.error
    assert run.counts["right"] == held, run.counts
    # Or the client lists in another way, and nothing was counted.
    assert alive.most, alive.most
    return {"pages": len(sandbox.calls(path="/employees?")) / math.ceil(held / PAGE_SIZE), "alive": alive.most}


def narrowed(sandbox: SandboxClient, people: int) -> dict[str, Any]:
    """Return the calls of comparing again after a tenth of the people changed at Visma."""
    both = connected_sides(sandbox)
    sandbox.limits(vendor=VENDOR, requests=100_000, seconds=1)
    with without_pace():
        return narrowed_calls(both, people)


def narrowed_calls(both: VismaSides, people: int) -> dict[str, Any]:
    sandbox = both.sandbox
    ids = [both.vendor(number) for number in range(1, people + 1)]
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_RIGHT,), by=None)
    both.apply(run)
    assert Connection.objects.get().state == Connection.State.ACTIVE
    both.review()
    SyncRun.objects.update(created_at=timezone.now() + timedelta(days=9))
    sandbox.advance_clock(seconds=10 * 24 * 3600)
    changed = ids[:: max(1, people // 100)]
    for number, right_id in enumerate(changed):
        both.change_at_vendor(right_id, phones=[{"type": "Business", "number": 42_000_000 + number}])
    sandbox.clear_calls()
    run = both.review()
    assert run.counts["right"] == len(changed), run.counts
    assert not Mark.objects.exists()
    # One finds the token ended, nine days later.
    served = [call for call in sandbox.calls(path=f"/{VENDOR}/v2/") if call["status"] == 200]
    return {"calls": len(served) / math.ceil(len(changed) / PAGE_SIZE)}


def without_pace() -> AbstractContextManager[Any]:
    """Calls are counted, not timed."""
    return mock.patch.object(Limit, "interval", 0.001)


if __name__ == "__main__":
    samples = {"changes": changes, "list": whole_list, "narrowed": narrowed}
    print_sample(samples[sys.argv.pop(1)], "people")
