"""What stays of a bank account when some of its numbers are replaced: never another account's (D-05)."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, replace

from django.core.exceptions import ValidationError

from employees.values.bank_accounts import BankAccountNumbers, bank_account_key, clean_iban, clean_national_number
from employees.values.countries import clean_country
from employees.values.ibans import bic_fits, is_same_account, is_same_bank
from employees.values.texts import undivided

_NATIONAL = ("clearing_number", "account_number")
_ALL = (*_NATIONAL, "iban", "bic")


def without_leftovers(
    account: BankAccountNumbers, *, stored: BankAccountNumbers, brought: Collection[str]
) -> BankAccountNumbers:
    """Return the account without what belongs to the one that was stored before.

    ``account`` is the stored one with the ``brought`` fields in their places, in whatever writing; what was brought
    stays as it is. A national number and an IBAN that agree stay together, and a BIC stays while its bank does.
    """
    if not (stored.account_number or stored.iban) or {"country", *_ALL} <= {*brought}:
        return account
    account = _without_other_country(account, stored, brought)
    account = _without_other_half(account, stored, brought)
    try:
        new = _canonical(account)
    except ValidationError:
        # It is refused, whatever else stands in it.
        return account
    if bank_account_key(new) == bank_account_key(stored):
        return account
    leftovers = _contradicted(new, brought)
    if not _is_bic_of(_cleared(new, leftovers), stored):
        leftovers = [*leftovers, "bic"]
    return _cleared(account, [name for name in leftovers if name not in brought])


def _cleared(account: BankAccountNumbers, names: Iterable[str]) -> BankAccountNumbers:
    return replace(account, **dict.fromkeys(names, ""))


def _without_other_country(
    account: BankAccountNumbers, stored: BankAccountNumbers, brought: Collection[str]
) -> BankAccountNumbers:
    moved = undivided(account.country).upper() != stored.country
    is_given = any(getattr(account, name) for name in ("account_number", "iban") if name in brought)
    return _cleared(account, [name for name in _ALL if name not in brought]) if moved and is_given else account


def _without_other_half(
    account: BankAccountNumbers, stored: BankAccountNumbers, brought: Collection[str]
) -> BankAccountNumbers:
    """A clearing number without its account number, or the other way round, is half of another account."""
    for name, other in (_NATIONAL, _NATIONAL[::-1]):
        if name in brought and other not in brought and _is_replaced(name, account, stored):
            return _cleared(account, [other])
    return account


def _is_replaced(name: str, account: BankAccountNumbers, stored: BankAccountNumbers) -> bool:
    new, old = undivided(getattr(account, name)).upper(), getattr(stored, name)
    if name == "account_number":
        return bool(old) and new.lstrip("0") != old.lstrip("0")
    if stored.country == "SE":
        # Swedbank's fifth digit adds nothing.
        new, old = new[:4], old[:4]
    return bool(new and old) and new != old


def _canonical(account: BankAccountNumbers) -> BankAccountNumbers:
    country = clean_country(account.country)
    clearing_number, account_number = clean_national_number(country, account.clearing_number, account.account_number)
    return BankAccountNumbers(country, clearing_number, account_number, clean_iban(account.iban), account.bic)


def _contradicted(new: BankAccountNumbers, brought: Collection[str]) -> list[str]:
    """Return the fields that stand beside another account's number, and were not brought with it."""
    if not new.iban or not new.account_number:
        return []
    if is_same_account(new.iban, clearing_number=new.clearing_number, account_number=new.account_number):
        return []
    return ["iban"] if "iban" not in brought else [name for name in _NATIONAL if not {*_NATIONAL} & {*brought}]


def _is_bic_of(new: BankAccountNumbers, stored: BankAccountNumbers) -> bool:
    if new.iban and stored.iban:
        return is_same_bank(new.iban, stored.iban)
    if {new.iban, new.account_number} & ({stored.iban, stored.account_number} - {""}):
        return True
    account = {name: value for name, value in asdict(new).items() if name != "bic"}
    return bool(stored.bic and bic_fits(stored.bic, **account))
