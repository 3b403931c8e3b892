"""Texts: one canonical writing each, so that what looks equal is equal (D-01, D-11)."""

import html
import re
import unicodedata
from functools import lru_cache
from typing import Any, Final

import ftfy
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from ftfy.badness import is_bad

from employees.values.alphabets import drawn_alike, is_mixed
from employees.values.placeholders import (
    is_broken_cell,
    is_certain_date_or_time,
    is_date_or_time,
    is_exponent,
    is_placeholder,
    is_truth,
)

# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties, and the braille pattern without dots: nobody sees
# them. The joiner and the emoji selector are looked at apart: inside an emoji they are a part of what is seen.
_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_CONTROLS: Final = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_LINE_ENDS: Final = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# An emoji may be several signs with a joiner, and the selector of its coloured form, between them.
_SYMBOL: Final = (
    "[\u00a9\u00ae\u203c-\u2049\u2122-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030-\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_PICTURE: Final = f"{_SYMBOL}[\U0001f3fb-\U0001f3ff]?\ufe0f?"
_EMOJI: Final = f"{_PICTURE}(?:\u200d{_PICTURE})*|[0-9#*]\ufe0f\u20e3"
_UNSEEN: Final = re.compile(f"({_EMOJI})|[{_INVISIBLE}{_CONTROLS}]")
# What may stand in a text without being seen, or looks like a hyphen: most texts have none of it.
_ODD: Final = re.compile(f"[{_INVISIBLE}{_CONTROLS}\u2010\u2011]")
_HYPHENS: Final = str.maketrans({"\u2010": "-", "\u2011": "-"})
# Anything that divides like a hyphen: an identifier is written with one of them or another.
_DASHES: Final = re.compile("[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
# But those after Ã are what is left of an Ö that was read in the wrong encoding (`likely_text`).
_IDENTIFIERS_DASHES: Final = re.compile("[\u2010-\u2012\u2015\u2043\u2212\ufe58\ufe63\uff0d]|(?<!Ã)[\u2013\u2014]")
_AROUND_DASHES: Final = re.compile(" *-+ *")
# How web pages and spreadsheets write signs that have a meaning to them.
_ENTITY: Final = re.compile("&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_ESCAPED: Final = re.compile("_x([0-9A-Fa-f]{4})_")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
# Between the digits of an account: spaces, dashes, and what programs and countries write for them (NO 1234.56.78901,
# Swedbank 8327-9,123, CZ 19-2000145399/0800).
_DIVIDERS: Final = re.compile("[\\s.,/\u00b7\u2024\u2027\u2044\u2215-]")
# Left where letters were: the replacement character, and what stands for no character at all. A lone surrogate cannot
# be stored, a private one is shown by no font, and a control of the upper half was a letter in another encoding.
_LOST: Final = re.compile(
    "[\x80-\x9f\ufffc\ufffd\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
)
# How a letter of two bytes or more in UTF-8 begins, read as Windows-1252; what follows is no ASCII.
_LEAD: Final = re.compile("[\u00c2-\u00f4][^\x00-\x7f]")


def canonical(text: str) -> str:
    """Return a text of one line: composed letters (NFC), nothing that cannot be seen, single spaces.

    Never refuses anything: what was lost stays lost (`clean_line`). Hyphens that look like "-" are "-".
    """
    if text.isascii() and text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]:
        return text
    if not text.isascii():
        if _ODD.search(text):
            text = _without_unseen(text).translate(_HYPHENS)
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
    elif not text.isprintable():
        text = _without_unseen(text)
    if "  " in text or text[:1].isspace() or text[-1:].isspace() or not text.isprintable():
        return " ".join(text.split())
    return text


def _without_unseen(text: str) -> str:
    return _UNSEEN.sub(lambda found: found.group(1) or "", text)


def canonical_lines(text: str) -> str:
    """Return a text of several lines, each canonical, without blank lines at its ends."""
    return "\n".join(canonical(line) for line in _LINE_ENDS.split(text)).strip("\n")


def canonical_identifier(text: str) -> str:
    """Return an identifier as it is compared and stored: wide and narrow forms, digits and dashes as plain ones.

    Other signs that Unicode calls compatible stay what they are: 10² is not 102.
    """
    if text.isascii():
        return canonical(text)
    plain = "".join(_plain(sign) for sign in canonical(text))
    return canonical(_IDENTIFIERS_DASHES.sub("-", plain))


def undivided(text: str) -> str:
    """Return the number of an account, an IBAN or a BIC without what people divide it with."""
    if text.isascii() and text.isalnum():
        return text
    return _DIVIDERS.sub("", canonical_identifier(text))


def _plain(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if unicodedata.decomposition(sign).startswith(("<wide>", "<narrow>")):
        return unicodedata.normalize("NFKC", sign)
    return sign


def has_sign(text: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return any(sign.isalnum() for sign in text)


def clean_line(text: str) -> str:
    """Return the canonical text of one line. Raises ValidationError where letters were lost before (D-11)."""
    if not text.isascii() and _LOST.search(text):
        raise ValidationError(
            _(
                "Letters of this text were lost before it came here (they show as � or as boxes). Type the text"
                " again, or save the file anew in its own program as UTF-8."
            ),
            code="lost_letters",
        )
    return canonical(text)


def clean_lines(text: str, *, longest: int | None = None) -> str:
    """The same for a text of several lines, such as a note, of which the model itself asks no length."""
    clean_line(text)
    text = canonical_lines(text)
    if longest is not None and len(text) > longest:
        raise ValidationError(
            _("This is longer than %(most)d characters. Shorten it."), code="too_long", params={"most": longest}
        )
    return text


def clean_name(text: str) -> str:
    """Return a name of a person. Raises ValidationError.

    Null, None, True and NA are names of people; what only a program writes is none.
    """
    text = clean_line(text)
    if text and (is_broken_cell(text) or is_exponent(text) or is_date_or_time(text)):
        raise _made_by_a_spreadsheet(_("Write the name."))
    if text and not has_sign(text):
        raise ValidationError(_("This holds no letter and no digit. Write the name."), code="no_sign")
    return text


def clean_title(text: str) -> str:
    """Return a name of a company, a title and the like, which no placeholder is. Raises ValidationError."""
    text = clean_name(text)
    if is_placeholder(text):
        raise _placeholder(_("Write the name, or leave the field empty."))
    return text


def clean_department_name(text: str) -> str:
    """The same for a name by which others are found: no word of it in two alphabets. Raises ValidationError."""
    text = clean_title(text)
    if not text.isascii() and any(is_mixed(word) for word in _LETTERS.findall(text)):
        raise ValidationError(
            _("Letters of two alphabets that look alike stand in one word. Type the name again on one keyboard."),
            code="mixed_scripts",
        )
    return text


def clean_identifier(text: str) -> str:
    """Return an employment ID and the like. Raises ValidationError."""
    text = canonical_identifier(clean_line(text))
    if not text:
        return ""
    if is_placeholder(text) or is_truth(text):
        raise _placeholder(_("Write the ID, or leave the field empty."))
    if is_exponent(text) or is_certain_date_or_time(text):
        raise _made_by_a_spreadsheet(_("Write the ID."))
    if not has_sign(text):
        raise ValidationError(_("This holds no letter and no digit. Write the ID."), code="no_sign")
    if not text.isascii() and is_mixed(text):
        raise ValidationError(
            _("Letters of two alphabets that look alike stand in this ID. Type it again on one keyboard."),
            code="mixed_scripts",
        )
    return text


def clean_address_line(text: str) -> str:
    """Return a street, a second line or a city. Raises ValidationError."""
    text = clean_line(text)
    if is_placeholder(text) or is_truth(text):
        raise _placeholder(_("Write the address, or leave the field empty."))
    if is_exponent(text) or is_date_or_time(text):
        raise _made_by_a_spreadsheet(_("Write the address, or leave the field empty."))
    if text and not has_sign(text):
        raise ValidationError(
            _("This holds no letter and no digit. Write the address, or leave the field empty."), code="no_sign"
        )
    return text


def _placeholder(advice: Any) -> ValidationError:
    return ValidationError(
        format_lazy("{} {}", _("A program wrote this where it had no value."), advice), code="placeholder"
    )


def _made_by_a_spreadsheet(advice: Any) -> ValidationError:
    return ValidationError(
        format_lazy("{} {}", _("A spreadsheet made this of what was typed."), advice), code="made_by_a_spreadsheet"
    )


@lru_cache(maxsize=10_000)
def likely_text(text: str) -> str | None:
    """Return what a text most likely said before a program wrote or read it wrongly, else None.

    Read in the wrong encoding (BjÃ¶rn: Björn), or with the signs of a web page or a spreadsheet (R&amp;D: R&D).
    """
    if text.isascii() and not is_escaped(text):
        return None
    present = canonical(text)
    plain = unescaped(text)
    # Asked first, what it would ask itself: most texts are good, and its own way there is long.
    fixed = canonical(ftfy.fix_encoding(plain)) if is_bad(plain) else canonical(plain)
    if fixed == canonical(plain):
        fixed = canonical(_read_again(plain) or plain)
    return fixed if fixed and fixed != present and not _LOST.search(fixed) else None


def is_escaped(text: str) -> bool:
    """Whether signs stand in it as web pages (&ouml;) or spreadsheets (_x000D_) write them."""
    return ("&" in text or "_x" in text) and unescaped(text) != text


def unescaped(text: str) -> str:
    """Return the text with those signs as they are read; it may have been written so twice (&amp;ouml;)."""
    for _time in range(2):
        if "&" in text:
            text = _ENTITY.sub(lambda found: html.unescape(found.group()), text)
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text


def _read_again(text: str) -> str | None:
    """Return a text whose bytes, as Windows wrote them, are UTF-8: short ones are too little for ftfy to judge."""
    if not _LEAD.search(text):
        return None
    try:
        return text.encode("sloppy-windows-1252").decode()
    except UnicodeError:
        return None


def text_key(text: str) -> str:
    """Return what two writings of one text have in common: capitals make a difference."""
    return canonical(text)


def folded_key(text: str) -> str:
    """Return what two writings have in common where capitals make none."""
    return canonical(text).casefold()


def department_key(text: str) -> str:
    """Return what two names of one department have in common, however a program wrote the signs between its words.

    Nor does it matter in which of the alphabets that are drawn alike.
    """
    plain = drawn_alike(canonical(unescaped(text)))
    return canonical(_AROUND_DASHES.sub("-", _DASHES.sub("-", plain))).casefold()


def identifier_key(text: str) -> str:
    """Return what two writings of one identifier have in common."""
    return canonical_identifier(text)
