"""Every call ends, by the clock and by size, whatever the vendor does (G-29)."""

import gzip
import io
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from pytest_django import Settings

from integrations.core import errors, transport
from integrations.core.http import Answer, VendorSession
from tests.core.wire import ADDRESS, Wire, wire
from tests.sandbox_client import SandboxClient

__all__ = ["wire"]

pytestmark = pytest.mark.behaviour("G-29")

METHODS = pytest.mark.parametrize(
    ("method", "error"), [("GET", errors.TemporarilyUnavailable), ("POST", errors.OutcomeUnknown)]
)
MEGABYTE = 2**20


class Endless(io.RawIOBase):
    """An answer that never ends: its beginning, then always the same."""

    def __init__(self, begin: bytes, again: bytes, *, pause: float = 0.0) -> None:
        self._rest, self._again, self._pause = begin, again, pause
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        time.sleep(self._pause)
        while len(self._rest) < len(buffer):
            self._rest += self._again * (1 + (0 if self._pause else 1000))
            if self._pause:
                break
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        self.given += len(piece)
        return len(piece)


def undecided(answer: Answer) -> errors.VendorError | None:
    return None


@pytest.fixture
def session() -> VendorSession:
    return VendorSession(base_url=ADDRESS, read_error=undecided)


@pytest.fixture(autouse=True)
def _short(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.HTTP_READ_TIMEOUT = 0.5
    monkeypatch.setattr(transport, "LARGEST_ANSWER", MEGABYTE)
    yield
    # Nothing of a call is left for the next one of this thread.
    assert transport._call.until == transport._call.latest == float("inf")


def error_of(session: VendorSession, method: str, path: str = "people") -> errors.VendorError:
    with pytest.raises(errors.VendorError) as caught:
        session.request(method, path)
    return caught.value


@METHODS
@pytest.mark.parametrize("action", ["trickle", "late_trickle"])
def test_an_answer_that_trickles_ends_by_the_clock_and_the_next_call_works(
    sandbox: SandboxClient, method: str, error: type[errors.VendorError], action: str
) -> None:
    session = VendorSession(base_url=sandbox.url, read_error=undecided)
    sandbox.faults([{"action": action, "seconds": 20, "path": "/3/slow"}])
    started = time.monotonic()
    assert type(error_of(session, method, "fortnox/3/slow")) is error
    assert time.monotonic() - started < 5
    assert type(error_of(session, method, "fortnox/3/slow")) is errors.ReauthorisationRequired


@METHODS
@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 ", b"O"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" "),
    ],
    ids=["continue", "status", "header", "chunks", "chunk size", "trailers", "until closed", "by length"],
)
def test_whatever_part_of_the_answer_trickles_the_clock_ends_it(
    wire: Wire, session: VendorSession, method: str, error: type[errors.VendorError], begin: bytes, again: bytes
) -> None:
    wire.answers.append(lambda: Endless(begin, again, pause=0.02))
    wire.answer(b'{"done": true}')
    started = time.monotonic()
    assert type(error_of(session, method)) is error
    assert time.monotonic() - started < 3
    assert session.request(method, "people").body == {"done": True}


@METHODS
@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"4\r\n    \r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"[[],"),
    ],
    ids=["continue", "chunks", "trailers", "body"],
)
def test_an_answer_without_an_end_is_taken_in_up_to_its_limit_only(
    wire: Wire,
    session: VendorSession,
    settings: Settings,
    method: str,
    error: type[errors.VendorError],
    begin: bytes,
    again: bytes,
) -> None:
    settings.HTTP_READ_TIMEOUT = 60
    endless = Endless(begin, again)
    wire.answers.append(lambda: endless)
    wire.answer(b'{"done": true}')
    assert type(error_of(session, method)) is error
    assert endless.given <= 1.1 * MEGABYTE
    assert session.request(method, "people").body == {"done": True}


def _packed(*encodings: str, size: int) -> bytes:
    content = bytes(size)
    for encoding in encodings:
        content = gzip.compress(content) if encoding == "gzip" else zlib.compress(content)
    return content


@METHODS
@pytest.mark.parametrize("encodings", [("gzip",), ("deflate",), ("gzip", "gzip"), ("deflate", "gzip")])
def test_a_bomb_is_not_unpacked(
    wire: Wire,
    session: VendorSession,
    settings: Settings,
    method: str,
    error: type[errors.VendorError],
    encodings: tuple[str, ...],
) -> None:
    settings.HTTP_READ_TIMEOUT = 60
    packed = _packed(*encodings, size=20 * MEGABYTE)
    wire.answer(packed, headers=f"Content-Encoding: {', '.join(encodings)}\r\n")
    wire.answer(gzip.compress(b'{"done": true}'), headers="Content-Encoding: gzip\r\n")
    caught = error_of(session, method)
    assert (type(caught), caught.message) == (error, "The vendor's answer is too large.")
    assert session.request(method, "people").body == {"done": True}


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (gzip.compress(b'{"a":') + gzip.compress(b"1}"), "gzip"),
        (gzip.compress(b'{"a":1}') + bytes(8), "x-gzip"),
        (zlib.compress(b'{"a":1}'), "deflate"),
        (zlib.compress(b'{"a":1}', wbits=-15), "deflate"),
        (gzip.compress(zlib.compress(b'{"a":1}')), "deflate, GZIP"),
        (b'{"a":1}', "identity"),
    ],
    # Packed bytes hold the time, which differs between processes that collect the tests.
    ids=["two members", "padded", "deflate", "raw deflate", "twice", "not packed"],
)
def test_what_is_packed_as_it_says_is_unpacked(
    wire: Wire, session: VendorSession, packed: bytes, encoding: str
) -> None:
    wire.answer(packed, headers=f"Content-Encoding: {encoding}\r\n")
    assert session.request("GET", "people").body == {"a": 1}


@METHODS
@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (b"plain", "gzip"),
        (gzip.compress(b'{"a":1}')[:-9], "gzip"),
        (b'{"a":1}', "br"),
        (b'{"a":1}', "gzip, gzip, gzip"),
        (gzip.compress(b"") * 200, "gzip"),
    ],
    ids=["not packed", "cut", "unknown", "layers", "pieces"],
)
def test_what_cannot_be_unpacked_is_unclear(
    wire: Wire, session: VendorSession, method: str, error: type[errors.VendorError], packed: bytes, encoding: str
) -> None:
    wire.answer(packed, headers=f"Content-Encoding: {encoding}\r\n")
    wire.answer(b"{}")
    caught = error_of(session, method)
    assert (type(caught), caught.message) == (error, "The vendor's answer could not be unpacked.")
    assert session.request(method, "people").body == {}


def test_only_what_is_unpacked_here_is_asked_for(wire: Wire, session: VendorSession) -> None:
    wire.answer(b"{}")
    session.request("GET", "people")
    assert b"Accept-Encoding: gzip, deflate\r\n" in wire.sent[0]


@pytest.mark.parametrize(("status", "error"), [(429, errors.Throttled), (503, errors.TemporarilyUnavailable)])
def test_a_status_that_says_enough_counts_although_its_body_breaks_off(
    wire: Wire, session: VendorSession, status: int, error: type[errors.VendorError]
) -> None:
    wire.answer(b"{", status=f"{status} No", headers="Retry-After: 7\r\n", length=100)
    caught = error_of(session, "POST")
    assert isinstance(caught, errors.TemporarilyUnavailable)
    assert (type(caught), caught.retry_after) == (error, 7.0)


@pytest.mark.parametrize("status", [200, 400, 404])
def test_a_refusal_whose_body_breaks_off_is_no_refusal(wire: Wire, session: VendorSession, status: int) -> None:
    wire.answer(b'{"message": "', status=f"{status} No", length=100)
    wire.answer(b"{}")
    caught = error_of(session, "POST")
    assert (type(caught), caught.status) == (errors.OutcomeUnknown, status)
    assert session.request("POST", "people").body == {}


def test_a_call_that_was_prepared_long_ago_is_not_begun_and_says_that_nothing_was_sent(
    wire: Wire, session: VendorSession
) -> None:
    with transport.ending_by(transport.clock() + 0.1):
        assert type(error_of(session, "POST")) is errors.TemporarilyUnavailable
    assert wire.sent == []
    wire.answer(b"{}")
    assert session.request("POST", "people").body == {}


def test_connecting_that_took_all_the_time_means_that_nothing_was_sent(
    wire: Wire, session: VendorSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = wire.connect

    def connect_late(connection: object) -> object:
        time.sleep(0.6)
        return connect(connection)  # type: ignore[arg-type]

    wire.answer(b"{}")
    wire.answer(b"{}")
    with monkeypatch.context() as late:
        late.setattr(wire, "connect", connect_late)
        assert type(error_of(session, "POST")) is errors.TemporarilyUnavailable
    assert wire.sent == [b""]
    assert session.request("POST", "people").body == {}


def test_the_limits_hold_for_a_proxy_too() -> None:
    with transport.Session() as session:
        transport.mount(session, trust_environment=True)
        adapter = session.get_adapter("https://vendor.example")
        assert isinstance(adapter, requests.adapters.HTTPAdapter)
        manager = adapter.proxy_manager_for("http://proxy.example:3128")
        pool = manager.connection_from_url("https://vendor.example")
        assert issubclass(pool.ConnectionCls, transport._Connecting)
