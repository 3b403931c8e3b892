"""Whether an IBAN and a national account number are one account's, and which banks' BICs fit them (D-05)."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from schwifty import BIC, IBAN
from schwifty.domain import Component
from schwifty.exceptions import SchwiftyException

from employees.values.swedish_bank_accounts import InvalidSwedishAccount
from employees.values.swedish_ibans import iban_id_of, is_same_swedish_account

# Longer numbers are converted by rules of each bank, some of which change them.
_LONGEST_CONVERTED: Final = {"GB": 8, "IE": 8}
# What the IBAN has behind a number that people write without it: a German sub-account, the last of three Hungarian
# groups.
_LEFT_OFF: Final = {"DE": "00", "HU": "00000000"}
# Whose account numbers have a prefix, which is a part of them.
_PREFIXED: Final = frozenset({"CZ", "SK"})
# PostFinance: 25-9034-2 is 25 009034 2 in the IBAN.
_SWISS_POST: Final = "09000"
# Danske Bank writes this in every IBAN, whatever branch the account is at
# (danskebank.com, "International Bank Account Number").
DANSKE_BANK: Final = "3000"
# Banks in these places have a country code of their own in the BIC, and IBANs of the country behind.
_TERRITORIES: Final[Mapping[str, frozenset[str]]] = {
    "FI": frozenset({"AX"}),
    "FR": frozenset({"BL", "GF", "GP", "MC", "MF", "MQ", "NC", "PF", "PM", "RE", "WF", "YT"}),
    "GB": frozenset({"GG", "IM", "JE"}),
    "NO": frozenset({"SJ"}),
}
# Bank and country of BICs that the library's registry does not have: of newer Swedish IBAN-IDs.
_NEWER_BICS: Final = {("SE", "971"): frozenset({"LUNADK"}), ("SE", "977"): frozenset({"FTCSSE"})}


def is_same_account(iban: str, *, clearing_number: str, account_number: str) -> bool | None:
    """Return whether an IBAN is of a national account number of its country, all canonical; None where nobody can say.

    False only where it certainly is another account's.
    """
    rule = _RULES.get(iban[:2], _is_whole_account)
    try:
        return rule(iban, clearing_number, account_number)
    except InvalidSwedishAccount:
        return None


def _is_swedish(iban: str, clearing_number: str, account_number: str) -> bool | None:
    return is_same_swedish_account(iban, clearing_number=clearing_number, account_number=account_number)


def _is_norwegian(iban: str, _clearing_number: str, account_number: str) -> bool:
    return iban[4:] == account_number


def _is_danish(iban: str, clearing_number: str, account_number: str) -> bool:
    """The account's ten digits are the IBAN's; the registration number need not be: see `DANSKE_BANK`."""
    alone = account_number if len(account_number) <= 10 else account_number[4:]
    return alone.zfill(10) == iban[8:] or account_number[-10:] == iban[8:]


def _is_finnish(iban: str, clearing_number: str, account_number: str) -> bool:
    """Fourteen digits; those of the older writing (123456-785) are filled with zeros after the sixth or the seventh."""
    for number in (account_number, clearing_number + account_number):
        if iban[4:] in {number, *(number[:start] + number[start:].zfill(14 - start) for start in (6, 7))}:
            return True
    return False


def _is_dutch(iban: str, _clearing_number: str, account_number: str) -> bool:
    return account_number.removeprefix(iban[4:8]).zfill(10) == iban[8:]


def _is_whole_account(iban: str, _clearing_number: str, account_number: str) -> bool | None:
    """Whether the number is the IBAN's whole account part, with or without its other parts before and behind it.

    Zeros before each part make no difference: CZ 19-2000145399 is 000019 2000145399.
    """
    country = iban[:2]
    if len(account_number) > _LONGEST_CONVERTED.get(country, len(iban)):
        return None
    parts, account = _parts(iban)
    if not account:
        return None
    numbers = {account_number, account_number + _LEFT_OFF.get(country, "")}
    first = account
    if country in _PREFIXED:
        first = 1
        # The bank stands behind the number: 19-2000145399/0800.
        numbers.add(account_number.removesuffix(parts[0]))
    if country in ("CH", "LI") and parts[0] == _SWISS_POST:
        numbers.add(account_number[:2] + account_number[2:-1].zfill(6) + account_number[-1:])
    written = re.compile(_written(parts, first, account))
    # Poland's own numbers begin with the check digits of the IBAN.
    return account_number == iban[2:] or any(written.fullmatch(number) for number in numbers)


def _parts(iban: str) -> tuple[list[str], int]:
    """Return the parts of a BBAN in their order, and which of them is the account; 0 where that is not known."""
    whole = IBAN(iban, allow_invalid=True)
    bban = iban[4:]
    account = whole.spec.positions[Component.ACCOUNT_CODE]
    if account.start >= account.end:
        return [bban], 0
    inside = range(account.start + 1, account.end)
    cuts = {0, len(bban)}.union(*({each.start, each.end} for each in whole.spec.positions.values()))
    places = sorted(cuts.difference(inside))
    return [bban[one:other] for one, other in pairwise(places)], places.index(account.start)


def _written(parts: Sequence[str], first: int, account: int) -> str:
    """Return the pattern of the account's parts, with those around them as far as they are written."""
    plain = [f"0*{re.escape(part.lstrip('0'))}" for part in parts]
    before, behind = "", ""
    for part in plain[:first]:
        before = f"(?:{before}{part})?"
    for part in reversed(plain[account + 1 :]):
        behind = f"(?:{part}{behind})?"
    return "".join([before, *plain[first : account + 1], behind])


_RULES: Final[Mapping[str, Callable[[str, str, str], bool | None]]] = {
    "SE": _is_swedish,
    "NO": _is_norwegian,
    "DK": _is_danish,
    "FO": _is_danish,
    "GL": _is_danish,
    "FI": _is_finnish,
    "NL": _is_dutch,
}


def names_another_branch(iban: str, clearing_number: str) -> bool:
    """Whether a clearing, sort or registration number is none that the IBAN names: right after mergers of banks."""
    if iban[:2] in ("SE", "NO") or (iban[:2] == "DK" and iban[4:8] == DANSKE_BANK):
        return False
    if iban[:2] == "FI":
        return not iban[4:].startswith(clearing_number)
    parts, account = _parts(iban)
    runs = ["".join(parts[start:end]) for start in range(account) for end in range(start + 1, account + 1)]
    return bool(runs) and clearing_number.lstrip("0") not in {run.lstrip("0") for run in runs}


def bic_fits(bic: str, *, country: str, clearing_number: str, account_number: str, iban: str) -> bool | None:
    """Return whether the BIC is the account's bank's; None where the bank is not known, but the country is right."""
    behind = iban[:2] or country
    bank, place = bic[:4], behind if bic[4:6] in _TERRITORIES.get(behind, ()) else bic[4:6]
    known = _bics_of_bank(country, iban, clearing_number, account_number)
    if known:
        return bank + place in known
    return None if place == behind else False


def is_same_bank(iban: str, other: str) -> bool:
    """Whether two IBANs name one bank."""
    return iban[:2] == other[:2] and bool(_bank_code(iban)) and _bank_code(iban) == _bank_code(other)


def _bics_of_bank(country: str, iban: str, clearing_number: str, account_number: str) -> frozenset[str]:
    """Return bank and country (six letters) of the BICs that are known of the account's bank."""
    code = _bank_code(iban) if iban else _national_bank_code(country, clearing_number, account_number)
    if newer := _NEWER_BICS.get((country, code)):
        return newer
    try:
        return frozenset(str(bic)[:6] for bic in BIC.candidates_from_bank_code(country, code))
    except SchwiftyException:
        return frozenset()


def _national_bank_code(country: str, clearing_number: str, account_number: str) -> str:
    if country == "SE" and clearing_number:
        try:
            return iban_id_of(clearing_number)
        except InvalidSwedishAccount:
            return ""
    return account_number[:4] if country == "NO" else ""


def _bank_code(iban: str) -> str:
    return str(IBAN(iban, allow_invalid=True).bank_code or "")
