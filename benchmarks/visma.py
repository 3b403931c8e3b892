"""What keeping people in step with Visma.net Payroll costs in calls."""

from typing import Final, NamedTuple

from benchmarks.sampling import EMBEDDED, sample


class Sizes(NamedTuple):
    changed: int = 60
    listed: int = 10_000
    narrowed: int = 1_000


WHOLE: Final = Sizes()
SMALL: Final = Sizes(changed=3, listed=120, narrowed=12)


def measure(sizes: Sizes) -> dict[str, float]:
    changed = sample("visma_samples", "changes", sizes.changed, environment=EMBEDDED)
    listed = sample("visma_samples", "list", sizes.listed, environment=EMBEDDED)
    narrowed = sample("visma_samples", "narrowed", sizes.narrowed, environment=EMBEDDED)
    return {
        "visma_reads_per_change_60": changed["reads"],
        "visma_position_reads_per_change_60": changed["position_reads"],
        "visma_writes_per_change_60": changed["writes"],
        "visma_most_polls_60": float(changed["most_polls"]),
        "visma_mean_polls_60": changed["mean_polls"],
        "visma_throttled_60": float(changed["throttled"]),
        "visma_60_seconds": changed["seconds"],
        "visma_pages_10k": listed["pages"],
        "visma_raw_documents_10k": float(listed["alive"]),
        "visma_narrowed_calls_1k": narrowed["calls"],
    }
