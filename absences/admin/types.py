from collections.abc import Iterator
from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from absences.admin.colours import VARIANTS
from absences.deciding import reach_of_counting
from absences.models import AbsenceType
from employees.access.companies import companies_seen
from employees.admin.asking import AskingForm
from employees.admin.deletion import DeletionAdmin
from employees.admin.searching import CanonicalSearchAdmin
from employees.admin.versions import VersionedForm
from employees.outgoing import forecast
from employees.values.doubts import Doubt

COUNTS: Final = "counts_as_work_days"
TAKEN_ALONG: Final = _("With this, absences of the type that are approved go to other systems:")
TAKEN_AWAY: Final = _("With this, what stands in other systems of absences of the type is taken away there:")


class AbsenceTypeForm(AskingForm, VersionedForm):
    """Asks before what stands in other systems follows the type (G-17)."""

    class Meta:
        model = AbsenceType
        fields = ("name", "code", "counts_as_work_days", "needs_approval", "category", "colour", "active")

    def find_doubts(self) -> Iterator[Doubt]:
        if COUNTS not in self.changed_data or not self.instance.pk:
            return
        counts = self.instance.counts_as_work_days
        self._outgoing = forecast(reach=reach_of_counting(self.instance, counts=counts))
        if self._outgoing:
            says = TAKEN_ALONG if counts else TAKEN_AWAY
            listed = render_to_string("employees/outgoing_list.html", {"outgoing": self._outgoing})
            yield Doubt(COUNTS, "reaches", format_html("{}{}", says, listed), asked=True)

    def values_meant(self, doubt: Doubt) -> tuple[Any, ...]:
        # Whoever says yes has seen these absences, and no others.
        return (*super().values_meant(doubt), *(each.made_from for each in self._outgoing))


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
