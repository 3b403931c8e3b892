"""Which changes of people the reader of a page may know of: nobody learns more because a page was too old (OP-14)."""

from collections.abc import Iterable
from typing import Any, Final

from django.db import models

from absences.kinds import kind_reader
from absences.models import Absence
from employees.access.reading import reader
from employees.models import BankAccount, Compensation, Employee, Position
from integrations.core.hub.absence_history import NOTE
from integrations.core.hub.absence_history import PART as ABSENCE_PART
from integrations.core.models import FieldChange

TYPE: Final = "type_id"
# The first part of a hub field's name, before its dot.
PARTS: Final[dict[str, type[models.Model]]] = {
    "": Employee,
    "bank_account": BankAccount,
    "position": Position,
    "compensation": Compensation,
    ABSENCE_PART: Absence,
}


def unreadable(changes: Iterable[FieldChange]) -> set[int]:
    """Return the primary keys of those of which the reader may know neither field nor part."""
    user = reader().user
    if user is None:
        return set()
    listed = list(changes)
    telling = {int(each.subject_id) for each in listed if _tells_kind(each)}
    people = Employee.objects.select_related("company").filter(pk__in=telling)
    read = {str(person.pk) for person in people if kind_reader().reads(person)}
    return {
        each.pk
        for each in listed
        if not _may_view(user, _model(each)) or (_tells_kind(each) and each.subject_id not in read)
    }


def _model(change: FieldChange) -> type[models.Model]:
    return PARTS.get(change.field.partition(".")[0], Employee)


def _may_view(user: Any, model: type[models.Model]) -> bool:
    return bool(user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"))


def _tells_kind(change: FieldChange) -> bool:
    return _model(change) is Absence and change.field.rpartition(".")[2] in (TYPE, NOTE)
