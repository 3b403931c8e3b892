import pytest

from employees.values.countries import CODES, country_code
from integrations.fortnox.characters import check_characters
from integrations.fortnox.countries import country_name


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [("SE", "sv", "Sverige"), ("NO", "sv", "Norge"), ("XK", "sv", "Kosovo"), ("TW", "en", "Taiwan")],
)
def test_the_everyday_name_is_written(code: str, language: str, name: str) -> None:
    assert country_name(code, language=language) == name


def test_what_is_no_code_is_written_as_it_is() -> None:
    assert country_name("Sverigge", language="sv") == "Sverigge"


@pytest.mark.behaviour("D-09", "FX-21")
def test_the_name_of_every_country_can_be_written_and_comes_back() -> None:
    names = {code: country_name(code, language="sv") for code in CODES}
    assert {code: country_code(name) for code, name in names.items()} == {code: code for code in CODES}
    assert [name for name in names.values() if check_characters(name)] == []
