"""Kills parts of the background service while it works on a run, and notes where each kill landed."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from integrations.core.models import Delivery, Lease, SyncRow, SyncRun
from integrations.core.work.starts import MAX_STARTS
from tests.workers import Worker

QUEUE: Final = "bulk"
LOOK_SECONDS: Final = 0.02
# A run is given up after so many lost starts without progress, by design: the harness stays below.
SPARED_STARTS: Final = MAX_STARTS - 2
# The share of kills in an apply that wait until a write is under way.
AIMED: Final = 0.5
# About as long as a call takes.
CALL_SECONDS: Final = 0.3
# The share of kills at any moment; the others wait for what matters most, and comes last: creations at the vendor.
AT_ANY_TIME: Final = 2 / 3
# So long after the last kill a run must have ended by itself.
PATIENCE_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Point:
    """One kill that hit the run's task: what was killed, in which phase, and the calls that were under way."""

    kind: str
    phase: str
    creations: int
    updates: int
    ended_rows: int

    def __str__(self) -> str:
        sending = f"sending {self.creations} creations and {self.updates} updates"
        return f"{self.kind} while {self.phase}, {sending}, after {self.ended_rows} rows"


@dataclass
class Killer:
    worker: Worker
    chance: random.Random
    environment: Mapping[str, str]
    points: list[Point] = field(default_factory=list)
    _dead: set[str] = field(default_factory=set)

    def kill_during(self, run: SyncRun, *, phase: str, until: tuple[str, ...], most: int, within: float) -> bool:
        """Kill ``most`` times, each ``within`` seconds of the work's (re)start, and wait until the run leaves.

        An apply's last third hits creations only. Returns whether the run reached one of ``until`` by itself.
        """
        deadline, landed = time.monotonic() + PATIENCE_SECONDS, 0
        at_any_time = most * AT_ANY_TIME if phase == SyncRun.State.APPLYING else most
        while time.monotonic() < deadline:
            run.refresh_from_db()
            if run.state in until:
                return True
            holder = self._holder(run)
            if run.state == phase and holder and run.attempts <= SPARED_STARTS:
                # The first one earlier, so that it does not miss a phase that is over soon.
                latest = within if landed else within / 2
                if self._is_creating(run, landed, most) if landed >= at_any_time else self._await(run, latest):
                    hit = self._kill(run, phase=phase, holder=holder)
                    landed += hit
                    deadline = time.monotonic() + PATIENCE_SECONDS if hit else deadline
            time.sleep(LOOK_SECONDS)
        return False

    def _await(self, run: SyncRun, latest: float) -> bool:
        """Wait for a moment drawn from the seed: of every two in an apply, one while a write is under way."""
        time.sleep(self.chance.uniform(0, latest))
        if run.state == SyncRun.State.APPLYING and self.chance.random() < AIMED:
            until = time.monotonic() + latest
            while time.monotonic() < until and not self._sending(run).exists():
                time.sleep(LOOK_SECONDS)
        return True

    def _is_creating(self, run: SyncRun, landed: int, most: int) -> bool:
        """Whether a kill that is still to come would hit somebody's creation at the vendor; waits within the call."""
        if landed >= most and self.has_seen_everything():
            return False
        if not self._sending(run).filter(action=Delivery.Action.CREATE).exists():
            return False
        time.sleep(self.chance.uniform(0, CALL_SECONDS))
        return True

    def _sending(self, run: SyncRun) -> QuerySet[Delivery]:
        return Delivery.objects.filter(connection_id=run.connection_id, state=Delivery.State.SENDING)

    def figures(self) -> str:
        phases, kinds = Counter(point.phase for point in self.points), Counter(point.kind for point in self.points)
        sending = {
            "sending": sum(point.creations + point.updates > 0 for point in self.points),
            "sending_a_creation": sum(point.creations > 0 for point in self.points),
        }
        parts = {"points": len(self.points), **dict(sorted(phases.items())), **sending, **dict(sorted(kinds.items()))}
        return " ".join(f"{name}={number}" for name, number in parts.items())

    def has_seen_everything(self) -> bool:
        """Whether kills have landed in both phases, and while somebody was being created."""
        phases = {point.phase for point in self.points}
        creating = any(point.creations for point in self.points)
        return creating and phases >= {SyncRun.State.COMPARING, SyncRun.State.APPLYING}

    def _holder(self, run: SyncRun) -> str:
        """Return who holds the run's lease, empty when that is nobody, or somebody who was killed."""
        lease = Lease.objects.filter(name=f"run:{run.connection_id}", until__gt=timezone.now()).first()
        return lease.holder if lease is not None and lease.holder not in self._dead else ""

    def _kill(self, run: SyncRun, *, phase: str, holder: str) -> int:
        """Kill one of the four; returns 1 if it hit the task that holds the lease, else 0."""
        kind = self.chance.choice(("worker", "cluster", "service", "holder"))
        busy = self.worker.busy_workers(QUEUE)
        if len(busy) != 1 or self._holder(run) != holder:
            return 0
        kills: dict[str, Callable[[], None]] = {
            "worker": lambda: _kill_process(busy[0]),
            "holder": lambda: _kill_process(busy[0]),
            "cluster": lambda: self.worker.kill_cluster(QUEUE),
            "service": self._kill_service,
        }
        with suppress(ProcessLookupError):
            kills[kind]()
        hit = self._note(run, kind=kind, phase=phase, holder=holder)
        if kind == "service":
            self.worker.start(**self.environment)
        return hit

    def _note(self, run: SyncRun, *, kind: str, phase: str, holder: str) -> int:
        # The dead holder's lease keeps everybody else out: what stands in the database now is what it left.
        run.refresh_from_db(fields=["state"])
        hit = run.state == phase and self._holder(run) == holder
        self._dead.add(holder)
        if not hit:
            return 0
        actions = Counter(self._sending(run).values_list("action", flat=True))
        ended = SyncRow.objects.filter(run=run, state__in=SyncRow.ENDED).count()
        creations, updates = actions[Delivery.Action.CREATE], actions[Delivery.Action.UPDATE]
        self.points.append(Point(kind, str(phase), creations, updates, ended))
        return 1

    def _kill_service(self) -> None:
        self.worker.kill()
        while found := self.worker.processes():
            for process in found:
                _kill_process(process)


def _kill_process(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
