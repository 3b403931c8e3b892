"""A whole column is hashed as its values are one by one, whatever they hold."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.core.compare.columns import hashes_of
from integrations.core.kinds import CODE, EMAIL, PHONE, UNKNOWN, Kind

PLAIN = ["1001", "a-1", "Anna@Example.SE", "+46701740605"]
ODD = [
    "10 01",
    "1001\u200b",
    "Å-7",
    "A\u030a-7",
    "１００１",
    "p@xn--fretag-wxa.se",
    "p@företag.se",
    "a\x1bb",
    "\u00a01",
    "a\tb",
]
texts = st.sampled_from(PLAIN + ODD) | st.text(max_size=6)
columns = st.lists(st.none() | st.just(UNKNOWN) | texts, max_size=8) | st.lists(texts, max_size=8)


@given(st.sampled_from([CODE, EMAIL, PHONE]), columns | st.lists(st.sampled_from(PLAIN)))
def test_a_column_is_hashed_as_its_values_are(kind: Kind, values: list[Any]) -> None:
    one_by_one = [0 if value is None or value is UNKNOWN else hash(kind.normalise(value)) for value in values]
    assert hashes_of(values, normalise=kind.normalise) == one_by_one


@pytest.mark.behaviour("D-01", "D-10")
@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (CODE, "1001", "1001\u200b"),
        (CODE, "1001", "\ufeff1001"),
        (CODE, "1001", "\u200e1001"),
        (CODE, "1001", "１００１"),
        (CODE, "10 01", "10\u00a001"),
        (CODE, "Å-7", unicodedata.normalize("NFD", "Å-7")),
        (CODE, "12-3", "12\u20113"),
        (EMAIL, "p1@företag.se", "P1@xn--fretag-wxa.SE"),
        (EMAIL, "p1@example.se", "p1@example.se\u00ad"),
        (PHONE, "+46701740605", "+46 70 174\u00a006 05\u202c"),
    ],
)
@pytest.mark.parametrize("others", [1, 3])
def test_another_writing_is_found_among_plain_ones(kind: Kind, one: str, other: str, others: int) -> None:
    beside = [f"b{number}@example.se" for number in range(others)]
    assert hashes_of([one, *beside], normalise=kind.normalise)[0] == hashes_of([other], normalise=kind.normalise)[0]


def test_capitals_make_a_difference_in_codes_alone() -> None:
    assert CODE.normalise("abc-1") != CODE.normalise("ABC-1")
    assert EMAIL.normalise("A@b.se") == EMAIL.normalise("a@B.se")
