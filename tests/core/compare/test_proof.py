"""What a vendor's answer proves about what was sent, field by field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.core.compare import held_keys, is_about, prove
from integrations.core.kinds import UNKNOWN
from tests.core.compare.two_sides import RESOURCE, record

VALUES = st.sampled_from([None, UNKNOWN, "a", "b", "c"])
NAMES = st.sampled_from(["email", "name", "phone"])
SENT = st.dictionaries(NAMES, st.sampled_from([None, "a", "b"]))


@pytest.mark.behaviour("G-19")
@given(sent=SENT, held=st.dictionaries(NAMES, VALUES), before=st.dictionaries(NAMES, VALUES))
def test_every_field_that_was_sent_is_judged_once_and_only_an_equal_value_has_arrived(
    sent: dict[str, str | None], held: dict[str, object], before: dict[str, object]
) -> None:
    proof = prove(sent=sent, held=held, before=before)

    sets = (proof.arrived, proof.kept, proof.other, proof.silent)
    assert sorted(name for names in sets for name in names) == sorted(sent)
    assert proof.arrived == {name for name, key in sent.items() if name in held and held[name] == key}
    assert proof.silent == {name for name in sent if held.get(name, UNKNOWN) is UNKNOWN}
    assert all(held[name] == before[name] for name in proof.kept)


@pytest.mark.behaviour("G-19")
def test_a_value_is_kept_from_before_or_another_one() -> None:
    proof = prove(sent={"name": None, "phone": "2"}, held={"name": "old", "phone": "3"}, before={"name": "old"})
    assert (set(proof.kept), set(proof.other)) == ({"name"}, {"phone"})
    assert proof.differing == {"name", "phone"}


@pytest.mark.behaviour("G-19")
def test_a_value_in_the_vendors_own_writing_has_arrived() -> None:
    sent = {"email": "anna@demo.example", "name": "Anna Ek"}
    shown = record("7", "Anna@Demo.Example", name="Anna  Ek")
    assert prove(sent=sent, held=held_keys(RESOURCE, shown, sent)).arrived == set(sent)


@pytest.mark.behaviour("G-30")
@pytest.mark.parametrize(
    ("held", "done"),
    [
        ({"name": "a", "phone": "b"}, {"name", "phone"}),
        ({"name": "a", "phone": "x"}, {"name"}),
        ({"name": "a"}, {"name", "phone"}),
        ({"name": "x"}, set()),
        ({"name": "x", "phone": "y"}, set()),
        ({}, {"name", "phone"}),
    ],
)
def test_of_a_write_of_unknown_outcome_what_is_not_shown_counts_with_what_is(
    held: dict[str, str], done: set[str]
) -> None:
    assert prove(sent={"name": "a", "phone": "b"}, held=held).done == done


@pytest.mark.behaviour("G-40")
def test_an_answer_about_somebody_else_is_none() -> None:
    sent = {"email": "anna@demo.example"}
    anna = record("7", "ANNA@demo.example")
    assert is_about(RESOURCE, anna, right_id="7", sent={"name": "Bo"})
    assert not is_about(RESOURCE, anna, right_id="8", sent={"name": "Anna"})
    assert is_about(RESOURCE, anna, right_id="", sent=sent)
    assert not is_about(RESOURCE, record("7", "bo@demo.example"), right_id="", sent=sent)
    assert not is_about(RESOURCE, record("7", None), right_id="", sent=sent)
    assert is_about(RESOURCE, record("7", UNKNOWN), right_id="", sent=sent)
