"""What a confirmation writes, person by person: before and after, on each side, a page of each at a time (G-21)."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.core.paginator import Page
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from employees.masking import HIDDEN_WHOLE
from integrations.core.admin.review.conflicts import page_of
from integrations.core.admin.review.creating import settings_of_new
from integrations.core.admin.review.new_people import NewValue, values_of_new
from integrations.core.admin.review.opened import Review
from integrations.core.admin.review.people import Known, known_people
from integrations.core.declare import NOTHING
from integrations.core.hub.labels import hidden_ids
from integrations.core.models import SyncField, SyncRow
from integrations.core.runs.confirmation import rows_to_write
from integrations.core.runs.deciders import decided_by
from integrations.core.runs.standing import Standing
from integrations.core.runs.summing_up import Summary

PER_PAGE: Final = 25
Kind = SyncRow.Kind
LEFT, RIGHT = SyncField.Decision.LEFT, SyncField.Decision.RIGHT


@dataclass(frozen=True, kw_only=True)
class WrittenField:
    """``remains`` is what stays at the vendor though the hub's value is taken."""

    label: Any
    before: str
    after: str
    decided_by: str
    remains: str = ""


@dataclass(frozen=True, kw_only=True)
class WrittenPerson:
    """Somebody whose fields are written, or who is created with ``values``; ``settings`` are (label, value)."""

    known: Known
    fields: Sequence[WrittenField] = ()
    values: Sequence[NewValue] = ()
    settings: Sequence[tuple[Any, str]] = ()
    decided_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Side:
    """A list of the page: ``name`` is its anchor, and in the address the number of its page.

    ``carried`` goes on to the list's other pages.
    """

    name: str
    title: Any
    creates: bool
    people: Sequence[WrittenPerson]
    page: Page[SyncRow]
    query: QueryDict
    carried: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def previous_url(self) -> str:
        return self._url(self.page.previous_page_number()) if self.page.has_previous() else ""

    @property
    def next_url(self) -> str:
        return self._url(self.page.next_page_number()) if self.page.has_next() else ""

    def _url(self, number: int) -> str:
        query = self.query.copy()
        query[self.name] = str(number)
        for name, value in self.carried.items():
            query[name] = value
        return f"?{query.urlencode()}#{self.name}"


def written_sides(review: Review, summary: Summary, standing: Standing, *, carried: Mapping[str, str]) -> list[Side]:
    """Return the lists that are not empty; the number of queries does not depend on that of people.

    ``carried`` goes on to the lists' other pages: what was seen on the first is part of what is confirmed on the last.
    """
    fields, written = SyncField.objects.exclude(pk__in=standing.overtaken), rows_to_write(standing)
    to_vendor, to_hub = fields.filter(decision=LEFT), fields.filter(decision=RIGHT)
    vendor = {"vendor": review.vendor}
    new_there, new_here = summary.create_right.people, summary.create_left.people
    sides = (
        _fields_side(
            review, written, "vendor", _("Written to %(vendor)s") % vendor, to_vendor, summary.to_right.people
        ),
        _fields_side(review, written, "hub", _("Written in the hub"), to_hub, summary.to_left.people),
        _new_side(review, written, "new_there", _("Created at %(vendor)s") % vendor, Kind.ONLY_LEFT, new_there),
        _new_side(review, written, "new_here", _("Created in the hub"), Kind.ONLY_RIGHT, new_here),
    )
    return [replace(side, carried=carried) for side in sides if side is not None]


def _fields_side(
    review: Review, written: QuerySet[SyncRow], name: str, title: str, decided: QuerySet[SyncField], people: int
) -> Side | None:
    if not people:
        return None
    rows = written.filter(Exists(decided.filter(row=OuterRef("pk"))), kind=Kind.DIFFERS).select_related("link")
    page = _page(review, rows, name, people)
    shown = list(page.object_list)
    fields = _written_fields(review, shown, decided, to_vendor=name == "vendor")
    people_shown = [WrittenPerson(known=known, fields=fields[known.row.pk]) for known in known_people(review, shown)]
    return Side(name=name, title=title, creates=False, people=people_shown, page=page, query=review.request.GET)


def _written_fields(
    review: Review, rows: Sequence[SyncRow], decided: QuerySet[SyncField], *, to_vendor: bool
) -> Mapping[int, Sequence[WrittenField]]:
    shown = review.shown
    found: dict[int, list[WrittenField]] = {row.pk: [] for row in rows}
    options = {row.pk: row.link.options if row.link else NOTHING for row in rows}
    fields = decided.filter(row__in=rows).select_related("decided_by").order_by("pk")
    hidden = hidden_ids(row.left_id for row in rows)
    closed = {row.pk for row in rows if row.left_id in hidden}
    for field in fields:
        left, right = (
            HIDDEN_WHOLE if field.row_id in closed else shown.value(field.field, value)
            for value in (field.left, field.right)
        )
        found[field.row_id].append(
            WrittenField(
                label=shown.label(field.field),
                before=right if to_vendor else left,
                after=left if to_vendor else right,
                decided_by=decided_by(field, review.run),
                remains=shown.remaining(field.field, field.left, options[field.row_id]) if to_vendor else "",
            )
        )
    return found


def _new_side(review: Review, written: QuerySet[SyncRow], name: str, title: str, kind: str, people: int) -> Side | None:
    if not people:
        return None
    rows = written.filter(kind=kind).select_related("decided_by")
    page = _page(review, rows, name, people)
    shown = list(page.object_list)
    values = values_of_new(review, shown)
    settings = settings_of_new(review, shown) if kind == Kind.ONLY_LEFT else {}
    people_shown = [
        WrittenPerson(
            known=known,
            values=values.get(known.row.pk, []),
            settings=settings.get(known.row.pk, []),
            decided_by=decided_by(known.row, review.run),
        )
        for known in known_people(review, shown)
    ]
    return Side(name=name, title=title, creates=True, people=people_shown, page=page, query=review.request.GET)


def _page(review: Review, rows: QuerySet[SyncRow], name: str, people: int) -> Page[SyncRow]:
    return page_of(rows.order_by("pk"), review.request.GET, per_page=PER_PAGE, count=people, parameter=name)
