"""OAuth 2 with a vendor: authorise, exchange, refresh, revoke (requests-oauthlib, bounded by ``core.transport``).

What the token endpoint answers is read by ``core.token_answers`` before the library sees it. The tokens of a
connection are kept and refreshed in ``core.tokens``.
"""

import logging
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from django.utils.translation import gettext as _
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error, WebApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from integrations.core import transport
from integrations.core.declare import Text
from integrations.core.errors import (
    LicenceMissing,
    ReauthorisationRequired,
    RightMissing,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.foreign import Unreadable, clean_text
from integrations.core.http import border, is_local, require_secure
from integrations.core.registry import Connector
from integrations.core.token_answers import TokenAnswer, Tokens, out_of_order

__all__ = ["OAuthConnector", "Provider", "Tokens"]

INVALID_SCOPE: Final = "invalid_scope"
# Of an error code that nobody knows: it is shown.
LONGEST_CODE: Final = 60
FORM: Final = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}

# At DEBUG they write the tokens themselves.
for _name in ("requests_oauthlib", "oauthlib"):
    logging.getLogger(_name).setLevel(logging.INFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A vendor's OAuth endpoints and ways.

    ``authorize_parameters`` go with every authorisation, ``service_parameters`` also when a service account is
    asked for. ``tenant_header`` or ``tenant_parameter`` names the tenant of a client-credentials request. Without an
    ``authorize_url`` nobody is sent to the vendor: the tenant is asked for in a form. ``idle_days``: how long a refresh
    token lives unused; it is renewed at latest ``renew_days`` after the last time, and people are told when fewer than
    ``warn_days`` of its life are left. ``licence_errors`` and ``right_errors`` are beginnings of the vendor's own
    error codes; ``refusals`` are those that end a tenant's authorisation, with what to do.
    """

    token_url: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    authorize_url: str = ""
    revoke_url: str = ""
    authorize_parameters: Mapping[str, str] = field(default_factory=dict)
    service_parameters: Mapping[str, str] = field(default_factory=dict)
    tenant_header: str = ""
    tenant_parameter: str = ""
    idle_days: int = 30
    renew_days: int = 7
    warn_days: int = 10
    pkce: bool = False
    licence_errors: tuple[str, ...] = ()
    right_errors: tuple[str, ...] = ()
    refusals: Mapping[str, Text] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Provider({self.token_url})"


class OAuthConnector(Connector):
    """A connector whose connections are authorised by OAuth."""

    @abstractmethod
    def provider(self) -> Provider:
        """Return the vendor's OAuth endpoints and ways."""

    def missing_scopes(self, scopes: Sequence[str]) -> str:
        """Return what to say of scopes that the vendor did not grant, and what to do; empty for the usual sentence."""
        return ""


def authorization_url(provider: Provider, *, redirect_uri: str, state: str, service: bool) -> tuple[str, str]:
    """Return where a person approves, and the PKCE verifier for the exchange (empty without PKCE)."""
    require_secure(provider.authorize_url)
    session = OAuth2Session(provider.client_id, redirect_uri=redirect_uri, scope=list(provider.scopes))
    parameters = {**provider.authorize_parameters, **(provider.service_parameters if service else {})}
    verifier = ""
    if provider.pkce:
        client = WebApplicationClient(provider.client_id)
        verifier = client.create_code_verifier(64)
        challenge = client.create_code_challenge(verifier, "S256")
        parameters |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    url, _state = session.authorization_url(provider.authorize_url, state=state, **parameters)
    return url, verifier


def exchange_code(provider: Provider, *, code: str, redirect_uri: str, verifier: str = "") -> Tokens:
    """Exchange an authorisation code, once; raises VendorError (see ``error_for``)."""
    session = _Session(provider.client_id, redirect_uri=redirect_uri, scope=list(provider.scopes))
    more = {"code_verifier": verifier} if verifier else {}
    with _calling(provider, session) as answer:
        session.fetch_token(provider.token_url, code=code, client_secret=provider.client_secret, **more)
        return answer.tokens(scopes=provider.scopes)


def refresh(provider: Provider, *, refresh_token: str) -> Tokens:
    """Exchange a refresh token for a new pair; raises VendorError (see ``error_for``).

    Where tokens rotate and the answer is lost, the old one may be dead already: that is TemporarilyUnavailable,
    and the next attempt shows which (``facts``: a used token is refused as invalid_grant).
    """
    session = _Session(provider.client_id)
    with _calling(provider, session) as answer:
        session.refresh_token(
            provider.token_url,
            refresh_token=refresh_token,
            auth=HTTPBasicAuth(provider.client_id, provider.client_secret),
        )
        return answer.tokens(scopes=provider.scopes, refresh_token=refresh_token)


def client_credentials(provider: Provider, *, tenant: str) -> Tokens:
    """Fetch an access token for a service account's tenant; raises VendorError (see ``error_for``)."""
    session = _Session(client=BackendApplicationClient(client_id=provider.client_id))
    header = {provider.tenant_header: tenant} if provider.tenant_header else {}
    body = {provider.tenant_parameter: tenant, "scope": " ".join(provider.scopes)} if provider.tenant_parameter else {}
    with _calling(provider, session) as answer:
        session.fetch_token(
            provider.token_url,
            client_secret=provider.client_secret,
            # Whoever takes the tenant as a field takes the client's name and secret as fields, too.
            include_client_id=bool(provider.tenant_parameter),
            headers={**FORM, **header},
            **body,
        )
        return answer.tokens(scopes=provider.scopes)


def revoke(provider: Provider, *, refresh_token: str) -> None:
    """Ask the vendor to forget an authorisation; raises TemporarilyUnavailable when it did not answer with success."""
    require_secure(provider.revoke_url)
    with border("GET"), transport.Session() as session:
        transport.mount(session, trust_environment=not is_local(provider.revoke_url))
        try:
            response = session.post(
                provider.revoke_url,
                data={"token_type_hint": "refresh_token", "token": refresh_token},
                headers=FORM,
                auth=HTTPBasicAuth(provider.client_id, provider.client_secret),
                allow_redirects=False,
            )
        except requests.RequestException:
            raise TemporarilyUnavailable(_("The vendor's sign-in service could not be reached.")) from None
        if not 200 <= response.status_code < 300:
            raise out_of_order(response.status_code)


def error_for(provider: Provider, *, code: str, description: str = "") -> VendorError:
    """Return what an OAuth error code means, with a message that says what to do; unknown codes ask to try again."""
    code = clean_text(code)[:LONGEST_CODE]
    if code in provider.refusals:
        return ReauthorisationRequired(str(provider.refusals[code]), code=code)
    if code.startswith(provider.licence_errors):
        return LicenceMissing(
            _("The vendor company lacks a licence that this needs. Order it at the vendor, then connect again."),
            code=code,
        )
    if code.startswith(provider.right_errors):
        return RightMissing(
            _("Whoever signs in at the vendor must be a system administrator there. Ask one to connect."), code=code
        )
    # A code of the standard wins over what the description says.
    if code == "invalid_grant" or "refresh token" in description.casefold():
        return ReauthorisationRequired(
            _("The authorisation at the vendor has expired, was used already or was withdrawn. Connect again."),
            code=code,
        )
    if code == INVALID_SCOPE:
        return RightMissing(
            _(
                "The vendor does not allow this app to ask for what it needs (%(scopes)s). Ask whoever runs this"
                " system to give the app these scopes at the vendor."
            )
            % {"scopes": ", ".join(provider.scopes)},
            code=code,
        )
    if code in {"invalid_client", "unauthorized_client"}:
        return RightMissing(
            _("The vendor does not know this app. Ask whoever runs this system to check its client ID and secret."),
            code=code,
        )
    return TemporarilyUnavailable(
        _("The vendor's sign-in service could not answer (%(code)s). Try again later.") % {"code": code or "?"},
        code=code,
    )


class _Session(transport.NoRedirects, OAuth2Session):
    """A redirect would carry the secrets elsewhere."""

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        response: requests.Response = super().send(request, **more)
        # The library reads the text before anybody else does: guessing an encoding may take minutes, and fail.
        response.encoding = "utf-8"
        return response


@contextmanager
def _calling(provider: Provider, session: OAuth2Session) -> Iterator[TokenAnswer]:
    """Turn everything that can go wrong at the token endpoint into a VendorError, without secrets."""
    require_secure(provider.token_url)
    transport.mount(session, trust_environment=not is_local(provider.token_url))
    answer = TokenAnswer()
    for hook in ("access_token_response", "refresh_token_response"):
        session.register_compliance_hook(hook, answer.read)
    # Nothing is known of a token that did not come: asking again shows it.
    with border("GET"):
        try:
            yield answer
        except requests.RequestException:
            raise TemporarilyUnavailable(_("The vendor's sign-in service could not be reached.")) from None
        except OAuth2Error as error:
            raise error_for(provider, code=str(error.error or ""), description=str(error.description or "")) from None
        except Unreadable:
            raise TemporarilyUnavailable(_("The vendor's sign-in service gave no readable answer.")) from None
        finally:
            session.close()
