from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from employees.access.companies import companies_seen
from employees.admin.asking import AskingAdmin
from employees.admin.choosing import ChoosingAdmin
from employees.admin.countries import CountryAdmin
from employees.admin.deletion import DeletionAdmin
from employees.admin.part_forms import TextForm
from employees.admin.searching import CanonicalSearchAdmin, CompanyFilter
from employees.models import Company, Department
from employees.privacy import MANAGERS_NEVER_SEE_KINDS, MANAGERS_SEE_KINDS, SETTINGS, choices


class CompanyForm(TextForm):
    """Says, of each setting, what is usual in the company's country."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
        if obj is None or obj.country not in MANAGERS_NEVER_SEE_KINDS or obj.managers_see_kinds:
            return fieldsets
        hidden = {MANAGERS_SEE_KINDS}
        return [
            (title, {**more, "fields": [name for name in more["fields"] if name not in hidden]})
            for title, more in fieldsets
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever sees chosen companies would add one that stays hidden."""
        return companies_seen(request.user) is None and bool(super().has_add_permission(request))

    def has_delete_permission(self, request: HttpRequest, obj: Company | None = None) -> bool:
        return companies_seen(request.user) is None and bool(super().has_delete_permission(request, obj))


@admin.register(Department)
class DepartmentAdmin(CanonicalSearchAdmin, ChoosingAdmin, AskingAdmin, DeletionAdmin):
    form = TextForm
    list_display = ("name", "company")
    list_select_related = ("company",)
    search_fields = ("name", "company__name")
    list_filter = (("company", CompanyFilter),)
    autocomplete_fields = ("company",)
