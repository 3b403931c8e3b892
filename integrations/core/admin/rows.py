"""The rows of a run: one person each, with the fields that differed and what was decided."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from employees.parameters import term
from integrations.core.admin import badges
from integrations.core.admin.declared import Shown, record_url
from integrations.core.admin.names import named
from integrations.core.admin.pages import CorePage
from integrations.core.admin.row_fields import shown_fields
from integrations.core.admin.shown_problems import ShownProblem, problem_of_write, row_reason
from integrations.core.allowed import permitted
from integrations.core.hub.labels import label_rows
from integrations.core.hub.own_values import know_own
from integrations.core.models import Delivery, SyncField, SyncRow, SyncRun
from integrations.core.runs.deciders import deciders_of


@admin.register(SyncRow)
class SyncRowAdmin(CorePage):
    """Always the rows of one run: a list of all runs' rows would be of no use, and long."""

    change_form_template = "core/admin/row.html"
    to_connection = "run__connection"
    list_before_template = "core/admin/rows_before.html"
    list_display = ("person", "kind", "what_differs", "decision", "decided", "state_badge", "why")
    list_filter = ("state", "kind", "decision")
    search_fields = ("label",)
    search_help_text = _("Name, employment ID or department")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("kind", "hold_reason"),
                    ("decision", "decided"),
                )
            },
        ),
    )
    readonly_fields = ("decided",)

    def get_urls(self) -> list[URLPattern]:
        rows = path("of/<int:run_id>/", self.admin_site.admin_view(self.run_rows_view), name="core_syncrow_run")
        return [rows, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncRow]:
        rows: QuerySet[SyncRow] = super().get_queryset(request).select_related("run__connection__company", "decided_by")
        match = request.resolver_match
        run_id = match.kwargs.get("run_id") if match else None
        return rows.filter(run=run_id) if run_id is not None else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SyncRow], search_term: str
    ) -> tuple[QuerySet[SyncRow], bool]:
        return named(queryset, term(search_term)), False

    def prepare(self, request: HttpRequest, records: Sequence[Any]) -> None:
        """Name the people, the fields of each row, and who decided on them, by one query each."""
        label_rows(records)
        fields: dict[int, list[SyncField]] = {}
        found = SyncField.objects.filter(row__in=[row.pk for row in records]).select_related("decided_by")
        for field in found.defer("left", "right", "base_left", "base_right"):
            fields.setdefault(field.row_id, []).append(field)
        shown = {row.run_id: row.run for row in records}
        labels = {
            run_id: Shown(request, connection=run.connection, resource=run.resource) for run_id, run in shown.items()
        }
        know_own(records, "reason", "hold_reason", reader=request.user)
        for row in records:
            row.field_labels = [str(labels[row.run_id].label(each.field)) for each in fields.get(row.pk, [])]
            row.deciders = ", ".join(deciders_of(row, row.run, fields.get(row.pk, [])))
            row.shown_reason = row_reason(request, row) or row.hold_reason.for_reader(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """Lead to the runs, of which each has its rows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:core_syncrun_changelist")

    def run_rows_view(self, request: HttpRequest, run_id: int) -> HttpResponseBase:
        """List one run's rows; whoever may not see rows is refused by the list itself."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        runs = permitted(SyncRun.objects.select_related("connection"), request.user, connection="connection")
        run = get_object_or_404(runs, pk=run_id)
        return super().changelist_view(
            request, {"title": _("Rows of synchronisation %(run)s") % {"run": run}, "run": run}
        )

    @display(description=_("person"), ordering="label")
    def person(self, row: SyncRow) -> str:
        return row.shown

    @display(description=_("fields"))
    def what_differs(self, row: Any) -> str:
        return ", ".join(row.field_labels)

    @display(description=_("state"), ordering="state", label=badges.list_label(SyncRow.State, badges.ROW))
    def state_badge(self, row: SyncRow) -> tuple[str, str]:
        return badges.state_text(row)

    @display(description=_("reason"))
    def why(self, row: Any) -> str:
        return str(row.shown_reason)

    @display(description=_("decided by"))
    def decided(self, row: Any) -> str:
        if not hasattr(row, "deciders"):
            row.deciders = ", ".join(deciders_of(row, row.run, row.fields.select_related("decided_by")))
        return str(row.deciders)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = self.get_object(request, object_id) if object_id and self.has_view_permission(request) else None
        context = row_context(request, row) if row else {}
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})


def row_context(request: HttpRequest, row: SyncRow) -> dict[str, Any]:
    connection = row.run.connection
    shown = Shown(request, connection=connection, resource=row.run.resource)
    deliveries = row.deliveries.order_by("-pk")[:20] if request.user.has_perm("core.view_delivery") else ()
    may_open_person = row.left_id and request.user.has_perm("employees.view_employee")
    return {
        "row": row,
        "subtitle": row.shown,
        "badge": badges.badge(row, badges.ROW),
        "connection": connection,
        "fields": shown_fields(row, shown=shown),
        "deliveries": deliveries,
        "refused": _refused(request, row),
        "person_url": reverse("admin:employees_employee_change", args=[row.left_id]) if may_open_person else "",
        "vendor_url": record_url(connection=connection, resource=row.run.resource, right_id=row.right_id),
        "rows_url": reverse("admin:core_syncrow_run", args=[row.run_id]),
    }


def _refused(request: HttpRequest, row: SyncRow) -> ShownProblem | None:
    """Return what the error log says of the row's refused write, or None."""
    refused = row.state == SyncRow.State.REFUSED
    delivery = row.deliveries.filter(state=Delivery.State.REFUSED).order_by("-pk").first() if refused else None
    return problem_of_write(request, delivery=delivery) if delivery else None
