"""The folder of one running ``manage.py work``, and the processes that an earlier one left behind.

``VAR_DIR/work/<name>/`` holds a locked file for as long as that ``work`` lives, whatever ends it, and a folder per
started cluster. The cluster's processes carry that folder in their environment. So a folder that can be locked
belonged to a ``work`` that is gone, and the processes that name it are its leftovers: no process ID is trusted,
which may be somebody else's by now.
"""

import fcntl
import os
import shutil
import signal
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.conf import settings

from integrations.core.work.pulse import FOLDER_VARIABLE

# A process that forks while it is being killed leaves one more: look again, so many times.
KILL_ROUNDS = 20
LOCK = "lock"
SEPARATOR = os.fsencode(os.sep)


class Home:
    """This process's folder, locked until it ends."""

    def __init__(self) -> None:
        self.folder = _root() / f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self.folder.mkdir(parents=True)
        # Locked before it has its name, or a `work` that starts just now takes this folder for a leftover.
        unnamed = self.folder / "unnamed"
        self._lock = unnamed.open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unnamed.rename(self.folder / LOCK)

    def new_cluster_folder(self, *, queue: str) -> Path:
        folder = self.folder / f"{queue}-{uuid.uuid4().hex[:12]}"
        folder.mkdir()
        return folder

    def leave(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def kill_leftovers(*, freed: Callable[[Path], object] = lambda _cluster: None) -> int:
    """Kill the clusters of every ``work`` that ended without stopping them; return the number of processes.

    ``freed`` gets each cluster's folder once nothing of it lives any more.
    """
    killed = 0
    for folder in _root().glob("*/"):
        if (lock := _try_lock(folder)) is not None:
            with lock:
                killed += _kill_processes_of(folder)
                for cluster in folder.glob("*-*/"):
                    freed(cluster)
                shutil.rmtree(folder, ignore_errors=True)
    return killed


def processes_of(folder: Path) -> list[int]:
    """The living processes whose pulse folder is ``folder`` or below it; none are found where there is no /proc."""
    wanted = os.fsencode(f"{FOLDER_VARIABLE}={folder}{os.sep}")
    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if _carries(process, wanted)]


def _carries(process: Path, wanted: bytes) -> bool:
    try:
        return any((entry + SEPARATOR).startswith(wanted) for entry in (process / "environ").read_bytes().split(b"\0"))
    except OSError:  # ended meanwhile, or another user's
        return False


def _kill_processes_of(folder: Path) -> int:
    killed: set[int] = set()
    for _ in range(KILL_ROUNDS):
        if not (found := processes_of(folder)):
            break
        for process in found:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        killed.update(found)
        time.sleep(0.05)
    return len(killed)


def _root() -> Path:
    return Path(settings.VAR_DIR) / "work"


def _try_lock(folder: Path) -> IO[bytes] | None:
    """The folder's locked file, or None while the ``work`` that it belongs to lives."""
    try:
        lock = (folder / LOCK).open("rb")
    except FileNotFoundError:  # its owner is just coming or leaving
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock
