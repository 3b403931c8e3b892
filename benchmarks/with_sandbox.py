"""A sample that needs the vendors: the sandbox as a process of its own, a database of its own, the result as JSON."""

import argparse
import json
from collections.abc import Callable
from typing import Any

from django.conf import settings

from benchmarks.scratch_database import scratch_database
from tests.sandbox_client import SandboxProcess


def print_sample(measure: Callable[..., dict[str, Any]], *numbers: str) -> None:
    """Call ``measure(client, *numbers)`` with the command line's whole numbers, and print what it returns."""
    parser = argparse.ArgumentParser()
    for name in numbers:
        parser.add_argument(name, type=int)
    given = vars(parser.parse_args())
    sandbox = SandboxProcess()
    try:
        with scratch_database():
            settings.SANDBOX_URL = sandbox.client.url
            print(json.dumps(measure(sandbox.client, *(given[name] for name in numbers))))
    finally:
        sandbox.stop()
