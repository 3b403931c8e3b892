from contextlib import suppress
from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from employees.forms import CodeField
from employees.values.dates import clean_absence_day
from employees.zones import today_of
from integrations.core.admin.wizard.forms import SettingsForm
from integrations.fortnox.characters import validate_characters
from integrations.fortnox.settings import (
    EMPLOYMENT_FORMS,
    LONGEST_SCHEDULE_ID,
    PERSONNEL_TYPES,
    PHONE_SOURCES,
    SALARY_FORMS,
    FortnoxSettings,
)


class DayInput(UnfoldAdminTextInputWidget):
    """The browser's own calendar; sends the day as ISO whatever it shows."""

    input_type = "date"


class FortnoxSettingsForm(SettingsForm):
    settings_class = FortnoxSettings
    sent_on_creation = ("employment_form", "salary_form", "personnel_type", "schedule_id")
    absence_settings = ("create_absences", "payroll_closed_to", "send_days_without_hours", "hold_without_hours")
    own_settings = ("phone_source", *sent_on_creation, *absence_settings)

    phone_source = forms.ChoiceField(
        label=_("Phone"),
        choices=list(PHONE_SOURCES.items()),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Which of the hub's two phone numbers is kept in step with Phone 1 in Fortnox."),
    )
    employment_form = forms.ChoiceField(
        label=_("Employment form of new people"),
        choices=list(EMPLOYMENT_FORMS.items()),
        widget=UnfoldAdminSelectWidget,
        help_text=_("What somebody who is created in Fortnox gets there at first. Payroll changes it in Fortnox."),
    )
    salary_form = forms.ChoiceField(
        label=_("Salary form of new people"),
        choices=list(SALARY_FORMS.items()),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Monthly or hourly pay of somebody who is created in Fortnox."),
    )
    personnel_type = forms.ChoiceField(
        label=_("Personnel type of new people"),
        choices=list(PERSONNEL_TYPES.items()),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Fortnox refuses a new person without one."),
    )
    schedule_id = CodeField(
        label=_("Working-time schedule of new people"),
        max_length=LONGEST_SCHEDULE_ID,
        validators=[validate_characters],
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "The ID of a schedule in Fortnox, such as HEL. Left empty, Fortnox gives new people a schedule without"
            " hours: every absence is then 0 hours, until payroll gives them another one."
        ),
    )

    create_absences = forms.BooleanField(
        label=_("Create absence in Fortnox when added in the hub"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_(
            "Approved absences with a last day go to Fortnox, one row per day, as soon as their type is mapped: go on"
            " to “Absence types” on the connection's page after saving. Turned off again, what is in Fortnox stays, and"
            " changes are no longer sent."
        ),
    )
    payroll_closed_to = forms.CharField(
        label=_("Payroll closed up to"),
        required=False,
        widget=DayInput,
        help_text=_(
            "Absence days up to and including this one are not touched in Fortnox: changes of them are listed for the"
            " payroll staff instead. Leave it empty while no period is closed."
        ),
    )
    send_days_without_hours = forms.BooleanField(
        label=_("Send days without working hours, too"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_(
            "On: every calendar day of an absence is sent, and Fortnox counts 0 hours on days off. Off: days on which"
            " the person's working-time schedule in Fortnox has no hours are left out."
        ),
    )
    hold_without_hours = forms.BooleanField(
        label=_("Hold absences of people without working hours"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_(
            "For people whose schedule in Fortnox has no hours in a whole week every absence would be 0 hours. On:"
            " their absences wait until they have another schedule. Off: they are sent, with a warning."
        ),
    )

    def clean_payroll_closed_to(self) -> str:
        """Return the day as ISO; one that cannot be would keep every absence from Fortnox, or none (D-02)."""
        text = str(self.cleaned_data["payroll_closed_to"])
        with suppress(ValueError):
            clean_absence_day(date.fromisoformat(text), today=today_of(self.connection))
        return text
