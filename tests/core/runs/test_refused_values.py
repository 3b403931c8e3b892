"""Values that one side cannot hold, does not know or does not show: told in the review, never the end of a run."""

from typing import Any

import pytest

from employees.models import BankAccount, Employee
from integrations.core.models import Connection, SyncRow, SyncRun
from integrations.core.runs.deciding import RunRefused
from tests.core.runs.both_sides import (
    LEFT,
    OTHER_PHONE,
    RIGHT,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    create_all,
    decide,
    pair_of,
    review,
    row_of,
)
from tests.factories import BankAccountFactory

UNFIT: list[Any] = [
    pytest.param({"Phone1": "växel 12"}, "phone", {"work_phone": "+46701740001"}, id="phone"),
    pytest.param({"Country": "Atlantis"}, "address", {"street": "Gatan 1", "city": "Stockholm"}, id="country"),
    pytest.param({"ClearingNo": "1200", "BankAccountNo": "123456"}, "bank_account", {}, id="account"),
]


@pytest.mark.parametrize(("vendor", "field", "kept"), UNFIT)
def test_a_vendor_value_that_the_hub_refuses_stands_in_the_review_with_its_reason(
    connection: Connection, both: BothSides, vendor: dict[str, str], field: str, kept: dict[str, str]
) -> None:
    employee = both.pair(1, vendor={**vendor, "FirstName": "Anna"})
    run = review(connection)
    row = row_of(run, left=employee)
    assert row.fields.get(field=field).reason_left

    with pytest.raises(RunRefused):
        decide(row, **{field: RIGHT})
    decide(row, given_name=RIGHT)
    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    employee.refresh_from_db()
    assert employee.given_name == "Anna"
    assert {name: getattr(employee, name) for name in kept} == kept
    assert not BankAccount.objects.exists()
    assert pair_of(employee, field)[2] == "open"


@pytest.mark.parametrize(("vendor", "field", "kept"), UNFIT)
def test_a_new_person_comes_into_the_hub_without_the_unfit_value_and_the_report_says_so(
    connection: Connection, both: BothSides, vendor: dict[str, str], field: str, kept: dict[str, str]
) -> None:
    both.vendor(1, **vendor)
    both.vendor(2)
    run = review(connection)
    create_all(run)

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    employee = Employee.objects.get(work_email="p1@demo.example")
    assert {name: getattr(employee, name) for name in kept} == dict.fromkeys(kept, "")
    assert not BankAccount.objects.exists()
    row = row_of(run, right_id="101")
    assert row.state == SyncRow.State.WRITTEN
    assert "was not taken over" in row.reason
    assert not any(value in row.reason for value in vendor.values())
    assert row_of(run, right_id="102").reason == ""

    # Corrected at the vendor, it comes with the next synchronisation.
    both.change_at_vendor("101", Phone1="+46701740001", Country="Sverige", ClearingNo="", BankAccountNo="")
    run = review(connection)
    for each in SyncRow.objects.filter(run=run):
        decide(each, **{field: RIGHT})
    apply_all(run)
    assert_in_step(connection, 2)


def test_a_vendor_person_whose_email_is_none_is_listed_with_the_reason_and_holds_nobody_up(
    connection: Connection, both: BothSides
) -> None:
    both.vendor(1, Email="not an address")
    both.vendor(2)
    run = review(connection)
    create_all(run)

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert row_of(run, right_id="102").state == SyncRow.State.WRITTEN
    assert "Work e-mail was not taken over" in row_of(run, right_id="101").reason
    assert Employee.objects.get(given_name="Given 1").work_email == ""


def test_codes_and_keys_that_nobody_knows_do_no_harm(connection: Connection, both: BothSides) -> None:
    both.pair(1, vendor={"EmploymentForm": "SNK", "PersonelType": "???", "JobTitle": "Ny"})
    both.vendor(2, EmploymentForm="SNK")
    run = review(connection)
    create_all(run)

    assert apply_all(run).state == SyncRun.State.DONE

    assert both.at_vendor("101")["EmploymentForm"] == "SNK"
    assert_in_step(connection, 2)


def test_a_value_that_the_vendor_does_not_show_never_differs_and_its_pair_stays(
    connection: Connection, both: BothSides
) -> None:
    employee = both.pair(1)
    apply_all(review(connection))
    before = pair_of(employee, "phone")
    both.sandbox.settings("fortnox", no_right=["Phone1"])
    change(employee, work_phone=OTHER_PHONE, given_name="Anna")

    run = review(connection)
    row = row_of(run, left=employee)
    assert list(row.fields.values_list("field", flat=True)) == ["given_name"]
    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert pair_of(employee, "phone") == before
    assert both.sent() == [{"FirstName": "Anna"}]
    employee.refresh_from_db()
    assert employee.work_phone == OTHER_PHONE

    both.sandbox.settings("fortnox", no_right=[])
    run = review(connection)
    assert list(row_of(run, left=employee).fields.values_list("field", "change")) == [("phone", "left")]
    apply_all(run)
    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE
    assert_in_step(connection, 1)


def test_a_person_created_where_the_vendor_shows_no_phone_gets_no_pair_for_it(
    connection: Connection, both: BothSides
) -> None:
    both.vendor(1)
    both.sandbox.settings("fortnox", no_right=["Phone1"])
    run = review(connection)
    create_all(run)

    assert apply_all(run).state == SyncRun.State.DONE

    employee = Employee.objects.get()
    assert employee.work_phone == ""
    assert pair_of(employee, "phone") is None
    both.sandbox.settings("fortnox", no_right=[])
    field = row_of(review(connection), left=employee).fields.get()
    assert (field.field, field.change) == ("phone", "first")


@pytest.mark.behaviour("FX-09")
@pytest.mark.parametrize(
    "account",
    [
        {"country": "NO", "clearing_number": "", "account_number": "86011117947"},
        {"country": "DE", "clearing_number": "", "account_number": "", "iban": "DE89370400440532013000"},
    ],
    ids=["Norwegian", "IBAN only"],
)
def test_an_account_that_is_not_swedish_is_skipped_with_a_reason_and_the_rest_is_synced(
    connection: Connection, both: BothSides, account: dict[str, str]
) -> None:
    existing = both.pair(1, work_phone=OTHER_PHONE)
    new = both.hub(2)
    for employee in (existing, new):
        BankAccountFactory.create(employee=employee, **account)
    run = review(connection)
    create_all(run)
    row = row_of(run, left=existing)
    assert "Swedish" in row.fields.get(field="bank_account").reason_right
    with pytest.raises(RunRefused, match="Swedish"):
        decide(row, bank_account=LEFT)
    decide(row, phone=LEFT)

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE
    sent = both.sent()
    assert len(sent) == 2
    assert not any({"ClearingNo", "BankAccountNo"} & set(body) for body in sent)
    assert row_of(run, left=new).state == SyncRow.State.WRITTEN
    assert pair_of(existing, "bank_account")[2] == "open"
    assert BankAccount.objects.count() == 2
