"""How much waits or goes: people and absences are counted apart, and told together."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.core.hub.absences import ABSENCE, RESOURCE

# Conditions on marks. What only has a person's schedule read again is neither.
OF_ABSENCES: Final = Q(resource=RESOURCE, left_id__startswith=ABSENCE)
OF_PEOPLE: Final = ~Q(resource=RESOURCE)


@dataclass(frozen=True, kw_only=True)
class Amount:
    people: int = 0
    absences: int = 0

    def __bool__(self) -> bool:
        return bool(self.people or self.absences)

    @property
    def changes(self) -> int:
        return self.people + self.absences

    def __str__(self) -> str:
        """“2 people and 5 absences”; one of them alone where there is none of the other."""
        people = ngettext("%(count)d person", "%(count)d people", self.people) % {"count": self.people}
        if not self.absences:
            return people
        absences = ngettext("%(count)d absence", "%(count)d absences", self.absences) % {"count": self.absences}
        return _("%(people)s and %(absences)s") % {"people": people, "absences": absences} if self.people else absences


@dataclass(frozen=True, kw_only=True)
class OfMassChange:
    """How much a mass change is about: people, or absences of so many people.

    ``changed`` are people whose own fields change beside these absences, such as a last workday that frees their days.
    """

    people: int = 0
    absences: int = 0
    changed: int = 0

    @property
    def number(self) -> int:
        """What a sentence about it counts: 1 is singular."""
        return self.changed + self.absences or self.people

    @property
    def of_fields(self) -> bool:
        return bool(self.changed or not self.absences)

    @property
    def own(self) -> Amount:
        """People and absences apart, to be added up; whose absences they are is not counted."""
        return Amount(people=self.changed if self.absences else self.people, absences=self.absences)

    def __str__(self) -> str:
        """“5 absences of 2 people”, or “2 people”; “2 people, and 5 absences of 2 people” where it is both."""
        if not self.absences:
            return str(Amount(people=self.people))
        absences = _("%(absences)s of %(people)s") % {
            "absences": Amount(absences=self.absences),
            "people": Amount(people=self.people),
        }
        if not self.changed:
            return absences
        return _("%(people)s, and %(absences)s") % {"people": Amount(people=self.changed), "absences": absences}
