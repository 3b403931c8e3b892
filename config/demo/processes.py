"""Programs that run beside the demo and end with it."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from django.conf import settings
from django.core.management.base import CommandError

START_SECONDS = 60.0
STOP_SECONDS = 25
LOOK_SECONDS = 0.2
# Ctrl+C as well: a shell that starts the demo in the background has it ignored.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Ports tried, from the one asked for upwards.
PORTS = 50


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def free_port_from(wanted: int) -> int:
    """Return the first free port from ``wanted`` upwards; raises CommandError when there is none nearby."""
    for port in range(wanted, min(wanted + PORTS, 65_536)):
        with socket.socket() as listener:
            # As the admin's server does: a port whose last connections are only being forgotten is free.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise CommandError(f"No port from {wanted} upwards is free: name one that is with --port.")


def accepts_connections(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let Ctrl+C, SIGTERM and a terminal that is closed end the block alike, by KeyboardInterrupt."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Program:
    """A ``manage.py`` command in a process of its own."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._environment = environment

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

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Return once the program is ready; raises CommandError if it ends by itself, or is not ready in time."""
        name, deadline = self._arguments[0], time.monotonic() + START_SECONDS
        while not ready():
            if self._process.poll() is not None:
                raise CommandError(f"`manage.py {name}` ended by itself; its own message stands above.")
            if time.monotonic() > deadline:
                raise CommandError(f"`manage.py {name}` was not ready after {START_SECONDS:.0f} seconds.")
            time.sleep(LOOK_SECONDS)

    def kill(self) -> None:
        """SIGKILL to the program itself; what it started is not touched."""
        self._process.kill()
        self._process.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Pressed twice, Ctrl+C does not keep a program from being ended.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._process.terminate()
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            signal.signal(signal.SIGINT, before)
