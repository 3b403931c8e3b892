"""Python's collector of cycles, put off while a large index is built: looking through it again and again finds none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Collections of the young before the old are looked through, too.
RARELY: Final = 10_000


@contextmanager
def old_objects_left_alone() -> Iterator[None]:
    """Look through the old objects rarely inside the block; the young ones are collected as ever."""
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, max(old, RARELY))
    try:
        yield
    finally:
        gc.set_threshold(young, middle, old)
