"""What is typed to sign in, and to prove who it is."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget


class SignInForm(AuthenticationForm):
    """Name and password. Which of the two is wrong is not said, nor that they are no way in for this user."""

    def get_invalid_login_error(self) -> ValidationError:
        if not settings.PASSWORD_SIGN_IN:
            return ValidationError(
                _("That was not right. Only the emergency account has a password; sign in with %(provider)s."),
                params={"provider": settings.OIDC_NAME},
            )
        return ValidationError(_("Name or password is not right. Both are told apart by capital and small letters."))

    def confirm_login_allowed(self, user: Any) -> None:
        """Say the same to whoever is no staff: that the password was right is nobody's business."""
        if not user.is_active or not user.is_staff:
            raise self.get_invalid_login_error()


class CodeForm(forms.Form):
    """A code from the app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "autofocus": True}),
        error_messages={"required": _("Type the code that the app shows now.")},
    )

    def refuse(self, sentence: Any) -> None:
        self.add_error("code", sentence)
