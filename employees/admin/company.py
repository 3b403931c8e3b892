from django.contrib import admin

from employees.admin.asking import AskingAdmin
from employees.admin.choosing import ChoosingAdmin
from employees.admin.countries import CountryAdmin
from employees.admin.deletion import DeletionAdmin
from employees.admin.part_forms import VersionedTextForm
from employees.admin.searching import CanonicalSearchAdmin
from employees.models import Company, Department


@admin.register(Company)
class CompanyAdmin(CanonicalSearchAdmin, AskingAdmin, CountryAdmin, DeletionAdmin):
    form = VersionedTextForm
    list_display = ("name", "organisation_number", "country", "time_zone")
    search_fields = ("name", "organisation_number")
    list_filter = ("country",)


@admin.register(Department)
class DepartmentAdmin(CanonicalSearchAdmin, ChoosingAdmin, AskingAdmin, DeletionAdmin):
    form = VersionedTextForm
    list_display = ("name", "company")
    list_select_related = ("company",)
    search_fields = ("name", "company__name")
    list_filter = ("company",)
    autocomplete_fields = ("company",)
