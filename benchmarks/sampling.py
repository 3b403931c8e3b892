"""Samples are taken in processes of their own, so that nobody pays for another's memory or garbage collection."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any, Final

# A file of SQLite's and the queue in it, whatever the surroundings name.
EMBEDDED: Final[Mapping[str, str]] = {"DATABASE_URL": "", "REDIS_URL": ""}
# The ending of the figures of PostgreSQL.
ON_POSTGRESQL: Final = "_postgresql"


def sample(module: str, *arguments: object, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run ``python -m benchmarks.<module>`` once and return the JSON object that it prints last.

    Raises CalledProcessError when it fails; what it says about that is shown.
    """
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **(environment or {})}
    )
    found: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return found


def has_postgresql() -> bool:
    return os.environ.get("DATABASE_URL", "").startswith("postgres")


def databases() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the ending of the figures and the environment: SQLite, and PostgreSQL where DATABASE_URL names one."""
    yield "", EMBEDDED
    if has_postgresql():
        yield ON_POSTGRESQL, {"REDIS_URL": ""}


def middle(samples: list[dict[str, Any]], name: str) -> float:
    return float(median(each[name] for each in samples))
