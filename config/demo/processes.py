"""Programs that run beside the demo and end with it."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from django.conf import settings
from django.core.management.base import CommandError

STOP_SECONDS = 25


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Program:
    """A ``manage.py`` command in a process of its own."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._environment = {**os.environ, **environment}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", *self._arguments],
            cwd=settings.BASE_DIR,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            # Ctrl+C reaches the demo alone, which then ends its programs in order.
            start_new_session=True,
        )
        return self

    def require_running(self) -> None:
        if self._process.poll() is not None:
            raise CommandError(f"`manage.py {self._arguments[0]}` ended by itself; its own message stands above.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
