"""One HTTP exchange, bounded: by the clock from connecting to the last byte, and in bytes, packed and unpacked.

The time-outs of requests are per read: an answer that trickles would never end, and outlive the lease, the settle time
and the task. So every read of the socket gets what is left of the call's time, the status line and the headers as well
(``http.client`` would read any number of "100 Continue"), and the body is unpacked here, never beyond its limit.
Mounted on a session, this holds for whatever is built on requests: `VendorSession` and requests-oauthlib.
"""

import io
import math
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from typing import Any, Final

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, ReadTimeoutError

# Of the largest list page that a vendor gives, many times.
LARGEST_ANSWER: Final = 32 * 2**20
# A call of which less of its time than this share is left is not begun.
LEAST_SHARE: Final = 0.5
# Connections kept open per session: more than ever work on one vendor at a time.
POOL_SIZE: Final = 16
CHUNK: Final = 2**16
# Layers of packing, and packed pieces in a row.
MOST_LAYERS: Final = 2
MOST_MEMBERS: Final = 100
# What is unpacked here, and so all that is asked for; after it how zlib reads each: deflate goes with and without head.
ENCODINGS: Final = "gzip, deflate"
WINDOWS: Final[Mapping[str, tuple[int, ...]]] = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}


class TooLarge(requests.RequestException):
    """The answer is larger than any that is taken in."""


class _Call(threading.local):
    """The call that this thread makes: until when, and how many bytes may still come."""

    until: float = math.inf
    bytes_left: float = math.inf
    # What whoever prepared the call said.
    latest: float = math.inf


_call = _Call()


def clock() -> float:
    """Return seconds that also pass while the machine sleeps, where it can tell; no change of the time moves them."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


def call_seconds() -> float:
    """Return how long a call may take: what the leases, and the look-ups of interrupted writes, count on."""
    return float(settings.HTTP_READ_TIMEOUT)


@contextmanager
def ending_by(latest: float) -> Iterator[None]:
    """Let this thread's calls end by then (`clock`): one that was prepared long ago is not begun any more."""
    _call.latest = latest
    try:
        yield
    finally:
        _call.latest = math.inf


class NoRedirects:
    """For a session: an address in an answer is never followed, nor even read."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class Session(NoRedirects, requests.Session):
    """A session without redirects."""


class BoundedAdapter(HTTPAdapter):
    """No retries; the answers are read whole before they are returned.

    Raises requests' exceptions. Where the status had come already, they have the ``response``.
    """

    def __init__(self) -> None:
        super().__init__(pool_maxsize=POOL_SIZE, max_retries=0)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **more)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = POOLS
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        with _bounded():
            left = _call.until - clock()
            if left < call_seconds() * LEAST_SHARE:
                raise requests.ConnectTimeout("The call was not begun in time.", request=request)
            waits = (min(settings.HTTP_CONNECT_TIMEOUT, left), left)
            response = super().send(request, **{**more, "stream": True, "timeout": waits})
            response._content = _read(response)
            response._content_consumed = True  # type: ignore[attr-defined]
            return response


def mount(session: requests.Session, *, trust_environment: bool) -> None:
    """Bound a session's calls; the surroundings' proxies and certificates count where they are trusted."""
    session.trust_env = trust_environment
    adapter = BoundedAdapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["Accept-Encoding"] = ENCODINGS


@contextmanager
def _bounded() -> Iterator[None]:
    _call.until = min(_call.latest, clock() + call_seconds())
    _call.bytes_left = LARGEST_ANSWER
    try:
        yield
    finally:
        _call.until = _call.bytes_left = math.inf


def _read(response: requests.Response) -> bytes:
    try:
        content = _unpack(_take(response), response.headers.get("Content-Encoding", ""))
    except ReadTimeoutError:
        response.close()
        raise requests.ReadTimeout(response=response) from None
    except requests.RequestException as error:
        response.close()
        error.response = response
        raise
    except (HTTPError, HTTPException, OSError, ValueError):
        # Many names for a body that breaks off; none says more than the others.
        response.close()
        raise (TooLarge if _call.bytes_left < 0 else requests.ConnectionError)(response=response) from None
    response.raw.release_conn()
    return content


def _take(response: requests.Response) -> bytes:
    taken = bytearray()
    while piece := response.raw.read(CHUNK, decode_content=False):
        taken += piece
        if len(taken) > LARGEST_ANSWER:
            raise TooLarge
        if clock() > _call.until:
            raise requests.ReadTimeout
    return bytes(taken)


def _unpack(content: bytes, encodings: str) -> bytes:
    layers = [name for each in encodings.lower().split(",") if (name := each.strip()) not in {"", "identity"}]
    if len(layers) > MOST_LAYERS or not WINDOWS.keys() >= set(layers):
        raise requests.exceptions.ContentDecodingError
    for name in reversed(layers):
        content = _inflate(content, WINDOWS[name])
    return content


def _inflate(content: bytes, windows: tuple[int, ...]) -> bytes:
    for window in windows:
        try:
            return _members(content, window)
        except zlib.error:
            continue
    raise requests.exceptions.ContentDecodingError


def _members(content: bytes, window: int) -> bytes:
    """Unpack pieces that follow each other; raises TooLarge, and zlib's error where it is cut or not packed so."""
    unpacked = bytearray()
    for _member in range(MOST_MEMBERS):
        if not content:
            return bytes(unpacked)
        unpacker = zlib.decompressobj(window)
        unpacked += unpacker.decompress(content, LARGEST_ANSWER + 1 - len(unpacked))
        if len(unpacked) > LARGEST_ANSWER:
            raise TooLarge
        if not unpacker.eof:
            raise zlib.error
        # Only gzip goes on; some pad with noughts.
        content = unpacker.unused_data if unpacker.unused_data.startswith(b"\x1f\x8b") else b""
    raise zlib.error


class _Reading(io.RawIOBase):
    """What comes through a socket, within the call's limits."""

    def __init__(self, sock: Any, inner: io.RawIOBase) -> None:
        self._sock, self._inner = sock, inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = _call.until - clock()
        if left <= 0:
            raise TimeoutError
        if left < math.inf:
            self._sock.settimeout(left)
        count = self._inner.readinto(buffer)
        _call.bytes_left -= count or 0
        if _call.bytes_left < 0:
            raise OSError
        return count

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp = io.BufferedReader(_Reading(sock, self.fp.detach()))


class _Connecting(HTTPConnection):
    """Also connecting counts: a name may have many addresses, each with a time-out of its own."""

    response_class = _Response

    def connect(self) -> None:
        super().connect()
        if clock() >= _call.until:
            self.close()
            # Nothing was sent, and this error says so.
            raise ConnectTimeoutError(self, "Connecting took too long.")
        self._give_time()

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self._give_time()
        super().send(data)

    def _give_time(self) -> None:
        left = _call.until - clock()
        if left <= 0:
            raise TimeoutError
        if left < math.inf:
            self.sock.settimeout(left)


class _SecureConnecting(_Connecting, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connecting


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnecting


POOLS: Final = {"http": _Pool, "https": _SecurePool}
