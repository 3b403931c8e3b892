"""Which parts of a value go: those that were edited, beside what stands there (pure, G-35)."""

import pytest

from integrations.core.compare import (
    Pair,
    PairState,
    edited_parts,
    merged,
    overwrites,
    pair_after,
    pair_left,
)
from integrations.core.declare import Field
from integrations.core.kinds import ADDRESS, BANK_ACCOUNT, TEXT, Address, BankAccount

pytestmark = pytest.mark.behaviour("G-35")
WHERE = Field(name="address", label="Address", kind=ADDRESS)
ACCOUNT = Field(name="bank_account", label="Bank account", kind=BANK_ACCOUNT)
NAME = Field(name="name", label="Name", kind=TEXT)
OLD = Address("Gatan 1", "11122", "Stockholm", "SE")
SETTLED = PairState.SETTLED


def pair(left: Address | None = OLD, right: Address | None = OLD, state: PairState = SETTLED) -> Pair:
    return Pair(WHERE.key(left), WHERE.key(right), state)


def test_only_the_part_that_was_edited_goes_beside_what_stands_there() -> None:
    hub, there = OLD._replace(street="Vägen 2"), OLD._replace(city="Kiruna")
    parts = edited_parts(WHERE, pair=pair(), key=WHERE.key(hub))

    assert merged(WHERE, value=hub, there=there, parts=parts) == Address("Vägen 2", "11122", "Kiruna", "SE")


def test_what_the_other_side_changed_beside_it_stays_its_change() -> None:
    hub, there = OLD._replace(street="Vägen 2"), OLD._replace(city="Kiruna")
    parts = edited_parts(WHERE, pair=pair(), key=WHERE.key(hub))
    sent = WHERE.key(merged(WHERE, value=hub, there=there, parts=parts))

    after = pair_after(WHERE, pair=pair(), key=WHERE.key(hub), sent=sent, parts=parts)

    assert after == Pair(WHERE.key(hub), WHERE.key(hub), SETTLED)
    assert after.right != sent


def test_a_postal_code_goes_with_its_country() -> None:
    hub, there = OLD._replace(postal_code="11355"), OLD._replace(postal_code="0150", country="NO")
    parts = edited_parts(WHERE, pair=pair(), key=WHERE.key(hub))

    assert merged(WHERE, value=hub, there=there, parts=parts) == OLD._replace(postal_code="11355")


def test_an_account_is_one_part() -> None:
    old, hub = BankAccount("SE", "5439", "0000004"), BankAccount("SE", "5439", "0000012")
    there = BankAccount("SE", "8327", "9000001")
    known = Pair(ACCOUNT.key(old), ACCOUNT.key(old), SETTLED)
    parts = edited_parts(ACCOUNT, pair=known, key=ACCOUNT.key(hub))

    assert merged(ACCOUNT, value=hub, there=there, parts=parts) == hub


def test_what_is_held_does_not_count_as_edited_and_stays_an_edit() -> None:
    hub = OLD._replace(street="Vägen 2", city="Lund")
    parts = edited_parts(WHERE, pair=pair(), key=WHERE.key(hub), held=frozenset({2}))
    sent = merged(WHERE, value=hub, there=OLD, parts=parts)
    after = pair_after(WHERE, pair=pair(), key=WHERE.key(hub), sent=WHERE.key(sent), parts=parts)

    assert sent == OLD._replace(street="Vägen 2")
    assert edited_parts(WHERE, pair=after, key=WHERE.key(hub)) == {2}


def test_a_part_that_is_left_leaves_the_others_edited() -> None:
    hub = OLD._replace(street="Vägen 2", city="Lund")
    left = pair_left(WHERE, pair=pair(), key=WHERE.key(hub), parts=frozenset({2}))

    assert left.state is PairState.LEFT_AS_IS
    assert edited_parts(WHERE, pair=left, key=WHERE.key(hub)) == {0}


def test_an_address_that_is_emptied_is_emptied() -> None:
    parts = edited_parts(WHERE, pair=pair(), key=None)

    assert merged(WHERE, value=None, there=OLD, parts=parts) is None


def test_a_part_of_an_address_that_was_not_there_goes_alone() -> None:
    none = pair(None, None)
    hub = Address("", "", "Lund", "")
    parts = edited_parts(WHERE, pair=none, key=WHERE.key(hub))

    assert merged(WHERE, value=hub, there=Address("Vägen 2", "", "", ""), parts=parts) == Address("Vägen 2", "", "Lund")


def test_what_a_person_wants_goes_where_it_differs_though_nobody_edited_it() -> None:
    there = OLD._replace(city="Kiruna")
    parts = edited_parts(WHERE, pair=pair(right=there, state=PairState.OPEN), key=WHERE.key(OLD), wanted=True)

    assert merged(WHERE, value=OLD, there=there, parts=parts) == OLD


@pytest.mark.behaviour("G-25")
@pytest.mark.parametrize(("there", "lost"), [("Anna", False), ("Anne", True), ("Ann", False)])
def test_only_a_value_that_changed_since_and_differs_is_overwritten(there: str, lost: bool) -> None:
    known = Pair("Anna", "Anna", SETTLED)

    assert overwrites(NAME, pair=known, there=there, sent="Ann", parts=frozenset({0})) is lost


@pytest.mark.behaviour("G-25")
def test_a_newer_part_beside_what_is_sent_is_not_overwritten() -> None:
    there = WHERE.key(OLD._replace(city="Kiruna"))
    sent = WHERE.key(Address("Vägen 2", "11122", "Kiruna", "SE"))

    assert not overwrites(WHERE, pair=pair(), there=there, sent=sent, parts=frozenset({0}))
