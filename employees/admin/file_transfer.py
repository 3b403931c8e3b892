"""Import and export on the list of any kind of record that has declared columns."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from import_export.admin import ExportMixin

from employees.transfer.column_sets import FileColumn
from employees.transfer.forms import ColumnExportForm, UploadForm
from employees.transfer.jobs import start_import
from employees.transfer.kinds import ImportKind
from employees.transfer.pages import page_addresses
from employees.transfer.resources import CSV, XLSX
from employees.transfer.template import write_template


class FileTransferAdmin(ExportMixin):
    """Subclasses name the kind and their export resources. Exported is what the list shows: filtered and searched."""

    import_kind: ClassVar[ImportKind]
    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    export_form_class = ColumnExportForm
    # With its mark, without which Excel takes å, ä and ö for other letters.
    to_encoding = "utf-8-sig"

    def get_urls(self) -> list[URLPattern]:
        name = self.import_kind.page.removeprefix("admin:")
        own = [
            path("import/", self.admin_site.admin_view(self.import_view), name=f"{name}_import"),
            path(
                "import/template.<str:extension>",
                self.admin_site.admin_view(self.import_template_view),
                name=f"{name}_import_template",
            ),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        context = {"has_import_permission": self.has_import_permission(request), **(extra_context or {})}
        page: HttpResponseBase = super().changelist_view(request, context)
        return page

    # --- Export -----------------------------------------------------------------------------------------

    def has_export_permission(self, request: HttpRequest) -> bool:
        allowed: bool = self.has_view_permission(request)
        return allowed

    def get_export_formats(self) -> list[Any]:
        return [CSV, XLSX]

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        return str(super().get_export_filename(request, queryset, file_format)).lower()

    def export_action(self, request: HttpRequest) -> HttpResponseBase:
        try:
            page: HttpResponseBase = super().export_action(request)
        except IncorrectLookupParameters:
            messages.error(request, _("The filter in the address could not be read. Choose it anew."))
            return redirect(f"{self.import_kind.page}_changelist")
        return page

    # --- Import -----------------------------------------------------------------------------------------

    def has_import_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(self.import_kind.rights)

    def import_columns(self, request: HttpRequest) -> Sequence[FileColumn]:
        """Return the columns that the reader may use."""
        return self.import_kind.columns.columns

    def import_options(self, request: HttpRequest) -> dict[str, bool]:
        """Return what the import is told beside the file."""
        return {}

    def may_create_departments(self, request: HttpRequest) -> bool:
        return False

    def import_view(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = UploadForm(
            request.POST or None,
            request.FILES or None,
            user=request.user,
            may_create_departments=self.may_create_departments(request),
        )
        if request.method == "POST" and form.is_valid():
            job = start_import(
                company=form.cleaned_data["company"],
                by_id=request.user.pk,
                file_name=form.cleaned_data["file"].name,
                content=form.cleaned_data["file"].read(),
                create_departments=form.cleaned_data.get("create_departments", False),
                kind=self.import_kind.name,
                **self.import_options(request),
            )
            return redirect("admin:employees_importjob_change", job.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": self.import_kind.words.title,
            "form": form,
            "opts": self.model._meta,
            "kind": self.import_kind,
            "rules": self.import_kind.rules(),
            **page_addresses(self.import_kind),
            "columns": self.import_columns(request),
            "imports_url": reverse("admin:employees_importjob_changelist"),
        }
        return TemplateResponse(request, "employees/import.html", context)

    def import_template_view(self, request: HttpRequest, extension: str) -> HttpResponse:
        if not self.has_import_permission(request):
            raise PermissionDenied
        formats: dict[str, Any] = {"csv": CSV, "xlsx": XLSX}
        if extension not in formats:
            raise Http404
        records = str(self.model._meta.verbose_name_plural)
        content = write_template(
            extension=extension,
            columns=self.import_columns(request),
            rules=self.import_kind.rules(),
            title=records.capitalize(),
        )
        return HttpResponse(
            content,
            content_type=formats[extension].CONTENT_TYPE,
            headers={"Content-Disposition": f'attachment; filename="{records}-template.{extension}"'},
        )
