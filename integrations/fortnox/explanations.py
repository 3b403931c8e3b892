"""What Fortnox's error codes mean for an HR admin; the message itself is shown beside it, verbatim."""

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext as _

from integrations.core.registry import Explanation
from integrations.fortnox.unconfirmed import EMPTY_CODE


def _format() -> Explanation:
    return Explanation(
        _("A value is not written as Fortnox wants it"),
        _("One of the values has letters where Fortnox takes only digits, or the other way round."),
        _("Correct the value on the person's page; it is then sent by itself. Fortnox's message names the field."),
        _("%(field)s is not written as Fortnox wants it"),
    )


def _characters() -> Explanation:
    return Explanation(
        _("A value holds characters that Fortnox does not take"),
        _("Fortnox refuses some signs, such as emojis and line breaks."),
        _("Remove them on the person's page; the change is then sent by itself."),
        _("%(field)s holds characters that Fortnox does not take"),
    )


def _required() -> Explanation:
    return Explanation(
        _("A required value is missing"),
        _("Fortnox's message names the field that must not be empty."),
        _("Fill it in: on the person's page, or, for what new people get in Fortnox, in the connection's settings."),
    )


def _ours() -> Explanation:
    return Explanation(
        _("Fortnox did not understand what was sent"),
        _("This is not about the person's values: the program sent something in a form that Fortnox does not take."),
        _("Tell the operator, with the message. Trying again will hardly help before that."),
    )


def _licence() -> Explanation:
    return Explanation(
        _("A Fortnox licence is missing"),
        _("Fortnox's message says which: the integration licence, or the payroll licence (Lön). All changes wait."),
        _("Order it in Fortnox under Administrate users > Add licences. What waits is then sent by itself."),
    )


def _right() -> Explanation:
    return Explanation(
        _("A Fortnox right is missing"),
        _("Whoever connected Fortnox may not manage employees there any more. All changes wait."),
        _("Have the right given in Fortnox, or let somebody who has it press “Sign in again” on the connection."),
    )


EXPLANATIONS: Final[Mapping[str, Callable[[], Explanation]]] = {
    **dict.fromkeys(("2000106", "2000108", "2000134"), _format),
    "2000359": _characters,
    EMPTY_CODE: _required,
    **dict.fromkeys(("1000030", "1000031", "2000588", "2000729", "2001392", "2002115", "2001399"), _ours),
    **dict.fromkeys(("2001101", "2001103"), _licence),
    "2000663": _right,
}


def explain(code: str) -> Explanation | None:
    found = EXPLANATIONS.get(code)
    return found() if found else None
