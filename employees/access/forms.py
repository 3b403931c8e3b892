"""What is typed to sign in, and to prove who it is."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
)

from employees.access import invitations
from employees.values.contacts import clean_email


class SignInForm(AuthenticationForm):
    """Name and password. Which of the two is wrong is not said, nor that they are no way in for this user."""

    def get_invalid_login_error(self) -> ValidationError:
        if not settings.PASSWORD_SIGN_IN:
            return ValidationError(
                _("That was not right. Only the emergency account has a password; sign in with %(provider)s."),
                params={"provider": settings.OIDC_NAME},
            )
        return ValidationError(_("Name or password is not right. The password knows capital and small letters."))

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


class PasswordForm(forms.Form):
    """The password of whoever is signed in."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=4096,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password", "autofocus": True}),
        error_messages={"required": _("Type your password.")},
    )

    def refuse(self, sentence: Any) -> None:
        self.add_error("password", sentence)


class ForgottenForm(forms.Form):
    email = forms.CharField(
        label=_("E-mail address of your account"),
        max_length=254,
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "email", "autofocus": True}),
        error_messages={"required": _("Type the e-mail address of your account.")},
    )

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    error_messages = {"password_mismatch": _("The two are not the same. Type the password twice.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("new_password1", "new_password2"):
            self.fields[name].widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        self.fields["new_password2"].label = _("The new password once more")


class InvitingForm(forms.Form):
    """How the invited one is to sign in, where there are two ways."""

    PASSWORD, PROVIDER = "password", "provider"
    way = forms.ChoiceField(label=_("Signs in with"), widget=UnfoldAdminRadioSelectWidget)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        former = invitations.of(user)
        offer_ways(self, provider_first=former is not None and former.with_provider)


def offer_ways(form: forms.BaseForm, *, provider_first: bool = False) -> None:
    """Let the form ask for the way to sign in; without a choice it does not ask."""
    if not settings.OIDC_ISSUER or not settings.PASSWORD_SIGN_IN:
        form.fields.pop("way", None)
        return
    way: Any = form.fields["way"]
    way.choices = [
        (InvitingForm.PASSWORD, _("A password, which the invited one chooses")),
        (InvitingForm.PROVIDER, settings.OIDC_NAME),
    ]
    way.initial = InvitingForm.PROVIDER if provider_first else InvitingForm.PASSWORD
