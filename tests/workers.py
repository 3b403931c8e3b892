"""``manage.py work`` as a real process on the tests' database and queue: start it, stop it, kill parts of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from django_q.brokers import get_broker

from integrations.core.models import Canary
from integrations.core.work.home import processes_of
from tests.waiting import wait_until

# Waits of a service that a test can watch; a test overrides them in `start`.
QUICK = {
    "CANARY_SECONDS": "0.3",
    "CANARY_PATIENCE_SECONDS": "4",
    "SWEEP_SECONDS": "1",
    "LEASE_SECONDS": "3",
    "QUEUE_WORKERS": "2",
    "PYTHONWARNINGS": "ignore",
}


class Worker:
    """The background service as a process; ``log`` holds what it and its clusters printed."""

    def __init__(self, *, environment: Mapping[str, str], var_dir: Path) -> None:
        self._environment = environment
        self._folder = var_dir / "work"
        self._process: subprocess.Popen[bytes] | None = None
        self.log = var_dir / "work.log"
        self.log.write_bytes(b"")

    def start(self, **environment: str) -> None:
        """Start the service, and return once every queue's tasks are taken."""
        Canary.objects.all().delete()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), "work"],
                env={**self._environment, **QUICK, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.wait_until_answered()

    def wait_until_answered(self) -> None:
        """Return once every queue has been proved anew to be served."""
        Canary.objects.update(answered_at=None)
        self.wait_until(
            lambda: (
                Canary.objects.filter(answered_at__isnull=False).count() == len(settings.QUEUES) or self._has_ended()
            ),
            what="every queue is served",
        )
        if self._has_ended():
            pytest.fail(f"The service has ended by itself.\n{self.log.read_text()}")

    def wait_until(self, condition: Callable[[], bool], *, what: str) -> None:
        """Return as soon as ``condition()`` is true; after 90 seconds fail the test, showing the log."""
        try:
            wait_until(condition, what=what, seconds=90)
        except TimeoutError as error:
            pytest.fail(f"{error}\n{self.log.read_text()}")

    def stop(self) -> int:
        """SIGTERM to the service; return its exit status. Raises TimeoutExpired after 20 seconds."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=20)

    def kill(self) -> None:
        """SIGKILL to the service itself; its clusters are not touched."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def power_off(self) -> None:
        """SIGKILL to the service and to all processes of its clusters: a machine that is gone."""
        self.kill()
        while found := self.processes():
            for process in found:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def processes(self) -> list[int]:
        """Every living process of every cluster that was started on this test process's folder."""
        return [process for process in processes_of(self._folder) if not _is_zombie(process)]

    def master(self, queue: str) -> int:
        """The cluster's first process."""
        return next(process for process in self._cluster(queue) if os.getpgid(process) == process)

    def workers(self, queue: str) -> list[int]:
        """The cluster's workers, as long as none was replaced: they are the first that its sentinel starts."""
        cluster, master = sorted(self._cluster(queue)), self.master(queue)
        sentinel = next(process for process in cluster if _parent(process) == master)
        children = [process for process in cluster if _parent(process) == sentinel]
        return children[: int(QUICK["QUEUE_WORKERS"])]

    def busy_workers(self, queue: str) -> list[int]:
        """The workers that are inside a task now."""
        notes = {int(note.name) for note in self._folder.glob(f"*/{queue}-*/[0-9]*")}
        return sorted(notes.intersection(self._cluster(queue)))

    def kill_cluster(self, queue: str) -> None:
        """SIGKILL to all processes of the cluster at once."""
        os.killpg(self.master(queue), signal.SIGKILL)

    def end(self) -> None:
        """Leave no process behind, whatever the test did."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=20)
            self._process.kill()
            self._process.wait()
        for process in processes_of(self._folder):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _cluster(self, queue: str) -> list[int]:
        folders = sorted(self._folder.glob(f"*/{queue}-*"), key=lambda folder: folder.stat().st_mtime)
        return [process for folder in folders for process in processes_of(folder)]


@pytest.fixture
def worker(worker_environment: dict[str, str], var_dir: Path) -> Iterator[Worker]:
    """The background service, not started yet, on an empty queue; nothing of it is left after the test."""
    for queue in settings.QUEUES:
        get_broker(queue).purge_queue()
    service = Worker(environment=worker_environment, var_dir=var_dir)
    yield service
    service.end()


def _parent(process: int) -> int:
    return int(_status(process)[1])


def _is_zombie(process: int) -> bool:
    try:
        return _status(process)[0] == "Z"
    except FileNotFoundError:
        return True


def _status(process: int) -> list[str]:
    # The command's name stands in parentheses and may hold anything, blanks too.
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
