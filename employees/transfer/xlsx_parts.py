"""The parts of an XLSX package (ECMA-376, also in its Strict form), each read in one pass without building a tree.

openpyxl's reading mode with bounded memory rounds times up to the next day, does not tell merged and hidden cells,
fails for Strict files and for any odd part that no value stands in, and takes several times as long; from it come the
number formats.
"""

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Final
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.escape import unescape

CHUNK: Final = 1 << 16
# Longer than any cell that a spreadsheet takes (32,767 characters).
MOST_CHARACTERS: Final = 1_000_000
TRUE: Final = frozenset({"1", "true", "on"})
Attributes = dict[str, str]


class Damaged(Exception):
    """The package is not what the standard says."""


def local(name: str) -> str:
    return name.rpartition(":")[2]


def chunks(
    stream: IO[bytes],
    *,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    data: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Parse the stream piece by piece, and yield after each. Raises Damaged, expat.ExpatError, zipfile's errors."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    # No package has a document type, and entities are only declared in one.
    parser.StartDoctypeDeclHandler = _forbid
    while piece := stream.read(CHUNK):
        parser.Parse(piece, False)
        yield
    parser.Parse(b"", True)
    yield


def _forbid(*_declared: Any) -> None:
    raise Damaged("document type")


@dataclass(frozen=True)
class Relation:
    kind: str
    target: str


@dataclass(frozen=True)
class Sheet:
    title: str
    part: str
    is_visible: bool


@dataclass(frozen=True)
class Workbook:
    """``sheets`` are those with cells: no charts, no macros. ``formats``: the number format of each style."""

    sheets: list[Sheet]
    strings: list[str]
    formats: list[str | None]
    starts_1904: bool


def read_workbook(package: zipfile.ZipFile) -> Workbook:
    """Raises Damaged, KeyError for a part that is missing, expat.ExpatError, and what zipfile raises."""
    part = next(each.target for each in _relations(package, "").values() if each.kind == "officeDocument")
    relations = _relations(package, part)
    sheets, starts_1904 = _sheets(package, part, relations)
    kinds = {relation.kind: relation.target for relation in relations.values()}
    return Workbook(
        sheets=sheets,
        strings=_strings(package, kinds["sharedStrings"]) if "sharedStrings" in kinds else [],
        formats=_formats(package, kinds["styles"]) if "styles" in kinds else [BUILTIN_FORMATS[0]],
        starts_1904=starts_1904,
    )


def _relations(package: zipfile.ZipFile, part: str) -> dict[str, Relation]:
    """Return what a part relates to, by id; the kind is the last word of its type."""
    folder, name = posixpath.split(part)
    found: dict[str, Relation] = {}

    def start(element: str, attributes: Attributes) -> None:
        if local(element) == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/")
            found[attributes["Id"]] = Relation(attributes["Type"].rpartition("/")[2], target)

    _parse(package, posixpath.join(folder, "_rels", f"{name}.rels"), start=start)
    return found


def _sheets(package: zipfile.ZipFile, part: str, relations: dict[str, Relation]) -> tuple[list[Sheet], bool]:
    sheets: list[Sheet] = []
    starts_1904 = False

    def start(element: str, attributes: Attributes) -> None:
        nonlocal starts_1904
        name = local(element)
        if name == "workbookPr":
            starts_1904 = attributes.get("date1904") in TRUE
        elif name == "sheet":
            relation = relations.get(next((text for key, text in attributes.items() if local(key) == "id"), ""))
            if relation is not None and relation.kind == "worksheet":
                is_visible = attributes.get("state", "visible") == "visible"
                sheets.append(Sheet(attributes.get("name", ""), relation.target, is_visible))

    _parse(package, part, start=start)
    return sheets, starts_1904


@dataclass
class TextCollector:
    """The text of ``t`` elements, joined over the runs of a rich text; readings of East Asian signs are none of it."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    collecting: bool = False
    is_phonetic: bool = False

    def start(self, name: str) -> None:
        if name == "rPh":
            self.is_phonetic = True
        self.collecting = name == "t" and not self.is_phonetic

    def end(self, name: str) -> None:
        if name == "rPh":
            self.is_phonetic = False
        self.collecting = False

    def data(self, text: str) -> None:
        if self.collecting:
            self.pieces.append(text)
            self.length += len(text)
            if self.length > MOST_CHARACTERS:
                raise Damaged("a text too long")

    def take(self) -> str:
        text = "".join(self.pieces)
        self.pieces.clear()
        self.length = 0
        return text


def decoded(text: str) -> str:
    """Take off the escape of characters that XML cannot hold: _x000D_ (18.4.12, ST_Xstring)."""
    return unescape(text)


def _strings(package: zipfile.ZipFile, part: str) -> list[str]:
    strings: list[str] = []
    text = TextCollector()

    def end(element: str) -> None:
        name = local(element)
        text.end(name)
        if name == "si":
            strings.append(decoded(text.take()))

    _parse(package, part, start=lambda element, _attributes: text.start(local(element)), end=end, data=text.data)
    return strings


def _formats(package: zipfile.ZipFile, part: str) -> list[str | None]:
    """Return the number format of each style, None where it is not known: those of East Asian dates."""
    own: dict[int, str] = {}
    used: list[int] = []
    inside = ""

    def start(element: str, attributes: Attributes) -> None:
        nonlocal inside
        name = local(element)
        if name in ("numFmts", "cellXfs"):
            inside = name
        elif name == "numFmt" and inside == "numFmts":
            own[int(attributes["numFmtId"])] = attributes["formatCode"]
        elif name == "xf" and inside == "cellXfs":
            used.append(int(attributes.get("numFmtId", "0")))

    def end(element: str) -> None:
        nonlocal inside
        if local(element) == inside:
            inside = ""

    _parse(package, part, start=start, end=end)
    return [own.get(number, BUILTIN_FORMATS.get(number)) for number in used]


def _parse(package: zipfile.ZipFile, part: str, **handlers: Any) -> None:
    with package.open(part) as stream:
        for _ in chunks(stream, **handlers):
            pass
