"""Applying 200 changes at the vendor's pace."""

from typing import Final

from benchmarks.sampling import sample

CHANGED: Final = 200


def measure() -> dict[str, float]:
    found = sample("apply_samples", CHANGED, environment={"DATABASE_URL": ""})
    return {
        "apply_vs_limit_200": found["seconds"] / found["least_seconds"],
        "throttled_200": found["throttled"],
        "calls_per_change_200": found["calls_per_change"],
        "apply_200_seconds": found["seconds"],
        "apply_200_least_seconds": found["least_seconds"],
    }
