import pytest

from tests.sandbox.visma_caller import CLIENT, FIRST_TENANT, NOT_AUTHORISED, READ_ONLY, SCOPES, VismaCaller
from tests.sandbox_client import SandboxClient


def test_a_company_that_authorised_the_app_gives_a_token_for_an_hour(somebody: VismaCaller) -> None:
    tokens = somebody.connect()
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 3600, SCOPES)
    assert "refresh_token" not in tokens
    assert somebody.get("employees").status_code == 200


def test_the_client_may_name_itself_in_the_header(somebody: VismaCaller) -> None:
    somebody.session.auth = CLIENT
    assert somebody.token(client_id="", client_secret="").status_code == 200


@pytest.mark.parametrize(
    ("tenant", "changes", "error"),
    [
        ("11111111-2222-4333-8444-555555555555", {}, "invalid_request"),
        (NOT_AUTHORISED, {}, "unauthorized_client"),
        (FIRST_TENANT, {"client_secret": "wrong"}, "invalid_client"),
        (FIRST_TENANT, {"grant_type": "password"}, "unsupported_grant_type"),
        (FIRST_TENANT, {"scope": "payroll:transactions:full"}, "invalid_scope"),
    ],
)
def test_a_refusal_says_why_and_the_right_request_gets_a_token(
    somebody: VismaCaller, tenant: str, changes: dict[str, str], error: str
) -> None:
    refused = somebody.token(tenant=tenant, **changes)
    assert refused.status_code in {400, 401}
    assert refused.json()["error"] == error
    assert somebody.token().status_code == 200


def test_a_token_carries_only_what_the_company_approved(somebody: VismaCaller, sandbox: SandboxClient) -> None:
    assert somebody.connect(tenant=READ_ONLY)["scope"] == SCOPES.split()[0]
    assert somebody.get("employees").status_code == 200
    assert somebody.create().status_code == 403
    sandbox.change("visma_payroll", "companies", READ_ONLY, {"scopes": SCOPES.split()})
    somebody.connect(tenant=READ_ONLY)
    assert somebody.create().status_code == 202


def test_asking_for_more_than_was_approved_may_be_refused(somebody: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.settings("visma_payroll", strict_scopes=True)
    assert somebody.token(tenant=READ_ONLY).json()["error"] == "invalid_scope"
    assert somebody.token(tenant=READ_ONLY, scope=SCOPES.split()[0]).status_code == 200


def test_a_token_ends_by_the_clock(visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.advance_clock(seconds=3601)
    assert visma.get("employees").status_code == 401
    visma.connect()
    assert visma.get("employees").status_code == 200


def test_an_expired_token_is_replaced_by_another(visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.tokens("visma_payroll", action="expire_access", tenant=FIRST_TENANT)
    assert visma.get("employees").status_code == 401
    visma.connect()
    assert visma.get("employees").status_code == 200


def test_a_withdrawn_authorisation_gives_no_token_until_it_is_given_again(
    visma: VismaCaller, sandbox: SandboxClient
) -> None:
    sandbox.tokens("visma_payroll", action="withdraw_consent")
    assert visma.get("employees").status_code == 401
    assert visma.token().json()["error"] == "unauthorized_client"
    sandbox.change("visma_payroll", "companies", FIRST_TENANT, {"authorised": True})
    visma.connect()
    assert visma.get("employees").status_code == 200


def test_the_list_of_calls_keeps_no_secret(visma: VismaCaller, sandbox: SandboxClient) -> None:
    assert [call["body"] for call in sandbox.calls(path="/connect/token")] == [None]


def test_too_many_calls_are_refused_for_the_company_alone(visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.limits(vendor="visma_payroll", requests=1, seconds=3600, retry_after=4)
    assert [visma.get("employees").status_code for _ in range(2)] == [200, 429]
    visma.connect(tenant=READ_ONLY)
    assert visma.get("employees").status_code == 200
