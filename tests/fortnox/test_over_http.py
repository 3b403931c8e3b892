"""The connector against the sandbox, over real HTTP: authorise, list, read, create, change, and what goes wrong."""

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

import pytest

from integrations.core.errors import (
    LicenceMissing,
    NotFound,
    OutcomeUnknown,
    ReauthorisationRequired,
    Refused,
    TemporarilyUnavailable,
    Throttled,
)
from integrations.core.kinds import UNKNOWN, Address, BankAccount
from integrations.core.oauth import authorization_url, client_credentials, exchange_code, refresh
from integrations.fortnox.connector import FortnoxConnector
from integrations.fortnox.endpoints import EmployeesEndpoint
from tests.fortnox.bodies import RESOURCE
from tests.sandbox.fortnox_caller import CALLBACK, FIRST_COMPANY, FortnoxCaller
from tests.sandbox_client import SandboxClient

VALUES: dict[str, Any] = {
    "work_email": "asa.oberg@example.se",
    "given_name": "Åsa",
    "family_name": "Öberg",
    "phone": "+46701740605",
    "address": Address("Storgatan 1", "44734", "Vårgårda", "NO"),
    "bank_account": BankAccount("SE", "83279", "3933190005"),
    "first_workday": date(2020, 1, 1),
    "last_workday": date(2026, 12, 31),
}
CONNECTOR = FortnoxConnector(options={})


@pytest.fixture
def somebody(sandbox: SandboxClient) -> Iterator[FortnoxCaller]:
    """A person with a browser."""
    caller = FortnoxCaller(url=sandbox.url)
    yield caller
    caller.session.close()


@pytest.fixture
def access_token(somebody: FortnoxCaller) -> str:
    return str(somebody.connect()["access_token"])


@pytest.fixture
def endpoint(access_token: str) -> EmployeesEndpoint:
    return cast("EmployeesEndpoint", CONNECTOR.endpoint("employees", access_token=access_token))


def approve(somebody: FortnoxCaller, *, service: bool) -> str:
    """Follow our own link to Fortnox, log in and approve there; return the code that comes back."""
    url, _verifier = authorization_url(CONNECTOR.provider(), redirect_uri=CALLBACK, state="opaque", service=service)
    page = somebody.session.get(url, allow_redirects=False, timeout=10)
    back = somebody.decide(somebody.log_in(page))
    assert back["state"] == "opaque"
    return back["code"]


# Authorisation


def test_a_persons_approval_opens_the_company_and_its_token_rotates(somebody: FortnoxCaller) -> None:
    provider = CONNECTOR.provider()
    tokens = exchange_code(provider, code=approve(somebody, service=False), redirect_uri=CALLBACK)
    assert CONNECTOR.check_account(access_token=tokens.access_token).id == FIRST_COMPANY
    again = refresh(provider, refresh_token=tokens.refresh_token)
    assert again.refresh_token != tokens.refresh_token
    assert CONNECTOR.check_account(access_token=again.access_token).id == FIRST_COMPANY


def test_a_service_account_gets_tokens_by_its_tenant_alone(somebody: FortnoxCaller) -> None:
    provider = CONNECTOR.provider()
    exchange_code(provider, code=approve(somebody, service=True), redirect_uri=CALLBACK)
    tokens = client_credentials(provider, tenant=FIRST_COMPANY)
    assert tokens.refresh_token == ""
    assert CONNECTOR.check_account(access_token=tokens.access_token).name == "Nordhamn Handel AB"


@pytest.mark.behaviour("FX-02")
@pytest.mark.parametrize(("setting", "licence"), [("payroll_licence", "Lön"), ("integration_licence", "integration")])
def test_a_missing_licence_is_named_and_ordering_it_is_all_that_is_needed(
    sandbox: SandboxClient, access_token: str, setting: str, licence: str
) -> None:
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {setting: False})
    with pytest.raises(LicenceMissing, match=licence):
        CONNECTOR.check_account(access_token=access_token)
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {setting: True})
    assert CONNECTOR.check_account(access_token=access_token).id == FIRST_COMPANY


def test_an_expired_token_asks_for_another_authorisation(
    sandbox: SandboxClient, somebody: FortnoxCaller, endpoint: EmployeesEndpoint
) -> None:
    sandbox.tokens("fortnox", action="expire_access")
    with pytest.raises(ReauthorisationRequired):
        endpoint.list_page(1)
    renewed = somebody.connect()["access_token"]
    assert CONNECTOR.endpoint("employees", access_token=renewed).list_page(1).total == 0


# Reading


def test_a_listing_comes_in_pages_of_500_with_one_call_each(
    sandbox: SandboxClient, endpoint: EmployeesEndpoint
) -> None:
    sandbox.seed(people=1100)
    sandbox.clear_calls()
    pages = [endpoint.list_page(1)]
    while pages[-1].next_page:
        pages.append(endpoint.list_page(pages[-1].next_page))
    ids = {record.id for page in pages for record in page.records}
    assert [len(page.records) for page in pages][:2] == [500, 500]
    assert {page.total for page in pages} == {len(ids)}
    assert len(sandbox.calls()) == len(pages)


def test_a_listed_person_and_the_same_person_read_alone_are_equal(
    sandbox: SandboxClient, endpoint: EmployeesEndpoint
) -> None:
    sandbox.seed(people=20)
    for record in endpoint.list_page(1).records:
        assert endpoint.read(record.id) == record


def test_a_field_without_a_right_is_unknown_until_the_right_is_given(
    sandbox: SandboxClient, endpoint: EmployeesEndpoint
) -> None:
    endpoint.create(VALUES)
    sandbox.settings("fortnox", no_right=["BankAccountNo", "City"])
    record = endpoint.list_page(1).records[0]
    assert [RESOURCE.value(record, name) for name in ("bank_account", "address")] == [UNKNOWN, UNKNOWN]
    sandbox.settings("fortnox", no_right=[])
    assert RESOURCE.value(endpoint.read(record.id), "bank_account") == VALUES["bank_account"]


def test_nobody_is_found_under_an_id_that_fortnox_does_not_have(endpoint: EmployeesEndpoint) -> None:
    with pytest.raises(NotFound):
        endpoint.read("4711")
    created = endpoint.create(VALUES)
    assert endpoint.read(created.id).id == created.id


# Writing


@pytest.mark.behaviour("FX-07", "FX-08")
def test_a_created_person_holds_every_field_and_the_id_that_fortnox_gave(
    sandbox: SandboxClient, endpoint: EmployeesEndpoint
) -> None:
    record = endpoint.create({**VALUES, "employment_id": "HUB-1"})
    assert RESOURCE.values(record) == {**VALUES, "employment_id": record.id}
    kept = sandbox.record("fortnox", "employees", record.id)
    assert kept["EmployeeId"] != "HUB-1"
    assert (kept["Country"], kept["EmploymentForm"], kept["PersonelType"]) == ("Norge", "TV", "TJM")


@pytest.mark.behaviour("FX-08")
def test_every_field_but_the_required_ones_can_be_emptied(sandbox: SandboxClient, endpoint: EmployeesEndpoint) -> None:
    record = endpoint.create(VALUES)
    optional = [field.name for field in RESOURCE.fields if not field.required and field.name != "employment_id"]
    emptied = endpoint.update(record.id, dict.fromkeys(optional))
    assert {name: RESOURCE.value(emptied, name) for name in optional} == dict.fromkeys(optional)
    assert "API_BLANK" not in sandbox.record("fortnox", "employees", record.id).values()


def test_an_update_leaves_everything_else_as_it_was(sandbox: SandboxClient, endpoint: EmployeesEndpoint) -> None:
    record = endpoint.create(VALUES)
    sandbox.change("fortnox", "employees", record.id, {"Address2": "c/o Berg", "JobTitle": "Chef"})
    before = sandbox.record("fortnox", "employees", record.id)
    endpoint.update(record.id, {"address": Address("Lillgatan 2", "44735", "Kil", "SE")})
    after = sandbox.record("fortnox", "employees", record.id)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Address1", "PostCode", "City", "Country"}


def test_a_street_in_the_second_line_stays_there(sandbox: SandboxClient, endpoint: EmployeesEndpoint) -> None:
    record = endpoint.create(VALUES)
    sandbox.change("fortnox", "employees", record.id, {"Address1": "", "Address2": "Storgatan 1"})
    options = endpoint.list_page(1).records[0].options
    endpoint.update(record.id, {"address": Address("Lillgatan 2", "44735", "Kil", "SE")}, options=options)
    kept = sandbox.record("fortnox", "employees", record.id)
    assert (kept["Address1"], kept["Address2"]) == ("", "Lillgatan 2")


def test_a_refusal_changes_nothing_and_carries_fortnoxs_message(
    sandbox: SandboxClient, endpoint: EmployeesEndpoint
) -> None:
    record = endpoint.create(VALUES)
    with pytest.raises(Refused, match="Slutdatum är före startdatum"):
        endpoint.update(record.id, {"last_workday": date(2019, 1, 1)})
    assert sandbox.record("fortnox", "employees", record.id)["EmployedTo"] == "2026-12-31"
    updated = endpoint.update(record.id, {"last_workday": date(2027, 1, 1)})
    assert RESOURCE.value(updated, "last_workday") == date(2027, 1, 1)


@pytest.mark.parametrize("action", ["drop", "drop_after", "broken_json"])
def test_a_create_whose_answer_is_lost_is_looked_up_not_repeated(
    sandbox: SandboxClient, endpoint: EmployeesEndpoint, action: str
) -> None:
    sandbox.faults([{"action": action, "method": "POST", "path": "/employees"}])
    with pytest.raises(OutcomeUnknown):
        endpoint.create(VALUES)
    found = endpoint.list_page(1).records
    assert len(found) == (0 if action == "drop" else 1)
    record = found[0] if found else endpoint.create(VALUES)
    assert RESOURCE.value(record, "work_email") == VALUES["work_email"]


def test_a_fortnox_that_is_down_is_tried_again(sandbox: SandboxClient, endpoint: EmployeesEndpoint) -> None:
    sandbox.down()
    with pytest.raises(TemporarilyUnavailable):
        endpoint.create(VALUES)
    sandbox.down(down=False)
    assert endpoint.create(VALUES).id == "1"


def test_too_many_calls_are_told_apart_with_the_time_to_wait(
    sandbox: SandboxClient, endpoint: EmployeesEndpoint
) -> None:
    sandbox.limits(requests=1, seconds=3600, retry_after=4)
    endpoint.list_page(1)
    with pytest.raises(Throttled) as refused:
        endpoint.list_page(1)
    assert refused.value.retry_after == 4
    sandbox.limits(requests=1000, seconds=1)
    assert endpoint.list_page(1).total == 0
