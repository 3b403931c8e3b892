"""Masked forms of what may only be read on the record itself: nobody can work back from them, many can recognise."""

HIDDEN = "•"


def _mask(value: str, *, keep: int) -> str:
    """Hide all but the last characters; a value too short to hide most of it is hidden whole."""
    shown = keep if len(value) >= 2 * keep else 0
    return HIDDEN * (len(value) - shown) + value[len(value) - shown :]


def mask_national_id(national_id: str) -> str:
    return _mask(national_id, keep=2)


def mask_bank_account(account_number: str) -> str:
    return _mask(account_number, keep=3)


def mask_iban(iban: str) -> str:
    return _mask(iban, keep=4)
