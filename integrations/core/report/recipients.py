"""Who gets a mail: the addresses that were given, without users who are not to see the connection's company (OP-14)."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.db.models.functions import Lower

from employees.access.companies import sees_company
from integrations.core.models import Notification, SyncRun


def recipients_of(notification: Notification, run: SyncRun | None) -> list[str]:
    """Return the connection's recipients and whom ``data["also"]`` names, each once; a report is of its ``run``."""
    addresses: dict[str, str] = {}
    for address in (*notification.recipients, *notification.data.get("also", [])):
        addresses.setdefault(address.casefold(), address)
    connection = run.connection if run is not None else notification.connection
    closed = _closed(addresses, connection.company_id if connection is not None else None)
    return [address for key, address in addresses.items() if key not in closed]


def _closed(addresses: Iterable[str], company_id: int | None) -> set[str]:
    """Return the addresses of users none of whom sees the company, or may sign in; others' are plain addresses."""
    users = get_user_model().objects.annotate(address=Lower("email")).filter(address__in=list(addresses))
    found: dict[str, bool] = {}
    for user in users:
        sees = user.is_active and sees_company(user, company_id)
        found[user.address] = found.get(user.address, False) or sees
    return {address for address, sees in found.items() if not sees}
