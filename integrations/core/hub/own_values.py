"""The sensitive values of whom a vendor's words are about: found in them however the vendor writes them (G-32)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from absences.models import Absence
from employees.foreign_text import SEE_SENSITIVE
from employees.models import Employee
from integrations.core.hub.absences import ABSENCE, PERSON, pk_of

VALUES: Final = (
    "national_id",
    *(f"bank_account__{name}" for name in ("clearing_number", "account_number", "iban")),
)


def know_own(records: Sequence[Any], *names: str, reader: Any = None) -> None:
    """Let these texts of the records (rows, problems, deliveries) be masked by their people's values, too.

    A few queries, whatever their number; none for a reader who may see them. Without a reader it is for mails.
    """
    if reader is not None and reader.has_perm(SEE_SENSITIVE):
        return
    told = [each for each in records if any(getattr(each, name) for name in names)]
    own = own_values(each.left_id for each in told)
    for each in told:
        if found := own.get(each.left_id):
            for name in names:
                setattr(each, name, getattr(each, name).about(found))


def own_values(left_ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the values by left id, of people and of absences."""
    ids = set(left_ids)
    people = {each: int(each) for each in ids if each.isdecimal()}
    people |= {each: pk for each in ids if (pk := pk_of(each, prefix=PERSON)) is not None}
    if absences := {pk: each for each in ids if (pk := pk_of(each, prefix=ABSENCE)) is not None}:
        found = Absence._base_manager.filter(pk__in=absences).values_list("pk", "employee_id")
        people |= {absences[pk]: employee for pk, employee in found}
    if not people:
        return {}
    rows = Employee._base_manager.filter(pk__in=set(people.values())).values_list("pk", *VALUES)
    values = {pk: tuple(value for value in found if value) for pk, *found in rows}
    return {left_id: values.get(pk, ()) for left_id, pk in people.items()}
