"""Whoever cannot be read, or is missing from the list, is neither gone nor on one side only."""

import pytest
from hypothesis import given, settings

from integrations.core.compare import Asked, LinkState
from integrations.core.declare import Record
from integrations.core.kinds import UNKNOWN
from tests.core.compare.two_sides import RESOURCE, Compared, compare, people, record

ODD = "Cannot be read: the names."
LINK = LinkState(1, "l1", "r1", "", connected=True)


@pytest.mark.behaviour("G-23", "G-16")
def test_somebody_linked_who_cannot_be_read_is_told_with_both_sides_and_is_not_gone() -> None:
    compared = compare([record("l1", "a@x.se")], [record("r1", UNKNOWN, unreadable=ODD)], links=[LINK])

    (row,) = compared.rows
    assert (row.kind, row.left_id, row.right_id, row.link_id, row.reason) == ("unreadable", "l1", "r1", 1, ODD)
    assert (compared.in_step, compared.counts.rows, compared.counts.left_out) == ([], 1, {})


@pytest.mark.behaviour("G-23")
def test_equal_values_of_one_who_cannot_be_read_are_no_step() -> None:
    same = record("r1", "a@x.se", unreadable=ODD)
    assert compare([record("l1", "a@x.se")], [same], links=[LINK]).in_step == []
    assert compare([record("l1", "a@x.se")], [same]).kinds == [("unreadable", "l1", "r1")]


@pytest.mark.behaviour("G-23")
@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize("swapped", [False, True])
def test_two_who_may_be_one_person_are_held_whoever_of_them_cannot_be_read(page: int, swapped: bool) -> None:
    rights = [record("r1", "a@x.se", unreadable=ODD), record("r2", "A@x.se", name="Bo")]
    compared = compare([record("l1", "a@x.se")], rights[::-1] if swapped else rights, page=page)

    assert ("unreadable", "", "r1") in compared.kinds
    assert {kind for kind, _, _ in compared.kinds} & {"only_left", "only_right", "differs"} == set()
    assert compared.in_step == []


@pytest.mark.behaviour("G-23", "G-11")
def test_nothing_is_told_of_who_is_disconnected_or_out_of_scope() -> None:
    cut = [LINK._replace(connected=False)]
    odd = [record("r1", UNKNOWN, unreadable=ODD)]
    disconnected = compare([record("l1", "a@x.se")], odd, links=cut)
    outside = compare([record("l1", "a@x.se", in_scope=False)], odd, links=[LINK])
    nobody = compare([], odd, links=cut)

    assert (disconnected.rows, disconnected.counts.left_out) == ([], {"disconnected": 1})
    assert (outside.rows, outside.counts.left_out) == ([], {"out_of_scope": 1})
    assert (nobody.rows, nobody.counts.left_out) == ([], {"disconnected": 1})


@pytest.mark.behaviour("G-23")
def test_the_same_national_id_or_name_as_one_who_cannot_be_read_waits_for_a_person() -> None:
    clue = ("nid:SE:8001011234", "")
    by_clue = compare([record("l1", "a@x.se", clues=clue)], [record("r1", UNKNOWN, clues=clue, unreadable=ODD)])
    by_name = compare(
        [record("l1", "a@x.se")._replace(label="Eva Ek")],
        [record("r1", UNKNOWN, unreadable=ODD)._replace(label="EVA EK")],
    )
    other = compare([record("l1", "a@x.se")], [record("r1", UNKNOWN, unreadable=ODD)._replace(label="")])

    assert "same national ID" in by_clue.row(left_id="l1").hold_reason
    assert "cannot be read" in by_name.row(left_id="l1").hold_reason
    assert other.row(left_id="l1").hold_reason == ""


@pytest.mark.behaviour("G-23")
def test_records_without_an_id_are_each_told() -> None:
    nameless = [record("", UNKNOWN, unreadable=ODD)._replace(label="") for _ in range(3)]
    compared = compare([], nameless, page=2)

    assert [(row.kind, row.right_id, row.label) for row in compared.rows] == [
        ("unreadable", "", "A record without a name")
    ] * 3


@pytest.mark.behaviour("G-23")
def test_an_incomplete_list_tells_whom_it_could_not_read() -> None:
    compared = compare([], [record("r1", UNKNOWN, unreadable=ODD)], complete=False)
    assert compared.kinds == [("unreadable", "", "r1")]


@settings(max_examples=300, deadline=None)
@given(people("l"), people("r"))
def test_nobody_is_paired_settled_or_offered_whose_record_cannot_be_read(
    lefts: list[Record], rights: list[Record]
) -> None:
    compared = compare(lefts, rights)

    odd = {one.id for one in rights if one.unreadable}
    assert not odd & {one.record.id for one in compared.in_step}
    assert {row.right_id for row in compared.rows if row.kind == "unreadable"} == odd - _outside(
        compared, lefts, rights
    )
    assert not odd & {row.right_id for row in compared.rows if row.kind != "unreadable"}
    keys = {RESOURCE.field("email").key(RESOURCE.value(one, "email")) for one in rights if one.unreadable} - {None}
    for row in compared.rows:
        if row.kind == "only_left":
            left = next(one for one in lefts if one.id == row.left_id)
            assert RESOURCE.field("email").key(RESOURCE.value(left, "email")) not in keys


def _outside(compared: Compared, lefts: list[Record], rights: list[Record]) -> set[str]:
    """Return who is left out with a partner out of scope."""
    told = {row.right_id for row in compared.rows}
    outside = {RESOURCE.field("email").key(RESOURCE.value(one, "email")) for one in lefts if not one.in_scope}
    email = RESOURCE.field("email")
    return {one.id for one in rights if email.key(RESOURCE.value(one, "email")) in outside and one.id not in told}


# --- Whoever the list lacks --------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-24", "G-16")
def test_only_whoever_the_vendor_denied_is_gone() -> None:
    links = [LinkState(number, f"l{number}", f"r{number}", "", connected=True) for number in (1, 2, 3)]
    lefts = [record(f"l{number}", f"p{number}@x.se") for number in (1, 2, 3, 4)]
    asked = Asked(denied=frozenset({"r1"}), not_asked=frozenset({"r2"}))

    compared = compare(lefts, [record("r3", "p3@x.se")], links=links, complete=False, asked=asked)

    assert compared.kinds == [("gone", "l1", ""), ("not_listed", "l2", "")]
    assert compared.counts.left_out == {"incomplete": 1}


@pytest.mark.behaviour("G-24")
def test_an_incomplete_list_alone_says_of_nobody_that_they_are_gone() -> None:
    compared = compare([record("l1", "a@x.se")], [], links=[LINK], complete=False)
    assert (compared.rows, compared.counts.left_out) == ([], {"incomplete": 1})
