"""Employment IDs that are most likely one, though written in two ways: what programs and habits make of one (D-10)."""

import re
from typing import Final

from employees.values.alphabets import drawn_alike
from employees.values.texts import canonical_identifier, identifier_key, likely_text

# Around an ID: what a spreadsheet or a CSV file puts there to keep it a text ('0042, "0042", ="0042").
_AROUND: Final = "'\"=`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u00ab\u00bb\u2039\u203a"
# What a number format or a list puts before or after one: +0042, #42, 42.
_BEFORE: Final = "+#"
_AFTER: Final = ".,;:"
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
# Three zeros are decimals where they cannot be thousands.
_DECIMALS: Final = re.compile(r"(?<=\d)[.,]0{1,2}$|(?<=\d{4})[.,]0+$")
# Letters read in the wrong encoding, as `canonical_identifier` leaves them: it makes a hyphen of the dash in "Ö".
_MISREAD: Final = {
    misread: letter
    for letter in map(chr, range(0xC0, 0x100))
    if letter.isalpha() and len(misread := canonical_identifier(letter.encode().decode("sloppy-windows-1252"))) > 1
}
_MISREAD_LETTER: Final = re.compile("|".join(map(re.escape, sorted(_MISREAD, key=len, reverse=True))))


def loose_key(text: str) -> str:
    """Return what two writings have in common that are most likely one ID: equal ones are asked about, never joined.

    Capitals, spaces, zeros in front, quotes around, a number's sign, decimals and thousands, the wrong encoding, and
    another alphabet that is drawn alike are no difference.
    """
    if text.isascii() and text.isalnum() and text[0] != "0":
        return text.casefold()
    key = identifier_key(text)
    if not key.isascii():
        key = _MISREAD_LETTER.sub(lambda found: _MISREAD[found.group()], key)
        key = drawn_alike(likely_text(key) or key)
    key = "".join(key.casefold().split()).strip(_AROUND)
    key = key.lstrip(_BEFORE).rstrip(_AFTER) or key
    key = _DECIMALS.sub("", key)
    if _THOUSANDS.fullmatch(key):
        key = key.replace(".", "").replace(",", "")
    return key.lstrip("0") or key[:1]
