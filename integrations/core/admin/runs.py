"""Synchronisations: what each did, and how far one at work has come."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from employees.zones import moment_text
from integrations.core.addresses import run_url
from integrations.core.admin import badges
from integrations.core.admin.pages import ConnectionFilter, CorePage, service_context
from integrations.core.admin.results import result_of
from integrations.core.allowed import Right, may
from integrations.core.models import SyncRun
from integrations.core.runs.deciders import confirmed_by, started_by
from integrations.core.runs.progress import ring_if_waiting


@admin.register(SyncRun)
class SyncRunAdmin(CorePage):
    change_form_template = "core/admin/run.html"
    list_display = (
        "number",
        "connection",
        "state_badge",
        "started_by",
        "confirmed_by",
        "started",
        "finished",
        "in_words",
    )
    list_display_links = ("number",)
    to_connection = "connection"
    list_select_related = ("connection__company", "by", "approved_by")
    list_filter = (("connection", ConnectionFilter), "state", "trigger")
    search_fields = (
        "connection__label",
        "by__username",
        "by__last_name",
        "approved_by__username",
        "approved_by__last_name",
    )
    search_help_text = _("Connection, or who started or confirmed it")
    fieldsets = (
        (
            _("When and by whom"),
            {
                "fields": (
                    ("connection", "started_by", "confirmed_by"),
                    ("started", "compared"),
                    ("approved", "finished"),
                )
            },
        ),
    )
    readonly_fields = ("started_by", "confirmed_by", "started", "compared", "approved", "finished")

    def get_urls(self) -> list[URLPattern]:
        progress = path(
            "<int:run_id>/progress/", self.admin_site.admin_view(self.progress_view), name="core_syncrun_progress"
        )
        return [progress, *super().get_urls()]

    @display(description=_("number"), ordering="pk")
    def number(self, run: SyncRun) -> str:
        return f"#{run.pk}"

    @display(description=_("state"), ordering="state", label=badges.list_label(SyncRun.State, badges.RUN))
    def state_badge(self, run: SyncRun) -> tuple[str, str]:
        return badges.state_text(run)

    @display(description=_("started by"), ordering="trigger")
    def started_by(self, run: SyncRun) -> Any:
        return started_by(run)

    @display(description=_("confirmed by"), ordering="approved_at")
    def confirmed_by(self, run: SyncRun) -> str:
        return confirmed_by(run)

    @display(description=_("started"), ordering="created_at")
    def started(self, run: SyncRun) -> str:
        return moment_text(run.created_at, run)

    @display(description=_("compared"))
    def compared(self, run: SyncRun) -> str:
        return moment_text(run.compared_at, run)

    @display(description=_("confirmed"))
    def approved(self, run: SyncRun) -> str:
        return moment_text(run.approved_at, run)

    @display(description=_("finished"), ordering="finished_at")
    def finished(self, run: SyncRun) -> str:
        return moment_text(run.finished_at, run)

    @display(description=_("result"))
    def in_words(self, run: SyncRun) -> Any:
        if not run.counts:
            return _("Not compared yet")
        return _("%(equal)s in step, %(rows)s to look at (%(left)s here, %(right)s at the vendor)") % {
            name: run.counts.get(name, 0) for name in ("equal", "rows", "left", "right")
        }

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        run = self.get_object(request, object_id) if object_id and self.has_view_permission(request) else None
        context = {**run_context(run), "section_url": section_url(request, run)} if run else {}
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def progress_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Answer the page's own question how far the run has come; the page is loaded anew once it has ended."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = self.get_object(request, str(run_id))
        if run is None:
            raise Http404
        ring_if_waiting(run=run)
        response = render(request, "core/admin/progress.html", {**run_context(run), **service_context()})
        if run.state not in SyncRun.AT_WORK:
            response["HX-Refresh"] = "true"
        return response


def run_context(run: SyncRun) -> dict[str, Any]:
    return {
        "run": run,
        "badge": badges.badge(run, badges.RUN),
        "result": result_of(run),
        "at_work": run.state in SyncRun.AT_WORK,
        "writing": run.state in SyncRun.APPLY_WAITS,
    }


def section_url(request: HttpRequest, run: SyncRun) -> str:
    """Return the run's page in its integration's section; empty where there is none, or the reader may not open it."""
    if not may(request.user, Right.RUN, run.connection.integration):
        return ""
    address = run_url(run.connection, run.pk)
    return "" if address == reverse("admin:core_syncrun_change", args=[run.pk]) else address
