"""XLSX: what kind of file it is, and which of its sheets is read."""

import io
import zipfile
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from employees.transfer.sources import MOST_UNPACKED_BYTES, FileRefused, Line, Source
from employees.transfer.xlsx_parts import Damaged, Sheet, Workbook, read_workbook
from employees.transfer.xlsx_sheet import read_sheet

# The container of an old .xls, and of a file that a password protects; the latter names its one stream.
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_FLAG_ENCRYPTED: Final = 1


def read_xlsx(content: bytes) -> Source:
    """Raises FileRefused, and for a file that is no sound XLSX whatever its libraries raise."""
    if content.startswith(_OLE) and _ENCRYPTED in content:
        raise FileRefused(_protected())
    package = zipfile.ZipFile(io.BytesIO(content))
    parts = package.infolist()
    if any(part.flag_bits & _FLAG_ENCRYPTED for part in parts):
        raise FileRefused(_protected())
    if sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise FileRefused(_("The file is too large. Divide it into several files."))
    workbook = read_workbook(package)
    if not workbook.sheets:
        raise Damaged("no sheet with cells")
    # A hidden sheet is not what somebody sees as the first.
    first = next((sheet for sheet in workbook.sheets if sheet.is_visible), workbook.sheets[0])
    source = read_sheet(package, first, workbook)
    source.others = lambda: _others(package, first, workbook)
    return source


def _others(package: zipfile.ZipFile, first: Sheet, workbook: Workbook) -> Iterator[tuple[str, Iterator[Line]]]:
    for sheet in workbook.sheets:
        if sheet is not first:
            yield sheet.title, read_sheet(package, sheet, workbook).lines


def _protected() -> str:
    return _("The file is protected by a password. Save it without the password, and upload it again.")
