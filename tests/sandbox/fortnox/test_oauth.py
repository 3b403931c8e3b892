import base64
import json

import pytest

from tests.sandbox.fortnox_caller import (
    CALLBACK,
    FIRST_COMPANY,
    SECOND_COMPANY,
    FortnoxCaller,
    code_of,
    sent_back,
)
from tests.sandbox_client import SandboxClient


def test_login_page_is_filled_in_and_consent_page_names_company_and_scopes(stranger: FortnoxCaller) -> None:
    login = stranger.open_login()
    consent = stranger.log_in(login)
    assert 'value="admin@nordhamn.example"' in login.text
    assert "Nordhamn Handel AB" in consent.text
    assert "Salary:" in consent.text
    assert "Approve" in consent.text
    assert "Refuse" in consent.text


def test_approval_gives_tokens_that_open_the_api(stranger: FortnoxCaller) -> None:
    tokens = stranger.connect()
    assert tokens["expires_in"] == 3600
    assert tokens["token_type"] == "bearer"
    assert tokens["scope"] == "salary companyinformation"
    assert stranger.get("companyinformation").json()["CompanyInformation"]["DatabaseNumber"] == int(FIRST_COMPANY)


def test_state_comes_back_unchanged(stranger: FortnoxCaller) -> None:
    assert stranger.decide(stranger.log_in(stranger.open_login(state="a b&c")))["state"] == "a b&c"


def test_access_token_carries_the_tenant(stranger: FortnoxCaller) -> None:
    payload = stranger.connect(company=SECOND_COMPANY)["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["tenantId"] == int(SECOND_COMPANY)


def test_refusal_comes_back_and_a_second_try_succeeds(stranger: FortnoxCaller) -> None:
    refused = stranger.decide(stranger.log_in(stranger.open_login()), "refuse")
    assert refused["error"] == "access_denied"
    assert refused["state"] == "opaque"
    assert "code" not in refused
    assert stranger.connect()["access_token"]


def test_wrong_password_shows_the_login_again_and_the_right_one_goes_on(stranger: FortnoxCaller) -> None:
    again = stranger.log_in(stranger.open_login(), password="wrong")
    assert "password is wrong" in again.text
    assert "Approve" in stranger.log_in(again).text


def test_unknown_client_sees_an_error_page_and_is_not_redirected(stranger: FortnoxCaller) -> None:
    answer = stranger.open_login(client_id="somebody")
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_scope_that_the_app_lacks_fails_before_login(stranger: FortnoxCaller) -> None:
    assert sent_back(stranger.open_login(scope="salary invoice"))["error"] == "invalid_scope"


def test_code_is_used_once(stranger: FortnoxCaller) -> None:
    code = stranger.authorise()
    stranger.exchange(code)
    again = stranger.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_code_expires_after_ten_minutes(stranger: FortnoxCaller, sandbox: SandboxClient) -> None:
    old, fresh = stranger.authorise(), ""
    sandbox.advance_clock(seconds=601)
    answer = stranger.token(grant_type="authorization_code", code=old, redirect_uri=CALLBACK)
    assert answer.json()["error"] == "invalid_grant"
    fresh = stranger.authorise()
    assert stranger.exchange(fresh)["access_token"]


def test_code_needs_the_same_redirect_address(stranger: FortnoxCaller) -> None:
    code = stranger.authorise()
    answer = stranger.token(grant_type="authorization_code", code=code, redirect_uri=f"{CALLBACK}/")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_token_needs_the_client_secret(stranger: FortnoxCaller) -> None:
    answer = stranger.session.post(
        f"{stranger.url}/oauth-v1/token",
        data={"grant_type": "refresh_token"},
        auth=("sandbox-client", "no"),
        timeout=10,
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_refresh_token_rotates_and_the_old_one_is_dead(stranger: FortnoxCaller) -> None:
    old = stranger.connect()["refresh_token"]
    fresh = stranger.token(grant_type="refresh_token", refresh_token=old).json()
    dead = stranger.token(grant_type="refresh_token", refresh_token=old)
    assert dead.status_code == 400
    assert dead.json() == {"error": "invalid_grant", "error_description": "Invalid refresh token"}
    assert stranger.token(grant_type="refresh_token", refresh_token=fresh["refresh_token"]).status_code == 200


def test_expired_access_token_is_unauthorised_and_a_refreshed_one_works(
    stranger: FortnoxCaller, sandbox: SandboxClient
) -> None:
    refresh_token = stranger.connect()["refresh_token"]
    sandbox.advance_clock(seconds=3601)
    expired = stranger.get("companyinformation")
    assert (expired.status_code, expired.json()) == (401, {"message": "unauthorized"})
    fresh = stranger.token(grant_type="refresh_token", refresh_token=refresh_token).json()
    stranger.session.headers["Authorization"] = f"Bearer {fresh['access_token']}"
    assert stranger.get("companyinformation").status_code == 200


def test_refresh_token_expires_after_45_days(stranger: FortnoxCaller, sandbox: SandboxClient) -> None:
    refresh_token = stranger.connect()["refresh_token"]
    sandbox.advance_clock(seconds=45 * 24 * 3600 + 1)
    assert stranger.token(grant_type="refresh_token", refresh_token=refresh_token).json()["error"] == "invalid_grant"


def test_revoking_ends_the_refresh_token(stranger: FortnoxCaller) -> None:
    refresh_token = stranger.connect()["refresh_token"]
    answer = stranger.session.post(
        f"{stranger.url}/oauth-v1/revoke",
        data={"token_type_hint": "refresh_token", "token": refresh_token},
        auth=("sandbox-client", "sandbox-secret"),
        timeout=10,
    )
    assert answer.json() == {"revoked": True}
    assert stranger.token(grant_type="refresh_token", refresh_token=refresh_token).status_code == 400


def test_service_account_gets_tokens_by_its_tenant_without_a_refresh_token(stranger: FortnoxCaller) -> None:
    stranger.exchange(stranger.authorise(account_type="service"))
    tokens = stranger.token(grant_type="client_credentials", headers={"TenantId": FIRST_COMPANY}).json()
    assert "refresh_token" not in tokens
    stranger.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    assert stranger.get("companyinformation").status_code == 200


def test_client_credentials_need_a_service_consent_for_that_tenant(stranger: FortnoxCaller) -> None:
    stranger.connect()
    refused = stranger.token(grant_type="client_credentials", headers={"TenantId": FIRST_COMPANY})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_withdrawn_consent_ends_the_service_account(stranger: FortnoxCaller, sandbox: SandboxClient) -> None:
    stranger.exchange(stranger.authorise(account_type="service"))
    sandbox.tokens("fortnox", action="withdraw_consent", tenant=FIRST_COMPANY)
    refused = stranger.token(grant_type="client_credentials", headers={"TenantId": FIRST_COMPANY})
    assert refused.json()["error"] == "invalid_grant"
    stranger.exchange(stranger.authorise(account_type="service"))
    assert stranger.token(grant_type="client_credentials", headers={"TenantId": FIRST_COMPANY}).status_code == 200


def test_service_account_needs_a_system_administrator(stranger: FortnoxCaller) -> None:
    page = stranger.log_in(stranger.open_login(account_type="service"), email="user@nordhamn.example")
    assert stranger.decide(page)["error"].startswith("error_missing_system_admin")


def test_missing_integration_licence_shows_on_redirect_token_and_api(
    stranger: FortnoxCaller, sandbox: SandboxClient
) -> None:
    refresh_token, code = stranger.connect()["refresh_token"], stranger.authorise()
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"integration_licence": False})
    assert stranger.decide(stranger.log_in(stranger.open_login()))["error"] == "error_missing_license"
    answer = stranger.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    assert answer.json()["error"] == "error_missing_license"
    assert stranger.token(grant_type="refresh_token", refresh_token=refresh_token).status_code == 400
    assert code_of(stranger.get("companyinformation")) == 2001103
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"integration_licence": True})
    assert stranger.get("companyinformation").status_code == 200


def test_missing_payroll_licence_closes_the_employees_only(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_licence": False})
    refused = fortnox.get("employees")
    assert (refused.status_code, code_of(refused)) == (400, 2001101)
    assert fortnox.get("companyinformation").status_code == 200
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_licence": True})
    assert fortnox.get("employees").status_code == 200


def test_locked_company_comes_back_with_neither_code_nor_state(stranger: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"locked": True})
    assert sent_back(stranger.log_in(stranger.open_login())) == {}
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"locked": False})
    assert stranger.authorise()


@pytest.mark.parametrize(("scope", "closed"), [("companyinformation", "employees"), ("salary", "companyinformation")])
def test_each_address_needs_its_scope(stranger: FortnoxCaller, scope: str, closed: str) -> None:
    stranger.connect(scope=scope)
    assert code_of(stranger.get(closed)) == 2000663


def test_companies_keep_their_people_apart(stranger: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=10, tenant=SECOND_COMPANY)
    stranger.connect()
    assert stranger.get("employees").json()["MetaInformation"]["@TotalResources"] == 0
    stranger.connect(company=SECOND_COMPANY)
    assert stranger.get("employees").json()["MetaInformation"]["@TotalResources"] == 10
