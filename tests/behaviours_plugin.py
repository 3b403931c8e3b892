"""Writes ``docs/behaviours.md`` from the ``behaviour`` marks of the collected tests.

``pytest --collect-only --behaviours PATH`` writes the file; with ``--behaviours-check`` it compares instead,
and ends with an error when the file is not what the marks say.
"""

import re
from collections import defaultdict
from pathlib import Path

import pytest

BEHAVIOUR_ID = re.compile(r"(G|FX|VP|NM|VN|SB|D|HR|OP|PR)-\d{2}")
INTRODUCTION = """# Behaviours and the tests that prove them

Generated from the marks of the tests by `make docs`; do not edit.

| ID | tests |
|---|---|
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("behaviours", "the table of behaviours")
    group.addoption("--behaviours", metavar="PATH", default=None, help="write the table of behaviours to PATH")
    group.addoption(
        "--behaviours-check", action="store_true", help="fail when PATH differs from the table, instead of writing it"
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    target: str | None = session.config.getoption("--behaviours")
    if target is None:
        return
    path = session.config.rootpath / target
    table = render_table(session.items)
    if not session.config.getoption("--behaviours-check"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(table, encoding="utf-8")
    elif _read(path) != table:
        raise pytest.UsageError(f"{target} is not what the marks of the tests say. Run: make docs")


def render_table(items: list[pytest.Item]) -> str:
    """Return the Markdown: a row per ID, in order, with each test as a sentence and its node ID."""
    tests_by_id: dict[str, set[str]] = defaultdict(set)
    for item in items:
        for mark in item.iter_markers("behaviour"):
            for behaviour_id in mark.args:
                if not BEHAVIOUR_ID.fullmatch(behaviour_id):
                    raise pytest.UsageError(f"{item.nodeid}: {behaviour_id!r} is not the ID of a behaviour.")
                # The cases of a parametrised test are one line.
                tests_by_id[behaviour_id].add(item.nodeid.partition("[")[0])
    rows = [
        f"| {behaviour_id} | {'<br>'.join(_sentence(node_id) for node_id in sorted(node_ids))} |\n"
        for behaviour_id, node_ids in sorted(tests_by_id.items())
    ]
    return INTRODUCTION + "".join(rows)


def _sentence(node_id: str) -> str:
    name = node_id.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    return f"{name[:1].upper()}{name[1:]} (`{node_id}`)"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
