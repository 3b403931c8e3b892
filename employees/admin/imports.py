"""Imports: the list of them, and the page that previews, confirms and tells how it went."""

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from employees.admin.searching import CanonicalSearchAdmin
from employees.admin.sensitive import may_see_sensitive
from employees.admin.transfer import may_import_sensitive
from employees.models import ImportJob
from employees.outgoing import Outgoing
from employees.shown import NotAsShown, done_already_text, posted_fingerprint, posted_time
from employees.transfer.confirming import refuse_stale
from employees.transfer.jobs import cancel_import, confirm_import
from employees.transfer.kinds import importable_by, kind_of
from employees.transfer.pages import VARIANTS, job_context, progress_context
from employees.users import user_name
from employees.zones import moment_text

TICKS: Final = ("skip_bad", "take_questions")
# What a browser sends for a box that is ticked.
TICKED: Final = "on"


@admin.register(ImportJob)
class ImportJobAdmin(CanonicalSearchAdmin):
    """Whoever may import a kind of record sees every import of it, also those that somebody else began."""

    list_display = ("file_name", "kind_label", "company", "state_label", "by", "begun", "ended")
    list_select_related = ("company", "by")
    list_filter = ("state",)
    list_per_page = 50
    show_full_result_count = False
    actions = None
    job_template = "employees/import_job.html"

    def get_urls(self) -> list[URLPattern]:
        def named(name: str, view: Any) -> Any:
            return path(f"<int:job_id>/{name}/", self.admin_site.admin_view(view), name=f"employees_importjob_{name}")

        own = [
            named("progress", self.progress_view),
            named("confirm", require_POST(self.confirm_view)),
            named("cancel", require_POST(self.cancel_view)),
        ]
        return [*own, *super().get_urls()]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(importable_by(request.user))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(importable_by(request.user))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        kinds = [kind.name for kind in importable_by(request.user)]
        return super().get_queryset(request).filter(kind__in=kinds).defer("content")

    @display(
        description=gettext_lazy("state"),
        ordering="state",
        label={state.label: VARIANTS.get(state, "info") for state in ImportJob.State},
    )
    def state_label(self, job: ImportJob) -> str:
        return job.get_state_display()

    @display(description=gettext_lazy("uploaded"), ordering="created_at")
    def begun(self, job: ImportJob) -> str:
        return moment_text(job.created_at, job)

    @display(description=gettext_lazy("finished"), ordering="finished_at")
    def ended(self, job: ImportJob) -> str:
        return moment_text(job.finished_at, job)

    @display(description=gettext_lazy("what it holds"), ordering="kind")
    def kind_label(self, job: ImportJob) -> str:
        return str(kind_of(job).words.record)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        job = self._job(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            **job_context(
                job=job,
                shown=request.GET.get("show", ""),
                page=request.GET.get("page", ""),
                may_see_sensitive=may_see_sensitive(request),
                take_questions=request.GET.get("take_questions") == TICKED,
                user=request.user,
            ),
            "skip_bad": request.GET.get("skip_bad") == TICKED,
            **(extra_context or {}),
            "title": _("Import of %(file)s") % {"file": job.file_name},
            "opts": self.opts,
            "may_confirm": _may_confirm(request, job),
        }
        return TemplateResponse(request, self.job_template, context)

    def progress_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Answer the page's own question how far it is; the page is loaded anew once there is something to do."""
        job = self._job(request, str(job_id))
        response = render(request, "employees/import_progress.html", progress_context(job, user=request.user))
        if job.state not in ImportJob.AT_WORK:
            response["HX-Refresh"] = "true"
        return response

    def confirm_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        job = self._job(request, str(job_id))
        if not _may_confirm(request, job):
            raise PermissionDenied
        ticks = {name: TICKED for name in TICKS if request.POST.get(name) == TICKED}
        told: list[Outgoing] = []

        def as_shown() -> None:
            told.extend(
                refuse_stale(
                    job,
                    shown=posted_fingerprint(request),
                    shown_at=posted_time(request),
                    take_questions="take_questions" in ticks,
                )
            )

        try:
            confirmed = confirm_import(
                job=job,
                by_id=request.user.pk,
                skip_bad="skip_bad" in ticks,
                take_questions="take_questions" in ticks,
                as_shown=as_shown,
            )
        except NotAsShown as stale:
            messages.error(request, str(stale))
            page = reverse("admin:employees_importjob_change", args=[job.pk])
            return redirect(f"{page}?{urlencode(ticks)}" if ticks else page)
        if confirmed:
            messages.success(request, _("The import has begun. You may close this page: it goes on by itself."))
            _tell_waiting(request, told)
        else:
            messages.warning(request, _why_not_confirmed(request, self._job(request, str(job_id))))
        return redirect("admin:employees_importjob_change", job.pk)

    def cancel_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        job = self._job(request, str(job_id))
        if cancel_import(job=job):
            messages.success(request, _("The import was cancelled. Nothing was changed."))
        else:
            messages.error(request, _("It is too late to cancel: the import was confirmed, or has ended."))
        return redirect("admin:employees_importjob_change", job.pk)

    def _job(self, request: HttpRequest, object_id: str) -> ImportJob:
        if not importable_by(request.user):
            raise PermissionDenied
        job: ImportJob | None = self.get_object(request, object_id)
        if job is None:
            raise Http404
        return job


def _may_confirm(request: HttpRequest, job: ImportJob) -> bool:
    """Nobody confirms national IDs and bank accounts whom they are hidden from."""
    return may_import_sensitive(request) or not job.has_sensitive


def _tell_waiting(request: HttpRequest, told: list[Outgoing]) -> None:
    """Its page links to what waits once there is something."""
    for each in told:
        if each.held:
            text = _("Its changes towards %(system)s will wait until somebody releases them.")
            messages.warning(request, text % {"system": each.system})


def _why_not_confirmed(request: HttpRequest, job: ImportJob) -> str:
    if job.confirmed_at is not None:
        return done_already_text(who=user_name(job.confirmed_by), at=job.confirmed_at, by=request.user)
    if job.state == ImportJob.State.CANCELLED:
        return _("Nothing was imported: the import was cancelled, %(at)s.") % {"at": moment_text(job.finished_at, job)}
    return _(
        "Nothing was imported: the import has bad rows that you did not choose to leave out, or has no rows but those"
        " with a question that you did not answer."
    )
