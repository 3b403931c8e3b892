"""What Visma's refusals mean for an HR admin; the message itself is shown beside it, verbatim.

Visma publishes no codes of errors. So these are our own, of what is refused before it is sent, and HTTP statuses.
"""

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext as _

from integrations.core.registry import FORBIDDEN, Explanation
from integrations.visma_payroll.endpoints import NO_VERSION
from integrations.visma_payroll.mappers import UNREADABLE_CHARACTER, UNREADABLE_DATE
from integrations.visma_payroll.positions import (
    EARLIER,
    ENDS_BEFORE,
    LATER,
    NO_FIRST_DAY,
    NO_POSITION,
    OVER,
    REHIRE,
)


def _rehire() -> Explanation:
    return Explanation(
        _("Employed anew: a position is missing in Visma.net Payroll"),
        _(
            "The first workday is after the end of the person's position. Moving that position would rewrite when the"
            " person worked before, so nothing of it was sent."
        ),
        _("Add a position for the new employment in Visma.net Payroll, then press “Synchronise users”."),
    )


def _ends_before() -> Explanation:
    return Explanation(
        _("The last workday is before the first one"),
        _("A position in Visma.net Payroll cannot end before it begins, so neither day was sent."),
        _(
            "Correct the first or last workday on the person's page; it is then sent by itself. If the days are those"
            " of another position, choose it on the person's page."
        ),
    )


def _earlier() -> Explanation:
    return Explanation(
        _("The person had an earlier position"),
        _("The first workday would move the position over the one before it, and so rewrite when the person worked."),
        _("Correct the positions in Visma.net Payroll, or the first workday on the person's page."),
    )


def _over() -> Explanation:
    return Explanation(
        _("The position is over"),
        _(
            "A later last workday, or none, would reopen a position that has ended, as if the person had worked all the"
            " time. So it was not sent."
        ),
        _(
            "Whoever works again gets a new position in Visma.net Payroll; then press “Synchronise users”. If only the"
            " day was wrong, correct it there."
        ),
    )


def _later() -> Explanation:
    return Explanation(
        _("Another position begins before the last workday"),
        _("The last workday would run into the person's next position, so it was not sent."),
        _("Correct the last workday on the person's page, or the positions in Visma.net Payroll."),
    )


def _no_version() -> Explanation:
    return Explanation(
        _("Visma.net Payroll did not say which version it showed"),
        _("Without it, a change could undo what somebody enters there at the same time. So nothing was written."),
        _("Try again later. If it stays, tell the operator: this is not about the person's values."),
    )


def _no_first_day() -> Explanation:
    return Explanation(
        _("The first workday is empty"),
        _("A position in Visma.net Payroll always has a first day, so it was not emptied there."),
        _("Fill in the first workday on the person's page; it is then sent by itself."),
    )


def _no_position() -> Explanation:
    return Explanation(
        _("The person has no position in Visma.net Payroll"),
        _("The first and last workday are those of a position, and there is none."),
        _("Add a position in Visma.net Payroll, then press “Synchronise users”."),
    )


def _unreadable_date() -> Explanation:
    return Explanation(
        _("A date in Visma.net Payroll cannot be read"),
        _("The person has a date there that is none, so that nothing can be changed without risking its history."),
        _("Correct the date in Visma.net Payroll: the message names it. Then press “Try again”."),
    )


def _unreadable_character() -> Explanation:
    return Explanation(
        _("The record in Visma.net Payroll cannot be written back as it is"),
        _(
            "A change replaces the whole record there. Something in it, perhaps a field that is not synchronised,"
            " cannot be kept here as it stands there, mostly a broken character. So nothing was sent."
        ),
        _("Look for a text with a broken character in Visma.net Payroll, correct it, then press “Try again”."),
    )


def _right() -> Explanation:
    return Explanation(
        _("A right in Visma App Store is missing"),
        _("The company has withdrawn “Read employees” or “Write employees” from the app. All changes wait."),
        _(
            "Open the app in Visma App Store, switch on both, and press “Integrate”. What waits is sent within an hour,"
            " or at once when somebody presses “Connect again” on the connection."
        ),
    )


def _forbidden() -> Explanation:
    return Explanation(
        _("No right to this one"),
        _("Visma.net Payroll refused this alone. Everybody else's changes go on."),
        _(
            "See in Visma App Store whether “Read employees” and “Write employees” are still on for the app, and in"
            " Visma whether this employee may be changed from outside. Then press “Try again”."
        ),
    )


def _ours() -> Explanation:
    return Explanation(
        _("Visma.net Payroll did not understand what was sent"),
        _("This is not about the person's values: the program sent something in a form that Visma does not take."),
        _("Tell the operator, with the message. Trying again will hardly help before that."),
    )


EXPLANATIONS: Final[Mapping[str, Callable[[], Explanation]]] = {
    REHIRE: _rehire,
    ENDS_BEFORE: _ends_before,
    NO_FIRST_DAY: _no_first_day,
    NO_POSITION: _no_position,
    UNREADABLE_DATE: _unreadable_date,
    EARLIER: _earlier,
    OVER: _over,
    LATER: _later,
    NO_VERSION: _no_version,
    UNREADABLE_CHARACTER: _unreadable_character,
    "403": _right,
    FORBIDDEN: _forbidden,
    **dict.fromkeys(("405", "406", "415"), _ours),
}


def explain(code: str) -> Explanation | None:
    found = EXPLANATIONS.get(code)
    return found() if found else None
