"""K08, K10: postal codes and countries."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from babel import Locale
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from employees.values import countries
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
        ("CH-8001", "CH", "8001"),
        ("A-1010", "AT", "1010"),
        ("AT 1010", "AT", "1010"),
        ("F-75001", "FR", "75001"),
        ("FR 75 001", "FR", "75001"),
        ("B-1000", "BE", "1000"),
        ("I-00100", "IT", "00100"),
        ("E-08001", "ES", "08001"),
        ("L-1234", "LU", "1234"),
        ("HR-10000", "HR", "10000"),
        ("IS-101", "IS", "101"),
        ("EE-10111", "EE", "10111"),
        ("US-12345", "US", "12345"),
        ("USA 12345", "US", "12345"),
        ("US 12345-6789", "US", "12345-6789"),
        ("AX-22100", "AX", "22100"),
        ("FI-22100", "AX", "22100"),
        ("P-1000-205", "PT", "1000-205"),
        ("FO-100", "FO", "100"),
        ("GL-3900", "GL", "3900"),
        ("DK-3900", "GL", "3900"),
        ("LT-01100", "LT", "LT-01100"),
        ("01100", "LT", "LT-01100"),
        ("MD-2001", "MD", "MD-2001"),
        ("AD500", "AD", "AD500"),
        ("VG1110", "VG", "VG1110"),
        ("GB-SW1A 1AA", "GB", "SW1A 1AA"),
        ("UK SW1A1AA", "GB", "SW1A 1AA"),
        ("SE1 9GT", "GB", "SE1 9GT"),
        ("CA-K1A 0B1", "CA", "K1A 0B1"),
        ("H-1011", "HU", "1011"),
        ("SI-1000", "SI", "1000"),
        ("RO-010011", "RO", "010011"),
        ("560 001", "IN", "560001"),
        ("1234567", "IL", "1234567"),
        ("BA1511", "BN", "BA1511"),
        ("HM 12", "BM", "HM 12"),
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
        ("1234", "US"),
        ("123456", "US"),
        ("2134-567", "US"),
        ("NY 10001", "US"),
        ("1000", "FR"),
        ("8001", "ES"),
        ("100", "IT"),
        ("1310100", "BR"),
        ("950", "PL"),
        ("123", "PT"),
        ("10000", "CH"),
        ("101", "AT"),
        ("100", "BE"),
        ("123", "LU"),
        ("1011", "EE"),
        ("10", "IS"),
        ("1000", "GR"),
        ("1100", "CZ"),
        ("1100", "SK"),
        ("1000", "HR"),
        ("10000", "HU"),
        ("100", "SI"),
        ("10011", "RO"),
        ("10100", "RU"),
        ("56001", "IN"),
        ("10000", "CN"),
        ("6000", "TR"),
        ("1001", "UA"),
        ("1100", "LT"),
        ("101", "LV"),
        ("800", "AU"),
        ("6000", "MX"),
        ("18956", "SG"),
        ("3187", "KR"),
        ("123456", "IL"),
        ("1010", "TH"),
        ("390", "GL"),
        ("10", "FO"),
        ("2210", "AX"),
        ("100-001", "JP"),
        ("12345", "GB"),
        ("SW1A", "GB"),
        ("K1A", "CA"),
        ("10115", "CA"),
        ("00000", "US"),
        ("00000", "DE"),
        ("2026-03-01", "KY"),
        ("1.2E+4", "AF"),
        ("#REF!", "CH"),
        ("7500A", "FR"),
        ("7500²", "FR"),
    ],
)
def test_what_is_no_code_of_the_country_is_refused(written: str, country: str) -> None:
    with pytest.raises(ValidationError):
        clean_postal_code(written, country)


@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("NO-0154", "SE"),
        ("DE-10115", "CH"),
        ("CH 8001", "AT"),
        ("SE-111 22", "US"),
        ("PL 00-950", "LT"),
        ("LT-01100", "PL"),
        ("SE-111 22", "GB"),
        ("DK2100", "IS"),
        ("SE-111 22", "AF"),
        ("FI-00100", "KE"),
    ],
)
def test_another_countrys_code_is_refused_by_name(written: str, country: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_postal_code(written, country)
    assert f"begins with {written[:2]}" in str(refusal.value)
    assert country in str(refusal.value)


@pytest.mark.behaviour("D-09")
@given(st.text(st.sampled_from("0123456789 -ABSEKLTFGX"), max_size=12), st.sampled_from(sorted(CODES)))
def test_a_code_that_was_taken_is_taken_again_as_it_is(text: str, country: str) -> None:
    try:
        code = clean_postal_code(text, country)
    except ValidationError:
        return
    assert clean_postal_code(code, country) == code


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


@pytest.mark.parametrize("country", ["(", "[", "*", "\\", "A+", "(?P<x>", "Sverige", ""])
def test_a_country_that_is_none_stops_no_reading(country: str) -> None:
    assert clean_postal_code("12345", country) == "12345"


def test_names_of_countries_are_loaded_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Babel fills a dictionary that it reads: of two threads one would fail, and its record would not be read."""
    inside, met = [0], list[int]()
    parse = Locale.parse

    def watched(*args: Any, **kwargs: Any) -> Any:
        inside[0] += 1
        time.sleep(0.0005)
        met.append(inside[0])
        try:
            return parse(*args, **kwargs)
        finally:
            inside[0] -= 1

    monkeypatch.setattr(Locale, "parse", watched)
    for cached in (countries.country_names, countries._codes, countries.country_code):
        cached.cache_clear()
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(country_code, ["Norge", "Sverige", "Danmark", "Suomi"]))

    assert (found, max(met)) == (["NO", "SE", "DK", "FI"], 1)
