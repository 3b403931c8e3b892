"""Who a row means: the keys of a company's people, in memory, and those of the file's rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from employees.models import Company, Employee
from employees.values.contacts import email_key
from employees.values.likely_ids import loose_key
from employees.values.texts import folded_key, identifier_key
from employees.zones import today_of

MAY_NOT_SEE: Final = _(
    "This is about somebody whom you may not see. Leave the row out, or let somebody import it who may see people with"
    " a protected identity."
)


@dataclass
class KeyIndex:
    """A few hundred bytes a person; a person is known by primary key, and found whatever the writing of the keys."""

    by_employment_id: dict[str, list[int]] = field(default_factory=dict)
    by_email: dict[str, list[int]] = field(default_factory=dict)
    employment_id_of: dict[int, str] = field(default_factory=dict)
    manager_of: dict[int, int | None] = field(default_factory=dict)
    # Of employment IDs that `loose_key` knows in another writing: by that one.
    by_loose_key: dict[str, list[int]] = field(default_factory=dict)
    # Who has left the company and has a work e-mail: how names are compared (`name_key`).
    left: dict[int, str] = field(default_factory=dict)

    def find(self, *, employment_id: str, work_email: str, name: str = "", brings: bool = True) -> int | None:
        """Return the person whom the keys mean, or None for a new one. Raises ValidationError when they do not agree.

        The employment ID goes first; the e-mail of a person found by it may be a new one, also that of somebody who has
        left, where the row ``brings`` it and does not only tell by it who is meant. ``name`` is that of the row
        (`name_key`), "" without a whole one.
        """
        by_email = self.with_email(work_email)
        keys = {"employment_id": employment_id, "work_email": work_email, "name": name}
        leaver = self.leaver(**keys) if brings else None
        if (found := self.with_employment_id(employment_id)) is not None:
            if by_email and found not in by_email and leaver is None:
                raise ValidationError(_("The employment ID and the work e-mail belong to different people."))
            return found
        if leaver is not None:
            return None
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

    def with_email(self, work_email: str) -> list[int]:
        return self.by_email.get(email_key(work_email), []) if work_email else []

    def with_employment_id(self, employment_id: str) -> int | None:
        """Raises ValidationError when several have it in different writings, and nobody in just this one."""
        same = self.by_employment_id.get(identifier_key(employment_id), []) if employment_id else []
        if len(same) > 1:
            same = [pk for pk in same if self.employment_id_of[pk] == employment_id]
            if len(same) != 1:
                raise ValidationError(
                    _(
                        "Several people have employment IDs that look like this one. "
                        "Correct the IDs of the people in the hub first."
                    )
                )
        return same[0] if same else None

    def is_of_leaver(self, work_email: str) -> bool:
        return bool(self.left) and any(pk in self.left for pk in self.with_email(work_email))

    def leaver(self, *, employment_id: str, work_email: str, name: str = "") -> int | None:
        """Return who has left and has the e-mail, where another ID or name says that the row means somebody else."""
        same = self.with_email(work_email) if self.left else []
        if len(same) != 1 or same[0] not in self.left:
            return None
        known_as = self.employment_id_of.get(same[0], "")
        if employment_id and known_as:
            return same[0] if identifier_key(employment_id) != identifier_key(known_as) else None
        if employment_id and self.with_employment_id(employment_id) is not None:
            return same[0]
        return same[0] if name and name != self.left[same[0]] else None

    def alike(self, employment_id: str) -> list[int]:
        """Return whose employment ID is another writing of this one, most likely (`loose_key`)."""
        key, loose = identifier_key(employment_id), loose_key(employment_id)
        others = [pk for pk in self.by_loose_key.get(loose, ()) if identifier_key(self.employment_id_of[pk]) != key]
        return others if loose == key else [*others, *self.by_employment_id.get(loose, ())]


def read_keys(*, company: Company) -> KeyIndex:
    index = KeyIndex()
    today = today_of(company)
    people = Employee.objects.for_company(company).order_by("pk")
    for pk, employment_id, work_email, manager_id, last_workday, given_name, family_name in people.values_list(
        "pk", "employment_id", "work_email", "manager_id", "last_workday", "given_name", "family_name"
    ).iterator(chunk_size=5_000):
        if employment_id:
            _put_employment_id(index, pk, employment_id)
        if work_email:
            index.by_email.setdefault(email_key(work_email), []).append(pk)
        if manager_id is not None:
            index.manager_of[pk] = manager_id
        if work_email and last_workday is not None and last_workday < today:
            index.left[pk] = name_key(given_name, family_name)
    return index


def name_key(given_name: str, family_name: str) -> str:
    """Return what two writings of one name have in common, "" unless both parts are there."""
    given, family = folded_key(given_name), folded_key(family_name)
    return f"{given} {family}" if given and family else ""


def _put_employment_id(index: KeyIndex, pk: int, employment_id: str) -> None:
    index.employment_id_of[pk] = employment_id
    if key := identifier_key(employment_id):
        index.by_employment_id.setdefault(key, []).append(pk)
        if (loose := loose_key(employment_id)) != key:
            index.by_loose_key.setdefault(loose, []).append(pk)


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
            if key := identifier_key(employment_id):
                keys.by_employment_id.setdefault(key, []).append(number)
            if key := email_key(work_email):
                keys.by_email.setdefault(key, []).append(number)
        return keys

    def with_employment_id(self, employment_id: str) -> list[int]:
        return self.by_employment_id.get(identifier_key(employment_id), []) if employment_id else []

    def with_email(self, work_email: str) -> list[int]:
        return self.by_email.get(email_key(work_email), []) if work_email else []

    def first_beside(self, number: int, *, employment_id: str, work_email: str = "") -> int | None:
        """Return the first other row that carries one of the keys."""
        same = (self.with_employment_id(employment_id), self.with_email(work_email))
        # A row is there once: of each key's rows no more than the first two are looked at.
        others = (next((each for each in rows if each != number), None) for rows in same)
        return min((each for each in others if each is not None), default=None)
