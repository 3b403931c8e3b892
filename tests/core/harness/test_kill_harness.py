"""SIGKILL at random moments of compare and apply: nothing is lost, nothing is doubled, the counts add up.

``KILL_POINTS`` and ``KILL_SEED`` in the environment make it longer or repeat it (docs/reliability.md).
"""

import os
import time

import pytest

from tests.core.harness.rehearsal import Rehearsal
from tests.sandbox_client import SandboxClient
from tests.workers import Worker

POINTS = int(os.environ.get("KILL_POINTS", "12"))
SEED = int(os.environ.get("KILL_SEED") or time.time())
PEOPLE = 40


@pytest.mark.queue
@pytest.mark.behaviour("G-06")
def test_a_sync_that_is_killed_at_random_moments_loses_and_doubles_nothing(
    worker: Worker, sandbox: SandboxClient, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201 -- a long rehearsal shows how far it is

    rehearsal = Rehearsal(worker=worker, sandbox=sandbox, seed=SEED, people=PEOPLE, tell=tell)
    rehearsal.kill(points=POINTS)
    tell(f"seed={SEED} {rehearsal.figures()}")
    assert rehearsal.verdict.clean, rehearsal.report()
