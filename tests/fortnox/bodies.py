"""An employee as Fortnox writes one, and the declaration that it is read with."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from integrations.core.declare import Record
from integrations.core.http import VendorSession
from integrations.fortnox.client import FortnoxClient, read_error
from integrations.fortnox.endpoints import EmployeesEndpoint
from integrations.fortnox.mappers import record_from_employee
from integrations.fortnox.resources import employees_resource
from integrations.fortnox.settings import FortnoxSettings

API = "https://api.fortnox.se"
TODAY = date(2026, 11, 20)
RESOURCE = employees_resource(FortnoxSettings(), country="SE")


def employee_body(**changes: Any) -> dict[str, Any]:
    return {
        "EmployeeId": "17",
        "PersonalIdentityNumber": "850601-2384",
        "FirstName": "Åsa",
        "LastName": "Öberg",
        "Email": "asa.oberg@example.se",
        "Phone1": "070-174 06 05",
        "Address1": "Storgatan 1",
        "Address2": "",
        "PostCode": "447 34",
        "City": "Vårgårda",
        "Country": "Sweden",
        "EmploymentDate": "2020-01-01",
        "EmployedTo": "",
        "EmploymentForm": "TV",
        "Inactive": False,
        "ClearingNo": "8327-9",
        "BankAccountNo": "3 933 190 00-5",
        **changes,
    }


def record_from(body: Mapping[str, Any]) -> Record:
    return record_from_employee(body, resource=RESOURCE, country="SE", today=TODAY)


def record_of(**changes: Any) -> Record:
    return record_from(employee_body(**changes))


def value_of(name: str, **changes: Any) -> Any:
    """Return one value of the record of an employee with the changes."""
    return RESOURCE.value(record_of(**changes), name)


def client_at(url: str = API, *, access_token: str = "token") -> FortnoxClient:
    return FortnoxClient(VendorSession(base_url=url, access_token=access_token, read_error=read_error))


def endpoint_at(
    url: str = API, *, access_token: str = "token", settings: FortnoxSettings | None = None
) -> EmployeesEndpoint:
    chosen = settings or FortnoxSettings()
    return EmployeesEndpoint(
        client=client_at(url, access_token=access_token),
        resource=employees_resource(chosen, country="SE"),
        settings=chosen,
        country="SE",
        today=TODAY,
    )
