from typing import Any, ClassVar, Final

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from employees.access.reading import reader, somebody
from employees.admin.asking import AskingAdmin
from employees.admin.choosing import ChoiceFilter, ChoosingAdmin
from employees.admin.countries import CountryAdmin
from employees.admin.deletion import DeletionAdmin
from employees.admin.employee_form import EMPTIED, EmployeeForm
from employees.admin.finding import FindingAdmin
from employees.admin.inlines import BankAccountInline, CompensationInline, PositionInline
from employees.admin.managers import ManagerFilter
from employees.admin.searching import CanonicalSearchAdmin
from employees.admin.sensitive import SensitiveAdmin, masked_fields, may_see_sensitive
from employees.admin.together import TogetherAdmin
from employees.admin.transfer import TransferAdmin
from employees.admin.user_link import LinkingAdmin, UserLinkInline
from employees.admin.zoned import ZonedAdmin
from employees.duplicates import find_duplicates
from employees.employment import EmploymentState, employment_state, now_in_employment_state
from employees.labels import field_label, label_of
from employees.likenesses import named
from employees.models import Employee
from employees.privacy import ID_STORED, is_on
from employees.takeovers import give_up_address
from employees.zones import today_of

MASKED_ID: Final = "masked_national_id"
HIDDEN_MANAGER: Final = "hidden_manager"


class EmploymentStateFilter(admin.SimpleListFilter):
    title = _("employment")
    parameter_name = "employment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(EmploymentState.choices)

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Employee]) -> models.QuerySet[Employee]:
        state = self.value()
        if state is None or state not in EmploymentState.values:
            return queryset
        return queryset.filter(now_in_employment_state(EmploymentState(state)))


@admin.register(Employee)
class EmployeeAdmin(
    LinkingAdmin,
    FindingAdmin,
    CanonicalSearchAdmin,
    ChoosingAdmin,
    TogetherAdmin,
    TransferAdmin,
    AskingAdmin,
    CountryAdmin,
    SensitiveAdmin,
    DeletionAdmin,
    ZonedAdmin,
):
    form = EmployeeForm
    actions = ("change_together",)
    actions_list = ("find_by_number",)
    inlines = (BankAccountInline, PositionInline, CompensationInline, UserLinkInline)
    list_display = ("name", "company", "department", "employment_id", "work_email", "state", "protected")
    list_select_related = ("company", "department")
    list_filter = (
        ("company", ChoiceFilter),
        ("department", ChoiceFilter),
        EmploymentStateFilter,
        ManagerFilter,
        "protected_identity",
    )
    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False
    search_fields = (
        "given_name",
        "family_name",
        "work_email",
        "=employment_id",
        "department__name",
        "company__name",
    )
    search_help_text = _("Name, work e-mail, department, company, or the whole employment ID")
    autocomplete_fields = ("company", "department", "manager")
    warn_unsaved_form = True
    fieldsets = (
        (
            _("Name and work"),
            {"fields": (("given_name", "family_name"), ("company", "department"), ("manager", "employment_id"))},
        ),
        (_("Contact"), {"fields": (("work_email", "work_phone"), ("private_email", "private_phone"))}),
        (_("Address"), {"fields": ("street", "street2", ("postal_code", "city"), "country", "protected_identity")}),
        (_("Employment"), {"fields": (("first_workday", "last_workday"),)}),
        (_("Identity"), {"fields": ("birth_date", "national_id", "national_id_country")}),
    )
    locked_without_right: ClassVar = ("national_id", "national_id_country")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Answer no address with whom somebody leads who is hidden: no page of ours asks for a manager's people."""
        asks = lookup.partition("__")[0] in ("manager", "manager_id")
        return not asks and bool(super().lookup_allowed(lookup, value, request))

    def get_fieldsets(self, request: HttpRequest, obj: Employee | None = None) -> list[tuple[Any, dict[str, Any]]]:
        fieldsets: list[tuple[Any, dict[str, Any]]] = super().get_fieldsets(request, obj)
        if _manager_hidden(obj):
            fieldsets = [(title, {**more, "fields": _hiding_manager(more["fields"])}) for title, more in fieldsets]
        if obj is not None and not is_on(obj.company, ID_STORED):
            return _without_number(fieldsets, stands=bool(obj.national_id), may_empty=may_see_sensitive(request))
        if may_see_sensitive(request):
            return fieldsets
        return [(title, {**options, "fields": masked_fields(options["fields"])}) for title, options in fieldsets]

    def get_form(self, request: HttpRequest, obj: Employee | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        stands = obj is not None and bool(obj.national_id) and not is_on(obj.company, ID_STORED)
        if stands and may_see_sensitive(request):
            return form
        # A field of the form's own is on it whether the page shows it or not: a post could hold it.
        return type(form.__name__, (form,), {EMPTIED: None})

    def get_readonly_fields(self, request: HttpRequest, obj: Employee | None = None) -> tuple[str, ...]:
        readonly = (*super().get_readonly_fields(request, obj), *((HIDDEN_MANAGER,) if _manager_hidden(obj) else ()))
        if obj is not None and not is_on(obj.company, ID_STORED):
            return (*readonly, MASKED_ID)
        return readonly if may_see_sensitive(request) else (*readonly, *masked_fields(self.locked_without_right))

    @display(description=_("name"), ordering="family_name")
    def name(self, employee: Employee) -> str:
        return employee.full_name

    @display(description=_("manager"))
    def hidden_manager(self, employee: Employee) -> str:
        """Stands for a manager whom the reader may not see, and whom nobody takes away unseen (PR-04)."""
        return somebody()

    @display(
        description=_("employment"),
        label={
            EmploymentState.CURRENT.label: "success",
            EmploymentState.COMING.label: "info",
            EmploymentState.ENDED.label: "",
        },
    )
    def state(self, employee: Employee) -> Any:
        return employment_state(
            first_workday=employee.first_workday, last_workday=employee.last_workday, on=today_of(employee)
        ).label

    @display(description=_("protected identity"), ordering="protected_identity", label="warning")
    def protected(self, employee: Employee) -> Any:
        return _("Protected") if employee.protected_identity else ""

    def save_model(self, request: HttpRequest, obj: Employee, form: Any, change: bool) -> None:
        leavers = [each.pk for each in form.leavers]
        for leaver in give_up_address(leavers=leavers, address=obj.work_email, today=today_of(obj)):
            messages.success(
                request,
                _("The work e-mail was emptied on the record of %(leaver)s, who has left.") % {"leaver": named(leaver)},
            )
        super().save_model(request, obj, form, change)
        for field, others in find_duplicates(employee=obj).items():
            messages.warning(request, _duplicate_warning(employee=obj, field=field, others=others))


def _manager_hidden(employee: Employee | None) -> bool:
    return employee is not None and employee.manager is not None and not reader().knows(employee.manager)


def _hiding_manager(fields: Any) -> Any:
    shown = {"manager": HIDDEN_MANAGER}
    return tuple(_hiding_manager(name) if isinstance(name, tuple) else shown.get(name, name) for name in fields)


def _without_number(fieldsets: Any, *, stands: bool, may_empty: bool) -> list[tuple[Any, dict[str, Any]]]:
    """Where the company keeps no national IDs, what stands still is told, and emptied once somebody says so."""
    closed = {"national_id", "national_id_country"}
    told = ((MASKED_ID, EMPTIED) if may_empty else (MASKED_ID,)) if stands else ()
    return [
        (
            title,
            {
                **options,
                "fields": tuple(name for name in options["fields"] if name not in closed)
                + (told if closed & set(options["fields"]) else ()),
            },
        )
        for title, options in fieldsets
    ]


def _duplicate_warning(*, employee: Employee, field: str, others: list[Employee]) -> str:
    label = field_label(Employee, field)
    names = ", ".join(map(label_of, others))
    return ngettext(
        "%(person)s and %(others)s have the same %(field)s. "
        "A synchronisation may leave both out until one of them is changed.",
        "%(person)s and %(others)s have the same %(field)s. "
        "A synchronisation may leave all of them out until the value is one person's alone.",
        len(others),
    ) % {"person": employee, "others": names, "field": label}
