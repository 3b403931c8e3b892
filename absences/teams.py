"""Which employee a user is, and whose manager: by the link that somebody chose (`access.models.EmployeeLink`)."""

from typing import Any

from django.db.models import Q

from employees.access.employee_links import employed_as, present_as
from employees.models import Employee


def is_own(*, employee: Employee, user: Any) -> bool:
    """Whether the user is the employee, also one who has left."""
    return employee.pk in employed_as(user)


def team_of(user: Any, *, prefix: str = "") -> Q:
    """Return the condition for the people whose manager the user is, directly.

    Nobody for whoever is linked with no employee, has left, or is deactivated. ``prefix`` leads to the employee, such
    as ``employee__``.
    """
    return Q(**{f"{prefix}manager__in": present_as(user)})
