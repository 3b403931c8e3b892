"""How long it takes to save a person's page, alone and during a first synchronisation, on SQLite."""

from statistics import median
from typing import Final, NamedTuple

from benchmarks.pushing import percentile
from benchmarks.sampling import EMBEDDED, sample


class Sizes(NamedTuple):
    people: int = 5_000
    saves: int = 100


WHOLE: Final = Sizes()
SMALL: Final = Sizes(people=60, saves=3)


def measure(sizes: Sizes) -> dict[str, float]:
    found = sample("saving_samples", *sizes, environment=EMBEDDED)
    idle, beside = found["idle"], found["beside"]
    idle_p95, beside_p95 = percentile(idle["seconds"], 0.95), percentile(beside["seconds"], 0.95)
    return {
        "save_beside_first_sync_p95": beside_p95 / idle_p95,
        "save_beside_first_sync_errors": float(idle["failed"] + beside["failed"]),
        "save_p95_idle_seconds": idle_p95,
        "save_p95_beside_seconds": beside_p95,
        "save_median_idle_seconds": median(idle["seconds"]),
        "save_median_beside_seconds": median(beside["seconds"]),
        "save_beside_count": float(len(beside["seconds"])),
        "first_sync_5k_seconds": float(found["written_seconds"]),
    }
