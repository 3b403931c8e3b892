"""Which writings are most likely one employment ID: they are asked about."""

import pytest

from employees.values.likely_ids import loose_key
from employees.values.texts import clean_identifier


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("0042", "42"),
        ("42", "'0042"),
        ("0042", "\u20190042"),
        ("42", '"42"'),
        ("0042", '="0042"'),
        ("1001", "1001.0"),
        ("1001", "1001,0"),
        ("1001", "1001.00"),
        ("1001", "1001.000"),
        ("1001", "1 001"),
        ("1001", "1\u00a0001"),
        ("1001", "1\u202f001"),
        ("1001", "1,001"),
        ("1001", "1.001,00"),
        ("ABC-1", "abc-1"),
        ("ABC-1", "ABC - 1"),
        ("\u00c5-1", "\u00c3\u2026-1"),
        # As the field stores it, where it was not asked about yet.
        ("\u00d6-1", "\u00c3\u2013-1"),
        ("\u00f8-1", "\u00c3\u00b8-1"),
        ("0", "000"),
        ("42", "+0042"),
        ("0042", "#42"),
        ("42", "42."),
        ("A-7", "\u0410-7"),
        ("A-7", "\u03b1-7"),
        ("HR12", "\u041d\u211d12"),
        ("A-7", "\U0001d400-7"),
        ("HR12", "HR\u00b9\u00b2"),
        ("4２", "42"),
    ],
)
def test_two_writings_of_one_id_have_one_key(first: str, second: str) -> None:
    assert loose_key(first) == loose_key(second) != ""


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("42", "420"),
        ("1001", "10010"),
        ("1.2", "12"),
        ("A-1", "A-01"),
        ("A1", "1"),
        ("0", "1"),
        ("1.20", "1.2"),
        ("\u0416-1", "X-1"),
    ],
)
def test_different_ids_have_different_keys(first: str, second: str) -> None:
    assert loose_key(first) != loose_key(second)


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize("letter", "ÅÄÖåäöØøÆæÉéÜü")
def test_letters_read_in_the_wrong_encoding_are_the_same_once_they_are_stored(letter: str) -> None:
    misread = letter.encode().decode("sloppy-windows-1252")

    assert loose_key(clean_identifier(f"{misread}-1")) == loose_key(f"{letter}-1")


def test_nothing_has_no_key() -> None:
    assert loose_key("") == ""
