"""Whom a confirmation leaves out, though somebody decided on them: by name, with why (G-21)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from integrations.core.admin.names import said_of_moved
from integrations.core.admin.review.opened import Review
from integrations.core.hub.labels import label_rows
from integrations.core.models import SyncRow
from integrations.core.runs.standing import Standing

NAMES: Final = 25


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """``lines`` are the first of ``people``."""

    people: int
    lines: tuple[str, ...]

    @property
    def more(self) -> int:
        return self.people - len(self.lines)


def left_out_of(review: Review, standing: Standing) -> LeftOut:
    pks = list(standing.left_out)
    rows = list(SyncRow.objects.filter(pk__in=pks).order_by("label", "pk")[:NAMES]) if pks else []
    label_rows(rows, resource=review.run.resource)
    reasons = told_reasons(review, {row.pk: standing.left_out[row.pk] for row in rows}, rows)
    return LeftOut(people=len(pks), lines=tuple(f"{row.shown}: {reasons[row.pk]}" for row in rows))


def told_reasons(review: Review, reasons: Mapping[int, str], rows: list[SyncRow]) -> dict[int, str]:
    """Return the reasons as whoever reads the page may know them: the company that somebody moved to by its name."""
    moved = said_of_moved(
        review.request,
        [row.left_id for row in rows if row.pk in reasons],
        company_id=review.run.connection.company_id,
    )
    return {row.pk: moved.get(row.left_id, reasons[row.pk]) for row in rows if row.pk in reasons}


def standing_reasons(review: Review, rows: list[SyncRow]) -> dict[int, str]:
    """Return why nothing is written of people of a page, whatever is decided about them."""
    found = SyncRow.objects.filter(run=review.run, pk__in=[row.pk for row in rows])
    return told_reasons(review, Standing(review.run).of_rows(found), rows)
