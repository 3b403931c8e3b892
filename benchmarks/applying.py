"""Applying 200 changes at the vendor's pace."""

from typing import Final, NamedTuple

from benchmarks.sampling import EMBEDDED, sample


class Sizes(NamedTuple):
    changed: int = 200


WHOLE: Final = Sizes()
SMALL: Final = Sizes(changed=4)


def measure(sizes: Sizes) -> dict[str, float]:
    found = sample("apply_samples", sizes.changed, environment=EMBEDDED)
    return {
        "apply_vs_limit_200": found["seconds"] / found["least_seconds"],
        "throttled_200": found["throttled"],
        "calls_per_change_200": found["calls_per_change"],
        "readback_extra_calls_200": found["readback_extra_calls"],
        "apply_200_seconds": found["seconds"],
        "apply_200_least_seconds": found["least_seconds"],
    }
