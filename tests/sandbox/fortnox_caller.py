"""A caller of the sandbox's Fortnox, written from Fortnox's own words: it shares nothing with the integration."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

CLIENT = ("sandbox-client", "sandbox-secret")
CALLBACK = "http://hub.example/callback"
FIRST_COMPANY = "1204711"
SECOND_COMPANY = "1204712"
ADMINISTRATOR = "admin@nordhamn.example"
NEW_PERSON = {
    "FirstName": "Åsa",
    "LastName": "Öberg",
    "Email": "asa.oberg@example.se",
    "PersonelType": "TJM",
    "EmploymentForm": "TV",
    "SalaryForm": "MAN",
}


class FortnoxCaller:
    def __init__(self, *, url: str) -> None:
        self.url = f"{url}/fortnox"
        self.session = requests.Session()
        self.session.trust_env = False

    def open_login(self, **changes: str) -> requests.Response:
        asked = {
            "client_id": CLIENT[0],
            "redirect_uri": CALLBACK,
            "scope": "salary companyinformation",
            "state": "opaque",
            "access_type": "offline",
            "response_type": "code",
            **changes,
        }
        return self.session.get(f"{self.url}/oauth-v1/auth", params=asked, allow_redirects=False, timeout=10)

    def log_in(self, page: requests.Response, *, company: str = FIRST_COMPANY, **changes: str) -> requests.Response:
        login = {"login": _login(page), "email": ADMINISTRATOR, "password": "sandbox", "company": company, **changes}
        return self.session.post(f"{self.url}/oauth-v1/login", data=login, allow_redirects=False, timeout=10)

    def decide(self, page: requests.Response, decision: str = "approve") -> dict[str, str]:
        """Press a button of the consent page; return what comes back to the hub."""
        answer = self.session.post(
            f"{self.url}/oauth-v1/decision",
            data={"login": _login(page), "decision": decision},
            allow_redirects=False,
            timeout=10,
        )
        return sent_back(answer)

    def authorise(self, *, company: str = FIRST_COMPANY, **asked: str) -> str:
        """Go through the pages and return the authorisation code."""
        return self.decide(self.log_in(self.open_login(**asked), company=company))["code"]

    def token(self, *, headers: Mapping[str, str] | None = None, **form: str) -> requests.Response:
        return self.session.post(f"{self.url}/oauth-v1/token", data=form, auth=CLIENT, headers=headers, timeout=10)

    def exchange(self, code: str) -> dict[str, Any]:
        answer = self.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
        answer.raise_for_status()
        tokens: dict[str, Any] = answer.json()
        return tokens

    def connect(self, *, company: str = FIRST_COMPANY, **asked: str) -> dict[str, Any]:
        tokens = self.exchange(self.authorise(company=company, **asked))
        self.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        return tokens

    def get(self, path: str, **parameters: str | int) -> requests.Response:
        return self.session.get(f"{self.url}/3/{path}", params=parameters, timeout=30)

    def create(self, **values: object) -> requests.Response:
        return self.session.post(f"{self.url}/3/employees", json={"Employee": values}, timeout=10)

    def change(self, employee_id: str, **values: object) -> requests.Response:
        return self.session.put(f"{self.url}/3/employees/{employee_id}", json={"Employee": values}, timeout=10)


def sent_back(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(CALLBACK)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def code_of(answer: requests.Response) -> int:
    """Return the code of a Fortnox error body."""
    assert answer.status_code >= 400
    return int(answer.json()["ErrorInformation"]["Code"])


def _login(page: requests.Response) -> str:
    found = re.search(r'name="login" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]
