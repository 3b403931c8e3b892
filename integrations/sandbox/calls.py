"""The list of every call that the vendors received."""

import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

# A rehearsal with 100,000 people makes some 200,000 calls.
KEPT = 300_000


@dataclass
class Call:
    n: int
    vendor: str
    method: str
    path: str  # with its query
    start: float  # seconds since the epoch
    end: float | None = None  # None while it is being answered
    status: int = 0  # 0: the connection was dropped, or there is no answer yet
    worked: bool = False  # the vendor did what it was asked (a late piece of work: once it is done)
    fault: str = ""
    body: Any = None  # of a write to the API, decoded
    # Of `pretend` and `cut` the answer that tells what is held now; of `edit_after` the record `before` and `after`.
    made: Any = None


class CallLog:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self._count = 0

    def arrived(self, *, vendor: str, method: str, path: str, body: Any) -> Call:
        with self._lock:
            self._count += 1
            call = Call(self._count, vendor, method, path, time.time(), body=body)
            self._calls.append(call)
            return call

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(call) for call in self._calls]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self._count = 0
