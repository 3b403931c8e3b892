"""Files changed at random: each is a table or refused, and nothing else comes of any. FUZZED_FILES says how many."""

import io
import os
import random
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pytest

from absences.transfer.columns import ABSENCES
from employees.models import Company
from employees.transfer.columns import PEOPLE
from employees.transfer.jobs import start_import
from employees.transfer.reading import FileRefused, Table, read_table
from tests.employees.transfer.files import Lines, csv_file, work
from tests.employees.transfer.packages import sheet_file, with_shared_strings
from tests.factories import EmployeeFactory

FILES: Final = int(os.environ.get("FUZZED_FILES", "1600"))
PARTS: Final = 8
PEOPLE_LINES: Final[Lines] = [
    ["Employment ID", "Family name", "First workday", "Protected identity", "City"],
    ["0042", "Öberg", date(2024, 1, 31), True, "Lund"],
    [43, 'Ek; "Li"', "2024-02-01", "no", None],
    [1.5, "=1+1", 45657.5, "x", "Umeå\nNord"],
]
ABSENCE_LINES: Final[Lines] = [["Number", "Start", "Grade"], [1, "2026-07-06", 100], ["2", date(2026, 7, 7), 0.5]]
# What stops readers: controls, quotes, dividers, ends of numbers and dates, escapes, pieces of XML.
PIECES: Final = [
    *(bytes([number]) for number in (0, 9, 10, 13, 26, 34, 39, 44, 59, 60, 62, 128, 255)),
    *b"1E+16 -1 NaN 99999999999999999999 2024-13-45 _x0000_ _xD800_ &amp; &b; <c/> </c> </row> <f/> <v>".split(),
    *b'r="ZZZ9" r="-1" s="-1" s="99999" t="d" t="b" t="s" t="e" hidden="1" <mergeCell/> <!DOCTYPE_a>'.split(),
    "å".encode(),
    "\ufeff".encode(),
    "\ud800".encode("utf-8", "surrogatepass"),
    b"9" * 6_000,
]

Change = Callable[[random.Random, bytes], bytes]


@pytest.fixture
def company(db: None) -> Company:
    EmployeeFactory.create(employment_id="0042")
    return EmployeeFactory.create(employment_id="43").company


def replaced(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + chance.choice(PIECES) + content[place + chance.choice((0, 0, 1, 4)) :]


def cut(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] if chance.random() < 0.3 else content[:place] + content[place + chance.randrange(40) :]


def doubled(chance: random.Random, content: bytes) -> bytes:
    place, length = chance.randrange(len(content) + 1), chance.randrange(200)
    return content[:place] + content[place : place + length] * chance.choice((2, 2, 50)) + content[place + length :]


def flipped(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 3))):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


CHANGES: Final[tuple[Change, ...]] = (replaced, cut, doubled, flipped)


def fuzzed(chance: random.Random, content: bytes) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 5))):
        content = chance.choice(CHANGES)(chance, content)
    return content


def fuzzed_package(chance: random.Random, content: bytes) -> bytes:
    """Most changes inside the parts, since the check sums of a changed package end its reading at once."""
    if chance.random() < 0.2:
        return fuzzed(chance, content)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        names = [name for name in old.namelist() if not name.startswith("docProps") and "theme" not in name]
        chosen = chance.choice(names)
        for name in names:
            part = old.read(name)
            if name != chosen:
                new.writestr(name, part)
            elif chance.random() < 0.95:
                new.writestr(name, fuzzed(chance, part))
    return stream.getvalue()


def read(content: bytes, name: str, known: Any) -> Table | str:
    try:
        return read_table(content=content, file_name=name, known=known)
    except FileRefused as refused:
        return str(refused)


# What the libraries say of a package that is none. Anything else would be a mistake of ours that the reader hid.
FORESEEN: Final = {
    *("BadZipFile", "EOFError", "NotImplementedError", "error"),  # of the package, the last one zlib's
    *("ExpatError", "Damaged", "IndexError", "KeyError", "StopIteration", "ValueError"),  # of its parts
}


@pytest.mark.behaviour("D-04")
@pytest.mark.parametrize("seed", range(PARTS))
@pytest.mark.parametrize(("lines", "known"), [(PEOPLE_LINES, PEOPLE), (ABSENCE_LINES, ABSENCES)])
def test_whatever_a_file_holds_it_is_read_or_refused(
    seed: int, lines: Lines, known: Any, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(seed)
    table = csv_file(lines, delimiter=chance.choice(",;\t"), encoding=chance.choice(("utf-8", "utf-16")))
    package = with_shared_strings(sheet_file(lines, merged=["B3:B4"], hidden_rows=[3], formats={"A3": "0000"}))
    results = []
    for _ in range(FILES // PARTS // 4 or 1):
        results.append(read(fuzzed(chance, table), "a.csv", known))
        results.append(read(fuzzed_package(chance, package), "a.xlsx", known))
    assert all(isinstance(result, Table) or result.isprintable() for result in results)
    # Some of both, or nothing is tried.
    assert {type(result) for result in results} == {Table, str}
    assert {each.args[0] for each in caplog.records if isinstance(each.args, tuple)} <= FORESEEN


@pytest.mark.behaviour("D-04")
@pytest.mark.parametrize("kind", ["people", "absences"])
def test_whatever_a_file_holds_its_preview_ends(company: Company, kind: str) -> None:
    chance = random.Random(kind)
    lines: Lines = {"people": PEOPLE_LINES, "absences": ABSENCE_LINES}[kind]
    for _ in range(FILES // 100):
        content, name = fuzzed(chance, csv_file(lines)), "a.csv"
        if chance.random() < 0.5:
            content, name = fuzzed_package(chance, sheet_file(lines)), "a.xlsx"
        job = work(start_import(company=company, by_id=None, file_name=name, content=content, kind=kind))
        assert job.state in ("ready", "failed")
        assert not any(word in job.error for word in ("Given up", "not foreseen", "database"))
