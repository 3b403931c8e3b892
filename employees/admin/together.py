"""The action "Change department, manager or last workday…" of the list of employees."""

import uuid
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from employees.admin.choosing import KnownChoices, LabelledFields
from employees.admin.held import tell_held
from employees.labels import field_label, label_of
from employees.models import Company, Department, Employee
from employees.page_zones import show_in_zone_of
from employees.parameters import storable, wholes
from employees.shown import done_already_text, posted_fingerprint, posted_time
from employees.together import MOST_PEOPLE, MadeAlready, NotMade, Plan, change_together, plan_change

KEEP: Final = "keep"
NONE: Final = "none"
SET: Final = "set"
PEOPLE_SHOWN: Final = 200
# The search leaves out so many people, who cannot be their own manager: more do not fit into an address.
MOST_LEFT_OUT: Final = 300
CHANGE: Final = "employees.change_employee"


class OnePersonSelect(KnownChoices, AutocompleteSelectMultiple):
    """Searches for one person. The widget for several has a name that screen readers tell; that for one has none."""

    offered = ""

    def get_url(self) -> str:
        return f"{super().get_url()}?{self.offered}"

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        more = {"data-placeholder": _("Search for a person"), "data-maximum-selection-length": 1}
        return {**super().build_attrs(base_attrs, extra_attrs), **more}


class TogetherForm(forms.Form):
    """What becomes of each field: it is left as it is, emptied, or set for everybody alike."""

    employees = forms.CharField(widget=forms.HiddenInput)
    department = forms.ChoiceField(label=gettext_lazy("Department"), widget=UnfoldAdminSelectWidget)
    manager_becomes = forms.ChoiceField(label=gettext_lazy("Manager"), widget=UnfoldAdminSelectWidget)
    manager = LabelledFields(
        label=gettext_lazy("Manager of all of them"),
        queryset=Employee.objects.none(),
        required=False,
        widget=OnePersonSelect(Employee._meta.get_field("manager"), admin.site),
    )
    last_workday_becomes = forms.ChoiceField(label=gettext_lazy("Last workday"), widget=UnfoldAdminSelectWidget)
    last_workday = forms.DateField(
        label=gettext_lazy("Last workday of all of them"), required=False, widget=UnfoldAdminSingleDateWidget
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep = (KEEP, _("Leave as it is"))
        departments = Department.objects.filter(company=company).order_by("name")
        fields: dict[str, Any] = self.fields
        fields["department"].choices = [
            keep,
            (NONE, _("No department")),
            *((str(each.pk), each.name) for each in departments),
        ]
        fields["manager_becomes"].choices = [keep, (NONE, _("Nobody")), (SET, _("The person below"))]
        fields["last_workday_becomes"].choices = [keep, (NONE, _("None: goes on")), (SET, _("The date below"))]
        fields["manager"].queryset = Employee.objects.filter(company=company).select_related("department")
        people = wholes(str(self["employees"].value() or "").split(","))
        left_out = people if len(people) <= MOST_LEFT_OUT else []
        fields["manager"].widget.offered = urlencode({"company": company.pk, "record": ",".join(map(str, left_out))})
        self._departments = {str(each.pk): each for each in departments}

    def clean_manager(self) -> Employee | None:
        found = list(self.cleaned_data["manager"])
        if len(found) > 1:
            raise forms.ValidationError(_("Choose one manager."))
        return found[0] if found else None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name, missing in (("manager", _("Choose the manager.")), ("last_workday", _("Enter the last workday."))):
            if values.get(f"{name}_becomes") == SET and not values.get(name) and name not in self.errors:
                self.add_error(name, missing)
        if not self.errors and not self.wanted():
            raise forms.ValidationError(_("Choose at least one thing to change."))
        return values

    def wanted(self) -> dict[str, Any]:
        """Return the values that all of the people get, by field."""
        values: dict[str, Any] = {}
        chosen = self.cleaned_data["department"]
        if chosen != KEEP:
            values["department"] = self._departments.get(chosen)
        for name in ("manager", "last_workday"):
            becomes = self.cleaned_data[f"{name}_becomes"]
            if becomes != KEEP:
                values[name] = self.cleaned_data[name] if becomes == SET else None
        return values


class TogetherAdmin(ModelAdmin):
    """For the model admin of employees."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.together_view))
        return [path("together/", view, name="employees_employee_together"), *super().get_urls()]

    @admin.action(
        description=gettext_lazy("Change department, manager or last workday…"),
        permissions=["change"],
    )
    def change_together(self, request: HttpRequest, queryset: Any) -> HttpResponseBase | None:
        ids = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_PEOPLE + 1])
        company = self._company_of(request, ids)
        show_in_zone_of(company)
        if company is None:
            return None
        initial = {"employees": ",".join(map(str, ids)), **dict.fromkeys(BECOMES, KEEP)}
        return self._ask(request, TogetherForm(initial=initial, company=company), ids)

    def together_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show what the chosen values would do; with ``confirm`` do it."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        named = wholes(request.POST.get("employees", "").split(","))
        # Whoever is not there, or not for this reader, is not among them.
        ids = list(self.get_queryset(request).filter(pk__in=named).values_list("pk", flat=True))
        company = self._company_of(request, ids)
        show_in_zone_of(company)
        if company is None:
            return redirect("admin:employees_employee_changelist")
        form = TogetherForm(request.POST, company=company)
        if not form.is_valid() or "back" in request.POST:
            return self._ask(request, form, ids)
        if "confirm" in request.POST:
            return self._make(request, form, ids)
        return self._show(request, form, plan_change(employee_ids=ids, values=form.wanted()))

    def _company_of(self, request: HttpRequest, ids: list[int]) -> Company | None:
        """Return the one company of the people, or say why they cannot be changed together."""
        if len(ids) > MOST_PEOPLE:
            messages.error(
                request,
                _("At most %(count)d people can be changed together. Choose fewer, or import a file.")
                % {"count": MOST_PEOPLE},
            )
            return None
        people = self.get_queryset(request).filter(pk__in=ids)
        companies = list(Company.objects.filter(pk__in=people.order_by().values("company"))[:2])
        if len(companies) != 1:
            messages.error(request, _("Choose people of one company: departments and managers are a company's own."))
            return None
        return companies[0]

    def _make(self, request: HttpRequest, form: TogetherForm, ids: list[int]) -> HttpResponseBase:
        wanted = form.wanted()
        key = f"together:{storable(request.POST.get('key'))[:60]}"
        try:
            plan = change_together(
                employee_ids=ids,
                values=wanted,
                shown=posted_fingerprint(request),
                shown_at=posted_time(request),
                key=key,
                user_id=request.user.pk,
            )
        except MadeAlready as made:
            who, at = next(((each.who, each.at) for each in made.happened), ("", None))
            messages.info(request, done_already_text(who=who, at=at, by=request.user))
            return redirect("admin:employees_employee_changelist")
        except NotMade as error:
            messages.error(request, str(error))
            return self._show(request, form, plan_change(employee_ids=ids, values=wanted))
        changed = len(plan.changing)
        text = ngettext("%(count)d person was changed.", "%(count)d people were changed.", changed)
        messages.success(request, text % {"count": changed})
        tell_held(request, key=key)
        return redirect("admin:employees_employee_changelist")

    # --- Pages ------------------------------------------------------------------------------------------

    def _ask(self, request: HttpRequest, form: TogetherForm, ids: list[int]) -> TemplateResponse:
        title = ngettext("Change %(count)d person", "Change %(count)d people together", len(ids)) % {"count": len(ids)}
        return self._page(request, "employees/together.html", title=title, form=form)

    def _show(self, request: HttpRequest, form: TogetherForm, plan: Plan) -> TemplateResponse:
        changing = len(plan.changing)
        title = ngettext("Change %(count)d person?", "Change %(count)d people together?", changing)
        return self._page(
            request,
            "employees/together_confirm.html",
            title=title % {"count": changing},
            form=form,
            plan=plan,
            shown=[_shown(each) for each in plan.changing[:PEOPLE_SHOWN]],
            doubtful=[each for each in plan.changing if each.doubts],
            more=max(0, len(plan.changing) - PEOPLE_SHOWN),
            outgoing=plan.outgoing,
            made_from=plan.made_from,
            key=uuid.uuid4().hex,
            kept=[(name, value) for name in form.fields for value in request.POST.getlist(name)],
        )

    def _page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        model_admin: Any = self
        media = model_admin.media + context["form"].media
        shared = {**model_admin.admin_site.each_context(request), "opts": Employee._meta, "media": media}
        return TemplateResponse(request, template, {**shared, **context})


BECOMES: Final = ("department", "manager_becomes", "last_workday_becomes")


def _shown(planned: Any) -> dict[str, Any]:
    return {
        "employee": planned.employee,
        "label": planned.label,
        "differences": [
            (field_label(Employee, name), _text(before), _text(after)) for name, before, after in planned.differences
        ],
    }


def _text(value: Any) -> str:
    if isinstance(value, Employee):
        return label_of(value)
    return str(localize(value)) if value not in (None, "") else ""
