"""The conflicts: everybody who differs, a field at a time, and the choices as they are made (G-04)."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponseBase, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from employees.parameters import storable, whole
from integrations.core.admin.review.conflict_rows import conflict_rows
from integrations.core.admin.review.filtering import CHANGES, DECIDED, ConflictFilter
from integrations.core.admin.review.opened import Review
from integrations.core.models import SyncField, SyncRow
from integrations.core.runs.deciding import RunRefused
from integrations.core.runs.reviewing import (
    SUGGESTED,
    DecidedByAnother,
    decide_person,
    decide_selection,
    open_conflicts,
    open_fields,
)

PER_PAGE: Final = 50
FOR_MANY: Final = {
    SyncField.Decision.LEFT.value: gettext_lazy("Hub for all"),
    SyncField.Decision.RIGHT.value: gettext_lazy("%(vendor)s for all"),
    SyncField.Decision.LEAVE.value: gettext_lazy("Leave all"),
    SUGGESTED: gettext_lazy("Suggested for all"),
    SyncField.Decision.OPEN.value: gettext_lazy("Undecided again"),
}


def conflicts_view(review: Review) -> HttpResponseBase:
    wanted = ConflictFilter.from_query(review.request.GET)
    if review.request.method == "POST":
        return _decide(review, wanted)
    # Everybody has been counted already; a search is counted for itself.
    everybody = None if wanted.asks else review.progress.people
    page = page_of(wanted.rows(review.run), review.request.GET, count=everybody)
    rows = conflict_rows(list(page.object_list), wanted=wanted, shown=review.shown, vendor=review.vendor)
    return review.page(
        "conflicts",
        title=_("Conflicts"),
        current="conflicts",
        context={
            "filter": wanted,
            "fields": list(review.shown.fields.values()),
            "changes": CHANGES,
            "decided_choices": DECIDED,
            "people": rows,
            "page": page,
            "progress": review.progress,
            "for_many": {name: str(label) % {"vendor": review.vendor} for name, label in FOR_MANY.items()},
            "for_person": _for_person(review),
        },
    )


def _for_person(review: Review) -> dict[str, Any]:
    """Return the choices for all fields of one person."""
    return {
        SyncField.Decision.LEFT.value: _("Hub"),
        SyncField.Decision.RIGHT.value: review.vendor,
        SyncField.Decision.LEAVE.value: _("Leave both"),
        SUGGESTED: _("Suggested"),
    }


class KnownCount(Paginator[Any]):
    """A paginator of a list whose length is known."""

    count: int = 0


def page_of(
    queryset: QuerySet[Any], query: QueryDict, *, per_page: int = PER_PAGE, count: int | None = None
) -> Page[Any]:
    """Return the page that the address asks for; ``count`` spares a query where the length is known."""
    if count is None:
        return Paginator(queryset, per_page).get_page(query.get("page"))
    paginator = KnownCount(queryset, per_page)
    paginator.count = count
    return paginator.get_page(query.get("page"))


def _decide(review: Review, wanted: ConflictFilter) -> HttpResponseBase:
    posted = review.request.POST
    if only := whole(posted.get("only", "")):
        return _decide_by_script(review, wanted, only)
    saved = _save_page(review, posted)
    if posted.get("person"):
        row_id, _colon, decision = posted["person"].partition(":")
        fields = _fields_of(review, wanted, [whole(row_id)])
        _tell_chosen(review, fields, decision)
        return _back(review, anchor=f"#person-{whole(row_id)}")
    if posted.get("many"):
        fields = wanted.fields(review.run)
        if posted.get("scope") == "ticked":
            fields = fields.filter(row__in=[whole(ticked) for ticked in posted.getlist("ticked")])
        if posted.get("only_field"):
            fields = fields.filter(field=storable(posted["only_field"]))
        _tell_chosen(review, fields, posted["many"])
    elif saved:
        review.say(ngettext("%(count)d choice saved.", "%(count)d choices saved.", saved) % {"count": saved})
    return _back(review)


def _decide_by_script(review: Review, wanted: ConflictFilter, row_id: int) -> HttpResponseBase:
    """Save one person's choices as they are made; answer with the person as it stands now."""
    row = review.row(row_id, SyncRow.Kind.DIFFERS)
    posted, said, refused = review.request.POST, _("Saved."), False
    try:
        if posted.get("choice"):
            fields = _fields_of(review, wanted, [row_id])
            said = _chosen_text(review, fields, posted["choice"])
        else:
            decide_person(row=row, decisions=_decisions(posted, row), version=_version(posted, row), by=review.by)
    except RunRefused as error:
        said, refused = str(error), True
    rows = list(open_conflicts(review.run).filter(pk=row_id))
    (person,) = conflict_rows(rows, wanted=wanted, shown=review.shown, vendor=review.vendor)
    context = {"person": person, "said": said, "refused": refused, "progress": review.progress}
    return review.part("conflict_saved", {**context, "for_person": _for_person(review)})


def _fields_of(review: Review, wanted: ConflictFilter, row_ids: Iterable[int]) -> QuerySet[SyncField]:
    return open_fields(review.run).filter(wanted.shows, row__in=list(row_ids))


def _save_page(review: Review, posted: QueryDict) -> int:
    """Save every choice of a form sent whole; whoever somebody else decided on meanwhile is told by name."""
    ids = [whole(row_id) for row_id in posted.getlist("shown")]
    rows = open_conflicts(review.run).filter(pk__in=ids).prefetch_related("fields")
    saved = 0
    for row in rows:
        row.run = review.run
        try:
            changed = decide_person(
                row=row, decisions=_decisions(posted, row), version=_version(posted, row), by=review.by
            )
            saved += len(changed)
        except DecidedByAnother as error:
            review.say(str(error), level=messages.WARNING)
        except RunRefused as error:
            review.say(f"{row.shown}: {error}", level=messages.ERROR)
    return saved


def _decisions(posted: QueryDict, row: SyncRow) -> dict[int, str]:
    sent = {field.pk: posted.get(f"field-{field.pk}", "") for field in row.fields.all()}
    return {pk: decision for pk, decision in sent.items() if decision in SyncField.Decision.values}


def _version(posted: QueryDict, row: SyncRow) -> int:
    return whole(posted.get(f"version-{row.pk}", ""))


def _tell_chosen(review: Review, fields: QuerySet[SyncField], decision: str) -> None:
    review.say(_chosen_text(review, fields, decision))


def _chosen_text(review: Review, fields: QuerySet[SyncField], decision: str) -> str:
    """Decide them, and return what to tell: how many, and how many stay as they are, and why."""
    if decision not in FOR_MANY:
        raise RunRefused(_("Choose what to do with them."))
    chosen = decide_selection(run=review.run, fields=fields, decision=decision, by=review.by)
    decided = ngettext("%(count)d field decided.", "%(count)d fields decided.", chosen.decided)
    texts = [decided % {"count": chosen.decided}]
    texts += [
        ngettext("%(count)d stays as it was: %(reason)s", "%(count)d stay as they were: %(reason)s", count)
        % {"count": count, "reason": reason}
        for reason, count in chosen.kept
    ]
    return " ".join(texts)


def _back(review: Review, *, anchor: str = "") -> HttpResponseBase:
    query = review.request.GET.urlencode()
    answer = review.back_to("conflicts", query=query)
    if anchor:
        answer["Location"] += anchor
    return answer
