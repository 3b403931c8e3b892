import re
from pathlib import Path

from integrations.core.registry import manifests

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r'(?:ENV\.\w+|_required|_seconds|os\.environ\.get)\(\s*"([A-Z][A-Z0-9_]*)"')
EXPLAINED = re.compile(r"^#?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def variables_read() -> set[str]:
    in_settings = set(READ.findall((ROOT / "config" / "settings.py").read_text(encoding="utf-8")))
    of_vendors = {
        name
        for manifest in manifests().values()
        for name in (
            *(host.variable for host in manifest.hosts.values()),
            *(variable.name for variable in manifest.variables.values()),
        )
    }
    return in_settings | of_vendors


def variables_explained() -> list[str]:
    return EXPLAINED.findall((ROOT / ".env.example").read_text(encoding="utf-8"))


def test_every_variable_that_is_read_is_explained() -> None:
    assert variables_read() - set(variables_explained()) == set()


def test_every_variable_that_is_explained_is_read() -> None:
    assert set(variables_explained()) - variables_read() == set()


def test_no_variable_is_explained_twice() -> None:
    explained = variables_explained()
    assert sorted(explained) == sorted(set(explained))
