"""How many calls absences cost, how close to the limit's least time they are sent, and what overtakes them."""

from typing import Any, Final

from benchmarks.apply_samples import SECONDS, SENT_AT_MOST
from benchmarks.pushing import CALLS, percentile
from benchmarks.sampling import sample

PEOPLE: Final = 60
# Of phones, one after the other, while the absences are sent.
EDITS: Final = 40
ENVIRONMENT: Final = {"DATABASE_URL": "", "REDIS_URL": ""}


def measure() -> dict[str, float]:
    found = sample("absence_samples", PEOPLE, environment=ENVIRONMENT)
    needed = found["days"] + PEOPLE + found["schedule_reads"]
    return {
        f"absence_calls_{PEOPLE}": found["calls"] / needed,
        f"absence_vs_limit_{PEOPLE}": found["write_seconds"] / (found["writes"] * SECONDS / SENT_AT_MOST),
        f"absence_throttled_{PEOPLE}": float(found["throttled"]),
        **_overtaking(
            idle=sample("absence_push_samples", EDITS, 0, environment=ENVIRONMENT),
            busy=sample("absence_push_samples", EDITS, PEOPLE, environment=ENVIRONMENT),
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
