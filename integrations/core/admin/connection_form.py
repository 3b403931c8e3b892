"""The form of a connection: what may be changed by hand, asked for in words instead of stored shapes."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from employees.admin.choosing import KnownChoices, LabelledFields
from employees.labels import left_last
from employees.models import Department, Employee
from employees.values.contacts import clean_email
from employees.values.texts import canonical
from integrations.core.addresses import connection_url
from integrations.core.models import Connection
from integrations.core.registry import connector_class


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return list(dict.fromkeys(canonical(line) for line in str(value or "").splitlines() if canonical(line)))


class RecipientsField(LinesField):
    def clean(self, value: Any) -> list[str]:
        return list(dict.fromkeys(clean_email(address) for address in super().clean(value)))

    def validate(self, value: Any) -> None:
        super().validate(value)
        for address in value:
            try:
                validate_email(clean_email(address))
            except ValidationError as error:
                raise ValidationError(
                    _("“%(address)s” is not an e-mail address. Write one address a line."), params={"address": address}
                ) from error


class PeopleSelect(KnownChoices, AutocompleteSelectMultiple):
    """Searches among the people of the connection's company only, however many there are."""

    search_url = ""

    def get_url(self) -> str:
        return self.search_url or super().get_url()

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        # The only name of the field in which the search is typed.
        return {**super().build_attrs(base_attrs, extra_attrs), "data-placeholder": _("Search for people")}


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    recipients = RecipientsField(
        label=_("Recipients of reports"), help_text=_("E-mail addresses, one a line. They get every report.")
    )
    departments = forms.ModelMultipleChoiceField(
        label=_("Only these departments"),
        queryset=Department.objects.none(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    people = LabelledFields(
        label=_("Only these people"),
        queryset=Employee.objects.none(),
        required=False,
        # The manager's field leads to people as well: it lends the widget its looks.
        widget=PeopleSelect(Employee._meta.get_field("manager"), admin.site),
        help_text=_("With no department and nobody chosen, everybody in the company takes part."),
        error_messages={"invalid_choice": _("One of these people does not work in the connection's company.")},
    )

    class Meta:
        model = Connection
        fields = ("label", "recipients", "settings")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        connection: Connection = self.instance
        if "departments" not in self.fields:
            return
        departments: Any = self.fields["departments"]
        departments.queryset = Department.objects.filter(company=connection.company_id)
        departments.initial = connection.scope.get("departments", [])
        people: Any = self.fields["people"]
        people.queryset = left_last(Employee.objects.filter(company=connection.company_id))
        people.widget.search_url = connection_url(connection, "people")
        people.initial = connection.scope.get("employees", [])

    def clean_settings(self) -> Any:
        """Ask the integration itself whether it understands its settings."""
        settings = self.cleaned_data["settings"] or {}
        if not isinstance(settings, dict):
            raise ValidationError(_("Settings are names with values, in braces: {}"))
        try:
            connector_class(self.instance.integration)(options=settings).resources()
        except ValidationError as error:
            raise ValidationError(error.messages) from error
        return settings

    def save(self, commit: bool = True) -> Any:
        if "people" in self.cleaned_data:
            chosen = {"departments": self.cleaned_data["departments"], "employees": self.cleaned_data["people"]}
            self.instance.scope = {name: sorted(each.pk for each in found) for name, found in chosen.items() if found}
        return super().save(commit)
