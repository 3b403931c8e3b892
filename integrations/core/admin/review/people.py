"""Enough of people on both sides to tell them apart, in a number of queries that does not depend on theirs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import CharField, F, Q, QuerySet, Value, prefetch_related_objects
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext as _

from employees.access.reading import somebody
from employees.labels import has_left
from employees.models import Employee
from employees.parameters import whole, wholes
from employees.shown import (
    Happened,
    fingerprint,
    happened_since,
    posted_fingerprint,
    posted_time,
    stale_text,
)
from integrations.core.admin.declared import Shown, record_url
from integrations.core.admin.names import named, of_people_named, user_name
from integrations.core.admin.review.opened import Review
from integrations.core.compare import LIKE
from integrations.core.hub.labels import hidden_ids, label_row, label_rows
from integrations.core.linking import UNMATCHED
from integrations.core.models import SyncRow
from integrations.core.runs.beside import matched_since
from integrations.core.runs.deciding import RunRefused
from integrations.core.runs.reviewing import CREATABLE, open_rows

# Values of a person at the vendor that tell people apart; the page of one person shows them all.
TELLING: Final = 3
CANDIDATES: Final = 20


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One side's person: the name, what tells this person from others, and where to find more."""

    name: str
    lines: tuple[tuple[Any, str], ...]
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A row with what is known of its person on each side, None where nobody stands.

    ``told`` is what to look at before the person is created.
    """

    row: SyncRow
    left: Facts | None
    right: Facts | None
    match_url: str
    creation_url: str
    told: Sequence[str] = ()
    # Why nothing is written of the person as things stand.
    left_out: str = ""

    @property
    def decided_by(self) -> str:
        return user_name(self.row.decided_by)

    @property
    def can_be_created(self) -> bool:
        return self.row.kind in CREATABLE and not self.row.hold_reason

    @property
    def ticked(self) -> bool:
        return self.can_be_created and self.row.decision == SyncRow.Decision.CREATE

    @property
    def here(self) -> Facts | None:
        """What is known of somebody who stands on one side only."""
        return self.left or self.right


def known_people(
    review: Review,
    rows: Sequence[SyncRow],
    *,
    told: Mapping[int, Sequence[str]] | None = None,
    left_out: Mapping[int, str] | None = None,
) -> list[Known]:
    label_rows(rows, resource=review.run.resource)
    prefetch_related_objects(rows, "decided_by")
    hub = _hub_facts(review, [row.left_id for row in rows if row.left_id])
    shown = review.shown
    return [
        Known(
            row=row,
            left=hub.get(row.left_id, Facts(name=row.label, lines=())) if row.left_id else None,
            right=_vendor_facts(review, row, shown, hub.get(row.left_id)) if row.right_id else None,
            match_url=review.url("match", row.pk),
            creation_url=review.url("creation", row.pk),
            told=(told or {}).get(row.pk, ()),
            left_out=(left_out or {}).get(row.pk, ""),
        )
        for row in rows
    ]


def _hub_facts(review: Review, left_ids: Sequence[str]) -> Mapping[str, Facts]:
    people = Employee.objects.filter(pk__in=wholes(left_ids), company=review.run.connection.company).select_related(
        "department"
    )
    may_open = review.request.user.has_perm("employees.view_employee")
    hidden = hidden_ids(left_ids)
    return {
        str(person.pk): Facts(name=somebody(), lines=()) if str(person.pk) in hidden else _hub_person(person, may_open)
        for person in people
    }


def _hub_person(person: Employee, may_open: bool) -> Facts:
    born = str(person.birth_date.year) if person.birth_date else ""
    lines = (
        (_("E-mail"), person.work_email),
        (_("Employment ID"), person.employment_id),
        (_("Born in"), born),
        (_("Department"), str(person.department) if person.department else ""),
        (_("Last workday"), localize(person.last_workday) if has_left(person) else ""),
    )
    return Facts(
        name=person.full_name,
        lines=tuple((label, value) for label, value in lines if value),
        url=reverse("admin:employees_employee_change", args=[person.pk]) if may_open else "",
    )


def _vendor_facts(review: Review, row: SyncRow, shown: Shown, here: Facts | None) -> Facts:
    values: Mapping[str, Any] = row.options.get("values", {})
    told = [(shown.label(name), shown.value(name, value)) for name, value in values.items() if value]
    named_apart = [line for line in told if line[1] and line[1] not in row.label]
    if here is not None and here.name == somebody():
        named_apart = []
    return Facts(
        # Where a row holds both, its label is the hub's.
        name=here.name if here is not None else row.label,
        lines=((_("Number there"), row.right_id), *named_apart[:TELLING]),
        url=record_url(connection=review.run.connection, resource=review.run.resource, right_id=row.right_id),
    )


def candidates_of(review: Review, row: SyncRow) -> QuerySet[SyncRow]:
    """Return whom of the other side the row's person may be said to be: those who are matched with nobody."""
    unmatched = open_rows(review.run).filter(kind__in=UNMATCHED)
    if row.left_id and row.right_id:
        return unmatched.filter(pk=row.pk)
    other_side = Q(left_id="") if row.left_id else Q(right_id="")
    return unmatched.filter(other_side)


def likely(candidates: QuerySet[SyncRow], *, text: str) -> QuerySet[SyncRow]:
    """Return those whose names stand in the reason why somebody is asked about."""
    told = candidates.exclude(label="").annotate(told=Value(text, output_field=CharField()))
    return told.filter(told__contains=F("label")).order_by("pk")


def alike(candidates: QuerySet[SyncRow], *, row: SyncRow) -> QuerySet[SyncRow]:
    """Return those whom somebody may be: by the signs that they share (`compare.likeness`), else by the reason."""
    side = "right_id__in" if row.left_id else "left_id__in"
    found = candidates.filter(**{side: row.options.get(LIKE, [])}).order_by("pk")
    return found if found.exists() else likely(candidates, text=f"{row.reason.verbatim} {row.hold_reason.verbatim}")


def searched(candidates: QuerySet[SyncRow], *, row: SyncRow, term: str) -> QuerySet[SyncRow]:
    """Return those whom a name, an e-mail of the hub or the vendor's number finds."""
    if row.left_id:
        found = named(candidates, term) | candidates.filter(right_id=term)
    else:
        found = named(candidates, term) | of_people_named(candidates, path="left_id", term=term)
    return found.order_by("label", "pk")


def made_from(people: Iterable[Known], *more: object) -> str:
    """Return the fingerprint of what a page shows of these people and was decided about them, and of ``more``."""
    return fingerprint([_shown_of(known) for known in people], *more)


def _shown_of(known: Known) -> list[Any]:
    row = known.row
    asked = [row.pk, row.version, row.kind, row.decision, row.reason.verbatim, row.hold_reason.verbatim]
    facts = [
        [side.name, [[str(label), str(value)] for label, value in side.lines]] if side else None
        for side in (known.left, known.right)
    ]
    return [asked, facts]


def posted_candidates(review: Review) -> list[SyncRow]:
    """Return those of the candidates that the page showed of whom it is still asked who they are."""
    ids = {whole(text) for text in review.request.POST.getlist("candidate")}
    return list(open_rows(review.run).filter(pk__in=ids, kind__in=UNMATCHED).order_by("pk"))


def refuse_stale(review: Review, rows: Sequence[SyncRow], *more: object) -> None:
    """Raise RunRefused, with what changed and by whom, where these people are not as the page showed them."""
    if posted_fingerprint(review.request) == made_from(known_people(review, rows), *more):
        return
    since = posted_time(review.request)
    decided = [
        Happened(user_name(row.decided_by), _("decided on %(name)s") % {"name": label_row(row)}, row.decided_at)
        for row in rows
        if row.decided_by and row.decided_at and since and row.decided_at >= since
    ]
    people = [int(row.left_id) for row in rows if row.left_id]
    changed = happened_since(since, people=people)
    raise RunRefused(stale_text([*decided, *matched_since(review.run, since), *changed]))
