"""Notes who changed a connection, so that whoever confirms an older page is told (G-21)."""

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest

from integrations.core.models import Connection


def note_change(request: HttpRequest, connection: Connection, what: str) -> None:
    """Keep that the signed-in person did ``what`` with the connection."""
    user: Any = request.user
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(Connection),
        object_id=str(connection.pk),
        object_repr=connection.label[:200],
        action_flag=CHANGE,
        change_message=what,
    )
