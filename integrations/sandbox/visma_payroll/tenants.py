"""The companies that Visma Connect knows, what they have approved, and what Visma is set to do."""

from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.vendor import UnknownError
from integrations.sandbox.visma_payroll.jobs import JobList
from integrations.sandbox.visma_payroll.register import EmployeeRegister

READ = "visma_net_employee:employees:read"
WRITE = "visma_net_employee:employees:write"


@dataclass
class Tenant:
    tenant_id: str
    name: str
    authorised: bool = True  # the app, in the company's App Store
    scopes: list[str] = field(default_factory=lambda: [READ, WRITE])
    tax_units: list[dict[str, str]] = field(default_factory=list)
    work_time_agreements: list[dict[str, str]] = field(default_factory=list)
    employees: EmployeeRegister = field(default_factory=EmployeeRegister)
    jobs: JobList = field(default_factory=JobList)

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in {"employees", "jobs"}}


@dataclass
class Settings:
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"
    token_seconds: float = 3600
    strict_scopes: bool = False  # asked for more than the company approved: invalid_scope, not fewer scopes
    job_seconds: float = 0.2  # from the 202 until the work is done
    # What becomes of the next jobs, in turn: {"ends": "fails" | "warns" | "late" | "stuck", "seconds", "message",
    # "hidden_seconds", "forgotten", "artifact", "location"}: see README.md.
    next_jobs: list[dict[str, Any]] = field(default_factory=list)
    stale_seconds: float = 0.0  # what is read is as old as that
    answers_with: dict[str, str] = field(default_factory=dict)  # asked for one employee, another is shown

    def change(self, values: dict[str, Any]) -> None:
        """Raises UnknownError, and then changes nothing."""
        check_names(self, values)
        for name, value in values.items():
            setattr(self, name, value)


def check_names(target: object, values: dict[str, Any]) -> None:
    if strange := sorted(set(values) - set(vars(target))):
        raise UnknownError(f"There is no {', '.join(strange)}; there are {', '.join(sorted(vars(target)))}.")


def demo_tenants() -> dict[str, Tenant]:
    one_unit = [{"id": "5a0b7c1e-0001-4a00-8000-000000000001", "name": "Hovedenhet"}]
    one_agreement = [{"id": "5a0b7c1e-0002-4a00-8000-000000000001", "name": "37,5 timer"}]
    two_units = [*one_unit, {"id": "5a0b7c1e-0001-4a00-8000-000000000002", "name": "Avdeling Tromsø"}]
    two_agreements = [*one_agreement, {"id": "5a0b7c1e-0002-4a00-8000-000000000002", "name": "35,5 timer skift"}]
    tenants = (
        Tenant(
            "0f8a1c52-3b1d-4e6a-9c70-1d2e3f405161",
            "Fjordheim Handel AS",
            tax_units=one_unit,
            work_time_agreements=one_agreement,
        ),
        Tenant(
            "2b9d4e70-5c2f-4a81-8d13-6e7f80912a3b",
            "Nordlys Service AS",
            tax_units=two_units,
            work_time_agreements=two_agreements,
        ),
        Tenant("4c0e6f91-7d30-4b92-9e24-8f901a2b3c4d", "Fjellvik Bygg AS", authorised=False),
        Tenant("6d1f80a2-8e41-4ca3-af35-90a12b3c4d5e", "Havbris Regnskap AS", scopes=[READ]),
    )
    return {tenant.tenant_id: tenant for tenant in tenants}


class TenantCollection:
    """Companies as the control pages show and change them; none is added or removed."""

    def __init__(self, tenants: dict[str, Tenant]) -> None:
        self._tenants = tenants

    def everything(self) -> list[dict[str, Any]]:
        return [tenant.as_json() for tenant in self._tenants.values()]

    def one(self, record_id: str) -> dict[str, Any]:
        return self._tenant(record_id).as_json()

    def change(self, record_id: str, values: dict[str, Any]) -> dict[str, Any]:
        tenant = self._tenant(record_id)
        if {"tenant_id", "employees", "jobs"} & set(values):
            raise UnknownError("A company keeps its ID and its people.")
        check_names(tenant, values)
        for name, value in values.items():
            setattr(tenant, name, value)
        return tenant.as_json()

    def add(self, record: dict[str, Any]) -> dict[str, Any]:
        raise UnknownError(f"No company is added: {record}")

    def remove(self, record_id: str) -> None:
        raise UnknownError(f"No company is removed: {record_id}")

    def _tenant(self, record_id: str) -> Tenant:
        if record_id not in self._tenants:
            raise UnknownError(f"There is no company {record_id}.")
        return self._tenants[record_id]
