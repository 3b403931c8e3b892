"""Joins a connection with Visma.net Payroll."""

from collections.abc import Mapping
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from integrations.core.declare import Resource
from integrations.core.endpoints import Account, VendorEndpoint
from integrations.core.http import VendorSession
from integrations.core.registry import Connector
from integrations.visma_payroll.apps import VismaPayrollConfig
from integrations.visma_payroll.client import VismaPayrollClient, read_error
from integrations.visma_payroll.endpoints import EmployeesEndpoint
from integrations.visma_payroll.resources import EMPLOYEES, employee_sources, employees_resource
from integrations.visma_payroll.settings import VismaPayrollSettings

# By this date a name is the present one, and a position is over.
ZONE: Final = ZoneInfo("Europe/Oslo")


class VismaPayrollConnector(Connector):
    manifest = VismaPayrollConfig.manifest

    @cached_property
    def settings(self) -> VismaPayrollSettings:
        """The connection's settings; raises ValidationError."""
        return VismaPayrollSettings.from_mapping(self.options)

    def resources(self) -> tuple[Resource, ...]:
        return (employees_resource(self.settings),)

    def sources(self, resource: str) -> Mapping[str, str]:
        return {EMPLOYEES: employee_sources()}[resource]

    def endpoint(self, resource: str, *, access_token: str) -> VendorEndpoint:
        declared = {each.name: each for each in self.resources()}[resource]
        return EmployeesEndpoint(
            client=self._client(access_token),
            resource=declared,
            settings=self.settings,
            today=timezone.localdate(timezone=ZONE),
            choices=self.choices,
        )

    def check_account(self, *, access_token: str) -> Account:
        raise NotImplementedError

    def _client(self, access_token: str) -> VismaPayrollClient:
        session = VendorSession(base_url=self.manifest.host("api"), access_token=access_token, read_error=read_error)
        return VismaPayrollClient(session)
