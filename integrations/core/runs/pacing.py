"""How many rows are written in one transaction, and how long others are let in between.

A transaction keeps others from writing: on PostgreSQL the people in it, on SQLite everybody. SQLite lets whoever waits
look only now and then whether it is free, so that transactions one right after the other would keep a page waiting for
as long as they go on. There they are short, with pauses as long as they were, and of several runs one at a time.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

MOST_ROWS: Final = 250
FIRST_ROWS: Final = 20
# Fewer cost nearly as much: on a machine that is busy they would only keep it busy for longer.
LEAST_ROWS: Final = 10
# Seconds that a transaction should last, and that are left between two on SQLite at least.
LASTS: Final = 0.5
LASTS_ON_SQLITE: Final = 0.05
PAUSE_ON_SQLITE: Final = 0.05


class Pace:
    """Of one run's writing; ``rows`` is how many the next transaction takes."""

    def __init__(self) -> None:
        self._alone = connection.vendor == "sqlite"
        self._lasts = LASTS_ON_SQLITE if self._alone else LASTS
        self.rows = FIRST_ROWS

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Around one transaction."""
        with self._one_at_a_time():
            begun = time.monotonic()
            yield
            took = time.monotonic() - begun
            self._adapt(took)
            if self._alone:
                time.sleep(max(took, PAUSE_ON_SQLITE))

    def _adapt(self, took: float) -> None:
        fitting = self.rows * self._lasts / max(took, 0.001)
        self.rows = min(MOST_ROWS, max(LEAST_ROWS, round(fitting)), self.rows * 2)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if not self._alone:
            yield
            return
        with (Path(settings.VAR_DIR) / "hub-writing.lock").open("wb") as lock:
            # Given back by its closing, whatever ends the process.
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
