"""How many calls absences cost, how close to the limit's least time they are sent, and what overtakes them."""

from typing import Any, Final, NamedTuple

from benchmarks.apply_samples import SECONDS, SENT_AT_MOST
from benchmarks.pushing import CALLS, percentile
from benchmarks.sampling import EMBEDDED, sample


class Sizes(NamedTuple):
    """``edits`` are of phones, one after the other, while the absences are sent."""

    people: int = 60
    edits: int = 40


WHOLE: Final = Sizes()
SMALL: Final = Sizes(people=8, edits=2)


def measure(sizes: Sizes) -> dict[str, float]:
    found = sample("absence_samples", sizes.people, environment=EMBEDDED)
    needed = found["days"] + sizes.people + found["schedule_reads"]
    return {
        "absence_calls_60": found["calls"] / needed,
        "absence_vs_limit_60": found["write_seconds"] / (found["writes"] * SECONDS / SENT_AT_MOST),
        "absence_throttled_60": float(found["throttled"]),
        **_overtaking(
            idle=sample("absence_push_samples", sizes.edits, 0, environment=EMBEDDED),
            busy=sample("absence_push_samples", sizes.edits, sizes.people, environment=EMBEDDED),
        ),
    }


def _overtaking(*, idle: dict[str, Any], busy: dict[str, Any]) -> dict[str, float]:
    idle_p95, busy_p95 = percentile(idle["seconds"], 0.95), percentile(busy["seconds"], 0.95)
    return {
        "absence_push_p95_idle_s": idle_p95,
        "absence_push_p95_busy_s": busy_p95,
        # In slots of the rate budget, for each of a push's calls.
        "absence_push_excess_slots": max(0.0, busy_p95 - idle_p95) / idle["interval"] / CALLS,
        "absence_push_throttled": float(idle["throttled"] + busy["throttled"]),
    }
