"""The form of a connection: what may be changed by hand, asked for in words instead of stored shapes."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultiple, UnfoldAdminTextareaWidget

from employees.models import Department, Employee
from integrations.core.models import Connection
from integrations.core.registry import connector_class

# Who is chosen one by one is a pilot group; larger groups are chosen by department.
MOST_PEOPLE = 500


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return list(dict.fromkeys(line.strip() for line in str(value or "").splitlines() if line.strip()))


class RecipientsField(LinesField):
    def validate(self, value: Any) -> None:
        super().validate(value)
        for address in value:
            try:
                validate_email(address)
            except ValidationError as error:
                raise ValidationError(
                    _("“%(address)s” is not an e-mail address. Write one address a line."), params={"address": address}
                ) from error


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]
    recipients = RecipientsField(
        label=_("Recipients of reports"), help_text=_("E-mail addresses, one a line. They get every report.")
    )
    departments = forms.ModelMultipleChoiceField(
        label=_("Only these departments"),
        queryset=Department.objects.none(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultiple,
    )
    people = LinesField(
        label=_("Only these people"),
        help_text=_("Work e-mails or employment IDs, one a line. With nothing chosen here, everybody takes part."),
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
        self.fields["people"].initial = _handles(connection.scope.get("employees", []))

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

    def clean_people(self) -> list[int]:
        chosen: list[str] = self.cleaned_data["people"]
        if len(chosen) > MOST_PEOPLE:
            raise ValidationError(
                _("At most %(count)d people can be chosen one by one. Choose departments instead."),
                params={"count": MOST_PEOPLE},
            )
        found = _people(self.instance.company_id, chosen)
        missing = [each for each in chosen if each.casefold() not in found]
        if missing:
            raise ValidationError(
                _("Nobody in %(company)s has this work e-mail or employment ID: %(missing)s"),
                params={"company": self.instance.company, "missing": ", ".join(missing)},
            )
        return sorted({pk for each in chosen for pk in found[each.casefold()]})

    def save(self, commit: bool = True) -> Any:
        if "people" in self.cleaned_data:
            departments = sorted(department.pk for department in self.cleaned_data["departments"])
            scope = {"departments": departments, "employees": self.cleaned_data["people"]}
            self.instance.scope = {name: ids for name, ids in scope.items() if ids}
        return super().save(commit)


def _handles(ids: list[int]) -> list[str]:
    """Return how chosen people are written in the form; those who were deleted are left out."""
    people = Employee.objects.filter(pk__in=ids).order_by("family_name", "given_name")
    return [person.work_email or person.employment_id for person in people if person.work_email or person.employment_id]


def _people(company_id: int | None, handles: list[str]) -> dict[str, set[int]]:
    """Return the ids of people by work e-mail and by employment ID, both without regard to case."""
    lowered = [each.casefold() for each in handles]
    people = Employee.objects.filter(company_id=company_id).filter(
        Q(work_email__in=[*handles, *lowered]) | Q(employment_id__in=handles)
    )
    found: dict[str, set[int]] = {}
    for pk, work_email, employment_id in people.values_list("pk", "work_email", "employment_id"):
        for handle in (work_email, employment_id):
            if handle:
                found.setdefault(handle.casefold(), set()).add(pk)
    return found
