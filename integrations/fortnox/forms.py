from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integrations.core.admin.wizard.forms import SettingsForm
from integrations.fortnox.settings import (
    EMPLOYMENT_FORMS,
    LONGEST_SCHEDULE_ID,
    PERSONNEL_TYPES,
    PHONE_SOURCES,
    SALARY_FORMS,
    FortnoxSettings,
)


class FortnoxSettingsForm(SettingsForm):
    """The form of ``FortnoxSettings``, which judges the values."""

    sent_on_creation = ("employment_form", "salary_form", "personnel_type", "schedule_id")
    own_settings = ("phone_source", *sent_on_creation)

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
    schedule_id = forms.CharField(
        label=_("Working-time schedule of new people"),
        max_length=LONGEST_SCHEDULE_ID,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "The ID of a schedule in Fortnox, such as HEL. Left empty, Fortnox gives new people a schedule without"
            " hours: every absence is then 0 hours, until payroll gives them another one."
        ),
    )

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        return asdict(FortnoxSettings())
