"""“This is …”: saying by hand that two people are one, with a search among those unmatched (G-05, G-10)."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from employees.parameters import term, whole
from integrations.core.admin.review.opened import MISSING, Review
from integrations.core.admin.review.people import CANDIDATES, alike, candidates_of, known_people, searched
from integrations.core.linking import UNMATCHED, match_by_hand
from integrations.core.models import SyncRow


def match_view(review: Review, row_id: int) -> HttpResponseBase:
    row = review.row(row_id, *UNMATCHED)
    if review.request.method == "POST":
        other = review.row(whole(review.request.POST.get("other", "")), *UNMATCHED)
        match_rows(review, row, other)
        return review.back_to(page_with(row))
    wanted = term(review.request.GET.get("name"))
    candidates = candidates_of(review, row)
    if wanted:
        found = searched(candidates, row=row, term=wanted)
    elif row.left_id and row.right_id:
        found = candidates
    else:
        found = alike(candidates, row=row)
    rows = list(found[: CANDIDATES + 1])
    (person,) = known_people(review, [row])
    return review.page(
        "match",
        title=_("Who is %(name)s?") % {"name": row.shown},
        current=page_with(row),
        context={
            "person": person,
            "candidates": known_people(review, rows[:CANDIDATES]),
            "more": len(rows) > CANDIDATES,
            "term": wanted,
            "back_url": review.url(page_with(row)),
        },
    )


def page_with(row: SyncRow) -> str:
    return "missing" if row.kind in MISSING else "unclear"


def match_rows(review: Review, row: SyncRow, other: SyncRow) -> None:
    """Say that the people of two rows are one, and tell what is next; raises RunRefused."""
    matched = match_by_hand(
        run=review.run,
        left_id=row.left_id or other.left_id,
        right_id=row.right_id or other.right_id,
        by=review.by,
    )
    if matched is None:
        review.say(_("%(name)s is one person in both systems now. Nothing differs.") % {"name": row.shown})
    else:
        text = _("%(name)s is one person in both systems now. What differs stands among the conflicts.")
        review.say(text % {"name": row.shown}, level=messages.SUCCESS)
