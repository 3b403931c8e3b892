import unicodedata

import pytest

from employees.values.countries import CODES, LANGUAGES, country_code, country_names


@pytest.mark.parametrize(
    "written",
    ["Sverige", "sweden", " SWEDEN ", "SE", "se", "SWE", "Ruotsi", "Zweden", "Schweden", "Konungariket Sverige"],
)
def test_sweden_is_read_in_any_of_the_languages_and_as_a_code(written: str) -> None:
    assert country_code(written) == "SE"


@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("U.S.A.", "US"),
        ("USA", "US"),
        ("England", "GB"),
        ("UK", "GB"),
        ("Storbritannien", "GB"),
        ("The  Netherlands", "NL"),
        ("Holland", "NL"),
        ("Ryssland", "RU"),
        ("Tyskland", "DE"),
        ("Noreg", "NO"),
        ("Bosnien", "BA"),
        ("Kosovo", "XK"),
        ("KOSOVO", "XK"),
        ("Republiken Kosovo", "XK"),
        ("Republic of Ireland", "IE"),
        ("Irland", "IE"),
        ("Kongo-Kinshasa", "CD"),
        ("Kongo Kinshasa", "CD"),
        ("DR Congo", "CD"),
        ("Ivory Coast", "CI"),
        ("Cote d'Ivoire", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("Elfenbenskusten", "CI"),
        ("UAE", "AE"),
        ("U.A.E.", "AE"),
        ("Förenade Arabemiraten", "AE"),
        ("Curacao", "CW"),
        ("Curaçao", "CW"),
        ("Palestine", "PS"),
        ("Palestina", "PS"),
        ("Tjeckiska republiken", "CZ"),
        ("Czech Republic", "CZ"),
        ("Sydkorea", "KR"),
        ("Sør-Korea", "KR"),
        ("Sor-Korea", "KR"),
        ("Turkey", "TR"),
        ("Turkiet", "TR"),
        ("Turkiye", "TR"),
        ("Makedonien", "MK"),
        ("Burma", "MM"),
        ("Vitryssland", "BY"),
        ("Weissrussland", "BY"),
        ("Swaziland", "SZ"),
        ("Kap Verde", "CV"),
        ("Östtimor", "TL"),
        ("East Timor", "TL"),
        ("Osterrike", "AT"),
        ("Färöarna", "FO"),
        ("Faroarna", "FO"),
        ("Åland", "AX"),
        ("Hong Kong", "HK"),
        ("Hongkong", "HK"),
        ("Taiwan", "TW"),
        ("St. Lucia", "LC"),
        ("Antigua & Barbuda", "AG"),
        ("EL", "GR"),
        ("De forente arabiske emirater", "AE"),
    ],
)
def test_everyday_and_older_names_are_read(written: str, code: str) -> None:
    assert country_code(written) == code
    assert country_code(unicodedata.normalize("NFD", written.upper())) == code


@pytest.mark.behaviour("D-01", "D-09")
@pytest.mark.parametrize(("written", "code"), [("Österrike", "AT"), ("Nederländerna", "NL"), ("Frank\u200brike", "FR")])
def test_a_name_in_another_writing_is_the_same_name(written: str, code: str) -> None:
    assert country_code(unicodedata.normalize("NFD", written)) == code


@pytest.mark.parametrize("written", ["", "Sverigge", "447 34", "XX", "okänt", "Skandinavien", "the", "-", "\u200b"])
def test_a_text_that_names_no_country_has_no_code(written: str) -> None:
    assert country_code(written) is None


@pytest.mark.behaviour("D-09")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_comes_back_from_its_name(language: str) -> None:
    names = country_names(language)
    assert set(names) == CODES
    assert {code: country_code(name) for code, name in names.items()} == {code: code for code in CODES}
    assert len(set(names.values())) == len(CODES)


@pytest.mark.behaviour("D-09")
def test_every_code_comes_back() -> None:
    assert {code: country_code(code.lower()) for code in CODES} == {code: code for code in CODES}
