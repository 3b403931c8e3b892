"""Swedish clearing and account numbers, by the rules that Bankgirot publishes ("Bankernas kontonummer").

Type 1: the account number has seven digits and a modulus 11 check digit, weighed together with the clearing
number without its first digit (comment 1) or with the whole of it (comment 2).
Type 2: the account number stands alone, with a modulus 10 (comments 1 and 3) or modulus 11 (comment 2) check digit.

The series are Bankgirot's ("Bankernas kontonummer"), with those of the banks' own list (Bankinfrastruktur i Sverige,
"IBAN-ID och BIC-adress för banker", 2023-09-07). Compared number by number with that list and with gocardless/ibandit:
where these have a series, check digit and length are the same here. Of ibandit's, 9090-9099 is left out (ABN Amro, in
no list of the banks any more); 9770-9779 (Intergiro), which the banks' list of 2023 lacks, is taken from it. Look at
both again when a bank is missing.
"""

from dataclasses import dataclass
from enum import Enum, auto

from stdnum import luhn

from employees.values.texts import undivided

MODULUS_11_WEIGHTS = (1, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)


class Check(Enum):
    """How the check digit is reckoned."""

    CLEARING_TAIL_MODULUS_11 = auto()
    CLEARING_MODULUS_11 = auto()
    ACCOUNT_MODULUS_10 = auto()
    ACCOUNT_MODULUS_11 = auto()


@dataclass(frozen=True, slots=True)
class Bank:
    """A series of clearing numbers; lengths are digits of the account number as people write it.

    ``always_checked``: false where accounts exist that fit no check digit.
    """

    name: str
    first: int
    last: int
    check: Check
    shortest: int = 7
    longest: int = 7
    padded: bool = True
    always_checked: bool = True


class InvalidSwedishAccount(ValueError):
    """The numbers cannot be a Swedish bank account; ``reason`` says why."""

    def __init__(self, reason: "Reason") -> None:
        super().__init__(reason.name)
        self.reason = reason


class Reason(Enum):
    CLEARING_NUMBER_FORMAT = auto()
    CLEARING_NUMBER_UNKNOWN = auto()
    CLEARING_NUMBER_CHECK_DIGIT = auto()
    ACCOUNT_NUMBER_LENGTH = auto()
    ACCOUNT_NUMBER_CHECK_DIGIT = auto()


def _type_1(name: str, first: int, last: int, *, comment: int) -> Bank:
    check = Check.CLEARING_TAIL_MODULUS_11 if comment == 1 else Check.CLEARING_MODULUS_11
    return Bank(name, first, last, check)


def _ten_digits(name: str, first: int, last: int, *, shortest: int = 7) -> Bank:
    return Bank(name, first, last, Check.ACCOUNT_MODULUS_10, shortest=shortest, longest=10)


BANKS = (
    _type_1("Nordea", 1100, 1199, comment=1),
    _type_1("Danske Bank", 1200, 1399, comment=1),
    _type_1("Nordea", 1400, 2099, comment=1),
    _type_1("Ålandsbanken", 2300, 2399, comment=2),
    _type_1("Danske Bank", 2400, 2499, comment=1),
    _type_1("Nordea", 3000, 3299, comment=1),
    _ten_digits("Nordea", 3300, 3300, shortest=10),
    _type_1("Nordea", 3301, 3399, comment=1),
    _type_1("Länsförsäkringar Bank", 3400, 3409, comment=1),
    _type_1("Nordea", 3410, 3781, comment=1),
    _ten_digits("Nordea", 3782, 3782, shortest=10),
    _type_1("Nordea", 3783, 3999, comment=1),
    _type_1("Nordea", 4000, 4999, comment=2),
    _type_1("SEB", 5000, 5999, comment=1),
    Bank("Handelsbanken", 6000, 6999, Check.ACCOUNT_MODULUS_11, shortest=8, longest=9),
    _type_1("Swedbank", 7000, 7999, comment=1),
    # Old accounts of the savings banks have no check digit, and nothing tells them from the others (comment 3).
    Bank("Swedbank", 8000, 8999, Check.ACCOUNT_MODULUS_10, shortest=6, longest=10, always_checked=False),
    _type_1("Länsförsäkringar Bank", 9020, 9029, comment=2),
    _type_1("Citibank", 9040, 9049, comment=2),
    _type_1("Länsförsäkringar Bank", 9060, 9069, comment=1),
    _type_1("Multitude Bank", 9070, 9079, comment=1),
    _type_1("Nordnet Bank", 9100, 9109, comment=2),
    _type_1("SEB", 9120, 9124, comment=1),
    _type_1("SEB", 9130, 9149, comment=1),
    _type_1("Skandiabanken", 9150, 9169, comment=2),
    _type_1("Ikano Bank", 9170, 9179, comment=1),
    _ten_digits("Danske Bank", 9180, 9189),
    _type_1("DNB Bank", 9190, 9199, comment=2),
    _type_1("Marginalen Bank", 9230, 9239, comment=1),
    _type_1("SBAB", 9250, 9259, comment=1),
    _type_1("DNB Bank", 9260, 9269, comment=2),
    _type_1("ICA Banken", 9270, 9279, comment=1),
    _type_1("Resurs Bank", 9280, 9289, comment=1),
    _ten_digits("Swedbank", 9300, 9349),
    _type_1("Landshypotek", 9390, 9399, comment=2),
    _type_1("Forex Bank", 9400, 9449, comment=1),
    _type_1("Santander Consumer Bank", 9460, 9469, comment=1),
    _type_1("BNP Paribas", 9470, 9479, comment=2),
    Bank("Nordea Plusgirot", 9500, 9549, Check.ACCOUNT_MODULUS_10, shortest=2, longest=10, padded=False),
    _type_1("Avanza Bank", 9550, 9569, comment=2),
    _ten_digits("Sparbanken Syd", 9570, 9579),
    _type_1("Aion Bank", 9580, 9589, comment=1),
    _type_1("Erik Penser Bank", 9590, 9599, comment=2),
    _type_1("Lån & Spar Bank", 9630, 9639, comment=1),
    _type_1("NOBA Bank", 9640, 9649, comment=2),
    _type_1("MedMera Bank", 9650, 9659, comment=2),
    _type_1("Svea Bank", 9660, 9669, comment=2),
    _type_1("JAK Medlemsbank", 9670, 9679, comment=2),
    _type_1("Bluestep Bank", 9680, 9689, comment=1),
    _type_1("Ekobanken", 9700, 9709, comment=2),
    _type_1("Lunar Bank", 9710, 9719, comment=2),
    _type_1("Northmill Bank", 9750, 9759, comment=2),
    _type_1("Intergiro", 9770, 9779, comment=1),
    _type_1("Klarna Bank", 9780, 9789, comment=2),
    _type_1("Riksgälden", 9880, 9889, comment=2),
    _ten_digits("Riksgälden", 9890, 9899),
    Bank("Nordea Plusgirot", 9960, 9969, Check.ACCOUNT_MODULUS_10, shortest=2, longest=10, padded=False),
)


def find_bank(clearing_number: str) -> Bank:
    """Return the bank of four digits, or of Swedbank's five (8xxx-x). Raises InvalidSwedishAccount."""
    if not (clearing_number.isascii() and clearing_number.isdigit()) or len(clearing_number) not in (4, 5):
        raise InvalidSwedishAccount(Reason.CLEARING_NUMBER_FORMAT)
    if len(clearing_number) == 5:
        if not clearing_number.startswith("8"):
            raise InvalidSwedishAccount(Reason.CLEARING_NUMBER_FORMAT)
        if not luhn.is_valid(clearing_number):
            raise InvalidSwedishAccount(Reason.CLEARING_NUMBER_CHECK_DIGIT)
    series = int(clearing_number[:4])
    bank = next((bank for bank in BANKS if bank.first <= series <= bank.last), None)
    if bank is None:
        raise InvalidSwedishAccount(Reason.CLEARING_NUMBER_UNKNOWN)
    return bank


def clean_swedish_account(*, clearing_number: str, account_number: str) -> tuple[str, str]:
    """Return both numbers as digits, the account number filled with zeros to its bank's length (not for Plusgirot).

    Raises InvalidSwedishAccount (FX-09). Where a bank has accounts without a check digit, one that fits none is taken:
    it has to be asked about (`has_check_digit`, D-06).
    """
    clearing_number, account_number = undivided(clearing_number), undivided(account_number)
    bank = find_bank(clearing_number)
    surplus = max(len(account_number) - bank.longest, 0)
    significant = account_number[surplus:] if set(account_number[:surplus]) <= {"0"} else account_number
    if not (significant.isascii() and significant.isdigit()) or not bank.shortest <= len(significant) <= bank.longest:
        raise InvalidSwedishAccount(Reason.ACCOUNT_NUMBER_LENGTH)
    filled = significant.zfill(bank.longest)
    if int(filled) == 0 or (bank.always_checked and not _check_digit_is_right(bank, clearing_number[:4], filled)):
        raise InvalidSwedishAccount(Reason.ACCOUNT_NUMBER_CHECK_DIGIT)
    return clearing_number, filled if bank.padded else significant.lstrip("0")


def has_check_digit(*, clearing_number: str, account_number: str) -> bool:
    """Whether the account (as `clean_swedish_account` returns it) fits its bank's check digit."""
    bank = find_bank(clearing_number)
    return _check_digit_is_right(bank, clearing_number[:4], account_number.zfill(bank.longest))


def _check_digit_is_right(bank: Bank, clearing_number: str, account_number: str) -> bool:
    if bank.check is Check.ACCOUNT_MODULUS_10:
        return bool(luhn.is_valid(account_number))
    if bank.check is Check.ACCOUNT_MODULUS_11:
        return _is_modulus_11(account_number)
    if bank.check is Check.CLEARING_TAIL_MODULUS_11:
        return _is_modulus_11(clearing_number[1:] + account_number)
    return _is_modulus_11(clearing_number + account_number)


def _is_modulus_11(digits: str) -> bool:
    weights = MODULUS_11_WEIGHTS[len(MODULUS_11_WEIGHTS) - len(digits) :]
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0
