"""What settings that were just saved let go at once, told after it: what waits for a release, and what goes (G-17)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.core.accounts import state_once_connected
from integrations.core.addresses import mass_change_url
from integrations.core.held_changes import held_mass_changes, marks_of
from integrations.core.hub.absences import RESOURCE, reach_of
from integrations.core.hub.by_settings import BY_SETTINGS
from integrations.core.hub.mass_changes import reached
from integrations.core.models import Connection, Mark


def let_go_since(connection: Connection, since: datetime) -> list[tuple[int, str]]:
    """Return (level, text) of messages. Belongs into the transaction that saved: nothing is sent before its end."""
    return [*_waiting(connection, since), *_going(connection, since)]


def _waiting(connection: Connection, since: datetime) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for mass in _held_since(connection, since):
        people = mass.waiting.people
        text = ngettext(
            "With these settings, changes of %(count)d person would go at once: nothing is sent before you release it.",
            "With these settings, changes of %(count)d people would go at once: nothing is sent before you release it.",
            people,
        ) % {"count": people}
        url = mass_change_url(connection, mass.pk)
        found.append((messages.WARNING, format_html('{} <a href="{}">{}</a>', text, url, _("See what waits"))))
    return found


def _held_since(connection: Connection, since: datetime) -> Iterator[Any]:
    """Yield what waits because of settings, also since earlier ones; counted as it waits, and never what is empty."""
    for mass in held_mass_changes([connection]).get(connection.pk, []):
        if mass.key.startswith(BY_SETTINGS) and marks_of(mass).filter(changed_at__gte=since).exists():
            yield mass


def _going(connection: Connection, since: datetime) -> list[tuple[int, str]]:
    marks = Mark.objects.filter(connection=connection, resource=RESOURCE, held_by="", changed_at__gte=since)
    left_ids = list(marks.order_by("pk").values_list("left_id", flat=True))
    if not left_ids:
        return []
    count = reached(connection=connection, resource=RESOURCE, reach=reach_of(connection, left_ids)).absences
    if not count:
        return []
    text = ngettext(
        "With these settings, %(count)d absence is sent or taken away at %(system)s %(when)s.",
        "With these settings, %(count)d absences are sent or taken away at %(system)s %(when)s.",
        count,
    )
    return [(messages.INFO, text % {"count": count, "system": connection.label, "when": _when(connection)})]


def _when(connection: Connection) -> str:
    if connection.state == Connection.State.ACTIVE:
        return _("within seconds")
    if connection.state in Connection.TO_CONFIRM:
        return _("once a synchronisation has been confirmed")
    if state_once_connected(connection) == Connection.State.ACTIVE:
        return _("once it is connected again")
    return _("once it is connected again and a synchronisation has been confirmed")
