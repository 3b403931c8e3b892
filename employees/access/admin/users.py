"""Users and groups: who has which role, for which companies; and that nobody gives themselves more (OP-14)."""

from functools import partial
from typing import Any, ClassVar, Final, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm

from employees.access import accounts, invitations, mails, operators
from employees.access.accounts import State
from employees.access.admin.account_forms import AccountForm, InviteForm
from employees.access.admin.account_list import RoleFilter, StateFilter
from employees.access.admin.account_passwords import AccountPasswords
from employees.access.admin.account_steps import AccountSteps
from employees.access.admin.roles import RoleAdmin
from employees.access.admin.sign_ins import AccessActions
from employees.access.companies import companies_seen, put_limit
from employees.access.models import AccessEvent, EmployeeLink
from employees.access.pages.accounts import invitation_in_words, tell, with_provider
from employees.admin.deletion import DeletionAdmin
from employees.labels import label_of
from employees.models import Employee
from employees.users import user_name

# What decides over what somebody may do: not for one's own account.
ROLES: Final = ("is_superuser", "groups", "only_chosen", "companies", "user_permissions")
# Only a superuser gives these, which open everything, or anything, without a role; and passwords, which nobody should.
BESIDE_ROLES: Final = ("is_superuser", "user_permissions", "password")
# Whom the user signs in as: for readers of people, and for all others.
SHOWN_AS: Final = ("employed_as", "employed_at")


class AccountAdmin(AccountSteps, AccountPasswords, AccessActions, UserAdmin[User], DeletionAdmin):
    """Users are all companies': whoever sees chosen ones alone does not look after them."""

    actions = ("reset_second_factor", "invite_to_provider")
    form = AccountForm
    add_form = InviteForm
    # Django's own speaks of a password.
    add_form_template = None
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "email", "roles", "last_login", "state")
    list_filter = (StateFilter, RoleFilter)
    readonly_fields = (*SHOWN_AS, "standing", "last_login", "date_joined")
    fieldsets: ClassVar[Any] = (
        (_("Person"), {"fields": ("first_name", "last_name", "email", *SHOWN_AS)}),
        (_("Sign-in"), {"fields": ("username", "standing", "last_login", "date_joined")}),
        (_("Roles"), {"fields": ("groups", "only_chosen", "companies")}),
        (_("Beside roles"), {"fields": BESIDE_ROLES, "classes": ("collapse",)}),
    )

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        named = [group.name for group in user.groups.all()]
        return ", ".join([*([gettext("Superuser")] if user.is_superuser else []), *named])

    @admin.display(description=_("state"))
    def state(self, user: Any) -> Any:
        return State(user.state).label

    @admin.display(description=_("state"))
    def standing(self, user: User) -> Any:
        """Return the state, and of somebody who is not in yet what became of the invitation."""
        state = State(accounts.state_of(user))
        invitation = invitations.of(user) if state is State.INVITED else None
        if state is not State.INVITED:
            return state.label
        said = invitation_in_words(invitation) if invitation else gettext("There is no invitation: press “Invite”.")
        return f"{state.label}. {said}"

    @admin.display(description=_("employee"))
    def employed_as(self, user: User) -> str:
        """Return whom the user signs in as, with the pages on which that is chosen."""
        people = _people_of(user)
        pages = ((reverse("admin:employees_employee_change", args=[each.pk]), each) for each in people)
        return format_html_join(
            ", ", '<a href="{}">{}</a>', ((url, label_of(each, company=True)) for url, each in pages)
        )

    @admin.display(description=_("employee"))
    def employed_at(self, user: User) -> str:
        """Return the same for whoever does not read people."""
        companies = (each.company for each in _people_of(user))
        return ", ".join(gettext("Somebody of %(company)s") % {"company": company} for company in companies)

    def get_queryset(self, request: HttpRequest) -> Any:
        return accounts.with_state(super().get_queryset(request)).prefetch_related("groups")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _sees_all(request) and bool(super().has_module_permission(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _sees_all(request) and bool(super().has_view_permission(request, obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _sees_all(request) and bool(super().has_add_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_touch(request, obj) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_touch(request, obj) and bool(super().has_delete_permission(request, obj))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            way = InviteForm().fields.keys() & {"way"}
            return [
                (_("Person"), {"fields": ("email", "first_name", "last_name")}),
                (_("Roles"), {"fields": ("groups", "only_chosen", "companies")}),
                (_("Sign-in"), {"fields": ("username", *way)}),
            ]
        hidden = SHOWN_AS[0] if not request.user.has_perm("employees.view_employee") else SHOWN_AS[1]
        closed = (*self._closed(request, obj), hidden)
        fieldsets = super().get_fieldsets(request, obj)
        shown = [(title, {**more, "fields": _without(more["fields"], closed)}) for title, more in fieldsets]
        return [(title, more) for title, more in shown if more["fields"]]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is None:
            return form
        # Fields of the form's own are on it whether the page shows them or not: a post could hold them. That of the
        # password takes nothing, and the theme's form is not made without it.
        closed = set(self._closed(request, obj)) & set(form.base_fields) - {"password"}
        return type(form.__name__, (form,), dict.fromkeys(closed))

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().add_view(request, *args, **kwargs)
        except IntegrityError:
            # Somebody else invited the same one at the same moment: by now the form says who has the name.
            return super().add_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        former = form.initial.get("email", "")
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            AccessEvent.objects.create(user=obj, kind=AccessEvent.Kind.EMAIL_CHANGED, by=_by(request))
            mails.email_changed(obj, former=former, by=_by(request))
            what = gettext("The e-mail address of %(name)s was changed. Links for a new password go to the new one.")
            operators.tell_others(obj, what % {"name": user_name(obj)}, by=_by(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "only_chosen" in form.cleaned_data:
            chosen = form.cleaned_data["companies"] if form.cleaned_data["only_chosen"] else None
            put_limit(form.instance, chosen)
        if not change:
            way = form.cleaned_data.get("way", "")
            made = invitations.make(form.instance, by=_by(request), with_provider=with_provider(way))
            transaction.on_commit(partial(_send, request, made))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Keep accounts whose name stands on what was done: they are deactivated instead; and those that are needed."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        needed = [f"{user_name(user)}: {why}" for user in objs if (why := accounts.why_it_stays(user))]
        kept = [_kept(user) for user in objs if accounts.has_history(user)]
        return deleted, counts, lacking, [*protected, *needed, *kept]

    @staticmethod
    def _closed(request: HttpRequest, user: Any) -> tuple[str, ...]:
        """Return the fields that the reader may not change of this user."""
        if request.user.is_superuser:
            return ()
        return (*ROLES, "password") if user.pk == request.user.pk else BESIDE_ROLES


def _send(request: HttpRequest, invitation: Any) -> None:
    tell(request, invitations.send(invitation))


def _kept(user: User) -> Any:
    return format_html(
        '{} <a class="underline" href="{}">{}</a>',
        gettext("%(name)s has signed in or done things, which are kept by name.") % {"name": user_name(user)},
        reverse("admin:auth_user_deactivate", args=[user.pk]),
        gettext("Deactivate the account instead."),
    )


def _by(request: HttpRequest) -> User:
    return cast(User, request.user)


def _people_of(user: User) -> list[Employee]:
    links = EmployeeLink.objects.filter(user=user.pk).select_related("employee__company", "employee__department")
    return [link.employee for link in links]


def _sees_all(request: HttpRequest) -> bool:
    return companies_seen(request.user) is None


def _may_touch(request: HttpRequest, user: Any) -> bool:
    """Nobody but a superuser takes over a superuser's account."""
    above = user is not None and user.is_superuser and not request.user.is_superuser
    return _sees_all(request) and not above


def _without(fields: Any, closed: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in fields if name not in closed)


admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.register(User, AccountAdmin)
admin.site.register(Group, RoleAdmin)
