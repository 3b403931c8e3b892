"""Users and groups: who has which role, for which companies; and that nobody gives themselves more (OP-14)."""

from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldBooleanWidget

from employees.access.admin.sign_ins import AccessActions
from employees.access.companies import companies_seen, limit_of, put_limit
from employees.access.models import EmployeeLink
from employees.groups import BUILT_IN, LIMITED_ROLES
from employees.labels import label_of
from employees.models import Company, Employee

# What decides over what somebody may do: not for one's own account.
ROLES: Final = ("is_active", "is_staff", "is_superuser", "groups", "only_chosen", "companies", "user_permissions")
# Only a superuser gives these: they open everything, or anything, without a role.
BESIDE_ROLES: Final = ("is_superuser", "user_permissions")
# Whom the user signs in as: for readers of people, and for all others.
SHOWN_AS: Final = ("employed_as", "employed_at")


class AccountForm(UserChangeForm):
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "only_chosen" in self.fields:
            limit = limit_of(self.instance)
            self.fields["only_chosen"].initial = limit is not None
            self.fields["companies"].initial = limit.companies.all() if limit is not None else ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("companies") and not values.get("only_chosen"):
            self.add_error("only_chosen", _("Set the tick, or take the ticks of the companies away."))
        return values


class AccountAdmin(AccessActions, UserAdmin, ModelAdmin):
    """Users are all companies': whoever sees chosen ones alone does not look after them."""

    actions = ("reset_second_factor", "invite_to_provider")
    form = AccountForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "first_name", "last_name", "roles", "is_active")
    readonly_fields = (*SHOWN_AS, "last_login", "date_joined")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", *SHOWN_AS)}),
        (_("May sign in"), {"fields": ("is_active", "is_staff")}),
        (_("Roles"), {"fields": ("groups", "only_chosen", "companies")}),
        (_("Beside roles"), {"fields": BESIDE_ROLES}),
        (_("Times"), {"fields": ("last_login", "date_joined")}),
    )

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

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
        return ", ".join(_now("Somebody of %(company)s") % {"company": company} for company in companies)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

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
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        hidden = SHOWN_AS[0] if not request.user.has_perm("employees.view_employee") else SHOWN_AS[1]
        closed = (*self._closed(request, obj), hidden)
        shown = [(title, {**more, "fields": _without(more["fields"], closed)}) for title, more in fieldsets]
        return [(title, more) for title, more in shown if more["fields"]]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is None:
            return form
        # Fields of the form's own are on it whether the page shows them or not: a post could hold them.
        return type(form.__name__, (form,), dict.fromkeys(set(self._closed(request, obj)) & set(form.base_fields)))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "only_chosen" in form.cleaned_data:
            chosen = form.cleaned_data["companies"] if form.cleaned_data["only_chosen"] else None
            put_limit(form.instance, chosen)

    @staticmethod
    def _closed(request: HttpRequest, user: Any) -> tuple[str, ...]:
        """Return the fields that the reader may not change of this user."""
        if request.user.is_superuser:
            return ()
        return ROLES if user.pk == request.user.pk else BESIDE_ROLES


class RoleAdmin(GroupAdmin, ModelAdmin):
    """A built-in role has the rights of the table: what somebody changed here would be gone at the next upgrade."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_built_in(obj) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_built_in(obj) and bool(super().has_delete_permission(request, obj))


def _people_of(user: User) -> list[Employee]:
    links = EmployeeLink.objects.filter(user=user.pk).select_related("employee__company", "employee__department")
    return [link.employee for link in links]


def _sees_all(request: HttpRequest) -> bool:
    return companies_seen(request.user) is None


def _may_touch(request: HttpRequest, user: Any) -> bool:
    """Nobody but a superuser takes over a superuser's account."""
    above = user is not None and user.is_superuser and not request.user.is_superuser
    return _sees_all(request) and not above


def _is_built_in(group: Any) -> bool:
    return group is not None and group.name in BUILT_IN


def _without(fields: Any, closed: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in fields if name not in closed)


admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.register(User, AccountAdmin)
admin.site.register(Group, RoleAdmin)
