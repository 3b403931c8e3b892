"""Joins a connection with Fortnox."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, cast

from django.forms import Form
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.core.declare import Resource
from integrations.core.endpoints import Account, VendorEndpoint
from integrations.core.errors import TemporarilyUnavailable
from integrations.core.http import VendorSession
from integrations.core.oauth import OAuthConnector, Provider
from integrations.core.registry import Explanation
from integrations.fortnox.absence_endpoint import ABSENCES, AbsencesEndpoint
from integrations.fortnox.apps import FortnoxConfig
from integrations.fortnox.client import FortnoxClient, read_error
from integrations.fortnox.creation import CreationForm
from integrations.fortnox.endpoints import EmployeesEndpoint
from integrations.fortnox.explanations import explain
from integrations.fortnox.resources import EMPLOYEES, employee_sources, employees_resource
from integrations.fortnox.settings import FortnoxSettings
from integrations.fortnox.unconfirmed import (
    DATES_IN,
    IDLE_DAYS,
    LICENCE_ERRORS,
    RENEW_DAYS,
    RIGHT_ERRORS,
    WARN_DAYS,
)

# Each is read and write; another one would need another licence of the company.
SCOPES: Final = ("salary", "companyinformation")
# The company has no licence for a scope: of ours only payroll needs one of its own.
PAYROLL_CODE: Final = "2001101"
INTEGRATION_LICENCE: Final = _(
    "the company has no active integration licence. A system administrator orders it in Fortnox under Administrate"
    " users > Add licences > Integration; one is enough for all integrations. The payroll licence (Lön) is needed,"
    " too. Then connect again."
)
PAYROLL_LICENCE: Final = _(
    "the company has no active payroll licence (Lön), without which no employee can be read. A system administrator"
    " orders it in Fortnox under Administrate users > Add licences > Lön. Then connect again."
)


class FortnoxConnector(OAuthConnector):
    manifest = FortnoxConfig.manifest

    @cached_property
    def settings(self) -> FortnoxSettings:
        """The connection's settings; raises ValidationError."""
        return FortnoxSettings.from_mapping(self.options)

    def resources(self) -> tuple[Resource, ...]:
        return (employees_resource(self.settings, country=self.manifest.country),)

    def sources(self, resource: str) -> Mapping[str, str]:
        return {EMPLOYEES: employee_sources(self.settings)}[resource]

    def endpoint(self, resource: str, *, access_token: str) -> VendorEndpoint:
        if resource == ABSENCES.name:
            # Called by the push of absences alone, which knows it by its own methods.
            return cast("VendorEndpoint", AbsencesEndpoint(self._client(access_token)))
        declared = {each.name: each for each in self.resources()}[resource]
        return EmployeesEndpoint(
            client=self._client(access_token),
            resource=declared,
            settings=self.settings,
            country=self.manifest.country,
            # By this date a last workday is past.
            today=timezone.localdate(timezone=DATES_IN),
            linked=self.linked,
        )

    def check_account(self, *, access_token: str) -> Account:
        """Make two calls: the company, and one employee, which shows whether payroll may be used (FX-02)."""
        client = self._client(access_token)
        company = client.company_information()
        client.list_employees(page=1, limit=1)
        try:
            return Account(id=str(int(company["DatabaseNumber"])), name=_text(company["CompanyName"]))
        except (KeyError, TypeError, ValueError) as error:
            raise TemporarilyUnavailable("Fortnox's answer does not say which company it is of.") from error

    def creation_form(self) -> type[Form]:
        return CreationForm

    def provider(self) -> Provider:
        auth = self.manifest.host("auth")
        return Provider(
            authorize_url=f"{auth}/oauth-v1/auth",
            token_url=f"{auth}/oauth-v1/token",
            revoke_url=f"{auth}/oauth-v1/revoke",
            client_id=self.manifest.variables["client_id"].value(),
            client_secret=self.manifest.variables["client_secret"].value(),
            scopes=SCOPES,
            authorize_parameters={"access_type": "offline"},
            service_parameters={"account_type": "service"},
            tenant_header="TenantId",
            idle_days=IDLE_DAYS,
            renew_days=RENEW_DAYS,
            warn_days=WARN_DAYS,
            pkce=False,
            licence_errors=LICENCE_ERRORS,
            right_errors=RIGHT_ERRORS,
        )

    def licence_help(self, code: str) -> str:
        return str(PAYROLL_LICENCE if code == PAYROLL_CODE else INTEGRATION_LICENCE)

    def explain(self, code: str, message: str) -> Explanation | None:
        return explain(code, message)

    def _client(self, access_token: str) -> FortnoxClient:
        session = VendorSession(base_url=self.manifest.host("api"), access_token=access_token, read_error=read_error)
        return FortnoxClient(session)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
