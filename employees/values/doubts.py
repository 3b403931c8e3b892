"""What may be right and should be looked at all the same: told, or asked before it is kept."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from employees.values.contacts import read_phone
from employees.values.dates import years_ahead
from employees.values.national_ids import birth_date_of
from employees.values.placeholders import is_short_date
from employees.values.texts import is_escaped, likely_text

# Younger than this on the first workday, one of the two dates is more likely wrong.
YOUNGEST: Final = 13
# Which of a person's fields the doubts are about: texts, phones, and what has to fit together.
PERSON_TEXTS: Final[tuple[str, ...]] = ("employment_id", "given_name", "family_name", "street", "street2", "city")
PERSON_PHONES: Final[tuple[str, ...]] = ("work_phone", "private_phone")
PERSON_DATES: Final[tuple[str, ...]] = ("birth_date", "first_workday", "national_id", "national_id_country")


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


def doubts_about_texts(texts: Mapping[str, str]) -> list[Doubt]:
    """Return a doubt per text that looks read in the wrong encoding (D-11), by field."""
    return [
        Doubt(name, "wrong_encoding", sentence_about(text, likely), likely=likely)
        for name, text in texts.items()
        if text and (likely := likely_text(text))
    ]


def sentence_about(text: str, likely: str) -> str:
    """Say of a text what it most likely says (`likely_text`)."""
    message = (
        _("Signs stand in this text as web pages or spreadsheets write them. It most likely says “%(likely)s”.")
        if is_escaped(text)
        else _("This looks like a text that was read in the wrong encoding. It most likely says “%(likely)s”.")
    )
    return message % {"likely": likely}


def doubts_about_id(text: str) -> list[Doubt]:
    """Ask about an employment ID that a spreadsheet most likely made a day of (D-03)."""
    if not is_short_date(text):
        return []
    message = _(
        "A spreadsheet most likely made a day of the ID that was typed, such as 12-3. Write the ID as it is, or say"
        " that it is right so."
    )
    return [Doubt("employment_id", "short_date", message, asked=True)]


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
    if born and first and years_ahead(born, YOUNGEST) > first:
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


def _is_same_birth(told: date, born: Any, country: str) -> bool:
    if country == "SE":
        # Ten digits do not tell the century.
        return (told.year % 100, told.month, told.day) == (born.year % 100, born.month, born.day)
    return bool(told == born)
