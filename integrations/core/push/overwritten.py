"""What an edit has written over at the vendor that was changed there meanwhile: kept, and told once a day (G-25)."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.utils import timezone

from employees.zones import today_of
from integrations.core.hub.tracking import SUBJECT
from integrations.core.models import Connection, Delivery, FieldChange, Notification
from integrations.core.telling import OVERWRITTEN, key_of
from integrations.core.work.ringing import ring_reports

# The name under which the history tells it: ``before`` are the vendor's values by field.
FIELD: Final = "overwritten"


def record_overwritten(*, delivery: Delivery, names: Collection[str]) -> None:
    """Keep and tell what the vendor had changed of fields that are written. Belongs into the caller's transaction."""
    lost = {name: delivery.before.get(name) for name in delivery.newer if name in names}
    if not lost:
        return
    change = FieldChange.objects.create(
        subject=SUBJECT,
        subject_id=delivery.left_id,
        field=FIELD,
        before=lost,
        after=None,
        connection_id=delivery.connection_id,
        at=timezone.now(),
    )
    _tell(Connection.objects.select_related("company").defer("credentials").get(pk=delivery.connection_id), change.pk)


def _tell(connection: Connection, change_id: int) -> None:
    """Put it into today's mail of the connection, or, once that is written, into tomorrow's."""
    today = today_of(connection)
    for day in (today, today + timedelta(days=1)):
        moment = day.isoformat()
        mail, _created = Notification.objects.select_for_update().get_or_create(
            key=key_of(kind=OVERWRITTEN, connection_id=connection.pk, moment=moment),
            defaults={
                "connection": connection,
                "recipients": list(connection.recipients),
                "data": {"changes": [], "day": moment},
            },
        )
        if mail.sent_at is None and not mail.data.get("closed"):
            mail.data = {**mail.data, "changes": [*mail.data["changes"], change_id]}
            mail.save(update_fields=["data"])
            ring_reports()
            return
