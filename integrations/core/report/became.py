"""What a mail says of problems, by what became of what was sent (G-09): no word of one kind is said of another.

The texts take the names ``connection``, ``vendor``, ``person`` and ``count``.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from integrations.core.models import Problem
from integrations.core.problems import Became, became_of

# Beside what became of single changes: no change at all can be sent.
NOTHING_GOES: Final = "nothing_goes"


class Words(NamedTuple):
    """``one`` and ``many`` are subjects, ``part`` is a kind's share of a subject; the rest stands above the names."""

    one: Any
    many: Any
    part: Any
    sentence: Any
    next_step: Any


_LOG_TO_RETRY: Final = gettext_lazy("The error log says why, and lets you try again or dismiss it.")
_LOG_TO_LOOK: Final = gettext_lazy("The error log says what to look at. Dismiss it there once that is done.")

WORDS: Final[Mapping[str, Words]] = {
    NOTHING_GOES: Words(
        gettext_lazy("%(connection)s: no change can be sent"),
        gettext_lazy("%(connection)s: no change can be sent"),
        gettext_lazy("no change can be sent"),
        gettext_lazy("%(vendor)s refuses all changes at the moment. They wait in the hub; nothing is lost."),
        gettext_lazy("The error log says what is missing, and where to get it. What waits is then sent by itself."),
    ),
    Became.NOT_SENT: Words(
        gettext_lazy("%(connection)s: %(person)s could not be sent"),
        gettext_lazy("%(connection)s: %(count)d changes could not be sent"),
        ngettext_lazy("%(count)d not sent", "%(count)d not sent", "count"),
        gettext_lazy("Not sent: %(vendor)s holds what it held before. The hub keeps what was entered."),
        _LOG_TO_RETRY,
    ),
    Became.KEPT_BACK: Words(
        gettext_lazy("%(connection)s: a value of %(person)s could not be sent"),
        gettext_lazy("%(connection)s: %(count)d values could not be sent"),
        ngettext_lazy("%(count)d value kept back", "%(count)d values kept back", "count"),
        gettext_lazy(
            "Kept back: a value that %(vendor)s would not take. Everything else that was changed of the person is sent."
        ),
        gettext_lazy("Correct the value on the person's page, as the error log says. It is then sent by itself."),
    ),
    Became.IN_PART: Words(
        gettext_lazy("%(connection)s: %(person)s was sent in part"),
        gettext_lazy("%(connection)s: %(count)d changes were sent in part"),
        ngettext_lazy("%(count)d sent in part", "%(count)d sent in part", "count"),
        gettext_lazy("A part stands at %(vendor)s, and a part does not: the error log names both."),
        _LOG_TO_RETRY,
    ),
    Became.NOT_KEPT: Words(
        gettext_lazy("%(connection)s: %(person)s was sent, but not kept as sent"),
        gettext_lazy("%(connection)s: %(count)d changes were sent, but not kept as sent"),
        ngettext_lazy("%(count)d not kept as sent", "%(count)d not kept as sent", "count"),
        gettext_lazy(
            "Sent, and %(vendor)s said that it was done, but it holds something else than was sent. It is not sent"
            " again by itself."
        ),
        _LOG_TO_RETRY,
    ),
    Became.REMARK: Words(
        gettext_lazy("%(connection)s: %(person)s was sent, and there is something to look at"),
        gettext_lazy("%(connection)s: %(count)d changes were sent, and there is something to look at"),
        ngettext_lazy("%(count)d sent, to be looked at", "%(count)d sent, to be looked at", "count"),
        gettext_lazy("Sent to %(vendor)s. There is something to look at, which the error log names."),
        _LOG_TO_LOOK,
    ),
    Became.REMAINS: Words(
        gettext_lazy("%(connection)s: something of %(person)s remains at %(vendor)s"),
        gettext_lazy("%(connection)s: something remains at %(vendor)s in %(count)d cases"),
        ngettext_lazy("%(count)d with something that remains", "%(count)d with something that remains", "count"),
        gettext_lazy("Something remains at %(vendor)s that the hub does not change. A person has to look at it there."),
        _LOG_TO_LOOK,
    ),
    Became.UNKNOWN: Words(
        gettext_lazy("%(connection)s: not known yet whether %(person)s was sent"),
        gettext_lazy("%(connection)s: not known yet whether %(count)d changes were sent"),
        ngettext_lazy("%(count)d not known yet", "%(count)d not known yet", "count"),
        gettext_lazy(
            "It is not known whether %(vendor)s did what it was sent. The hub keeps what was entered; nothing is sent"
            " a second time before that is known, unless you press “Try again”."
        ),
        gettext_lazy("The error log says what is known, and what to look at."),
    ),
}

# To whomever an absence concerns: they may not open the error log.
CONCERNED_STEPS: Final[Mapping[str, Any]] = {
    Became.NOT_SENT: gettext_lazy(
        "Correct the absence if something is wrong with it; HR sees it in the error log, too."
    ),
}


def kind_of(problem: Problem) -> str:
    return became_of(problem) if problem.left_id or problem.right_id else NOTHING_GOES


def subject_of(counts: Mapping[str, int], names: Mapping[str, Any]) -> str:
    """Return the subject of problems by their kinds; ``names["person"]`` is the one, where it is only one."""
    total = sum(counts.values())
    kinds = [kind for kind in WORDS if counts.get(kind)]
    if len(kinds) == 1:
        words = WORDS[kinds[0]]
        return str((words.one if total == 1 else words.many) % {**names, "count": total})
    parts = ", ".join(str(WORDS[kind].part % {"count": counts[kind]}) for kind in kinds)
    return _("%(connection)s: %(count)d to look at: %(parts)s") % {**names, "count": total, "parts": parts}


def next_step_of(kinds: list[str], *, concerned: bool) -> str:
    if concerned:
        other = _("You need not do anything: HR sees it in the error log.")
        return str(CONCERNED_STEPS[Became.NOT_SENT]) if Became.NOT_SENT in kinds else other
    steps = {str(WORDS[kind].next_step) for kind in kinds}
    if len(steps) == 1:
        return steps.pop()
    return _("The error log says of each what happened and what to do, and lets you try again or dismiss it.")
