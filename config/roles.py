"""Who may do what: one table of data, action and role, from which the groups' rights and `docs/roles.md` come.

A right that stands in no row comes with no role. Which companies' records a user sees is another question
(`employees.access.companies`).
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from employees.groups import FINANCE, HR_ADMIN, INTEGRATION_ADMIN, MANAGER, OPERATOR, PAYROLL, PAYROLL_OFFICE
from integrations.core.allowed import Right, codename
from integrations.core.registry import UsedBy, manifests

HR, INT, PAY, MAN, FIN, OFF, OPS = HR_ADMIN, INTEGRATION_ADMIN, PAYROLL, MANAGER, FINANCE, PAYROLL_OFFICE, OPERATOR


class Row(NamedTuple):
    """``rights`` are permissions; with ``used_by`` the row is there for the integrations of that side.

    A right of `core.allowed` is then given for each of them; without any, the row gives nothing.
    """

    data: Any
    action: Any
    roles: tuple[str, ...]
    rights: tuple[str, ...]
    used_by: UsedBy | None = None

    def permissions(self) -> tuple[str, ...]:
        """Return the permissions that the row stands for, none where no such integration is installed."""
        if self.used_by is None:
            return self.rights
        names = [name for name, manifest in manifests().items() if manifest.used_by is self.used_by]
        found = [self._of_each(right, names) for right in self.rights]
        return tuple(permission for each in found for permission in each) if names else ()

    @staticmethod
    def _of_each(right: str, names: list[str]) -> list[str]:
        return [f"core.{codename(Right(right), name)}" for name in names] if right in set(Right) else [right]


def _of(app: str, actions: str, models: str) -> tuple[str, ...]:
    return tuple(f"{app}.{action}_{model}" for model in models.split() for action in actions.split())


PEOPLE, PAY_DATA = _("People, positions, departments"), _("Bank accounts and compensation")
ABSENCES, HR_SYSTEMS = _("Absences"), _("HR integrations")
FINANCE_SYSTEMS = _("Finance integrations")
OF_PEOPLE: Final = "employee position department"
OF_RUNS: Final = _of("core", "view", "connection syncrun syncrow link delivery fieldchange")

TABLE: Final = (
    Row(
        PEOPLE, _("read, search, export"), (HR, INT, PAY, OFF), _of("employees", "view", "employee position department")
    ),
    Row(
        PEOPLE,
        _("add, change, delete, import"),
        (HR, OFF),
        _of("employees", "add change delete", OF_PEOPLE),
    ),
    Row(_("Companies"), _("read"), (HR, INT, PAY, OFF), ("employees.view_company",)),
    Row(_("Companies"), _("change"), (HR, OFF), ("employees.change_company",)),
    Row(_("Companies"), _("add, delete"), (HR,), _of("employees", "add delete", "company")),
    Row(_("National IDs and bank accounts"), _("see in full"), (HR, PAY, OFF), ("employees.view_sensitive",)),
    Row(PAY_DATA, _("read"), (HR, PAY, OFF), _of("employees", "view", "bankaccount compensation")),
    Row(PAY_DATA, _("add, change"), (HR, PAY, OFF), _of("employees", "add change", "bankaccount compensation")),
    Row(PAY_DATA, _("delete"), (HR, OFF), _of("employees", "delete", "bankaccount compensation")),
    Row(ABSENCES, _("read those of the own team"), (HR, PAY, MAN, OFF), ("absences.view_absence",)),
    Row(ABSENCES, _("read everybody's"), (HR, PAY, OFF), ("absences.see_everybody",)),
    Row(ABSENCES, _("approve, decline"), (HR, MAN, OFF), ("absences.decide_absence",)),
    Row(ABSENCES, _("add, change, delete, import"), (HR, OFF), _of("absences", "add change delete", "absence")),
    Row(_("Absence types"), _("read"), (HR, INT, PAY, OFF), ("absences.view_absencetype",)),
    Row(_("Absence types"), _("add, change, delete"), (HR,), _of("absences", "add change delete", "absencetype")),
    Row(HR_SYSTEMS, _("see how connections stand"), (HR, INT, OFF, OPS), ("core.view_connection", "see"), UsedBy.HR),
    Row(
        HR_SYSTEMS,
        _("error log: read, try again, dismiss"),
        (HR, INT, PAY, OFF),
        ("core.view_problem", "mend"),
        UsedBy.HR,
    ),
    Row(HR_SYSTEMS, _("review, synchronise, history"), (HR, INT, OFF), (*OF_RUNS, "run"), UsedBy.HR),
    Row(HR_SYSTEMS, _("connect, settings, disconnect"), (INT,), ("manage",), UsedBy.HR),
    Row(
        FINANCE_SYSTEMS,
        _("see, error log, run"),
        (FIN,),
        (*OF_RUNS, "core.view_problem", "see", "mend", "run"),
        UsedBy.FINANCE,
    ),
    Row(FINANCE_SYSTEMS, _("see how connections stand"), (INT, OPS), ("core.view_connection", "see"), UsedBy.FINANCE),
    Row(FINANCE_SYSTEMS, _("connect, settings, disconnect"), (INT,), ("manage",), UsedBy.FINANCE),
    Row(
        _("Users and their roles"),
        _("read, add, change"),
        (OPS,),
        (*_of("auth", "view add change", "user"), "auth.view_group"),
    ),
    Row(
        _("How people sign in"),
        _("read, reset a second factor, remove a link to the sign-in provider"),
        (OPS,),
        (
            *_of("access", "view", "accessevent providerlink"),
            "access.delete_providerlink",
            "access.reset_second_factor",
        ),
    ),
    Row(_("Background tasks"), _("read"), (OPS,), ("core.see_background",)),
)


def rights_of(role: str) -> set[str]:
    """Return the permissions of a built-in role, such as ``employees.view_employee``."""
    return {permission for row in TABLE if role in row.roles for permission in row.permissions()}


def rows_of(permission: str) -> Iterator[Row]:
    """Yield the rows that a permission belongs to."""
    return (row for row in TABLE if permission in row.permissions())
