"""FX-20: which of Fortnox's two address lines holds the street."""

from typing import Any

import pytest
import responses

from integrations.core.kinds import UNKNOWN, Address
from integrations.fortnox.mappers import body_from_values, read_address, read_options
from integrations.fortnox.street_lines import (
    BESIDE,
    FIRST,
    SECOND,
    STREET_IN,
    is_addition,
    remaining_line,
    street_line,
    upgraded_link,
    written_line,
)
from tests.fortnox.bodies import API, RESOURCE, employee_body, endpoint_at, record_of

HOME = Address("Storgatan 1", "44734", "Vårgårda", "SE")
IN_FIRST, IN_SECOND = {STREET_IN: FIRST}, {STREET_IN: SECOND}


def address_of(known: dict[str, str], **changes: Any) -> Any:
    return read_address(employee_body(**changes), country="SE", known=known)


@pytest.mark.behaviour("FX-20")
@pytest.mark.parametrize(
    "line",
    [
        "Lgh 1202", "lgh 1202", "LGH1202", "Lgh. 1202", "lgh nr 1202", "Lägenhet 12", "Lägenhetsnummer 1202", "Apt 4B",
        "Apt. 12", "Flat 3", "Leil. 3", "H0201", "H 0201", "1202", "12 02", "Lgh A", "Rum 5", "Våning 3", "Vån. 2",
        "3 tr", "3tr", "2 tr ög", "½ tr", "1 tr lgh 1101", "Nb", "BV", "2. th", "st. tv", "Uppg B", "Uppgång C",
        "Ing. 2", "Port 1234", "Portkod 4711", "Plan 4", "Hus 3", "#12", "c/o Berg", "C/O Anna Berg", "c / o Berg",
        "c.o. Berg", "co Berg", "℅ Berg", "Att: Lönekontoret", "Att. Anna", "Attn Anna Berg", "gm Anna Berg",
        "hos Anna Berg", "Box 123", "BOX 12", "Postbox 4", "Postboks 12", "P.O. Box 7", "PO Box 7", "PB 12", "PL 123",
        "Fack 17", "as 4", "Bostad 4", "Unit 5", "5 floor",
    ],
)  # fmt: skip
def test_a_flat_a_floor_a_c_o_and_a_box_are_no_street(line: str) -> None:
    assert is_addition(line)
    assert street_line("", line) == ""


@pytest.mark.behaviour("FX-20")
@pytest.mark.parametrize(
    "line",
    [
        "Storgatan 1", "Storgatan 1 B", "Storgatan 1 lgh 1202", "Storgatan 1, c/o Berg", "Portgatan 3",
        "Boxholmsvägen 4",
        "Plangatan 3", "Husarvägen 2", "Rumbavägen 7", "Attmarsvägen 1", "Coldinutrappan 4", "Trappgränd 5",
        "Hosjövägen 6", "Lghusvägen 1", "Våningsgatan 2", "Stora gatan 1", "Storgatan", "Solhem", "Norrgården 12",
        "Appelbergsgatan 8", "Flatåsgatan 3", "Asgatan 4", "Nybrogatan 5", "3:e Långgatan 4", "17 Avenue Foch",
        "Doorn 4 A", "Ingenjörsgatan 7", "Kodgatan 1", "Unionsgatan 4", "Fackelgatan 2", "Genomfartsvägen 3",
        "Placeringsgatan 1", "Platsgatan 7", "Thulegatan 3", "Kvarngatan 1",
    ],
)  # fmt: skip
def test_a_street_in_the_second_line_alone_is_adopted(line: str) -> None:
    assert not is_addition(line)
    assert street_line("", line) == SECOND


@pytest.mark.behaviour("FX-20")
@pytest.mark.parametrize(
    ("known", "first", "second", "found"),
    [
        ({}, "Storgatan 1", "Lgh 1202", FIRST),
        ({}, "Storgatan 1", "Lillgatan 2", FIRST),
        ({}, "", "Lgh 1202", ""),
        ({}, "", "", ""),
        # Whoever knows the place looks nowhere else.
        (IN_FIRST, "", "Lillgatan 2", FIRST),
        (IN_FIRST, "", "Lgh 1202", FIRST),
        (IN_FIRST, "Storgatan 1", "Lillgatan 2", FIRST),
        (IN_SECOND, "c/o Berg", "Storgatan 1", SECOND),
        (IN_SECOND, "Lillgatan 2", "Storgatan 1", SECOND),
        # Somebody moved it into the line where a street belongs.
        (IN_SECOND, "Storgatan 1", "", FIRST),
        (IN_SECOND, "c/o Berg", "", SECOND),
        # That stood there before: it is not what was in the second line.
        ({**IN_SECOND, BESIDE: FIRST}, "Lillgatan 2", "", SECOND),
        ({STREET_IN: "nonsense"}, "Storgatan 1", "", FIRST),
    ],
)
def test_the_street_is_where_the_link_knows_it(known: dict[str, str], first: str, second: str, found: str) -> None:
    assert street_line(first, second, known=known) == found


@pytest.mark.behaviour("FX-20")
def test_an_address_whose_second_line_is_an_addition_has_no_street() -> None:
    assert address_of({}, Address1="", Address2="Lgh 1202") == HOME._replace(street="")
    record = record_of(Address1="", Address2="Lgh 1202")
    assert record.options == {BESIDE: SECOND}
    body = body_from_values({"address": HOME}, options=record.options)
    assert (body["Address1"], "Address2" in body) == ("Storgatan 1", False)


@pytest.mark.behaviour("FX-20")
def test_an_addition_alone_is_no_address() -> None:
    assert address_of({}, Address1="", Address2="Lgh 1202", PostCode="", City="") is None
    assert address_of(IN_FIRST, Address1="", Address2="Lillgatan 2", PostCode="", City="") is None


def test_what_is_remembered_holds_no_text_of_the_lines() -> None:
    record = record_of(Address1="Storgatan 1", Address2="Lgh 1202")
    assert record.options == {STREET_IN: FIRST, BESIDE: SECOND}
    assert record_of(Address1="Storgatan 1", Address2="").options == IN_FIRST
    assert record_of(Address1="", Address2="").options == {}


def test_lines_that_may_not_be_seen_leave_what_is_known() -> None:
    hidden = employee_body(Address2="API_NORIGHT")
    assert address_of(IN_SECOND, Address2="API_NORIGHT") is UNKNOWN
    assert read_options(hidden, known=IN_SECOND) == IN_SECOND


@pytest.mark.parametrize("line", [FIRST, SECOND])
def test_what_was_just_written_is_looked_for_in_its_line_alone(line: str) -> None:
    other = {FIRST: SECOND, SECOND: FIRST}[line]
    known = dict(written_line(line))
    assert address_of(known, **{line: "", other: "Lillgatan 2"}) == HOME._replace(street="")


@pytest.mark.behaviour("FX-20")
@pytest.mark.parametrize(("known", "line"), [({}, FIRST), (IN_FIRST, FIRST), (IN_SECOND, SECOND)])
@responses.activate
def test_an_answer_to_a_write_takes_no_other_line_for_the_street(known: dict[str, str], line: str) -> None:
    other = {FIRST: SECOND, SECOND: FIRST}[line]
    held = employee_body(**{line: "", other: "Villa Solhem", "PostCode": "", "City": ""})
    responses.add("PUT", f"{API}/3/employees/17", json={"Employee": held})
    record = endpoint_at().update("17", {"address": None}, options=known)
    assert RESOURCE.value(record, "address") is None
    assert record.options == {STREET_IN: line, BESIDE: other}


@pytest.mark.behaviour("FX-20")
def test_the_line_that_stays_is_named_where_the_hub_has_no_street() -> None:
    field = RESOURCE.field("address")
    beside = {STREET_IN: FIRST, BESIDE: SECOND}
    assert "Address line 2 stays" in field.remaining(None, beside)
    assert "Address line 2 stays" in field.remaining(HOME._replace(street=""), beside)
    assert "Address line 1 stays" in field.remaining(None, {STREET_IN: SECOND, BESIDE: FIRST})
    assert field.remaining(HOME, beside) == ""
    assert field.remaining(None, IN_FIRST) == ""
    assert remaining_line(None, {}) is None


# --- Links from before ------------------------------------------------------------------------------------------------

STORED = ["storgatan 1", "44734", "vårgårda", "SE"]


def pairs(left: Any, right: Any, state: str = "settled") -> dict[str, Any]:
    return {"given_name": ["åsa", "åsa", "settled"], "address": [left, right, state]}


@pytest.mark.behaviour("FX-20")
def test_a_link_from_before_knows_the_line_that_it_read() -> None:
    assert upgraded_link({}, pairs(STORED, STORED)) == (IN_FIRST, pairs(STORED, STORED))
    assert upgraded_link(IN_SECOND, pairs(STORED, STORED)) is None
    assert upgraded_link({}, pairs(None, None)) is None
    assert upgraded_link({}, pairs(STORED, ["", "44734", "vårgårda", "SE"], "left_as_is")) is None
    assert upgraded_link({}, {}) is None


@pytest.mark.behaviour("FX-20")
def test_a_link_that_took_an_addition_for_the_street_knows_no_line_any_more() -> None:
    flat = ["lgh 1202", "44734", "vårgårda", "SE"]
    bare = ["", "44734", "vårgårda", "SE"]
    assert upgraded_link(IN_SECOND, pairs(flat, flat)) == ({}, pairs(flat, bare, "open"))
    alone = ["c/o berg", "", "", "SE"]
    assert upgraded_link(IN_SECOND, pairs(None, alone, "left_as_is")) == ({}, pairs(None, None, "open"))
