"""What stands in the database and would be refused now: who, which value, why, and the way to mend it (D-01, D-02)."""

from collections.abc import Sequence
from typing import Any, Final

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from absences.admin.absence import SEE_EVERYBODY
from employees.access.companies import within
from employees.admin.searching import CompanyFilter
from employees.admin.sensitive import SENSITIVE
from employees.labels import label_of
from employees.models import StoredValue
from integrations.core.admin.pages import CorePage
from integrations.core.mending import reason_against, records_of

# Whoever may see the record sees what is wrong with it; a person's parts stand on the person's page.
MODELS: Final = (
    "employees.company",
    "employees.department",
    "employees.employee",
    "employees.bankaccount",
    "employees.position",
    "employees.compensation",
    "absences.absencetype",
    "absences.absence",
)
ABSENCE: Final = "absences.absence"
State = StoredValue.State


class StateFilter(admin.SimpleListFilter):
    """Begins with what is to be done."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(State.REWRITTEN, State.REWRITTEN.label), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": State.TO_MEND.label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[StoredValue]) -> QuerySet[StoredValue]:
        chosen = self.value() or State.TO_MEND
        return queryset if chosen == "all" else queryset.filter(state=chosen)


@admin.register(StoredValue)
class StoredValueAdmin(CorePage):
    list_display = ("whose", "what", "value", "why", "state_badge")
    list_display_links = None
    # A record's own page shows no more than the list: its columns hold the values in full.
    fields = readonly_fields = ("whose", "what", "value", "why", "state_badge")
    list_filter = (StateFilter, ("company", CompanyFilter))
    list_select_related = ("company", "employee__company", "employee__department")
    search_fields = (
        "employee__given_name",
        "employee__family_name",
        "=employee__employment_id",
        "employee__department__name",
        "company__name",
    )
    search_help_text = _("Name, department, company, or the whole employment ID")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoredValue]:
        values: QuerySet[StoredValue] = super().get_queryset(request)
        return values.filter(model__in=readable_models(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(readable_models(request))

    def has_view_permission(self, request: HttpRequest, obj: StoredValue | None = None) -> bool:
        readable = readable_models(request)
        return bool(readable) if obj is None else obj.model in readable

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        return super().changelist_view(request, {"title": _now("Values to mend"), **(extra_context or {})})

    def prepare(self, request: HttpRequest, records: Sequence[Any]) -> None:
        found = records_of(records)
        masked = not request.user.has_perm("employees.view_sensitive")
        for value in records:
            record = found.get((value.model, value.record_id))
            value.shown = _shown(value, record, masked=masked)
            value.label = str(record) if record else "–"
            value.reason = reason_against(value, record) if record and value.state == State.TO_MEND else ""

    @display(description=_("whose"))
    def whose(self, value: Any) -> str:
        company = f" ({value.company})" if value.company and value.model != "employees.company" else ""
        whose = label_of(value.employee, company=True) if value.employee else f"{value.label}{company}"
        return format_html('<a href="{}">{}</a>', record_url(value), whose)

    @display(description=_("field"))
    def what(self, value: StoredValue) -> str:
        return field_text(value)

    @display(description=_("value"))
    def value(self, value: Any) -> str:
        return str(value.shown)

    @display(description=_("why, and what to do"))
    def why(self, value: Any) -> str:
        text = value.reason or _now("Mended. It leaves this list within a minute.")
        if value.state == State.REWRITTEN:
            text = _now("Written as it looks, without what nobody sees or in its country's form. Nothing to do.")
        return format_html('<span class="samklang-long">{}</span>', text)

    @display(description=_("state"), label={State.TO_MEND: "warning", State.REWRITTEN: "info"})
    def state_badge(self, value: StoredValue) -> tuple[str, str]:
        return value.state, value.get_state_display()


def readable_models(request: HttpRequest) -> list[str]:
    readable = []
    for label in MODELS:
        app, model = label.split(".")
        if request.user.has_perm(f"{app}.view_{model}"):
            readable.append(label)
    # Whoever sees the own team's absences alone finds them on the absences' own pages.
    return readable if request.user.has_perm(SEE_EVERYBODY) else [each for each in readable if each != ABSENCE]


def count_to_mend(request: HttpRequest) -> int:
    """Return how many values the reader may see are to be mended."""
    values = within(StoredValue.objects.all(), request.user)
    return values.filter(state=State.TO_MEND, model__in=readable_models(request)).count()


def record_url(value: StoredValue) -> str:
    """Return the address of the page on which the value is edited."""
    if value.employee_id and value.model.startswith("employees."):
        return reverse("admin:employees_employee_change", args=[value.employee_id])
    return reverse(f"admin:{value.model.replace('.', '_')}_change", args=[value.record_id])


def field_text(value: StoredValue) -> str:
    """Return the field's name, of a part of a person with the part's."""
    meta = apps.get_model(value.model)._meta
    label = str(meta.get_field(value.field).verbose_name)
    is_part = value.model not in ("employees.employee", "employees.company", "employees.department")
    return f"{capfirst(str(meta.verbose_name))}: {label}" if is_part else capfirst(label)


def _shown(value: StoredValue, record: Any, *, masked: bool) -> str:
    if value.state == State.REWRITTEN:
        before, after = (_hidden(value.field, text, masked=masked) for text in (value.before, value.after))
        return after if before == after else f"{before} → {after}"
    stored = getattr(record, value.field, None) if record else None
    return _hidden(value.field, "" if stored is None else str(stored), masked=masked)


def _hidden(field: str, text: str, *, masked: bool) -> str:
    return SENSITIVE[field](text) if masked and field in SENSITIVE else text
