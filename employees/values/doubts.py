"""What may be right and should be looked at all the same: told, or asked before it is kept."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from employees.values.contacts import read_phone
from employees.values.national_ids import birth_date_of
from employees.values.texts import is_escaped, likely_text

# Younger than this on the first workday, one of the two dates is more likely wrong.
YOUNGEST: Final = 13
_TEXTS: Final = (
    "employment_id",
    "given_name",
    "family_name",
    "street",
    "street2",
    "city",
    "title",
    "end_reason",
    "name",
    "note",
)


class Doubt(NamedTuple):
    """``field`` is what it stands beside. ``asked``: kept only once somebody has said that it is right; else told.

    ``likely`` is the value that is more likely right, offered, never taken by itself. The answer counts for the values
    of ``field`` and of the fields ``beside``.
    """

    field: str
    code: str
    text: Any
    asked: bool = False
    likely: str = ""
    beside: tuple[str, ...] = ()


def doubts_about_texts(values: Mapping[str, Any], names: Iterable[str] = _TEXTS) -> list[Doubt]:
    """Return a doubt per text that looks read in the wrong encoding (D-11)."""
    found = []
    for name in names:
        text = values.get(name)
        if text and isinstance(text, str) and (likely := likely_text(text)):
            found.append(Doubt(name, "wrong_encoding", sentence_about(text, likely), likely=likely))
    return found


def sentence_about(text: str, likely: str) -> str:
    """Say of a text what it most likely says (`likely_text`)."""
    message = (
        _("Signs stand in this text as web pages or spreadsheets write them. It most likely says “%(likely)s”.")
        if is_escaped(text)
        else _("This looks like a text that was read in the wrong encoding. It most likely says “%(likely)s”.")
    )
    return message % {"likely": likely}


def doubts_about_phones(written: Mapping[str, str], *, country: str) -> list[Doubt]:
    """Return what stands beside a number and is left out, by field, of texts as somebody wrote them (D-07)."""
    found = []
    for name, text in written.items():
        if text[1:].isdigit():
            continue
        with suppress(ValidationError):
            if left_out := read_phone(text, country).left_out:
                message = _("“%(text)s” stands beside the number and was left out.") % {"text": left_out}
                found.append(Doubt(name, "left_out", message))
    return found


def doubts_about_dates(values: Mapping[str, Any], *, today: date) -> list[Doubt]:
    """Return what does not fit together of birth date, first workday and national ID (D-02, D-08)."""
    born, first = values.get("birth_date"), values.get("first_workday")
    found = []
    if born and first and _birthday(born, YOUNGEST) > first:
        text = (
            _("The birth date is after the first workday: the two do not fit together.")
            if born > first
            else _("The person would be younger than %(years)d on the first workday: the two do not fit together.")
            % {"years": YOUNGEST}
        )
        found.append(Doubt("birth_date", "birth_and_work", text))
    number, country = values.get("national_id") or "", values.get("national_id_country") or ""
    told = birth_date_of(number, country, today=today) if number and born else None
    if told and not _is_same_birth(told, born, country):
        text = _("The birth date is another one than in the national ID: the two do not fit together.")
        found.append(Doubt("national_id", "birth_and_id", text))
    return found


def _birthday(born: date, years: int) -> date:
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return born.replace(year=born.year + years, day=28)


def _is_same_birth(told: date, born: Any, country: str) -> bool:
    if country == "SE":
        # Ten digits do not tell the century.
        return (told.year % 100, told.month, told.day) == (born.year % 100, born.month, born.day)
    return bool(told == born)
