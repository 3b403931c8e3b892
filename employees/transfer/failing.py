"""What ends an import that nobody foresaw: said at once, with the rows where it happened, and nothing of their data."""

import logging
from typing import Final

from django.db import IntegrityError, InterfaceError, OperationalError
from django.utils.translation import gettext as _

from employees.errors import WithoutValues
from employees.transfer.jobs import MAX_STARTS, Hold, HoldLost, fail_import

logger = logging.getLogger(__name__)
# The database went away, or somebody else wrote in between: another start may do.
PASSING: Final = (OperationalError, InterfaceError, IntegrityError)


class RowsFailed(WithoutValues):
    """An exception that nobody foresaw came of these rows of the file; it is the cause."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__(first, last)
        self.first = first
        self.last = last


class AtRows:
    """A context that tells of an unforeseen exception which rows were at work: it raises RowsFailed.

    What may pass, passes through. A class, since a generator would cost every row of every file more.
    """

    __slots__ = ("_first", "_last")

    def __init__(self, first: int, last: int | None = None) -> None:
        self._first = first
        self._last = first if last is None else last

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, (*PASSING, HoldLost, RowsFailed)):
            raise RowsFailed(self._first, self._last) from error


def end_failed(*, hold: Hold, error: Exception) -> None:
    """End the import with a sentence; the log names the exception's class only, since its text may hold data."""
    cause = error.__cause__ if isinstance(error, RowsFailed) else error
    logger.error("Import %s failed (%s)", hold.job_id, type(cause).__name__)
    try:
        hold.keep()
    except HoldLost:
        return
    fail_import(job_id=hold.job_id, error=f"{_where(error)} {_advice()}")


def end_interrupted(*, hold: Hold) -> None:
    fail_import(
        job_id=hold.job_id,
        error=_(
            "The database did not take the work on this file, %(count)d times. Upload the file again later; if that "
            "happens again, tell the operator."
        )
        % {"count": MAX_STARTS},
    )


def _where(error: Exception) -> str:
    if not isinstance(error, RowsFailed):
        return _("The file could not be imported: something in it was not foreseen.")
    if error.first == error.last:
        return _("Row %(row)d could not be imported: something in it was not foreseen.") % {"row": error.first}
    return _("One of the rows %(first)d to %(last)d could not be imported: something in it was not foreseen.") % {
        "first": error.first,
        "last": error.last,
    }


def _advice() -> str:
    return _(
        "Look whether something unusual stands there, correct or remove it, and upload the file again. "
        "Tell the operator: the log of the background service names what happened."
    )
