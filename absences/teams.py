"""Which employee a user is, and whose manager: by the work e-mail, which nothing else ties to a user."""

from typing import Any

from django.db.models import Q

from employees.models import Employee
from employees.values.contacts import email_key


def is_own(*, employee: Employee, user: Any) -> bool:
    """Whether the user is the employee: the work e-mail is the user's, capitals aside."""
    email = email_key(user.email or "")
    return bool(email) and email_key(employee.work_email) == email


def team_of(user: Any, *, prefix: str = "") -> Q:
    """Return the condition for the people whose manager the user is, directly; nobody where that cannot be told.

    ``prefix`` leads to the employee, such as ``employee__``.
    """
    email = email_key(getattr(user, "email", "") or "")
    if not email:
        return Q(pk__in=())
    return Q(**{f"{prefix}manager__work_email__iexact": email})
