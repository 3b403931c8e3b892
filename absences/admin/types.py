from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from absences.admin.colours import VARIANTS
from absences.models import AbsenceType
from employees.access.companies import companies_seen
from employees.admin.deletion import DeletionAdmin
from employees.admin.searching import CanonicalSearchAdmin
from employees.admin.versions import VersionedForm


class AbsenceTypeForm(VersionedForm):
    class Meta:
        model = AbsenceType
        fields = ("name", "code", "counts_as_work_days", "needs_approval", "category", "colour", "active")


@admin.register(AbsenceType)
class AbsenceTypeAdmin(CanonicalSearchAdmin, DeletionAdmin):
    form = AbsenceTypeForm
    list_display = ("coloured_name", "code", "counts_as_work_days", "needs_approval", "category", "active")
    list_filter = ("active", "counts_as_work_days", "needs_approval", "category")
    search_fields = ("name", "code")
    list_per_page = 50

    @display(description=AbsenceType._meta.get_field("name").verbose_name, ordering="name", label=VARIANTS)
    def coloured_name(self, kind: AbsenceType) -> tuple[str, str]:
        return kind.colour, kind.name

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_for_all(request) and bool(super().has_add_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: AbsenceType | None = None) -> bool:
        return _is_for_all(request) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: AbsenceType | None = None) -> bool:
        return _is_for_all(request) and bool(super().has_delete_permission(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: AbsenceType | None = None) -> tuple[str, ...]:
        # Imports, exports and the vendors' proposals know a type by its code.
        return ("code",) if obj is not None else ()


def _is_for_all(request: HttpRequest) -> bool:
    """A type is all companies': whoever sees chosen ones alone would change it for the others."""
    return companies_seen(request.user) is None
