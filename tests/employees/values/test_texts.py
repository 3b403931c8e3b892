"""K01, K02, K13, K14: what looks equal is equal, and what was lost is refused."""

import unicodedata
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from employees.values.texts import (
    canonical,
    canonical_identifier,
    canonical_lines,
    clean_address_line,
    clean_identifier,
    clean_line,
    clean_lines,
    clean_name,
    has_sign,
    likely_text,
)

UNSEEN = [
    "\u200b",  # zero width space
    "\ufeff",  # byte order mark
    "\u200e",  # left-to-right mark
    "\u200d",  # joiner
    "\u2060",  # word joiner
    "\u00ad",  # soft hyphen
    "\u034f",  # grapheme joiner
    "\u061c",  # Arabic letter mark
    "\u180e",  # Mongolian vowel separator
    "\u202a",  # embedding
    "\u2066",  # isolate
    "\u3164",  # Hangul filler
    "\ufe0f",  # variation selector
    "\u2800",  # braille without dots
    "\U000e0041",  # tag
    "\x00",
    "\x1b",
    "\x7f",
    "\x9f",
]
SPACES = [" ", "  ", "\u00a0", "\u202f", "\u2009", "\u3000", "\t", "\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028"]


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("written", ["Åsa Öberg", "Kåre", "Zoë", "Nguyễn", "Malmö", "Österrike", "Ǻ", "가나"])
def test_letters_in_either_form_are_one_text(written: str) -> None:
    for form in ("NFC", "NFD"):
        assert canonical(unicodedata.normalize(form, written)) == unicodedata.normalize("NFC", written)


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("sign", UNSEEN)
def test_what_nobody_sees_is_no_part_of_a_text(sign: str) -> None:
    assert canonical(f"{sign}An{sign}na Ö{sign}berg{sign}") == "Anna Öberg"
    assert canonical(sign) == ""
    assert canonical_identifier(f"10{sign}01") == "1001"


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("space", SPACES)
def test_spaces_are_folded_and_a_text_stands_on_one_line(space: str) -> None:
    assert canonical(f"{space}Gatan 1{space}Lgh 1102{space}") == "Gatan 1 Lgh 1102"
    assert canonical_identifier(f"10{space}01") == "10 01"


@pytest.mark.behaviour("D-01")
def test_a_letter_that_is_composed_over_something_unseen_is_composed() -> None:
    assert canonical("A\u200b\u030asa") == "Åsa"


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("hyphen", ["\u2010", "\u2011"])
def test_hyphens_that_look_alike_are_one(hyphen: str) -> None:
    assert canonical(f"Anna{hyphen}Lena") == "Anna-Lena"


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize(
    "name",
    [
        "ﬁnn",
        "Æsøn",
        "Li 🌸",
        "Li 👩‍💻",
        "❤️ Bo",
        "Bo 👩🏽‍🌾",
        "O’Brien",
        "Anna–Lena",
        "Jr.",
        "¿Qué?",
        "Null",
        "None",
        "True",
        "NA",
        "Nan",
    ],
)
def test_names_are_kept_as_they_are_written(name: str) -> None:
    assert clean_name(name) == name


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("clean", [clean_name, clean_identifier, clean_address_line])
@pytest.mark.parametrize("text", ["-", "…", "🌸", " . ", "–/–", "\u200b-"])
def test_without_a_letter_or_a_digit_there_is_no_name_id_or_street(clean: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValidationError):
        clean(text)


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("clean", [clean_name, clean_identifier, clean_address_line, clean_line, clean_lines])
@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u00a0\u3164", "\x00"])
def test_what_shows_nothing_is_empty(clean: Callable[[str], str], text: str) -> None:
    assert clean(text) == ""


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("１００１", "1001"),
        ("١٠٠١", "1001"),
        ("Ａ\u2013７", "A-7"),
        ("Å\u22127", "Å-7"),
        ("A\u030a-7", "Å-7"),
        ("10\u00a001", "10 01"),
        ("ABC-1", "ABC-1"),
        ("0042", "0042"),
        ("12E4", "12E4"),
    ],
)
def test_an_id_is_written_in_plain_signs(text: str, stored: str) -> None:
    assert clean_identifier(text) == stored


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("text", ["А-7B", "АBC1", "ΑB-1"])
def test_an_id_of_two_alphabets_that_look_alike_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_identifier(text)
    assert text not in str(refusal.value)


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize("clean", [clean_name, clean_identifier, clean_address_line, clean_line, clean_lines])
@pytest.mark.parametrize("lost", ["\ufffd", "\ufffc", chr(0xDCE5), "\uf8ff", "\uffff", "\x96"])
def test_a_text_that_lost_letters_is_refused(clean: Callable[[str], str], lost: str) -> None:
    with pytest.raises(ValidationError):
        clean(f"Bj{lost}rn")


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize("clean", [clean_identifier, clean_address_line])
@pytest.mark.parametrize(
    "text", ["NULL", "null", " Null ", "#N/A", "#SAKNAS!", "N/A", "None", "NaN", "(null)", "#REF!", "####"]
)
def test_a_placeholder_is_no_id_and_no_address(clean: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValidationError):
        clean(text)


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(
    ("read", "likely"),
    [
        ("BjÃ¶rn", "Björn"),
        ("Ã…sa", "Åsa"),
        ("MÃ¼ller", "Müller"),
        ("SÃ¸ren", "Søren"),
        ("Bj√∂rn", "Björn"),
        ("Ã–berg", "Öberg"),
    ],
)
def test_a_text_that_was_read_in_the_wrong_encoding_has_a_likely_one(read: str, likely: str) -> None:
    assert likely_text(read) == likely
    assert clean_name(read) == canonical(read)


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(
    "name", ["Björn", "Håkan", "Zoë", "João", "Þór", "Łukasz", "Ñañez", "Šárka", "Anna", "Nguyễn", "Ærø", "L’Été"]
)
def test_right_names_are_not_called_wrongly_read(name: str) -> None:
    assert likely_text(name) is None


def test_a_note_keeps_its_lines() -> None:
    assert canonical_lines(" Åt\r\nhem \u200b\rsen\n") == "Åt\nhem\nsen"


@given(st.text())
@pytest.mark.behaviour("D-01")
def test_canonical_is_canonical(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == " ".join(once.split())
    assert canonical_identifier(canonical_identifier(text)) == canonical_identifier(text)
    assert canonical_lines(canonical_lines(text)) == canonical_lines(text)


@given(st.text(), st.sampled_from(UNSEEN), st.integers(0, 50))
@pytest.mark.behaviour("D-01")
def test_something_unseen_between_makes_no_other_text(text: str, sign: str, place: int) -> None:
    plain = "".join(letter for letter in canonical(text) if has_sign(letter) or letter == " ")
    assert canonical(plain[:place] + sign + plain[place:]) == canonical(plain)
