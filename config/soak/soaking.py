"""The soak from beginning to end: connect, let everything happen at once, let it settle, judge."""

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User

from config.demo.people import approve_at_vendor
from config.sandbox_control import SandboxClient
from config.soak.people import OVERTAKEN, Editors
from config.soak.record import Record
from config.soak.sides import hub_people, vendor_people
from config.soak.troubles import Troubles
from config.soak.untrue import untrue_writes, wrongly_settled
from config.soak.verdict import Verdict, judge
from integrations.core.accounts import AuthorisationFailed
from integrations.core.connecting import finish_authorisation, start_authorisation
from integrations.core.marks import let_go
from integrations.core.models import Connection, Delivery, Mark, MassChange, Problem, SyncField, SyncRow, SyncRun
from integrations.core.problems import retry_problems
from integrations.core.runs.deciding import RunRefused, approve_run, decide_creations, decide_field, start_run

REDIRECT: Final = "http://localhost:8000/oauth/fortnox/callback"
PAUSE_SECONDS: Final = 0.25
# How long everything may take to come to rest once nothing goes wrong any more.
REST_SECONDS: Final = 120.0
LEFT, RIGHT, OPEN = SyncField.Decision.LEFT, SyncField.Decision.RIGHT, SyncField.Decision.OPEN


class NeverRested(Exception):
    """The work did not come to rest; the text says what was left."""


@dataclass
class Soak:
    connection: Connection
    by: User
    sandbox: SandboxClient
    editors: Editors
    troubles: Troubles
    chance: random.Random
    record: Record
    tell: Callable[[str], None]
    runs: int = 0
    # What was seen on the way to stand wrongly: at the end a synchronisation may have covered it up.
    seen: list[str] = field(default_factory=list)
    edits: dict[str, int] = field(default_factory=dict)

    # --- The storm --------------------------------------------------------------------------------------

    def rage(self, seconds: float) -> None:
        """Edit, decide, break and kill at random for so many seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._act()
            time.sleep(self.chance.uniform(0, 2 * PAUSE_SECONDS))

    def _act(self) -> None:
        actions: tuple[tuple[Callable[[], None], int], ...] = (
            (self.editors.edit_in_hub, 30),
            (self.editors.edit_at_vendor, 12),
            (self.editors.change_many, 2),
            (self.editors.add_to_hub, 3),
            (self.editors.disconnect_somebody, 1),
            (self.editors.connect_everybody_again, 2),
            (self._synchronise, 4),
            (self._tend, 6),
            (self.troubles.cause, 14),
        )
        (chosen,) = self.chance.choices([each for each, _ in actions], [weight for _, weight in actions])
        self.edits[chosen.__name__] = self.edits.get(chosen.__name__, 0) + 1
        with suppress(*OVERTAKEN):
            chosen()

    def _tend(self) -> None:
        """Do what an HR admin does now and then: connect again, release, try again."""
        self._look()
        self._connect_again()
        if self.chance.random() < 0.5:
            self._release()
        retry_problems(Problem.objects.filter(connection=self.connection), by=self.by)

    def _look(self) -> None:
        """See whether what the vendor did not keep counts as settled, before anybody tries it again."""
        first = self._wrongly_settled()
        if first:
            # Both sides are read one after the other: what is still so is so.
            again = set(self._wrongly_settled())
            self.seen += [each for each in first if each in again and each not in self.seen]

    def _wrongly_settled(self) -> list[str]:
        calls = self.sandbox.calls(path="/3/employees")
        if not any(untrue_writes(calls)):
            return []
        right = vendor_people(self.sandbox.state("fortnox", "employees"))
        left = hub_people(self.editors.company)
        return wrongly_settled(self.connection, record=self.record, calls=calls, left=left, right=right)

    def _connect_again(self) -> None:
        self.connection.refresh_from_db()
        if self.connection.state == Connection.State.NEEDS_REAUTHORISATION:
            with suppress(AuthorisationFailed, OSError, LookupError):
                self._authorise()

    def _authorise(self) -> None:
        started = start_authorisation(connection_id=self.connection.pk, service_account=False, redirect_uri=REDIRECT)
        finish_authorisation(
            connection_id=self.connection.pk,
            callback=approve_at_vendor(started.url),
            started=started,
            redirect_uri=REDIRECT,
            by=self.by,
        )

    def _release(self) -> None:
        for mass in MassChange.objects.filter(connection=self.connection, state=MassChange.State.HELD):
            MassChange.objects.filter(pk=mass.pk).update(state=MassChange.State.RELEASED)
            let_go(Mark.objects.filter(connection=self.connection), mass=mass.pk)

    # --- Synchronisations -------------------------------------------------------------------------------

    def _synchronise(self) -> None:
        """Take the next step of a synchronisation: start one, or decide the one that waits."""
        self._look()
        run = SyncRun.objects.filter(connection=self.connection).order_by("-pk").first()
        if run is not None and run.state == SyncRun.State.REVIEW:
            self._decide(run)
        elif run is None or run.state in SyncRun.ENDED:
            self.connection.refresh_from_db()
            with suppress(RunRefused):
                start_run(connection=self.connection, trigger=SyncRun.Trigger.PERSON, by=self.by)
                self.runs += 1

    def _decide(self, run: SyncRun) -> None:
        """Decide at random what both sides changed; what one side changed goes as it is suggested."""
        fields = SyncField.objects.filter(row__run=run, row__state=SyncRow.State.OPEN, decision=OPEN)
        for each in fields.select_related("row__run"):
            with suppress(RunRefused, SyncField.DoesNotExist):
                decide_field(field=each, decision=self.chance.choice((LEFT, RIGHT)), by=self.by)
        with suppress(RunRefused):
            approve_run(run=run, by=self.by, made_from=None)

    # --- The calm ---------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let nothing go wrong any more and do what people would, until everything rests; raises NeverRested."""
        self.troubles.end()
        self._await_rest()
        # What the vendor's people edited comes in by a last synchronisation.
        for _ in range(3):
            run = self._last_synchronisation()
            self._await_rest()
            if not SyncRow.objects.filter(run=run).exclude(state=SyncRow.State.SKIPPED).exists():
                return

    def _last_synchronisation(self) -> SyncRun:
        self._await(lambda: not self._at_work(), "the synchronisation under way")
        SyncRun.objects.filter(connection=self.connection, state=SyncRun.State.REVIEW).update(
            state=SyncRun.State.CANCELLED
        )
        run = start_run(connection=self.connection, trigger=SyncRun.Trigger.OPERATOR, by=self.by)
        compared = (SyncRun.State.REVIEW, SyncRun.State.DONE)
        self._await(lambda: self._state(run) in compared, f"the last comparison (#{run.pk})")
        if self._state(run) == SyncRun.State.REVIEW:
            decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.ONLY_RIGHT), by=self.by)
            self._decide(run)
        self._await(lambda: self._state(run) in SyncRun.ENDED, f"the last synchronisation (#{run.pk})")
        return run

    def _state(self, run: SyncRun) -> str:
        run.refresh_from_db()
        if run.state in (SyncRun.State.FAILED, SyncRun.State.CANCELLED):
            raise NeverRested(f"synchronisation #{run.pk} is {run.state}: {run.error}")
        return run.state

    def _at_work(self) -> bool:
        return SyncRun.objects.filter(connection=self.connection, state__in=SyncRun.AT_WORK).exists()

    def _await_rest(self) -> None:
        self._await(self._rests, "marks, deliveries and problems")

    def _rests(self) -> bool:
        self._tend()
        self._release()
        self.editors.connect_everybody_again()
        marks = Mark.objects.filter(connection=self.connection).exclude(held_by=Mark.Hold.REVIEW).exists()
        deliveries = Delivery.objects.filter(connection=self.connection, state__in=Delivery.OPEN).exists()
        return not (marks or deliveries or self._at_work())

    def _await(self, rests: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + REST_SECONDS
        while not rests():
            if time.monotonic() > until:
                raise NeverRested(f"{what} did not come to rest within {REST_SECONDS:.0f} s: {self._left_over()}")
            time.sleep(PAUSE_SECONDS)

    def _left_over(self) -> str:
        marks = list(
            Mark.objects.filter(connection=self.connection).values_list("left_id", "held_by", "attempts", "due")
        )
        deliveries = Delivery.objects.filter(connection=self.connection, state__in=Delivery.OPEN)
        problems = Problem.objects.filter(connection=self.connection, state__in=("open", "retried"))
        runs = SyncRun.objects.filter(connection=self.connection, state__in=SyncRun.AT_WORK)
        self.connection.refresh_from_db()
        return (
            f"connection {self.connection.state}, marks {marks[:5]}, "
            f"deliveries {list(deliveries.values_list('left_id', 'action', 'state')[:5])}, "
            f"problems {list(problems.values_list('label', 'cause')[:5])}, "
            f"runs {list(runs.values_list('pk', 'state', 'error'))}"
        )

    def judge(self) -> Verdict:
        verdict = judge(
            self.connection,
            record=self.record,
            left=hub_people(self.editors.company),
            right=vendor_people(self.sandbox.state("fortnox", "employees")),
            calls=self.sandbox.calls(path="/3/"),
        )
        verdict.unexplained += self.seen
        return verdict

    def figures(self) -> str:
        deliveries = Delivery.objects.filter(connection=self.connection).count()
        troubles = " ".join(f"{name}={number}" for name, number in sorted(self.troubles.done.items()))
        fired = Counter(call["fault"] for call in self.sandbox.calls(path="/3/") if call["fault"])
        troubles += "".join(f" {name}_fired={number}" for name, number in sorted(fired.items()))
        kind = "postgresql" if "postgres" in settings.DATABASES["default"]["ENGINE"] else "sqlite"
        return f"database={kind} edits={self.record.edits()} runs={self.runs} deliveries={deliveries} {troubles}"
