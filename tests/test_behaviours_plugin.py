import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MARKED = """
import pytest

@pytest.mark.behaviour("G-06", "FX-05")
@pytest.mark.parametrize("case", [1, 2])
def test_a_duplicate_is_listed_by_name(case):
    pass

@pytest.mark.behaviour("G-06")
def test_a_run_survives_a_restart():
    pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = behaviour(*ids): what a test proves\n")
    (tmp_path / "test_marked.py").write_text(MARKED)
    return tmp_path


def collect(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "tests.behaviours_plugin", "-p", "no:django"]
    command += ["--behaviours", "behaviours.md", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_each_behaviour_lists_its_tests_as_sentences_once(folder: Path) -> None:
    assert collect(folder).returncode == 0
    duplicate = "A duplicate is listed by name (`test_marked.py::test_a_duplicate_is_listed_by_name`)"
    restart = "A run survives a restart (`test_marked.py::test_a_run_survives_a_restart`)"
    rows = (folder / "behaviours.md").read_text().splitlines()[-2:]
    assert rows == [f"| FX-05 | {duplicate} |", f"| G-06 | {duplicate}<br>{restart} |"]


def test_the_check_fails_on_an_old_table_until_it_is_written_anew(folder: Path) -> None:
    collect(folder)
    (folder / "test_marked.py").write_text(MARKED.replace("FX-05", "FX-06"))
    refused = collect(folder, "--behaviours-check")
    assert refused.returncode != 0
    assert "Run: make docs" in refused.stderr
    collect(folder)
    assert collect(folder, "--behaviours-check").returncode == 0


def test_a_mark_that_is_no_behaviour_is_refused_with_the_name_of_its_test(folder: Path) -> None:
    (folder / "test_marked.py").write_text(MARKED.replace("FX-05", "FX5"))
    refused = collect(folder)
    assert refused.returncode != 0
    assert "test_marked.py::test_a_duplicate_is_listed_by_name[1]: 'FX5' is not the ID" in refused.stderr
