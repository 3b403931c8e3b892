"""One record that cannot be read is told by name, with what is wrong; every other one is read."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from integrations.core.declare import Field, Record, Resource
from integrations.core.errors import CannotBeRead, OutcomeUnknown
from integrations.core.kinds import EMAIL, TEXT, UNKNOWN
from integrations.core.reading import RecordReader, may_be_anybody, object_of, objects_of, text_of

pytestmark = pytest.mark.behaviour("G-23")

RESOURCE = Resource(
    name="employees",
    label="Employees",
    fields=(Field(name="email", label="E-mail", kind=EMAIL), Field(name="name", label="Name", kind=TEXT)),
    match_keys=("email",),
    natural_key="email",
    settle_seconds=1,
)
ANNA: Mapping[str, Any] = {"id": "1", "mail": "anna@x.se", "name": "Anna", "groups": [{"code": 1}]}


class OddityError(Exception):
    """What no mapper is expected to raise."""


def record_from(body: Mapping[str, Any]) -> Record:
    if body.get("name") == "explode":
        raise OddityError("anna@x.se")
    codes = tuple(group["code"] for group in body.get("groups", ()))
    name = text_of(body.get("name")) or None
    email = text_of(body["mail"]) if "mail" in body else UNKNOWN
    return Record(text_of(body["id"]), (email, name), label=name or text_of(body["id"]), clues=codes[:0])


READER = RecordReader(
    record_from, resource=RESOURCE, id_in="id", hidden="HIDDEN", longest_id=10, words={"groups": "the groups"}
)


def listed(**changes: Any) -> Record:
    (record,) = READER.listed([{**ANNA, **changes}])
    return record


def test_a_record_as_it_should_be_is_the_mappers() -> None:
    assert listed() == record_from(ANNA)
    assert READER.read(ANNA, right_id="1") == record_from(ANNA)
    assert READER.written(ANNA) == record_from(ANNA)


@pytest.mark.parametrize("row", [None, 7, "Anna", [], [ANNA], True])
def test_a_row_that_is_no_record_is_told_and_the_others_are_read(row: Any) -> None:
    before, odd, after = READER.listed([ANNA, row, {**ANNA, "id": "2"}])
    assert (before.id, odd.id, after.id) == ("1", "", "2")
    assert (before.unreadable, after.unreadable) == ("", "")
    assert "nothing that can be read" in odd.unreadable
    assert odd.values == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize("groups", ["API_NORIGHT", [None], [7], 7, {"code": 1}, [{}], [{"code": 1}, None]])
def test_what_cannot_be_read_is_named_and_the_person_is_recognised(groups: Any) -> None:
    record = listed(groups=groups)
    assert record.unreadable == "Cannot be read: the groups. Correct it in the other system, then compare again."
    assert (record.id, record.label, record.values) == ("1", "Anna", ("anna@x.se", "Anna"))


def test_every_property_that_cannot_be_read_is_named_once() -> None:
    record = listed(groups=[None], mail={"x": 1})
    assert "“mail”, the groups" in record.unreadable
    assert record.values == (UNKNOWN, "Anna")


@pytest.mark.parametrize("right_id", [None, "", "  ", "HIDDEN", [], {"id": 1}, True, 1.5, "x" * 11, "1\x00", "\ud800"])
def test_an_id_that_names_nothing_is_nobodys(right_id: Any) -> None:
    record = listed(id=right_id)
    assert (record.id, record.label) == ("", "Anna")
    assert "“id”" in record.unreadable
    assert record.values == ("anna@x.se", "Anna")


def test_an_id_that_is_a_number_is_one() -> None:
    assert listed(id=17).id == "17"


def test_without_an_id_nothing_stands_for_a_name() -> None:
    (record,) = READER.listed([{"mail": "anna@x.se"}])
    assert (record.id, record.label) == ("", "")


def test_whatever_a_mapper_raises_ends_at_the_record_and_only_its_class_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        record = listed(name="explode")
    assert "“name”" in record.unreadable
    assert "OddityError" in caplog.text
    assert "anna" not in caplog.text.lower()


def test_one_that_was_asked_for_cannot_be_read() -> None:
    with pytest.raises(CannotBeRead, match="the groups"):
        READER.read({**ANNA, "groups": [None]}, right_id="1")


def test_a_write_whose_answer_cannot_be_read_may_have_been_done() -> None:
    with pytest.raises(OutcomeUnknown):
        READER.written({**ANNA, "groups": [None]})
    with pytest.raises(OutcomeUnknown):
        READER.written({"mail": "anna@x.se"})


def test_a_part_that_the_mapper_itself_could_not_read_is_told_with_the_rest() -> None:
    partly = RecordReader(
        lambda body: record_from(body)._replace(unreadable="The name is not certain."), resource=RESOURCE, id_in="id"
    )
    assert partly.read(ANNA, right_id="1").unreadable == "The name is not certain."
    assert partly.listed([ANNA])[0].values == ("anna@x.se", "Anna")


def test_whoever_has_no_readable_key_may_be_anybody() -> None:
    assert may_be_anybody(listed(mail={}), resource=RESOURCE)
    assert not may_be_anybody(listed(groups=[None]), resource=RESOURCE)
    assert not may_be_anybody(listed(), resource=RESOURCE)


@pytest.mark.parametrize(("value", "text"), [(None, ""), ("x", "x"), (7, "7"), (7.0, "7"), (1.5, "1.5")])
def test_texts_come_as_texts_and_as_numbers(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("value", [[], {}, True, False, ["x"], {"x": 1}])
def test_nothing_else_is_a_text(value: Any) -> None:
    with pytest.raises(TypeError):
        text_of(value)


def test_half_a_character_is_one_persons_matter() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        text_of("Ann\ud800")
    assert listed(name="Ann\ud800").unreadable.startswith("Cannot be read: “name”")


def test_names_from_elsewhere_do_not_flood_the_reason() -> None:
    def picky(body: Mapping[str, Any]) -> Record:
        if any(name.startswith("odd") for name in body):
            raise OddityError
        return record_from(body)

    reader = RecordReader(picky, resource=RESOURCE, id_in="id")
    (record,) = reader.listed([{**ANNA, **{f"odd{number}{'x' * 1000}": 1 for number in range(20)}}])
    assert len(record.unreadable) < 600
    assert "odd0" in record.unreadable
    assert "odd9" not in record.unreadable


@pytest.mark.parametrize("value", ["x", 7, [7], [None], True, {"x": 1}])
def test_a_list_of_objects_is_nothing_else(value: Any) -> None:
    with pytest.raises(TypeError):
        objects_of(value)
    assert objects_of(None) == ()


@pytest.mark.parametrize("value", ["x", 7, [], True])
def test_an_object_is_nothing_else(value: Any) -> None:
    with pytest.raises(TypeError):
        object_of(value)
    assert object_of(None) == {}
