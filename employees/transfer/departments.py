"""A company's departments as a file names them: what looks equal is the same one, whatever its capitals (D-01)."""

from collections import defaultdict

from employees.models import Company, Department
from employees.values.texts import canonical, department_key, folded_key


class Departments:
    """The one that is written just so, capitals too; else, of two that look equal, the one that is written rightly.

    A name that a program wrote in its own way (R&amp;D, Sälj−Syd) finds the one that it stands for: never one of
    several, and never another than the one that is written just so.
    """

    def __init__(self, company: Company) -> None:
        departments = list(Department.objects.filter(company=company).order_by("pk"))
        departments.sort(key=lambda each: each.name == canonical(each.name))
        self._named: dict[str, Department] = {}
        self._exact: dict[str, Department] = {}
        self._loose: dict[str, set[str]] = defaultdict(set)
        for each in departments:
            self.add(each)

    def add(self, department: Department) -> None:
        self._named[canonical(department.name)] = department
        exact = folded_key(department.name)
        self._exact[exact] = department
        self._loose[department_key(department.name)].add(exact)

    def find(self, name: str) -> Department | None:
        if found := self._named.get(canonical(name)) or self._exact.get(folded_key(name)):
            return found
        alike = self._loose.get(department_key(name), set())
        return self._exact[next(iter(alike))] if len(alike) == 1 else None

    def several(self, name: str) -> list[str]:
        """Return the names that differ from this one in capitals, where they are several and none is written so."""
        if canonical(name) in self._named:
            return []
        key = folded_key(name)
        alike = [each for each in self._named if folded_key(each) == key]
        return alike if len(alike) > 1 else []
