"""Who is held from creation: the same national ID on one side, as on the other (D-08, G-05)."""

import pytest

from integrations.core.compare import Change, Decision, LinkState
from tests.core.compare.two_sides import Compared, compare, record

NID, OTHER = ("nid:SE:5501019805", ""), ("nid:SE:9001019802", "")


def holds(compared: Compared) -> dict[str, str]:
    return {row.left_id or row.right_id: row.hold_reason for row in compared.rows}


@pytest.mark.behaviour("D-08")
def test_two_people_only_here_with_one_national_id_are_both_held_and_name_each_other() -> None:
    lefts = [record("1", "a@x.se", clues=NID), record("2", "b@x.se", clues=NID), record("3", "c@x.se", clues=OTHER)]

    compared = compare(lefts, [])

    assert holds(compared)["1"].startswith("Same national ID in the hub as Anna 2.")
    assert holds(compared)["2"].startswith("Same national ID in the hub as Anna 1.")
    assert holds(compared)["3"] == ""
    assert compared.row(left_id="1").options == {"same_id": ["2"]}


@pytest.mark.behaviour("D-08")
def test_two_people_of_the_vendor_with_one_national_id_are_both_held() -> None:
    rights = [record("7", "a@x.se", clues=NID), record("8", "b@x.se", clues=NID)]

    compared = compare([], rights)

    assert holds(compared)["7"].startswith("Same national ID in the other system as Anna 8.")
    assert compared.row(right_id="7").options["values"]["email"] == "a@x.se"


@pytest.mark.behaviour("D-08")
@pytest.mark.parametrize(
    ("more", "named"),
    [({"active": False}, "Anna 1 (has left)"), ({"in_scope": False}, "somebody outside this connection's scope")],
)
def test_whoever_has_left_or_takes_no_part_counts_and_the_latter_stays_unnamed(
    more: dict[str, bool], named: str
) -> None:
    compared = compare([record("1", "a@x.se", clues=NID, **more), record("2", "b@x.se", clues=NID)], [])

    assert compared.row(left_id="2").hold_reason.startswith(f"Same national ID in the hub as {named}.")
    assert len(compared.rows) == 1


@pytest.mark.behaviour("D-08")
def test_somebody_who_is_there_already_holds_the_new_one_and_stays_in_step() -> None:
    compared = compare([record("1", "a@x.se", clues=NID), record("2", "b@x.se", clues=NID)], [record("9", "a@x.se")])

    assert compared.kinds == [("only_left", "2", "")]
    assert compared.row(left_id="2").hold_reason.startswith("Same national ID in the hub as Anna 1.")


@pytest.mark.behaviour("D-08", "G-05")
def test_both_questions_are_asked_where_the_person_may_be_on_either_side() -> None:
    compared = compare(
        [record("1", "a@x.se", clues=NID), record("2", "b@x.se", clues=NID)], [record("9", "z@x.se", clues=NID)]
    )

    reason = compared.row(left_id="1").hold_reason
    assert reason.startswith("May be Anna 9: same national ID")
    assert "Same national ID in the hub as Anna 2." in reason


def test_the_same_name_and_birth_date_on_one_side_alone_hold_nobody() -> None:
    person = ("", "person:anna berg:1990-01-01")

    assert holds(compare([record("1", "a@x.se", clues=person), record("2", "b@x.se", clues=person)], [])) == {
        "1": "",
        "2": "",
    }


# --- An address that was given away -----------------------------------------------------------------------------

PAIRS = {1: {"email": ["a@x.se", "a@x.se", "settled"]}}
LINK = LinkState(1, "1", "9", "", connected=True)


@pytest.mark.behaviour("D-10")
def test_a_leavers_address_that_somebody_else_has_by_now_is_to_be_emptied_and_nobody_is_paired_by_it() -> None:
    lefts = [record("1", None, active=False), record("2", "A@x.se", name="Bo")]

    compared = compare(lefts, [record("9", "a@x.se", active=False)], links=[LINK], pairs=PAIRS)

    assert compared.kinds == [("differs", "1", "9"), ("only_left", "2", "")]
    (field,) = compared.row(left_id="1").fields
    assert (field.change, field.decision, field.reason_right) == (Change.LEFT, Decision.LEFT, "")


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize(
    ("active", "other"), [(True, "a@x.se"), (False, "b@x.se")], ids=["has not left", "nobody's by now"]
)
def test_an_address_is_never_emptied_otherwise(active: bool, other: str) -> None:
    lefts = [record("1", None, active=active), record("2", other, name="Bo")]

    compared = compare(lefts, [record("9", "a@x.se")], links=[LINK], pairs=PAIRS)

    (field,) = compared.row(left_id="1").fields
    assert (field.decision, field.reason_right) == (Decision.OPEN, "It cannot be emptied there.")
