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
        _(
            "Fortnox takes letters of every language, digits and the usual signs. It refuses others, such as straight"
            " double quotes, |, <, >, square brackets and emojis."
        ),
        _("Replace them or leave them out on the person's page; the change is then sent by itself."),
        _("%(field)s holds characters that Fortnox does not take"),
    )


def _required() -> Explanation:
    return Explanation(
        _("A required value is missing"),
        _("Fortnox's message names the field that must not be empty."),
        _("Fill it in: on the person's page, or, for what new people get in Fortnox, in the connection's settings."),
    )


def _agreement() -> Explanation:
    return Explanation(
        _("What new people get in Fortnox is missing"),
        _("The company has no default agreement in Fortnox, and the employment form or personnel type is not taken."),
        _("Choose employment form, salary form and personnel type in the connection's settings, then try again."),
    )


def _fault() -> Explanation:
    return Explanation(
        _("Fortnox had an error of its own"),
        _("Fortnox said only that something failed there. It was tried again without success."),
        _("Try again later: what is there already is not written twice. If it comes back, ask Fortnox's support."),
    )


def _sign_in() -> Explanation:
    return Explanation(
        _("Fortnox does not take the sign-in any more"),
        _("The access that Fortnox gave has ended. All changes wait; nothing is lost."),
        _("Press “Sign in again” on the connection. What waits is then sent by itself."),
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


def _clash() -> Explanation:
    return Explanation(
        _("Days of the absence stand in Fortnox already"),
        _(
            "Somebody typed rows of the same cause for some of the days, or with another extent, or rows of another"
            " cause with which a day would make more than 100 %; or a day was sent before without an answer, and may be"
            " one of these rows. Nothing was written, so that no day counts twice."
        ),
        _(
            "Remove or correct these rows in Fortnox, or change days or grade of the absence, then press “Try again”."
            " Rows that match all days are taken over."
        ),
    )


def _too_long() -> Explanation:
    return Explanation(
        _("Longer than 50 days: days to remove by hand"),
        _(
            "An absence of more than 50 days is never created, changed or deleted in Fortnox, and this one has rows"
            " there."
        ),
        _("Correct the named days in Fortnox, then press “Try again”: what is gone there is then no longer listed."),
    )


def _closed() -> Explanation:
    return Explanation(
        _("Days of closed payroll were not touched"),
        _("The absence changed for days up to the one that payroll is closed to."),
        _("Payroll decides what becomes of them in Fortnox. Dismiss this once it is done, with a word on it."),
    )


def _left_behind() -> Explanation:
    return Explanation(
        _("Days remain in Fortnox of a company that the person has left"),
        _("The person belongs to another company now, and is linked to nobody in this Fortnox any more."),
        _("Remove the named days in Fortnox by hand, then dismiss this with a word on it."),
    )


def _moved() -> Explanation:
    return Explanation(
        _("Rows remain with another employee in Fortnox"),
        _("The person was linked to somebody else in Fortnox when the days were written."),
        _("Remove the named days there if they are wrong, then press “Try again” or dismiss it."),
    )


def _overlap() -> Explanation:
    return Explanation(
        _("More than a whole day with another absence"),
        _("The person would be paid, or deducted, twice for the same days, so the absence registered later waits."),
        _(
            "Open the absence: where one of the two is sickness, parental leave or care, its page proposes to take the"
            " days out of the other. Otherwise change days or grade of either, or decline one. It is sent by itself as"
            " soon as no day makes more than 100 %."
        ),
    )


def _outside() -> Explanation:
    return Explanation(
        _("Days outside the employment"),
        _(
            "Days lie before the person's first or after the last workday. Nothing of the absence is sent, all days or"
            " none; what stands in Fortnox already stays there."
        ),
        _(
            "Open the absence and confirm these days if they are right. Otherwise correct its days, or the person's"
            " workdays: it is sent by itself then."
        ),
    )


def _no_hours() -> Explanation:
    return Explanation(
        _("No working-time schedule"),
        _(
            "The person's schedule in Fortnox has no hours in a whole week, which everybody has who was created by a"
            " synchronisation. Every absence counts 0 hours."
        ),
        _("Give the person a schedule in Fortnox (staff card > Employment), then press “Try again”: it is read again."),
    )


# The name of the company's default agreement, in the message about a new person's employment.
AGREEMENT: Final = "ftgavtalid"
EXPLANATIONS: Final[Mapping[str, Callable[[], Explanation]]] = {
    **dict.fromkeys(("2000106", "2000108", "2000134"), _format),
    "2000359": _characters,
    EMPTY_CODE: _required,
    **dict.fromkeys(("1000030", "1000031", "2000588", "2000729", "2001392", "2002115", "2001399"), _ours),
    **dict.fromkeys(("2001101", "2001103"), _licence),
    "2000663": _right,
    "1000003": _fault,
    **dict.fromkeys(("2000310", "2000311", "2003275"), _sign_in),
    # Our own, of absences: see `absence_settling`.
    "clash": _clash,
    "too_long": _too_long,
    "closed": _closed,
    "moved": _moved,
    "left_behind": _left_behind,
    "no_hours": _no_hours,
    "overlap": _overlap,
    "outside": _outside,
}


def explain(code: str, message: str = "") -> Explanation | None:
    found = EXPLANATIONS.get(code)
    if code == EMPTY_CODE and AGREEMENT in message:
        found = _agreement
    return found() if found else None
