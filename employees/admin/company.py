from django.contrib import admin
from django.http import HttpRequest

from employees.access.companies import companies_seen
from employees.admin.asking import AskingAdmin
from employees.admin.choosing import ChoosingAdmin
from employees.admin.countries import CountryAdmin
from employees.admin.deletion import DeletionAdmin
from employees.admin.part_forms import TextForm
from employees.admin.searching import CanonicalSearchAdmin, CompanyFilter
from employees.models import Company, Department


@admin.register(Company)
class CompanyAdmin(CanonicalSearchAdmin, AskingAdmin, CountryAdmin, DeletionAdmin):
    form = TextForm
    list_display = ("name", "organisation_number", "country", "time_zone")
    search_fields = ("name", "organisation_number")
    list_filter = ("country",)

    def get_readonly_fields(self, request: HttpRequest, obj: Company | None = None) -> tuple[str, ...]:
        # A name is refused where another company has it: nobody finds out about companies that way.
        return () if companies_seen(request.user) is None else ("name",)

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
