"""Whom a refused absence concerns beside the connection's recipients (G-09)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from absences.models import Absence
from employees.access.employee_links import has_left_everywhere
from employees.labels import has_left
from employees.models import Employee
from integrations.core.hub.absences import RESOURCE, pk_of
from integrations.core.models import Problem


@dataclass
class Concerned:
    """By the address in small letters: the address and the problems; and by problem the names of those not told.

    Of a manager who has left, or whose account is deactivated: the manager, and whose.
    """

    addresses: dict[str, tuple[str, set[int]]] = field(default_factory=dict)
    without_address: dict[int, set[str]] = field(default_factory=dict)
    has_left: dict[int, set[tuple[str, str]]] = field(default_factory=dict)
    deactivated: dict[int, set[tuple[str, str]]] = field(default_factory=dict)

    def add(self, problem: Problem, address: str, name: str) -> None:
        if address:
            self.addresses.setdefault(address.casefold(), (address, set()))[1].add(problem.pk)
        elif name:
            self.without_address.setdefault(problem.pk, set()).add(name)


def concerned_by(problems: Iterable[Problem]) -> Concerned:
    """Return the person's manager, and whoever registered or decided on the absence; nobody who has left."""
    concerned = Concerned()
    of_absences = {problem.pk: problem for problem in problems if problem.resource == RESOURCE}
    pks = [pk for problem in of_absences.values() if (pk := pk_of(problem.left_id)) is not None]
    absences = Absence.objects.filter(pk__in=pks).select_related(
        "employee__manager__company", "employee__manager__user_link__user", "created_by", "decided_by"
    )
    by_pk = {absence.pk: absence for absence in absences}
    for problem in of_absences.values():
        absence = by_pk.get(pk_of(problem.left_id) or 0)
        if absence is not None:
            _add_manager(concerned, problem, absence.employee)
            for user in (absence.created_by, absence.decided_by):
                _add_user(concerned, problem, user)
    return concerned


def _add_manager(concerned: Concerned, problem: Problem, person: Employee) -> None:
    manager = person.manager
    if manager is None:
        return
    names = (_mailed_name(manager), _mailed_name(person))
    if has_left(manager):
        concerned.has_left.setdefault(problem.pk, set()).add(names)
    elif _is_deactivated(manager):
        concerned.deactivated.setdefault(problem.pk, set()).add(names)
    else:
        concerned.add(problem, manager.work_email, _mailed_name(manager))


def _mailed_name(person: Employee) -> str:
    """Of a protected identity an e-mail holds the name alone."""
    return person.full_name if person.protected_identity else str(person)


def _add_user(concerned: Concerned, problem: Problem, user: Any) -> None:
    if user is not None and user.is_active and not has_left_everywhere(user):
        concerned.add(problem, user.email, user.get_full_name() or user.get_username())


def _is_deactivated(manager: Employee) -> bool:
    """Whether the manager's account is; whoever has none is reached at the work address all the same."""
    link = getattr(manager, "user_link", None)
    return link is not None and not link.user.is_active
