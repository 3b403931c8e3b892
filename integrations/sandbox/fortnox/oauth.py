"""`/oauth-v1/…`: authorise with login and decision, token, revoke."""

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from integrations.sandbox.fortnox.accounts import Company, Settings, User
from integrations.sandbox.fortnox.pages import consent_page, error_page, login_page
from integrations.sandbox.fortnox.tokens import Grant, TokenStore
from integrations.sandbox.messages import Request, Response, html_response, json_response, redirect_response


@dataclass(frozen=True)
class Login:
    """A person on the way from the authorise page to the decision."""

    client_id: str
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    service: bool
    user: User | None = None
    company: Company | None = None


class OAuthPages:
    def __init__(
        self, *, settings: Settings, companies: dict[int, Company], users: dict[str, User], tokens: TokenStore
    ) -> None:
        self._settings = settings
        self._companies = companies
        self._users = users
        self._tokens = tokens
        self._logins: dict[str, Login] = {}

    def authorise(self, request: Request) -> Response:
        asked = request.parameters()
        if asked.get("client_id") != self._settings.client_id or not asked.get("redirect_uri"):
            return html_response(error_page("The app is not known to Fortnox."), status=400)
        login = Login(
            client_id=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            state=asked.get("state", ""),
            scopes=tuple(asked.get("scope", "").split()),
            service=asked.get("account_type", "").lower() == "service",
        )
        if asked.get("response_type") != "code":
            return _send_back(login, error="unsupported_response_type")
        if not login.scopes or set(login.scopes) - set(self._settings.app_scopes):
            return _send_back(login, error="invalid_scope", error_description="The app does not have this scope.")
        key = secrets.token_urlsafe(24)
        self._logins[key] = login
        return self._login_page(key)

    def log_in(self, request: Request) -> Response:
        sent = request.form()
        login = self._logins.get(sent.get("login", ""))
        if login is None:
            return html_response(error_page("The login took too long. Please start again from the app."), status=400)
        user = self._users.get(sent.get("email", "").strip().lower())
        if user is None or user.password != sent.get("password"):
            return self._login_page(sent["login"], error="The e-mail or the password is wrong.")
        tenant = sent.get("company", "")
        if not tenant.isdecimal() or int(tenant) not in self._companies:
            return self._login_page(sent["login"], error="Choose a company.")
        company = self._companies[int(tenant)]
        if company.locked:
            del self._logins[sent["login"]]
            return redirect_response(login.redirect_uri, {})
        self._logins[sent["login"]] = replace(login, user=user, company=company)
        return html_response(
            consent_page(
                login=sent["login"],
                client_id=login.client_id,
                user=user,
                company=company,
                scopes=list(login.scopes),
                service=login.service,
            )
        )

    def decide(self, request: Request, *, now: float) -> Response:
        sent = request.form()
        login = self._logins.pop(sent.get("login", ""), None)
        if login is None or login.user is None or login.company is None:
            return html_response(error_page("The login took too long. Please start again from the app."), status=400)
        if sent.get("decision") != "approve":
            return _send_back(login, error="access_denied", error_description="The user refused.")
        if not login.company.integration_licence:
            return _send_back(
                login, error="error_missing_license", error_description="The company lacks the integration licence."
            )
        if login.service and not login.user.system_administrator:
            return _send_back(
                login,
                error="error_missing_system_admin_right",
                error_description="The user is not a system administrator.",
            )
        grant = Grant(
            client_id=login.client_id,
            tenant=login.company.tenant,
            user=login.user.email,
            scopes=login.scopes,
            service=login.service,
            redirect_uri=login.redirect_uri,
        )
        return _send_back(login, code=self._tokens.give_code(grant, until=now + self._settings.code_seconds))

    def token(self, request: Request, *, now: float) -> Response:
        if request.content_type() != "application/x-www-form-urlencoded":
            return _refuse("invalid_request", "The body is not a form.")
        if not self._client_is_known(request):
            return _refuse("invalid_client", "Invalid client credentials", status=401)
        ways: dict[str, Callable[[Request, float], Response]] = {
            "authorization_code": self._exchange_code,
            "refresh_token": self._exchange_refresh_token,
            "client_credentials": self._exchange_consent,
        }
        way = ways.get(request.form().get("grant_type", ""))
        if way is None:
            return _refuse("unsupported_grant_type", "Unsupported grant type")
        return way(request, now)

    def revoke(self, request: Request) -> Response:
        if not self._client_is_known(request):
            return _refuse("invalid_client", "Invalid client credentials", status=401)
        self._tokens.revoke(request.form().get("token", ""))
        return json_response({"revoked": True})

    def _exchange_code(self, request: Request, now: float) -> Response:
        sent = request.form()
        grant = self._tokens.code(sent.get("code", ""))
        if grant is None or now >= grant.until:
            return _refuse("invalid_grant", "Invalid authorization code")
        if sent.get("redirect_uri") != grant.redirect_uri:
            return _refuse("invalid_grant", "Redirect URI mismatch")
        if not self._companies[grant.tenant].integration_licence:
            return _missing_licence()
        self._tokens.use_code(sent["code"])
        return self._give_tokens(grant, now, rotating=True)

    def _exchange_refresh_token(self, request: Request, now: float) -> Response:
        token = request.form().get("refresh_token", "")
        grant = self._tokens.refresh(token, now=now)
        if grant is None:
            return _refuse("invalid_grant", "Invalid refresh token")
        if not self._companies[grant.tenant].integration_licence:
            return _missing_licence()
        self._tokens.use_refresh(token)
        return self._give_tokens(grant, now, rotating=True)

    def _exchange_consent(self, request: Request, now: float) -> Response:
        tenant = request.headers.get("tenantid", "")
        if not tenant.isdecimal():
            return _refuse("invalid_request", "The TenantId header is missing")
        grant = self._tokens.consent(self._settings.client_id, int(tenant))
        if grant is None:
            return _refuse("invalid_grant", "No consent for this tenant")
        if not self._companies[grant.tenant].integration_licence:
            return _missing_licence()
        return self._give_tokens(grant, now, rotating=False)

    def _give_tokens(self, grant: Grant, now: float, *, rotating: bool) -> Response:
        answer = {
            "access_token": self._tokens.give_access(grant, now=now, settings=self._settings),
            "scope": " ".join(grant.scopes),
            "expires_in": int(self._settings.access_token_seconds),
            "token_type": "bearer",
        }
        if rotating:
            answer["refresh_token"] = self._tokens.give_refresh(grant, now=now, settings=self._settings)
        return json_response(answer, headers={"Cache-Control": "no-store"})

    def _client_is_known(self, request: Request) -> bool:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            sent = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return scheme.lower() == "basic" and sent == f"{self._settings.client_id}:{self._settings.client_secret}"

    def _login_page(self, key: str, *, error: str = "") -> Response:
        page = login_page(
            login=key, users=list(self._users.values()), companies=list(self._companies.values()), error=error
        )
        return html_response(page, status=400 if error else 200)


def _send_back(login: Login, **parameters: str) -> Response:
    if login.state:
        parameters["state"] = login.state
    return redirect_response(login.redirect_uri, parameters)


def _refuse(error: str, description: str, *, status: int = 400) -> Response:
    return json_response({"error": error, "error_description": description}, status=status)


def _missing_licence() -> Response:
    return _refuse("error_missing_license", "The company lacks the integration licence.")
