"""Mails about a connection as a whole that become due: one row each, written once and mailed by ``core.report``."""

from typing import Any, Final

from integrations.core.models import Connection, Notification
from integrations.core.work.ringing import ring_reports

# The kinds, as the first word of a notification's key: "<kind>:<connection>:<moment>".
AUTHORISATION_LOST: Final = "authorisation_lost"
AUTHORISATION_ENDING: Final = "authorisation_ending"
OUTAGE: Final = "outage"
# One a day, see `push.overwritten`.
OVERWRITTEN: Final = "overwritten"
RENAMED: Final = "renamed"


def tell(*, kind: str, connection_id: int, moment: str, data: dict[str, Any] | None = None) -> bool:
    """Let the connection's recipients be told of what began at ``moment`` (ISO); False if they were before."""
    recipients = Connection.objects.values_list("recipients", flat=True).get(pk=connection_id)
    _row, created = Notification.objects.get_or_create(
        key=key_of(kind=kind, connection_id=connection_id, moment=moment),
        defaults={"connection_id": connection_id, "recipients": recipients, "data": data or {}},
    )
    if created:
        ring_reports()
    return created


def key_of(*, kind: str, connection_id: int, moment: str) -> str:
    return f"{kind}:{connection_id}:{moment}"
