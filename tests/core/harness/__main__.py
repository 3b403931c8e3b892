"""``python -m tests.core.harness --points 200 --seed 1``: the long version of the kill harness."""

import argparse
import os
import sys
import time
from pathlib import Path

import pytest

TEST = Path(__file__).with_name("test_kill_harness.py")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.core.harness", description=__doc__)
    parser.add_argument("--points", type=int, default=200, help="how many kills must land (default 200)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the changes, decisions and kills")
    chosen = parser.parse_args()
    os.environ.update(KILL_POINTS=str(chosen.points), KILL_SEED=str(chosen.seed))
    return int(pytest.main([str(TEST), "-q", "-p", "no:cacheprovider"]))


if __name__ == "__main__":
    sys.exit(main())
