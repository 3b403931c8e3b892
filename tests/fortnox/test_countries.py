import pycountry
import pytest

from integrations.fortnox.countries import LANGUAGES, country_code, country_name

ALL_CODES = sorted(str(country.alpha_2) for country in pycountry.countries)


@pytest.mark.parametrize(
    "written",
    ["Sverige", "sweden", " SWEDEN ", "SE", "se", "SWE", "Ruotsi", "Zweden", "Schweden", "Konungariket Sverige"],
)
def test_sweden_is_read_in_any_of_the_languages_and_as_a_code(written: str) -> None:
    assert country_code(written) == "SE"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("U.S.A.", "US"),
        ("England", "GB"),
        ("Storbritannien", "GB"),
        ("The  Netherlands", "NL"),
        ("Ryssland", "RU"),
        ("Tyskland", "DE"),
        ("Noreg", "NO"),
        ("Bosnien", "BA"),
    ],
)
def test_everyday_names_are_read(written: str, code: str) -> None:
    assert country_code(written) == code


@pytest.mark.parametrize("written", ["", "Sverigge", "447 34", "XX", "okänt"])
def test_a_text_that_names_no_country_has_no_code(written: str) -> None:
    assert country_code(written) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_comes_back_from_its_name(language: str) -> None:
    names = {code: country_name(code, language=language) for code in ALL_CODES}
    assert {code: country_code(name) for code, name in names.items()} == {code: code for code in ALL_CODES}


def test_the_everyday_name_is_written() -> None:
    assert country_name("SE", language="sv") == "Sverige"
    assert country_name("TW", language="en") == "Taiwan"


def test_what_is_no_code_is_written_as_it_is() -> None:
    assert country_name("Sverigge", language="sv") == "Sverigge"
