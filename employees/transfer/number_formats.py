"""What a spreadsheet shows of a number: the formats of ECMA-376, part 1, 18.8.31, as far as an import needs them."""

import re
from functools import lru_cache
from typing import Final

from openpyxl.styles.numbers import STRIP_RE, is_date_format, is_timedelta_format

GENERAL: Final = "General"
# What says nothing of the digits: colours, the locale, the width of a sign, what fills the cell.
_SILENT: Final = re.compile(r"\[(?:\$-[0-9A-Fa-f]+|[A-Za-z]+\d*)\]|_.|\*.", re.DOTALL)
_PLAIN: Final = re.compile(r"(?:General|@|[#?,]*0?)(?:\.[0#?]+)?", re.IGNORECASE)
# Zeros, divided by single spaces or hyphens: 0000, 000 00, 000000-0000; an escape or quotes make no difference.
_ZEROS: Final = re.compile(r"\+?#*0+(?:[ -]0+)*")
# Anything else in quotes may look like a placeholder: "0"# shows a zero more than there is.
_ESCAPED: Final = re.compile(r'\\([ +-])|"([ +-])"')
_DAY: Final = re.compile(r"[dy]", re.IGNORECASE)
_TIME: Final = re.compile(r"[hs]", re.IGNORECASE)


@lru_cache(maxsize=1_000)
def shows_time(number_format: str | None) -> bool:
    """Tell whether the format is one of dates, times or durations."""
    return is_timedelta_format(number_format) or is_date_format(number_format)


@lru_cache(maxsize=1_000)
def shows_day(number_format: str) -> bool:
    """Of a format that ``shows_time``: whether a day, month or year is shown, and not only the time."""
    if is_timedelta_format(number_format):
        return False
    first = STRIP_RE.sub("", number_format.split(";")[0])
    # An m is a month unless it stands beside hours or seconds.
    return bool(_DAY.search(first)) or not _TIME.search(first)


def shows_percent(number_format: str | None) -> bool:
    return "%" in (number_format or "")


def shown(digits: str, number_format: str | None) -> str | None:
    """Return a whole number (``digits``, perhaps with a minus) as the format shows it; None where that is uncertain.

    Signs that only ease reading (1,001 or 42.00) are left out: the number is meant.
    """
    pattern = _pattern(number_format)
    if pattern is None:
        return None
    return _filled(pattern, digits) if pattern else digits


@lru_cache(maxsize=1_000)
def _pattern(number_format: str | None) -> str | None:
    """Return zeros with their dividers, "" where the plain digits are shown, or None."""
    if number_format is None:
        return None
    section = _SILENT.sub("", number_format.split(";")[0]).strip()
    if section and _PLAIN.fullmatch(section) and not section.endswith(","):
        return ""
    section = _ESCAPED.sub(lambda found: found[1] or found[2], section)
    return section if _ZEROS.fullmatch(section) and (section.count("0") > 1 or "+" in section) else None


def _filled(pattern: str, digits: str) -> str | None:
    if digits.startswith("-"):
        return None
    zeros = pattern.lstrip("+#")
    left = digits.zfill(zeros.count("0"))
    more = len(left) - zeros.count("0")
    begin, rest = left[:more], iter(left[more:])
    return pattern[: pattern.startswith("+")] + begin + "".join(next(rest) if sign == "0" else sign for sign in zeros)
