"""What an upgrade changed of roles: shown to whoever gives people roles, until somebody says that it was seen."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from employees.access.companies import companies_seen
from employees.access.models import RoleChange


def may_see_changes(user: Any) -> bool:
    return bool(user.has_perm("auth.change_user")) and companies_seen(user) is None


def open_changes(user: Any) -> QuerySet[RoleChange]:
    """Return the changes that nobody has dismissed, none for whoever does not give people roles."""
    changes = RoleChange.objects.filter(dismissed_at=None)
    return changes if may_see_changes(user) else changes.none()


def dismiss(*, pk: int, by: Any) -> bool:
    """Note that it was seen; returns False where somebody has said so before."""
    open_one = RoleChange.objects.filter(pk=pk, dismissed_at=None)
    return bool(open_one.update(dismissed_at=timezone.now(), dismissed_by=by))
