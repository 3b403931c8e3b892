from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from absences.admin.colours import STATUS_VARIANTS, VARIANTS
from absences.admin.deciding import DecidingAdmin
from absences.admin.filters import PeriodFilter
from absences.admin.forms import AbsenceForm
from absences.admin.keeping_apart import KeepingApartAdmin, context_of
from absences.admin.transfer import AbsenceTransferAdmin
from absences.confirming import confirm_outside
from absences.deciding import made_from, reach_of_deletion, reason_against
from absences.kinds import kind_reader, reads_kind
from absences.models import Absence
from absences.models.absence import Status
from absences.models.types import Colour
from absences.overlaps import find_doubts
from absences.teams import is_own, team_of
from absences.tracking import AbsenceReach
from employees.access.reading import reading_as
from employees.admin.asking import AskingAdmin
from employees.admin.choosing import ChoiceFilter, ChoosingAdmin, Chosen, Rule, offer
from employees.admin.deletion import DeletionAdmin
from employees.admin.searching import CanonicalSearchAdmin, CompanyFilter
from employees.admin.zoned import ZonedAdmin
from employees.labels import label_of
from employees.models import Employee
from employees.zones import moment_text

SEE_EVERYBODY = "absences.see_everybody"
DECIDED: Any = ("decision", "registered_by")
# What tells of the kind of an absence: some kinds need no decision.
TELLING: Any = ("type", "note", "decided_by", "decided_at")
TELLING_COLUMNS: Any = ("kind", "decision")


@admin.register(Absence)
class AbsenceAdmin(
    CanonicalSearchAdmin,
    ChoosingAdmin,
    AbsenceTransferAdmin,
    DecidingAdmin,
    KeepingApartAdmin,
    AskingAdmin,
    DeletionAdmin,
    ZonedAdmin,
):
    """Whoever may not see everybody sees the own team: the people whose manager is the user's employee."""

    form = AbsenceForm
    list_display = ("person", "kind", "period", "days", "grade_text", "state", "decision")
    list_display_links = ("person",)
    list_select_related = ("employee__company", "employee__department", "type", "decided_by")
    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False
    search_fields = (
        "employee__given_name",
        "employee__family_name",
        "employee__work_email",
        "=employee__employment_id",
        "employee__department__name",
        "employee__company__name",
    )
    search_help_text = _("Name, work e-mail, department, company, or the whole employment ID")
    autocomplete_fields = ("employee",)
    actions = ("approve_chosen", "decline_chosen")
    warn_unsaved_form = True
    change_form_outer_before_template = "absences/before_form.html"
    readonly_fields = DECIDED
    fieldsets: ClassVar[Any] = (
        (_("Who and why"), {"fields": (("employee", "type"),)}),
        (
            _("When"),
            {
                "fields": (("start", "end"), "grade", "note"),
                "description": _(
                    "The first and the last day and all between, weekends included: payroll counts the hours by the"
                    " person's working-time schedule."
                ),
            },
        ),
        (_("Decision"), {"fields": ("status", *DECIDED)}),
    )

    # --- Who sees and changes what ------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> Any:
        absences: Any = super().get_queryset(request)
        return absences if request.user.has_perm(SEE_EVERYBODY) else absences.of_team_of(request.user)

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        people = (("employee", ChoiceFilter), ("employee__company", CompanyFilter))
        # The search among people is for those who may see them all.
        shown = people if request.user.has_perm(SEE_EVERYBODY) else ()
        kinds = ("type",) if kind_reader().reads_all else ()
        return ("status", ("start", PeriodFilter), *kinds, *shown)

    def get_sortable_by(self, request: HttpRequest) -> Any:
        columns = super().get_sortable_by(request)
        return columns if kind_reader().reads_all else [name for name in columns if name not in TELLING_COLUMNS]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nobody works a kind back from what the address of a list leaves over."""
        if lookup.split("__")[0] in TELLING and not kind_reader().reads_all:
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    def get_readonly_fields(self, request: HttpRequest, obj: Absence | None = None) -> tuple[str, ...]:
        if obj is None:
            return tuple(DECIDED)
        may_decide = self.has_decide_permission(request) and not is_own(employee=obj.employee, user=request.user)
        fixed = ("employee", *self._shown_without_link(request, obj).values(), *DECIDED)
        return fixed if may_decide else (*fixed, "status")

    def get_fieldsets(self, request: HttpRequest, obj: Absence | None = None) -> list[tuple[Any, dict[str, Any]]]:
        fieldsets: list[tuple[Any, dict[str, Any]]] = super().get_fieldsets(request, obj)
        if obj is None:
            # The type says what a new absence begins with.
            return fieldsets[:-1]
        who = tuple(self._shown_without_link(request, obj).get(name, name) for name in ("employee", "type"))
        first, *others = [(fieldsets[0][0], {"fields": (who,)}), *fieldsets[1:]]
        if reads_kind(obj):
            return [first, *others]
        # A note may tell of somebody's health, too.
        return [first, *((title, {**more, "fields": _without_note(more["fields"])}) for title, more in others)]

    def _shown_without_link(self, request: HttpRequest, absence: Absence) -> dict[str, str]:
        """A field that is not changed links to the record's page: not for those who may not open that.

        A kind that the reader does not read is no field at all.
        """
        user = request.user
        may_change_type = user.has_perm("absences.change_absence") and reads_kind(absence)
        names = {} if user.has_perm("employees.view_employee") else {"employee": "person"}
        if not reads_kind(absence) or not (may_change_type or user.has_perm("absences.view_absencetype")):
            names["type"] = "type_name"
        return names

    def get_form(self, request: HttpRequest, obj: Absence | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        with reading_as(None):
            return super().construct_change_message(request, form, formsets, add)

    # Django keeps what a record was called for whoever reads it later.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        with reading_as(None):
            return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        with reading_as(None):
            return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        with reading_as(None):
            return super().log_deletions(request, queryset)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "employee" and not request.user.has_perm(SEE_EVERYBODY):
            kwargs["queryset"] = Employee.objects.filter(team_of(request.user))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        shown = self.get_object(request, object_id) if object_id and self.has_view_permission(request) else None
        absence = shown if self.has_decide_permission(request) else None
        decisions = self._decisions(request, absence)
        doubts = find_doubts([absence])[0] if absence is not None and decisions else []
        context = {
            "decidable": absence,
            "decisions": decisions,
            "decidable_doubts": doubts,
            **(context_of(request.user, shown) if shown is not None else {}),
            **(extra_context or {}),
        }
        page: HttpResponseBase = super().changeform_view(request, object_id, form_url, context)
        return page

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponseBase:
        absence = self.get_object(request, object_id)
        context = {} if absence is None or reads_kind(absence) else _added_alone(absence)
        page: HttpResponseBase = super().history_view(request, object_id, {**context, **(extra_context or {})})
        return page

    def _decisions(self, request: HttpRequest, absence: Absence | None) -> list[tuple[str, str]]:
        """Return what may be decided, and what the page was made from for that."""
        if absence is None or absence.status != Status.REQUESTED:
            return []
        return [
            (status, made_from([absence], status=status, outgoing=False))
            for status in (Status.APPROVED, Status.DECLINED)
            if not reason_against(absence=absence, status=status, user=request.user)
        ]

    def save_model(self, request: HttpRequest, obj: Absence, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.asked_about_outside:
            confirm_outside(absence=obj, by=request.user)
        if form.approval_fell:
            messages.info(request, _now("It has to be approved again: you changed your own approved absence."))

    def reach_of_deletion(self, records: Sequence[Absence]) -> AbsenceReach:
        return reach_of_deletion(records)

    # --- Columns ------------------------------------------------------------------------------------------

    @display(description=_("person"), ordering="employee__family_name")
    def person(self, absence: Absence) -> str:
        return label_of(absence.employee, company=True)

    @display(description=_("type"), ordering="type__name", label=VARIANTS)
    def kind(self, absence: Absence) -> tuple[str, str]:
        return absence.type.colour if reads_kind(absence) else Colour.GREY, absence.kind

    @display(description=_("type"))
    def type_name(self, absence: Absence) -> str:
        return absence.kind

    @display(description=_("registered by"))
    def registered_by(self, absence: Absence) -> str:
        # Not the field itself: that links to the user's page, which is closed to most.
        return absence.created_by.get_username() if absence.created_by else "–"

    @display(description=_("period"), ordering="start")
    def period(self, absence: Absence) -> str:
        return _on_one_line(absence.period)

    @display(description=_("calendar days"))
    def days(self, absence: Absence) -> str:
        return "–" if absence.days is None else str(absence.days)

    @display(description=_("grade"), ordering="grade")
    def grade_text(self, absence: Absence) -> str:
        return _on_one_line(f"{absence.grade} %")

    @display(description=_("status"), ordering="status", label=STATUS_VARIANTS)
    def state(self, absence: Absence) -> tuple[str, str]:
        return absence.status, absence.get_status_display()

    @display(description=_("decided"), ordering="decided_at")
    def decision(self, absence: Absence) -> str:
        # That nobody had to decide tells what it is, and so does that somebody had to.
        if absence.decided_at is None or not reads_kind(absence):
            return "–"
        who = absence.decided_by.get_username() if absence.decided_by else _now("by rule: no approval needed")
        at = moment_text(absence.decided_at, absence)
        return _now("%(at)s, %(who)s") % {"at": at, "who": who}


def _may_be_registered_for(found: Any, chosen: Chosen) -> Any:
    user = chosen.request.user
    return found if user.has_perm(SEE_EVERYBODY) else found.filter(team_of(user))


# Whoever registers absences finds the own team, also without opening anybody's record.
offer(
    Absence,
    "employee",
    Rule(_may_be_registered_for, opens=lambda request: request.user.has_perm("absences.add_absence")),
)


def _added_alone(absence: Absence) -> dict[str, Any]:
    """Return what a history shows that does not tell whether somebody had to decide."""
    kind = ContentType.objects.get_for_model(Absence)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(absence.pk), action_flag=ADDITION)
    page = Paginator(entries.select_related("user").order_by("action_time"), 100).get_page(1)
    return {"action_list": page, "pagination_required": False}


def _without_note(fields: Any) -> tuple[Any, ...]:
    return tuple(name for name in fields if name != "note")


def _on_one_line(text: str) -> str:
    return format_html('<span class="whitespace-nowrap">{}</span>', text)
