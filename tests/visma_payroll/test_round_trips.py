"""Whatever a document of Visma's holds: editing it changes what was wanted, and loses nothing that is not known."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.core.kinds import UNKNOWN, Address, BankAccount
from integrations.visma_payroll.mappers import POSITION_FIELDS, edited_employee, edited_position
from tests.visma_payroll.bodies import RESOURCE, TODAY, employee_body, position_body, record_from

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), words)
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))
KNOWN = set(employee_body()) | {"positions", "id", "activeStart", "activeEnd", "positionEndReason"}
unknown = st.dictionaries(words.filter(lambda name: name not in KNOWN), anything, max_size=4)
iso_dates = st.none() | st.dates(date(2015, 1, 1), date(2030, 1, 1)).map(date.isoformat)


@st.composite
def contacts(draw: st.DrawFn, part: str, values: st.SearchStrategy[Any]) -> list[dict[str, Any]] | None:
    kinds = st.sampled_from(["Business", "business", "Private", "private", "Other"])
    return draw(
        st.none()
        | st.lists(
            st.builds(lambda kind, value, more: {**more, "type": kind, part: value}, kinds, values, unknown), max_size=3
        )
    )


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    names = [{**draw(unknown), **entry} for entry in employee_body()["personNames"]]
    return {
        **draw(unknown),
        **employee_body(
            personNames=names if draw(st.booleans()) else [],
            emails=draw(contacts("address", st.none() | words)),
            phones=draw(contacts("number", st.sampled_from([None, 40000017, "+4740000017", 46701740605, "ring"]))),
            number=draw(st.none() | st.integers(1, 99_999) | words),
            address=draw(
                st.none()
                | st.fixed_dictionaries(
                    {}, optional=dict.fromkeys(("streetName", "zipCode", "cityName", "other"), words)
                )
            ),
            salaryPaymentMethod=draw(
                st.sampled_from(
                    [
                        None,
                        {"paymentType": "cash", "more": [1]},
                        {"paymentType": "bank", "localBankAccount": "12340000003", "more": [1]},
                        {"paymentType": "bank", "internationalBankAccount": True, "internationalIban": "SE1"},
                    ]
                )
            ),
        ),
    }


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "given_name": st.sampled_from(["Åse", "Kari"]),
    "family_name": st.sampled_from(["Ødegård", "Dahl"]),
    "work_email": st.sampled_from([None, "a@example.no"]),
    "phone": st.sampled_from([None, "+4741234567", "+46701740605"]),
    "employment_id": st.sampled_from(["17", "18"]),
    "bank_account": st.sampled_from([BankAccount("NO", "", "12340000003"), BankAccount("NO", "", "86011117947")]),
    "address": st.sampled_from(
        [None, Address("Lia 2", "5003", "Bergen", "NO"), Address("Vei 1", "11122", "Kil", "SE")]
    ),
}
wanted_values = st.fixed_dictionaries({}, optional=VALUES)
# Which parts of the document a field may touch.
PARTS = {
    "given_name": "personNames",
    "family_name": "personNames",
    "work_email": "emails",
    "phone": "phones",
    "employment_id": "number",
    "bank_account": "salaryPaymentMethod",
    "address": "address",
}


def plain(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "_embedded"}


def put(document: dict[str, Any], edited: dict[str, Any]) -> dict[str, Any]:
    """Return what a reading shows after the PUT."""
    return {**edited, "_embedded": document["_embedded"]}


@settings(deadline=None)
@given(documents(), wanted_values)
def test_what_was_wanted_reads_back_and_everything_else_as_before(
    document: dict[str, Any], wanted: dict[str, Any]
) -> None:
    edited = edited_employee(document, wanted, today=TODAY)
    before, after = RESOURCE.values(record_from(document)), RESOURCE.values(record_from(put(document, edited)))
    touched = set(wanted)
    if not document["personNames"] and touched & {"given_name", "family_name"}:
        touched |= {"given_name", "family_name"}
    for name in before:
        field = RESOURCE.field(name)
        if name in wanted:
            assert field.key(after[name]) == field.key(wanted[name])
        elif name not in touched:
            assert after[name] == before[name]


@settings(deadline=None)
@given(documents(), wanted_values)
def test_no_other_part_of_the_document_changes(document: dict[str, Any], wanted: dict[str, Any]) -> None:
    edited = edited_employee(document, wanted, today=TODAY)
    touched = {PARTS[name] for name in wanted}
    assert {name: edited[name] for name in edited if name not in touched} == {
        name: value for name, value in plain(document).items() if name not in touched
    }


@settings(deadline=None)
@given(documents(), wanted_values)
def test_nested_unknown_properties_stay_with_what_they_belong_to(
    document: dict[str, Any], wanted: dict[str, Any]
) -> None:
    edited = edited_employee(document, wanted, today=TODAY)
    for part, known in (
        ("address", {"streetName", "zipCode", "cityName", "countryCode"}),
        ("salaryPaymentMethod", {"paymentType", "localBankAccount", "internationalBankAccount"}),
    ):
        for name, value in (document[part] or {}).items():
            assert name in known or edited[part][name] == value
    for entry in document["personNames"]:
        kept = [each for each in edited["personNames"] if each["activeStart"] == entry["activeStart"]]
        assert {**kept[0], "activeEnd": None} == {**entry, "activeEnd": None}
    for part in ("emails", "phones"):
        others = [each for each in document[part] or [] if each["type"].casefold() != "business"]
        assert [each for each in edited[part] or [] if each["type"].casefold() != "business"] == others


@settings(deadline=None)
@given(documents())
def test_a_document_written_back_as_it_reads_is_the_same_document(document: dict[str, Any]) -> None:
    values = RESOURCE.values(record_from(document))
    assert edited_employee(document, values, today=TODAY) == plain(document)
    assert edited_employee(document, dict.fromkeys(values, UNKNOWN), today=TODAY) == plain(document)


@settings(deadline=None)
@given(unknown, iso_dates.filter(bool), iso_dates, unknown)
def test_a_position_written_back_as_it_reads_is_the_same_position(
    more: dict[str, Any], start: str, end: str | None, nested: dict[str, Any]
) -> None:
    position = {**more, **position_body(activeStart=start, activeEnd=max(start, end) if end else None, nested=nested)}
    record = record_from(employee_body(positions=[position]))
    workdays = {name: RESOURCE.value(record, name) for name in POSITION_FIELDS}
    assert edited_position(position, workdays) == position


@settings(deadline=None)
@given(documents())
def test_every_check_answers_for_every_value_that_can_be_read(document: dict[str, Any]) -> None:
    record = record_from(document)
    for field, value in zip(RESOURCE.fields, record.values, strict=True):
        for check in (field.check_left, field.check_right):
            if check is not None and value is not None and value is not UNKNOWN:
                reason = check(value)
                assert reason is None or str(reason)


def test_the_edits_that_must_lose_nothing_are_seen_to_lose_something() -> None:
    """The property above can fail: a document without a part is another one."""
    document = employee_body()
    edited = edited_employee(document, {"employment_id": "18"}, today=TODAY)
    del edited["relatives"]
    with pytest.raises(AssertionError):
        assert plain(document).keys() == edited.keys()
