"""The three-way comparison of one field."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.core import kinds
from integrations.core.compare import Change, Decision, Pair, PairState, difference, pair_now
from integrations.core.declare import Direction, Field
from integrations.core.kinds import UNKNOWN
from integrations.core.models import SyncField
from tests.core.compare.two_sides import refuse_bad

NAME = Field(name="name", label="Name", kind=kinds.TEXT)
values = st.sampled_from([None, "Anna", "Bo", "Cia", UNKNOWN])
known = st.sampled_from([None, "Anna", "Bo", "Cia"])
pairs = st.one_of(st.none(), st.builds(Pair, known, known, st.sampled_from(PairState)))


def settled(value: Any) -> Pair:
    return Pair(value, value, PairState.SETTLED)


@settings(deadline=None)
@given(pairs, values, values)
def test_which_side_moved_does_not_depend_on_the_side(pair: Pair | None, left: Any, right: Any) -> None:
    mirrored = Pair(pair.right, pair.left, pair.state) if pair else None
    here = difference(NAME, pair=pair, left=left, right=right)
    there = difference(NAME, pair=mirrored, left=right, right=left)

    swap = {"left": "right", "right": "left"}
    assert (here is None) == (there is None)
    if here and there:
        assert swap.get(here.change, here.change) == there.change
        assert swap.get(here.decision, here.decision) == there.decision


@settings(deadline=None)
@given(pairs, values, values)
def test_comparing_again_finds_the_same(pair: Pair | None, left: Any, right: Any) -> None:
    once = pair_now(NAME, pair=pair, left=left, right=right)
    before, after = (difference(NAME, pair=each, left=left, right=right) for each in (pair, once))

    assert pair_now(NAME, pair=once, left=left, right=right) == once
    assert (before is None, before and before.decision) == (after is None, after and after.decision)


@settings(deadline=None)
@given(known, known, known)
def test_no_change_is_lost_and_none_is_invented(base: Any, left: Any, right: Any) -> None:
    found = difference(NAME, pair=settled(base), left=left, right=right)

    if left == right:
        assert found is None
    else:
        assert found is not None
        assert (found.decision is Decision.OPEN) == (left != base and right != base)
        if found.decision is not Decision.OPEN:
            taken = left if found.decision is Decision.LEFT else right
            assert taken != base


@settings(deadline=None)
@given(pairs, values)
def test_unknown_never_differs_and_moves_no_pair(pair: Pair | None, value: Any) -> None:
    assert difference(NAME, pair=pair, left=value, right=UNKNOWN) is None
    assert pair_now(NAME, pair=pair, left=value, right=UNKNOWN) == pair


@pytest.mark.behaviour("G-04")
def test_a_value_left_as_it_is_is_shown_again_only_when_a_side_changes() -> None:
    left_as_is = Pair("Anna", "Bo", PairState.LEFT_AS_IS)

    assert difference(NAME, pair=left_as_is, left="Anna", right="Bo") is None
    changed = difference(NAME, pair=left_as_is, left="Cia", right="Bo")
    assert changed is not None
    assert changed.change is Change.LEFT


def test_a_first_difference_waits_for_a_person_and_a_missing_value_suggests_the_other() -> None:
    differs = difference(NAME, pair=None, left="Anna", right="Bo")
    missing = difference(NAME, pair=None, left=None, right="Bo")

    assert differs is not None
    assert (differs.suggestion, differs.decision) == (Decision.OPEN, Decision.OPEN)
    assert missing is not None
    assert (missing.suggestion, missing.decision) == (Decision.RIGHT, Decision.OPEN)


@pytest.mark.behaviour("FX-07")
def test_a_one_way_field_fills_an_empty_target_by_rule_and_asks_about_another_value() -> None:
    number = Field(name="number", label="Number", kind=kinds.CODE, direction=Direction.TO_LEFT)
    empty = difference(number, pair=None, left=None, right="7")
    other = difference(number, pair=None, left="3", right="7")
    edited = difference(number, pair=settled("7"), left="3", right="7")

    assert empty is not None
    assert empty.decision is Decision.RIGHT
    assert other is not None
    assert other.decision is Decision.OPEN
    assert other.reason_right
    assert edited is not None
    assert edited.decision is Decision.OPEN


def test_what_cannot_be_written_is_not_chosen_and_says_why() -> None:
    checked = Field(name="name", label="Name", kind=kinds.TEXT, check_right=refuse_bad, required=True)
    bad = difference(checked, pair=settled("Anna"), left="bad", right="Anna")
    emptied = difference(checked, pair=settled("Anna"), left=None, right="Anna")

    assert bad is not None
    assert (bad.decision, bad.reason_right) == (Decision.OPEN, "It is bad.")
    assert emptied is not None
    assert (emptied.decision, bool(emptied.reason_right)) == (Decision.OPEN, True)


@pytest.mark.behaviour("G-18")
def test_a_withheld_value_of_a_protected_person_is_never_chosen_for_the_vendor() -> None:
    phone = Field(name="phone", label="Phone", kind=kinds.PHONE, withheld=True)
    found = difference(phone, pair=settled("+461"), left="+462", right="+461", protected=True)

    assert found is not None
    assert (found.decision, bool(found.reason_right)) == (Decision.OPEN, True)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (kinds.TEXT, "Anna  Maria ", "Anna Maria"),
        (kinds.EMAIL, "Anna@X.se", "anna@x.SE "),
        (
            kinds.ADDRESS,
            kinds.Address("Storgatan 1", "123 45", "Lund", "SE"),
            kinds.Address("storgatan  1", "12345", "LUND", "se"),
        ),
        (kinds.BANK_ACCOUNT, kinds.BankAccount("SE", "6000", "123 456-7"), kinds.BankAccount("SE", "6000", "1234567")),
    ],
)
def test_ways_of_writing_one_value_are_equal(kind: kinds.Kind, one: Any, other: Any) -> None:
    declared = Field(name="value", label="Value", kind=kind)

    assert difference(declared, pair=None, left=one, right=other) is None


def test_leading_zeros_of_an_account_count() -> None:
    account = Field(name="account", label="Account", kind=kinds.BANK_ACCOUNT)

    assert difference(
        account, pair=None, left=kinds.BankAccount("SE", "6000", "0123"), right=kinds.BankAccount("SE", "6000", "123")
    )


@given(st.dates())
def test_a_date_survives_being_stored(day: date) -> None:
    declared = Field(name="day", label="Day", kind=kinds.DATE)

    assert declared.from_json(declared.to_json(day)) == day


def test_the_stored_choices_are_those_of_the_comparison() -> None:
    assert {str(one) for one in Decision} == set(SyncField.Decision.values)
    assert {str(one) for one in Change} == set(SyncField.Change.values)
