"""Writes the figures: all of them into results.json, as a table with machine and date into README.md."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.bounds import BOUNDS

FOLDER: Final = Path(__file__).parent
RESULTS: Final = FOLDER / "results.json"
README: Final = FOLDER / "README.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"


def publish(found: Mapping[str, float]) -> None:
    """Put the figures beside those of other benchmarks that were measured before."""
    before = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results = {**before, **found}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    head, _, rest = README.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    README.write_text(f"{head}{BEGIN}{described()}\n{table(results)}{END}{tail}")


def described() -> str:
    peers = ", ".join(f"{name} {version(name)}" for name in ("diffsync", "django-import-export", "Django"))
    today = datetime.now(tz=UTC).date().isoformat()
    return (
        f"{today}: {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {peers}.\n"
    )


def processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"


def table(results: Mapping[str, float]) -> str:
    rows = ["| figure | measured | bound |", "|---|---|---|"]
    for name, value in results.items():
        bound = BOUNDS.get(name)
        rows.append(f"| `{name}` | {shown(value)} | {f'{bound.sign} {bound.value:g}' if bound else ''} |")
    return "\n".join(rows) + "\n"


def shown(value: float) -> str:
    return f"{value:g}" if float(value).is_integer() else f"{value:.3f}"
