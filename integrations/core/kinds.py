"""The kinds of value that are kept in step, and how each is compared, stored and shown (pure).

A value is *present* (a ``str``, ``date``, :class:`Address` or :class:`BankAccount`), *empty* (``None``)
or :data:`UNKNOWN` (no right to see it, not listed). Unknown never differs from anything.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from employees.masking import HIDDEN_WHOLE, mask_bank_account, mask_iban
from employees.values.contacts import email_key, phone_key
from employees.values.postal_codes import postal_code_key
from employees.values.texts import canonical, folded_key, identifier_key, text_key


class _Unknown(enum.Enum):
    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown.UNKNOWN


class Address(NamedTuple):
    """An address without its second street line, decided whole; country as ISO 3166 alpha-2."""

    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""


class BankAccount(NamedTuple):
    """A bank account, decided and sent whole: a national number, an IBAN, or both."""

    country: str = ""
    clearing_number: str = ""
    account_number: str = ""
    iban: str = ""
    bic: str = ""


Json = str | list[str] | None


def as_written(value: Any) -> Any:
    """Return a value as it is written to a vendor: its texts canonical, whatever the hub still holds (D-01)."""
    if isinstance(value, Address):
        return Address(*map(canonical, value))
    if isinstance(value, BankAccount):
        return BankAccount(*map(canonical, value))
    return canonical(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """How the values of one kind behave; ``normalise`` takes a present value and returns what is compared.

    ``parts`` are the positions, as stored, of what may be edited apart from the rest; without them the value is one.
    ``mask`` shows a sensitive value to whoever may not see it: of most kinds that there is one.
    """

    name: str
    normalise: Callable[[Any], Any]
    to_json: Callable[[Any], Json]
    from_json: Callable[[Any], Any]
    show: Callable[[Any], str]
    mask: Callable[[Any], str] = lambda _value: HIDDEN_WHOLE
    parts: tuple[tuple[int, ...], ...] = ()


def _identity(value: Any) -> Any:
    return value


def _day_text(value: Any) -> str:
    """Return a day as ISO; a vendor's text that is no day stays as it is, for the hub's check to refuse (D-02)."""
    return value.isoformat() if isinstance(value, date) else str(value)


def _day(text: str) -> Any:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _code_key(value: str) -> str:
    return "".join(identifier_key(value).split())


def _address_key(value: Address) -> Address:
    return Address(
        folded_key(value.street),
        postal_code_key(value.postal_code),
        folded_key(value.city),
        value.country.upper(),
    )


def _digits(value: str) -> str:
    # Mostly nothing has to go: asking first spares a loop over the characters.
    if not value or value.isalnum():
        return value.upper()
    return "".join(character for character in value if character.isalnum()).upper()


def _bank_account_key(value: BankAccount) -> BankAccount:
    # A national number is written with or without spaces and hyphens; leading zeros are part of it.
    return BankAccount(*(_digits(part) for part in value))


def _show_address(value: Address) -> str:
    return ", ".join(
        part for part in (value.street, f"{value.postal_code} {value.city}".strip(), value.country) if part
    )


def _show_bank_account(value: BankAccount) -> str:
    national = "-".join(part for part in (value.clearing_number, value.account_number) if part)
    return " / ".join(part for part in (national, value.iban, value.bic) if part)


TEXT: Final = Kind("text", text_key, _identity, _identity, str)
EMAIL: Final = Kind("email", email_key, _identity, _identity, str)
PHONE: Final = Kind("phone", phone_key, _identity, _identity, str)
CODE: Final = Kind("code", _code_key, _identity, _identity, str)
DATE: Final = Kind("date", _identity, _day_text, _day, _day_text)
# A postal code is written in the manner of its country: the two are one part, so that neither is put to a strange one.
# An account's numbers name one account together: it has no parts.
ADDRESS: Final = Kind(
    "address", _address_key, list, lambda parts: Address(*parts), _show_address, parts=((0,), (1, 3), (2,))
)
BANK_ACCOUNT: Final = Kind(
    "bank_account",
    _bank_account_key,
    list,
    lambda parts: BankAccount(*parts),
    _show_bank_account,
    mask=lambda value: mask_bank_account(value.account_number) or mask_iban(value.iban) or HIDDEN_WHOLE,
)
