"""K01, K02, K13, K14: what looks equal is equal, and what was lost is refused."""

import unicodedata
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from employees.values.doubts import doubts_about_texts
from employees.values.texts import (
    canonical,
    canonical_identifier,
    canonical_lines,
    clean_address_line,
    clean_department_name,
    clean_identifier,
    clean_line,
    clean_lines,
    clean_name,
    clean_title,
    department_key,
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
        ("12E-3", "12E-3"),
        ("12-3", "12-3"),
        ("01-03-2026", "01-03-2026"),
        ("12:30", "12:30"),
        ("1001²", "1001²"),
        ("1001①", "1001①"),
        ("ﬁ-1", "ﬁ-1"),
        ("Ⅷ-1", "Ⅷ-1"),
        ("½", "½"),
        ("№7", "№7"),
        ("𝟙𝟘", "10"),
        ("ｶﾞ1", "ガ1"),
        ("Å–7", "Å-7"),
        ("Ã–7", "Ã–7"),
        ("Ã…-7", "Ã…-7"),
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


ERRORS = [
    *("#VÄRDEFEL!", "#OGILTIGT!", "#DIVISION/0!", "#SPILL!", "#CALC!", "#FIELD!", "#REF!", "#NAMN?", "#N/A", "#I/T"),
    *("#ЗНАЧ!", "#Н/Д", "#¡VALOR!", "#¿NOMBRE?", "#PUUTTUU!", "＃REF！", "Err:502", "Fel:522", "\\N", " #värde! "),
]


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(
    "clean", [clean_name, clean_title, clean_department_name, clean_identifier, clean_address_line]
)
@pytest.mark.parametrize("text", ERRORS)
def test_an_error_of_a_spreadsheet_is_no_name_id_or_address(clean: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValidationError):
        clean(text)


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize("clean", [clean_title, clean_department_name, clean_identifier, clean_address_line])
@pytest.mark.parametrize("text", ["NULL", "none", "NaN", "NaT", "n/a", "<NA>", "(null)", "'NULL'", "undefined"])
def test_a_placeholder_is_no_department_and_no_title_either(clean: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValidationError):
        clean(text)


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize("clean", [clean_identifier, clean_address_line])
@pytest.mark.parametrize(
    "text",
    ["TRUE", "FALSE", "SANT", "FALSKT", "SANN", "USANN", "TOSI", "EPÄTOSI", "WAAR", "ONWAAR", "True", "epa\u0308tosi"],
)
def test_a_truth_value_is_no_id_and_no_address(clean: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValidationError):
        clean(text)


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize("clean", [clean_name, clean_title, clean_department_name, clean_address_line])
@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-01", "1899-12-31", "2026-03-01 00:00:00", "2026-03-01T00:00:00", "01.03.2026", "3/1/2026"),
        *("12:30", "12:30:00", "00:00", "9:05 PM", "1.23457E+16", "1,2E+4", "1E+16", "4.6e10"),
    ],
)
def test_what_a_spreadsheet_made_is_no_name_and_no_address(clean: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean(text)
    assert "spreadsheet" in str(refusal.value)


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(
    "text", ["2026-03-12", "2026-03-12 00:00:00", "12:30:00", "1.23457E+16", "1E+5", "1,2E+4", "1.2E4", "１E+16"]
)
def test_what_a_spreadsheet_made_is_no_id(text: str) -> None:
    with pytest.raises(ValidationError):
        clean_identifier(text)


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(
    "text",
    [
        *("Mar-1", "3-4", "Gatan 12:30", "#1 Road", "Sand", "Sannes", "Nilsgatan 1", "24/7", "2026", "C# Street", "E4"),
        *("12E4", "Vägen 2026-03-01", "1/2 Mile Road", "17 mai"),
    ],
)
def test_an_address_with_a_sign_or_a_number_is_one(text: str) -> None:
    assert clean_address_line(text) == text


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("name", ["Ekоnomi", "Sаles Nord", "Εkonomi"])
def test_a_department_with_letters_of_two_alphabets_in_one_word_is_refused(name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_department_name(name)
    assert "two alphabets" in str(refusal.value)


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize("name", ["Ekonomi", "Sales Продажи", "Försäljning", "Производство", "R&D", "Åäö", "C++ team"])
def test_departments_are_kept_as_they_are_written(name: str) -> None:
    assert clean_department_name(name) == name


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ｅkonomi", "Ekonomi"),
        ("Sälj – Syd", "Sälj - Syd"),
        ("Sälj−Syd", "sälj-syd"),
        ("Sälj—Syd", "Sälj - Syd"),
        ("R＆D", "R&D"),
        ("R&amp;D", "R&D"),
        ("R&amp;amp;D", "R&D"),
        ("F&ouml;rs&auml;ljning", "Försäljning"),
        ("ﬁnans", "Finans"),
        ("IT_x000D_", "IT"),
        ("\u0421\u0415\u041e", "CEO"),
        ("\u0399\u03a4", "it"),
    ],
)
def test_a_department_is_found_however_a_program_wrote_it(one: str, other: str) -> None:
    assert department_key(one) == department_key(other)


@pytest.mark.behaviour("D-01")
def test_other_departments_are_not() -> None:
    assert department_key("R&D") != department_key("RD")
    assert department_key("Маркетинг") != department_key("Marketing")
    assert department_key("Sälj Syd") != department_key("Sälj-Syd")


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(
    ("written", "likely"),
    [
        ("Bj&ouml;rn", "Björn"),
        ("R&amp;D", "R&D"),
        ("Bj&#246;rn", "Björn"),
        ("Bj&#xF6;rn", "Björn"),
        ("Bj&amp;ouml;rn", "Björn"),
        ("Gatan 1_x000D_Lgh 2", "Gatan 1 Lgh 2"),
        ("BjÃ¶rn &amp; co", "Björn & co"),
        ("Anna&nbsp;Lena", "Anna Lena"),
    ],
)
def test_signs_of_web_pages_and_spreadsheets_have_a_likely_text(written: str, likely: str) -> None:
    assert likely_text(written) == likely
    (doubt,) = doubts_about_texts({"name": written})
    assert "web pages or spreadsheets" in doubt.text
    assert doubt.likely == likely


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize("text", ["AT&T", "R&D;", "Fish & chips; co", "a_x1_b", "_xyz_", "&;", "_xD800_", "&#xD800;"])
def test_other_signs_have_none(text: str) -> None:
    assert likely_text(text) is None


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(("read", "likely"), [("Ã…-7", "Å-7"), ("Ã–7", "Ö7"), ("Ã„-1", "Ä-1"), ("Ã˜-1", "Ø-1")])
def test_an_id_keeps_what_shows_that_it_was_read_in_the_wrong_encoding(read: str, likely: str) -> None:
    (doubt,) = doubts_about_texts({"employment_id": clean_identifier(read)})
    assert doubt.likely == likely


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
