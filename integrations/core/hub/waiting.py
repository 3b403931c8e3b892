"""What a connection waits for before the hub's changes go to its vendor by themselves: the same words on all pages."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.core.models import Connection

State = Connection.State
# State → what is said of changes that are still to be made, and of those that were made (with their amount).
_SYNCHRONISED: Final = (
    gettext_lazy("It waits until a synchronisation with %(system)s is confirmed, which shows it."),
    gettext_lazy("Waits until a synchronisation with %(system)s is confirmed, which shows it: %(amount)s."),
)
_WAITS: Final = {
    State.NEEDS_REAUTHORISATION: (
        gettext_lazy("It is sent once the connection works again."),
        gettext_lazy("Sent once the connection works again: %(amount)s."),
    ),
    State.PAUSED: (
        gettext_lazy("It is sent once the connection works again."),
        gettext_lazy("Sent once the connection works again: %(amount)s."),
    ),
    State.DRAFT: _SYNCHRONISED,
    State.AUTHORISED: _SYNCHRONISED,
    State.REVIEWING: _SYNCHRONISED,
    State.DISCONNECTED: (
        gettext_lazy(
            "%(system)s is disconnected: it waits until somebody connects it again and confirms a synchronisation, "
            "which shows it."
        ),
        gettext_lazy(
            "%(system)s is disconnected, so these wait until somebody connects it again and confirms a synchronisation:"
            " %(amount)s."
        ),
    ),
}


def waits_for(connection: Connection) -> str:
    """Return what changes to come wait for; empty where they are sent within seconds."""
    texts = _WAITS.get(State(connection.state))
    return str(texts[0]) % {"system": connection.label} if texts else ""


def told_waiting(connection: Connection, amount: str) -> str:
    """Return what changes that were made wait for."""
    texts = _WAITS.get(State(connection.state))
    text = str(texts[1]) if texts else _("Still to be sent, by itself: %(amount)s.")
    return text % {"system": connection.label, "amount": amount}
