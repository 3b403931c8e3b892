"""Who a row means: the keys of a company's people, in memory, and those of the file's rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from employees.models import Company, Employee
from employees.values.contacts import email_key


@dataclass
class KeyIndex:
    """A few hundred bytes a person; a person is known by primary key."""

    by_employment_id: dict[str, int] = field(default_factory=dict)
    by_email: dict[str, list[int]] = field(default_factory=dict)
    employment_id_of: dict[int, str] = field(default_factory=dict)
    manager_of: dict[int, int | None] = field(default_factory=dict)

    def find(self, *, employment_id: str, work_email: str) -> int | None:
        """Return the person whom the keys mean, or None for a new one. Raises ValidationError when they do not agree.

        The employment ID goes first; the e-mail of a person found by it may be a new one.
        """
        by_email = self.by_email.get(email_key(work_email), []) if work_email.strip() else []
        if employment_id in self.by_employment_id:
            found = self.by_employment_id[employment_id]
            if by_email and found not in by_email:
                raise ValidationError(_("The employment ID and the work e-mail belong to different people."))
            return found
        if len(by_email) > 1:
            raise ValidationError(_("Several people have this work e-mail. Add their employment IDs to the file."))
        if not by_email:
            return None
        known_as = self.employment_id_of.get(by_email[0], "")
        if employment_id and known_as:
            raise ValidationError(
                _("The person with this work e-mail has another employment ID. Correct one of the two.")
            )
        return by_email[0]


def read_keys(*, company: Company) -> KeyIndex:
    index = KeyIndex()
    people = Employee.objects.for_company(company).order_by("pk")
    for pk, employment_id, work_email, manager_id in people.values_list(
        "pk", "employment_id", "work_email", "manager_id"
    ).iterator(chunk_size=5_000):
        if employment_id:
            index.by_employment_id[employment_id] = pk
            index.employment_id_of[pk] = employment_id
        if work_email:
            index.by_email.setdefault(email_key(work_email), []).append(pk)
        if manager_id is not None:
            index.manager_of[pk] = manager_id
    return index


@dataclass
class FileKeys:
    """Which rows of the file carry a key."""

    by_employment_id: dict[str, list[int]] = field(default_factory=dict)
    by_email: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[tuple[int, str, str]]) -> "FileKeys":
        """From (row number, employment ID, work e-mail)."""
        keys = cls()
        for number, employment_id, work_email in rows:
            if employment_id:
                keys.by_employment_id.setdefault(employment_id, []).append(number)
            if work_email.strip():
                keys.by_email.setdefault(email_key(work_email), []).append(number)
        return keys

    def with_employment_id(self, employment_id: str) -> list[int]:
        return self.by_employment_id.get(employment_id, [])

    def with_email(self, work_email: str) -> list[int]:
        return self.by_email.get(email_key(work_email), []) if work_email.strip() else []
