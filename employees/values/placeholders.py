"""What programs write where they have nothing, or in place of what was typed: recognised by its shape. Pure."""

import re
import unicodedata
from typing import Final

# Of exports from databases and of programs; the errors of spreadsheets that are no `_ERROR` by their shape.
_WORDS: Final = frozenset(
    {"null", "none", "nil", "nan", "nat", "undefined", "n/a", "n.a.", "<na>", r"\n"}
    | {"#na", "#nv", "#getting_data", "#hämtar_data"}
)
# TRUE and FALSE as spreadsheets write them: sv, nb, da (whose SAND is a place), fi, nl, de. Names of people may be so.
_TRUTHS: Final = frozenset(
    {"true", "false", "sant", "falskt", "sann", "usann", "falsk", "tosi", "epätosi", "waar", "onwaar", "wahr", "falsch"}
)
# An error of a spreadsheet, in whatever language: #REF!, #NAMN?, #DIVISION/0!, #¡VALOR!, #I/T, Err:502, ####.
_ERROR: Final = re.compile(
    r"#[¡¿]?\w+(?:[/ ]\w+)*[!?]|#\w+/\w+!?|#+|(?:err|fel|feil|fejl|virhe|fout|fehler):\d{3}", re.IGNORECASE
)
# What it makes of a long number: digits are lost. 12E4 and 12E-3 are employment IDs.
_EXPONENT: Final = re.compile(r"[+-]?(?:\d+[.,]\d*E[+-]?\d{1,3}|\d+E\+\d{1,3}|\dE-\d{2,3})", re.ASCII | re.IGNORECASE)
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?", re.ASCII)
_OTHER_DATE: Final = re.compile(r"(?:\d{1,2}([./-])\d{1,2}\1|\d{4}([./])\d{1,2}\2)\d{1,4}", re.ASCII)
_LONG_TIME: Final = re.compile(r"\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?(?: ?[AP]M)?", re.ASCII | re.IGNORECASE)
_SHORT_TIME: Final = re.compile(r"\d{1,2}:\d{2}(?: ?[AP]M)?", re.ASCII | re.IGNORECASE)
# A day without its year as spreadsheets show it, and save it as CSV: 12-mar, 3. Okt, Mar-01.
_MONTHS: Final = (
    "jan|feb|mar|apr|ma[ijy]|jun|jul|aug|sep|o[ck]t|nov|de[csz]|mrt|mei|mrz|mär"
    "|tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu"
)
_SHORT_DATE: Final = re.compile(rf"\d{{1,2}}(?:-|\. ?)(?:{_MONTHS})|(?:{_MONTHS})-\d{{2}}", re.ASCII | re.IGNORECASE)
_AROUND: Final = "()[]{}<>\"'`"
_YEAR: Final = re.compile(r"\d{4}", re.ASCII)


def is_placeholder(text: str) -> bool:
    """Whether a program wrote this where it had no value."""
    folded = _folded(text)
    return folded in _WORDS or folded.strip(_AROUND).strip() in _WORDS or bool(_ERROR.fullmatch(folded))


def is_truth(text: str) -> bool:
    """Whether this is TRUE or FALSE, which a spreadsheet makes of what is typed."""
    return _folded(text) in _TRUTHS


def is_broken_cell(text: str) -> bool:
    """Whether this is an error of a spreadsheet, or a database's sign for nothing, which is nobody's name."""
    folded = _folded(text)
    return folded == r"\n" or bool(_ERROR.fullmatch(folded))


def is_exponent(text: str) -> bool:
    return "e" in text.casefold() and bool(_EXPONENT.fullmatch(text))


def is_date_or_time(text: str) -> bool:
    """Whether the whole text is a day, or a time."""
    if is_short_date(text):
        return True
    if not text[:1].isdecimal():
        return False
    return any(shape.fullmatch(text) for shape in (_ISO_DATE, _LONG_TIME, _SHORT_TIME)) or _is_other_date(text)


def is_certain_date_or_time(text: str) -> bool:
    """The same, of the forms that no identifier has: 12-3 and 01-03-2026 may be one."""
    return bool(_ISO_DATE.fullmatch(text) or _LONG_TIME.fullmatch(text))


def is_short_date(text: str) -> bool:
    """Whether a spreadsheet most likely made this of 12-3 or Mar-1; an identifier may be so all the same."""
    return bool(_SHORT_DATE.fullmatch(text))


def _is_other_date(text: str) -> bool:
    return bool(_OTHER_DATE.fullmatch(text) and _YEAR.search(text))


def _folded(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.casefold().strip()
