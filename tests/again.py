"""``--again``: what is run once more, on the other database and broker, of tests that were all run on SQLite.

Where servers decide (locks, constraints, migrations, queues, lengths, more than one process), every test is seen on
both. Of every other file the first few functions, each with its first parameters, show that its statements work there,
too: put what leans on the database first. ``make test-postgres ALL=1`` runs everything.
"""

from collections import defaultdict

import pytest

FIRST = 3
WHOLE = (
    *(f"tests/core/{name}/" for name in ("harness", "hub", "keeping", "management", "upgrades", "work")),
    *(f"tests/core/push/test_{name}.py" for name in ("beside_runs", "creating", "failures", "workers")),
    *(f"tests/core/push/test_{name}.py" for name in ("keeping_alive", "machines")),
    *(f"tests/core/runs/test_{name}.py" for name in ("at_once", "first_path", "hub_batches", "slow_answers")),
    *(f"tests/core/test_{name}.py" for name in ("budget", "deliver", "health", "leases", "outages", "queue_edges")),
    *(f"tests/core/test_{name}.py" for name in ("scoping", "sweep", "tasks", "tokens", "unforeseen", "work")),
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
    if not config.getoption("--again"):
        return
    chosen = _Chosen()
    left_out = [item for item in items if not chosen.takes(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


class _Chosen:
    def __init__(self) -> None:
        self._of_file: dict[str, set[str]] = defaultdict(set)

    def takes(self, item: pytest.Item) -> bool:
        file, _, name = item.nodeid.partition("::")
        if file.startswith(WHOLE):
            return True
        function = name.partition("[")[0]
        seen = self._of_file[file]
        if function in seen or len(seen) == FIRST:
            return False
        seen.add(function)
        return True
