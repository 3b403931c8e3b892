"""Whose manager is not there: the filter of the list of people, and the line on the start page (HR-19)."""

from typing import Any, Final

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from employees.access.companies import within
from employees.employment import EmploymentState, now_in_employment_state
from employees.models import Employee


class Absent(models.TextChoices):
    """Why nobody decides on somebody's absences as the manager."""

    GONE = "gone", _("Has left, or the account is deactivated")
    NONE = "none", _("No manager")
    UNLINKED = "unlinked", _("No user account")


PARAMETER: Final = "manager_there"


def whose_manager_is(absent: Absent) -> Q:
    """Return the condition for the people; ask it together with that they are employed."""
    if absent is Absent.NONE:
        return Q(manager__isnull=True)
    present = Q(manager__isnull=False) & ~_with_manager_who_left()
    if absent is Absent.UNLINKED:
        return present & Q(manager__user_link__isnull=True)
    return _with_manager_who_left() | Q(manager__user_link__user__is_active=False)


def _with_manager_who_left() -> Q:
    gone = Employee.objects.filter(now_in_employment_state(EmploymentState.ENDED))
    return Q(manager__in=gone.values("pk"))


class ManagerFilter(admin.SimpleListFilter):
    """Of people who have not left: those whose manager does not see them."""

    title = _("manager")
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Absent.choices)

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Employee]) -> models.QuerySet[Employee]:
        chosen = self.value()
        return _here(queryset).filter(whose_manager_is(Absent(chosen))) if chosen in Absent.values else queryset


def count_without_manager(user: Any) -> int:
    """Return of how many people, of companies that the user sees, the manager is gone; 0 for whoever mends it not."""
    if not user.has_perms(("employees.view_employee", "employees.change_employee")):
        return 0
    return _here(within(Employee.objects.all(), user)).filter(whose_manager_is(Absent.GONE)).count()


def _here(people: models.QuerySet[Employee]) -> models.QuerySet[Employee]:
    return people.exclude(now_in_employment_state(EmploymentState.ENDED))
