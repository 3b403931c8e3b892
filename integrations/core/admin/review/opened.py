"""A run opened for review: who may, which run, and what every page of the review shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, wraps
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from employees.parameters import whole as whole_number
from employees.shown import TOLD, posted_time
from employees.zones import moment_text
from integrations.core.addresses import connection_url, run_url
from integrations.core.admin.declared import Shown, integration_label
from integrations.core.admin.names import user_name
from integrations.core.admin.pages import service_context
from integrations.core.admin.wizard.section import Section, rights_context
from integrations.core.admin.wizard.steps import steps_for
from integrations.core.allowed import Right, may
from integrations.core.hub.labels import label_rows
from integrations.core.models import Connection, ReviewVisit, SyncRow, SyncRun
from integrations.core.runs.asking import Asking, asking_of
from integrations.core.runs.beside import note_visit, settled_text
from integrations.core.runs.deciding import RunRefused, start_run, why_outdated, why_over
from integrations.core.runs.reviewing import Progress, count_open, open_rows

Kind = SyncRow.Kind
UNCLEAR: Final = (Kind.DUPLICATE, Kind.AMBIGUOUS, Kind.UNREADABLE, Kind.GONE, Kind.NOT_LISTED)
MISSING: Final = (Kind.ONLY_LEFT, Kind.ONLY_RIGHT, Kind.CANNOT_SEND)
PAGES: Final = (
    ("conflicts", gettext_lazy("Conflicts"), (Kind.DIFFERS,)),
    ("unclear", gettext_lazy("Unclear"), UNCLEAR),
    ("missing", gettext_lazy("Missing people"), MISSING),
    ("confirm", gettext_lazy("Confirm"), ()),
)
# The wizard's steps that the pages belong to, where they are named otherwise.
STEPS: Final = {"unclear": "conflicts", "confirm": "synchronise"}


@dataclass(frozen=True)
class Review:
    """One request to a page of the review; ``vendor`` is what the pages call the other side.

    ``beside`` is who else was in the review within a couple of minutes.
    """

    request: HttpRequest
    model_admin: Section
    run: SyncRun
    beside: Sequence[ReviewVisit] = ()

    @property
    def by(self) -> Any:
        return self.request.user

    @property
    def vendor(self) -> str:
        return integration_label(self.run.connection.integration)

    @property
    def by_script(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.request.headers.get("HX-Request") == "true"

    @property
    def shown(self) -> Shown:
        return Shown(self.request, connection=self.run.connection, resource=self.run.resource)

    def url(self, page: str, *more: Any, query: str = "") -> str:
        """Return the address of a page of this run; ``query`` is what stands behind the question mark."""
        address = reverse(self._name(page), args=[self.run.connection_id, self.run.pk, *more])
        return f"{address}?{query}" if query else address

    @property
    def run_url(self) -> str:
        return run_url(self.run.connection, self.run.pk)

    @property
    def here(self) -> str:
        """The page's own address, with what it searches for."""
        return self.request.get_full_path()

    def _name(self, page: str) -> str:
        options = self.model_admin.opts
        return f"{self.model_admin.admin_site.name}:{options.app_label}_{options.model_name}_{page}"

    def row(self, row_id: int, *kinds: str) -> SyncRow:
        """Return an open row of the run, or answer 404."""
        rows = open_rows(self.run).select_related("decided_by", "link")
        if kinds:
            rows = rows.filter(kind__in=kinds)
        row: SyncRow = get_object_or_404(rows, pk=row_id)
        # One object, so that nobody works with two states of the run.
        row.run = self.run
        label_rows([row], resource=self.run.resource)
        return row

    def posted_row(self, text: str, *kinds: str) -> SyncRow:
        """Return the open row of the posted key; raises RunRefused where somebody settled it meanwhile."""
        row_id = whole_number(text)
        if not row_id or SyncRow.objects.filter(pk=row_id).exclude(run=self.run).exists():
            raise Http404
        found = open_rows(self.run).filter(pk=row_id)
        if not (found.filter(kind__in=kinds) if kinds else found).exists():
            raise RunRefused(settled_text(self.run, row_id, since=posted_time(self.request)))
        return self.row(row_id, *kinds)

    def say(self, text: str, *, level: int = messages.SUCCESS) -> None:
        messages.add_message(self.request, level, text)

    def say_saved(self, saved: int, not_saved: Sequence[str]) -> None:
        """Say what became of a form sent whole, most of which was saved before."""
        self.say_not_saved(not_saved)
        if saved:
            self.say(ngettext("%(count)d choice saved.", "%(count)d choices saved.", saved) % {"count": saved})
        elif not not_saved:
            self.say(_("Your choices on this page are saved."))

    def say_not_saved(self, texts: Sequence[str]) -> None:
        """Say what somebody else decided meanwhile: about a few, and how many more."""
        for text in texts[:TOLD]:
            self.say(text, level=messages.WARNING)
        if (rest := len(texts) - TOLD) > 0:
            more = ngettext("So it is of %(count)d more person.", "So it is of %(count)d more people.", rest)
            self.say(more % {"count": rest}, level=messages.WARNING)

    def back_to(self, page: str, *more: Any, query: str = "") -> HttpResponse:
        return HttpResponseRedirect(self.url(page, *more, query=query))

    def part(self, template: str, context: dict[str, Any]) -> TemplateResponse:
        return TemplateResponse(
            self.request, f"core/review/{template}.html", {"review": self, "vendor": self.vendor, **context}
        )

    def page(self, template: str, *, title: Any, current: str, context: dict[str, Any]) -> TemplateResponse:
        return self.part(
            template,
            {
                **self.model_admin.admin_site.each_context(self.request),
                **service_context(),
                **rights_context(self.request, self.run.connection.integration),
                "title": title,
                "subtitle": str(self.run.connection),
                "tabs": self._tabs(current),
                "step": STEPS.get(current, current),
                "run": self.run,
                "since": self._since,
                "outdated": why_outdated(self.run),
                "may_compare": self.run.connection.state in Connection.WORKING,
                "everybody_url": self.url("everybody"),
                "asking": self.asking,
                "ask_url": self.url("ask"),
                "beside": [
                    {"name": user_name(visit.user), "at": moment_text(visit.seen_at, self.run, "TIME_FORMAT")}
                    for visit in self.beside
                ],
                "run_url": self.run_url,
                "connection_url": connection_url(self.run.connection),
                "steps": steps_for(connection=self.run.connection, run=self.run),
                **{f"{name}_url": self.url(name) for name, _label, _kinds in PAGES},
                **context,
            },
        )

    @property
    def _since(self) -> date | None:
        """Since when the vendor was asked for changes, where that was enough."""
        since = self.run.counts.get("since")
        return date.fromisoformat(since) if since else None

    @property
    def asking(self) -> Asking | None:
        """How far those are asked for by name whom the vendor's list lacks."""
        return asking_of(self.run)

    @cached_property
    def _open(self) -> dict[str, Progress]:
        return count_open(self.run)

    @property
    def progress(self) -> Progress:
        """How many people have conflicts, and of how many every field is decided."""
        return self._open.get(Kind.DIFFERS, Progress(0, 0))

    def count(self, kind: str) -> int:
        return self._open[kind].people if kind in self._open else 0

    def _tabs(self, current: str) -> list[dict[str, Any]]:
        return [
            {
                "url": self.url(name),
                "label": label,
                "count": sum(self.count(kind) for kind in kinds) if kinds else None,
                "current": name == current,
            }
            for name, label, kinds in PAGES
        ]


View = Callable[..., HttpResponseBase]


def review_view(model_admin: Section, view: View) -> View:
    """Let through whoever runs synchronisations, to a run of a connection of this integration that is in review."""

    @wraps(view)
    def answer(request: HttpRequest, connection: int, run: int, **more: Any) -> HttpResponseBase:
        if not may(request.user, Right.RUN, model_admin.integration):
            raise PermissionDenied
        found = get_object_or_404(model_admin.get_queryset(request), pk=connection)
        runs = SyncRun.objects.select_related("connection__company")
        review = Review(request, model_admin, get_object_or_404(runs, pk=run, connection_id=found.pk))
        if review.run.state != SyncRun.State.REVIEW:
            return _over(review)
        review = replace(review, beside=note_visit(run=review.run, by=review.by))
        try:
            return view(review, **more)
        except RunRefused as refused:
            review.say(str(refused), level=messages.ERROR)
            return _again(review)

    guarded: View = model_admin.admin_site.admin_view(answer)
    return guarded


def compare_anew(review: Review, *, include_ended: bool = False, whole: bool = False) -> HttpResponseBase:
    """Begin a new comparison, which takes this one's place; decisions that still fit are carried over."""
    run = start_run(
        connection=review.run.connection,
        trigger=SyncRun.Trigger.PERSON,
        by=review.by,
        resource=review.run.resource,
        include_ended=include_ended,
        whole=whole,
    )
    review.say(_("Comparing anew. Your decisions are kept where they still fit."))
    return HttpResponseRedirect(Review(review.request, review.model_admin, run).run_url)


def _again(review: Review) -> HttpResponseBase:
    """Show the page anew, with what was said."""
    if review.by_script:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(review.request.get_full_path())


def _over(review: Review) -> HttpResponseBase:
    if review.request.method == "POST":
        review.say(why_over(review.run), level=messages.ERROR)
    if review.request.method == "POST" or review.by_script:
        return _again(review)
    return review.page("over", title=_("Nothing to decide"), current="", context={})
