"""The fingerprint that a page which asks carries (G-21)."""

from datetime import date
from decimal import Decimal

import pytest

from employees.models import Company
from employees.shown import fingerprint


def test_the_same_values_have_the_same_fingerprint_in_whatever_order_a_map_or_a_set_holds_them() -> None:
    assert fingerprint({"a": 1, "b": {2, 3}}) == fingerprint({"b": {3, 2}, "a": 1})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["1"], [1]),
        (["a", "b"], ["b", "a"]),
        ([1, [2]], [[1], 2]),
        (None, ""),
        (date(2026, 1, 2), "2026-01-02"),
        (Decimal("1.0"), 1.0),
        ({}, []),
        (set(), []),
    ],
)
def test_other_values_have_another_one(one: object, other: object) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_what_has_no_plain_values_has_none() -> None:
    with pytest.raises(TypeError):
        fingerprint(Company(name="Demo AB"))
