"""Whom of the people with a protected identity a user may see (PR-04). Knows no models: their own texts ask here."""

from typing import Any, Final, TypeVar

from django.db.models import Q, QuerySet

RecordsT = TypeVar("RecordsT", bound="QuerySet[Any]")
SEE_PROTECTED: Final = "employees.view_protected"
# Where a record's person stands, by the model's label.
OF_PEOPLE: Final[dict[str, str]] = {
    "employees.employee": "",
    **dict.fromkeys(
        (
            *("employees.position", "employees.bankaccount", "employees.compensation", "employees.storedvalue"),
            "absences.absence",
        ),
        "employee__",
    ),
}
# Of these some are of no person.
OF_NOBODY_TOO: Final = frozenset({"employees.storedvalue"})


def may_see_protected(user: Any) -> bool:
    return bool(user is not None and user.has_perm(SEE_PROTECTED))


def without_protected(records: RecordsT, user: Any) -> RecordsT:
    """Leave out people with a protected identity, and what is theirs, for whoever may not see them (PR-04).

    One's own team, and oneself, are seen all the same.
    """
    concrete = records.model._meta.concrete_model or records.model
    label = concrete._meta.label_lower
    if label not in OF_PEOPLE or may_see_protected(user):
        return records
    person = OF_PEOPLE[label]
    pk = getattr(user, "pk", None)
    shown = Q(**{f"{person}protected_identity": False}) | Q(**{f"{person}user_link__user": pk or 0})
    shown |= Q(**{f"{person}manager__user_link__user": pk or 0})
    return records.filter(shown | Q(employee__isnull=True) if label in OF_NOBODY_TOO else shown)
