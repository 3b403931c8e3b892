"""How many calls absences cost, and how close to the limit's least time they are sent."""

from typing import Final

from benchmarks.apply_samples import SECONDS, SENT_AT_MOST
from benchmarks.sampling import sample

PEOPLE: Final = 60


def measure() -> dict[str, float]:
    found = sample("absence_samples", PEOPLE, environment={"DATABASE_URL": "", "REDIS_URL": ""})
    needed = found["days"] + PEOPLE + found["schedule_reads"]
    return {
        f"absence_calls_{PEOPLE}": found["calls"] / needed,
        f"absence_vs_limit_{PEOPLE}": found["write_seconds"] / (found["writes"] * SECONDS / SENT_AT_MOST),
        f"absence_throttled_{PEOPLE}": float(found["throttled"]),
    }
