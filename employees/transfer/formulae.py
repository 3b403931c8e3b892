"""Cells that a spreadsheet would run: escaped when written, and the escape taken off again when read.

A text that begins with =, +, -, @, a tab or a line break gets an apostrophe in front (OWASP, "CSV injection").
A text that begins with apostrophes and then one of these gets one more, so that ``unescape(escape(text)) == text``
for every text; others that begin with an apostrophe ('t Hooft) stay as they are. django-import-export's own setting
removes the first "=" only, knows none of the others and cannot be undone.
"""

import re
from typing import Final

_RISKY: Final = re.compile(r"'*[=+\-@\t\r\n]")
_ESCAPED: Final = re.compile(r"'+[=+\-@\t\r\n]")


def escape(text: str) -> str:
    return f"'{text}" if _RISKY.match(text) else text


def unescape(text: str) -> str:
    return text[1:] if _ESCAPED.match(text) else text
