"""A figure is written only by a run that measured it, and says which commit it was measured on."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from benchmarks import __main__ as command
from benchmarks import publishing
from benchmarks.measures import MEASURES, Measure
from benchmarks.publishing import Origin, merged, table

EARLIER: Final = Origin("1111111", "2026-01-02", "Earlier machine")
NOW: Final = Origin("2222222-dirty", "2026-03-04", "This machine")


def figures(**values: float) -> dict[str, float]:
    return dict(values)


def commits(results: publishing.Results) -> dict[str, str]:
    return {name: each["commit"] for found in results.values() for name, each in found.items()}


def test_a_partial_run_leaves_the_other_figures_with_their_own_commit() -> None:
    before = merged({}, "compare", figures(a=1), origin=EARLIER, with_postgresql=False)

    after = merged(before, "apply", figures(b=2), origin=NOW, with_postgresql=False)

    assert commits(after) == {"a": EARLIER.commit, "b": NOW.commit}
    assert after["compare"] == before["compare"]


def test_a_figure_that_its_measure_gives_no_more_goes() -> None:
    before = merged({}, "compare", figures(a=1, gone=2), origin=EARLIER, with_postgresql=False)

    assert commits(merged(before, "compare", figures(a=3), origin=NOW, with_postgresql=False)) == {"a": NOW.commit}


def test_the_figures_of_a_measure_that_is_no_more_go() -> None:
    before = {"removed": {"a": {"value": 1, "commit": "1", "date": "", "machine": ""}}}

    assert list(merged(before, "apply", figures(b=2), origin=NOW, with_postgresql=False)) == ["apply"]


@pytest.mark.parametrize(("with_postgresql", "kept"), [(False, True), (True, False)])
def test_postgresqls_figures_stay_where_the_run_had_no_postgresql(with_postgresql: bool, kept: bool) -> None:
    before = merged({}, "plan", figures(a=1, a_postgresql=2), origin=EARLIER, with_postgresql=True)

    after = merged(before, "plan", figures(a=3), origin=NOW, with_postgresql=with_postgresql)

    assert commits(after) == {"a": NOW.commit, **({"a_postgresql": EARLIER.commit} if kept else {})}


def test_the_table_names_each_figures_commit_and_each_commits_machine() -> None:
    before = merged({}, "compare", figures(compare_growth_10k_100k=1.5), origin=EARLIER, with_postgresql=False)

    lines = table(merged(before, "apply", figures(b=2), origin=NOW, with_postgresql=False)).splitlines()

    assert "| `compare_growth_10k_100k` | 1.500 | ≤ 2 | `1111111` | 2026-01-02 |" in lines
    assert "| `b` | 2 |  | `2222222-dirty` | 2026-03-04 |" in lines
    assert "- `1111111` on 2026-01-02: Earlier machine." in lines
    assert "- `2222222-dirty` on 2026-03-04: This machine." in lines


# --- The commit's name ----------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, in which the figures are written."""
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "README.md").write_text(f"Text.\n{publishing.BEGIN}{publishing.END}")
    (tmp_path / "code.py").write_text("1\n")
    for name, path in (("FOLDER", folder), ("RESULTS", folder / "results.json"), ("README", folder / "README.md")):
        monkeypatch.setattr(publishing, name, path)
    git = ("git", "-c", "user.name=A", "-c", "user.email=a@example.se")
    for arguments in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "Begin")):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    return tmp_path


def test_files_that_differ_from_the_commit_make_its_name_dirty(repository: Path) -> None:
    clean = publishing.commit_name()
    (repository / "code.py").write_text("2\n")

    assert clean
    assert publishing.commit_name() == f"{clean}-dirty"


def test_what_a_run_writes_itself_makes_nothing_dirty(repository: Path) -> None:
    origin = Origin.now()
    publishing.publish("apply", figures(b=2), origin=origin)

    assert publishing.commit_name() == origin.commit
    assert json.loads(publishing.RESULTS.read_text())["apply"]["b"]["commit"] == origin.commit
    assert f"`{origin.commit}`" in publishing.README.read_text()


def test_a_file_changed_while_it_was_measured_makes_the_commit_dirty(repository: Path) -> None:
    origin = Origin.now()
    (repository / "code.py").write_text("2\n")

    assert origin.until_now().commit == f"{origin.commit}-dirty"


def test_without_a_repository_the_commit_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "FOLDER", tmp_path / "benchmarks")

    assert publishing.commit_name() == "unknown"


# --- The whole run --------------------------------------------------------------------------------------


def broken() -> dict[str, float]:
    raise AssertionError("Two samples found different people.")


def giving(**values: float) -> Callable[[], dict[str, float]]:
    return lambda: values


@pytest.fixture
def measuring(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return a function that runs measures by these functions and returns the exit status."""

    def run(*arguments: str, **measures: Callable[[], dict[str, float]]) -> int:
        for name, function in measures.items():
            monkeypatch.setitem(MEASURES, name, Measure(whole=function, small=function))
        monkeypatch.setattr("sys.argv", ["benchmarks", *measures, *arguments])
        return command.main()

    return run


def published() -> list[str]:
    return list(json.loads(publishing.RESULTS.read_text())) if publishing.RESULTS.exists() else []


def test_one_measure_that_fails_stops_no_other_and_fails_the_run(
    measuring: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert measuring(compare=broken, apply=giving(b=1)) == 1

    assert published() == ["apply"]
    assert "compare failed" in capsys.readouterr().out


def test_a_missed_bound_fails_the_run_after_everything_was_measured(measuring: Callable[..., int]) -> None:
    assert measuring(compare=giving(compare_growth_10k_100k=2.5), apply=giving(b=1)) == 1

    assert published() == ["compare", "apply"]


def test_a_run_that_keeps_all_bounds_succeeds(measuring: Callable[..., int]) -> None:
    assert measuring(compare=giving(compare_growth_10k_100k=1.5)) == 0


def test_without_bounds_only_a_failure_fails_the_run(measuring: Callable[..., int]) -> None:
    assert measuring("--no-bounds", compare=giving(compare_growth_10k_100k=2.5)) == 0
    assert measuring("--no-bounds", compare=broken) == 1


def test_a_small_run_writes_nothing(
    measuring: Callable[..., int], monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    monkeypatch.setattr(command, "sample", lambda *arguments, **options: {})
    readme = publishing.README.read_text()

    # Its figures mean nothing: no bound is held against them.
    assert measuring("--small", compare=giving(compare_growth_10k_100k=2.5)) == 0
    assert measuring("--small", compare=broken, apply=giving(b=1)) == 1
    assert (published(), publishing.README.read_text()) == ([], readme)
