"""Signing in with the provider through the rendered pages."""

from typing import Any, Final

from django.test import Client
from django.urls import reverse

from tests.access.provider_server import Provider
from tests.pages import press

BUTTON: Final = "Sign in with Example ID"


def sign_in(client: Client, provider: Provider) -> Any:
    """Press the button, sign in there, and come back; return the page that is shown then."""
    sent = press(client, client.get(reverse("admin:login")), BUTTON)
    return come_back(client, provider, sent)


def come_back(client: Client, provider: Provider, sent: Any) -> Any:
    assert sent.url.startswith(f"{provider.issuer}/authorize?"), sent.url
    return client.get(provider.approve(sent.url).removeprefix("http://testserver"), follow=True)
