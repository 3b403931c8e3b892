"""Run after run on the same two sides, killed on the way, until as many kills have landed as were asked for."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from config.soak.sides import People, hub_people, vendor_people
from employees.models import Company
from integrations.core.models import Connection, Mark, Notification, SyncField, SyncRun
from integrations.core.runs.deciding import start_run
from tests.core.connected import connect
from tests.core.harness.approval import Approval, approve
from tests.core.harness.killing import Killer
from tests.core.harness.scrambling import Scrambler
from tests.core.harness.verdict import Verdict, judge, judge_plan
from tests.sandbox_client import SandboxClient
from tests.waiting import wait_until
from tests.workers import Worker

State = SyncRun.State
# Waits that let a killed service be back at work within seconds; a lease still outlives a call.
ENVIRONMENT: Final = {
    "LEASE_SECONDS": "2",
    "SWEEP_SECONDS": "0.5",
    "HTTP_READ_TIMEOUT": "1.5",
    "SETTLE_SECONDS": "0.5",
    "CANARY_PATIENCE_SECONDS": "4",
}
# Milliseconds and their spread, so that calls are under way at any moment; a comparison has one call, a longer one.
COMPARE_LATENCY: Final = {"mean": 800.0, "jitter": 0.25}
APPLY_LATENCY: Final = {"mean": 300.0, "jitter": 0.5}
# Seconds after the work's (re)start within which it is killed.
COMPARE_WITHIN: Final = 1.0
APPLY_WITHIN: Final = 1.6
# A comparison is not taken up in the middle, and given up after five lost starts.
COMPARE_KILLS: Final = 3
# Enough for one run: a new one brings new people and decisions.
APPLY_KILLS: Final = 17
# Also without a kill some answers never come: done and dropped, dropped and done late (sooner than it settles); or
# they come and cannot be read, and the record is read instead.
FAULTS: Final = (
    {"action": "drop_after", "method": "POST", "path": "/3/employees", "k": 2},
    {"action": "late", "method": "POST", "path": "/3/employees", "k": 4, "seconds": 0.3},
    {"action": "drop_after", "method": "PUT", "path": "/3/employees/", "k": 5},
    {"action": "late", "method": "PUT", "path": "/3/employees/", "k": 11, "seconds": 0.3},
    {"action": "odd_row", "method": "POST", "path": "/3/employees", "k": 6, "values": {"City": [None]}},
    {"action": "odd_row", "method": "PUT", "path": "/3/employees/", "k": 8, "row": None},
)


@dataclass
class Rehearsal:
    worker: Worker
    sandbox: SandboxClient
    seed: int
    people: int
    tell: Callable[[str], None]
    verdict: Verdict = field(default_factory=Verdict)
    runs: int = 0
    written: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.killer = Killer(self.worker, self.chance, ENVIRONMENT)
        self._scrambler = Scrambler(sandbox=self.sandbox, people=self.people, chance=self.chance)
        self._left_as_is: dict[tuple[str, str, str], Any] = {}

    def kill(self, *, points: int) -> None:
        """Rehearse until ``points`` kills have landed, of every sort, or something was found."""
        company = self._scrambler.seed()
        connection = connect(company=company)
        self.worker.start(**ENVIRONMENT)
        while self.verdict.clean and not self._is_enough(points):
            if self.runs == points:
                self.verdict.unexplained.append("too few kills landed: the moments are wrong for this machine")
                return
            # Here a run is tried alone: what is changed between two runs does not go by itself (the soak has both).
            Connection.objects.filter(pk=connection.pk).update(state=Connection.State.REVIEWING)
            self._scrambler.scramble(company)
            Mark.objects.all().delete()
            self._rehearse(connection, company, most=max(1, points - len(self.killer.points)))
            self.runs += 1
            self.tell(f"run {self.runs}: {self.figures()}")

    def _is_enough(self, points: int) -> bool:
        return len(self.killer.points) >= points and self.killer.has_seen_everything()

    def figures(self) -> str:
        return f"{self.killer.figures()} runs={self.runs} rows={self.written} {self.verdict}"

    def report(self) -> str:
        """Return what was found, with what is needed to see it again."""
        landed = [f"  {number}: {point}" for number, point in enumerate(self.killer.points, start=1)]
        found = self.verdict.traces()
        return "\n".join([f"seed {self.seed}: {self.figures()}", *found[:20], "kills:", *landed[-40:]])

    def _rehearse(self, connection: Connection, company: Company, *, most: int) -> None:
        left, right = self._sides(company)
        self._forget_equal(left, right)
        self.sandbox.latency(**COMPARE_LATENCY)
        run = start_run(connection=connection, trigger=SyncRun.Trigger.OPERATOR, by=None)
        # Of what remains at most a quarter, so that a short rehearsal reaches both phases.
        kills = min(COMPARE_KILLS, max(1, most // 4))
        if not self.killer.kill_during(
            run, phase=State.COMPARING, until=(State.REVIEW, *SyncRun.ENDED), most=kills, within=COMPARE_WITHIN
        ):
            self.verdict.unexplained.append(f"the comparison never ended: {run.state} {run.error}")
            return
        if run.state != State.REVIEW:
            self.verdict.unexplained.append(f"the comparison ended as {run.state}: {run.error}")
            return
        self.verdict.add(judge_plan(run, left=left, right=right, left_as_is=self._left_as_is))
        self._apply(run, company, left, right, most=min(APPLY_KILLS, max(1, most - kills)))

    def _apply(self, run: SyncRun, company: Company, left: People, right: People, *, most: int) -> None:
        self.sandbox.latency(**APPLY_LATENCY)
        self.sandbox.clear_calls()
        self.sandbox.clear_faults()
        self.sandbox.faults(list(FAULTS))
        approval = approve(run=run, left=left, right=right, chance=self.chance)
        if not self.killer.kill_during(run, phase=State.APPLYING, until=SyncRun.ENDED, most=most, within=APPLY_WITHIN):
            self.verdict.unexplained.append(f"the run never ended: {run.state} {run.error}")
        elif not self._is_reported(run):
            self.verdict.lost.append(f"the report of run {run.pk} was never mailed")
        left_after, right_after = self._sides(company)
        self.verdict.add(judge(approval, left=left_after, right=right_after, calls=self.sandbox.calls()))
        self.written += len(approval.fields) + len(approval.created_left) + len(approval.created_right)
        self._remember(approval)

    def _is_reported(self, run: SyncRun) -> bool:
        mailed = Notification.objects.filter(key=f"run:{run.pk}", sent_at__isnull=False)
        try:
            return wait_until(mailed.exists, what="the report is mailed")
        except TimeoutError:
            return False

    def _sides(self, company: Company) -> tuple[People, People]:
        return hub_people(company), vendor_people(self.sandbox.state("fortnox", "employees"))

    def _remember(self, approval: Approval) -> None:
        """Keep what was left different; any other decision ends that."""
        for (left_id, right_id), decisions in approval.fields.items():
            for name, decision in decisions.items():
                values = (approval.left[left_id][name], approval.right[right_id][name])
                if decision == SyncField.Decision.LEAVE:
                    self._left_as_is[left_id, right_id, name] = values
                elif decision != SyncField.Decision.OPEN:
                    self._left_as_is.pop((left_id, right_id, name), None)

    def _forget_equal(self, left: People, right: People) -> None:
        """Values that have become equal by themselves are settled: what comes after is a change."""
        for left_id, right_id, name in list(self._left_as_is):
            if left[left_id][name] == right[right_id][name]:
                del self._left_as_is[left_id, right_id, name]
