"""K08, K10: postal codes and countries."""

import pytest
from django.core.exceptions import ValidationError

from employees.values.countries import CODES, clean_country, country_choices, country_code, country_names
from employees.values.postal_codes import clean_postal_code, postal_code_key


@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize(
    ("code", "country"),
    [
        ("00-950", "PL"),
        ("1000-205", "PT"),
        ("12345-6789", "US"),
        ("12345", "US"),
        ("100-0001", "JP"),
        ("01310-100", "BR"),
        ("KY1-1100", "KY"),
        ("SW1A 1AA", "GB"),
        ("K1A 0B1", "CA"),
        ("LV-1010", "LV"),
        ("LT-01100", "LT"),
        ("110 00", "CZ"),
        ("D02 X285", "IE"),
        ("AD500", "AD"),
        ("1010", "AT"),
        ("75008", "FR"),
        ("560001", "IN"),
    ],
)
def test_a_code_keeps_the_form_of_its_country(code: str, country: str) -> None:
    assert clean_postal_code(code, country) == code
    assert clean_postal_code(clean_postal_code(postal_code_key(code), country), country) == code


@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize(
    ("written", "country", "code"),
    [
        ("SE 111 22", "SE", "11122"),
        ("SE11122", "SE", "11122"),
        ("SE-111 22", "SE", "11122"),
        ("S-111 22", "SE", "11122"),
        ("S 111 22", "SE", "11122"),
        ("SE\u2011111\u00a022", "SE", "11122"),
        ("１１１２２", "SE", "11122"),
        ("NO-0154", "NO", "0154"),
        ("N 0154", "NO", "0154"),
        ("DK 2100", "DK", "2100"),
        ("DK-0800", "DK", "0800"),
        ("AX-22100", "FI", "22100"),
        ("FI-00100", "FI", "00100"),
        ("NL-1234 AB", "NL", "1234AB"),
        ("1234 ab", "NL", "1234AB"),
        ("1111 SA", "NL", "1111SA"),
        ("D-10115", "DE", "10115"),
        ("PL 00-950", "PL", "00-950"),
        ("LV1010", "LV", "LV-1010"),
    ],
)
def test_a_country_before_the_code_is_read(written: str, country: str, code: str) -> None:
    assert clean_postal_code(written, country) == code


@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("NO-0154", "SE"),
        ("DK 2100", "NO"),
        ("0123 AB", "NL"),
        ("111 2", "SE"),
        ("ABCDE", "SE"),
        ("NULL", "PL"),
        ("1", "US"),
    ],
)
def test_what_is_no_code_of_the_country_is_refused(written: str, country: str) -> None:
    with pytest.raises(ValidationError):
        clean_postal_code(written, country)


@pytest.mark.behaviour("D-09")
def test_another_countrys_code_is_refused_by_name() -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_postal_code("NO-0154", "SE")
    assert "NO" in str(refusal.value)
    assert "SE" in str(refusal.value)


@pytest.mark.behaviour("D-09")
def test_kosovo_is_a_country() -> None:
    assert clean_country("xk") == "XK"
    assert country_names("sv")["XK"] == "Kosovo"


@pytest.mark.parametrize("text", ["Sverige", "UK", "EL", "XX", "S", "SWE"])
def test_what_is_no_code_of_two_letters_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        clean_country(text)


@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize("language", ["sv", "nb", "da", "fi", "nl", "en", "de", "xx"])
def test_every_country_is_offered_once_by_its_name(language: str) -> None:
    choices = country_choices(language)
    assert sorted(code for code, _name in choices) == sorted(CODES)
    assert all(name and (len(name) > 2 or language == "xx") for _code, name in choices)
    assert choices[0][0] == "SE"


@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Polska", "PL"),
        ("España", "ES"),
        ("Eesti", "EE"),
        ("Latvija", "LV"),
        ("Lietuva", "LT"),
        ("Україна", "UA"),
        ("Κύπρος", "CY"),
        ("Sverige (SE)", "SE"),
        ("SE-Sverige", "SE"),
        ("Sverige (NO)", None),
        ("Suisse", "CH"),
        ("Norge", "NO"),
        ("NOR", "NO"),
    ],
)
def test_a_countrys_own_names_are_known(text: str, code: str | None) -> None:
    assert country_code(text) == code
