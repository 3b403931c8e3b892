"""Which connections' mails somebody gets whose account is to be deactivated."""

from typing import Any

from django.utils.translation import gettext as _

from employees.access.accounts import left_behind_asked
from integrations.core.models import Connection


def connect() -> None:
    left_behind_asked.connect(_connections, dispatch_uid="left_behind.connections")


def _connections(sender: Any, user: Any, **kwargs: Any) -> list[str]:
    email = (user.email or "").casefold()
    if not email:
        return []
    told = []
    for connection in Connection.objects.exclude(recipients=[]).order_by("label", "pk"):
        recipients = {address.casefold() for address in connection.recipients}
        if email in recipients:
            told.append(_alone(connection) if recipients == {email} else _among_others(connection))
    return told


def _alone(connection: Connection) -> str:
    return _("Reports and problems of %(connection)s went to this address alone: choose somebody else there.") % {
        "connection": connection.label
    }


def _among_others(connection: Connection) -> str:
    return _("Reports and problems of %(connection)s go to its other recipients alone.") % {
        "connection": connection.label
    }
