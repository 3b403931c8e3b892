"""The conflict page with 10,000 open conflicts beside the same page with 100, on each database that is there."""

import os
from typing import Any, Final

from benchmarks.sampling import sample

FEW: Final = 100
MANY: Final = 10_000


def measure() -> dict[str, float]:
    """Return the ratio of the times to the first byte on SQLite, and on the PostgreSQL that DATABASE_URL names.

    ``conflict_page_queries_more`` is how many more queries the longer list takes: 0.
    """
    measured = {"": sample("conflict_page_samples", FEW, MANY, environment={"DATABASE_URL": ""})}
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        measured["_postgresql"] = sample("conflict_page_samples", FEW, MANY)
    numbers: dict[str, float] = {}
    for database, found in measured.items():
        numbers |= _numbers(found, database)
    return numbers


def _numbers(found: dict[str, Any], database: str) -> dict[str, float]:
    return {
        f"conflict_page_10k_vs_100{database}": found["many"]["seconds"] / found["few"]["seconds"],
        f"conflict_page_queries_more{database}": found["many"]["queries"] - found["few"]["queries"],
    }
