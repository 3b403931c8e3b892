"""An employee as Visma writes one, and the declaration that it is read with."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from integrations.core.declare import Record
from integrations.core.http import VendorSession
from integrations.visma_payroll.client import VismaPayrollClient, read_error
from integrations.visma_payroll.mappers import record_from_employee
from integrations.visma_payroll.resources import employees_resource
from integrations.visma_payroll.settings import VismaPayrollSettings
from tests.visma_specs import API

TODAY = date(2026, 11, 20)
RESOURCE = employees_resource(VismaPayrollSettings())
EMPLOYEE_ID = "e0000000-0000-4000-8000-000000000017"
POSITION_ID = "b0000000-0000-4000-8000-000000000018"


def position_body(**changes: Any) -> dict[str, Any]:
    return {
        "id": POSITION_ID,
        "employeeId": EMPLOYEE_ID,
        "activeStart": "2020-01-01",
        "activeEnd": None,
        "typeOfPosition": "Ordinary",
        "employmentForm": [{"value": "fast", "activeStart": "2020-01-01", "activeEnd": None}],
        "typeOfWork": [{"value": "1233101", "activeStart": "2020-01-01"}],
        "workTimeAgreement": [{"value": "5a0b7c1e-0002-4a00-8000-000000000001", "activeStart": "2020-01-01"}],
        "partTimeFactors": [{"value": 100, "activeStart": "2020-01-01"}],
        "salaryInformation": [
            {"salaryType": "Period", "contractSalaryType": "monthly", "monthlySalary": "40000.00", "activeStart": None}
        ],
        "taxUnitIds": [{"value": "5a0b7c1e-0001-4a00-8000-000000000001", "activeStart": "2020-01-01"}],
        "positionEndReason": [],
        **changes,
    }


def employee_body(*, positions: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "id": EMPLOYEE_ID,
        "tenantId": "0f8a1c52-3b1d-4e6a-9c70-1d2e3f405161",
        "number": "17",
        "isDraft": False,
        "lastChange": "2026-01-02T03:04:05.678Z",
        "personNames": [
            {"firstName": "Åse", "lastName": "Lie", "activeStart": None, "activeEnd": "2021-12-31"},
            {"firstName": "Åse", "lastName": "Ødegård", "activeStart": "2022-01-01", "activeEnd": None},
        ],
        "personIds": [{"typeOfId": "NationalID", "id": "01015590978", "activeStart": None, "activeEnd": None}],
        "dateOfBirth": "1955-01-01",
        "phones": [{"type": "Private", "number": 90000017}, {"type": "Business", "number": 40000017}],
        "emails": [
            {"type": "Private", "address": "ase@privat.example.no"},
            {"type": "Business", "address": "ase.odegard@example.no"},
        ],
        "address": {"streetName": "Storgata 1", "zipCode": "0150", "cityName": "Oslo", "countryCode": "NO"},
        "salaryPaymentMethod": {
            "paymentType": "bank",
            "localBankAccount": "12340000003",
            "internationalBankAccount": False,
        },
        "relatives": [{"type": "Spouse", "firstName": "Kim", "somethingNew": {"deep": [1, 2]}}],
        "taxInformation": {"mainEmployer": True},
        "externalIds": [{"key": "time-clock", "value": "T17"}],
        "_embedded": {"positions": [position_body()] if positions is None else positions},
        **changes,
    }


def record_from(document: Mapping[str, Any], *, chosen: str = "") -> Record:
    return record_from_employee(document, resource=RESOURCE, today=TODAY, chosen=chosen)


def value_of(name: str, **changes: Any) -> Any:
    """Return one value of the record of an employee with the changes."""
    return RESOURCE.value(record_from(employee_body(**changes)), name)


def client_at(url: str = API, *, access_token: str = "token") -> VismaPayrollClient:
    return VismaPayrollClient(VendorSession(base_url=url, access_token=access_token, read_error=read_error))
