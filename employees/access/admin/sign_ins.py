"""What operators see of how people sign in. The libraries' own pages, which show keys, are not among it."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from employees.access import invitations
from employees.access.companies import companies_seen
from employees.access.models import AccessEvent, ProviderLink
from employees.access.pages.accounts import tell, why_no_mail
from employees.access.pages.resetting import MAY_RESET, may_reset
from employees.access.provider import links
from employees.admin.deletion import DeletionAdmin
from employees.users import user_name


class ReadOnlyAdmin(DeletionAdmin):
    """Users are all companies': whoever sees chosen ones alone does not look after them."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return companies_seen(request.user) is None and bool(super().has_module_permission(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return companies_seen(request.user) is None and bool(super().has_view_permission(request, obj))

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccessEvent)
class AccessEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "user", "kind", "of_employee", "by", "operator")
    fields = ("at", "user", "kind", "of_employee", "by", "operator")
    list_filter = ("kind",)
    search_fields = ("user__username", "user__first_name", "user__last_name")
    search_help_text = _("Search by the user's name.")
    list_select_related = ("user", "by", "employee__company")

    @admin.display(description=_("employee"))
    def of_employee(self, event: AccessEvent) -> str:
        """Return which record it is: whoever reads these does not read people."""
        if event.employee is None:
            return "–"
        values = {"number": event.employee.pk, "company": event.employee.company}
        return gettext("record %(number)s of %(company)s") % values


@admin.register(ProviderLink)
class ProviderLinkAdmin(ReadOnlyAdmin):
    list_display = ("user", "issuer", "subject", "linked_at", "last_used_at")
    search_fields = ("user__username", "user__first_name", "user__last_name")
    search_help_text = _("Search by the user's name.")
    list_select_related = ("user",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        above = obj is not None and obj.user.is_superuser and not request.user.is_superuser
        may = self.has_view_permission(request, obj) and request.user.has_perm("access.delete_providerlink")
        return may and not above

    def delete_model(self, request: HttpRequest, obj: ProviderLink) -> None:
        by: Any = request.user
        super().delete_model(request, obj)
        links.tell_unlinked(obj.user, by=by)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[ProviderLink]") -> None:
        by: Any = request.user
        users = [link.user for link in queryset.select_related("user")]
        super().delete_queryset(request, queryset)
        for user in users:
            links.tell_unlinked(user, by=by)


class AccessActions:
    """The actions on users that concern how they sign in; whichever admin shows the users has them."""

    @admin.action(description=_("Reset the second factor"))
    def reset_second_factor(self, request: HttpRequest, queryset: "QuerySet[User]") -> HttpResponse | None:
        user = queryset.first()
        if queryset.count() != 1 or user is None:
            messages.error(request, gettext("Choose one user: it is asked about before it is done."))
            return None
        if not may_reset(request, user):
            messages.error(
                request, gettext("You may not reset this one: it is your own, an operator's, or not among your rights.")
            )
            return None
        return redirect("admin:reset_second_factor", user.pk)

    @admin.action(description=_("Invite to sign in with the provider"))
    def invite_to_provider(self, request: HttpRequest, queryset: "QuerySet[User]") -> None:
        """Invite those who may be, and tell of each what became of it."""
        for user in queryset:
            why_not = self._why_not_invited(request, user)
            if why_not:
                messages.error(request, f"{user_name(user)}: {why_not}")
                continue
            by: Any = request.user
            tell(request, invitations.send(invitations.make(user, by=by, with_provider=True)))

    def _why_not_invited(self, request: HttpRequest, user: User) -> str:
        if not self.has_change_permission(request, user):  # type: ignore[attr-defined]
            return gettext("You may not change this account.")
        if user.provider_links.filter(issuer=settings.OIDC_ISSUER).exists():
            return gettext("The account is linked to %(provider)s already.") % {"provider": settings.OIDC_NAME}
        return why_no_mail(user)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer none that the reader may not take, or that leads nowhere."""
        actions: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]
        if not request.user.has_perm(MAY_RESET):
            actions.pop("reset_second_factor", None)
        if not settings.OIDC_ISSUER or not request.user.has_perm("auth.change_user"):
            actions.pop("invite_to_provider", None)
        return actions
