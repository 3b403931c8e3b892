"""What a column's cells may be, and what a cell of a spreadsheet then means. Pure.

A spreadsheet makes something else of what somebody types: TRUE of a name, a date of 12-3, 1.2E+16 of a long number.
What was typed cannot be known any more, so such a cell is refused, and never taken as what the program made of it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from django.utils.translation import gettext as _

from employees.transfer.formulae import unescape
from employees.transfer.number_formats import shown, shows_percent
from employees.values.placeholders import is_exponent

# A spreadsheet keeps so many digits of a number, and makes zeros of the others.
MOST_DIGITS: Final = 15
# As numbers are written in XLSX. What else Python would take (NaN, 1_000, other alphabets' digits) is none.
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_UNKEEPABLE: Final = re.compile("[\0\ud800-\udfff]")


class Content(Enum):
    """``TEXT``: words and names. ``IDENTIFIER``: digits that are no quantity, where a zero in front counts."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    DATE = "date"
    YES_NO = "yes_no"
    WHOLE_NUMBER = "whole_number"


@dataclass(frozen=True)
class Unusable:
    """A cell or row whose value cannot be known."""

    reason: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number cell: as it is stored, and its number format, None where that is not known."""

    text: str
    number_format: str | None


@dataclass(frozen=True, slots=True)
class TimeOnly:
    """A cell with a time or a duration, and no day."""


# A cell as the file holds it; a date with a time is its day already.
Cell = str | bool | date | Number | TimeOnly | Unusable | None


def meaning(content: Content, cell: Cell) -> str | date | Unusable:
    """Return what the cell means in such a column: "" where it is blank."""
    if not cell and cell is not False:
        return ""
    return _MEANINGS[type(cell)](content, cell)


def _of_text(content: Content, cell: str) -> str | Unusable:
    text = cell.strip()
    if not text:
        return ""
    if text[0] == "=":
        return Unusable(formula())
    if "\0" in text or not text.isascii() and _UNKEEPABLE.search(text):
        return Unusable(_("The cell holds a character that is no character of any language. Type the value again."))
    text = unescape(text).strip()
    if content is Content.IDENTIFIER and is_exponent(text):
        return Unusable(
            _("The spreadsheet has shortened a long number to this, and its digits are lost. %(again)s")
            % {"again": _as_text()}
        )
    return text


def _of_boolean(content: Content, cell: bool) -> str | Unusable:
    if content in (Content.YES_NO, Content.DATE):
        return "yes" if cell else "no"
    return Unusable(
        _("The spreadsheet has made TRUE or FALSE of what was typed here. %(again)s") % {"again": _as_text()}
    )


def _of_date(content: Content, cell: date) -> str | date | Unusable:
    if content is Content.DATE:
        return cell
    return Unusable(_("The spreadsheet has made a date of what was typed here. %(again)s") % {"again": _as_text()})


def _of_time(content: Content, cell: TimeOnly) -> Unusable:
    if content is Content.DATE:
        return Unusable(_("The cell holds a time, and no day. Write the date as year-month-day, such as 2024-12-31."))
    return Unusable(_("The spreadsheet has made a time of what was typed here. %(again)s") % {"again": _as_text()})


def _of_number(content: Content, cell: Number) -> str | Unusable:
    if not _NUMBER.fullmatch(cell.text):
        return Unusable(_("The cell holds a number that cannot be read. Type the value again."))
    digits = _whole(cell.text)
    if digits is None:
        # No date, no yes or no, no grade: the column's own check says so.
        return cell.text if content in (Content.DATE, Content.YES_NO, Content.WHOLE_NUMBER) else _fraction()
    if len(digits.lstrip("-")) > MOST_DIGITS:
        return Unusable(
            _("The number has more than %(most)d digits, of which the spreadsheet keeps only the first. %(again)s")
            % {"most": MOST_DIGITS, "again": _as_text()}
        )
    if content in (Content.DATE, Content.YES_NO):
        return digits
    if content is Content.WHOLE_NUMBER:
        return _percentage() if shows_percent(cell.number_format) else digits
    as_shown = shown(digits, cell.number_format)
    if as_shown is None:
        return Unusable(
            _(
                "The cell's number format shows another text than the number that is stored, so it cannot be told "
                "which of them is meant. %(again)s"
            )
            % {"again": _as_text()}
        )
    return as_shown


def _whole(text: str) -> str | None:
    """Return a whole number's digits, too many of them as they are; None for any other number."""
    if text.isdecimal():
        return text.lstrip("0") or "0"
    number = Decimal(text)
    if number.adjusted() >= MOST_DIGITS:
        return "9" * (MOST_DIGITS + 1)
    if number.adjusted() < -MOST_DIGITS * 2 and number or number != number.to_integral_value():
        return None
    return str(int(number))


def _fraction() -> Unusable:
    return Unusable(_("The cell holds a decimal number, which is no text. %(again)s") % {"again": _as_text()})


def _percentage() -> Unusable:
    return Unusable(
        _("The cell is formatted as a percentage. Format it as a plain number, and type the whole number again.")
    )


def _as_text() -> str:
    return _("Format the column as text in the spreadsheet, type the value again, and upload the file.")


def formula() -> str:
    return _("The cell holds a formula. Replace it by its value.")


def spreadsheet_error() -> str:
    return _("The cell holds an error of the spreadsheet. Replace it by a value.")


def merged() -> str:
    return _(
        "The cell is part of a merged one, so its value is not known. "
        "Unmerge the cells in the spreadsheet, and fill in each of them."
    )


_MEANINGS: Final[dict[type, Callable[[Content, Any], str | date | Unusable]]] = {
    str: _of_text,
    bool: _of_boolean,
    date: _of_date,
    TimeOnly: _of_time,
    Number: _of_number,
    Unusable: lambda _content, cell: cell,
}
