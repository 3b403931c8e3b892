"""Another writing of a value at Visma is in step and is not touched; what the hub does not take is told."""

import unicodedata
from datetime import date
from typing import Any

import pytest

from employees.models import Employee
from integrations.core.models import SyncField, SyncRow
from integrations.core.runs.deciding import RunRefused, decide_creations, decide_field
from tests.sandbox.visma_caller import POSITION
from tests.visma_payroll.sync.sides import RIGHT, VismaSides, change


def apart(text: str) -> str:
    return unicodedata.normalize("NFD", text)


OTHER_WRITING: dict[str, Any] = {
    "personNames": [{"firstName": apart("Kåre"), "lastName": "\u00d8degård\u200b"}],
    "emails": [{"type": "Business", "address": "P1@xn--fjrd-hra.no"}],
    "phones": [{"type": "Business", "number": 40000001}],
    "address": {
        "streetName": "Storgata  1\u200e",
        "zipCode": "N-0150",
        "cityName": apart("ÅLESUND"),
        "countryCode": "NO",
    },
}
HUB: dict[str, Any] = {
    "employment_id": "Å-7",
    "given_name": "Kåre",
    "family_name": "Ødegård",
    "work_email": "p1@fjørd.no",
    "city": "Ålesund",
}
WITH_TIMES = {**POSITION, "activeStart": "2019-12-31T23:00:00Z", "activeEnd": "2026-12-31T00:00:00"}


@pytest.mark.behaviour("D-01", "D-10", "VP-12")
def test_another_writing_is_in_step_and_stays_when_something_else_is_sent(both: VismaSides) -> None:
    employee, right_id = both.pair(1, vendor=OTHER_WRITING, **HUB)
    both.change_at_vendor(right_id, number=apart("Å-7"))
    run = both.review()
    assert (run.counts["equal"], run.counts["rows"]) == (1, 0)
    both.apply(run)
    both.connection.refresh_from_db()
    before = both.at_vendor(right_id)

    change(employee, work_phone="+4740000606")
    both.push_until_sent()

    # The postal code is one that Visma remarks upon.
    assert [each.message for each in both.problems() if each.cause != "warned"] == []
    after = both.at_vendor(right_id)
    assert {name for name in before if before[name] != after.get(name)} - {"lastChange"} == {"phones"}
    assert both.review(whole=True).counts["equal"] == 1


@pytest.mark.behaviour("D-01", "VP-03")
@pytest.mark.parametrize("name", [apart("Kåre"), "Kåre\u200b", " Kåre"])
def test_another_writing_of_a_name_makes_no_entry_in_its_history(both: VismaSides, name: str) -> None:
    employee, right_id = both.pair_active(
        1, vendor={"personNames": [{"firstName": apart("Kåre"), "lastName": "Family 1"}]}, given_name="Kåre"
    )
    names = both.at_vendor(right_id)["personNames"]

    change(employee, given_name=name)
    both.push_until_sent()
    assert both.writes() == []

    # Beside another name that did change, it is written as that one is.
    change(employee, family_name="Berg", given_name="Kåre")
    both.push_until_sent()
    assert len(both.at_vendor(right_id)["personNames"]) == len(names) + 1


@pytest.mark.behaviour("D-02")
def test_dates_that_come_with_a_time_are_the_days_that_they_are_in_norway(both: VismaSides) -> None:
    employee = both.hub(1, last_workday=date(2026, 12, 31))
    both.vendor(1, positions=[WITH_TIMES])

    run = both.review()

    assert (run.counts["equal"], run.counts["rows"]) == (1, 0)
    assert employee.first_workday == date(2020, 1, 1)


@pytest.mark.behaviour("D-02", "D-11")
@pytest.mark.parametrize(
    ("vendor", "field", "reason"),
    [
        ({"positions": [{**POSITION, "activeStart": "0204-01-15"}]}, "first_workday", "before 1930"),
        ({"positions": [{**POSITION, "activeEnd": "2999-12-31"}]}, "last_workday", "50 years ahead"),
        ({"personNames": [{"firstName": "K\ufffdre", "lastName": "Family 1"}]}, "given_name", "Letters of this text"),
        ({"address": {"streetName": "NULL", "countryCode": "NO"}}, "address", "had no value"),
        ({"positions": [{**POSITION, "activeStart": "2020-13-45"}]}, "first_workday", "no day of the calendar"),
    ],
)
def test_what_the_hub_does_not_take_is_shown_and_cannot_be_chosen(
    both: VismaSides, vendor: dict[str, Any], field: str, reason: str
) -> None:
    both.hub(1)
    both.vendor(1, **vendor)

    run = both.review()

    shown = SyncField.objects.get(row__run=run, field=field)
    assert reason in shown.reason_left
    assert "Correct it in Visma.net Payroll." in shown.reason_left
    with pytest.raises(RunRefused):
        decide_field(field=shown, decision=RIGHT, by=None)


@pytest.mark.behaviour("D-02", "G-05")
def test_somebody_is_created_in_the_hub_without_a_first_workday_that_cannot_be(both: VismaSides) -> None:
    both.vendor(1, positions=[{**POSITION, "activeStart": "0204-01-15"}])
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_RIGHT,), by=None)

    both.apply(run)

    assert Employee.objects.get().first_workday is None
    assert "First workday was not taken over: This day is before 1930." in SyncRow.objects.get(run=run).reason


@pytest.mark.behaviour("D-02", "VP-10")
def test_a_birth_date_that_cannot_be_is_not_sent_with_a_new_person(both: VismaSides) -> None:
    both.hub(1, birth_date=date(1855, 1, 1))
    run = both.review()
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT,), by=None)

    run = both.apply(run)

    (held,) = both.sandbox.state("visma_payroll", "employees")
    assert held["personNames"][0]["firstName"] == "Given 1"
    assert not held.get("dateOfBirth")
    assert "Birth date was not sent: This day is before 1900." in SyncRow.objects.get(run=run).reason
