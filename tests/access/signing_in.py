"""Signing in through the rendered pages, as somebody with a phone does."""

import base64
import html
import re
import time
from typing import Any, Final

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.pages import press

PASSWORD: Final = "a-long-password-for-a-test"
STEP: Final = 30


def try_password(client: Client, username: str = "hanna", password: str = PASSWORD, *, follow: bool = False) -> Any:
    page = client.get(reverse("admin:login"))
    return press(client, page, "Log in", {"username": username, "password": password}, follow=follow)


def is_in(client: Client) -> bool:
    return bool(client.get(reverse("admin:index")).status_code == 200)


def text_of(page: Any) -> str:
    """Return the words of a page."""
    plain = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", plain)).split())


def code_of(key: str, *, later: int = 0) -> str:
    """Return the code that the app shows, so many steps from now."""
    generator = TOTP(bytes.fromhex(key))
    generator.time = time.time() + later * STEP
    return f"{generator.token():06}"


def give_phone(user: User) -> TOTPDevice:
    return TOTPDevice.objects.create(user=user, name="App")


def key_on(page: Any) -> str:
    """Return the key that a page shows in text, as the app keeps it."""
    found = re.search(r"Key: ((?:[A-Z2-7]{4} ?){8})", text_of(page))
    assert found, "The page shows no key."
    plain = found.group(1).replace(" ", "")
    return base64.b32decode(plain + "=" * (-len(plain) % 8)).hex()


def codes_on(page: Any) -> list[str]:
    """Return the recovery codes that a page shows."""
    return re.findall(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b", text_of(page))
