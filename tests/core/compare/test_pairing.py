"""Pairing two sides: properties of all, and the cases that people meet."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.core.compare import LinkState
from integrations.core.declare import Record
from integrations.core.kinds import UNKNOWN
from tests.core.compare.two_sides import RESOURCE, Compared, compare, people, record


def seen(compared: Compared, lefts: list[Record]) -> tuple[list[str], list[str]]:
    """Return the left and right ids that stand in a row or are in step."""
    left_ids = [lefts[one.left].id for one in compared.in_step] + [row.left_id for row in compared.rows if row.left_id]
    right_ids = [one.record.id for one in compared.in_step] + [row.right_id for row in compared.rows if row.right_id]
    return left_ids, right_ids


@settings(max_examples=400, deadline=None)
@given(people("l"), people("r"), st.integers(1, 4))
def test_everybody_ends_in_one_place_and_the_counts_add_up(
    lefts: list[Record], rights: list[Record], page: int
) -> None:
    compared = compare(lefts, rights, page=page)

    left_ids, right_ids = seen(compared, lefts)
    assert max(Counter(left_ids).values(), default=1) == 1
    assert max(Counter(right_ids).values(), default=1) == 1
    assert len(compared.rows) == compared.counts.rows
    assert len(compared.in_step) == compared.counts.equal
    left_out = (len(lefts) - len(left_ids)) + (len(rights) - len(right_ids))
    pairs_left_out = left_out - sum(compared.counts.left_out.values())
    # Somebody left out stands alone or with a partner, who is left out with them.
    assert 0 <= pairs_left_out <= compared.counts.left_out.get("out_of_scope", 0)


@settings(max_examples=300, deadline=None)
@given(people("l"), people("r"), st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_order_of_the_lists_decides_nothing(
    lefts: list[Record], rights: list[Record], shuffler: object, page: int
) -> None:
    mixed_lefts, mixed_rights = list(lefts), list(rights)
    shuffler.shuffle(mixed_lefts)  # type: ignore[attr-defined]
    shuffler.shuffle(mixed_rights)  # type: ignore[attr-defined]

    assert compare(lefts, rights).kinds == compare(mixed_lefts, mixed_rights, page=page).kinds


@settings(max_examples=300, deadline=None)
@given(people("l"), people("r"))
def test_nobody_is_paired_whose_e_mail_is_shared_or_missing(lefts: list[Record], rights: list[Record]) -> None:
    compared = compare(lefts, rights)

    pairs = [(lefts[one.left], one.record) for one in compared.in_step]
    by_id = {each.id: each for each in (*lefts, *rights)}
    pairs += [(by_id[row.left_id], by_id[row.right_id]) for row in compared.rows if row.kind == "differs"]
    for left, right in pairs:
        keys = [RESOURCE.field("email").key(RESOURCE.value(one, "email")) for one in (left, right)]
        assert keys[0] == keys[1] is not None
        for side in (lefts, rights):
            assert sum(RESOURCE.field("email").key(RESOURCE.value(one, "email")) == keys[0] for one in side) == 1


@settings(max_examples=200, deadline=None)
@given(people("l"))
def test_a_side_compared_with_itself_differs_in_nothing(lefts: list[Record]) -> None:
    twins = [each._replace(id=f"r{number}") for number, each in enumerate(lefts)]

    assert not [row for row in compare(lefts, twins).rows if row.kind == "differs"]


def test_people_match_by_e_mail_without_regard_to_case() -> None:
    compared = compare([record("l1", "Anna@x.se")], [record("r1", "anna@X.se")])

    assert compared.counts.equal == 1
    assert compared.rows == []


def test_a_pair_that_differs_shows_each_differing_field() -> None:
    compared = compare([record("l1", "a@x.se", phone="+461")], [record("r1", "a@x.se", phone="+462", name="Bo")])

    (row,) = compared.rows
    assert [field.field for field in row.fields] == ["name", "phone"]
    assert row.pairs["name"] == ["Anna", "Bo", "open"]
    assert row.pairs["email"] == ["a@x.se", "a@x.se", "settled"]


@pytest.mark.behaviour("FX-05")
def test_people_who_share_a_phone_are_held_by_name_with_their_partners() -> None:
    compared = compare(
        [record("l1", "a@x.se", phone="+461", name="Ada"), record("l2", "b@x.se", phone="+461", name="Bo")],
        [record("r1", "a@x.se", name="Ada"), record("r2", "b@x.se", name="Bo")],
    )

    assert compared.kinds == [("duplicate", "l1", "r1"), ("duplicate", "l2", "r2")]
    assert compared.row(left_id="l1").reason == "Phone is also used by Bo l2."
    assert compared.in_step == []


def test_empty_and_unknown_values_are_no_duplicates() -> None:
    compared = compare(
        [record("l1", "a@x.se"), record("l2", "b@x.se")],
        [record("r1", "a@x.se", phone=UNKNOWN), record("r2", "b@x.se", phone=UNKNOWN)],
    )

    assert compared.counts.equal == 2


def test_a_duplicate_found_on_a_later_page_withdraws_the_pair_of_an_earlier_one() -> None:
    compared = compare(
        [record("l1", "a@x.se")], [record("r1", "a@x.se"), record("r2", "b@x.se"), record("r3", "a@x.se")], page=1
    )

    assert compared.kinds == [
        ("ambiguous", "l1", ""),
        ("duplicate", "", "r1"),
        ("duplicate", "", "r3"),
        ("only_right", "", "r2"),
    ]


@pytest.mark.behaviour("G-10")
def test_somebody_who_matches_a_person_already_linked_is_asked_about_and_not_created() -> None:
    links = [LinkState(1, "l1", "r1", "", connected=True)]
    compared = compare([record("l1", "a@x.se")], [record("r1", "old@x.se"), record("r2", "a@x.se")], links=links)

    assert compared.row(right_id="r2").kind == "ambiguous"
    assert compared.row(right_id="r1").kind == "differs"


@pytest.mark.behaviour("FX-06")
def test_later_a_link_matches_whatever_the_e_mail_has_become() -> None:
    links = [LinkState(1, "l1", "r1", "", connected=True)]
    pairs = {1: {"email": ["a@x.se", "a@x.se", "settled"]}}
    compared = compare([record("l1", "a@x.se")], [record("r1", "new@x.se")], links=links, pairs=pairs)

    (row,) = compared.rows
    (field,) = [field for field in row.fields if field.field == "email"]
    assert (row.kind, field.change, field.decision) == ("differs", "right", "right")


@pytest.mark.behaviour("FX-06")
def test_people_without_an_e_mail_are_listed_with_that_reason() -> None:
    compared = compare([record("l1", None)], [record("r1", None)])

    assert compared.kinds == [("cannot_send", "", "r1"), ("cannot_send", "l1", "")]
    assert {row.reason for row in compared.rows} == {"No E-mail, so it cannot be matched with anybody."}


@pytest.mark.behaviour("G-11")
def test_a_disconnected_person_takes_no_part() -> None:
    links = [LinkState(1, "l1", "r1", "", connected=False)]
    compared = compare([record("l1", "a@x.se")], [record("r1", "b@x.se")], links=links)

    assert compared.rows == []
    assert compared.counts.left_out == {"disconnected": 1}


@pytest.mark.behaviour("G-13")
def test_nobody_outside_the_scope_appears_nor_whoever_matches_them() -> None:
    compared = compare([record("l1", "a@x.se", in_scope=False)], [record("r1", "a@x.se", name="Bo")])

    assert compared.rows == []
    assert compared.counts.left_out == {"out_of_scope": 1}


@pytest.mark.behaviour("G-13")
def test_a_reason_does_not_name_people_outside_the_scope() -> None:
    compared = compare(
        [record("l1", "a@x.se", phone="+461"), record("l2", "b@x.se", phone="+461", name="Secret", in_scope=False)], []
    )

    (row,) = compared.rows
    assert "Secret" not in row.reason


@pytest.mark.behaviour("G-16")
def test_somebody_gone_is_shown_and_not_created_again() -> None:
    links = [LinkState(1, "l1", "r1", "", connected=True), LinkState(2, "l2", "r2", "", connected=True)]
    compared = compare([record("l1", "a@x.se")], [record("r2", "b@x.se")], links=links)

    assert compared.kinds == [("gone", "", "r2"), ("gone", "l1", "")]


def test_an_incomplete_list_never_says_only_here_or_gone() -> None:
    links = [LinkState(1, "l1", "r1", "", connected=True)]
    compared = compare([record("l1", "a@x.se"), record("l2", "b@x.se")], [], links=links, complete=False)

    assert compared.rows == []
    assert compared.counts.left_out == {"incomplete": 2}


@pytest.mark.behaviour("G-05")
def test_the_same_person_under_another_e_mail_is_held_on_both_sides() -> None:
    clue = ("nid:SE:8001011234", "")
    compared = compare([record("l1", "a@x.se", clues=clue)], [record("r1", "p@y.se", clues=clue)])

    assert compared.kinds == [("only_left", "l1", ""), ("only_right", "", "r1")]
    assert all("same national ID" in row.hold_reason for row in compared.rows)


@pytest.mark.behaviour("G-05")
def test_ended_people_are_listed_only_when_asked_for() -> None:
    lefts = [record("l1", "a@x.se", active=False)]

    assert compare(lefts, []).counts.left_out == {"ended": 1}
    assert compare(lefts, [], include_ended=True).kinds == [("only_left", "l1", "")]


@pytest.mark.behaviour("G-05")
def test_somebody_on_the_right_alone_comes_with_the_values_that_creating_would_take() -> None:
    compared = compare([], [record("r1", "a@x.se", phone=UNKNOWN, number="7"), record("r2", "b@x.se", name="Bo")])

    assert compared.row(right_id="r1").options["values"] == {
        "email": "a@x.se",
        "number": "7",
        "name": "Anna",
        "born": None,
    }
    assert compared.row(right_id="r2").options["values"]["name"] == "Bo"
