"""Joins a connection with Visma.net Payroll."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from django.forms import Form
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.core.declare import Resource
from integrations.core.endpoints import Account, VendorEndpoint
from integrations.core.errors import RightMissing
from integrations.core.http import VendorSession
from integrations.core.oauth import INVALID_SCOPE, OAuthConnector, Provider
from integrations.core.registry import Explanation
from integrations.visma_payroll.apps import VismaPayrollConfig
from integrations.visma_payroll.client import VismaPayrollClient, read_error
from integrations.visma_payroll.endpoints import EmployeesEndpoint
from integrations.visma_payroll.explanations import explain
from integrations.visma_payroll.resources import EMPLOYEES, employee_sources, employees_resource
from integrations.visma_payroll.settings import VismaPayrollSettings
from integrations.visma_payroll.tenants import TenantForm
from integrations.visma_payroll.unconfirmed import DATES_IN, NOT_AUTHORISED_ERRORS, UNKNOWN_TENANT_ERRORS

READ: Final = "visma_net_employee:employees:read"
WRITE: Final = "visma_net_employee:employees:write"
UNKNOWN_TENANT: Final = gettext_lazy(
    "Visma does not know this Tenant ID. Copy it anew: sign in to Visma App Store, choose the company, and click your"
    " name at the top right."
)
NOT_AUTHORISED: Final = gettext_lazy(
    "The company has not authorised the app. Open it in Visma App Store, press “Authorize app”, switch on both “Read"
    " employees” and “Write employees”, press “Integrate”, then connect again."
)


class VismaPayrollConnector(OAuthConnector):
    manifest = VismaPayrollConfig.manifest

    @cached_property
    def settings(self) -> VismaPayrollSettings:
        """The connection's settings; raises ValidationError."""
        return VismaPayrollSettings.from_mapping(self.options)

    def resources(self) -> tuple[Resource, ...]:
        return (employees_resource(self.settings),)

    def sources(self, resource: str) -> Mapping[str, str]:
        return {EMPLOYEES: employee_sources()}[resource]

    def compares_by(self) -> Mapping[str, Any]:
        return {"international_accounts": self.settings.international_accounts}

    def endpoint(self, resource: str, *, access_token: str) -> VendorEndpoint:
        declared = {each.name: each for each in self.resources()}[resource]
        return EmployeesEndpoint(
            client=self._client(access_token),
            resource=declared,
            settings=self.settings,
            # By this date a name is the present one, and a position is over.
            today=timezone.localdate(timezone=DATES_IN),
            choices=self.choices,
            written=self.written,
            client_id=self.manifest.variables["client_id"].value(),
        )

    def authorisation_form(self) -> type[Form]:
        return TenantForm

    def check_account(self, *, access_token: str) -> Account:
        """Make one call, which shows whether employees may be read; each says of which tenant's it is (VP-02).

        No endpoint that is described names a company: the tenant's ID is all there is (VP-16).
        """
        try:
            listing = self._client(access_token).list_employees()
        except RightMissing as error:
            raise RightMissing(self.missing_scopes([READ]), status=error.status) from error
        tenants = {row["tenantId"].lower() for row in listing.rows if isinstance(row, dict) and _names_tenant(row)}
        return Account(id=tenants.pop() if len(tenants) == 1 else "", name="")

    def provider(self) -> Provider:
        return Provider(
            token_url=f"{self.manifest.host('auth')}/connect/token",
            client_id=self.manifest.variables["client_id"].value(),
            client_secret=self.manifest.variables["client_secret"].value(),
            scopes=(READ, WRITE),
            tenant_parameter="tenant_id",
            refusals={
                **dict.fromkeys(UNKNOWN_TENANT_ERRORS, UNKNOWN_TENANT),
                **dict.fromkeys(NOT_AUTHORISED_ERRORS, NOT_AUTHORISED),
                INVALID_SCOPE: self.missing_scopes([READ, WRITE]),
            },
        )

    def missing_scopes(self, scopes: Sequence[str]) -> str:
        rights = {READ: _("Read employees"), WRITE: _("Write employees")}
        named = _(" and ").join(f"“{rights[scope]}”" for scope in scopes)
        return _(
            "The company has not approved %(rights)s. Open the app in Visma App Store, switch on both “Read employees”"
            " and “Write employees”, press “Integrate”, then connect again."
        ) % {"rights": named}

    def explain(self, code: str, message: str) -> Explanation | None:
        return explain(code)

    def _client(self, access_token: str) -> VismaPayrollClient:
        session = VendorSession(base_url=self.manifest.host("api"), access_token=access_token, read_error=read_error)
        return VismaPayrollClient(session)


def _names_tenant(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("tenantId"), str)
