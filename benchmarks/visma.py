"""What keeping people in step with Visma.net Payroll costs in calls."""

from typing import Final

from benchmarks.sampling import sample

CHANGED: Final = 60
LISTED: Final = 10_000
NARROWED: Final = 1_000
EMBEDDED: Final = {"DATABASE_URL": "", "REDIS_URL": ""}


def measure() -> dict[str, float]:
    changed = sample("visma_samples", "changes", CHANGED, environment=EMBEDDED)
    listed = sample("visma_samples", "list", LISTED, environment=EMBEDDED)
    narrowed = sample("visma_samples", "narrowed", NARROWED, environment=EMBEDDED)
    return {
        f"visma_reads_per_change_{CHANGED}": changed["reads"],
        f"visma_position_reads_per_change_{CHANGED}": changed["position_reads"],
        f"visma_writes_per_change_{CHANGED}": changed["writes"],
        f"visma_most_polls_{CHANGED}": float(changed["most_polls"]),
        f"visma_mean_polls_{CHANGED}": changed["mean_polls"],
        f"visma_throttled_{CHANGED}": float(changed["throttled"]),
        f"visma_{CHANGED}_seconds": changed["seconds"],
        "visma_pages_10k": listed["pages"],
        "visma_raw_documents_10k": float(listed["alive"]),
        "visma_narrowed_calls_1k": narrowed["calls"],
    }
