"""A caller of the sandbox's Visma, written from Visma's own words: it shares nothing with the integration."""

from typing import Any
from urllib.parse import urlsplit

import requests

CLIENT = ("sandbox-client", "sandbox-secret")
FIRST_TENANT = "0f8a1c52-3b1d-4e6a-9c70-1d2e3f405161"
SECOND_TENANT = "2b9d4e70-5c2f-4a81-8d13-6e7f80912a3b"
NOT_AUTHORISED = "4c0e6f91-7d30-4b92-9e24-8f901a2b3c4d"
READ_ONLY = "6d1f80a2-8e41-4ca3-af35-90a12b3c4d5e"
SCOPES = "visma_net_employee:employees:read visma_net_employee:employees:write"
MEDIA_TYPE = "application/vnd.no.payroll.employee.V2.0+json"
POSITION: dict[str, Any] = {
    "activeStart": "2020-01-01",
    "typeOfPosition": "Ordinary",
    "employmentForm": [{"value": "fast", "activeStart": "2020-01-01"}],
    "typeOfWork": [{"value": "1233101", "activeStart": "2020-01-01"}],
    "workTimeAgreement": [{"value": "5a0b7c1e-0002-4a00-8000-000000000001", "activeStart": "2020-01-01"}],
    "partTimeFactors": [{"value": 100, "activeStart": "2020-01-01"}],
    "salaryInformation": [{"salaryType": "Period", "monthlySalary": "40000", "activeStart": "2020-01-01"}],
    "taxUnitIds": [{"value": "5a0b7c1e-0001-4a00-8000-000000000001", "activeStart": "2020-01-01"}],
}
NEW_PERSON: dict[str, Any] = {
    "number": "77",
    "personNames": [{"firstName": "Åse", "lastName": "Ødegård"}],
    "personIds": [{"typeOfId": "NationalID", "id": "01015590006"}],
    "dateOfBirth": "1955-01-01",
    "emails": [{"type": "Business", "address": "ase.odegard@example.no"}],
    "address": {"streetName": "Storgata 1", "zipCode": "0150", "cityName": "Oslo", "countryCode": "NO"},
    "salaryPaymentMethod": {"paymentType": "cash"},
    "positions": [POSITION],
}


class VismaCaller:
    def __init__(self, *, url: str) -> None:
        self.url = f"{url}/visma_payroll"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Accept": MEDIA_TYPE})

    def token(self, *, tenant: str = FIRST_TENANT, **changes: str) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT[0],
            "client_secret": CLIENT[1],
            "scope": SCOPES,
            "tenant_id": tenant,
            **changes,
        }
        return self.session.post(f"{self.url}/connect/token", data=form, timeout=10)

    def connect(self, *, tenant: str = FIRST_TENANT) -> dict[str, Any]:
        answer = self.token(tenant=tenant)
        answer.raise_for_status()
        tokens: dict[str, Any] = answer.json()
        self.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        return tokens

    def get(self, path: str, **parameters: str | int) -> requests.Response:
        return self.session.get(f"{self.url}/v2/{path}", params=parameters, timeout=30)

    def write(self, method: str, path: str, body: Any, **headers: str) -> requests.Response:
        sent = {"Content-Type": MEDIA_TYPE, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.session.request(method, f"{self.url}/v2/{path}", json=body, headers=sent, timeout=10)

    def create(self, **changes: Any) -> requests.Response:
        return self.write("POST", "employees/withPosition", {**NEW_PERSON, **changes})

    def replace(self, path: str, body: Any, *, etag: str) -> requests.Response:
        return self.write("PUT", path, body, If_Match=etag)

    def job(self, accepted: requests.Response) -> dict[str, Any]:
        """Return the job of a write that was accepted."""
        assert accepted.status_code == 202, accepted.text
        root = urlsplit(self.url)
        answer = self.session.get(f"{root.scheme}://{root.netloc}{accepted.headers['Location']}", timeout=10)
        answer.raise_for_status()
        job: dict[str, Any] = answer.json()
        return job
