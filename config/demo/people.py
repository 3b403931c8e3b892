"""The person who logs in at the sandbox's Fortnox and approves, as the browser would."""

import re
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

FIELD = re.compile(r'<input[^>]*\bname="([^"]+)"[^>]*?(?:\bvalue="([^"]*)")?[^>]*>')
# The first company of the list is the one that the demo connects to.
CHOICE = re.compile(r'<select[^>]*\bname="([^"]+)"[^>]*>\s*<option value="([^"]*)"')
FORM = re.compile(r'<form[^>]*\baction="([^"]+)"')
TIMEOUT = 10


def approve_at_vendor(url: str) -> dict[str, str]:
    """Open the authorise page, log in with what is filled in, approve; return the callback's parameters."""
    with requests.Session() as browser:
        # A proxy of the surroundings has nothing to do with a server on this machine.
        browser.trust_env = False
        page = browser.get(url, timeout=TIMEOUT, allow_redirects=False)
        for extra in ({}, {"decision": "approve"}):
            page.raise_for_status()
            form = FORM.search(page.text)
            if page.is_redirect or form is None:
                break
            filled = dict([*FIELD.findall(page.text), *CHOICE.findall(page.text)])
            page = browser.post(
                urljoin(page.url, form[1]), data={**filled, **extra}, timeout=TIMEOUT, allow_redirects=False
            )
    return dict(parse_qsl(urlsplit(page.headers["Location"]).query))
