"""The loop of ``manage.py work``: keeps a cluster per queue, and does the minute's sweep."""

import logging
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType

from django import db
from django.conf import settings

from integrations.core.sweep import sweep
from integrations.core.work.home import Home, kill_leftovers
from integrations.core.work.keeper import AWAY, Keeper, free
from integrations.core.work.ringing import ring_due_bells

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.2
# How often the bells that were set for later are looked at.
BELL_SECONDS = 0.5
# How long the clusters may take to end their tasks when the service is stopped; what is cut off is done again.
STOP_SECONDS = 15.0


class Supervisor:
    def __init__(self, *, queues: Sequence[str], say: Callable[[str], None]) -> None:
        self._say = say
        self._home = Home()
        self._keepers = [Keeper(queue=queue, home=self._home, say=say) for queue in queues]
        self._sweep_at = self._bells_at = time.monotonic()
        self._stopping = False

    def run(self) -> None:
        """Work until SIGTERM or SIGINT, then stop the clusters."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_soon)
        if killed := kill_leftovers(freed=lambda folder: free(folder=folder)):
            self._say(f"ended {killed} processes that an earlier background service left behind")
        try:
            while not self._stopping:
                self._tick()
                time.sleep(TICK_SECONDS)
        finally:
            self._stop()

    def _tick(self) -> None:
        for keeper in self._keepers:
            keeper.tick()
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + settings.SWEEP_SECONDS
            self._do(sweep, "The sweep could not be done")
        if time.monotonic() >= self._bells_at:
            self._bells_at = time.monotonic() + BELL_SECONDS
            self._do(ring_due_bells, "The bells could not be rung")

    def _do(self, work: Callable[[], object], trouble: str) -> None:
        try:
            db.close_old_connections()
            work()
        except AWAY as error:
            logger.error("%s (%s); the next one follows.", trouble, type(error).__name__)

    def _stop(self) -> None:
        self._say("stopping")
        clusters = [keeper.cluster for keeper in self._keepers if keeper.cluster is not None]
        for cluster in clusters:
            cluster.terminate()
        until = time.monotonic() + STOP_SECONDS
        for cluster in clusters:
            cluster.wait(until=until)
        for keeper in self._keepers:
            keeper.kill()
        self._home.leave()
        self._say("stopped")

    def _stop_soon(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
