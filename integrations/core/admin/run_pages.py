"""A run's page in its integration's section: what is happening, what to do next, and in the end what came of it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from employees.shown import Happened, fingerprint, posted_fingerprint, posted_time, stale_text
from integrations.core.admin import badges
from integrations.core.admin.declared import Shown, integration_label
from integrations.core.admin.pages import service_context
from integrations.core.admin.results import result_of
from integrations.core.admin.run_outcomes import left_to_do, outcomes_context
from integrations.core.admin.warned import warned_page_context, warned_shown
from integrations.core.admin.wizard.section import Section, rights_context
from integrations.core.admin.wizard.steps import RUN_STEPS, steps_for
from integrations.core.allowed import Right, may
from integrations.core.models import Notification, SyncRow, SyncRun
from integrations.core.report.elsewhere import elsewhere_of, let_go_by
from integrations.core.report.sending import RUN_KEY
from integrations.core.runs.beside import Decider, deciders_of
from integrations.core.runs.deciders import confirmed_by, started_by
from integrations.core.runs.deciding import cancel_run, why_outdated
from integrations.core.runs.pending import Pending
from integrations.core.runs.progress import expected_of, found_so_far, ring_if_waiting
from integrations.core.runs.reviewing import progress_of
from integrations.core.runs.standing import Standing
from integrations.core.runs.summing_up import sum_up

# For this answer htmx swaps nothing, and goes on asking.
NOTHING_NEW = 204
NOTHING_TO_CANCEL: Final = gettext_lazy("There was nothing to cancel: the synchronisation had ended, or was cancelled.")
CANCELLABLE = (*SyncRun.AT_WORK, SyncRun.State.REVIEW)


@dataclass(frozen=True)
class OpenedRun:
    """One request to a page of a run."""

    request: HttpRequest
    model_admin: Section
    run: SyncRun

    @property
    def vendor(self) -> str:
        return integration_label(self.run.connection.integration)

    @property
    def at_work(self) -> bool:
        return self.run.state in SyncRun.AT_WORK

    def url(self, page: str, *more: str) -> str:
        return reverse(self._name(page), args=[self.run.connection_id, self.run.pk, *more])

    def warned_url(self, name: str) -> str:
        return self.url("warned", name)

    def connection_url(self, page: str) -> str:
        return reverse(self._name(page), args=[self.run.connection_id])

    @property
    def synchronise_url(self) -> str:
        """Where a new comparison is started; empty while the connection cannot be synchronised."""
        connection = self.run.connection
        return self.connection_url("synchronise") if connection.state in connection.WORKING else ""

    def _name(self, page: str) -> str:
        options = self.model_admin.opts
        return f"{self.model_admin.admin_site.name}:{options.app_label}_{options.model_name}_{page}"


View = Callable[..., HttpResponseBase]


def urls(model_admin: Section) -> list[URLPattern]:
    """Return the addresses of the run's pages, to stand in front of the model admin's own."""
    options = model_admin.opts

    def page(address: str, view: View, *, name: str) -> URLPattern:
        route = f"<int:connection>/runs/<int:run>/{address}"
        return path(route, _opened(model_admin, view), name=f"{options.app_label}_{options.model_name}_{name}")

    return [
        page("", run_view, name="run"),
        page("progress/", progress_view, name="progress"),
        page("cancel/", cancel_view, name="cancel"),
        page("warned/<slug:name>/", warned_view, name="warned"),
    ]


def _opened(model_admin: Section, view: View) -> Callable[..., HttpResponseBase]:
    """Let through whoever runs synchronisations, to a run of a connection of this integration."""

    @wraps(view)
    def answer(request: HttpRequest, connection: int, run: int, **more: Any) -> HttpResponseBase:
        if not may(request.user, Right.RUN, model_admin.integration):
            raise PermissionDenied
        found = get_object_or_404(model_admin.get_queryset(request), pk=connection)
        runs = SyncRun.objects.select_related("connection__company", "by", "approved_by")
        opened = OpenedRun(request, model_admin, get_object_or_404(runs, pk=run, connection_id=found.pk))
        return view(opened, **more)

    methods = require_http_methods(["GET", "HEAD", "POST"]) if view is cancel_view else require_safe
    guarded: Callable[..., HttpResponseBase] = model_admin.admin_site.admin_view(methods(answer))
    return guarded


def run_view(opened: OpenedRun) -> HttpResponseBase:
    return render(opened.request, "core/admin/run_page.html", {**_page_context(opened), **_live_context(opened)})


def progress_view(opened: OpenedRun) -> HttpResponseBase:
    """Answer the page's own question how far the run has come, and ring for a run that waits (invariant 3).

    Nothing is swapped while nothing changed, so that a screen reader does not read the same again and again.
    """
    ring_if_waiting(run=opened.run)
    context = {**_live_context(opened), "polled": True}
    if context["digest"] == opened.request.GET.get("seen"):
        return HttpResponse(status=NOTHING_NEW)
    return render(opened.request, "core/admin/run_live.html", context)


def cancel_view(opened: OpenedRun) -> HttpResponseBase:
    """Ask, and by POST stop the run."""
    run, request = opened.run, opened.request
    if request.method != "POST" and run.state in CANCELLABLE:
        deciders = deciders_of(run)
        context = {
            **_page_context(opened),
            **_work_context(opened),
            "title": _("Cancel this synchronisation?"),
            "deciders": deciders,
            "made_from": _shown_of(run, deciders),
        }
        return render(request, "core/admin/run_cancel.html", context)
    if request.method == "POST":
        return _cancel(opened)
    messages.warning(request, str(NOTHING_TO_CANCEL))
    return HttpResponseRedirect(opened.url("run"))


def _cancel(opened: OpenedRun) -> HttpResponseBase:
    with transaction.atomic():
        run = SyncRun.objects.select_for_update().get(pk=opened.run.pk)
        if run.state in CANCELLABLE and (stale := _why_stale(opened, run)):
            messages.error(opened.request, stale)
            return HttpResponseRedirect(opened.url("cancel"))
        cancelled = cancel_run(run=run)
    if cancelled:
        text = _("The synchronisation was cancelled. What is under way is finished and told.")
        messages.success(opened.request, text)
    else:
        messages.warning(opened.request, str(NOTHING_TO_CANCEL))
    return HttpResponseRedirect(opened.url("run"))


def _shown_of(run: SyncRun, deciders: Sequence[Decider]) -> str:
    """Return what stands for what the page shows: whether anything is written by now, and whose decisions are lost."""
    return fingerprint(
        run.state in SyncRun.APPLY_WAITS, run.state == SyncRun.State.REVIEW, [list(each) for each in deciders]
    )


def _why_stale(opened: OpenedRun, run: SyncRun) -> str:
    deciders, since = deciders_of(run), posted_time(opened.request)
    if _shown_of(run, deciders) == posted_fingerprint(opened.request):
        return ""
    decided = [
        Happened(each.name, _decided_on(each.people), each.at) for each in deciders if since is None or each.at >= since
    ]
    state = _("The synchronisation is now: %(state)s.") % {"state": run.get_state_display()}
    return stale_text(decided, more=[] if decided else [state])


def _decided_on(people: int) -> str:
    return ngettext("decided on %(count)d person", "decided on %(count)d people", people) % {"count": people}


def warned_view(opened: OpenedRun, name: str) -> HttpResponseBase:
    """Name everybody of whom the run warns for one reason."""
    context = warned_page_context(opened.request, run=opened.run, name=name)
    return render(
        opened.request,
        "core/admin/run_warned.html",
        {**_page_context(opened), **_work_context(opened), **context, "title": context["warned"].title},
    )


def _page_context(opened: OpenedRun) -> dict[str, Any]:
    run = opened.run
    return {
        **opened.model_admin.admin_site.each_context(opened.request),
        **service_context(),
        "title": _("Synchronisation #%(number)d") % {"number": run.pk},
        "subtitle": run.connection.label,
        "started_by": started_by(run),
        "confirmed_by": confirmed_by(run),
    }


def _last_run(run: SyncRun) -> SyncRun | None:
    return SyncRun.objects.filter(connection=run.connection).order_by("-pk").first()


def _work_context(opened: OpenedRun) -> dict[str, Any]:
    run = opened.run
    return {
        **rights_context(opened.request, run.connection.integration),
        "opened": opened,
        "run": run,
        "connection": run.connection,
        "vendor": opened.vendor,
        "urls": {page: opened.url(page) for page in ("run", "progress", "cancel")},
        "connection_url": opened.connection_url("connection"),
        "badge": badges.badge(run, badges.RUN),
        "steps": steps_for(connection=run.connection, run=_last_run(run)),
        "page": RUN_STEPS[SyncRun.State(run.state)],
        "at_work": opened.at_work,
        "writing": run.state in SyncRun.APPLY_WAITS,
        "result": result_of(run),
        "let_go": let_go_by(run),
    }


def _live_context(opened: OpenedRun) -> dict[str, Any]:
    """Return what the run's state decides; ``digest`` tells whether the words on the page are still true."""
    run = opened.run
    context = _work_context(opened)
    if opened.at_work:
        context |= {
            "expected": expected_of(run=run),
            "found": found_so_far(run=run) if run.state == SyncRun.State.COMPARING else 0,
        }
    elif run.state == SyncRun.State.REVIEW:
        context |= _review_context(opened)
    else:
        context |= _ended_context(opened)
    status = render_to_string("core/admin/run_status.html", context, opened.request)
    return {**context, "digest": hashlib.sha256(status.encode()).hexdigest()[:16]}


def _review_context(opened: OpenedRun) -> dict[str, Any]:
    standing = Standing(opened.run, Pending(opened.run).overtaken)
    summary, people = sum_up(opened.run, standing), progress_of(opened.run)
    undecided = people.people - people.decided
    if undecided:
        next_page = "conflicts"
    elif summary.unclear:
        next_page = "unclear"
    else:
        next_page = "missing" if summary.not_created else "confirm"
    return {
        "summary": summary,
        "conflicts": people,
        "undecided": undecided,
        "held": summary.held,
        "warnings": warned_shown(opened.run, url_of=opened.warned_url),
        "outdated": why_outdated(opened.run),
        "synchronise_url": opened.synchronise_url,
        "next_page": next_page,
        "review_urls": {page: opened.url(page) for page in ("conflicts", "unclear", "missing", "confirm")},
    }


def _ended_context(opened: OpenedRun) -> dict[str, Any]:
    run, elsewhere = opened.run, elsewhere_of(opened.run)
    return {
        **outcomes_context(opened.request, run=run),
        "warnings": warned_shown(run, url_of=opened.warned_url),
        "elsewhere": elsewhere,
        "held_elsewhere": any(each.page for each in elsewhere),
        "report": Notification.objects.filter(key=f"{RUN_KEY}{run.pk}").first(),
        "changes_url": f"{reverse('admin:core_fieldchange_changelist')}?run__id__exact={run.pk}",
        "rows_url": reverse("admin:core_syncrow_run", args=[run.pk]),
        "synchronise_url": opened.synchronise_url,
        "newer": _newer(opened),
        "created_note": _created_note(opened),
        **left_to_do(run),
    }


def _created_note(opened: OpenedRun) -> str:
    """Return what is still to be done about people whom the run has created at the vendor."""
    run = opened.run
    created = SyncRow.objects.filter(run=run, kind=SyncRow.Kind.ONLY_LEFT, state=SyncRow.State.WRITTEN)
    if not created.exists():
        return ""
    return Shown(opened.request, connection=run.connection, resource=run.resource).created_note


def _newer(opened: OpenedRun) -> str:
    """Return the address of the connection's newest run, where this is an older one."""
    last = _last_run(opened.run)
    if last is None or last.pk == opened.run.pk:
        return ""
    return OpenedRun(opened.request, opened.model_admin, last).url("run")
