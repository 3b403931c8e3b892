"""What each outcome is called, what it means, and what to do next; for HR admins.

The texts take the name ``vendor``.
"""

from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from integrations.core.models import SyncRow
from integrations.core.report.outcomes import Outcome


class Words(NamedTuple):
    label: Any
    meaning: Any = ""
    next_step: Any = ""


WORDS: Final[dict[Outcome, Words]] = {
    Outcome.REFUSED: Words(
        _("Refused"),
        _("What was refused was not written: each side keeps its own value."),
        _("Correct what the reason names, in the hub or in %(vendor)s, then synchronise again."),
    ),
    Outcome.NOT_KEPT: Words(
        _("Sent, but not kept as sent"),
        _("%(vendor)s answered that it was done, and holds something else: the reason names the fields."),
        _("Look at the person in %(vendor)s, then synchronise again: both values are shown."),
    ),
    Outcome.UNKNOWN: Words(
        _("Outcome not known yet"),
        _("%(vendor)s has not said what became of the change, so it is not certain whether it arrived."),
        _("Synchronise again in a few minutes: what arrived is found, and nothing is created twice."),
    ),
    Outcome.MOVED: Words(
        _("Changed meanwhile, not written"),
        _("Somebody changed these people between the review and the writing."),
        _("Synchronise again to see the values as they are now, and decide on them."),
    ),
    Outcome.DUPLICATE: Words(
        _("Held: a value that must be unique is shared"),
        _("Two people share an e-mail, a phone or an employment ID, so it is not certain who is who."),
        _("Give each person a value of their own, then synchronise again."),
    ),
    Outcome.AMBIGUOUS: Words(
        _("Held: not clear who is who"),
        _("These people match nobody for certain. They are never guessed."),
        _("Say who is who in the next review, or correct the values that they share, then synchronise again."),
    ),
    Outcome.HELD: Words(
        _("Held, not written"),
        "",
        _("Synchronise again: what still differs is shown anew."),
    ),
    Outcome.MAYBE_SAME: Words(
        _("Not created: may be somebody on the other side"),
        "",
        _("Say in the next review whether this is the same person, then synchronise again."),
    ),
    Outcome.UNREADABLE: Words(
        _("Left out: cannot be read in %(vendor)s"),
        _("Something of their record in %(vendor)s is not as it should be. Nothing is taken over or written."),
        _("Correct in %(vendor)s what the reason names, then synchronise again."),
    ),
    Outcome.NOT_LISTED: Words(
        _("Missing from the list of %(vendor)s"),
        _(
            "They are linked, and many are missing at once: nobody is taken for gone before %(vendor)s was asked by"
            " name."
        ),
        _("Synchronise again, and press “Ask for all by name” in the review if they are missing still."),
    ),
    Outcome.GONE: Words(_("Gone from one side"), _("Nothing is deleted on the other side.")),
    Outcome.CANNOT_SEND: Words(_("Cannot be created on the other side")),
    Outcome.UNDECIDED: Words(
        _("Undecided, left as they are"),
        _("The two sides hold different values, and nobody has chosen one."),
        _("Choose a side for each field in the next review."),
    ),
    Outcome.ONLY_LEFT: Words(
        _("Only in the hub, not created in %(vendor)s"),
        "",
        _("To create them in %(vendor)s, choose them in the next review."),
    ),
    Outcome.ONLY_RIGHT: Words(
        _("Only in %(vendor)s, not created in the hub"),
        "",
        _("To create them in the hub, choose them in the next review."),
    ),
    Outcome.TO_BE_WRITTEN: Words(_("Approved, not written yet")),
    Outcome.SKIPPED: Words(
        _("Left as they are"),
        "",
        _("If you change your mind, synchronise again."),
    ),
    Outcome.CREATED_RIGHT: Words(_("Created in %(vendor)s")),
    Outcome.CREATED_LEFT: Words(_("Created in the hub")),
    Outcome.UPDATED_RIGHT: Words(_("Updated in %(vendor)s")),
    Outcome.UPDATED_LEFT: Words(_("Updated in the hub")),
    Outcome.UPDATED_BOTH: Words(_("Updated on both sides")),
    Outcome.OTHER: Words(
        _("Ended otherwise"), _("This should not happen."), _("Open the synchronisation, and tell the operator.")
    ),
}

# Where the next step depends on what kind of row ended so.
NEXT_STEPS: Final[dict[tuple[Outcome, str], Any]] = {
    (Outcome.REFUSED, SyncRow.Kind.ONLY_RIGHT): _("Correct the person in %(vendor)s, then synchronise again."),
    (Outcome.REFUSED, SyncRow.Kind.ONLY_LEFT): _("Correct the person in the hub, then synchronise again."),
    (Outcome.GONE, "left"): _("Disconnect the person, or create them in %(vendor)s anew."),
    (Outcome.GONE, "right"): _("Disconnect the person; remove them in %(vendor)s yourself if they should go."),
    (Outcome.CANNOT_SEND, "left"): _("Correct the person in the hub, then synchronise again."),
    (Outcome.CANNOT_SEND, "right"): _("Correct the person in %(vendor)s, then synchronise again."),
}

# The comparison's reasons, and what each means to a reader.
LEFT_OUT: Final[dict[str, Any]] = {
    "out_of_scope": _("Not among the people whom this connection serves"),
    "ended": _("Employment has ended; never synchronised"),
    "disconnected": _("Disconnected one by one"),
    "unchanged": _("Not looked at again, because nothing changed in %(vendor)s since the comparison before"),
    "incomplete": _("Not looked at, because the list from %(vendor)s was not complete"),
    "gone": _("Deleted while the two sides were compared"),
}
