"""What is told of an exception that nobody foresaw: its class and where it was raised, never its message.

The message of a foreign exception holds what the hub must not repeat: PostgreSQL's DETAIL quotes the row, requests
quotes the header with the token, a parser quotes what it read (invariant 15).
"""

import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import PurePath
from types import TracebackType
from typing import Final

from employees.errors import WithoutValues

# The innermost frames; a recursion that ran out has a thousand.
FRAMES: Final = 12
# An exception may have a cause, which has one.
CHAIN: Final = 4
# A frame's line in a traceback's text, and the line that names the class.
FRAME: Final = re.compile(r'^  File "(?P<file>[^"]*)", line (?P<line>\d+), in (?P<name>\S+)')
RAISED: Final = re.compile(r"^(?P<name>[A-Za-z_][\w.]*)(?::|$)")
BEGINS: Final = "Traceback (most recent call last):"


def describe(error: BaseException) -> str:
    """Return ``KeyError at client.py:12 read < calls.py:70 read, after TypeError at …``."""
    return ", after ".join(f"{type(each).__name__}{_said(each)}{_where(each.__traceback__)}" for each in chain(error))


def may_speak(error: BaseException) -> bool:
    """Whether its message is ours, and known to hold no value."""
    return isinstance(error, WithoutValues)


def describe_text(text: str) -> str:
    """Return the same of a traceback that is a text already; of any other text, nothing is left."""
    found: list[str] = []
    for block in text.split(BEGINS)[1:]:
        frames, raised = [], "Exception"
        for line in block.splitlines():
            frame = FRAME.match(line)
            # A message may look like a traceback, with whatever its author likes as files.
            if frame and frame["file"] in _our_files():
                frames.append(_place(frame["file"], int(frame["line"]), frame["name"]))
            elif frames and (named := RAISED.match(line)):
                raised = named["name"].rpartition(".")[2]
                break
        found.append(raised + _joined(frames))
    # Python writes the cause first.
    return ", after ".join(reversed(found[-CHAIN:])) or "no traceback"


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception and what it came of."""
    link: BaseException | None = error
    for _place_in_chain in range(CHAIN):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _said(error: BaseException) -> str:
    return f" ({error})" if may_speak(error) else ""


def _where(tb: TracebackType | None) -> str:
    walked = [(frame.f_code, line) for frame, line in traceback.walk_tb(tb)]
    return _joined([_place(code.co_filename, line, code.co_name) for code, line in walked])


def _joined(frames: list[str]) -> str:
    return f" at {' < '.join(reversed(frames[-FRAMES:]))}" if frames else ""


def _our_files() -> set[str]:
    return {file for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}


def _place(file: str, line: int, name: str) -> str:
    return f"{'/'.join(PurePath(file).parts[-2:])}:{line} {name}"
