"""How soon a change by hand is at the vendor while other connections' vendors do not answer."""

from statistics import median
from typing import Final, NamedTuple

from benchmarks.pushing import percentile
from benchmarks.sampling import EMBEDDED, sample


class Sizes(NamedTuple):
    edits: int = 40
    others: int = 4
    changed: int = 25


WHOLE: Final = Sizes()
SMALL: Final = Sizes(edits=2, others=1, changed=2)


def measure(sizes: Sizes) -> dict[str, float]:
    found = sample("outage_samples", *sizes, environment=EMBEDDED)
    idle, beside = percentile(found["idle"], 0.95), percentile(found["beside"], 0.95)
    return {
        "push_beside_outage_p95": beside / idle,
        "push_beside_outage_p95_seconds": beside,
        "push_beside_outage_idle_p95_seconds": idle,
        "push_beside_outage_median_seconds": median(found["beside"]),
        "push_beside_outage_idle_median_seconds": median(found["idle"]),
    }
