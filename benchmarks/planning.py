"""A plan in the database, beside django-import-export's dry run."""

from typing import Final, NamedTuple

from benchmarks.sampling import databases, sample


class Sizes(NamedTuple):
    few: int = 1_000
    many: int = 10_000
    repeats: int = 3


WHOLE: Final = Sizes()
SMALL: Final = Sizes(few=50, many=150, repeats=1)


def measure(sizes: Sizes) -> dict[str, float]:
    """Measure on a file of SQLite's, and on PostgreSQL too where DATABASE_URL names one."""
    figures: dict[str, float] = {}
    for ending, environment in databases():
        few = sample("plan_samples", sizes.few, sizes.repeats, environment=environment)
        many = sample("plan_samples", sizes.many, sizes.repeats, environment=environment)
        figures |= {
            f"plan_vs_import_export_10k{ending}": many["import_export_seconds"] / many["seconds"],
            f"plan_vs_import_export_skip_diff_10k{ending}": many["every_row_seconds"] / many["seconds"],
            f"plan_vs_import_export_skip_unchanged_10k{ending}": many["changed_rows_seconds"] / many["seconds"],
            f"plan_10k_seconds{ending}": many["seconds"],
            f"import_export_skip_diff_10k_seconds{ending}": many["every_row_seconds"],
            f"import_export_skip_unchanged_10k_seconds{ending}": many["changed_rows_seconds"],
            f"plan_queries_1k{ending}": few["queries"],
            f"plan_queries_10k{ending}": many["queries"],
            f"import_export_queries_1k{ending}": few["import_export_queries"],
            f"import_export_queries_10k{ending}": many["import_export_queries"],
            f"plan_rows_10k{ending}": many["rows"],
            f"plan_links_10k{ending}": many["links"],
        }
    return figures
