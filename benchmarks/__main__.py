"""``python -m benchmarks [NAME …] [--no-bounds]``: measures all or some; exit status 1 when a bound is missed."""

import argparse
import sys
from typing import Final

from benchmarks import absences, applying, comparing, conflict_page, planning, pushing, visma
from benchmarks.bounds import missed
from benchmarks.publishing import publish, shown

MEASURES: Final = {
    "compare": comparing.measure,
    "plan": planning.measure,
    "apply": applying.measure,
    "push": pushing.measure,
    "absences": absences.measure,
    "visma": visma.measure,
    "conflict": conflict_page.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "which",
        nargs="*",
        metavar="compare|plan|apply|push|absences|visma|conflict",
        help="which to measure; all without it",
    )
    parser.add_argument("--no-bounds", action="store_true", help="report missed bounds without failing")
    options = parser.parse_args()
    unknown = set(options.which) - MEASURES.keys()
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    found: dict[str, float] = {}
    for name in options.which or MEASURES:
        print(f"Measuring {name} …", flush=True)
        measured = MEASURES[name]()
        print("\n".join(f"  {figure}: {shown(value)}" for figure, value in measured.items()), flush=True)
        found |= measured
        publish(measured)
    broken = missed(found)
    print("\n".join(broken) or "All bounds are kept.")
    return 1 if broken and not options.no_bounds else 0


if __name__ == "__main__":
    sys.exit(main())
