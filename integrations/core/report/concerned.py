"""Whom a refused absence concerns beside the connection's recipients (G-09)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from absences.models import Absence
from employees.employment import EmploymentState, employment_state
from employees.models import Employee
from employees.values.contacts import email_key
from employees.zones import today_of
from integrations.core.hub.absences import RESOURCE, pk_of
from integrations.core.models import Problem


@dataclass
class Concerned:
    """By the address in small letters: the address and the problems; and by problem the names of those not told.

    Of a manager who has left: the manager, and whose.
    """

    addresses: dict[str, tuple[str, set[int]]] = field(default_factory=dict)
    without_address: dict[int, set[str]] = field(default_factory=dict)
    has_left: dict[int, set[tuple[str, str]]] = field(default_factory=dict)

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
        "employee__manager__company", "created_by", "decided_by"
    )
    by_pk = {absence.pk: absence for absence in absences}
    left = _addresses_of_the_left(by_pk.values())
    for problem in of_absences.values():
        absence = by_pk.get(pk_of(problem.left_id) or 0)
        if absence is not None:
            _add_manager(concerned, problem, absence.employee)
            for user in (absence.created_by, absence.decided_by):
                _add_user(concerned, problem, user, left=left)
    return concerned


def _add_manager(concerned: Concerned, problem: Problem, person: Employee) -> None:
    manager = person.manager
    if manager is None:
        return
    if _has_left(manager):
        concerned.has_left.setdefault(problem.pk, set()).add((_mailed_name(manager), _mailed_name(person)))
    else:
        concerned.add(problem, manager.work_email, _mailed_name(manager))


def _mailed_name(person: Employee) -> str:
    """Of a protected identity an e-mail holds the name alone."""
    return person.full_name if person.protected_identity else str(person)


def _add_user(concerned: Concerned, problem: Problem, user: Any, *, left: Collection[str]) -> None:
    if user is not None and user.is_active and email_key(user.email) not in left:
        concerned.add(problem, user.email, user.get_full_name() or user.get_username())


def _addresses_of_the_left(absences: Iterable[Absence]) -> set[str]:
    """Return the users' addresses that belong to somebody who has left, and to nobody else."""
    users = (user for absence in absences for user in (absence.created_by, absence.decided_by) if user is not None)
    keys = {key for user in users if (key := email_key(user.email))}
    people = [
        person
        for key in sorted(keys)
        for person in Employee.objects.filter(work_email__iexact=key).select_related("company")
    ]
    staying = {email_key(person.work_email) for person in people if not _has_left(person)}
    return {email_key(person.work_email) for person in people} - staying


def _has_left(person: Employee) -> bool:
    state = employment_state(
        first_workday=person.first_workday, last_workday=person.last_workday, on=today_of(person.company)
    )
    return state is EmploymentState.ENDED
