"""How log lines are written: of an exception its class and frames, never its message (``core.unforeseen``)."""

import logging
from copy import copy
from types import TracebackType
from typing import Any

from integrations.core import unforeseen


class WithoutMessages(logging.Formatter):
    """Also where a library logs an exception as its message, or as one of its arguments."""

    def format(self, record: logging.LogRecord) -> str:
        # Not the record itself: other handlers may write it as it is, and one before may have left its text there.
        ours = copy(record)
        ours.exc_text = None
        if isinstance(ours.msg, BaseException):
            ours.msg, ours.args = _named(ours.msg), None
        elif isinstance(ours.args, tuple):
            ours.args = tuple(_named(each) for each in ours.args)
        elif ours.args:
            ours.args = {name: _named(each) for name, each in ours.args.items()}
        return super().format(ours)

    def formatException(  # noqa: N802 -- logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return unforeseen.describe(ei[1]) if ei[1] is not None else ""


def _named(value: Any) -> Any:
    return unforeseen.describe(value) if isinstance(value, BaseException) else value
