"""One cluster of the queue: a ``qcluster`` with its workers, in a session of its own."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from integrations.core.work.pulse import FOLDER_VARIABLE, Pulse

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


class Cluster:
    """Started by its creation; ``folder`` is its own, for the pulse, and goes with it."""

    def __init__(self, *, queue: str, folder: Path) -> None:
        self._folder = folder
        command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "qcluster"]
        # The name must stand in the environment: django-q2 reads it before it reads its command line.
        environment = {**os.environ, "Q_CLUSTER_NAME": queue, FOLDER_VARIABLE: str(folder)}
        parent = os.getpid()
        self._master = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: _end_with(parent),
        )
        self.started_at = time.time()
        self.pulse = Pulse(folder=folder, group=self._master.pid)

    @property
    def process_id(self) -> int:
        return self._master.pid

    def has_ended(self) -> bool:
        return self._master.poll() is not None

    def terminate(self) -> None:
        """Ask the master to stop. Never the group: the master would wait for ever for a sentinel that is gone."""
        if not self.has_ended():
            self._master.terminate()

    def wait(self, *, until: float) -> None:
        """Wait for the master's end, at most until the monotonic time ``until``."""
        with suppress(subprocess.TimeoutExpired):
            self._master.wait(timeout=max(0.0, until - time.monotonic()))

    def kill(self) -> None:
        """Kill whatever is left: without their master, sentinel and workers would go on unwatched."""
        with suppress(ProcessLookupError):
            os.killpg(self._master.pid, signal.SIGKILL)
        self._master.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _end_with(parent: int) -> None:
    """Runs in the new process: let it be asked to stop when ``work`` is killed."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
