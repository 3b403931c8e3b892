"""An ended and a current record of one person at the vendor: the current one is matched, the ended one named (G-28)."""

from itertools import permutations
from typing import Any

import pytest

from integrations.core.compare import LinkState
from integrations.core.declare import Record
from tests.core.compare.two_sides import Compared, compare, record

NID, OTHER_NID = ("nid:SE:5501019805", ""), ("nid:SE:9001019802", "")


def _ended(**more: Any) -> Record:
    return record("50", more.pop("email", "a@x.se"), active=False, **more)._replace(label="Anna Ek")


def _current(record_id: str = "150", **more: Any) -> Record:
    return record(record_id, more.pop("email", "a@x.se"), **more)._replace(label="Anna Ek")


def _linked(right_id: str) -> dict[str, Any]:
    agreed = ["a@x.se", "a@x.se", "settled"]
    return {
        "links": [LinkState(7, "1", right_id, "", True)],
        "pairs": {7: {"email": agreed, "name": ["Anna", "Anna", "settled"]}},
    }


def _reason(compared: Compared, right_id: str) -> str:
    return compared.row(right_id=right_id).reason


@pytest.mark.behaviour("G-28")
@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize("rights", list(permutations([_ended(), _current()])))
def test_the_current_record_is_matched_whichever_comes_first_and_the_ended_one_is_named(
    rights: tuple[Record, ...], page: int
) -> None:
    compared = compare([record("1", "a@x.se")], rights, page=page)

    assert [(each.left, each.record.id) for each in compared.in_step] == [(0, "150")]
    assert compared.kinds == [("cannot_send", "", "50")]
    assert _reason(compared, "50") == (
        "An ended record (50) of Anna Ek, whose current one there is 150: nothing to do."
    )
    assert compared.counts.equal + compared.counts.rows == 2


@pytest.mark.behaviour("G-28")
@pytest.mark.parametrize("rights", list(permutations([_ended(), _current(phone="+46701740605")])))
def test_what_differs_is_that_of_the_current_record(rights: tuple[Record, ...]) -> None:
    compared = compare([record("1", "a@x.se", phone="+46701740606")], rights)

    row = compared.row(kind="differs")
    assert (row.left_id, row.right_id) == ("1", "150")
    assert [(field.field, field.right) for field in row.fields] == [("phone", "+46701740605")]


@pytest.mark.behaviour("G-28")
@pytest.mark.parametrize("rights", list(permutations([_current("150"), _current("151"), _ended()])))
def test_two_current_records_are_a_question_that_says_which_has_ended(rights: tuple[Record, ...]) -> None:
    compared = compare([record("1", "a@x.se")], rights)

    assert compared.in_step == []
    assert {row.kind for row in compared.rows} <= {"duplicate", "ambiguous"}
    assert "Anna Ek (has left)" in _reason(compared, "150")


@pytest.mark.behaviour("G-28")
@pytest.mark.parametrize(
    "current",
    [_current(clues=OTHER_NID), _current()._replace(label="Bo Berg")],
    ids=["another national ID", "another name"],
)
def test_two_people_with_one_address_stay_a_question(current: Record) -> None:
    compared = compare([record("1", "a@x.se")], [_ended(clues=NID), current])
    assert compared.in_step == []
    assert "cannot_send" not in {row.kind for row in compared.rows}


@pytest.mark.behaviour("G-28")
def test_one_national_id_tells_one_person_whatever_the_name() -> None:
    married = _current(clues=NID)._replace(label="Anna Berg")
    compared = compare([record("1", "a@x.se")], [_ended(clues=NID), married])
    assert [each.record.id for each in compared.in_step] == ["150"]


@pytest.mark.behaviour("G-28")
def test_later_the_linked_current_record_stays_in_step_beside_the_ended_one() -> None:
    compared = compare([record("1", "a@x.se")], [_ended(), _current()], **_linked("150"))
    assert compared.kinds == [("cannot_send", "", "50")]
    assert compared.counts.equal == 1


@pytest.mark.behaviour("G-28")
@pytest.mark.parametrize("rights", list(permutations([_ended(), _current()])))
def test_somebody_linked_to_the_ended_record_is_asked_about_by_name(rights: tuple[Record, ...]) -> None:
    compared = compare([record("1", "a@x.se")], rights, **_linked("50"))

    gone = compared.row(kind="gone")
    assert (gone.left_id, gone.right_id, gone.link_id) == ("1", "50", 7)
    assert gone.reason.startswith("Linked to a record there that has ended (50); the current one is 150.")
    assert _reason(compared, "150") == "The current record of Anna 1, who is linked to an ended one there."


@pytest.mark.behaviour("G-28")
def test_an_ended_match_beside_a_current_record_under_another_address_is_a_question() -> None:
    compared = compare([record("1", "a@x.se")], [_ended(clues=NID), _current(email="new@x.se", clues=NID)])

    assert compared.in_step == []
    assert {row.kind for row in compared.rows} == {"ambiguous"}
    assert "Anna Ek (has left), Anna Ek" in compared.row(left_id="1").reason


@pytest.mark.behaviour("G-28")
def test_only_ended_records_are_matched_as_before() -> None:
    compared = compare([record("1", "a@x.se")], [_ended()])
    assert [each.record.id for each in compared.in_step] == ["50"]
