"""An import of new people, beside django-import-export's dry run and import."""

from typing import Final, NamedTuple

from benchmarks.sampling import databases, sample


class Sizes(NamedTuple):
    people: int = 10_000
    repeats: int = 5


WHOLE: Final = Sizes()
SMALL: Final = Sizes(people=50, repeats=1)


def measure(sizes: Sizes) -> dict[str, float]:
    """Measure on a file of SQLite's, and on PostgreSQL too where DATABASE_URL names one."""
    figures: dict[str, float] = {}
    for ending, environment in databases():
        found = sample("import_samples", sizes.people, sizes.repeats, environment=environment)
        figures |= {
            f"import_10k_vs_import_export{ending}": found["ours_seconds"]
            / min(found["bulk_seconds"], found["plain_seconds"]),
            f"import_10k_vs_import_export_defaults{ending}": found["ours_seconds"] / found["plain_seconds"],
            f"import_10k_seconds{ending}": found["ours_seconds"],
            f"preview_10k_seconds{ending}": found["preview_seconds"],
            f"import_export_import_bulk_10k_seconds{ending}": found["bulk_seconds"],
            f"import_export_import_defaults_10k_seconds{ending}": found["plain_seconds"],
        }
    return figures
