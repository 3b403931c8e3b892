"""What may be chosen for one new person at Fortnox, where it differs from the connection's settings."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from employees.forms import CodeField
from integrations.fortnox.characters import validate_characters
from integrations.fortnox.settings import (
    EMPLOYMENT_FORMS,
    LONGEST_SCHEDULE_ID,
    PERSONNEL_TYPES,
    SALARY_FORMS,
    FortnoxSettings,
)

DEFAULTS = FortnoxSettings()


class CreationForm(forms.Form):
    employment_form = forms.ChoiceField(
        label=_("Employment form"),
        choices=EMPLOYMENT_FORMS.items(),
        initial=DEFAULTS.employment_form,
        widget=UnfoldAdminSelectWidget,
    )
    salary_form = forms.ChoiceField(
        label=_("Salary form"),
        choices=SALARY_FORMS.items(),
        initial=DEFAULTS.salary_form,
        widget=UnfoldAdminSelectWidget,
    )
    personnel_type = forms.ChoiceField(
        label=_("Personnel type"),
        choices=PERSONNEL_TYPES.items(),
        initial=DEFAULTS.personnel_type,
        widget=UnfoldAdminSelectWidget,
    )
    schedule_id = CodeField(
        label=_("Schedule ID"),
        required=False,
        max_length=LONGEST_SCHEDULE_ID,
        validators=[validate_characters],
        help_text=_("The working time schedule’s ID in Fortnox. Empty: Fortnox’s own schedule, of no hours."),
        widget=UnfoldAdminTextInputWidget,
    )
