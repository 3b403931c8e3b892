"""``--again``: what is run once more, on the other database and broker, of tests that were all run on SQLite.

Where servers decide (locks, constraints, migrations, queues, lengths, more than one process), every test is seen on
both. Of every other file the first few functions, each with its first parameters, show that its statements work there,
too: put what leans on the database first. ``make test-postgres ALL=1`` runs everything.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import pytest

FIRST: Final = 3
_PUSH = ("beside_runs", "creating", "failures", "keeping_alive", "machines", "workers")
_CORE = ("budget", "deliver", "health", "leases", "outages", "queue_edges", "scoping", "sweep", "tasks", "tokens")
WHOLE: Final = (
    *(f"tests/core/{name}/" for name in ("harness", "hub", "keeping", "management", "upgrades", "work")),
    *(f"tests/core/push/test_{name}.py" for name in _PUSH),
    *(f"tests/core/runs/test_{name}.py" for name in ("at_once", "first_path", "hub_batches", "slow_answers")),
    *(f"tests/core/test_{name}.py" for name in (*_CORE, "unforeseen", "work")),
    # Two at once: counters, codes, links, accounts.
    *(f"tests/access/test_{name}.py" for name in ("lockout", "code_pauses", "provider_links", "second_factor")),
    *(f"tests/{app}/test_models.py" for app in ("absences", "employees")),
    "tests/employees/test_stored_values.py",
    "tests/fortnox/absences/test_failures.py",
    "tests/fortnox/absences/test_two_workers.py",
    "tests/integrations/test_two_vendors.py",
    "tests/visma_payroll/sync/test_workers.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--again", action="store_true", help="only what is worth to be run on a second database as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--again"):
        wanted = chosen(item.nodeid for item in items)
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
        items[:] = [item for item in items if item.nodeid in wanted]


def chosen(nodeids: Iterable[str]) -> set[str]:
    """Return which tests are run again, of all in the order in which they were found."""
    of_file: dict[str, dict[str, str]] = defaultdict(dict)
    whole = set()
    for nodeid in nodeids:
        file, _, name = nodeid.partition("::")
        if file.startswith(WHOLE):
            whole.add(nodeid)
        else:
            of_file[file].setdefault(name.partition("[")[0], nodeid)
    return whole.union(*(list(first.values())[:FIRST] for first in of_file.values()))
