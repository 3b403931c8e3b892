"""The addresses of Fortnox's section."""

from django.urls import reverse

from integrations.core.models import Connection

SECTION = "admin:fortnox_fortnoxconnection"
OVERVIEW = reverse(f"{SECTION}_changelist")
SET_UP = reverse(f"{SECTION}_set_up")
CALLBACK = reverse("oauth_callback", args=["fortnox"])
MANAGED = ("consent", "authorise", "settings", "people", "disconnect")


def page(connection: Connection | int, name: str = "connection") -> str:
    pk = connection if isinstance(connection, int) else connection.pk
    return reverse(f"{SECTION}_{name}", args=[pk])
