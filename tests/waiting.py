"""Waiting for what another process does, without a guess at how long it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], *, what: str, seconds: float = 30.0) -> Found:
    """Return what ``condition()`` gives as soon as it is true; raises TimeoutError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not within {seconds:g} seconds: {what}")
        time.sleep(0.05)
    return found
