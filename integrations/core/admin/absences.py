"""The absences' pages with what became of each at the vendors: a line in the list and on the page, and a filter."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from absences.admin.absence import AbsenceAdmin
from absences.admin.keeping_apart import context_of
from absences.kinds import kind_reader, reads_kind
from absences.models import Absence
from employees.access.companies import within
from employees.foreign_text import ForeignText
from integrations.core.admin.field_history import HistoryReader, changes_of_absence
from integrations.core.admin.pages import PreparedChangeList
from integrations.core.calls import connector_of
from integrations.core.hub.absences import ABSENCE, GONE, RESOURCE, left_id_of, pk_of
from integrations.core.hub.tracking import SUBJECT
from integrations.core.models import Connection, Link, Mark, Problem
from integrations.core.problems import OPEN
from integrations.core.push.others import Line, others_of
from integrations.core.registry import manifests

# Changes on the absence's own page; the rest stands in the person's whole history.
LAST_CHANGES: Final = 50
# Stand in the error log.
TOLD: Final = (Mark.Hold.PROBLEM, Mark.Hold.OVERLAP, Mark.Hold.OUTSIDE)

admin.site.unregister(Absence)


class TransferFilter(admin.SimpleListFilter):
    title = _("transfer")
    parameter_name = "transfer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("there", _("At the vendor")),
            ("waiting", _("Waiting to be sent")),
            ("refused", _("Needs attention")),
            ("not", _("Not at the vendor")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Absence]) -> QuerySet[Absence]:
        mine = {"resource": RESOURCE, "left_id": Concat(Value(ABSENCE), Cast(OuterRef("pk"), CharField()))}
        linked = Link.objects.filter(**mine, children__state=Link.State.ACTIVE).exclude(state__in=GONE)
        there = Exists(linked)
        wanted = {
            "there": there,
            "waiting": Exists(Mark.objects.filter(**mine).exclude(held_by__in=TOLD)),
            "refused": Exists(Problem.objects.filter(**mine, state__in=OPEN)),
            "not": ~there,
        }
        condition = wanted.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition)


@admin.register(Absence)
class TransferredAbsenceAdmin(AbsenceAdmin):
    """Shows the transfer where an integration that sends absences is connected, and who changed what (G-12)."""

    change_form_template = "core/admin/absence.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        absence = self.get_object(request, object_id) if object_id and self.has_view_permission(request) else None
        context = {**(_context(request, absence) if absence else {}), **(extra_context or {})}
        page: HttpResponseBase = super().changeform_view(request, object_id, form_url, context)
        return page

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = tuple(super().get_list_display(request))
        return (*columns, "transfer") if _shows_transfer(request) else columns

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        filters = super().get_list_filter(request)
        return (*filters, TransferFilter) if _shows_transfer(request) else filters

    def get_readonly_fields(self, request: HttpRequest, obj: Absence | None = None) -> tuple[str, ...]:
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "transfer") if obj is not None else fields

    def get_fieldsets(self, request: HttpRequest, obj: Absence | None = None) -> list[tuple[Any, dict[str, Any]]]:
        fieldsets = super().get_fieldsets(request, obj)
        if (
            obj is None
            or not reads_kind(obj)
            or not (_pushing(company=obj.employee.company_id).exists() or _standing_left([obj]))
        ):
            return fieldsets
        return [*fieldsets, (_("Transfer"), {"fields": ("transfer",)})]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return PreparedChangeList

    def prepare(self, request: HttpRequest, records: Sequence[Any]) -> None:
        """Fetch the lines of a page's absences at once."""
        lines = lines_of(list(records), reader=request.user) if _shows_transfer(request) else {}
        for absence in records:
            absence.transfer_lines = lines.get(absence.pk, [])

    @display(description=_("transfer"))
    def transfer(self, absence: Absence) -> str:
        lines = getattr(absence, "transfer_lines", None)
        if lines is None:
            lines = lines_of([absence]).get(absence.pk, [])
        several = len(lines) > 1
        return " · ".join(f"{label}: {line.text}" if several else line.text for label, line in lines) or "–"


def _shows_transfer(request: HttpRequest) -> bool:
    """How an absence stands at a vendor tells what it is."""
    return kind_reader().reads_all and within(_pushing(), request.user, to="company").exists()


def about_absence(request: HttpRequest, problem: Problem) -> dict[str, Any]:
    """Return what is proposed about the absence that a problem is about, where the reader sees that one."""
    pk = pk_of(problem.left_id) if problem.resource == RESOURCE else None
    if pk is None or problem.state not in OPEN:
        return {}
    page: Any = admin.site.get_model_admin(Absence)
    absence = page.get_queryset(request).select_related("employee", "type").filter(pk=pk).first()
    return context_of(request.user, absence) if absence and page.has_view_permission(request, absence) else {}


def _context(request: HttpRequest, absence: Absence) -> dict[str, Any]:
    """Return what the reader may see of it."""
    context: dict[str, Any] = {}
    if request.user.has_perm("core.view_problem"):
        mine = Problem.objects.filter(resource=RESOURCE, left_id=left_id_of(absence.pk), state__in=OPEN)
        context["problem_ids"] = list(mine.order_by("pk").values_list("pk", flat=True))
    if request.user.has_perm("core.view_fieldchange"):
        # The field history says more than Django's own history would.
        context |= {"show_history": False, **_history(request, absence)}
    return context


def _history(request: HttpRequest, absence: Absence) -> dict[str, Any]:
    latest = list(changes_of_absence(absence)[: LAST_CHANGES + 1])
    lines = HistoryReader(request, latest, of_one_absence=True, kinds=reads_kind(absence)).read()
    address = reverse("admin:core_fieldchange_changelist")
    return {
        "changes": lines[:LAST_CHANGES],
        "all_changes_url": f"{address}?subject__exact={SUBJECT}&subject_id__exact={absence.employee_id}",
        "more_changes": len(lines) > LAST_CHANGES,
    }


def lines_of(absences: list[Absence], *, reader: Any = None) -> Mapping[int, list[tuple[str, Line]]]:
    """Return (connection, line) by absence; a fixed number of queries per connection. Without a reader it is masked."""
    by_company: dict[int, list[int]] = {}
    for absence in absences:
        by_company.setdefault(absence.employee.company_id, []).append(absence.pk)
    wanted = {each: by_company[each.company_id or 0] for each in _pushing().filter(company__in=by_company)}
    # What was sent before its person moved to another company stands there still.
    left = _standing_left(absences)
    for connection in _pushing().filter(pk__in=left):
        wanted[connection] = [*wanted.get(connection, []), *left[connection.pk]]
    found: dict[int, list[tuple[str, Line]]] = {}
    for connection, pks in sorted(wanted.items(), key=lambda item: (item[0].label, item[0].pk)):
        for pk, line in _lines(connection, pks).items():
            text = ForeignText(line.text)
            shown = text.for_reader(reader) if reader is not None else text.for_mail()
            found.setdefault(pk, []).append((connection.label, line._replace(text=shown)))
    return found


def _standing_left(absences: list[Absence]) -> dict[int, list[int]]:
    """Return, by connection of another company, the absences that were sent there."""
    companies = {left_id_of(each.pk): each.employee.company_id for each in absences}
    links = Link.objects.filter(resource=RESOURCE, left_id__in=companies).exclude(state__in=GONE)
    found: dict[int, list[int]] = {}
    for connection_id, company_id, left_id in links.values_list("connection", "connection__company", "left_id"):
        if company_id != companies[left_id]:
            found.setdefault(connection_id, []).append(pk_of(left_id) or 0)
    return found


def _lines(connection: Connection, pks: list[int]) -> dict[int, Line]:
    lines: dict[int, Line] = {}
    try:
        for other in others_of(connection, connector_of(connection)):
            lines |= other.lines(pks)
    except ValidationError:
        # Settings that cannot be read: the connection's own pages say so.
        return {}
    return lines


def _pushing(*, company: int | None = None) -> QuerySet[Connection]:
    names = [name for name, manifest in manifests().items() if RESOURCE in manifest.pushes]
    connections = Connection.objects.filter(integration__in=names, state__in=Connection.CONNECTED)
    connections = connections.filter(company=company) if company is not None else connections
    return connections.defer("credentials").order_by("label", "pk")
