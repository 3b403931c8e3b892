"""People about whom nothing is certain: shared values, unclear matches, unreadable, gone, missing ones (G-10, G-16)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from employees.foreign_text import joined
from employees.parameters import term
from integrations.core.admin.names import named, said_of_moved
from integrations.core.admin.review.conflicts import page_of
from integrations.core.admin.review.matching import match_rows
from integrations.core.admin.review.opened import UNCLEAR, Review, compare_anew
from integrations.core.admin.review.people import (
    Facts,
    Known,
    known_people,
    likely,
    made_from,
    posted_candidates,
    refuse_stale,
)
from integrations.core.linking import UNMATCHED, disconnect_person, let_go
from integrations.core.models import Link, SyncRow
from integrations.core.runs.deciding import RunRefused, decide_row, locked_review
from integrations.core.runs.reviewing import open_rows

PER_PAGE: Final = 25
KINDS: Final[Mapping[str, Any]] = {
    SyncRow.Kind.DUPLICATE.value: gettext_lazy("Shared values"),
    SyncRow.Kind.AMBIGUOUS.value: gettext_lazy("Unclear matches"),
    SyncRow.Kind.UNREADABLE.value: gettext_lazy("Cannot be read there"),
    SyncRow.Kind.GONE.value: gettext_lazy("Gone on one side"),
    SyncRow.Kind.NOT_LISTED.value: gettext_lazy("Missing from the list"),
}
SAME: Final = "same"
# Nobody is matched or linked by an answer to these.
TOLD: Final = (SyncRow.Kind.GONE, SyncRow.Kind.UNREADABLE, SyncRow.Kind.NOT_LISTED)


@dataclass(frozen=True, kw_only=True)
class Question:
    """One row's person, and the people on the other side whose names stand in the reason.

    ``moved`` says to which company somebody moved who is gone from this one.
    """

    known: Known
    candidates: tuple[Known, ...]
    moved: str = ""

    @property
    def row(self) -> SyncRow:
        return self.known.row

    @property
    def left(self) -> Facts | None:
        return self.known.left

    @property
    def right(self) -> Facts | None:
        return self.known.right

    @property
    def match_url(self) -> str:
        return self.known.match_url

    @property
    def made_from(self) -> str:
        return made_from([self.known, *self.candidates])

    @property
    def is_told(self) -> bool:
        """Whether there is nothing to say who this is."""
        return self.row.kind in TOLD

    @property
    def both(self) -> bool:
        return self.left is not None and self.right is not None

    @property
    def left_alone(self) -> bool:
        return self.row.decision == SyncRow.Decision.SKIP


def unclear_view(review: Review) -> HttpResponseBase:
    if review.request.method == "POST":
        return _answer(review)
    query = review.request.GET
    kind, name = query.get("kind", ""), term(query.get("name"))
    rows = named(open_rows(review.run).filter(kind__in=(kind,) if kind in KINDS else UNCLEAR), name)
    page = page_of(rows.select_related("link").order_by("kind", "pk"), query, per_page=PER_PAGE)
    return review.page(
        "unclear",
        title=_("Unclear people"),
        current="unclear",
        context={
            "questions": _questions(review, list(page.object_list)),
            "page": page,
            "kinds": KINDS,
            "kind": kind,
            "name": name,
        },
    )


def _questions(review: Review, rows: Sequence[SyncRow]) -> list[Question]:
    asked = {row.pk: row for row in rows if not (row.left_id and row.right_id) and row.kind not in TOLD}
    reasons = joined(row.reason for row in asked.values()).verbatim
    others: QuerySet[SyncRow] = open_rows(review.run).filter(kind__in=UNMATCHED)
    candidates = list(likely(others, text=reasons)[: PER_PAGE * 4]) if reasons else []
    known = {each.row.pk: each for each in known_people(review, [*rows, *candidates])}
    gone = [_left_id(row) for row in rows if row.kind == SyncRow.Kind.GONE]
    moved = said_of_moved(review.request, gone, company_id=review.run.connection.company_id)
    return [
        Question(
            known=known[row.pk],
            moved=moved.get(_left_id(row), ""),
            candidates=tuple(known[other.pk] for other in candidates if row.pk in asked and _may_be(row, other)),
        )
        for row in rows
    ]


def _left_id(row: SyncRow) -> str:
    """Return whom of the hub a row is about, also where the hub lacks the person."""
    return row.left_id or (row.link.left_id if row.link is not None else "")


def _may_be(row: SyncRow, other: SyncRow) -> bool:
    across = not other.left_id if row.left_id else not other.right_id
    return across and other.label in row.reason


def _answer(review: Review) -> HttpResponseBase:
    posted = review.request.POST
    if posted.get("compare"):
        return compare_anew(review, include_ended=bool(review.run.options.get("include_ended")))
    row = review.posted_row(posted.get("row", ""), *UNCLEAR)
    if posted.get("answer") == SAME:
        # Asks the vendor, so outside a transaction: whether both are as they were shown is looked at again at its end.
        refuse_stale(review, [row, *posted_candidates(review)])
        match_rows(review, row, review.posted_row(posted.get("other", ""), *UNMATCHED))
    else:
        answer = ANSWERS.get(posted.get("answer", ""))
        if answer is None:
            raise RunRefused(_("Choose what to do with %(name)s.") % {"name": row.shown})
        with locked_review(review.run):
            row = review.posted_row(posted.get("row", ""), *UNCLEAR)
            refuse_stale(review, [row, *posted_candidates(review)])
            answer(review, row)
    return review.back_to("unclear", query=review.request.GET.urlencode())


def _disconnect(review: Review, row: SyncRow) -> None:
    link: Link | None = row.link
    if row.kind != SyncRow.Kind.GONE or link is None or not disconnect_person(link=link, by=review.by):
        raise RunRefused(_("%(name)s is not linked to anybody.") % {"name": row.shown})
    review.say(_("%(name)s is disconnected: nothing is compared or sent until somebody connects again.") % _name(row))


def _let_go(review: Review, row: SyncRow) -> None:
    let_go(row=row, by=review.by)
    review.say(_("The link of %(name)s is forgotten: the next comparison offers to create the person.") % _name(row))


def _leave(review: Review, row: SyncRow) -> None:
    decide_row(row=row, decision=SyncRow.Decision.SKIP, by=review.by)
    review.say(_("%(name)s stays as it is for now.") % _name(row))


def _take_up(review: Review, row: SyncRow) -> None:
    decide_row(row=row, decision=SyncRow.Decision.OPEN, by=review.by)


def _name(row: SyncRow) -> dict[str, str]:
    return {"name": row.shown}


ANSWERS: Final[Mapping[str, Callable[[Review, SyncRow], None]]] = {
    "disconnect": _disconnect,
    "let_go": _let_go,
    "leave": _leave,
    "take_up": _take_up,
}
