"""The conflicts: everybody who differs, a field at a time, and the choices as they are made (G-04)."""

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
from integrations.core.admin.review.overwriting import ask_first, said_of_others
from integrations.core.models import SyncField, SyncRow
from integrations.core.runs.beside import WouldOverwrite
from integrations.core.runs.deciding import RunRefused
from integrations.core.runs.reviewing import (
    SUGGESTED,
    Chosen,
    DecidedByAnother,
    decide_person,
    decide_selection,
    decide_whole_person,
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
    rows = conflict_rows(list(page.object_list), wanted=wanted, review=review)
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
    queryset: QuerySet[Any],
    query: QueryDict,
    *,
    per_page: int = PER_PAGE,
    count: int | None = None,
    parameter: str = "page",
) -> Page[Any]:
    """Return the page that the address asks for; ``count`` spares a query where the length is known."""
    if count is None:
        return Paginator(queryset, per_page).get_page(query.get(parameter))
    paginator = KnownCount(queryset, per_page)
    paginator.count = count
    return paginator.get_page(query.get(parameter))


# What the form posts of a choice for many.
OF_MANY: Final = ("many", "scope", "only_field", "ticked")


def _decide(review: Review, wanted: ConflictFilter) -> HttpResponseBase:
    posted = review.request.POST
    if only := whole(posted.get("only", "")):
        return _decide_by_script(review, wanted, only)
    saved, not_saved = _save_page(review, posted)
    if posted.get("person"):
        review.say_not_saved(not_saved)
        row_id, _colon, decision = posted["person"].partition(":")
        row = review.posted_row(row_id, SyncRow.Kind.DIFFERS)
        review.say(_decide_whole(review, wanted, row, decision))
        return _back(review, anchor=f"#person-{row.pk}")
    if posted.get("many"):
        review.say_not_saved(not_saved)
        return _decide_many(review, wanted)
    review.say_saved(saved, not_saved)
    return _back(review)


def _decide_many(review: Review, wanted: ConflictFilter) -> HttpResponseBase:
    posted, fields = review.request.POST, wanted.fields(review.run)
    if posted.get("scope") == "ticked":
        fields = fields.filter(row__in=[whole(ticked) for ticked in posted.getlist("ticked")])
    if posted.get("only_field"):
        fields = fields.filter(field=storable(posted["only_field"]))
    decision = _checked(posted["many"])
    try:
        chosen = decide_selection(
            run=review.run, fields=fields, decision=decision, by=review.by, others=said_of_others(review)
        )
    except WouldOverwrite as found:
        label = str(FOR_MANY[decision]) % {"vendor": review.vendor}
        return ask_first(review, found, current="conflicts", choice=label, names=OF_MANY)
    review.say(_chosen_text(chosen))
    return _back(review)


def _decide_by_script(review: Review, wanted: ConflictFilter, row_id: int) -> HttpResponseBase:
    """Save one person's choices as they are made; answer with the person as it stands now."""
    row = review.posted_row(str(row_id), SyncRow.Kind.DIFFERS)
    posted, said, refused = review.request.POST, _("Saved."), False
    try:
        if posted.get("choice"):
            said = _decide_whole(review, wanted, row, posted["choice"])
        else:
            decide_person(row=row, decisions=_decisions(posted, row), version=_version(posted, row), by=review.by)
    except RunRefused as error:
        said, refused = str(error), True
    rows = list(open_conflicts(review.run).filter(pk=row_id))
    (person,) = conflict_rows(rows, wanted=wanted, review=review)
    context = {"person": person, "said": said, "refused": refused, "progress": review.progress}
    return review.part("conflict_saved", {**context, "for_person": _for_person(review)})


def _decide_whole(review: Review, wanted: ConflictFilter, row: SyncRow, decision: str) -> str:
    """Decide everything shown of one person; returns what to tell."""
    fields = open_fields(review.run).filter(wanted.shows, row=row)
    version = _version(review.request.POST, row)
    return _chosen_text(
        decide_whole_person(row=row, fields=fields, decision=_checked(decision), version=version, by=review.by)
    )


def _save_page(review: Review, posted: QueryDict) -> tuple[int, list[str]]:
    """Save every choice of a form sent whole; returns how many, and what to tell of those that somebody else made."""
    ids = [whole(row_id) for row_id in posted.getlist("shown")]
    rows = open_conflicts(review.run).filter(pk__in=ids).prefetch_related("fields")
    saved, not_saved = 0, list[str]()
    for row in rows:
        row.run = review.run
        try:
            changed = decide_person(
                row=row, decisions=_decisions(posted, row), version=_version(posted, row), by=review.by
            )
            saved += len(changed)
        except DecidedByAnother as error:
            not_saved.append(str(error))
        except RunRefused as error:
            review.say(f"{row.shown}: {error}", level=messages.ERROR)
    return saved, not_saved


def _decisions(posted: QueryDict, row: SyncRow) -> dict[int, str]:
    """Return what was chosen; what stands as the page showed it was not."""
    sent = {field.pk: posted.get(f"field-{field.pk}", "") for field in row.fields.all()}
    return {
        pk: decision
        for pk, decision in sent.items()
        if decision in SyncField.Decision.values and decision != posted.get(f"was-{pk}")
    }


def _version(posted: QueryDict, row: SyncRow) -> int:
    return whole(posted.get(f"version-{row.pk}", ""))


def _checked(decision: str) -> str:
    if decision not in FOR_MANY:
        raise RunRefused(_("Choose what to do with them."))
    return decision


def _chosen_text(chosen: Chosen) -> str:
    """Return what to tell: how many were decided, and how many stay as they are, and why."""
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
