"""Why the database, or the disk, did not take something (S14): pure, told from what the drivers raise."""

import enum
import errno
import sqlite3
from collections.abc import Iterator
from typing import Final

from django import db

_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_FULL: "full",
    # What a disk without room looks like from inside a journal or a shared-memory file.
    sqlite3.SQLITE_IOERR: "full",
    sqlite3.SQLITE_READONLY: "read_only",
}
# https://www.postgresql.org/docs/15/errcodes-appendix.html
_POSTGRESQL: Final = {
    "40001": "busy",
    "40P01": "busy",
    "55P03": "busy",
    "57014": "busy",
    "53100": "full",
    "25006": "read_only",
}
_DISK: Final = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.EIO: "full",
    errno.EROFS: "read_only",
}
_PRIMARY_CODE: Final = 0xFF


class Trouble(enum.StrEnum):
    """``BUSY``: somebody else writes, which ends by itself; ``FULL``, ``READ_ONLY``, ``AWAY`` are the operator's."""

    BUSY = "busy"
    FULL = "full"
    READ_ONLY = "read_only"
    AWAY = "away"


def trouble_of(error: BaseException | None) -> Trouble | None:
    """Return what is the matter with the database or the disk, None where the error tells of neither."""
    for each in _causes(error):
        if isinstance(each, OSError) and each.errno in _DISK:
            return Trouble(_DISK[each.errno])
        code = getattr(each, "sqlite_errorcode", None)
        if code is not None and (known := _SQLITE.get(code & _PRIMARY_CODE)):
            return Trouble(known)
        if known := _POSTGRESQL.get(getattr(each, "sqlstate", None) or ""):
            return Trouble(known)
    # What remains of these two classes is a connection that is not there any more, or was never made.
    return Trouble.AWAY if isinstance(error, db.OperationalError | db.InterfaceError) else None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
