"""What a cell's words mean: types and statuses, whatever nobody sees in them and whatever their capitals."""

from typing import Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from absences.models import AbsenceType
from absences.models.absence import Status
from employees.values.texts import folded_key, identifier_key


class TypesByWord:
    """The types by their codes and names; a code goes before another type's name."""

    def __init__(self, kinds: list[AbsenceType]) -> None:
        self._by_code = {kind.code: kind for kind in kinds}
        self._by_name: dict[str, list[AbsenceType]] = {}
        for kind in kinds:
            self._by_name.setdefault(folded_key(kind.name), []).append(kind)

    @classmethod
    def read(cls) -> Self:
        return cls(list(AbsenceType.objects.all()))

    def find(self, text: str) -> AbsenceType:
        """Raises ValidationError."""
        kind = self._by_code.get(identifier_key(text).casefold())
        found = [kind] if kind else self._by_name.get(folded_key(text), [])
        if not found:
            raise ValidationError(_("There is no absence type of this code or name."))
        if len(found) > 1:
            raise ValidationError(_("Several absence types have this name. Write the type's code."))
        return found[0]


def status_of(text: str) -> str:
    """Raises ValidationError."""
    words = {folded_key(str(word)): value for value, label in Status.choices for word in (value, label)}
    status = words.get(folded_key(text))
    if status is None:
        raise ValidationError(_("Write requested, approved, declined or cancelled."))
    return status
