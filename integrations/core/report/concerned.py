"""Whom a refused absence concerns beside the connection's recipients (G-09)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from absences.models import Absence
from integrations.core.hub.absences import RESOURCE, pk_of
from integrations.core.models import Problem


@dataclass
class Concerned:
    """Address → problems, and problem → names of those who should be told and have no address."""

    addresses: dict[str, set[int]] = field(default_factory=dict)
    without_address: dict[int, set[str]] = field(default_factory=dict)

    def add(self, problem: Problem, address: str, name: str) -> None:
        if address:
            self.addresses.setdefault(address, set()).add(problem.pk)
        elif name:
            self.without_address.setdefault(problem.pk, set()).add(name)


def concerned_by(problems: Iterable[Problem]) -> Concerned:
    """Return the person's manager, and whoever registered or decided on the absence."""
    concerned = Concerned()
    of_absences = {problem.pk: problem for problem in problems if problem.resource == RESOURCE}
    pks = [pk for problem in of_absences.values() if (pk := pk_of(problem.left_id)) is not None]
    absences = Absence.objects.filter(pk__in=pks).select_related("employee__manager", "created_by", "decided_by")
    by_pk = {absence.pk: absence for absence in absences}
    for problem in of_absences.values():
        absence = by_pk.get(pk_of(problem.left_id) or 0)
        if absence is not None:
            manager = absence.employee.manager
            if manager is not None:
                # Of a protected identity an e-mail holds the name alone.
                name = manager.full_name if manager.protected_identity else str(manager)
                concerned.add(problem, manager.work_email, name)
            for user in (absence.created_by, absence.decided_by):
                _add_user(concerned, problem, user)
    return concerned


def _add_user(concerned: Concerned, problem: Problem, user: Any) -> None:
    if user is not None and user.is_active:
        concerned.add(problem, user.email, user.get_full_name() or user.get_username())
