"""The client's absences and schedule times over real HTTP, at the sandbox's Fortnox."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.core.errors import NotFound, OutcomeUnknown, Refused, TemporarilyUnavailable
from integrations.fortnox.absence_mappers import body_from_row, row_from_transaction, schedule_day_from
from integrations.fortnox.absence_rules import WantedRow
from integrations.fortnox.absence_typed import Finding, find_row, look_among
from integrations.fortnox.client import FortnoxClient
from tests.fortnox.bodies import client_at
from tests.sandbox.fortnox_caller import FIRST_COMPANY, FortnoxCaller
from tests.sandbox_client import SandboxClient

MONDAY = date(2026, 3, 2)
SICK = WantedRow(MONDAY, "SJK", 50)


@pytest.fixture
def client(sandbox: SandboxClient) -> FortnoxClient:
    sandbox.seed(people=20)
    caller = FortnoxCaller(url=sandbox.url)
    token = caller.connect()["access_token"]
    caller.session.close()
    return client_at(f"{sandbox.url}/fortnox", access_token=token)


def create(client: FortnoxClient, row: WantedRow = SICK, *, employee_id: str = "1000") -> dict[str, Any]:
    return client.create_absence(body_from_row(row, employee_id=employee_id))


def rows_of(client: FortnoxClient, employee_id: str = "1000") -> list[Any]:
    listing = client.list_absences(employee_id=employee_id, page=1)
    return [row_from_transaction(row) for row in listing["AbsenceTransactions"]]


@pytest.mark.parametrize("numbers_as_text", [False, True])
def test_a_day_is_created_read_changed_and_deleted(
    client: FortnoxClient, sandbox: SandboxClient, numbers_as_text: bool
) -> None:
    sandbox.settings("fortnox", numbers_as_text=numbers_as_text)
    made = row_from_transaction(create(client))
    assert (made.day, made.cause, made.extent, made.hours) == (MONDAY, "SJK", Decimal(50), Decimal(4))

    client.update_absence(made.row_id, body_from_row(SICK._replace(extent=100), employee_id="1000"))
    assert row_from_transaction(client.read_absence(made.row_id)).hours == 8

    client.delete_absence(made.row_id)
    assert rows_of(client) == []
    with pytest.raises(NotFound):
        client.delete_absence(made.row_id)


def test_a_persons_rows_are_listed_page_by_page(client: FortnoxClient) -> None:
    for number in range(3):
        create(client, SICK._replace(day=MONDAY + timedelta(days=number)))
    create(client, employee_id="1001")

    pages = [client.list_absences(employee_id="1000", page=page, limit=2) for page in (1, 2)]
    assert [len(page["AbsenceTransactions"]) for page in pages] == [2, 1]
    assert pages[0]["MetaInformation"]["@TotalResources"] == 3


@pytest.mark.behaviour("FX-17")
def test_a_refused_day_leaves_fortnox_as_it_was(client: FortnoxClient, sandbox: SandboxClient) -> None:
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_closed_to": MONDAY.isoformat()})
    with pytest.raises(Refused, match="låst"):
        create(client)
    assert rows_of(client) == []

    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_closed_to": ""})
    create(client)
    assert len(rows_of(client)) == 1


@pytest.mark.behaviour("FX-15")
@pytest.mark.parametrize("action", ["drop_after", "broken_json"])
def test_a_create_whose_answer_is_lost_is_found_again(
    client: FortnoxClient, sandbox: SandboxClient, action: str
) -> None:
    sandbox.faults([{"action": action, "method": "POST", "path": "absencetransactions"}])
    with pytest.raises(OutcomeUnknown):
        create(client)

    found = find_row(rows_of(client), wish=SICK, linked_ids=set())
    assert found is not None
    assert look_among(rows_of(client), wishes=[SICK], linked_ids={found.row_id}).finding is Finding.FREE


def test_a_system_exception_leaves_the_outcome_of_a_create_open(client: FortnoxClient, sandbox: SandboxClient) -> None:
    body = {"ErrorInformation": {"error": 1, "message": "System exception", "code": 1000003}}
    sandbox.faults([{"action": "refuse", "path": "absencetransactions", "status": 400, "body": body, "count": 2}])
    with pytest.raises(OutcomeUnknown):
        create(client)
    with pytest.raises(TemporarilyUnavailable):
        rows_of(client)
    assert rows_of(client) == []


@pytest.mark.behaviour("FX-16")
@pytest.mark.parametrize(("employee_id", "hours"), [("1000", 8), ("1009", 0), ("1014", 4)])
def test_the_hours_of_a_day_are_read_from_the_schedule(client: FortnoxClient, employee_id: str, hours: int) -> None:
    read = schedule_day_from(client.read_schedule_time(employee_id=employee_id, day=MONDAY))
    assert (read.day, read.hours) == (MONDAY, Decimal(hours))
