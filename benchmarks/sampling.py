"""Samples are taken in processes of their own, so that nobody pays for another's memory or garbage collection."""

import json
import os
import subprocess
import sys
from statistics import median
from typing import Any


def sample(module: str, *arguments: object, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Run ``python -m benchmarks.<module>`` once and return the JSON object that it prints last.

    Raises CalledProcessError when it fails; what it says about that is shown.
    """
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **(environment or {})}
    )
    found: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return found


def middle(samples: list[dict[str, Any]], name: str) -> float:
    return float(median(each[name] for each in samples))
