"""People of one company who share a value that other systems want to be one person's alone (FX-05)."""

from django.db import models
from django.db.models.functions import Lower

from employees.models import Employee
from employees.values.contacts import email_key

UNIQUE_ELSEWHERE = ("work_email", "work_phone", "private_phone")


def find_duplicates(*, employee: Employee) -> dict[str, list[Employee]]:
    """Return, by field, the others of the company with the same value; e-mail without regard to case.

    Empty values are no duplicates. Names at most ten others for each field.
    """
    found = {}
    for field in UNIQUE_ELSEWHERE:
        value = getattr(employee, field)
        if not value:
            continue
        same = same_value(field, value)
        others = list(
            same.filter(company_id=employee.company_id).exclude(pk=employee.pk).select_related("department")[:10]
        )
        if others:
            found[field] = others
    return found


def same_value(field: str, value: str) -> models.QuerySet[Employee]:
    if field == "work_email":
        return Employee.objects.annotate(email_key=Lower("work_email")).filter(email_key=email_key(value))
    return Employee.objects.filter(**{field: value})
