"""Whatever Fortnox holds: reading it and writing it back keeps what was known and invents nothing."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.core.kinds import UNKNOWN
from integrations.fortnox.mappers import BLANK, body_from_values
from tests.fortnox.bodies import RESOURCE, employee_body, record_from

# Fortnox empties what is sent as BLANK, so it never holds that.
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20).filter(
    lambda text: text.strip().upper() != BLANK
)
texts = st.one_of(st.none(), st.just(""), words)
dates = st.one_of(texts, st.dates().map(str))
phones = st.one_of(texts, st.sampled_from(["070-174 06 05", "+47 22 22 55 55", "08-505 050 50", "112"]))
countries = st.one_of(texts, st.sampled_from(["Sverige", "NORWAY", "dk", "Alankomaat", "USA", "Atlantis"]))
numbers = st.one_of(texts, st.sampled_from(["8327-9", "3933190005", "6789", "123456789", "03"]), st.integers(0, 10**12))
TEXTS = ("FirstName", "LastName", "Email", "Address1", "Address2", "PostCode", "City", "EmploymentForm")
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(TEXTS, texts),
    "Country": countries,
    "Phone1": phones,
    "EmploymentDate": dates,
    "EmployedTo": dates,
    "ClearingNo": numbers,
    "BankAccountNo": numbers,
    "PersonalIdentityNumber": st.one_of(texts, numbers),
    "Inactive": st.one_of(texts, st.booleans()),
}
ids = {"EmployeeId": st.text(min_size=1, max_size=15)}
# Everything shown; and some of it left out or not shown.
whole_bodies = st.fixed_dictionaries({**ids, **FIELDS})
gappy_bodies = st.fixed_dictionaries(
    ids, optional={name: st.one_of(values, st.just("API_NORIGHT")) for name, values in FIELDS.items()}
)
bodies = st.one_of(whole_bodies, gappy_bodies)


def written(record: Any) -> dict[str, str]:
    return body_from_values(RESOURCE.values(record), options=record.options)


def held_after(body: dict[str, Any], sent: dict[str, str]) -> dict[str, Any]:
    """Return what Fortnox holds after a PUT."""
    return {**body, **{name: "" if value == BLANK else value for name, value in sent.items()}}


@pytest.mark.behaviour("FX-08")
@settings(deadline=None)
@given(bodies)
def test_what_is_written_back_reads_as_what_was_read(body: dict[str, Any]) -> None:
    record = record_from(body)
    again = record_from(held_after(body, written(record)))
    assert RESOURCE.keys(again) == RESOURCE.keys(record)


@settings(deadline=None)
@given(bodies)
def test_nothing_that_was_not_shown_is_written(body: dict[str, Any]) -> None:
    hidden = {name for name in FIELDS if name not in body or str(body[name]).strip() == "API_NORIGHT"}
    assert not hidden & set(written(record_from(body)))


@settings(deadline=None)
@given(bodies)
def test_neither_marks_of_fortnox_nor_nulls_are_written(body: dict[str, Any]) -> None:
    assert all(value not in ("", "API_NORIGHT") for value in written(record_from(body)).values())


@settings(deadline=None)
@given(bodies, st.sampled_from(RESOURCE.fields))
def test_one_field_alone_touches_no_other(body: dict[str, Any], field: Any) -> None:
    record = record_from(body)
    sent = body_from_values({field.name: RESOURCE.value(record, field.name)}, options=record.options)
    before, after = RESOURCE.values(record), RESOURCE.values(record_from(held_after(body, sent)))
    changed = {
        name for name in before if RESOURCE.field(name).key(after[name]) != RESOURCE.field(name).key(before[name])
    }
    assert not changed


@settings(deadline=None)
@given(bodies)
def test_every_check_answers_for_every_value_that_can_be_read(body: dict[str, Any]) -> None:
    record = record_from(body)
    for field, value in zip(RESOURCE.fields, record.values, strict=True):
        for check in (field.check_left, field.check_right):
            if check is not None and value is not None and value is not UNKNOWN:
                reason = check(value)
                assert reason is None or str(reason)


def test_a_usual_person_changes_nothing_but_the_spelling() -> None:
    record = record_from(employee_body())
    assert written(record) == {
        "Email": "asa.oberg@example.se",
        "FirstName": "Åsa",
        "LastName": "Öberg",
        "Phone1": "+46701740605",
        "Address1": "Storgatan 1",
        "PostCode": "44734",
        "City": "Vårgårda",
        "Country": "Sverige",
        "ClearingNo": "83279",
        "BankAccountNo": "3933190005",
        "EmploymentDate": "2020-01-01",
        "EmployedTo": BLANK,
    }
