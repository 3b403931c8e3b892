"""Who reads what kind of absence it is: health data, which is *away* to everybody else (PR-01).

Whatever prints a kind asks here. The reader is whoever the page is made for (`access.reading`); without one, as in a
mail or a task, nobody reads it.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from absences.teams import team_of
from employees.access.companies import sees_company
from employees.access.employee_links import employed_as, present_as
from employees.access.reading import Reader, reader
from employees.models import Company, Employee
from employees.privacy import managers_see_kinds

if TYPE_CHECKING:
    from absences.models import Absence

# With both, everybody's kinds are read, of the companies that the user sees.
EVERYBODYS: Final = ("absences.view_absence", "absences.see_everybody")
AWAY: Final = _("Away")
KIND_READER: Final = "kinds"


class KindReader:
    """What the reader of a page reads of absences."""

    def __init__(self, page: Reader) -> None:
        self._page = page

    @property
    def user(self) -> Any:
        return self._page.user

    @cached_property
    def _reads_everybodys(self) -> bool:
        return self.user is not None and bool(self.user.has_perms(EVERYBODYS))

    @cached_property
    def _own(self) -> frozenset[int]:
        return employed_as(self.user)

    @cached_property
    def _present(self) -> frozenset[int]:
        return frozenset(present_as(self.user))

    def reads(self, person: Employee) -> bool:
        """Whether the reader reads the kinds of the person's absences."""
        if self._reads_everybodys and sees_company(self.user, person.company_id):
            return True
        if person.pk in self._own:
            return True
        return person.manager_id in self._present and managers_see_kinds(person.company)

    @cached_property
    def reads_all(self) -> bool:
        """Whether nothing that the reader sees is only *away*: then lists are sorted and filtered by kind."""
        if self._reads_everybodys:
            return True
        companies = Company.objects.filter(employees__in=Employee.objects.filter(team_of(self.user))).distinct()
        return all(map(managers_see_kinds, companies))


def kind_reader() -> KindReader:
    page = reader()
    if KIND_READER not in page.kept:
        page.kept[KIND_READER] = KindReader(page)
    found: KindReader = page.kept[KIND_READER]
    return found


def reads_kind(absence: "Absence") -> bool:
    return kind_reader().reads(absence.employee)


def kind_of(absence: "Absence") -> str:
    """Return what kind of absence it is, in the words for the reader."""
    return str(absence.type if reads_kind(absence) else AWAY)
