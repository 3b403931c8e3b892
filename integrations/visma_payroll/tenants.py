"""Which company of Visma's is connected: the form of the wizard (VP-02)."""

import re
from typing import Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from employees.forms import CodeField

UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class TenantForm(forms.Form):
    tenant = CodeField(
        label=_("Tenant ID"),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Such as 0f8a1c52-3b1d-4e6a-9c70-1d2e3f405161: paste it as Visma App Store shows it."),
        error_messages={"required": _("Paste the Tenant ID that Visma App Store shows.")},
    )
    authority = forms.BooleanField(
        label=_("I have the authority to connect this company with Visma.net Payroll."),
        widget=UnfoldBooleanWidget,
        error_messages={"required": _("Tick the box to go on: without it nothing can be connected.")},
    )

    def clean_tenant(self) -> str:
        """Return the ID as Visma writes it."""
        tenant = str(self.cleaned_data["tenant"]).strip("{} ").lower()
        if not UUID.fullmatch(tenant):
            raise ValidationError(
                _(
                    "This is not a Tenant ID: it has 32 digits and letters from a to f, in five groups with hyphens"
                    " between them. Copy it whole."
                )
            )
        return tenant
