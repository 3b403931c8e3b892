"""Missing people: who stands on one side only, and whom to create on the other (G-05)."""

from typing import Any, Final

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponseBase, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from employees.parameters import term, whole
from integrations.core.admin.names import named
from integrations.core.admin.review.conflicts import page_of
from integrations.core.admin.review.left_out import standing_reasons
from integrations.core.admin.review.new_people import told_of_new_people
from integrations.core.admin.review.opened import MISSING, Review, compare_anew
from integrations.core.admin.review.overwriting import ask_first, said_of_others
from integrations.core.admin.review.people import known_people
from integrations.core.linking import answer_hold
from integrations.core.models import SyncRow, SyncRun
from integrations.core.runs.beside import WouldOverwrite
from integrations.core.runs.deciding import RunRefused
from integrations.core.runs.reviewing import CREATABLE, DecidedByAnother, creatable, open_rows, tick_people, tick_person

LEFT, RIGHT = "left", "right"


def missing_view(review: Review) -> HttpResponseBase:
    query = review.request.GET
    side = RIGHT if query.get("side") == RIGHT else LEFT
    name = term(query.get("name"))
    rows = named(_of_side(review.run, side), name).order_by("pk")
    if review.request.method == "POST":
        return _decide(review, rows)
    page = page_of(rows, query)
    people = list(page.object_list)
    return review.page(
        "missing",
        title=_("Missing people"),
        current="missing",
        context={
            "side": side,
            "lists": _lists(review),
            "name": name,
            "people": known_people(
                review,
                people,
                told=told_of_new_people(review, people),
                left_out=standing_reasons(review, people),
            ),
            "page": page,
            "counts": _counts(rows),
            "with_ended": bool(review.run.options.get("include_ended")),
            "ended": review.run.counts.get("left_out", {}).get("ended", 0),
        },
    )


def _of_side(run: SyncRun, side: str) -> QuerySet[SyncRow]:
    """Return who stands on this side only, those who cannot be created on the other included."""
    rows = open_rows(run).filter(kind__in=MISSING)
    return rows.exclude(left_id="") if side == LEFT else rows.filter(left_id="")


def _lists(review: Review) -> list[dict[str, Any]]:
    labels = {
        LEFT: _("Only in the hub: create at %(vendor)s"),
        RIGHT: _("Only at %(vendor)s: create in the hub"),
    }
    return [
        {
            "side": side,
            "label": label % {"vendor": review.vendor},
            "url": review.url("missing", query=f"side={side}"),
            "people": _of_side(review.run, side).count(),
        }
        for side, label in labels.items()
    ]


def _counts(rows: QuerySet[SyncRow]) -> dict[str, int]:
    can = Q(kind__in=CREATABLE, hold_reason="")
    return rows.order_by().aggregate(
        people=Count("pk"),
        can=Count("pk", filter=can),
        ticked=Count("pk", filter=can & Q(decision=SyncRow.Decision.CREATE)),
        held=Count("pk", filter=Q(kind__in=CREATABLE) & ~Q(hold_reason="")),
    )


def _decide(review: Review, rows: QuerySet[SyncRow]) -> HttpResponseBase:
    posted = review.request.POST
    if posted.get("compare") == "with_ended":
        return compare_anew(review, include_ended=True)
    if only := whole(posted.get("only", "")):
        return _tick_by_script(review, rows, only)
    if posted.get("somebody_else"):
        row = review.posted_row(posted["somebody_else"], *MISSING)
        answer_hold(row=row, version=_version(posted, row), by=review.by)
        review.say(_("%(name)s is somebody else, and may be created.") % {"name": row.shown})
    elif posted.get("many") in MANY:
        try:
            _tick_many(review, rows, posted)
        except WouldOverwrite as found:
            return ask_first(review, found, current="missing", choice=MANY[posted["many"]], names=("many", "shown"))
    else:
        _tick_page(review, rows, posted)
    return review.back_to("missing", query=review.request.GET.urlencode())


MANY: Final = {
    "page": gettext_lazy("Tick all on this page"),
    "all": gettext_lazy("Tick all of the list"),
    "nobody": gettext_lazy("Tick nobody"),
}


def _tick_many(review: Review, rows: QuerySet[SyncRow], posted: QueryDict) -> None:
    meant = rows.filter(pk__in=_shown(posted)) if posted["many"] == "page" else rows
    create = posted["many"] != "nobody"
    changed = tick_people(run=review.run, rows=meant, create=create, by=review.by, others=said_of_others(review))
    if create:
        text = ngettext("%(count)d person ticked.", "%(count)d people ticked.", changed)
    else:
        text = ngettext("%(count)d tick taken back.", "%(count)d ticks taken back.", changed)
    review.say(text % {"count": changed})
    left_out = meant.count() - creatable(meant).count()
    if create and left_out:
        text = ngettext(
            "%(count)d cannot be ticked: the reason stands beside the name.",
            "%(count)d cannot be ticked: the reason stands beside each name.",
            left_out,
        )
        review.say(text % {"count": left_out}, level=messages.WARNING)


def _tick_page(review: Review, rows: QuerySet[SyncRow], posted: QueryDict) -> None:
    """Save every tick of a form sent whole."""
    ticked = {whole(pk) for pk in posted.getlist("tick")}
    saved, not_saved = 0, list[str]()
    for row in creatable(rows.filter(pk__in=_shown(posted))):
        if posted.get(f"was-{row.pk}") == ("ticked" if row.pk in ticked else "free"):
            continue
        try:
            row.run = review.run
            saved += tick_person(row=row, create=row.pk in ticked, version=_version(posted, row), by=review.by)
        except DecidedByAnother as error:
            not_saved.append(str(error))
    review.say_saved(saved, not_saved)


def _tick_by_script(review: Review, rows: QuerySet[SyncRow], row_id: int) -> HttpResponseBase:
    """Save one tick as it is made; answer with the person as it stands now."""
    row, posted = review.posted_row(str(row_id), *MISSING), review.request.POST
    said, refused = _("Saved."), False
    try:
        create = str(row_id) in posted.getlist("tick")
        tick_person(row=row, create=create, version=_version(posted, row), by=review.by)
    except RunRefused as error:
        said, refused = str(error), True
    row = review.row(row_id, *MISSING)
    (person,) = known_people(
        review, [row], told=told_of_new_people(review, [row]), left_out=standing_reasons(review, [row])
    )
    context = {"person": person, "said": said, "refused": refused, "counts": _counts(rows)}
    return review.part("missing_saved", context)


def _shown(posted: QueryDict) -> list[int]:
    return [whole(pk) for pk in posted.getlist("shown")]


def _version(posted: QueryDict, row: SyncRow) -> int:
    return whole(posted.get(f"version-{row.pk}", ""))
