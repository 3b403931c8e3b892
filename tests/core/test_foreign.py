"""JSON of others is made fit to be kept, or is refused as a whole."""

import json
from typing import Any

import pytest

from integrations.core.foreign import DEEPEST, MOST_VALUES, Unreadable, clean_text, read_json

pytestmark = pytest.mark.behaviour("G-31")

ODD = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (rb'{"Name": "A\u0000b"}', {"Name": f"A{ODD}b"}),
        (rb'{"Name": "A\ud800b"}', {"Name": f"A{ODD}b"}),
        (rb'{"Name": "\udfff\ud83d\ude00"}', {"Name": f"{ODD}\N{GRINNING FACE}"}),
        ('{"Name": "\ud800"}'.encode("utf-8", "surrogatepass"), {"Name": ODD}),
        (rb'{"\ud800": {"\u0000": 1}}', {ODD: {ODD: 1}}),
        (b'[NaN, Infinity, -Infinity, 1e999, {"a": [-1e999]}]', ["NaN", "Infinity", "-Infinity", "Infinity"]),
    ],
)
def test_what_cannot_be_stored_is_replaced_where_it_stands_and_that_is_told(content: bytes, value: Any) -> None:
    found = read_json(content)
    assert found.changed
    assert found.value[:4] == value if isinstance(found.value, list) else found.value == value
    assert "\0" not in json.dumps(found.value, allow_nan=False, ensure_ascii=False).encode().decode()


@pytest.mark.parametrize(
    "content", ['{"Name": "Åsa 😀", "Hours": [1, 2.5, true, null, ""]}', "[]", '"text"', "7", "null"]
)
def test_what_can_be_stored_stays_as_it_is(content: str) -> None:
    assert read_json(content.encode()) == (json.loads(content), False)


def test_a_byte_order_mark_and_another_encoding_of_json_are_read() -> None:
    assert read_json('{"Name": "Åsa"}'.encode("utf-8-sig")).value == {"Name": "Åsa"}
    assert read_json('{"Name": "Åsa"}'.encode("utf-16")).value == {"Name": "Åsa"}


def test_a_number_of_thousands_of_digits_is_a_text_and_not_the_end_of_the_list() -> None:
    digits = "9" * 5000
    assert read_json(f'[{digits}, 12, {{"id": -{digits}}}]'.encode()).value == [digits, 12, {"id": f"-{digits}"}]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'[{"phones": [1], "phones": []}]', [{"phones": []}]),
        (b"[12345678901234567890.123]", [12345678901234567000.0]),
        (b"[0.1000000000000000055]", [0.1]),
        (b"[1e-99999999999999999999]", [0.0]),
        (b"[" + b"9" * 41 + b"]", ["9" * 41]),
    ],
)
def test_what_would_not_be_written_back_as_it_stood_is_told(content: bytes, value: Any) -> None:
    assert read_json(content) == (value, True)


@pytest.mark.parametrize("content", [b"[1234.50, 37.500000000000000000, 1E5, 0.1]", b'{"a": {"b": 1}, "b": 1}'])
def test_another_writing_of_a_number_is_the_same(content: bytes) -> None:
    assert read_json(content) == (json.loads(content), False)


def test_what_lies_too_deep_is_left_out_and_its_record_stays() -> None:
    deep = "[" * 200 + "]" * 200
    found = read_json(f'[{{"id": 1, "odd": {deep}}}, {{"id": 2}}]'.encode())
    assert (found.changed, found.value[1], found.value[0]["id"]) == (True, {"id": 2}, 1)
    assert json.dumps(found.value).count("[") <= DEEPEST


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 100_000,
        b"[" + b"[]," * MOST_VALUES + b"[]]",
        b'{"Name": "half',
        b"<h1>Oops</h1>",
        b"\xff\xfe\xfd",
        b'{"Name": "raw \x00 byte"}',
        b"",
    ],
    ids=["brackets", "closed brackets", "objects", "many", "half", "html", "bytes", "raw NUL", "nothing"],
)
def test_what_is_no_json_or_too_much_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        read_json(content)
    assert (str(caught.value), caught.value.__cause__) == ("", None)


def test_a_text_that_is_whole_is_the_very_same() -> None:
    text = "Zoë 😀"
    assert clean_text(text) is text
