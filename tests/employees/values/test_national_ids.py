"""K09: national IDs."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from employees.values.national_ids import birth_date_of, clean_national_id

TODAY = date(2026, 11, 29)


@pytest.mark.behaviour("D-08")
@pytest.mark.parametrize(
    ("text", "country", "stored"),
    [
        ("191500722390", "SE", "1500722390"),
        ("191500882392", "SE", "1500882392"),
        ("850260-1233", "SE", "8502601233"),
        ("20021090-5311", "SE", "0210905311"),
        ("550101-9805", "SE", "5501019805"),
        ("195501019805", "SE", "5501019805"),
        ("550101\u20139805", "SE", "5501019805"),
        ("550101\u22129805", "SE", "5501019805"),
        ("５５０１０１-9805", "SE", "5501019805"),
        ("121212+1212", "SE", "1212121212"),
        ("191503882399", "SE", "1503882399"),
        ("010594Y123W", "FI", "010594Y123W"),
        ("70019950032", "NO", "70019950032"),
        ("11222311", "NL", "011222311"),
    ],
)
def test_right_numbers_are_taken(text: str, country: str, stored: str) -> None:
    assert clean_national_id(text, country, today=TODAY) == stored


@pytest.mark.behaviour("D-08")
@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("219112124400", "SE"),
        ("187318", "NL"),
        ("1234567", "NL"),
        ("19670-19-9535", "SE"),
        ("5560360793", "SE"),
        ("850292-1233", "SE"),
        ("851360-1233", "SE"),
        ("17912099997", "NO"),
        ("550101980", "SE"),
        ("NULL", "PL"),
        ("5501019805", "DK"),
    ],
)
def test_numbers_that_nobody_has_are_refused_unrepeated(text: str, country: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_national_id(text, country, today=TODAY)
    assert text not in str(refusal.value)


@pytest.mark.behaviour("D-08")
def test_norways_test_numbers_are_taken_by_setting_only() -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_national_id("17912099997", "NO", today=TODAY)
    assert "tests" in str(refusal.value)
    assert clean_national_id("17912099997", "NO", today=TODAY, synthetic=True) == "17912099997"
    with pytest.raises(ValidationError):
        clean_national_id("17912099998", "NO", today=TODAY, synthetic=True)


@pytest.mark.parametrize(
    ("number", "country", "born"),
    [
        ("5501019805", "SE", date(1955, 1, 1)),
        ("195501019805", "SE", date(1955, 1, 1)),
        ("121212+1212", "SE", date(1912, 12, 12)),
        ("0210905311", "SE", date(2002, 10, 30)),
        ("191500722390", "SE", None),
        ("850260-1233", "SE", None),
        ("010594Y123W", "FI", date(1994, 5, 1)),
        ("2110620629", "DK", date(1962, 10, 21)),
        ("011222311", "NL", None),
        ("x", "SE", None),
    ],
)
def test_the_birth_date_in_a_number_is_known_where_it_is_whole(number: str, country: str, born: date | None) -> None:
    assert birth_date_of(number, country, today=TODAY) == born
