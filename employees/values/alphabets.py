"""Letters of alphabets that are drawn alike: what looks equal is equal, or asked about (D-01). Pure."""

import unicodedata
from typing import Final

# An identifier of two of them is one that nobody can type again.
_ALIKE: Final = ("LATIN", "GREEK", "CYRILLIC")
# Their capitals that are drawn as a Latin one, beside it; small letters go with their capitals.
_DRAWN: Final = (("АВЕЅІЈКМНОРСТУХҮ", "ABESIJKMHOPCTYXY"), ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"))
_AS_LATIN: Final = str.maketrans(
    {
        writing(sign): writing(latin)
        for signs, latins in _DRAWN
        for sign, latin in zip(signs, latins, strict=True)
        for writing in (str.upper, str.lower)
    }
)


def is_mixed(text: str) -> bool:
    """Whether letters of more than one of the alphabets stand in it."""
    return len({script for sign in text if (script := _script(sign))}) > 1


def drawn_alike(text: str) -> str:
    """Return the text with Latin letters for those of the other alphabets that look like one, and in plain forms."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_AS_LATIN)


def _script(sign: str) -> str:
    if not sign.isalpha():
        return ""
    name = unicodedata.name(sign, "")
    return next((script for script in _ALIKE if name.startswith(script)), "")
