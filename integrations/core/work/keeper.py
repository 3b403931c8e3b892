"""Keeps one queue's cluster alive: starts it, watches it, restarts it when it ended or takes no tasks any more.

When a cluster counts as stuck. django-q2's own statistics show a healthy cluster when an idle worker was killed
while it held the queue's read lock, and none of the others will ever take a task again. So the cluster must take
tasks, and what counts is what its own workers noted (``core.work.pulse``):

- It took or ended a task since the last round, or a worker is inside one: it serves the queue, however late the
  canary is behind other work. This is written down as the proof that the queue is served, and nothing is asked.
- Otherwise a canary is asked for, and again when a third of the patience has passed, because a broker may lose
  one: never more than three unanswered. Stuck: unanswered for the whole patience.
- Otherwise the canaries are answered, but never by this cluster: another machine's took them. A healthy idle
  cluster misses that many in a row practically never (chance about e^-20, whatever the number of machines).
  Stuck: ``MISSED_CANARIES`` rounds in a row.

While the database or the broker is away nothing is asked, so nothing is held against the cluster.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django import db
from django.conf import settings
from django.utils import timezone
from redis import RedisError

from integrations.core.work import canaries, deaths
from integrations.core.work.cluster import Cluster
from integrations.core.work.home import Home

logger = logging.getLogger(__name__)

MISSED_CANARIES = 20
MOST_UNANSWERED = 3
# A cluster that never took a task yet may still be loading, on a machine that is busy.
STARTING_SECONDS = 60.0
STUCK_GRACE_SECONDS = 3.0
LONGEST_PAUSE_SECONDS = 60.0
# The broker's and the database's ways of being away.
AWAY = (db.Error, RedisError, OSError)


class Keeper:
    def __init__(self, *, queue: str, home: Home, say: Callable[[str], None]) -> None:
        self.queue = queue
        self.cluster: Cluster | None = None
        self._home, self._say = home, say
        self._pauses = 0
        self._start_at = time.monotonic()
        self._round_at = 0.0
        self._taken_at: float | None = None
        self._asked: list[datetime] = []
        self._missed = 0

    def tick(self) -> None:
        """Do what is due; called several times a second."""
        if self.cluster is None:
            if time.monotonic() >= self._start_at:
                self._start()
        elif self.cluster.has_ended():
            self._restart_later(reason="has ended by itself")
        else:
            self._free_dead(self.cluster)
            if time.monotonic() >= self._round_at:
                self._round_at = time.monotonic() + settings.CANARY_SECONDS
                self._do_round(self.cluster)

    def _start(self) -> None:
        self.cluster = Cluster(queue=self.queue, folder=self._home.new_cluster_folder(queue=self.queue))
        self._taken_at, self._asked, self._missed = None, [], 0
        self._round_at = time.monotonic()
        self._say(f"{self.queue}: started (process {self.cluster.process_id})")

    def _free_dead(self, cluster: Cluster) -> None:
        for process_id in cluster.pulse.dead_workers():
            if free(folder=cluster.pulse.folder, process_id=process_id):
                cluster.pulse.forget(process_id)

    def _do_round(self, cluster: Cluster) -> None:
        try:
            db.close_old_connections()
            self._watch(cluster, now=timezone.now())
        except AWAY as error:
            # Without them no cluster can answer either.
            self._asked, self._missed = [], 0
            logger.error("%s: the canary could not be asked for (%s)", self.queue, type(error).__name__)
        else:
            if self._is_stuck(now=timezone.now()):
                cluster.terminate()
                cluster.wait(until=time.monotonic() + STUCK_GRACE_SECONDS)
                self._restart_later(reason="took no tasks any more")

    def _watch(self, cluster: Cluster, *, now: datetime) -> None:
        if self._serves(cluster):
            self._asked, self._missed, self._pauses = [], 0, 0
            canaries.prove(queue=self.queue, at=now)
            return
        if self._asked and self._was_answered(self._asked[0]):
            self._asked = []
            self._missed += 1
        patience = timedelta(seconds=settings.CANARY_PATIENCE_SECONDS)
        if not self._asked or (len(self._asked) < MOST_UNANSWERED and now - self._asked[-1] >= patience / 3):
            canaries.ask(queue=self.queue, at=now)
            self._asked.append(now)

    def _serves(self, cluster: Cluster) -> bool:
        taken_at, before = cluster.pulse.taken_at(), self._taken_at
        self._taken_at = taken_at
        return taken_at != before or cluster.pulse.is_busy(limit=self._longest_task())

    def _was_answered(self, asked_at: datetime) -> bool:
        proved_at = canaries.proved_at(queue=self.queue)
        return proved_at is not None and proved_at >= asked_at

    def _is_stuck(self, *, now: datetime) -> bool:
        patience = settings.CANARY_PATIENCE_SECONDS
        if self._taken_at is None:
            patience = max(patience, STARTING_SECONDS)
        unanswered = bool(self._asked) and (now - self._asked[0]).total_seconds() >= patience
        return unanswered or self._missed >= MISSED_CANARIES

    def _longest_task(self) -> float:
        """Seconds after which django-q2 itself has ended a task, with a margin."""
        cluster = {**settings.Q_CLUSTER, **settings.Q_CLUSTER["ALT_CLUSTERS"].get(self.queue, {})}
        return float(cluster["timeout"]) + 30.0

    def _restart_later(self, *, reason: str) -> None:
        """Clear the cluster away, and start the next one after a pause that grows until a task is taken again."""
        pause = min(2.0**self._pauses, LONGEST_PAUSE_SECONDS)
        self._pauses += 1
        self.kill()
        self._start_at = time.monotonic() + pause
        self._say(f"{self.queue}: {reason}; a new cluster starts in {pause:g} seconds")

    def kill(self) -> None:
        if self.cluster is not None:
            self.cluster.kill()
            free(folder=self.cluster.pulse.folder)
            self.cluster = None


def free(*, folder: Path, process_id: int | None = None) -> bool:
    """Free what the dead held; returns False where it could not be done: their leases run out by themselves."""
    try:
        db.close_old_connections()
        deaths.free(folder=folder, process_id=process_id)
    except AWAY as error:
        logger.error("What a dead worker held could not be freed (%s)", type(error).__name__)
        return False
    return True
