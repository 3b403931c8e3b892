"""National IDs of the countries that are known (D-08). "Today" is passed in."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum import luhn
from stdnum.dk import cpr
from stdnum.exceptions import ValidationError as NumberError
from stdnum.fi import hetu
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.se import personnummer

from employees.values.texts import canonical_identifier, clean_identifier

# Added to the month of a Norwegian number that the Norwegian tax administration gives out for tests (Tenor).
_TENOR: Final = 80


def clean_national_id(value: str, country: str, *, today: date, synthetic: bool = False) -> str:
    """Return the number without separators (Sweden: ten digits, Finland: with its century sign).

    ``synthetic``: whether numbers given out for tests alone are taken. Countries without a rule here keep the text as
    written.
    """
    value = canonical_identifier(value)
    if not value or country not in _RULES:
        return clean_identifier(value)
    try:
        number = _RULES[country](value, synthetic)
        born = birth_date_of(number if country != "SE" else value, country, today=today)
    except (NumberError, ValueError, IndexError):
        raise ValidationError(
            _("This is not a valid national ID of the country. Check its length and its digits."),
            code="national_id",
        ) from None
    if born is not None and born > today:
        raise ValidationError(
            _("The birth date in this national ID is in the future. Check its first digits."), code="national_id"
        )
    return number


def birth_date_of(value: str, country: str, *, today: date) -> date | None:
    """Return the birth date in a national ID; None where it holds none, or not a whole one.

    Of ten Swedish digits, the century is the last one possible; a plus sign says a hundred years earlier.
    """
    with suppress(NumberError, ValueError, IndexError):
        return _BIRTHS[country](value, today) if country in _BIRTHS else None
    return None


# --- Sweden ---------------------------------------------------------------------------------------------


def _swedish(value: str, synthetic: bool) -> str:
    """Ten digits. A coordination number has 60 added to its day; its month or its day may be unknown (00, 60)."""
    number = personnummer.compact(value)
    if len(number) not in (11, 13) or number[-5] not in "-+" or not (number[:-5] + number[-4:]).isdecimal():
        raise NumberError
    digits = number[:-5] + number[-4:]
    luhn.validate(digits[-10:])
    month, day = int(number[-9:-7]), int(number[-7:-5])
    if day < 60:
        personnummer.get_birth_date(number)
    elif month > 12 or day > 91:
        raise NumberError
    elif month and day > 60:
        personnummer.get_birth_date(f"{number[:-7]}{day - 60:02d}{number[-5:]}")
    return digits[-10:]


def _swedish_birth(value: str, today: date) -> date | None:
    digits = "".join(sign for sign in value if sign in "0123456789")
    if len(digits) not in (10, 12):
        return None
    month, day = int(digits[-8:-6]), int(digits[-6:-4])
    day -= 60 if day >= 60 else 0
    if not month or not day:
        return _unknown_day(digits, today)
    if len(digits) == 12:
        return date(int(digits[:4]), month, day)
    year = today.year - (today.year - int(digits[:2])) % 100
    if (month, day) > (today.month, today.day) and year == today.year:
        year -= 100
    return date(year - (100 if "+" in value else 0), month, day)


def _unknown_day(digits: str, today: date) -> date | None:
    """Of a whole year, so much is known: a year that has not begun cannot be."""
    if len(digits) == 12 and int(digits[:4]) > today.year:
        return date(int(digits[:4]), 1, 1)
    return None


# --- The others -----------------------------------------------------------------------------------------


def _norwegian(value: str, synthetic: bool) -> str:
    number = fodselsnummer.compact(value)
    if not (len(number) == 11 and number.isdecimal() and int(number[2:4]) > _TENOR):
        return str(fodselsnummer.validate(number))
    if not synthetic:
        raise ValidationError(
            _(
                "This is a Norwegian number that is given out for tests alone. The operator can allow such numbers"
                " where nobody is paid."
            ),
            code="synthetic",
        )
    fodselsnummer.get_birth_date(_without_tenor(number))
    if (number[9], number[10]) != (fodselsnummer.calc_check_digit1(number), fodselsnummer.calc_check_digit2(number)):
        raise NumberError
    return number


def _without_tenor(number: str) -> str:
    return f"{number[:2]}{int(number[2:4]) - _TENOR:02d}{number[4:]}"


def _norwegian_birth(value: str, today: date) -> date | None:
    number = fodselsnummer.compact(value)
    born: date = fodselsnummer.get_birth_date(_without_tenor(number) if int(number[2:4]) > _TENOR else number)
    return born


def _finnish(value: str, synthetic: bool) -> str:
    return str(hetu.validate(value, allow_temporary=synthetic))


_CENTURIES: Final = {"+": 1800, **dict.fromkeys("-YXWVU", 1900), **dict.fromkeys("ABCDEF", 2000)}


def _finnish_birth(value: str, today: date) -> date | None:
    number = hetu.compact(value)
    return date(_CENTURIES[number[6]] + int(number[4:6]), int(number[2:4]), int(number[:2]))


def _dutch(value: str, synthetic: bool) -> str:
    """Eight digits are an old number without its zero; the library would fill up any shorter one, too."""
    if len(re.sub(r"[\s.-]", "", value)) < 8:
        raise ValidationError(_("A BSN has nine digits, or eight without its leading zero."), code="national_id")
    return str(bsn.validate(value))


_RULES: Final[dict[str, Callable[[str, bool], str]]] = {
    "SE": _swedish,
    "NO": _norwegian,
    "DK": lambda value, synthetic: str(cpr.validate(value)),
    "FI": _finnish,
    "NL": _dutch,
}
_BIRTHS: Final[dict[str, Callable[[str, date], date | None]]] = {
    "SE": _swedish_birth,
    "NO": _norwegian_birth,
    "DK": lambda value, today: cpr.get_birth_date(value),
    "FI": _finnish_birth,
}
