"""The forms of an account: inviting somebody, and changing who somebody is and may do."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import Case, Q, Value, When
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import UserChangeForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from employees.access import accounts, invitations
from employees.access.companies import limit_of
from employees.access.forms import offer_ways
from employees.admin.versions import VersionedForm
from employees.groups import BUILT_IN, LIMITED_ROLES
from employees.models import Company
from employees.shown import fingerprint
from employees.users import user_name
from employees.values.contacts import clean_email


class RolesField(forms.ModelMultipleChoiceField[Group]):
    """Roles to be ticked, the built-in ones first, each with whom it is for."""

    def __init__(self) -> None:
        places = [When(name=name, then=Value(place)) for place, name in enumerate(BUILT_IN)]
        groups = Group.objects.order_by(Case(*places, default=Value(len(BUILT_IN))), "name")
        widget = UnfoldAdminCheckboxSelectMultipleWidget()
        # The theme's cuts a long text off. Widgets find templates in the folders of apps alone.
        widget.option_template_name = "access/role_option.html"
        super().__init__(groups, required=False, label=_("Roles"), widget=widget)

    def label_from_instance(self, group: Any) -> str:
        return invitations.role_in_words(group)


class AccountFields(forms.ModelForm[User]):
    """What an account has beside Django's columns, and the one check of names and addresses."""

    groups = RolesField()
    only_chosen = forms.BooleanField(
        label=_("Sees chosen companies only"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_("Without the tick the roles hold for all companies; %(roles)s always needs chosen ones.")
        % {"roles": ", ".join(LIMITED_ROLES)},
    )
    companies = forms.ModelMultipleChoiceField(
        label=_("Companies"),
        queryset=Company.objects.order_by("name"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("With the tick and no company, nothing of any company is seen."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("companies") and not values.get("only_chosen"):
            self.add_error("only_chosen", _("Set the tick, or take the ticks of the companies away."))
        return values

    def refuse_taken(self, field: str, value: str) -> None:
        """Refuse a name or an address that another account has as either, capitals aside; and a name that is kept."""
        if not value or field in self.errors:
            return
        if field == "username" and accounts.is_emergency(value):
            self.add_error(field, _("EMERGENCY_USER keeps this name: only manage.py createsuperuser gives it."))
            return
        same = User.objects.filter(Q(username__iexact=value) | Q(email__iexact=value)).exclude(pk=self.instance.pk)
        other = same.order_by("pk").first()
        if other is not None:
            self.add_error(field, ValidationError(_taken_by(other), code="taken"))


class InviteForm(AccountFields):
    """Nobody chooses a password for somebody else: the invited one does, with the link of the e-mail."""

    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("The invitation goes there."),
    )
    username = forms.CharField(
        label=_("Name to sign in with"),
        max_length=150,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Leave it empty: the e-mail address is the name, then."),
    )
    way = forms.ChoiceField(label=_("Signs in with"), widget=UnfoldAdminRadioSelectWidget)

    class Meta:
        model = User
        fields = ("email", "first_name", "last_name", "username", "groups")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_ways(self)
        # Who may sign in is said by the account being active; without this the pages would stay closed.
        self.instance.is_staff = True
        self.instance.set_unusable_password()

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        email, typed = values.get("email", ""), values.get("username", "")
        self.refuse_taken("email", email)
        self.refuse_taken("username", typed)
        if email and not typed and not {"email", "username"} & set(self.errors):
            values["username"] = self._name_of(email)
        return values

    def _name_of(self, email: str) -> str:
        try:
            User._meta.get_field("username").run_validators(email)
        except ValidationError:
            self.add_error(
                "username",
                _("This address cannot be the name: only letters, digits and @ . + - _ can. Type another name."),
            )
        return email


class AccountForm(AccountFields, VersionedForm, UserChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "only_chosen" in self.fields:
            limit = limit_of(self.instance)
            self.fields["only_chosen"].initial = limit is not None
            self.fields["companies"].initial = limit.companies.all() if limit is not None else ()

    def version_of(self, record: Any) -> str:
        limit = limit_of(record)
        chosen = None if limit is None else set(limit.companies.values_list("pk", flat=True))
        return fingerprint(super().version_of(record), chosen)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if "username" in self.changed_data and accounts.is_emergency(self.initial["username"]):
            self.add_error("username", _("EMERGENCY_USER names this account: write the new name there first."))
        # What stood there before stays as it is: two accounts with one address may be from before.
        for field in {"username", "email"} & set(self.changed_data):
            self.refuse_taken(field, values.get(field, ""))
        if values.get("is_superuser") is False and accounts.is_last_superuser(self.instance):
            self.add_error("is_superuser", _("This is the last superuser who can sign in. Make another one first."))
        return values

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return clean_email(email) if "email" in self.changed_data else email


def _taken_by(other: User) -> Any:
    text = (
        gettext("%(who)s had this and has left.")
        if accounts.state_of(other) == accounts.State.LEFT
        else gettext("%(who)s has this already.")
    )
    who = user_name(other)
    name = other.get_username()
    what = gettext("Open that account: change its roles there, invite it again, or let it in again.")
    return format_html(
        '{} <a class="underline" href="{}">{}</a>',
        text % {"who": who if who == name else f"{who} ({name})"},
        reverse("admin:auth_user_change", args=[other.pk]),
        what,
    )
