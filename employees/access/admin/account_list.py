"""The list of users: who is invited, active, or has left, and with which roles."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from employees.access.accounts import State


class StateFilter(SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, state.label) for state in State]

    def queryset(self, request: HttpRequest, users: "QuerySet[Any]") -> "QuerySet[Any]":
        state = self.value()
        return users.filter(state=state) if state in State.values else users


class RoleFilter(SimpleListFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        names = Group.objects.order_by("name").values_list("name", flat=True)
        return [*((name, name) for name in names), ("-", _("None"))]

    def queryset(self, request: HttpRequest, users: "QuerySet[User]") -> "QuerySet[User]":
        role = self.value()
        # Not what somebody typed into the address.
        if role not in dict(self.lookup_choices):
            return users
        return users.filter(groups=None) if role == "-" else users.filter(groups__name=role)
