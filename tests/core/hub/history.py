"""What the hub keeps of its changes, as a test asserts it."""

from typing import Any

from employees.models import Company, Employee
from integrations.core.models import Connection, FieldChange, Mark


def forget(*employees: Employee) -> None:
    """Take the marks of people away, as if everything had been sent."""
    Mark.objects.filter(left_id__in=[str(employee.pk) for employee in employees]).delete()


def last_change() -> int:
    return FieldChange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def new_changes(employee_id: int, *, since: int) -> dict[str, tuple[Any, Any]]:
    """Return field → (before, after) of the changes after the one numbered ``since``, none of which is told twice."""
    changes = FieldChange.objects.filter(subject="employee", subject_id=str(employee_id), pk__gt=since)
    told = [(each.field, each.before, each.after) for change in changes.order_by("pk") for each in change.by_field()]
    assert len(told) == len({str(each) for each in told}), told
    return {field: (before, after) for field, before, after in told}


def connection_of(
    company: Company, *, state: str = Connection.State.ACTIVE, integration: str = "fortnox"
) -> Connection:
    """A connection as it stands in the database; nothing is called."""
    return Connection.objects.create(
        integration=integration, label=f"{integration} of {company}", company=company, state=state
    )


def marks_of(employee_id: int) -> dict[int, int]:
    """Return connection → version of the person's marks."""
    marks = Mark.objects.filter(resource="employees", left_id=str(employee_id))
    return dict(marks.values_list("connection_id", "version"))
