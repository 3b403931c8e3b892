"""A company's departments as a file names them: what looks equal is the same one, whatever its capitals (D-01)."""

from employees.models import Company, Department
from employees.values.texts import canonical, folded_key


def departments_by_key(company: Company) -> dict[str, Department]:
    """Return the departments by `folded_key`; of two that look equal, the one that is written as it should be."""
    departments = list(Department.objects.filter(company=company).order_by("pk"))
    departments.sort(key=lambda each: each.name == canonical(each.name))
    return {folded_key(each.name): each for each in departments}
