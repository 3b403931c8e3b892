"""Authorisations that were last renewed so many days ago, and what is told of them."""

from datetime import datetime, timedelta

from django.utils import timezone

from integrations.core.models import Connection, Lease, Notification
from integrations.fortnox.unconfirmed import IDLE_DAYS
from tests.sandbox_client import SandboxClient

State = Connection.State


def unused_for(connection: Connection, days: float) -> datetime:
    """Let the last renewal be so many days ago; returns until when the authorisation then holds."""
    until = timezone.now() + timedelta(days=IDLE_DAYS - days)
    Connection.objects.filter(pk=connection.pk).update(authorised_until=until)
    return until


def another_try() -> None:
    """The pause after a failed renewal is over."""
    Lease.objects.filter(name__startswith="renew:").update(until=timezone.now())


def token_calls(sandbox: SandboxClient) -> int:
    return len(sandbox.calls(path="/oauth-v1/token"))


def reread(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


def told(kind: str) -> list[Notification]:
    return list(Notification.objects.filter(key__startswith=f"{kind}:").order_by("pk"))


def many(count: int, *, days: float) -> None:
    """Connections that all were renewed in the same minute, so many days ago."""
    until = timezone.now() + timedelta(days=IDLE_DAYS - days)
    Connection.objects.bulk_create(
        Connection(
            integration="fortnox",
            label=f"Fortnox {number}",
            state=State.ACTIVE,
            account_id=str(number),
            authorised_until=until,
            recipients=["hanna@example.se"],
        )
        for number in range(count)
    )
