"""The e-mail address and the phone number that belong to work, among a person's others (VP-04; pure)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError

from employees.values.contacts import clean_phone
from employees.values.texts import canonical
from integrations.core.reading import objects_of, text_of
from integrations.visma_payroll.unconfirmed import BUSINESS

Contact = Mapping[str, Any]
COUNTRY, COUNTRY_PREFIX = "NO", "+47"
# Visma's model has the number as an int of 32 bits.
LARGEST_NUMBER: Final = 2**31 - 1


def read_contact(contacts: Sequence[Contact] | None, *, part: str) -> str | None:
    """Return the business one's ``part``, the first of several; raises TypeError where they are no contacts."""
    found = objects_of(contacts)
    place = _business(found)
    return None if place is None else canonical(text_of(found[place].get(part))) or None


def write_contact(contacts: Sequence[Contact] | None, *, part: str, value: Any) -> list[dict[str, Any]]:
    """Return the contacts with another business one (the first of several); all others stay.

    None removes every business one: a second would take the place of the first.
    """
    written = [dict(contact) for contact in contacts or ()]
    if value is None:
        return [contact for contact in written if not _is_business(contact)]
    place = _business(written)
    if place is None:
        return [*written, {"type": _spelling(written), part: value}]
    written[place][part] = value
    return written


def write_phone(phones: Sequence[Contact] | None, value: str | None) -> list[dict[str, Any]]:
    """Return the phones with another business one (E.164), as a number or a text as Visma's own are."""
    if value is None:
        return write_contact(phones, part="number", value=None)
    if any(isinstance(phone.get("number"), str) for phone in phones or ()):
        return write_contact(phones, part="number", value=value)
    return write_contact(phones, part="number", value=phone_as_number(value))


def read_phone(text: str | None) -> str | None:
    """Return E.164; a text that is no number stays as it is, for the hub's check to refuse with its reason."""
    if text is None:
        return None
    # A number of another country comes without its plus sign.
    for written in (text, f"+{text}"):
        try:
            return clean_phone(written, COUNTRY)
        except ValidationError:
            continue
    return text


def phone_as_number(value: str) -> int:
    """A number has no plus sign: a Norwegian one is written without its country, as people do."""
    return int(value.removeprefix(COUNTRY_PREFIX).lstrip("+"))


def keeps_phone(value: str) -> bool:
    """Whether a phone (E.164) that is written as a number reads back as the same one (VP-13)."""
    try:
        number = phone_as_number(value)
    except ValueError:
        return False
    return number <= LARGEST_NUMBER and read_phone(str(number)) == value


def _business(contacts: Sequence[Contact]) -> int | None:
    return next((place for place, contact in enumerate(contacts) if _is_business(contact)), None)


def _is_business(contact: Contact) -> bool:
    return text_of(contact.get("type")).casefold() == BUSINESS.casefold()


def _spelling(contacts: Sequence[Contact]) -> str:
    """Visma's other contacts show whether kinds begin with a capital."""
    kinds = [str(contact["type"]) for contact in contacts if contact.get("type")]
    if kinds and all(kind.islower() for kind in kinds):
        return BUSINESS.lower()
    return BUSINESS.upper() if kinds and all(kind.isupper() for kind in kinds) else BUSINESS
