"""Who may do what with the connections of an integration (G-01): each right is given per integration."""

from collections.abc import Collection
from enum import StrEnum
from typing import Any, Final, TypeVar

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from employees.access.companies import hidden_people, within
from employees.access.protected import may_see_protected
from integrations.core.registry import manifests

RecordsT = TypeVar("RecordsT", bound="QuerySet[Any]")


class Right(StrEnum):
    """``SEE`` is how connections stand, ``MEND`` the error log, ``RUN`` reviews and synchronisations."""

    SEE = "see"
    MEND = "mend"
    RUN = "run"
    MANAGE = "manage"


NAMES: Final = {
    Right.SEE: _("%(integration)s: see how it stands"),
    Right.MEND: _("%(integration)s: try again and dismiss in the error log"),
    Right.RUN: _("%(integration)s: run synchronisations"),
    Right.MANAGE: _("%(integration)s: connect, settings, disconnect"),
}
# The queue's pages, which belong to no integration.
SEE_BACKGROUND: Final = "core.see_background"
# Which rights let somebody do it.
ENOUGH: Final = {
    Right.SEE: tuple(Right),
    Right.MEND: (Right.MEND, Right.RUN),
    Right.RUN: (Right.RUN,),
    Right.MANAGE: (Right.MANAGE,),
}


# What leads a record to its person, where it does.
LEFT_ID: Final = "left_id"
# What an absence is, is read with both: whoever runs an integration alone sees whose it is and when.
ABSENCES_SEEN: Final = ("absences.view_absence", "absences.see_everybody")


def codename(right: Right, integration: str) -> str:
    """Return the codename of the permission, which hangs on the model of connections: ``run_fortnox``."""
    return f"{right}_{integration}"


def with_implied(rights: Collection[str]) -> set[str]:
    """Add to permissions such as ``core.run_fortnox`` those of integrations that nobody needs beside them."""
    implied = {
        f"core.{codename(right, integration)}"
        for integration in manifests()
        for right in Right
        if any(f"core.{codename(each, integration)}" in rights for each in ENOUGH[right])
    }
    return implied.union(rights)


def may(user: Any, right: Right, integration: str) -> bool:
    """Whether the user may do it with the integration's connections, of the companies that the user sees."""
    return any(user.has_perm(f"core.{codename(each, integration)}") for each in ENOUGH[right])


def may_anywhere(user: Any, right: Right) -> bool:
    return any(may(user, right, integration) for integration in manifests())


def may_see_absences(user: Any) -> bool:
    """Whether the user may read of everybody's absences what they are."""
    return bool(user.has_perms(ABSENCES_SEEN))


def _without_protected(records: RecordsT, user: Any) -> RecordsT:
    """Leave out what is about people with a protected identity, for whoever may not see them (PR-04)."""
    if not any(field.name == LEFT_ID for field in records.model._meta.concrete_fields) or may_see_protected(user):
        return records
    ids = hidden_people(user).annotate(id_text=Cast("pk", CharField())).order_by().values("id_text")
    return records.exclude(left_id__in=ids)


def may_open_section(user: Any, integration: str) -> bool:
    """Whether the user may read the pages of the integration's own section."""
    return may(user, Right.RUN, integration) or may(user, Right.MANAGE, integration)


def permitted(records: RecordsT, user: Any, *, connection: str = "", right: Right = Right.SEE) -> RecordsT:
    """Return the records of connections with which the user may do it, of the companies that the user sees.

    ``connection`` leads to the connection, such as ``run__connection``; records that are connections need none.
    """
    prefix = f"{connection}__" if connection else ""
    found = _without_protected(within(records, user, to=f"{prefix}company"), user)
    if user.is_active and user.is_superuser:
        # Also those of an integration that is not installed any more.
        return found
    allowed = [integration for integration in manifests() if may(user, right, integration)]
    return found.filter(**{f"{prefix}integration__in": allowed})
