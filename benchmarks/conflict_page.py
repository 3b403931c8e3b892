"""The conflict page with 10,000 open conflicts beside the same page with 100, on each database that is there."""

from typing import Any, Final, NamedTuple

from benchmarks.sampling import databases, sample


class Sizes(NamedTuple):
    """``few`` fill a page of 50 rows, too."""

    few: int = 100
    many: int = 10_000


WHOLE: Final = Sizes()
SMALL: Final = Sizes(few=60, many=120)


def measure(sizes: Sizes) -> dict[str, float]:
    """Return the ratio of the times to the first byte on SQLite, and on the PostgreSQL that DATABASE_URL names.

    ``conflict_page_queries_more`` is how many more queries the longer list takes: 0.
    """
    numbers: dict[str, float] = {}
    for ending, environment in databases():
        numbers |= _numbers(sample("conflict_page_samples", *sizes, environment=environment), ending)
    return numbers


def _numbers(found: dict[str, Any], database: str) -> dict[str, float]:
    return {
        f"conflict_page_10k_vs_100{database}": found["many"]["seconds"] / found["few"]["seconds"],
        f"conflict_page_queries_more{database}": found["many"]["queries"] - found["few"]["queries"],
    }
