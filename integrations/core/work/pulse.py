"""When a cluster's own workers took and ended their last task, seen from outside.

An answered canary proves that *somebody* takes tasks from the queue: on two machines that may be the other
machine's cluster. So each cluster's workers also note every task that they take in a folder of their own on
the local disk, which ``manage.py work`` names in the environment: the file ``taken`` is touched when a task
is taken or ended, and a file named after the worker's process stands while it is inside a task. This needs
no database, which may be the very thing that is away.
"""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django_q.signals import post_execute_in_worker, pre_execute

from employees.holders import FOLDER_VARIABLE as FOLDER_VARIABLE

TAKEN = "taken"


def connect() -> None:
    """Note the tasks of this process, if it is a worker of a cluster that ``manage.py work`` started."""
    if FOLDER_VARIABLE in os.environ:
        pre_execute.connect(_note_taken, dispatch_uid="work-pulse-taken")
        post_execute_in_worker.connect(_note_ended, dispatch_uid="work-pulse-ended")


def _note_taken(**_: Any) -> None:
    folder = Path(os.environ[FOLDER_VARIABLE])
    # A receiver that raises would end the worker; without its note the cluster only looks idle.
    with suppress(OSError):
        (folder / str(os.getpid())).touch()
        (folder / TAKEN).touch()


def _note_ended(**_: Any) -> None:
    folder = Path(os.environ[FOLDER_VARIABLE])
    with suppress(OSError):
        (folder / TAKEN).touch()
        (folder / str(os.getpid())).unlink(missing_ok=True)


@dataclass(frozen=True)
class Pulse:
    """One cluster's notes: ``folder`` as named to its workers, ``group`` its process group."""

    folder: Path
    group: int

    def taken_at(self) -> float | None:
        """Epoch seconds at which a worker last took or ended a task; None before the first."""
        try:
            return (self.folder / TAKEN).stat().st_mtime
        except FileNotFoundError:
            return None

    def is_busy(self, *, limit: float) -> bool:
        """Whether a living worker is inside a task, and has been for less than ``limit`` seconds."""
        return any(self._is_at_work(note, limit=limit) for note in self.folder.glob("[0-9]*"))

    def dead_workers(self) -> list[int]:
        """The processes that ended inside a task; `forget` them once what they held is free."""
        return [int(note.name) for note in self.folder.glob("[0-9]*") if not self._lives(int(note.name))]

    def forget(self, process_id: int) -> None:
        (self.folder / str(process_id)).unlink(missing_ok=True)

    def _lives(self, process_id: int) -> bool:
        try:
            return os.getpgid(process_id) == self.group
        except ProcessLookupError:
            return False

    def _is_at_work(self, note: Path, *, limit: float) -> bool:
        try:
            # A worker that was killed leaves its note behind, and its process ID may be somebody else's by now.
            return self._lives(int(note.name)) and time.time() - note.stat().st_mtime < limit
        except FileNotFoundError:
            return False
