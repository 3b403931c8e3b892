"""What import-linter cannot say: it knows other people's packages only as a whole, so not ``django.db``."""

import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "employees", "absences", "journals", "integrations")
PURE_ROOMS = ("employees.values", "integrations.core.declare", "integrations.core.compare", "integrations.core.kinds")
TRANSLATION = {"client", "mappers", "absence_causes", "absence_mappers", "absence_rules"}
NOT_VENDORS = {"core", "sandbox"}


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Per module of the product, the names it imports, ``django.db.models`` in full."""
    graph = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
    found: dict[str, set[str]] = {}
    for module in graph.modules:
        if module.partition(".")[0] in PACKAGES:
            found[module] = set()
            for imported in graph.find_modules_directly_imported_by(module):
                details = graph.get_import_details(importer=module, imported=imported)
                found[module] |= {_written(str(detail["line_contents"]), imported) for detail in details}
    return found


def _written(line: str, imported: str) -> str:
    """Return the module as the line names it; grimp shortens it to the package where it is not ours."""
    words = line.split()
    return words[1] if imported.partition(".")[0] not in PACKAGES and len(words) > 1 else imported


def reached_from(start: str, imports: dict[str, set[str]]) -> set[str]:
    """Return everything that a module, its submodules, and what of ours they import, import."""
    todo = [module for module in imports if module == start or module.startswith(f"{start}.")]
    seen: set[str] = set(todo)
    while todo:
        for imported in imports.get(todo.pop(), set()) - seen:
            seen.add(imported)
            todo.append(imported)
    return seen


def tables_among(modules: set[str]) -> set[str]:
    return {module for module in modules if module.startswith("django.db") or ".models" in module}


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_a_pure_room_reaches_neither_tables_nor_http(room: str, imports: dict[str, set[str]]) -> None:
    reached = reached_from(room, imports)
    assert room in reached
    assert tables_among(reached) == set()
    assert {module for module in reached if module.partition(".")[0] in {"requests", "urllib3", "http"}} == set()


def test_clients_and_mappers_import_no_tables(imports: dict[str, set[str]]) -> None:
    named = {module for module in imports if module.rpartition(".")[2] in TRANSLATION}
    assert named
    assert {module: tables_among(imports[module]) for module in named if tables_among(imports[module])} == {}


def test_the_rules_can_tell_a_module_with_tables_from_one_without(imports: dict[str, set[str]]) -> None:
    assert tables_among(reached_from("employees.models", imports))


def test_every_vendor_stands_in_the_import_rules() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    contracts = {contract["id"]: contract for contract in rules["contracts"]}
    vendors = {
        f"integrations.{folder.name}"
        for folder in (ROOT / "integrations").iterdir()
        if (folder / "__init__.py").exists() and folder.name not in NOT_VENDORS
    }
    named = {name.strip() for name in contracts["layers"]["layers"][1].split("|")}
    assert named == vendors
    assert vendors <= set(contracts["sandbox-shares-nothing"]["forbidden_modules"])
