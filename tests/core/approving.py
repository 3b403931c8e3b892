"""The person in front of the browser, at the sandbox's Fortnox."""

import re
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.sandbox.fortnox_caller import ADMINISTRATOR, FIRST_COMPANY


def approve(
    url: str, *, decision: str = "approve", tenant: str = FIRST_COMPANY, email: str = ADMINISTRATOR
) -> dict[str, str]:
    """Open the page, log in and decide; return what the browser brings back to the hub."""
    return dict(parse_qsl(urlsplit(address_after(url, decision=decision, tenant=tenant, email=email)).query))


def address_after(
    url: str, *, decision: str = "approve", tenant: str = FIRST_COMPANY, email: str = ADMINISTRATOR
) -> str:
    """Return the address at the hub that the browser is sent to."""
    pages = urlsplit(url)._replace(path="/fortnox/oauth-v1", query="").geturl()
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(url, allow_redirects=False, timeout=10)
        for step, form in (
            ("login", {"email": email, "password": "sandbox", "company": tenant}),
            ("decision", {"decision": decision}),
        ):
            if page.is_redirect:
                break
            login = re.findall(r'name="login" value="([^"]+)"', page.text)
            page = browser.post(f"{pages}/{step}", data={"login": login, **form}, allow_redirects=False, timeout=10)
    return page.headers["Location"]
