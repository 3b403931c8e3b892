"""The vendors' rate limits: a strict sliding window per client and tenant."""

import threading
import time
from collections import deque


class SlidingWindow:
    """Admits `requests` calls within any `seconds`; refused calls are not counted."""

    def __init__(self, *, requests: int, seconds: float, retry_after: float | None = None) -> None:
        self.requests = requests
        self.seconds = seconds
        self.retry_after = retry_after
        self._lock = threading.Lock()
        self._arrivals: dict[str, deque[float]] = {}

    def admits(self, key: str) -> bool:
        with self._lock:
            now = time.monotonic()
            arrivals = self._arrivals.setdefault(key, deque())
            while arrivals and arrivals[0] <= now - self.seconds:
                arrivals.popleft()
            if len(arrivals) >= self.requests:
                return False
            arrivals.append(now)
            return True

    def as_json(self) -> dict[str, float | None]:
        return {"requests": self.requests, "seconds": self.seconds, "retry_after": self.retry_after}
