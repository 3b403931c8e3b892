"""A plan in the database, beside django-import-export's dry run."""

import os
from typing import Final

from benchmarks.sampling import sample

REPEATS: Final = 3
SMALL, LARGE = 1_000, 10_000


def measure() -> dict[str, float]:
    """Measure on a file of SQLite's, and on PostgreSQL too where DATABASE_URL names one."""
    found = measure_on("", {"DATABASE_URL": ""})
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        found |= measure_on("_postgresql", {})
    return found


def measure_on(ending: str, environment: dict[str, str]) -> dict[str, float]:
    small = sample("plan_samples", SMALL, REPEATS, environment=environment)
    large = sample("plan_samples", LARGE, REPEATS, environment=environment)
    return {
        f"plan_vs_import_export_10k{ending}": large["import_export_seconds"] / large["seconds"],
        f"plan_vs_import_export_skip_diff_10k{ending}": large["every_row_seconds"] / large["seconds"],
        f"plan_vs_import_export_skip_unchanged_10k{ending}": large["changed_rows_seconds"] / large["seconds"],
        f"plan_10k_seconds{ending}": large["seconds"],
        f"import_export_skip_diff_10k_seconds{ending}": large["every_row_seconds"],
        f"import_export_skip_unchanged_10k_seconds{ending}": large["changed_rows_seconds"],
        f"plan_queries_1k{ending}": small["queries"],
        f"plan_queries_10k{ending}": large["queries"],
        f"import_export_queries_1k{ending}": small["import_export_queries"],
        f"import_export_queries_10k{ending}": large["import_export_queries"],
        f"plan_rows_10k{ending}": large["rows"],
        f"plan_links_10k{ending}": large["links"],
    }
