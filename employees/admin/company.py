from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldBooleanWidget

from employees.access.companies import companies_seen
from employees.admin.asking import AskingAdmin
from employees.admin.choosing import ChoosingAdmin
from employees.admin.countries import CountryAdmin
from employees.admin.deletion import DeletionAdmin
from employees.admin.part_forms import VersionedTextForm
from employees.admin.searching import CanonicalSearchAdmin, CompanyFilter
from employees.models import Company, Department
from employees.national_ids import empty_standing, left_standing
from employees.privacy import MANAGERS_NEVER_SEE_KINDS, MANAGERS_SEE_KINDS, SETTINGS, choices

EMPTIED: Final = "empty_national_ids"


class CompanyForm(VersionedTextForm):
    """Says, of each setting, what is usual in the company's country."""

    empty_national_ids = forms.BooleanField(required=False, widget=UnfoldBooleanWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = left_standing(self.instance).count() if self.instance.pk and EMPTIED in self.fields else 0
        if standing:
            text = ngettext(
                "Empty the %(count)d national ID that is kept still",
                "Empty the %(count)d national IDs that are kept still",
                standing,
            )
            self.fields[EMPTIED].label = text % {"count": standing}
            self.fields[EMPTIED].help_text = _("The company keeps none any more. Without the tick they stay.")
        for name in SETTINGS:
            field: Any = self.fields.get(name)
            if field is not None and self.instance.country:
                field.choices = choices(name, self.instance.country)


@admin.register(Company)
class CompanyAdmin(CanonicalSearchAdmin, AskingAdmin, CountryAdmin, DeletionAdmin):
    form = CompanyForm
    fieldsets = (
        (None, {"fields": ("name", "organisation_number", "country", "time_zone")}),
        (_("Health data and national IDs"), {"fields": SETTINGS}),
    )
    list_display = ("name", "organisation_number", "country", "time_zone")
    search_fields = ("name", "organisation_number")
    list_filter = ("country",)

    def get_readonly_fields(self, request: HttpRequest, obj: Company | None = None) -> tuple[str, ...]:
        # A name is refused where another company has it: nobody finds out about companies that way.
        return () if companies_seen(request.user) is None else ("name",)

    def get_fieldsets(self, request: HttpRequest, obj: Company | None = None) -> list[tuple[Any, dict[str, Any]]]:
        fieldsets: list[tuple[Any, dict[str, Any]]] = super().get_fieldsets(request, obj)
        if _may_empty(request, obj):
            fieldsets = [*fieldsets[:-1], (fieldsets[-1][0], {"fields": (*fieldsets[-1][1]["fields"], EMPTIED)})]
        if obj is None or obj.country not in MANAGERS_NEVER_SEE_KINDS or obj.managers_see_kinds:
            return fieldsets
        hidden = {MANAGERS_SEE_KINDS}
        return [
            (title, {**more, "fields": [name for name in more["fields"] if name not in hidden]})
            for title, more in fieldsets
        ]

    def get_form(self, request: HttpRequest, obj: Company | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return form if _may_empty(request, obj) else type(form.__name__, (form,), {EMPTIED: None})

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get(EMPTIED):
            emptied = empty_standing(obj)
            text = ngettext("%(count)d national ID was emptied.", "%(count)d national IDs were emptied.", emptied)
            messages.success(request, text % {"count": emptied})
        elif standing := left_standing(obj).count():
            text = ngettext(
                "%(count)d national ID is kept still. Open this page again to empty it.",
                "%(count)d national IDs are kept still. Open this page again to empty them.",
                standing,
            )
            messages.warning(request, text % {"count": standing})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever sees chosen companies would add one that stays hidden."""
        return companies_seen(request.user) is None and bool(super().has_add_permission(request))

    def has_delete_permission(self, request: HttpRequest, obj: Company | None = None) -> bool:
        return companies_seen(request.user) is None and bool(super().has_delete_permission(request, obj))


def _may_empty(request: HttpRequest, company: Company | None) -> bool:
    may = request.user.has_perms(("employees.view_sensitive", "employees.change_employee"))
    return bool(may and company is not None and left_standing(company).exists())


@admin.register(Department)
class DepartmentAdmin(CanonicalSearchAdmin, ChoosingAdmin, AskingAdmin, DeletionAdmin):
    form = VersionedTextForm
    list_display = ("name", "company")
    list_select_related = ("company",)
    search_fields = ("name", "company__name")
    list_filter = (("company", CompanyFilter),)
    autocomplete_fields = ("company",)
