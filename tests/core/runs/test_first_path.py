"""A whole first synchronisation of the demo company over real HTTP, checked field by field on both sides."""

from collections import Counter
from typing import Any

import pytest
from django.core.management import call_command

from employees.models import Company, Employee
from integrations.core.models import Connection, FieldChange, Link, Notification, SyncField, SyncRow, SyncRun
from integrations.core.runs.deciding import decide_creations, decide_fields
from tests.core.connected import connect
from tests.core.runs.both_sides import BOTH_KINDS, apply_all, review
from tests.sandbox_client import SandboxClient

PEOPLE = 60
# Those of the demo's recipe who need a person's answer: a shared e-mail, another e-mail of the same person.
HELD_AT_VENDOR = {"1010", "1011", "1013"}


@pytest.fixture
def connection(db: None, sandbox: SandboxClient) -> Connection:
    sandbox.limits(requests=10_000, seconds=1)
    sandbox.seed(people=PEOPLE)
    call_command("seed_people", company="Demo AB", people=PEOPLE, seed=1, verbosity=0)
    return connect(company=Company.objects.get(name="Demo AB"))


def _hub_values(employee: Employee) -> dict[str, str]:
    account = getattr(employee, "bank_account", None)
    return {
        "id": employee.employment_id,
        "email": employee.work_email.lower(),
        "name": f"{employee.given_name} {employee.family_name}",
        "phone": employee.work_phone,
        "address": f"{employee.street}, {employee.postal_code} {employee.city}, {employee.country}",
        "account": f"{account.clearing_number} {account.account_number}" if account else " ",
        "from": str(employee.first_workday or ""),
        "to": str(employee.last_workday or ""),
    }


def _vendor_values(record: dict[str, Any]) -> dict[str, str]:
    phone = "".join(character for character in record["Phone1"] if character in "+0123456789")
    country = {"Sverige": "SE", "Sweden": "SE"}.get(record["Country"], record["Country"])
    street, postal_code = record["Address1"] or record["Address2"], record["PostCode"].replace(" ", "")
    return {
        "id": record["EmployeeId"],
        "email": record["Email"].lower(),
        "name": " ".join(f"{record['FirstName']} {record['LastName']}".split()),
        "phone": f"+46{phone[1:]}" if phone.startswith("0") else phone,
        "address": f"{street}, {postal_code} {record['City']}, {country}",
        "account": f"{record['ClearingNo']} {record['BankAccountNo']}",
        "from": record["EmploymentDate"],
        "to": record["EmployedTo"],
    }


def _vendor_state(sandbox: SandboxClient) -> dict[str, dict[str, Any]]:
    return {record["EmployeeId"]: record for record in sandbox.state("fortnox", "employees")}


def test_the_comparison_puts_everybody_in_one_place_and_writes_nothing(
    connection: Connection, sandbox: SandboxClient
) -> None:
    vendor_before, hub_before = _vendor_state(sandbox), list(Employee.objects.order_by("pk").values())

    run = review(connection)

    assert run.counts == {"left": 59, "right": 59, "equal": 0, "rows": 63, "left_out": {}, "complete": True}
    kinds = Counter(SyncRow.objects.filter(run=run).values_list("kind", flat=True))
    assert kinds == {"differs": 55, "ambiguous": 1, "duplicate": 2, "only_left": 3, "only_right": 2}
    assert _vendor_state(sandbox) == vendor_before
    assert list(Employee.objects.order_by("pk").values()) == hub_before


@pytest.mark.parametrize("hub_wins", [True, False], ids=["hub to vendor", "vendor to hub"])
def test_a_first_synchronisation_brings_both_sides_in_step(
    connection: Connection, sandbox: SandboxClient, hub_wins: bool
) -> None:
    hub_before = {str(employee.pk): _hub_values(employee) for employee in Employee.objects.all()}
    vendor_before = _vendor_state(sandbox)
    run = review(connection)
    if hub_wins:
        decide_fields(run=run, decision=SyncField.Decision.LEFT, by=None)
    decide_fields(run=run, decision=SyncField.Decision.RIGHT, by=None, fields=("employment_id",) if hub_wins else ())
    decide_creations(run=run, kinds=BOTH_KINDS, by=None)

    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    vendor_after = _vendor_state(sandbox)
    links = Link.objects.filter(connection=connection, state=Link.State.ACTIVE)
    assert links.count() == 57
    for link in links:
        hub = _hub_values(Employee.objects.get(pk=int(link.left_id)))
        assert hub == _vendor_values(vendor_after[link.right_id])
        assert {pair[2] for pair in link.pairs.values()} == {"settled"}
        if hub_wins and link.left_id in hub_before:
            assert {**hub, "id": ""} == {**hub_before[link.left_id], "id": ""}
        if not hub_wins and link.right_id in vendor_before:
            assert hub == _vendor_values(vendor_before[link.right_id])
    # Whoever needs an answer is as before on both sides, and so is all that is not kept in step.
    linked = set(links.values_list("left_id", flat=True))
    for employee in Employee.objects.exclude(pk__in=linked):
        assert _hub_values(employee) == hub_before[str(employee.pk)]
    assert {right_id: vendor_after[right_id] for right_id in HELD_AT_VENDOR} == {
        right_id: vendor_before[right_id] for right_id in HELD_AT_VENDOR
    }
    kept = ("PersonalIdentityNumber", "MonthlySalary", "ScheduleId", "EmploymentForm", "SalaryForm", "Inactive")
    for right_id, record in vendor_before.items():
        assert {name: vendor_after[right_id][name] for name in kept} == {name: record[name] for name in kept}

    again = review(connection)
    assert (again.counts["equal"], again.counts["rows"]) == (57, 6)


@pytest.mark.behaviour("G-12")
def test_every_written_value_is_in_the_history_and_the_report_is_due(
    connection: Connection, sandbox: SandboxClient
) -> None:
    run = review(connection)
    decide_fields(run=run, decision=SyncField.Decision.LEFT, by=None)
    sandbox.clear_calls()

    run = apply_all(run)

    writes = [call for call in sandbox.calls(path="/3/employees") if call["method"] != "GET"]
    rows = SyncRow.objects.filter(run=run, state=SyncRow.State.WRITTEN)
    sent = SyncField.objects.filter(row__in=rows, decision=SyncField.Decision.LEFT)
    assert rows.count() == 55
    # The others only take Fortnox's employment ID over.
    assert len(writes) == sent.values("row").distinct().count() == 8
    recorded = FieldChange.objects.filter(run=run, connection=connection, delivery__isnull=False)
    assert sorted(recorded.values_list("subject_id", "field")) == sorted(sent.values_list("row__left_id", "field"))
    for field in sent.select_related("row"):
        change = recorded.get(subject_id=field.row.left_id, field=field.field)
        assert (change.before, change.after) == (field.right, field.left)
    assert Notification.objects.filter(key=f"run:{run.pk}").exists()
