"""Import and export on the list of employees."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from import_export.admin import ExportMixin

from employees.admin.sensitive import may_see_sensitive
from employees.transfer.forms import PeopleExportForm, UploadForm
from employees.transfer.jobs import start_import
from employees.transfer.resources import CSV, XLSX, EmployeeResource, EmployeeResourceWithoutSensitive
from employees.transfer.template import general_rules, template_columns, write_template

IMPORT_RIGHTS: Final = ("employees.add_employee", "employees.change_employee")
# What the form asks for to change a bank account; the national ID needs the last.
SENSITIVE_RIGHTS: Final = (
    "employees.add_bankaccount",
    "employees.change_bankaccount",
    "employees.delete_bankaccount",
    "employees.view_sensitive",
)


def may_import(request: HttpRequest) -> bool:
    return request.user.has_perms(IMPORT_RIGHTS)


def may_import_sensitive(request: HttpRequest) -> bool:
    return request.user.has_perms(SENSITIVE_RIGHTS)


class TransferAdmin(ExportMixin):
    """For the model admin of employees. The exported people are those that the list shows: filtered and searched."""

    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    export_form_class = PeopleExportForm
    # With its mark, without which Excel takes å, ä and ö for other letters.
    to_encoding = "utf-8-sig"

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("import/", self.admin_site.admin_view(self.import_view), name="employees_employee_import"),
            path(
                "import/template.<str:extension>",
                self.admin_site.admin_view(self.import_template_view),
                name="employees_employee_import_template",
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

    def get_export_resource_classes(self, request: HttpRequest) -> list[Any]:
        return [EmployeeResource if may_see_sensitive(request) else EmployeeResourceWithoutSensitive]

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        return str(super().get_export_filename(request, queryset, file_format)).lower()

    def export_action(self, request: HttpRequest) -> HttpResponseBase:
        try:
            page: HttpResponseBase = super().export_action(request)
        except IncorrectLookupParameters:
            messages.error(request, _("The filter in the address could not be read. Choose it anew."))
            return redirect("admin:employees_employee_changelist")
        return page

    # --- Import -----------------------------------------------------------------------------------------

    def has_import_permission(self, request: HttpRequest) -> bool:
        return may_import(request)

    def import_view(self, request: HttpRequest) -> HttpResponseBase:
        if not may_import(request):
            raise PermissionDenied
        form = UploadForm(
            request.POST or None,
            request.FILES or None,
            may_create_departments=request.user.has_perm("employees.add_department"),
        )
        if request.method == "POST" and form.is_valid():
            job = start_import(
                company=form.cleaned_data["company"],
                by_id=request.user.pk,
                file_name=form.cleaned_data["file"].name,
                content=form.cleaned_data["file"].read(),
                create_departments=form.cleaned_data.get("create_departments", False),
                sensitive_allowed=may_import_sensitive(request),
            )
            return redirect("admin:employees_importjob_change", job.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import employees"),
            "form": form,
            "opts": self.model._meta,
            "rules": general_rules(),
            "columns": template_columns(with_sensitive=may_import_sensitive(request)),
            "imports_url": reverse("admin:employees_importjob_changelist"),
        }
        return TemplateResponse(request, "employees/import.html", context)

    def import_template_view(self, request: HttpRequest, extension: str) -> HttpResponse:
        if not may_import(request):
            raise PermissionDenied
        formats: dict[str, Any] = {"csv": CSV, "xlsx": XLSX}
        if extension not in formats:
            raise Http404
        content = write_template(extension=extension, with_sensitive=may_import_sensitive(request))
        return HttpResponse(
            content,
            content_type=formats[extension].CONTENT_TYPE,
            headers={"Content-Disposition": f'attachment; filename="employees-template.{extension}"'},
        )
