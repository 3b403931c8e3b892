"""How log lines are written: of a foreign exception its class and frames, never its message (``core.unforeseen``).

One formatter for all loggers: the settings give it to the root, `config.web_logs` to the web server's own;
`tell_no_messages` describes likewise what ends a process or a thread.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from copy import copy
from types import TracebackType
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

from employees.foreign_text import ForeignText
from integrations.core import unforeseen

# What is shorter stands in a line by chance.
SHORTEST_QUOTE: Final = 4
VENDORS_WORDS: Final = "(a vendor's words)"


class WithoutMessages(logging.Formatter):
    """Also where a library logs an exception as its message, as one of its arguments, or made it a text before."""

    def format(self, record: logging.LogRecord) -> str:
        # Not the record itself: other handlers may write it as it is, and one before may have left its text there.
        ours = copy(record)
        ours.exc_text = None
        if isinstance(ours.msg, BaseException):
            ours.msg, ours.args = _named(ours.msg), None
        elif ours.args:
            ours.args = _named(ours.args)
        ours.msg, ours.args = _without_quotes(ours.getMessage(), _at_work(ours)), None
        return super().format(ours)

    def formatException(  # noqa: N802 -- logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return unforeseen.describe(ei[1]) if ei[1] is not None else ""


class StrangeRequests(logging.Filter):
    """Says in one line, as a warning, what anybody can ask for: nothing of ours has failed, and logs stay readable."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
            record.exc_info = record.exc_text = None
        return True


def tell_no_messages() -> None:
    """Describe also what ends this process, or one of its threads, and what cannot be logged at all."""
    logging.raiseExceptions = False
    sys.excepthook = _ended
    threading.excepthook = lambda ended: _ended(ended.exc_type, ended.exc_value, ended.exc_traceback)


def _ended(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or isinstance(error, KeyboardInterrupt | SystemExit):
        return
    if isinstance(error, ImproperlyConfigured):
        # It speaks of the operator's own settings, to the operator.
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"Ended by {unforeseen.describe(error)}\n")


def _named(value: Any) -> Any:
    """Return what is told of an argument of a log line; one that holds others is gone through."""
    if isinstance(value, BaseException):
        return unforeseen.describe(value)
    if isinstance(value, ForeignText):
        return VENDORS_WORDS
    if isinstance(value, dict):
        return {_named(name): _named(each) for name, each in value.items()}
    return type(value)(map(_named, value)) if type(value) in (list, tuple, set, frozenset) else value


def _at_work(record: logging.LogRecord) -> BaseException | None:
    """Return the exception that the line is about: it is given, or is being handled."""
    given = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    return given or sys.exc_info()[1]


def _without_quotes(line: str, error: BaseException | None) -> str:
    """Return the line without what the exception says, which whoever logs it may have put in."""
    for each in unforeseen.chain(error) if error is not None else ():
        if unforeseen.may_speak(each):
            continue
        for said in _quotes(each):
            line = line.replace(said, f"({type(each).__name__})")
    return line


def _quotes(error: BaseException) -> Iterator[str]:
    """Yield what the exception says: whole, as it is written for programmers, and its lines."""
    try:
        whole = {repr(error), str(error), repr(error.args), *map(str, error.args), *map(repr, error.args)}
    except Exception:  # noqa: BLE001 -- a library's own text fails: then nobody can have logged it
        return
    lines = {line.strip() for said in whole for line in said.splitlines()}
    yield from sorted((said for said in whole | lines if len(said) >= SHORTEST_QUOTE), key=len, reverse=True)
