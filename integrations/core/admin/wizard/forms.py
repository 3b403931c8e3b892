"""The forms of connecting: company, terms, kind of account, settings."""

from dataclasses import asdict
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from employees.access.companies import companies_for, within
from employees.admin.choosing import LabelledFields
from employees.forms import LineField
from employees.labels import left_last
from employees.models import Company, Department, Employee
from integrations.core.admin.connection_fields import PeopleSelect, RecipientsField
from integrations.core.models import Connection
from integrations.core.registry import connector_class

USER: Final = "user"
SERVICE: Final = "service"
EVERYBODY: Final = "everybody"
CHOSEN: Final = "chosen"
# A limit that no company reaches is no limit.
MOST_PEOPLE: Final = 100_000


def people_shown(connection: Connection, user: Any) -> "QuerySet[Employee]":
    """Return whom the user may choose to take part: nobody whom other pages hide from the user."""
    people = Employee.objects.filter(company=connection.company_id)
    return within(people, user) if user is not None else people.none()


class SetUpForm(forms.Form):
    company = forms.ModelChoiceField(
        label=_("Company"),
        queryset=Company.objects.none(),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Only this company's people take part. Companies that have a connection are not listed."),
    )
    label = LineField(
        label=_("Name"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("What the connection is called here and in its reports."),
    )

    def __init__(self, *args: Any, integration: str, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = Connection.objects.filter(integration=integration, company__isnull=False)
        company: Any = self.fields["company"]
        company.queryset = (
            companies_for(user)
            .exclude(pk__in=taken.exclude(state=Connection.State.DISCONNECTED).values("company"))
            .order_by("name")
        )


class ConsentForm(forms.Form):
    accepted = forms.BooleanField(
        widget=UnfoldBooleanWidget,
        error_messages={"required": _("Tick the box to go on: without it nothing can be connected.")},
    )

    def __init__(self, *args: Any, company: str, vendor: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["accepted"].label = _(
            "I accept these terms, and I have the authority to connect %(company)s with %(vendor)s."
        ) % {"company": company, "vendor": vendor}


class AuthoriseForm(forms.Form):
    account = forms.ChoiceField(
        label=_("Kind of account"),
        choices=[(USER, _("My own account")), (SERVICE, _("A service account"))],
        initial=USER,
        widget=UnfoldAdminRadioSelectWidget,
    )


class SettingsForm(forms.Form):
    """What every connection has; a vendor's own form adds the fields named in ``own_settings``.

    ``sent_on_creation`` names those of them that the vendor gets only when a person is created there.
    """

    # The dataclass of the vendor's settings, which judges the values and knows their defaults.
    settings_class: ClassVar[type[Any] | None] = None
    own_settings: ClassVar[tuple[str, ...]] = ()
    sent_on_creation: ClassVar[tuple[str, ...]] = ()

    label = LineField(
        label=_("Name"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("What the connection is called here and in its reports."),
    )
    recipients = RecipientsField(
        label=_("Recipients of reports"),
        help_text=_(
            "E-mail addresses, one a line. They get the report of every synchronisation, and an e-mail when something"
            " is refused. Whoever starts a synchronisation gets its report anyway."
        ),
    )
    takes_part = forms.ChoiceField(
        label=_("Who takes part"),
        choices=[(EVERYBODY, _("Everybody in the company")), (CHOSEN, _("Only the departments and people below"))],
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_(
            "Begin with a few people if you want to try it out: nobody else is compared, shown or sent. You can change"
            " it later. Whoever then takes no part any more stays in both systems as they are; their link is kept, and"
            " goes on when they take part again."
        ),
    )
    departments = LabelledFields(
        label=_("Departments"),
        queryset=Department.objects.none(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Everybody who belongs to one of them, also whoever joins it later."),
    )
    people = LabelledFields(
        label=_("People"),
        queryset=Employee.objects.none(),
        required=False,
        # The manager's field leads to people as well: the widget wants one.
        widget=PeopleSelect(Employee._meta.get_field("manager"), admin.site),
        help_text=_("Type a part of a name, an e-mail address, a department or a whole employment ID."),
        error_messages={"invalid_choice": _("One of these people does not work in the connection's company.")},
    )

    creates_by_itself = forms.BooleanField(
        label=_("Create new people there by itself"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_(
            "Somebody who is added to the hub, or edited there and not in the other system yet, is created there within"
            " seconds. Whoever may be there already is never created, but shown in the error log. Without the tick new"
            " people wait until somebody synchronises and ticks their names."
        ),
    )
    push_limit = forms.IntegerField(
        label=_("Most people sent at once without a question"),
        min_value=0,
        max_value=MOST_PEOPLE,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_(
            "When an import, a change for many together, or a synchronisation with another system changes more people"
            " than this, nothing of it is sent before somebody has looked at it and releases it. 0 asks every time. It"
            " does not concern people and absences that are edited one by one, on their own page."
        ),
    )

    def __init__(self, posted: Any = None, *, connection: Connection, search_url: str, user: Any = None) -> None:
        self.connection = connection
        super().__init__(posted, initial=self._initial())
        departments: Any = self.fields["departments"]
        departments.queryset = Department.objects.filter(company=connection.company_id).order_by("name")
        people: Any = self.fields["people"]
        people.queryset = left_last(people_shown(connection, user))
        people.widget.search_url = search_url
        # Chosen by somebody who sees them, and not taken out by somebody who does not.
        stored = Employee.objects.filter(company=connection.company_id, pk__in=connection.scope.get("employees", []))
        self._not_shown = set(stored.exclude(pk__in=people.queryset.order_by()).values_list("pk", flat=True))
        if self._not_shown:
            people.help_text = ngettext(
                "%(count)s more person takes part whom you do not see, and stays chosen.",
                "%(count)s more people take part whom you do not see, and stay chosen.",
                len(self._not_shown),
            ) % {"count": len(self._not_shown)}

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Return the values of ``own_settings`` of a connection that has none yet."""
        return asdict(cls.settings_class()) if cls.settings_class else {}

    def common_fields(self) -> list[Any]:
        return [self["label"], self["recipients"]]

    def scope_fields(self) -> list[Any]:
        fields = [self["takes_part"], self["departments"], self["people"]]
        return fields if self.fields["departments"].queryset.exists() else [fields[0], fields[2]]  # type: ignore[attr-defined]

    def sending_fields(self) -> list[Any]:
        return [self["creates_by_itself"], self["push_limit"]]

    def own_fields(self) -> list[Any]:
        return [self[name] for name in self.own_settings]

    def _initial(self) -> dict[str, Any]:
        connection = self.connection
        return {
            "label": connection.label,
            "recipients": connection.recipients,
            "creates_by_itself": connection.creates_by_itself,
            "push_limit": connection.push_limit,
            "takes_part": CHOSEN if connection.scope else EVERYBODY,
            "departments": connection.scope.get("departments", []),
            "people": connection.scope.get("employees", []),
            **self.defaults(),
            **{name: connection.settings[name] for name in self.own_settings if name in connection.settings},
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        anybody = values.get("departments") or values.get("people") or self._not_shown
        if values.get("takes_part") == CHOSEN and not anybody:
            self.add_error("takes_part", _("Choose at least one department or person below, or everybody."))
        self._ask_integration()
        return values

    def _ask_integration(self) -> None:
        """Let the integration itself judge its settings."""
        try:
            connector_class(self.connection.integration)(options=self.settings()).resources()
        except ValidationError as error:
            by_field = error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}
            for name, errors in by_field.items():
                self.add_error(name if name in self.fields else None, errors)

    def settings(self) -> dict[str, Any]:
        """Return the connection's settings as the form wants them; what is not in the form stays."""
        own = {name: self.cleaned_data[name] for name in self.own_settings if name in self.cleaned_data}
        return {**self.connection.settings, **own}

    def scope(self) -> dict[str, list[int]]:
        if self.cleaned_data["takes_part"] == EVERYBODY:
            return {}
        chosen = {
            "departments": {each.pk for each in self.cleaned_data["departments"]},
            "employees": {each.pk for each in self.cleaned_data["people"]} | self._not_shown,
        }
        return {name: sorted(found) for name, found in chosen.items() if found}
