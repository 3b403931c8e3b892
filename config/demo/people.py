"""The person who logs in at the sandbox's Fortnox and approves, as the browser would."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

TIMEOUT = 10


class Form(HTMLParser):
    """A page's form: where it is sent, and what is filled in already; of a list, the first choice."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.values: dict[str, str] = {}
        self._list = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        elif tag == "input":
            self.values[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._list = given["name"]
        elif tag == "option":
            self.values.setdefault(self._list, given["value"])


def approve_at_vendor(url: str) -> dict[str, str]:
    """Open the authorise page, log in with what is filled in, approve; return the callback's parameters."""
    with requests.Session() as browser:
        # A proxy of the surroundings has nothing to do with a server on this machine.
        browser.trust_env = False
        page = browser.get(url, timeout=TIMEOUT, allow_redirects=False)
        for pressed in ({}, {"decision": "approve"}):
            page.raise_for_status()
            form = Form(page.text)
            if page.is_redirect or form.action is None:
                break
            page = browser.post(
                urljoin(page.url, form.action),
                data={**form.values, **pressed},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
    return dict(parse_qsl(urlsplit(page.headers["Location"]).query))
