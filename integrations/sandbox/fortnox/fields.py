"""The fields of an employee at Fortnox, and what each takes. Amounts are text, counts are numbers, empty is ``""``."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.sandbox.fortnox.errors import (
    BAD_CHARACTER,
    NOT_BOOLEAN,
    NOT_NUMERIC,
    UNPUBLISHED,
    ApiError,
)

BLANK = "API_BLANK"
NO_RIGHT = "API_NORIGHT"


@dataclass(frozen=True)
class Field:
    kind: str  # text, digits, date, choice, amount, count, boolean, rows, read_only
    longest: int = 0  # 0: no published limit
    shortest: int = 0
    choices: frozenset[str] = frozenset()

    def empty(self) -> Any:
        return {"boolean": False, "rows": []}.get(self.kind, "")


def _choice(codes: str) -> Field:
    return Field("choice", choices=frozenset(codes.split()))


def _numbered(first: int, last: int) -> str:
    return " ".join(f"A{number}" for number in range(first, last + 1))


TEXT = Field("text")
AMOUNT = Field("amount")
COUNT = Field("count")
READ_ONLY = Field("read_only")
_YEARS = ("Year1", "Year2", "Year3", "Year4", "Year5", "Year6Plus")

FIELDS: dict[str, Field] = {
    "EmployeeId": Field("text", longest=15),
    "PersonalIdentityNumber": TEXT,
    "FirstName": TEXT,
    "LastName": TEXT,
    "FullName": Field("read_only"),
    "Address1": TEXT,
    "Address2": TEXT,
    "PostCode": TEXT,
    "City": TEXT,
    "Country": TEXT,
    "Phone1": TEXT,
    "Phone2": TEXT,
    "Email": TEXT,
    "EmploymentDate": Field("date"),
    "EmployedTo": Field("date"),
    "EmploymentForm": _choice("TV PRO TID SVT VIK PRJ PRA FER SES NEJ"),
    "SalaryForm": _choice("MAN TIM"),
    "PersonelType": _choice("TJM ARB"),
    "JobTitle": Field("text", longest=30),
    "ScheduleId": Field("text", longest=10),
    "ForaType": _choice(f"A A3 {_numbered(11, 30)} {_numbered(41, 48)} {_numbered(51, 86)} {_numbered(91, 93)} T T6 -"),
    "MonthlySalary": AMOUNT,
    "HourlyPay": AMOUNT,
    "TaxAllowance": _choice("HUV EXT TMP STU EJ SNK ???"),
    "TaxTable": TEXT,
    "TaxColumn": _choice("1 2 3 4 5 6"),
    "AutoNonRecurringTax": Field("boolean"),
    "NonRecurringTax": AMOUNT,
    "Inactive": Field("boolean"),
    # Only digits, as it is written at the bank; the service validates, its rule and code are not published.
    "ClearingNo": Field("digits", shortest=4, longest=5),
    "BankAccountNo": Field("digits", shortest=6, longest=12),
    "AverageWeeklyHours": AMOUNT,
    "AverageHourlyWage": AMOUNT,
    "DatedWages": Field("rows"),
    "DatedSchedules": Field("rows"),
    "FullTimeEquivalent": COUNT,
    "CostCenter": Field("text"),
    "Project": Field("text"),
    "PayslipType": _choice("pdf digital kivra"),
    "VacationDaysPaid": COUNT,
    "VacationDaysPrepaid": COUNT,
    "VacationDaysUnpaid": COUNT,
    **{f"VacationDays{kind}": READ_ONLY for kind in ("Saved", "PendingPaid", "PendingSaved", "RegisteredPaid")},
    **{f"VacationDaysSaved{year}": READ_ONLY for year in _YEARS},
    "EmployeeChildren": Field("rows"),
    "EmployeeCategories": Field("rows"),
    "OpeningSalaries": Field("rows"),
}

# Kept as text like all else, shown as the numbers that the description says they are.
NUMBERS = frozenset({"TaxColumn", *(name for name, field in FIELDS.items() if field.kind == "count")})

# The published list of valid characters, letters apart. A straight apostrophe is not in it for certain: it is taken.
SIGNS = r"[’\\\u0308\u030a0-9 –:.`´,;^¤#%§£$€¢¥©™°&/()=+\-*_!?²³®½@\u00a0\n\r']"

PATTERNS = {
    "EmployeeId": r"[^/]+",
    "Email": r"[^@\s]+@[^@\s]+\.[^@\s.]+",
    "PersonalIdentityNumber": r"([0-9]{2})?[0-9]{6}[-+]?[0-9]{4}",
}


def clean(name: str, value: Any) -> Any:
    """Return the value as it is kept. Raises ApiError."""
    kind = FIELDS[name].kind
    if value == NO_RIGHT:
        return _refuse(UNPUBLISHED, "Ogiltigt värde.", name)
    if kind == "rows":
        return value if isinstance(value, list) else _refuse(UNPUBLISHED, "Ogiltigt format.", name)
    if kind == "boolean":
        return _boolean(name, value)
    if isinstance(value, bool | list | dict):
        return _refuse(UNPUBLISHED, "Ogiltigt format.", name)
    text = _plain_text(name, str(value))
    readers = {"amount": _number, "count": _number, "date": _date, "choice": _code, "digits": _digits, "text": _text}
    return readers[kind](name, text)


def _refuse(code: int, message: str, name: str) -> Any:
    raise ApiError(code, f"{message} ({name})")


def _plain_text(name: str, text: str) -> str:
    if any(not re.match(SIGNS, character) and unicodedata.category(character)[0] != "L" for character in text):
        raise ApiError(BAD_CHARACTER, f"Innehåller ej tillåtna tecken. ({name})")
    return text


def _boolean(name: str, value: Any) -> Any:
    known = {"true": True, "1": True, "false": False, "0": False}
    if str(value).lower() not in known:
        return _refuse(NOT_BOOLEAN, "Värdet måste vara boolean.", name)
    return known[str(value).lower()]


def _number(name: str, text: str) -> Any:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return _refuse(NOT_NUMERIC, "Värdet måste vara numeriskt.", name)
    if not number.is_finite():
        return _refuse(NOT_NUMERIC, "Värdet måste vara numeriskt.", name)
    return f"{number.normalize():f}"


def _date(name: str, text: str) -> Any:
    try:
        # fromisoformat alone would also take 20240131 and week dates.
        return date.fromisoformat(text).isoformat() if len(text) == len("2024-01-31") else int("no date")
    except ValueError:
        return _refuse(UNPUBLISHED, f"Ogiltigt datum {text}.", name)


def _code(name: str, text: str) -> Any:
    return text if text in FIELDS[name].choices else _refuse(UNPUBLISHED, f"Ogiltigt värde {text}.", name)


def _digits(name: str, text: str) -> Any:
    if not re.fullmatch(r"[0-9]+", text):
        return _refuse(NOT_NUMERIC, "Värdet måste vara numeriskt.", name)
    return _measured(name, text)


def _text(name: str, text: str) -> Any:
    if name in PATTERNS and not re.fullmatch(PATTERNS[name], text):
        return _refuse(UNPUBLISHED, f"Ogiltigt värde {text}.", name)
    return _measured(name, text)


def _measured(name: str, text: str) -> Any:
    field = FIELDS[name]
    if field.longest and not field.shortest <= len(text) <= field.longest:
        return _refuse(UNPUBLISHED, f"Fel längd, tillåtet är {field.shortest}–{field.longest} tecken.", name)
    return text
