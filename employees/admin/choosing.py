"""Choosing a person, a department or a company: who is offered, under which label (G-26).

The search of a field offers what the field takes. What that is says a rule by field; it knows what the rest of the form
holds, which the page's script sends along (`static/samklang/choosing.js`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django import forms
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.mixins import BaseModelAdminMixin

from employees.access.companies import within
from employees.labels import choice_label, left_last, with_needed
from employees.models import BankAccount, Company, Department, Employee, Position
from employees.parameters import whole, wholes
from employees.zones import offset_of


@dataclass(frozen=True)
class Chosen:
    """What a form holds so far, by its own names; ``record`` is what is edited, several with commas between them."""

    request: HttpRequest

    def __getitem__(self, name: str) -> int:
        return whole(self.request.GET.get(name))

    @property
    def records(self) -> set[int]:
        return set(wholes(self.request.GET.get("record", "").split(",")))

    @cached_property
    def company(self) -> int:
        """The company that the form stands for: chosen, or that of what is chosen; 0 where nothing says it."""
        if self["company"]:
            return self["company"]
        for model, name in ((Department, "department"), (Employee, "manager"), (Employee, "employee")):
            found = model._base_manager.filter(pk=self[name]).values_list("company", flat=True).first()
            if self[name] and found:
                return int(found)
        return 0


@dataclass(frozen=True)
class Rule:
    """``offered`` narrows what a search finds; ``opens`` lets somebody search who may not open the records."""

    offered: Callable[[QuerySet[Any], Chosen], QuerySet[Any]]
    opens: Callable[[HttpRequest], bool] = lambda request: False


def _of_company(found: QuerySet[Any], chosen: Chosen) -> QuerySet[Any]:
    return found.filter(company=chosen.company) if chosen.company else found


def _managers(found: QuerySet[Any], chosen: Chosen) -> QuerySet[Any]:
    return _of_company(found, chosen).exclude(pk__in=_with_everybody_below(chosen.records))


def _with_everybody_below(people: set[int]) -> set[int]:
    """Return who cannot be their manager: they themselves, and everybody below."""
    below, last = set(people), set(people)
    while last:
        reports = Employee._base_manager.filter(manager__in=last).values_list("pk", flat=True)
        last = set(reports) - below
        below |= last
    return below


def _without_account(found: QuerySet[Any], chosen: Chosen) -> QuerySet[Any]:
    return found.filter(bank_account__isnull=True)


RULES: Final[dict[tuple[type[Model], str], Rule]] = {
    (Employee, "department"): Rule(_of_company),
    (Employee, "manager"): Rule(_managers),
    (Position, "department"): Rule(_of_company),
    (BankAccount, "employee"): Rule(_without_account),
}


def offer(model: type[Model], field: str, rule: Rule) -> None:
    """Say what a field's search offers; an app says it of its own models."""
    RULES[model, field] = rule


class ChooserView(AutocompleteJsonView):
    """Answers the search of every field that chooses one of many records."""

    @property
    def rule(self) -> Rule | None:
        return RULES.get((self.source_field.model, self.source_field.name))

    def has_perm(self, request: HttpRequest, obj: Any = None) -> bool:
        opens = self.rule is not None and self.rule.opens(request)
        return opens or bool(super().has_perm(request, obj))

    def get_queryset(self) -> QuerySet[Any]:
        found = super().get_queryset()
        if self.rule is not None:
            found = self.rule.offered(found, Chosen(self.request))
        return left_last(found) if found.model is Employee else with_needed(found)

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, Any]:
        result: dict[str, Any] = {"id": str(getattr(obj, to_field_name)), "text": choice_label(obj)}
        # *Today* beside the form's dates counts where the one is who was chosen.
        return {**result, "utc_offset": offset_of(obj)} if isinstance(obj, Employee | Company) else result


class LabelledField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no parameter at run time
    """Shows the chosen one under the label that the search has."""

    def label_from_instance(self, obj: Any) -> str:
        return choice_label(obj)


class LabelledFields(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # takes no parameter at run time
    """For several of one company; refuses what no page of ours posts."""

    def label_from_instance(self, obj: Any) -> str:
        return choice_label(obj, company=False)

    def clean(self, value: Any) -> Any:
        # A number that no database takes is nobody's: 0 is refused by name, as every other one that is not there.
        return super().clean([whole(str(each)) for each in value] if isinstance(value, list | tuple) else value)


class KnownChoices(AutocompleteMixin):
    """A chooser that looks up nothing but numbers: it shows again what was posted, whatever that was."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [str(each) for each in value if whole(str(each))], attr)


class ChooserSelect(KnownChoices, AutocompleteSelect):
    """Chooses one, by what the form holds so far."""

    @property
    def media(self) -> forms.Media:
        # In one list: of scripts in several, whatever else is on the page decides which comes first.
        return super().media + forms.Media(js=["admin/js/jquery.init.js", "samklang/choosing.js"])


class ChoosingAdmin(BaseModelAdminMixin):
    """For a model admin or an inline: its ``autocomplete_fields`` offer what can be chosen, told apart."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if kwargs.get("queryset") is None:
            kwargs["queryset"] = db_field.remote_field.model._default_manager.all()
        kwargs["queryset"] = within(kwargs["queryset"], request.user)
        if db_field.name in self.get_autocomplete_fields(request) and "widget" not in kwargs:
            kwargs |= {"form_class": LabelledField, "widget": self._chooser(db_field, request)}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _chooser(self, db_field: Any, request: HttpRequest) -> ChooserSelect:
        match = request.resolver_match
        record = whole(match.kwargs.get("object_id")) if match else 0
        return ChooserSelect(db_field, self.admin_site, attrs={"data-record": record})


class FilterForm(AutocompleteDropdownForm):
    """A filter's chooser: its chosen one under the same label."""

    widget = type("FilterSelect", (KnownChoices, AutocompleteSelect), {})
    field = LabelledField

    def __init__(self, request: HttpRequest, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, name, *args, **kwargs)
        # What the address names is shown by its label, though the search would not find it.
        chosen: Any = self.fields[name]
        chosen.queryset = within(chosen.queryset.all(), request.user)


class ChoiceFilter(AutocompleteSelectFilter):
    form_class = FilterForm
