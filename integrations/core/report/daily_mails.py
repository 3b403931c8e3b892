"""Mails that take up what comes in the course of a day: when one is due, and nothing is added any more (G-25)."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from employees.zones import today_of
from integrations.core.models import Notification
from integrations.core.telling import OVERWRITTEN


def close_if_due(notification: Notification) -> bool:
    """Return whether a mail may be written now; a day's is closed with that. What is written once stays so."""
    if not notification.key.startswith(f"{OVERWRITTEN}:") or notification.data.get("closed"):
        return True
    if not _is_due(notification):
        return False
    with transaction.atomic():
        now = Notification.objects.select_for_update().get(pk=notification.pk)
        now.data = {**now.data, "closed": True}
        now.save(update_fields=["data"])
    notification.data = now.data
    return True


def _is_due(notification: Notification) -> bool:
    """Its day has come, and a burst has had time to come together."""
    if notification.connection is None:
        return True
    today = today_of(notification.connection)
    late = timezone.now() - timedelta(seconds=settings.PROBLEM_MAIL_SECONDS)
    return date.fromisoformat(notification.data["day"]) <= today and notification.created_at <= late
