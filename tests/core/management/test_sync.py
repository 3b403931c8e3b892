import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from employees.models import BankAccount, Company, Employee
from integrations.core import connecting
from integrations.core.management.commands.sync import summary
from integrations.core.models import Connection, Delivery, FieldChange, Link, Notification, SyncRow, SyncRun
from integrations.core.runs.deciding import cancel_run, start_run
from tests.core.approving import approve
from tests.core.connected import connect
from tests.factories import CompanyFactory, EmployeeFactory
from tests.sandbox.fortnox_caller import CALLBACK
from tests.sandbox_client import SandboxClient

pytestmark = pytest.mark.django_db(transaction=True)

WRITES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create(name="Demo AB")


@pytest.fixture
def connection(sandbox: SandboxClient, company: Company) -> Connection:
    return connect(company=company)


class Result:
    """How ``manage.py sync`` ended, and what it printed."""

    def __init__(self, *arguments: str) -> None:
        printed = io.StringIO()
        try:
            call_command("sync", *arguments, stdout=printed, stderr=io.StringIO())
        except SystemExit as ended:
            self.status = ended.code
        except CommandError as error:
            self.status, self.message = error.returncode, str(error)
        self.printed = printed.getvalue()

    @property
    def json(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.printed)
        return read


def in_the_hub(company: Company, **values: Any) -> Employee:
    """Somebody with nothing but what the test is about."""
    employee = Employee(
        company=company, **{"given_name": "Åsa", "family_name": "Ek", "work_email": "asa@example.se", **values}
    )
    employee.full_clean()
    employee.save()
    return employee


def at_fortnox(sandbox: SandboxClient, **values: str) -> str:
    return str(
        sandbox.add(
            "fortnox",
            "employees",
            {"FirstName": "Åsa", "LastName": "Ek", "Email": "asa@example.se", "EmployeeId": "7", **values},
        )["EmployeeId"]
    )


def writes(sandbox: SandboxClient) -> list[tuple[str, str]]:
    """Every call that writes at the vendor; getting a token does not."""
    return [
        (call["method"], call["path"])
        for call in sandbox.calls()
        if call["method"] in WRITES and "oauth" not in call["path"]
    ]


def hub_state() -> list[Any]:
    return [*Employee.objects.order_by("pk").values_list(), *BankAccount.objects.order_by("pk").values_list()]


@pytest.fixture
def differing(sandbox: SandboxClient, connection: Connection, company: Company) -> Employee:
    """One person who is called differently on either side, and is otherwise in step."""
    at_fortnox(sandbox, LastName="Al")
    sandbox.clear_calls()
    return in_the_hub(company, employment_id="7")


@pytest.fixture
def scattered(sandbox: SandboxClient, connection: Connection, company: Company) -> None:
    """One person on either side only."""
    at_fortnox(sandbox, FirstName="Bo", LastName="Berg", Email="bo@example.se", EmployeeId="8")
    in_the_hub(company, given_name="Cia", family_name="Dahl", work_email="cia@example.se")
    sandbox.clear_calls()


def reconnect(connection: Connection) -> None:
    started = connecting.start_authorisation(connection_id=connection.pk, service_account=False, redirect_uri=CALLBACK)
    connecting.finish_authorisation(
        connection_id=connection.pk,
        callback=approve(started.url),
        started=started,
        redirect_uri=CALLBACK,
        by=User.objects.get(username="hanna"),
    )


# --- Comparing only ---------------------------------------------------------------------------------------


def test_comparing_only_writes_nothing_on_either_side(
    sandbox: SandboxClient, differing: Employee, scattered: None
) -> None:
    before, history = hub_state(), FieldChange.objects.count()

    result = Result("Fortnox", "--compare-only")

    assert result.status == 0
    assert writes(sandbox) == []
    assert hub_state() == before
    assert (FieldChange.objects.count(), Delivery.objects.count()) == (history, 0)
    assert SyncRun.objects.get().state == SyncRun.State.REVIEW


def test_a_comparison_on_a_list_that_does_not_add_up_is_not_well(sandbox: SandboxClient, differing: Employee) -> None:
    sandbox.faults([{"action": "wrong_total", "method": "GET", "path": "/employees", "every": True}])
    assert Result("Fortnox", "--compare-only").status == 1

    sandbox.clear_faults()
    assert Result("Fortnox", "--compare-only").status == 0


# --- Which side is taken ----------------------------------------------------------------------------------


def test_the_hubs_value_is_taken(sandbox: SandboxClient, differing: Employee) -> None:
    result = Result("Fortnox", "--accept", "hub")

    assert result.status == 0, result.printed
    assert sandbox.record("fortnox", "employees", "7")["LastName"] == "Ek"
    differing.refresh_from_db()
    assert differing.family_name == "Ek"


def test_the_vendors_value_is_taken(sandbox: SandboxClient, differing: Employee) -> None:
    result = Result("Fortnox", "--accept", "vendor")

    assert result.status == 0, result.printed
    assert writes(sandbox) == []
    differing.refresh_from_db()
    assert differing.family_name == "Al"


def test_what_nothing_is_suggested_for_stays_undecided_and_is_not_well(
    sandbox: SandboxClient, differing: Employee
) -> None:
    before = hub_state()

    result = Result("Fortnox")
    assert result.status == 1
    assert (writes(sandbox), hub_state()) == ([], before)

    # Decided, it ends well.
    assert Result("Fortnox", "--accept", "vendor").status == 0


def test_what_only_one_side_changed_since_is_taken_as_suggested(sandbox: SandboxClient, differing: Employee) -> None:
    Result("Fortnox", "--accept", "vendor")
    sandbox.change("fortnox", "employees", "7", {"FirstName": "Eva"})
    differing.refresh_from_db()
    differing.family_name = "Ek"
    differing.save()

    result = Result("Fortnox", "--accept", "suggested")

    assert result.status == 0, result.printed
    differing.refresh_from_db()
    assert (differing.given_name, differing.family_name) == ("Eva", "Ek")
    assert sandbox.record("fortnox", "employees", "7")["LastName"] == "Ek"


# --- Who is created ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("create", "hub", "vendor", "status"),
    [
        ("none", {"cia"}, {"bo"}, 1),
        ("hub", {"bo", "cia"}, {"bo"}, 1),
        ("vendor", {"cia"}, {"bo", "cia"}, 1),
        ("both", {"bo", "cia"}, {"bo", "cia"}, 0),
    ],
)
def test_people_missing_are_created_where_it_was_said(
    sandbox: SandboxClient, scattered: None, create: str, hub: set[str], vendor: set[str], status: int
) -> None:
    result = Result("Fortnox", "--create", create)

    assert result.status == status, result.printed
    assert {email.partition("@")[0] for email in Employee.objects.values_list("work_email", flat=True)} == hub
    assert {person["Email"].partition("@")[0] for person in sandbox.state("fortnox", "employees")} == vendor


@pytest.mark.behaviour("G-10")
def test_a_second_synchronisation_changes_nothing(
    sandbox: SandboxClient, differing: Employee, company: Company
) -> None:
    at_fortnox(sandbox, FirstName="Bo", Email="bo@example.se", EmployeeId="8")
    in_the_hub(company, given_name="Cia", work_email="cia@example.se")
    everything = ("Fortnox", "--accept", "hub", "--create", "both")
    first = Result(*everything)
    assert first.status == 0, first.printed
    before, history = hub_state(), FieldChange.objects.count()
    sandbox.clear_calls()

    second = Result(*everything)

    assert second.status == 0, second.printed
    assert writes(sandbox) == []
    assert (hub_state(), FieldChange.objects.count()) == (before, history)
    assert Link.objects.filter(state=Link.State.ACTIVE).count() == 3


def test_a_person_the_vendor_refuses_is_not_well_and_the_next_time_is(
    sandbox: SandboxClient, differing: Employee
) -> None:
    refusal = {"ErrorInformation": {"error": 1, "message": "Ett fel.", "code": 2000106}}
    sandbox.faults([{"action": "refuse", "method": "PUT", "path": "/employees", "status": 400, "body": refusal}])
    refused = Result("Fortnox", "--accept", "hub")
    assert refused.status == 1
    assert SyncRow.objects.get().state == SyncRow.State.REFUSED

    sandbox.clear_faults()
    assert Result("Fortnox", "--accept", "hub").status == 0


# --- What it prints ---------------------------------------------------------------------------------------


def test_it_prints_the_report_and_mails_it_without_a_background_service(
    connection: Connection, differing: Employee
) -> None:
    result = Result("Fortnox", "--accept", "hub")

    assert "Åsa Ek" in result.printed
    assert Notification.objects.get().sent_at is not None


def test_the_result_for_machines_holds_numbers_and_no_personal_data(differing: Employee, scattered: None) -> None:
    result = Result("Fortnox", "--accept", "hub", "--create", "both", "--json")

    run = SyncRun.objects.get()
    assert result.json == summary(run)
    assert result.json["state"] == "done"
    assert result.json["rows"] == {"written": 3}
    for personal in ("Åsa", "Bo", "Cia", "Dahl", "@"):
        assert personal not in result.printed


def test_only_the_json_is_printed_when_comparing(differing: Employee) -> None:
    result = Result("Fortnox", "--compare-only", "--json")

    assert (result.status, result.json["state"], result.json["undecided_fields"]) == (0, "review", 1)


# --- What cannot be done ----------------------------------------------------------------------------------


def test_an_unknown_connection_is_refused_with_what_there_is(connection: Connection) -> None:
    result = Result("Fortknox")

    assert result.status == 2
    assert f"{connection.pk} “Fortnox”" in result.message
    assert Result(str(connection.pk), "--compare-only").status == 0


def test_two_connections_of_one_name_are_told_apart_by_number(connection: Connection) -> None:
    Connection.objects.create(integration="fortnox", label="fortnox")

    assert Result("Fortnox", "--compare-only").status == 2
    assert Result(str(connection.pk), "--compare-only").status == 0


def test_a_connection_that_is_not_connected_is_refused(connection: Connection) -> None:
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    result = Result("Fortnox")
    assert (result.status, SyncRun.objects.count()) == (2, 0)
    assert "is not connected" in result.message

    Connection.objects.update(state=Connection.State.AUTHORISED)
    assert Result("Fortnox").status == 0


@pytest.mark.behaviour("G-08")
def test_a_synchronisation_already_at_work_is_not_joined_by_a_second(connection: Connection) -> None:
    at_work = start_run(connection=connection, trigger=SyncRun.Trigger.SCHEDULE, by=None)
    result = Result("Fortnox")
    assert (result.status, SyncRun.objects.count()) == (2, 1)
    assert "at work already" in result.message

    cancel_run(run=at_work)
    assert Result("Fortnox").status == 0


def test_a_connection_that_was_withdrawn_at_the_vendor_cannot_be_synchronised_until_it_is_connected_again(
    sandbox: SandboxClient, connection: Connection, differing: Employee, company: Company
) -> None:
    sandbox.tokens("fortnox", action="withdraw_consent")
    withdrawn = Result("Fortnox", "--accept", "hub")
    assert withdrawn.status == 2
    assert SyncRun.objects.get().state == SyncRun.State.FAILED

    reconnect(connection)
    assert Result("Fortnox", "--accept", "hub").status == 0


def test_comparing_asks_nothing_of_people_out_of_scope(
    sandbox: SandboxClient, connection: Connection, company: Company
) -> None:
    chosen, _other = EmployeeFactory.create_batch(2, company=company)
    Connection.objects.update(scope={"employees": [chosen.pk]})

    Result("Fortnox", "--create", "vendor")

    assert [person["Email"] for person in sandbox.state("fortnox", "employees")] == [chosen.work_email]
