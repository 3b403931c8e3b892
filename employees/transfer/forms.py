"""What a person fills in to import and to export."""

from pathlib import PurePath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from unfold.contrib.import_export.forms import SelectableFieldsExportForm
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldBooleanWidget

from employees.access.companies import companies_for
from employees.models import Company
from employees.transfer.sources import MOST_BYTES

EXTENSIONS = (".csv", ".xlsx")


class UploadForm(forms.Form):
    company = forms.ModelChoiceField(
        label=_("Company"),
        queryset=Company.objects.none(),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Whose records the file holds."),
    )
    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ",".join(EXTENSIONS)}),
        help_text=_("CSV in UTF-8, or XLSX. Nothing is changed before you have seen what the file would do."),
    )
    create_departments = forms.BooleanField(
        label=_("Create departments that do not exist yet"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, *args: Any, user: Any, may_create_departments: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        company: Any = self.fields["company"]
        company.queryset = companies_for(user)
        companies = list(company.queryset[:2])
        if len(companies) == 1:
            self.fields["company"].initial = companies[0]
        if not may_create_departments:
            del self.fields["create_departments"]

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if PurePath(file.name or "").suffix.lower() not in EXTENSIONS:
            raise ValidationError(_("Only CSV and XLSX files can be imported. Save the file in one of these forms."))
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(
                _("The file has more than %(most)d megabytes. Divide it into several files."),
                params={"most": MOST_BYTES // 1024 // 1024},
            )
        return file


class ColumnExportForm(SelectableFieldsExportForm):
    """Names the fields as the file's headers do."""

    def _create_boolean_fields(self, resource: Any, index: int) -> Any:
        names = super()._create_boolean_fields(resource, index)
        for name, field in resource.fields.items():
            self.fields[self.create_boolean_field_name(resource, name)].initial = field.column.ticked
        return names

    def _get_field_label(self, resource: Any, field_name: str) -> str:
        return str(resource.fields[field_name].column_name)
