"""What is done about rows that stand in Fortnox already, typed by hand or left by a lost answer; no database."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.fortnox.absence_rules import AbsenceValues, ListedRow
from integrations.fortnox.absence_typed import Finding, Look, find_row, follows_mapping, look_among
from tests.fortnox.absence_values import ANY_ABSENCE, MONDAY, lasting, listed, want


@pytest.mark.behaviour("FX-15")
def test_where_nothing_stands_the_days_are_free() -> None:
    assert look_among([], wishes=want(lasting(3)).rows, linked_ids=set()) == Look(finding=Finding.FREE)


@pytest.mark.behaviour("FX-15")
def test_a_whole_absence_that_was_typed_by_hand_is_adopted() -> None:
    wishes = want(lasting(3)).rows

    look = look_among(listed(wishes), wishes=wishes, linked_ids=set())

    assert (look.finding, {day: row.row_id for day, row in look.adopted.items()}) == (
        Finding.ADOPT,
        {wish.day: f"typed {wish.day}" for wish in wishes},
    )


@pytest.mark.behaviour("FX-15")
def test_a_part_of_an_absence_is_shown_and_neither_adopted_nor_doubled() -> None:
    wishes = want(lasting(3)).rows
    typed = listed(wishes[:2])

    assert look_among(typed, wishes=wishes, linked_ids=set()) == Look(finding=Finding.CLASH, others=tuple(typed))


@pytest.mark.behaviour("FX-15")
@pytest.mark.parametrize("extent", [Decimal(50), Decimal(0), None])
def test_a_row_of_another_extent_is_shown_and_not_overwritten(extent: Decimal | None) -> None:
    wishes = want(lasting(1)).rows
    typed = ListedRow("typed", "17", MONDAY, "SJK", extent, Decimal(5))

    assert look_among([typed], wishes=wishes, linked_ids=set()) == Look(finding=Finding.CLASH, others=(typed,))


@pytest.mark.behaviour("FX-15")
def test_a_row_belongs_to_at_most_one_absence() -> None:
    wishes = want(lasting(1)).rows
    typed = listed(wishes)

    assert look_among(typed, wishes=wishes, linked_ids={typed[0].row_id}).finding is Finding.FREE


def test_a_day_that_was_typed_twice_is_for_a_person_to_look_at() -> None:
    wishes = want(lasting(1)).rows
    twice = [*listed(wishes, name="one"), *listed(wishes, name="two")]

    assert look_among(twice, wishes=wishes, linked_ids=set()).finding is Finding.CLASH


@pytest.mark.behaviour("FX-22")
def test_rows_of_other_causes_are_in_the_way_where_a_day_would_be_too_much() -> None:
    wishes = [row._replace(extent=50) for row in want(lasting(2)).rows]
    halves = listed(row._replace(cause="SEM") for row in wishes)

    assert look_among(halves, wishes=wishes, linked_ids=set()).finding is Finding.FREE
    look = look_among(halves, wishes=wishes, linked_ids=set(), beside={wishes[1].day: 1})
    assert look == Look(finding=Finding.CLASH, others=(halves[1],), too_much=True)
    raised = [row._replace(extent=51) for row in wishes]
    assert look_among(halves, wishes=[], raised=raised, linked_ids=set()).others == tuple(halves)
    assert look_among(halves, wishes=[], raised=wishes, linked_ids=set()).finding is Finding.FREE


@pytest.mark.behaviour("G-20")
def test_on_a_day_that_may_have_been_created_before_any_free_row_is_looked_at() -> None:
    wishes = want(lasting(2)).rows
    others = listed(row._replace(cause="SEM", extent=0) for row in wishes)

    look = look_among(others, wishes=wishes, linked_ids=set(), doubted={wishes[1].day})
    assert look == Look(finding=Finding.CLASH, others=(others[1],))
    taken = {others[1].row_id}
    assert look_among(others, wishes=wishes, linked_ids=taken, doubted={wishes[1].day}).finding is Finding.FREE
    # The row that was sent is there as it was sent, beside another one: that is for a person to look at, too.
    whole = [*listed(wishes), others[1]]
    assert look_among(whole, wishes=wishes, linked_ids=set(), doubted={wishes[1].day}).finding is Finding.CLASH


def test_a_create_whose_answer_was_lost_is_found_among_the_free_rows() -> None:
    wish = want(lasting(1)).rows[0]
    mine, others = listed([wish], name="mine"), listed([wish], name="another absence's")

    assert find_row([*others, *mine], wish=wish, linked_ids={others[0].row_id}) == mine[0]
    assert find_row(others, wish=wish, linked_ids={others[0].row_id}) is None
    assert find_row(listed([wish._replace(extent=50)]), wish=wish, linked_ids=set()) is None


@given(ANY_ABSENCE, st.data())
def test_a_look_takes_no_row_twice_and_none_that_is_linked(values: AbsenceValues, data: st.DataObject) -> None:
    wishes = want(values).rows
    typed = listed(data.draw(st.lists(st.sampled_from(wishes), unique=True)) if wishes else [])
    linked = set(data.draw(st.lists(st.sampled_from([row.row_id for row in typed]))) if typed else [])

    look = look_among(typed, wishes=wishes, linked_ids=linked)

    ids = [row.row_id for row in look.adopted.values()]
    assert len(ids) == len(set(ids))
    assert not set(ids) & linked
    assert (look.finding is Finding.ADOPT) == (bool(wishes) and len(typed) == len(wishes) and not linked)


@pytest.mark.behaviour("FX-13")
@pytest.mark.parametrize(
    ("cause", "changed", "follows"), [("VAB", 3, True), ("VAB", 2, False), ("SJK", 3, False), ("", 3, False)]
)
def test_a_disconnected_absence_follows_once_all_its_rows_have_the_new_cause(
    cause: str, changed: int, follows: bool
) -> None:
    rows = listed(want(lasting(3)).rows)
    edited = [row._replace(cause="VAB") if number < changed else row for number, row in enumerate(rows)]

    assert follows_mapping(edited, row_ids={row.row_id for row in rows}, cause=cause) is follows
    assert not follows_mapping(edited[1:], row_ids={row.row_id for row in rows}, cause=cause)
