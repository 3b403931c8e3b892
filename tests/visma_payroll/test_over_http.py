"""The client against the sandbox, over real HTTP: list, read, edit, write, poll, and what goes wrong."""

import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from integrations.core.endpoints import JobReport, JobState
from integrations.core.errors import (
    Forbidden,
    Moved,
    NotFound,
    OutcomeUnknown,
    ReauthorisationRequired,
    TemporarilyUnavailable,
    Throttled,
)
from integrations.core.kinds import Address, BankAccount
from integrations.visma_payroll.client import VismaPayrollClient
from integrations.visma_payroll.jobs import read_job
from integrations.visma_payroll.mappers import (
    edited_employee,
    edited_position,
    embedded_positions,
    new_employee,
    record_from_employee,
)
from integrations.visma_payroll.positions import selected_position
from integrations.visma_payroll.unconfirmed import RESIGNED
from tests.sandbox.visma_caller import READ_ONLY, VismaCaller
from tests.sandbox_client import SandboxClient
from tests.visma_payroll.bodies import RESOURCE, TODAY, client_at

VALUES: dict[str, Any] = {
    "given_name": "Åse",
    "family_name": "Ødegård",
    "work_email": "ase.odegard@example.no",
    "phone": "+4740000017",
    "first_workday": date(2020, 1, 1),
    "last_workday": date(2026, 12, 31),
    "employment_id": "17",
    "bank_account": BankAccount("NO", "", "12340000003"),
    "address": Address("Storgata 1", "0150", "Oslo", "NO"),
    "birth_date": date(1955, 1, 1),
    "national_id": "01015590978",
}
COMPARED = [field.name for field in RESOURCE.fields if field.compared]
PATIENCE = 20.0


@pytest.fixture
def somebody(sandbox: SandboxClient) -> Iterator[VismaCaller]:
    """Fetches tokens as Visma Connect gives them."""
    caller = VismaCaller(url=sandbox.url)
    yield caller
    caller.session.close()


@pytest.fixture
def client(sandbox: SandboxClient, somebody: VismaCaller) -> VismaPayrollClient:
    # These tests poll faster than the product does.
    sandbox.limits(vendor="visma_payroll", requests=1000, seconds=1)
    return client_of(sandbox, somebody)


def client_of(sandbox: SandboxClient, somebody: VismaCaller, **tenant: str) -> VismaPayrollClient:
    token = somebody.token(**tenant).json()["access_token"]
    return client_at(f"{sandbox.url}/visma_payroll/v2", access_token=token)


def end_of(client: VismaPayrollClient, path: str) -> JobReport:
    """Poll the job until it is over."""
    deadline = time.monotonic() + PATIENCE
    while (report := read_job(client.read_job(path))).state is JobState.UNDER_WAY:
        assert time.monotonic() < deadline, "The job does not end."
        time.sleep(0.02)
    return report


def created(client: VismaPayrollClient, **changes: Any) -> str:
    report = end_of(client, client.create_employee(new_employee({**VALUES, **changes})))
    assert report.state is JobState.SUCCEEDED, report.message
    return report.right_id


def values_at(client: VismaPayrollClient, employee_id: str) -> dict[str, Any]:
    document = client.read_employee(employee_id).document
    values = RESOURCE.values(record_from_employee(document, resource=RESOURCE, today=TODAY))
    return {name: values[name] for name in COMPARED}


def change(client: VismaPayrollClient, employee_id: str, values: dict[str, Any]) -> JobReport:
    """Read, edit, write, and see it through."""
    document, etag, _genuine = client.read_employee(employee_id)
    edited = edited_employee(document, values, today=TODAY)
    return end_of(client, client.replace_employee(employee_id, edited, etag=etag))


def change_position(client: VismaPayrollClient, employee_id: str, values: dict[str, Any]) -> JobReport:
    held = selected_position(embedded_positions(client.read_employee(employee_id).document), today=TODAY)
    assert held is not None
    position_id = held.document["id"]
    document, etag, _genuine = client.read_position(employee_id, position_id)
    path = client.replace_position(employee_id, position_id, edited_position(document, values), etag=etag)
    return end_of(client, path)


# Reading


def test_everybody_is_listed_drafts_too_in_pages_of_50(client: VismaPayrollClient, sandbox: SandboxClient) -> None:
    held = sandbox.seed(people=120, vendor="visma_payroll")
    sandbox.clear_calls()
    pages = [client.list_employees()]
    while pages[-1].cursor:
        pages.append(client.list_employees(cursor=pages[-1].cursor))
    assert [len(page.rows) for page in pages] == [50, 50, held - 100]
    assert len({row["id"] for page in pages for row in page.rows}) == held
    assert any(row["isDraft"] for page in pages for row in page.rows)
    assert len(sandbox.calls()) == 3


def test_every_demo_person_is_read_and_written_back_without_a_change(
    client: VismaPayrollClient, sandbox: SandboxClient
) -> None:
    sandbox.seed(people=50, vendor="visma_payroll")
    rows = client.list_employees().rows
    assert len(rows) == 49
    for row in rows:
        record = record_from_employee(row, resource=RESOURCE, today=TODAY)
        without = {name: value for name, value in row.items() if name != "_embedded"}
        assert edited_employee(row, RESOURCE.values(record), today=TODAY) == without


def test_nobody_is_found_under_an_id_that_visma_does_not_have(client: VismaPayrollClient) -> None:
    with pytest.raises(NotFound):
        client.read_employee("e0000000-0000-4000-8000-00000000ffff")
    employee_id = created(client)
    assert client.read_employee(employee_id).document["id"] == employee_id


# Writing


@pytest.mark.behaviour("VP-10")
def test_a_created_person_holds_every_field_and_is_a_draft(client: VismaPayrollClient, sandbox: SandboxClient) -> None:
    employee_id = created(client)
    assert values_at(client, employee_id) == {name: VALUES[name] for name in COMPARED}
    kept = sandbox.record("visma_payroll", "employees", employee_id)
    assert (kept["isDraft"], kept["dateOfBirth"]) == (True, "1955-01-01")
    assert (kept["personIds"][0]["typeOfId"], kept["personIds"][0]["id"]) == ("NationalID", "01015590978")


@pytest.mark.behaviour("VP-03", "VP-04", "VP-09")
def test_a_change_arrives_and_leaves_everything_else_as_it_was(
    client: VismaPayrollClient, sandbox: SandboxClient
) -> None:
    employee_id = created(client)
    nested = {"relatives": [{"firstName": "Kim", "new": {"deep": [1]}}], "unheardOf": {"a": None}}
    sandbox.change("visma_payroll", "employees", employee_id, nested)
    before = sandbox.record("visma_payroll", "employees", employee_id)
    wanted = {
        "family_name": "Dahl",
        "phone": None,
        "work_email": "ny@example.no",
        "address": Address("Lia 2", "5003", "Bergen", "NO"),
    }
    assert change(client, employee_id, wanted).state is JobState.SUCCEEDED
    after = sandbox.record("visma_payroll", "employees", employee_id)
    assert {name for name in before if before[name] != after[name]} == {"personNames", "phones", "emails", "address"}
    assert [name["lastName"] for name in after["personNames"]] == ["Ødegård", "Dahl"]
    assert values_at(client, employee_id) == {name: {**VALUES, **wanted}[name] for name in COMPARED}


@pytest.mark.behaviour("VP-05", "VP-06")
@pytest.mark.parametrize("number", ["1000", "1035"])
def test_a_last_workday_is_set_moved_and_emptied_with_its_reason(
    client: VismaPayrollClient, sandbox: SandboxClient, number: str
) -> None:
    sandbox.seed(people=50, vendor="visma_payroll")
    (person,) = [row for row in sandbox.state("visma_payroll", "employees") if row["number"] == number]

    def ends(last_workday: date | None) -> tuple[str | None, list[str]]:
        report = change_position(client, person["id"], {"last_workday": last_workday})
        assert report.state is JobState.SUCCEEDED, report.message
        (position,) = sandbox.record("visma_payroll", "employees", person["id"])["positions"]
        assert position["salaryInformation"] == person["positions"][0]["salaryInformation"]
        return position["activeEnd"], position["positionEndReason"]

    assert ends(date(2027, 1, 31)) == ("2027-01-31", [RESIGNED])
    assert ends(date(2027, 2, 28)) == ("2027-02-28", [RESIGNED])
    assert ends(None) == (None, [])


def test_the_etag_of_a_document_that_moved_is_refused_and_reading_again_helps(
    client: VismaPayrollClient, sandbox: SandboxClient
) -> None:
    employee_id = created(client)
    document, etag, _genuine = client.read_employee(employee_id)
    sandbox.change("visma_payroll", "employees", employee_id, {"notes": "by payroll"})
    with pytest.raises(Moved):
        client.replace_employee(employee_id, document, etag=etag)
    assert change(client, employee_id, {"employment_id": "18"}).state is JobState.SUCCEEDED
    kept = sandbox.record("visma_payroll", "employees", employee_id)
    assert (kept["number"], kept["notes"]) == ("18", "by payroll")


def test_a_number_that_somebody_else_has_fails_with_vismas_message_and_changes_nothing(
    client: VismaPayrollClient,
) -> None:
    created(client)
    second = created(client, employment_id="18", work_email="b@example.no")
    report = change(client, second, {"employment_id": "17", "work_email": "c@example.no"})
    assert (report.state, report.message) == (JobState.FAILED, "The number is used by another employee. (number)")
    assert values_at(client, second)["work_email"] == "b@example.no"
    assert change(client, second, {"work_email": "c@example.no"}).state is JobState.SUCCEEDED


@pytest.mark.parametrize("plan", [{"ends": "late", "seconds": 3600}, {"ends": "stuck"}])
def test_a_job_that_takes_long_is_polled_by_its_stored_path_alone(
    client: VismaPayrollClient, sandbox: SandboxClient, somebody: VismaCaller, plan: dict[str, Any]
) -> None:
    sandbox.settings("visma_payroll", next_jobs=[plan])
    path = client.create_employee(new_employee(VALUES))
    report = read_job(client.read_job(path))
    assert report.state is JobState.UNDER_WAY
    # Another process, with another token, knows nothing but the path.
    again = client_of(sandbox, somebody)
    sandbox.change("visma_payroll", "jobs", path.rpartition("/")[2], {"ends": "succeeds"})
    assert again.read_employee(end_of(again, path).right_id).document["number"] == "17"


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"ends": "fails", "message": "Nei."}, JobReport(JobState.FAILED, message="Nei.")),
        ({"ends": "warns", "message": "Obs."}, JobReport(JobState.SUCCEEDED, warnings=("Obs.",))),
    ],
)
def test_what_a_job_has_to_say_is_kept(
    client: VismaPayrollClient, sandbox: SandboxClient, plan: dict[str, str], expected: JobReport
) -> None:
    sandbox.settings("visma_payroll", next_jobs=[plan])
    report = end_of(client, client.create_employee(new_employee(VALUES)))
    assert report._replace(right_id="") == expected
    assert len(sandbox.state("visma_payroll", "employees")) == (0 if expected.state is JobState.FAILED else 1)


# What goes wrong on the way


@pytest.mark.parametrize("action", ["drop", "drop_after"])
def test_a_create_whose_answer_is_lost_is_looked_up_in_the_list_of_jobs(
    client: VismaPayrollClient, sandbox: SandboxClient, action: str
) -> None:
    sandbox.faults([{"action": action, "method": "POST", "path": "/withPosition"}])
    with pytest.raises(OutcomeUnknown):
        client.create_employee(new_employee(VALUES))
    jobs = client.list_jobs().rows
    assert len(jobs) == (0 if action == "drop" else 1)
    employee_id = end_of(client, f"employees/jobs/{jobs[0]['id']}").right_id if jobs else created(client)
    assert values_at(client, employee_id)["employment_id"] == "17"
    assert len(sandbox.state("visma_payroll", "employees")) == 1


def test_an_expired_token_asks_for_another(
    client: VismaPayrollClient, sandbox: SandboxClient, somebody: VismaCaller
) -> None:
    sandbox.tokens("visma_payroll", action="expire_access")
    with pytest.raises(ReauthorisationRequired):
        client.list_employees()
    assert client_of(sandbox, somebody).list_employees().rows == ()


@pytest.mark.behaviour("VP-02")
def test_a_company_that_approved_only_reading_lets_nothing_be_written(
    sandbox: SandboxClient, somebody: VismaCaller, client: VismaPayrollClient
) -> None:
    reader = client_of(sandbox, somebody, tenant=READ_ONLY)
    assert reader.list_employees().rows == ()
    with pytest.raises(Forbidden):
        reader.create_employee(new_employee(VALUES))
    assert created(client)


def test_a_visma_that_is_down_is_tried_again(client: VismaPayrollClient, sandbox: SandboxClient) -> None:
    sandbox.down(vendor="visma_payroll")
    with pytest.raises(TemporarilyUnavailable):
        client.create_employee(new_employee(VALUES))
    sandbox.down(vendor="visma_payroll", down=False)
    assert created(client)


def test_too_many_calls_are_told_apart_with_the_time_to_wait(
    client: VismaPayrollClient, sandbox: SandboxClient
) -> None:
    sandbox.limits(vendor="visma_payroll", requests=1, seconds=3600, retry_after=4)
    client.list_employees()
    with pytest.raises(Throttled) as refused:
        client.list_employees()
    assert refused.value.retry_after == 4
    sandbox.limits(vendor="visma_payroll", requests=1000, seconds=1)
    assert client.list_employees().rows == ()
