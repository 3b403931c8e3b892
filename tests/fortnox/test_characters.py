"""FX-21: a character that Fortnox does not take is named before anything is sent."""

import unicodedata

import pytest

from integrations.core.declare import Side
from integrations.core.kinds import Address
from integrations.fortnox.characters import check_characters
from integrations.fortnox.explanations import explain
from tests.fortnox.bodies import RESOURCE


def refusal(name: str, value: object) -> str:
    return RESOURCE.field(name).refuses(value, to=Side.RIGHT)


@pytest.mark.behaviour("FX-21")
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Gatan 1 | Lgh 2", "“|” (vertical line)"),
        ('Villa "Solhem"', '“"” (quotation mark)'),
        ("Solhem · Kil", "“·” (middle dot)"),
        ("Gatan <1>", "“<” (less-than sign), “>” (greater-than sign)"),
        ("Gatan [1]", "“[” (left square bracket), “]” (right square bracket)"),
        ("Gatan {1}", "“{” (left curly bracket)"),
        ("Gatan 1 ~ 2", "“~” (tilde)"),
        ("Gatan 1 — 2", "“—” (em dash)"),
        ("Gatan 1 ‒ 2", "“‒” (figure dash)"),
        ("Villa “Solhem”", "(left double quotation mark)"),
        ("Gatan ①", "(circled digit one)"),
        ("Gatan ١", "(arabic-indic digit one)"),
        ("Li 🌸", "(cherry blossom)"),
        ("Vla\u0304t a\u0330", "combining tilde below"),
    ],
)
def test_a_character_that_fortnox_does_not_take_is_named(text: str, named: str) -> None:
    reason = str(check_characters(text) or "")
    assert named in reason
    assert "in the hub: it is then sent" in reason


@pytest.mark.behaviour("FX-21")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "Åsa Öberg-Lindén",
        "O’Brien",
        "O'Brien",
        "Đặng Thị Hồng",
        "Łukasz Żółć",
        "Ελένη",
        "Иван",
        "明美",
        "c/o Berg & Söner, vån. 3 (port 1234) #5 – 2½ tr!",
        "ﬁnn",
        "a.b+c_d@exempel.se",
    ],
)
def test_letters_of_every_language_and_the_usual_signs_are_taken(text: str) -> None:
    assert check_characters(text) is None


@pytest.mark.behaviour("D-01", "FX-21")
@pytest.mark.parametrize(
    "text", ["Åsa Öberg é", "Li\u200b", "Anna\u00ad", "Karl\u2011Erik", "Anna\u00a0Maria", "Kil\x1b"]
)
def test_what_is_cleaned_before_it_is_sent_is_no_matter(text: str) -> None:
    assert check_characters(unicodedata.normalize("NFD", text)) is None


@pytest.mark.behaviour("FX-21")
def test_many_characters_are_told_by_the_first_three() -> None:
    assert str(check_characters("<>[]{}")).count("“") == 3


@pytest.mark.behaviour("FX-21")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("given_name", "Anna|Maria"),
        ("family_name", "Berg|Dahl"),
        ("work_email", "anna|berg@exempel.se"),
        ("address", Address("Gatan 1|2", "11122", "Kil", "SE")),
        ("address", Address("Gatan 1", "11122", "Kil|Grums", "SE")),
    ],
)
def test_every_text_that_goes_to_fortnox_is_looked_through(name: str, value: object) -> None:
    assert "“|” (vertical line)" in refusal(name, value)
    assert RESOURCE.field(name).refuses(value, to=Side.LEFT) == ""


def test_the_part_of_the_address_is_named() -> None:
    assert refusal("address", Address("Gatan 1", "11122", "Kil|Grums", "SE")).startswith("City: ")


@pytest.mark.behaviour("FX-21")
def test_the_help_text_forbids_what_fortnox_forbids() -> None:
    explanation = explain("2000359")
    assert explanation is not None
    assert "line break" not in explanation.why
    assert "square brackets" in explanation.why


@pytest.mark.behaviour("FX-21")
@pytest.mark.parametrize("text", ["API_BLANK", "api_blank", " API_NORIGHT\u200b"])
def test_a_word_that_fortnox_takes_for_a_command_is_not_sent(text: str) -> None:
    assert "command" in refusal("given_name", text)
    assert "command" in refusal("address", Address(text, "11122", "Stockholm", "SE"))
    assert not refusal("given_name", f"{text} Anna".replace("API_", ""))
