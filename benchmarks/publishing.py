"""Writes the figures, each with the commit and the day that it was measured on, into results.json and README.md.

A run writes what it measured and nothing else: another measure's figures stay with their own commit's name. What the
measure gave before and gives no more goes, but for those of PostgreSQL where this run had none.
"""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from benchmarks.bounds import BOUNDS
from benchmarks.measures import MEASURES
from benchmarks.sampling import ON_POSTGRESQL, has_postgresql

FOLDER: Final = Path(__file__).parent
RESULTS: Final = FOLDER / "results.json"
README: Final = FOLDER / "README.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"
# What a run itself writes does not change what it measures.
WRITTEN: Final = (":(exclude,top)benchmarks/results.json", ":(exclude,top)benchmarks/README.md")
# By measure and figure, as results.json holds them.
Results = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True)
class Origin:
    """What was measured, when and where; ``commit`` ends with "-dirty" where the files were not those of the commit."""

    commit: str
    date: str
    machine: str

    @classmethod
    def now(cls) -> "Origin":
        return cls(commit=commit_name(), date=datetime.now(tz=UTC).date().isoformat(), machine=machine())

    def until_now(self) -> "Origin":
        """Return the origin of a measure that began with this one: the files may have changed meanwhile."""
        if commit_name() == self.commit:
            return self
        return Origin(f"{self.commit.removesuffix('-dirty')}-dirty", self.date, self.machine)


def publish(measure: str, found: Mapping[str, float], *, origin: Origin) -> None:
    results: Results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results = merged(results, measure, found, origin=origin, with_postgresql=has_postgresql())
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    head, _, rest = README.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    README.write_text(f"{head}{BEGIN}{table(results)}{END}{tail}")


def merged(
    results: Results, measure: str, found: Mapping[str, float], *, origin: Origin, with_postgresql: bool
) -> Results:
    """Return the results with the figures that a measure gave in place of its former ones."""
    kept = {
        figure: before
        for figure, before in results.get(measure, {}).items()
        if figure.endswith(ON_POSTGRESQL) and not with_postgresql
    }
    measured = {figure: {"value": value, **asdict(origin)} for figure, value in found.items()}
    everything = {**results, measure: {**measured, **kept}}
    return {name: everything[name] for name in MEASURES if name in everything}


def commit_name() -> str:
    """Return the commit's short name, with "-dirty" where something else than the figures was changed since."""
    name = _git("rev-parse", "--short", "HEAD")
    return f"{name}-dirty" if name and _git("status", "--porcelain", "--", ".", *WRITTEN) else name or "unknown"


def _git(*arguments: str) -> str:
    """Return what git says, or nothing where there is no git or no repository."""
    try:
        ended = subprocess.run(["git", *arguments], cwd=FOLDER.parent, capture_output=True, text=True, check=True)  # noqa: S607 -- whichever git the developer uses
    except (OSError, subprocess.CalledProcessError):
        return ""
    return ended.stdout.strip()


def machine() -> str:
    peers = ", ".join(f"{name} {version(name)}" for name in ("diffsync", "django-import-export", "Django"))
    return (
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {peers}"
    )


def processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"


def table(results: Results) -> str:
    """Return where each commit was measured, and a row per figure."""
    figures = {figure: each for found in results.values() for figure, each in found.items()}
    origins = dict.fromkeys((each["commit"], each["date"], each["machine"]) for each in figures.values())
    where = [f"- `{commit}` on {date}: {described}." for commit, date, described in origins]
    rows = ["| figure | measured | bound | commit | date |", "|---|---|---|---|---|"]
    for name, each in figures.items():
        bound = BOUNDS.get(name)
        limit = f"{bound.sign} {bound.value:g}" if bound else ""
        rows.append(f"| `{name}` | {shown(each['value'])} | {limit} | `{each['commit']}` | {each['date']} |")
    return "\n".join([*where, "", *rows]) + "\n" if figures else "Nothing has been measured yet.\n"


def shown(value: float) -> str:
    return f"{value:g}" if float(value).is_integer() else f"{value:.3f}"
