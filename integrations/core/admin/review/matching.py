"""“This is …”: saying by hand that two people are one, with a search among those unmatched (G-05, G-10)."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from employees.parameters import term
from integrations.core.admin.review.opened import MISSING, Review
from integrations.core.admin.review.people import (
    CANDIDATES,
    alike,
    candidates_of,
    known_people,
    made_from,
    posted_candidates,
    refuse_stale,
    searched,
)
from integrations.core.linking import UNMATCHED, match_by_hand
from integrations.core.models import SyncRow
from integrations.core.runs.deciding import RunRefused


def match_view(review: Review, row_id: int) -> HttpResponseBase:
    if review.request.method == "POST":
        return _match(review, row_id)
    row = review.row(row_id, *UNMATCHED)
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
    shown = known_people(review, rows[:CANDIDATES])
    return review.page(
        "match",
        title=_("Who is %(name)s?") % {"name": row.shown},
        current=page_with(row),
        context={
            "person": person,
            "candidates": shown,
            "made_from": made_from([person, *sorted(shown, key=lambda each: each.row.pk)]),
            "more": len(rows) > CANDIDATES,
            "term": wanted,
            "back_url": review.url(page_with(row)),
        },
    )


def _match(review: Review, row_id: int) -> HttpResponseBase:
    try:
        row = review.posted_row(str(row_id), *UNMATCHED)
    except RunRefused as refused:
        # The page of somebody who is matched is none.
        review.say(str(refused), level=messages.ERROR)
        return review.back_to("missing")
    refuse_stale(review, [row, *posted_candidates(review)])
    match_rows(review, row, review.posted_row(review.request.POST.get("other", ""), *UNMATCHED))
    return review.back_to(page_with(row))


def page_with(row: SyncRow) -> str:
    return "missing" if row.kind in MISSING else "unclear"


def match_rows(review: Review, row: SyncRow, other: SyncRow) -> None:
    """Say that the people of two rows are one, and tell what is next; raises RunRefused."""
    matched = match_by_hand(
        run=review.run,
        left_id=row.left_id or other.left_id,
        right_id=row.right_id or other.right_id,
        versions={each.pk: each.version for each in (row, other)},
        by=review.by,
    )
    if matched is None:
        review.say(_("%(name)s is one person in both systems now. Nothing differs.") % {"name": row.shown})
    else:
        text = _("%(name)s is one person in both systems now. What differs stands among the conflicts.")
        review.say(text % {"name": row.shown}, level=messages.SUCCESS)
