"""Plays a vendor byte by byte, without a network: everything from http.client on is the product's own."""

import io
import os
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from urllib3.connection import HTTPConnection

ADDRESS = "http://127.0.0.1:9"
# A socket that says at once that its other side is gone: no connection is used twice.
GONE, _writer = os.pipe()
os.close(_writer)


class Wire:
    """Gives the next answer to whoever connects; ``sent`` are the requests, heads and bodies."""

    def __init__(self) -> None:
        self.answers: deque[bytes | Callable[[], io.RawIOBase]] = deque()
        self.sent: list[bytes] = []

    def answer(
        self, body: bytes = b"", *, status: str = "200 OK", headers: str = "", length: int | None = None
    ) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body) if length is None else length}\r\n{headers}\r\n"
        self.answers.append(head.encode("latin-1") + body)

    def connect(self, _connection: HTTPConnection) -> Any:
        self.sent.append(b"")
        return _Socket(self, self.answers.popleft())


class _Socket:
    def __init__(self, wire: Wire, answer: bytes | Callable[[], io.RawIOBase]) -> None:
        self._wire, self._answer = wire, answer

    def makefile(self, _mode: str) -> io.BufferedReader:
        raw = io.BytesIO(self._answer) if isinstance(self._answer, bytes) else self._answer()
        return io.BufferedReader(raw)

    def sendall(self, data: bytes) -> None:
        self._wire.sent[-1] += bytes(data)

    def fileno(self) -> int:
        return GONE

    def settimeout(self, _seconds: float | None) -> None:
        pass

    def close(self) -> None:
        pass

    def shutdown(self, _how: int) -> None:
        pass


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(HTTPConnection, "_new_conn", lambda connection: wire.connect(connection))
    return wire
