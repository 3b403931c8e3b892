"""Fortnox's employees to record values and back; pure functions, no vendor JSON goes further in."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from employees.values.contacts import clean_phone
from employees.values.countries import country_code
from employees.values.dates import read_day
from employees.values.national_ids import birth_date_of
from employees.values.postal_codes import clean_postal_code
from employees.values.swedish_bank_accounts import InvalidSwedishAccount, clean_swedish_account
from employees.values.texts import canonical, canonical_identifier, undivided
from integrations.core.clues import national_id_clue, person_clue
from integrations.core.declare import NOTHING, Record, Resource, Text
from integrations.core.kinds import DATE, UNKNOWN, Address, BankAccount, as_written
from integrations.core.reading import objects_of, text_of
from integrations.fortnox.countries import country_name
from integrations.fortnox.street_lines import FIRST, SECOND, STREET_IN, options_of, street_line
from integrations.fortnox.unconfirmed import COUNTRY_LANGUAGE, DATES_IN

# Written to clear a field; null and "" change nothing.
BLANK: Final = "API_BLANK"
# Read where the connected user may not see the value.
NO_RIGHT: Final = "API_NORIGHT"
TEXTS: Final = {"work_email": "Email", "given_name": "FirstName", "family_name": "LastName"}
DATES: Final = {"first_workday": "EmploymentDate", "last_workday": "EmployedTo"}
ADDRESS_PARTS: Final = (FIRST, SECOND, "PostCode", "City", "Country")
# What people call the properties, where one cannot be read.
WORDS: Final[Mapping[str, Text]] = {
    "EmployeeId": _("the employment ID"),
    "FirstName": _("the given name"),
    "LastName": _("the family name"),
    "Email": _("the e-mail address"),
    "Phone1": _("the phone number"),
    **dict.fromkeys(ADDRESS_PARTS, _("the address")),
    "ClearingNo": _("the bank account"),
    "BankAccountNo": _("the bank account"),
    "EmploymentDate": _("the employment date"),
    "EmployedTo": _("the last day of the employment"),
    "Inactive": _("whether the person is active"),
    "PersonalIdentityNumber": _("the personal identity number"),
    "ScheduleId": _("the working-time schedule"),
    "DatedSchedules": _("the working-time schedules by date"),
}
# In a record's ``seen``: the ID of the schedule in force, None without one, UNKNOWN where it is not shown to us.
SCHEDULE: Final = "schedule"


def record_from_employee(
    body: Mapping[str, Any], *, resource: Resource, country: str, today: date, known: Mapping[str, Any] = NOTHING
) -> Record:
    """Return the record of an ``Employee`` as Fortnox gives it; raises whatever it may where that cannot be read.

    ``country`` (ISO 3166 alpha-2) is the one in which phones and blank countries are read, ``today`` the date in
    the connection's zone. ``known`` are the options of the record's link.
    """
    employee_id = text_of(body["EmployeeId"])
    values: dict[str, Any] = {
        "employment_id": canonical_identifier(employee_id) or None,
        "phone": read_phone(body, country=country),
        "address": read_address(body, country=country, known=known),
        "bank_account": read_bank_account(body),
        **{name: read_text(body, theirs) for name, theirs in TEXTS.items()},
        **{name: read_date(body, theirs) for name, theirs in DATES.items()},
    }
    names = [value for value in (values["given_name"], values["family_name"]) if isinstance(value, str)]
    return Record(
        id=employee_id,
        values=tuple(values[field.name] for field in resource.fields),
        label=" ".join(names) or employee_id,
        active=is_active(body, today=today),
        clues=read_clues(body, names=names, country=country, today=today),
        options=read_options(body, known=known),
        seen={SCHEDULE: read_schedule(body, today=today)},
    )


def read_text(body: Mapping[str, Any], name: str) -> Any:
    """Return a canonical text (numbers come as either), None when empty, UNKNOWN when not shown to us.

    Raises TypeError for what is neither.
    """
    if name not in body:
        return UNKNOWN
    text = canonical(text_of(body[name]))
    return UNKNOWN if text == NO_RIGHT else text or None


def read_date(body: Mapping[str, Any], name: str) -> Any:
    """Return the day; a text that is none stays as it is, for the hub's check to refuse with its reason."""
    text = read_text(body, name)
    if not isinstance(text, str):
        return text
    try:
        return read_day(text, zone=DATES_IN)
    except ValueError:
        return text


def read_phone(body: Mapping[str, Any], *, country: str) -> Any:
    """Return E.164; a text that is no number stays as it is, for the hub's check to refuse with its reason."""
    text = read_text(body, "Phone1")
    if not isinstance(text, str):
        return text
    try:
        return clean_phone(text, country)
    except ValidationError:
        return text


def read_address(body: Mapping[str, Any], *, country: str, known: Mapping[str, Any] = NOTHING) -> Any:
    """Return the whole address, UNKNOWN where a part is; a country alone, or a line without the street, is none."""
    parts = {name: read_text(body, name) for name in ADDRESS_PARTS}
    if UNKNOWN in parts.values():
        return UNKNOWN
    street = parts.get(street_line(parts[FIRST] or "", parts[SECOND] or "", known=known))
    if not (street or parts["PostCode"] or parts["City"]):
        return None
    code = country_code(parts["Country"]) or parts["Country"] if parts["Country"] else country
    return Address(street or "", _postal_code(parts["PostCode"] or "", code), parts["City"] or "", code)


def _postal_code(text: str, country: str) -> str:
    try:
        return clean_postal_code(text, country)
    except ValidationError:
        return "".join(text.split())


def read_options(body: Mapping[str, Any], *, known: Mapping[str, Any] = NOTHING) -> Mapping[str, Any]:
    """Return where the street stands, and whether something stands in the other line (FX-20)."""
    first, second = read_text(body, FIRST), read_text(body, SECOND)
    if first is UNKNOWN or second is UNKNOWN:
        return known
    return options_of(first or "", second or "", street_in=street_line(first or "", second or "", known=known))


def read_schedule(body: Mapping[str, Any], *, today: date) -> Any:
    """Return the ID of the working-time schedule in force, None without one, UNKNOWN when not shown to us."""
    current, dated = read_text(body, "ScheduleId"), body.get("DatedSchedules")
    if isinstance(current, str) or not dated:
        return current
    if dated == NO_RIGHT:
        return UNKNOWN
    begun = {day: row for row in objects_of(dated) if (day := _first_day(row)) is UNKNOWN or day <= today}
    if UNKNOWN in begun:
        return UNKNOWN
    return read_text(begun[max(begun)], "ScheduleId") if begun else None


def _first_day(row: Mapping[str, Any]) -> Any:
    """Return the day from which a dated row holds, UNKNOWN when not shown to us; raises ValueError without one."""
    text = read_text(row, "FirstDay")
    return text if text is UNKNOWN and "FirstDay" in row else read_day(text_of(text), zone=DATES_IN)


def read_bank_account(body: Mapping[str, Any]) -> Any:
    clearing_number, account_number = read_text(body, "ClearingNo"), read_text(body, "BankAccountNo")
    if UNKNOWN in (clearing_number, account_number):
        return UNKNOWN
    if clearing_number is None and account_number is None:
        return None
    try:
        numbers = clean_swedish_account(clearing_number=clearing_number or "", account_number=account_number or "")
    except InvalidSwedishAccount:
        numbers = (undivided(clearing_number or ""), undivided(account_number or ""))
    return BankAccount("SE", *numbers)


def is_active(body: Mapping[str, Any], *, today: date) -> bool:
    last_workday = read_date(body, "EmployedTo")
    ended = isinstance(last_workday, date) and last_workday < today
    inactive = body.get("Inactive")
    return not ended and inactive is not True and text_of(inactive or None).lower() not in ("true", "1")


def read_clues(body: Mapping[str, Any], *, names: list[str], country: str, today: date) -> tuple[str, ...]:
    """Return none or two clues, an unknown one empty: the comparison counts on it."""
    number = read_text(body, "PersonalIdentityNumber")
    if not isinstance(number, str):
        return ()
    given_name, family_name = names if len(names) == 2 else ("", "")
    clues = (
        national_id_clue(country, number) or "",
        person_clue(given_name, family_name, birth_date_of(number, "SE", today=today)) or "",
    )
    return clues if any(clues) else ()


def body_from_values(values: Mapping[str, Any], *, options: Mapping[str, Any] = NOTHING) -> dict[str, str]:
    """Return the inside of an ``Employee`` with the given values only: None clears, UNKNOWN is never sent.

    ``options`` are those of the link. An employment ID is never in it: Fortnox assigns it (FX-07).
    """
    body: dict[str, str] = {}
    for name, held in values.items():
        if held is UNKNOWN or name == "employment_id":
            continue
        value = as_written(held)
        if name == "address":
            body.update(write_address(value, street_in=options.get(STREET_IN, FIRST)))
        elif name == "bank_account":
            body.update(write_bank_account(value))
        elif name == "phone":
            body["Phone1"] = value or BLANK
        elif name in DATES:
            body[DATES[name]] = DATE.show(value) if value else BLANK
        else:
            body[TEXTS[name]] = value or BLANK
    return body


def write_address(value: Address | None, *, street_in: str) -> dict[str, str]:
    """Return the address's parts, the street where it stood; the other line is left alone."""
    address = value or Address()
    parts = {
        street_in: address.street,
        "PostCode": address.postal_code,
        "City": address.city,
        "Country": country_name(address.country, language=COUNTRY_LANGUAGE),
    }
    return {name: part or BLANK for name, part in parts.items()}


def write_bank_account(value: BankAccount | None) -> dict[str, str]:
    account = value or BankAccount()
    return {"ClearingNo": account.clearing_number or BLANK, "BankAccountNo": account.account_number or BLANK}
