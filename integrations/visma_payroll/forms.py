from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldBooleanSwitchWidget

from integrations.core.admin.wizard.forms import SettingsForm
from integrations.visma_payroll.settings import JOB_MINUTES, VismaPayrollSettings


class VismaPayrollSettingsForm(SettingsForm):
    settings_class = VismaPayrollSettings
    own_settings = ("international_accounts", "job_minutes")

    international_accounts = forms.BooleanField(
        label=_("Send bank accounts abroad"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_(
            "On: an account abroad with IBAN and BIC goes to Visma.net Payroll as an international bank account. Off:"
            " only Norwegian accounts are sent; somebody new with another one is paid in cash there until payroll"
            " enters it. An account that Visma.net Payroll has is never emptied."
        ),
    )
    job_minutes = forms.IntegerField(
        label=_("Minutes to wait for Visma"),
        min_value=JOB_MINUTES[0],
        max_value=JOB_MINUTES[-1],
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_(
            "Visma.net Payroll takes a change in and does it later, mostly within seconds. After so many minutes it is"
            " shown as not known yet, and asked about until it is."
        ),
    )
