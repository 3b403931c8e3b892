"""Values that the hub does not take, cannot send, or that somebody should look at: told before anything is written."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User

from employees.models import Employee
from integrations.core.models import Connection, SyncRow
from integrations.core.runs.deciding import RunRefused
from integrations.core.runs.reviewing import SUGGESTED, decide_selection, open_fields
from tests.core.runs.both_sides import (
    LEFT,
    OPEN,
    RIGHT,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    create_all,
    decide,
    review,
    row_of,
)

LOST = "Letters of this text were lost"
REFUSED_IN_THE_HUB: list[Any] = [
    pytest.param("D-02", {"EmploymentDate": "0204-01-15"}, "first_workday", "before 1930", id="the year 0204"),
    pytest.param("D-02", {"EmploymentDate": "0001-01-01T00:00:00"}, "first_workday", "before 1930", id="year 1"),
    pytest.param("D-02", {"EmploymentDate": "9999-12-31"}, "first_workday", "10 years ahead", id="year 9999"),
    pytest.param("D-02", {"EmployedTo": "2999-12-31"}, "last_workday", "50 years ahead", id="the year 2999"),
    pytest.param("D-11", {"City": "Malm\ufffd"}, "address", LOST, id="a city that lost a letter"),
    pytest.param("D-11", {"Address1": "NULL"}, "address", "had no value", id="a street NULL"),
    pytest.param("D-11", {"City": "#N/A"}, "address", "had no value", id="a city #N/A"),
    pytest.param("D-11", {"PostCode": "null"}, "address", "had no value", id="a postal code null"),
    pytest.param("D-07", {"Phone1": "070-174 Lars"}, "phone", "phone number", id="a word in a phone"),
    pytest.param("D-07", {"Phone1": "08-123 mobil"}, "phone", "phone number", id="mobil"),
]


@pytest.mark.parametrize(
    ("vendor", "field", "reason"),
    [pytest.param(*each.values[1:], id=each.id) for each in REFUSED_IN_THE_HUB],
)
@pytest.mark.behaviour("D-02", "D-07", "D-11")
def test_a_vendors_value_that_cannot_be_is_shown_and_not_taken(
    connection: Connection, both: BothSides, vendor: dict[str, str], field: str, reason: str
) -> None:
    employee = both.pair(1, last_workday=date(2026, 12, 31), vendor={"EmployedTo": "2026-12-31"})
    apply_all(review(connection))
    both.change_at_vendor("101", **vendor)

    run = review(connection)

    shown = row_of(run, left=employee).fields.get(field=field)
    assert reason in shown.reason_left
    assert shown.reason_left.endswith("Correct it in Fortnox.")
    # Though only the vendor's side moved.
    assert (shown.change, shown.decision) == ("right", OPEN)
    with pytest.raises(RunRefused):
        decide(row_of(run, left=employee), **{field: RIGHT})
    before = Employee.objects.values().get(pk=employee.pk)
    apply_all(run)
    assert Employee.objects.values().get(pk=employee.pk) == before


@pytest.mark.parametrize(
    ("vendor", "field", "reason"),
    [pytest.param(*each.values[1:], id=each.id) for each in REFUSED_IN_THE_HUB],
)
@pytest.mark.behaviour("D-02", "D-07", "D-11", "G-05")
def test_somebody_is_created_in_the_hub_without_the_value_that_cannot_be(
    connection: Connection, both: BothSides, vendor: dict[str, str], field: str, reason: str
) -> None:
    both.vendor(1, **{"EmployedTo": "2026-12-31", **vendor})
    run = review(connection)
    create_all(run)

    run = apply_all(run)

    employee = Employee.objects.get(work_email="p1@demo.example")
    held = {"phone": employee.work_phone, "address": employee.street + employee.city}
    assert not held.get(field, getattr(employee, field, ""))
    row = row_of(run, right_id="101")
    assert row.state == SyncRow.State.WRITTEN
    assert "was not taken over" in row.reason
    assert reason in row.reason


@pytest.mark.behaviour("D-11", "G-05")
@pytest.mark.parametrize(
    ("vendor", "reason"),
    [
        ({"FirstName": "Bj\ufffdrn"}, f"Given name: {LOST}"),
        ({"LastName": "???"}, "Family name: This holds no letter"),
    ],
)
def test_nobody_is_created_in_the_hub_with_a_name_that_was_lost(
    connection: Connection, both: BothSides, vendor: dict[str, str], reason: str
) -> None:
    both.vendor(1, **vendor)

    run = review(connection)

    row = row_of(run, right_id="101")
    assert (row.kind, row.reason.startswith(reason)) == (SyncRow.Kind.CANNOT_SEND, True)
    create_all(run)
    apply_all(run)
    assert not Employee.objects.exists()


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize("name", ["Null", "None", "True", "Nan"])
def test_a_name_that_reads_like_nothing_is_a_name(connection: Connection, both: BothSides, name: str) -> None:
    both.vendor(1, LastName=name)
    both.hub(2, family_name=name)
    run = review(connection)
    create_all(run)

    apply_all(run)

    assert set(Employee.objects.values_list("family_name", flat=True)) == {name}
    assert_in_step(connection, 2)


# --- What the hub still holds and could not be entered today -------------------------------------------------

NOT_SENT: list[Any] = [
    pytest.param({"first_workday": date(24, 12, 31)}, "first_workday", {"first_workday": date(2024, 12, 31)}),
    pytest.param({"last_workday": date(2999, 12, 31)}, "last_workday", {"last_workday": None}),
    pytest.param({"given_name": "Bj\ufffdrn"}, "given_name", {"given_name": "Björn"}),
    pytest.param({"street": "NULL", "city": "NULL"}, "address", {"street": "Gatan 9", "city": "Kil"}),
    pytest.param({"postal_code": "1112"}, "address", {"postal_code": "11123"}),
    pytest.param({"work_phone": "0701"}, "phone", {"work_phone": "+46701740009"}),
]


@pytest.mark.behaviour("D-02", "D-11")
@pytest.mark.parametrize(("hub", "field", "mended"), NOT_SENT)
def test_what_could_not_be_entered_today_is_not_sent_until_it_is_mended(
    connection: Connection, both: BothSides, hub: dict[str, Any], field: str, mended: dict[str, Any]
) -> None:
    employee = both.pair(1, vendor={"EmployedTo": "2026-12-31"}, **{"last_workday": date(2026, 12, 31), **hub})
    run = review(connection)
    row = row_of(run, left=employee)
    shown = row.fields.get(field=field)
    assert shown.reason_right.endswith("Correct it in the hub first: it is then sent.")
    with pytest.raises(RunRefused):
        decide(row, **{field: LEFT})
    apply_all(run)
    assert both.writes() == []

    change(employee, **mended)
    run = review(connection)
    decide(row_of(run, left=employee), **{field: LEFT})
    apply_all(run)
    assert_in_step(connection, 1)


@pytest.mark.behaviour("D-02")
def test_a_new_person_is_created_at_the_vendor_without_what_could_not_be_entered_today(
    connection: Connection, both: BothSides
) -> None:
    both.hub(1, first_workday=date(24, 12, 31), street="NULL")
    run = review(connection)
    create_all(run)

    run = apply_all(run)

    (held,) = both.sandbox.state("fortnox", "employees")
    assert (held["Email"], held["EmploymentDate"], held["Address1"]) == ("p1@demo.example", "", "")
    assert "First workday was not sent: This day is before 1930." in row_of(run).reason


# --- Characters that the vendor does not take (FX-21) --------------------------------------------------------


@pytest.mark.behaviour("FX-21")
@pytest.mark.parametrize(
    ("hub", "field", "named", "mended"),
    [
        ({"street": "Gatan 1 | 2"}, "address", "“|” (vertical line)", {"street": "Gatan 1, 2"}),
        ({"city": "Kil [Värmland]"}, "address", "“[” (left square bracket)", {"city": "Kil"}),
        ({"given_name": 'Anna "Anki"'}, "given_name", "(quotation mark)", {"given_name": "Anna Anki"}),
        ({"family_name": "Li 🌸"}, "family_name", "(cherry blossom)", {"family_name": "Li"}),
    ],
)
def test_a_character_that_the_vendor_does_not_take_is_told_beside_the_field_and_the_value_goes_once_mended(
    connection: Connection, both: BothSides, hub: dict[str, Any], field: str, named: str, mended: dict[str, Any]
) -> None:
    employee = both.pair(1, **hub)
    run = review(connection)
    row = row_of(run, left=employee)
    assert named in row.fields.get(field=field).reason_right
    with pytest.raises(RunRefused):
        decide(row, **{field: LEFT})
    apply_all(run)
    assert both.writes() == []

    change(employee, **mended)
    run = review(connection)
    decide(row_of(run, left=employee), **{field: LEFT})
    apply_all(run)
    assert [status for _method, _path, status in both.writes()] == [200]
    assert_in_step(connection, 1)


@pytest.mark.behaviour("FX-21", "G-05")
def test_whose_name_the_vendor_does_not_take_cannot_be_created_there_and_the_character_is_named(
    connection: Connection, both: BothSides
) -> None:
    employee = both.hub(1, family_name="Berg|Dahl")
    run = review(connection)
    row = row_of(run, left=employee)
    assert row.kind == SyncRow.Kind.CANNOT_SEND
    assert "Family name: Fortnox does not take the character “|” (vertical line)." in row.reason

    change(employee, family_name="Berg-Dahl", street="Gatan 1 | 2")
    run = review(connection)
    create_all(run)
    run = apply_all(run)
    (held,) = both.sandbox.state("fortnox", "employees")
    assert (held["LastName"], held["Address1"]) == ("Berg-Dahl", "")
    assert "Address was not sent: Street: Fortnox does not take" in row_of(run).reason


# --- What may be right, and should be looked at --------------------------------------------------------------

DOUBTFUL: list[Any] = [
    pytest.param({"FirstName": "BjÃ¶rn"}, "given_name", {"given_name": "Anders"}, id="a name"),
    pytest.param({"City": "MalmÃ¶"}, "address", {"city": "Lund"}, id="a city"),
    pytest.param(
        {"ClearingNo": "83279", "BankAccountNo": "3933190001"}, "bank_account", {}, id="an account without check digit"
    ),
]


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(("vendor", "field", "hub"), DOUBTFUL)
def test_a_doubtful_value_is_never_chosen_beforehand(
    connection: Connection, both: BothSides, vendor: dict[str, str], field: str, hub: dict[str, str]
) -> None:
    employee = both.pair(1)
    apply_all(review(connection))
    both.change_at_vendor("101", **vendor)

    run = review(connection)

    row = row_of(run, left=employee)
    shown = row.fields.get(field=field)
    assert (shown.change, shown.suggestion, shown.decision, shown.reason_left) == ("right", OPEN, OPEN, "")
    decide_selection(run=run, fields=open_fields(run), decision=SUGGESTED, by=User.objects.get(username="hanna"))
    shown.refresh_from_db()
    assert shown.decision == OPEN
    # Somebody who looked at it may take it.
    decide(row, **{field: RIGHT})
    apply_all(run)
    assert_in_step(connection, 1)
