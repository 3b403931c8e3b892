"""Several real processes that do the same thing at the same moment: `python -m tests.core.racing VERB ARGUMENT …`."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import django

PROGRAM = [sys.executable, "-m", "tests.core.racing"]


def race(count: int, verb: str, *arguments: object, environment: dict[str, str]) -> list[Any]:
    """Start ``count`` processes, let them all go at once and return what each says."""
    processes = [
        subprocess.Popen(
            [*PROGRAM, verb, *map(str, arguments)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "ready"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def claim(name: str) -> bool:
    from integrations.core import leases  # noqa: PLC0415 -- after django.setup()

    return leases.claim(name=name) is not None


def reserve(connection_id: str, interval: str, count: str) -> list[float]:
    from integrations.core import budget  # noqa: PLC0415

    return [budget.reserve(connection_id=int(connection_id), interval=float(interval)) for _number in range(int(count))]


def access_token(connection_id: str) -> str:
    from integrations.core import tokens  # noqa: PLC0415

    return tokens.access_token(connection_id=int(connection_id))


def hold_the_renewal(connection_id: str) -> None:
    """Take the lease for renewing tokens, and never come back."""
    from integrations.core import leases  # noqa: PLC0415

    leases.claim(name=f"refresh:{connection_id}")
    sys.stdout.write("held\n")
    sys.stdout.flush()
    time.sleep(600)


VERBS: dict[str, Callable[..., Any]] = {
    verb.__name__: verb for verb in (claim, reserve, access_token, hold_the_renewal)
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(VERBS[sys.argv[1]](*sys.argv[2:])))


if __name__ == "__main__":
    main()
