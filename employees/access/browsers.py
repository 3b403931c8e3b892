"""Which browser it is, in words; and the mark by which a browser that somebody has signed in with is known again."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

# The first that fits: every browser also names those that it resembles.
BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
COOKIE: Final = "samklang_known"
SALT: Final = "employees.access.known_browser"
KNOWN_SECONDS: Final = 180 * 24 * 3600
MOST_USERS: Final = 8


def in_words(user_agent: str) -> str:
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")


def known_mark(request: HttpRequest, *, user_id: int) -> str:
    """Return the mark of a browser with which that user has signed in before, empty for any other browser."""
    token = _users_of(request).get(str(user_id), "")
    return salted_hmac(SALT, token, algorithm="sha256").hexdigest() if token else ""


def remember(request: HttpRequest, response: HttpResponse, *, user_id: int) -> None:
    """Let the browser be known again as one of the user's."""
    users = _users_of(request)
    token = users.pop(str(user_id), "") or secrets.token_urlsafe(16)
    latest = dict([*users.items(), (str(user_id), token)][-MOST_USERS:])
    response.set_cookie(
        COOKIE,
        signing.dumps(latest, salt=SALT),
        max_age=KNOWN_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
        path=settings.SESSION_COOKIE_PATH,
    )


def _users_of(request: HttpRequest) -> dict[str, str]:
    try:
        found: Any = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KNOWN_SECONDS)
    except signing.BadSignature:
        return {}
    return {str(user): str(token) for user, token in found.items()} if isinstance(found, Mapping) else {}
