"""How soon a change by hand is at the vendor, alone and beside a long synchronisation; what marking many costs."""

import math
from collections.abc import Sequence
from statistics import median
from typing import Final, NamedTuple

from benchmarks.sampling import EMBEDDED, sample

CALLS: Final = 2


class Sizes(NamedTuple):
    edits: int = 100
    busy: int = 500
    marked: int = 1_000


WHOLE: Final = Sizes()
SMALL: Final = Sizes(edits=2, busy=40, marked=20)


def measure(sizes: Sizes) -> dict[str, float]:
    idle = sample("push_samples", sizes.edits, 0, environment=EMBEDDED)
    busy = sample("push_samples", sizes.edits, sizes.busy, environment=EMBEDDED)
    marks = sample("mark_cost_samples", sizes.marked, environment=EMBEDDED)
    idle_p95, busy_p95 = percentile(idle["seconds"], 0.95), percentile(busy["seconds"], 0.95)
    return {
        "push_p95_idle_s": idle_p95,
        "push_p95_busy_s": busy_p95,
        "push_median_idle_s": median(idle["seconds"]),
        "push_median_busy_s": median(busy["seconds"]),
        # In slots of the rate budget, for each of a push's calls.
        "push_busy_excess_slots": max(0.0, busy_p95 - idle_p95) / idle["interval"] / CALLS,
        "push_throttled": float(idle["throttled"] + busy["throttled"]),
        "bulk_mark_cost": median(marks["marked_seconds"]) / median(marks["without_seconds"]),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that the given share of the values does not exceed (nearest rank)."""
    return sorted(values)[math.ceil(share * len(values)) - 1]
