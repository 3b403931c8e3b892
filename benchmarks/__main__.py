"""``python -m benchmarks [NAME …] [--no-bounds | --small]``: measures all or some; see README.md.

Exit status 1 when a measure failed or a bound is missed, after everything else was measured.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.bounds import missed
from benchmarks.measures import MEASURES
from benchmarks.publishing import Origin, publish, shown
from benchmarks.sampling import EMBEDDED, sample
from benchmarks.scratch_database import TEMPLATE

# As many at a time as the machines of a continuous integration have processors: nothing is timed.
SMALL_AT_ONCE = 2


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("which", nargs="*", metavar="|".join(MEASURES), help="which to measure; all without it")
    parser.add_argument("--no-bounds", action="store_true", help="report missed bounds without failing")
    parser.add_argument("--small", action="store_true", help="only see that each runs: no figures, no bounds")
    options = parser.parse_args()
    if unknown := set(options.which) - MEASURES.keys():
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    which = options.which or list(MEASURES)
    return run_small(which) if options.small else measure(which, bounded=not options.no_bounds)


def measure(which: Sequence[str], *, bounded: bool) -> int:
    found: dict[str, float] = {}
    failed: list[str] = []
    for name in which:
        print(f"Measuring {name} …", flush=True)
        origin = Origin.now()
        try:
            measured = MEASURES[name].whole()
        except Exception:  # noqa: BLE001 -- whatever it is, the others are measured all the same
            traceback.print_exc()
            failed.append(name)
            continue
        print("\n".join(f"  {figure}: {shown(value)}" for figure, value in measured.items()), flush=True)
        publish(name, measured, origin=origin.until_now())
        found |= measured
    broken = missed(found)
    print("\n".join([*(f"{name} failed: see above." for name in failed), *broken]) or "All bounds are kept.")
    return 1 if failed or (broken and bounded) else 0


def run_small(which: Sequence[str]) -> int:
    """Run each with few people, so that none rots; the figures mean nothing and are kept nowhere."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(SMALL_AT_ONCE) as pool:
        template = str(Path(folder) / "migrated.sqlite3")
        sample("scratch_database", template, environment=EMBEDDED)
        os.environ[TEMPLATE] = template
        ran = list(pool.map(runs_in_small, which))
    return 0 if all(ran) else 1


def runs_in_small(name: str) -> bool:
    started = time.monotonic()
    try:
        figures = MEASURES[name].small()
    except Exception:  # noqa: BLE001 -- whatever it is, the others run all the same
        traceback.print_exc()
        print(f"{name} FAILED", flush=True)
        return False
    print(f"{name}: {len(figures)} figures in {time.monotonic() - started:.0f} s", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
