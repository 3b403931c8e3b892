"""How Swedish banks write an account number in an IBAN.

SE, two check digits, the bank's IBAN-ID (three digits) and seventeen digits for the account, filled with zeros from
the left. By Bankinfrastruktur i Sverige ("IBAN och svenskt nationellt kontonummer") a bank writes either the clearing
number and the account number, or the account number alone (Handelsbanken, Nordea's personal accounts, Plusgirot and
other accounts of type 2), or Swedbank's five digits of an 8xxx clearing number and ten digits of the account.
Which of them it is does not have to be known: an IBAN that ends with none of them is another account's.
"""

from typing import Final

from stdnum import luhn

from employees.values.swedish_bank_accounts import find_bank

# By the banks' names in `BANKS`; the first is the usual one. From "IBAN-ID och BIC-adress för banker" (2023-09-07),
# beside it those of banks that were taken over and of other series of the same bank (gocardless/ibandit's table).
IBAN_IDS: Final = {
    "Aion Bank": ("958",),
    "Avanza Bank": ("955",),
    "Bluestep Bank": ("968",),
    "BNP Paribas": ("947",),
    "Citibank": ("904",),
    "Danske Bank": ("120", "918"),
    "DNB Bank": ("919", "926"),
    "Ekobanken": ("970",),
    "Erik Penser Bank": ("959",),
    "Forex Bank": ("940",),
    "Handelsbanken": ("600",),
    "ICA Banken": ("927",),
    "Ikano Bank": ("917",),
    "Intergiro": ("977",),
    "JAK Medlemsbank": ("967",),
    "Klarna Bank": ("978",),
    "Landshypotek": ("939",),
    "Lunar Bank": ("971",),
    "Lån & Spar Bank": ("963",),
    "Länsförsäkringar Bank": ("902", "906"),
    "Marginalen Bank": ("923",),
    "MedMera Bank": ("965",),
    "Multitude Bank": ("907",),
    "NOBA Bank": ("964",),
    "Nordea": ("300", "950"),
    "Nordea Plusgirot": ("950", "300", "996"),
    "Nordnet Bank": ("910",),
    "Northmill Bank": ("975",),
    "Resurs Bank": ("928",),
    "Riksgälden": ("988", "989"),
    "Santander Consumer Bank": ("946", "945"),
    "SBAB": ("925",),
    "SEB": ("500", "912", "913"),
    "Skandiabanken": ("915",),
    "Sparbanken Syd": ("957",),
    "Svea Bank": ("966",),
    "Swedbank": ("800", "930", "933"),
    "Ålandsbanken": ("230",),
}
_KNOWN: Final = frozenset(iban_id for ids in IBAN_IDS.values() for iban_id in ids)
# Its IBANs hold numbers of its own, without the clearing number: only the bank can be compared.
_OWN_NUMBERS: Final = "Intergiro"


def is_same_swedish_account(iban: str, *, clearing_number: str, account_number: str) -> bool | None:
    """Return whether the IBAN is the account's, both canonical; None where that cannot be known."""
    bank = find_bank(clearing_number)
    iban_id, written = iban[4:7], iban[7:].lstrip("0")
    if iban_id in _KNOWN and iban_id not in IBAN_IDS[bank.name]:
        return False
    if bank.name == _OWN_NUMBERS:
        return None
    filled = account_number.zfill(bank.longest)
    clearing = clearing_number[:4]
    forms = (filled, clearing + filled, clearing + luhn.calc_check_digit(clearing) + filled)
    return written in {form.lstrip("0") for form in forms}


def iban_id_of(clearing_number: str) -> str:
    """Return the IBAN-ID under which the clearing number's bank writes its IBANs."""
    return IBAN_IDS[find_bank(clearing_number).name][0]
