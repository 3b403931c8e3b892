"""Held absences, by the plan as things stand: what of them is sent, what is not and why, and what is over (G-17)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from integrations.core.calls import connector_of
from integrations.core.hub.absences import ABSENCE, DELETED, RESOURCE
from integrations.core.models import Connection, Mark
from integrations.core.push.others import others_of


def waiting_absences(connection: Connection, marks: Iterable[Mark]) -> dict[str, str]:
    """Return, by left id, why an absence is not sent, empty where it is; those with nothing left to do are left out."""
    wanted: dict[str, Mapping[str, Any]] = {
        mark.left_id: mark.wanted for mark in marks if mark.resource == RESOURCE and mark.left_id.startswith(ABSENCE)
    }
    if not wanted:
        return {}
    deleted = {left_id: more[DELETED] for left_id, more in wanted.items() if DELETED in more}
    found: dict[str, str] = {}
    try:
        for push in others_of(connection, connector_of(connection)):
            found |= push.waiting(list(wanted), deleted=deleted)
    except ValidationError:
        # Settings that cannot be read: the connection's own pages say so, and nothing is known of any.
        return dict.fromkeys(wanted, "")
    return found
