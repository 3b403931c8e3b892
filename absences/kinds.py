"""Who reads what kind of absence it is: health data, which is *away* to everybody else (PR-01).

Whatever prints a kind asks here. The reader is whoever the page is made for (`reading_as`); without one, as in a mail
or a task, nobody reads it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from absences.teams import team_of
from employees.access.companies import sees_company
from employees.access.employee_links import employed_as, present_as
from employees.models import Company, Employee
from employees.privacy import managers_see_kinds

if TYPE_CHECKING:
    from absences.models import Absence

# With both, everybody's kinds are read, of the companies that the user sees.
EVERYBODYS: Final = ("absences.view_absence", "absences.see_everybody")
AWAY: Final = _("Away")


class KindReader:
    """``user`` is asked for when the first kind is: a request may know its user only later."""

    def __init__(self, user: Callable[[], Any]) -> None:
        self._user = user

    @cached_property
    def user(self) -> Any:
        return self._user()

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


_reader: ContextVar[KindReader] = ContextVar("kind_reader")
_NOBODY: Final = KindReader(lambda: None)


def reader() -> KindReader:
    return _reader.get(_NOBODY)


@contextmanager
def reading_as(user: Any) -> Iterator[None]:
    """Say for whom kinds are printed; None: for whoever comes, such as what is stored."""
    token = _reader.set(KindReader(user if callable(user) else lambda: user))
    try:
        yield
    finally:
        _reader.reset(token)


def reads_kind(absence: "Absence") -> bool:
    return reader().reads(absence.employee)


def kind_of(absence: "Absence") -> str:
    """Return what kind of absence it is, in the words for the reader."""
    return str(absence.type if reads_kind(absence) else AWAY)


class KindReaderMiddleware:
    """Stands behind those that say who calls: whoever has proven only half is nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with reading_as(lambda: request.user):
            return self.get_response(request)
