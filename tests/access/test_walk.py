"""Every address as every role, for the own company's records and for another's, held against the table (OP-14)."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from config.roles import rights_of
from employees.groups import BUILT_IN, HR_ADMIN, INTEGRATION_ADMIN, MANAGER, PAYROLL, PAYROLL_OFFICE
from tests.access.needs import opens
from tests.access.world import World, routes, signed_in, world_of
from tests.core.admin.filling import service_runs

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-14")]
BOSS = "boss@example.se"
REFUSED, NOT_ALLOWED = 403, 405
# A record is found by its number alone in these; all others are lists, or forms that name records in what is posted.
OF_A_RECORD = {route: name for route, name in routes().items() if "<" in route and "extension" not in route}
OF_NO_COMPANY = (
    "auth_",
    "access_",
    "account_",
    "reset_second_factor",
    "django_q_",
    "absences_absencetype_",
    "oauth_callback",
)


@pytest.fixture
def own() -> World:
    service_runs()
    return world_of("Alpha")


@pytest.fixture
def other(own: World) -> World:
    return world_of("Omega", manager="other@example.se")


def walked() -> dict[str, str]:
    """Return the addresses by their names; of the queue's tables, which are empty, no record's history."""
    # The queue is a table, with a page, only where no Redis is.
    found = {route: name for route, name in routes().items() if not (settings.REDIS_URL and "ormq" in name)}
    return {route: name for route, name in found.items() if not ("django_q" in name and "history" in name)}


def status(client: Client, address: str) -> int:
    """Return the answer to a look, or to a press where the address takes nothing else."""
    answer = client.get(address).status_code
    return client.post(address).status_code if answer == NOT_ALLOWED else answer


@pytest.mark.parametrize("role", BUILT_IN)
def test_each_address_opens_for_the_roles_of_the_table_and_for_no_other(own: World, role: str) -> None:
    client, rights = signed_in(role, own.company, email=BOSS), rights_of(role)

    answers = {name: status(client, own.address(route)) for route, name in walked().items()}

    open_ones = {name for name, answer in answers.items() if answer != REFUSED}
    assert {name: answers[name] for name in open_ones if not opens(name, rights)} == {}
    assert {name for name in answers.keys() - open_ones if opens(name, rights)} == set()
    assert [name for name, answer in answers.items() if answer >= 500] == []


@pytest.mark.parametrize("role", [HR_ADMIN, INTEGRATION_ADMIN, PAYROLL, MANAGER, PAYROLL_OFFICE])
def test_no_address_of_another_companys_record_opens_or_does_anything(own: World, other: World, role: str) -> None:
    client = signed_in(role, own.company, limited=True, email=BOSS)
    theirs = {route: name for route, name in OF_A_RECORD.items() if not name.startswith(OF_NO_COMPANY)}
    before = everything_of(other)

    looked = {name: client.get(other.address(route)) for route, name in theirs.items()}
    pressed = {name: client.post(other.address(route), {"post": "yes", "_save": "1"}) for route, name in theirs.items()}

    assert {name: answer.status_code for name, answer in looked.items() if not is_closed(answer)} == {}
    assert {name: answer.status_code for name, answer in pressed.items() if not is_closed(answer)} == {}
    assert everything_of(other) == before


def is_closed(answer: Any) -> bool:
    """Refused, not found, or led back to the start as of a record that is not there."""
    led_back = answer.status_code == 302 and answer.headers["Location"] == "/"
    return led_back or answer.status_code in (REFUSED, 404, NOT_ALLOWED)


def everything_of(world: World) -> list[Any]:
    connection = world.reviewed.run.connection
    connection.refresh_from_db()
    world.reviewed.run.refresh_from_db()
    rows = list(world.reviewed.run.rows.values())
    return [connection.state, connection.label, world.reviewed.run.state, rows, list(world.company.employees.values())]


@pytest.mark.parametrize("role", [HR_ADMIN, INTEGRATION_ADMIN, PAYROLL, MANAGER, PAYROLL_OFFICE])
def test_no_list_names_anybody_of_another_company(own: World, other: World, role: str) -> None:
    client = signed_in(role, own.company, limited=True, email=BOSS)
    lists = {name: own.address(route) for route, name in walked().items() if "<" not in route}

    pages = {name: client.get(address) for name, address in lists.items()}
    found = {name: client.get(address, {"q": "Omega"}) for name, address in lists.items() if "changelist" in name}

    assert [name for name, page in pages.items() if "Omega" in text_of(page)] == []
    assert [name for name, page in found.items() if "Eva Omega" in text_of(page)] == []


def text_of(page: Any) -> str:
    return "" if page.streaming else page.content.decode(errors="replace")


@pytest.mark.parametrize("role", [HR_ADMIN, PAYROLL_OFFICE])
def test_an_own_record_never_names_another_company(own: World, other: World, role: str) -> None:
    client = signed_in(role, own.company, limited=True, email=BOSS)
    pages = {name: client.get(own.address(route)) for route, name in OF_A_RECORD.items()}

    assert [name for name, page in pages.items() if "Omega" in text_of(page)] == []
    assert sum(page.status_code == 200 for page in pages.values()) > 20


def test_whoever_has_the_role_of_an_office_sees_nothing_before_companies_are_chosen(own: World) -> None:
    client = signed_in(PAYROLL_OFFICE)

    pages = {name: client.get(own.address(route)) for route, name in walked().items() if "<" not in route}
    records = {
        name: client.get(own.address(route))
        for route, name in OF_A_RECORD.items()
        if not name.startswith(OF_NO_COMPANY)
    }

    assert [name for name, page in pages.items() if "Alpha" in text_of(page)] == []
    assert {name: page.status_code for name, page in records.items() if not is_closed(page)} == {}
