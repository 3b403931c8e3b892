from typing import Any

import pytest
import responses
import time_machine
from pytest_django import Settings

from integrations.core.errors import LicenceMissing, TemporarilyUnavailable
from integrations.core.registry import connector_class, manifest_of
from integrations.fortnox.connector import FortnoxConnector
from tests.fortnox.bodies import employee_body

COMPANY = {"CompanyInformation": {"CompanyName": "Exempel AB", "DatabaseNumber": 654896}}
META = {"@TotalResources": 1, "@TotalPages": 1, "@CurrentPage": 1}
LIST = {"MetaInformation": META, "Employees": [employee_body(EmployedTo="2026-11-20")]}


@pytest.fixture(autouse=True)
def fortnox_itself(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SANDBOX_VENDORS = False
    for name in ("FORTNOX_API_URL", "FORTNOX_AUTH_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORTNOX_CLIENT_ID", "our-client")
    monkeypatch.setenv("FORTNOX_CLIENT_SECRET", "our-secret")


def connector(**options: Any) -> FortnoxConnector:
    return FortnoxConnector(options=options)


def answer(url: str, **answer: Any) -> None:
    responses.add("GET", f"https://api.fortnox.se/3/{url}", **answer)


def test_the_manifest_leads_to_the_connector() -> None:
    assert connector_class("fortnox") is FortnoxConnector


def test_a_fortnox_company_is_called_less_often_than_its_limit() -> None:
    assert 5 / manifest_of("fortnox").limit.interval < 25


def test_its_one_resource_is_the_employees() -> None:
    assert [resource.name for resource in connector().resources()] == ["employees"]


def test_every_field_has_a_value_in_the_hub() -> None:
    private = connector(phone_source="private_phone")
    assert set(private.sources("employees")) == {field.name for field in private.resources()[0].fields}
    assert private.sources("employees")["phone"] == "private_phone"


@responses.activate
def test_the_account_is_the_fortnox_company() -> None:
    answer("companyinformation", json=COMPANY)
    answer("employees", json=LIST)
    assert connector().check_account(access_token="t") == ("654896", "Exempel AB")


@responses.activate
@pytest.mark.behaviour("FX-02")
def test_a_company_without_the_payroll_licence_is_no_account_until_it_is_ordered() -> None:
    answer("companyinformation", json=COMPANY)
    answer("employees", status=400, json={"ErrorInformation": {"message": "Ingen licens.", "code": 2001101}})
    answer("employees", json=LIST)
    with pytest.raises(LicenceMissing, match="Lön"):
        connector().check_account(access_token="t")
    assert connector().check_account(access_token="t").name == "Exempel AB"


@responses.activate
def test_an_answer_that_names_no_company_is_no_account() -> None:
    answer("companyinformation", json={"CompanyInformation": {"CompanyName": "Exempel AB", "DatabaseNumber": ""}})
    answer("companyinformation", json=COMPANY)
    answer("employees", json=LIST)
    with pytest.raises(TemporarilyUnavailable):
        connector().check_account(access_token="t")
    assert connector().check_account(access_token="t").id == "654896"


@responses.activate
@pytest.mark.parametrize(("moment", "active"), [("2026-11-20T22:59Z", True), ("2026-11-20T23:01Z", False)])
def test_the_last_workday_ends_at_midnight_in_sweden(moment: str, active: bool) -> None:
    answer("employees", json=LIST)
    with time_machine.travel(moment, tick=False):
        page = connector().endpoint("employees", access_token="t").list_page(1)
    assert page.records[0].active is active


def test_fortnox_is_asked_for_an_offline_authorisation_with_the_least_scopes() -> None:
    provider = connector().provider()
    assert provider.authorize_url == "https://apps.fortnox.se/oauth-v1/auth"
    assert provider.token_url == "https://apps.fortnox.se/oauth-v1/token"
    assert provider.revoke_url == "https://apps.fortnox.se/oauth-v1/revoke"
    assert provider.scopes == ("salary", "companyinformation")
    assert dict(provider.authorize_parameters) == {"access_type": "offline"}
    assert (provider.client_id, provider.client_secret) == ("our-client", "our-secret")


def test_a_service_account_is_asked_for_by_fortnoxs_own_parameters() -> None:
    provider = connector().provider()
    assert dict(provider.service_parameters) == {"account_type": "service"}
    assert provider.tenant_header == "TenantId"
