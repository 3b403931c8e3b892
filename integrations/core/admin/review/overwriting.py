"""Asks before a choice for many undoes what somebody else decided (G-21)."""

from collections.abc import Collection
from typing import Any, Final

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from employees.shown import posted_fingerprint
from integrations.core.admin.review.opened import Review
from integrations.core.runs.beside import OnOthers, WouldOverwrite

# The answer's name in the form, and what it may be.
OTHERS: Final = "others"
KEEP: Final = "keep"
OVERWRITE: Final = "overwrite"


def said_of_others(review: Review) -> OnOthers:
    answer = review.request.POST.get(OTHERS, "")
    made_from = posted_fingerprint(review.request) if answer == OVERWRITE else ""
    return OnOthers(keep=answer == KEEP, made_from=made_from)


def ask_first(
    review: Review, found: WouldOverwrite, *, current: str, choice: Any, names: Collection[str]
) -> HttpResponseBase:
    """Show whose decisions ``choice`` would undo; ``names`` are the inputs of the form that say what was chosen."""
    posted = review.request.POST
    return review.page(
        "overwriting",
        title=_("Overwrite what others decided?"),
        current=current,
        context={
            "found": found,
            "made_from": found.made_from,
            "choice": choice,
            "kept": [(name, value) for name in names for value in posted.getlist(name)],
            "back_url": review.here,
        },
    )
