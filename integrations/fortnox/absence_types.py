"""Which cause at Fortnox each of the hub's absence types has, per connection (FX-04), and what a change would do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db.models import Exists, OuterRef, Q

from absences.models import Absence, AbsenceType
from integrations.core.hub.absences import RESOURCE
from integrations.core.models import Connection, Delivery, Link
from integrations.fortnox.absence_causes import CAUSES, PROPOSALS
from integrations.fortnox.absence_rules import (
    Mapped,
)
from integrations.fortnox.models import AbsenceTypeMapping, SeenCause

# A cause's code, an empty text for "do not transfer", or None: nobody has answered yet.
Answer = str | None
DO_NOT_TRANSFER: Final = ""

# In the options of an absence's link: the version that somebody left unsent with a mass change, DELETED of one that is
# gone (G-17).
LEFT: Final = "left"


@dataclass(frozen=True, kw_only=True)
class MappedType:
    type: AbsenceType
    mapping: AbsenceTypeMapping | None

    @property
    def answer(self) -> Answer:
        return self.mapping.cause if self.mapping else None

    @property
    def proposal(self) -> str:
        return PROPOSALS.get(self.type.code, "")


class MappingChange(NamedTuple):
    type: AbsenceType
    before: Answer
    after: str


def mapped_types(connection: Connection) -> list[MappedType]:
    """Return the types to be answered: active, or with absences of the company; never those that are not sent."""
    mappings = {each.absence_type_id: each for each in mappings_of(connection)}
    types = _types_of(connection).filter(counts_as_work_days=True)
    return [MappedType(type=each, mapping=mappings.get(each.pk)) for each in types]


def never_transferred(connection: Connection) -> list[AbsenceType]:
    """Return the types that do not count as work days (FX-10)."""
    return list(_types_of(connection).filter(counts_as_work_days=False))


def offered_causes(connection: Connection) -> list[str]:
    """Return the codes to choose from: those that are known, then what else Fortnox has returned or is chosen."""
    seen = SeenCause.objects.filter(connection=connection).values_list("code", flat=True)
    chosen = mappings_of(connection).exclude(cause="").values_list("cause", flat=True)
    return [*CAUSES, *sorted({*seen, *chosen} - set(CAUSES))]


def remember_causes(*, connection: Connection, codes: Iterable[str]) -> None:
    """Keep the codes that are not known, so that the mapping page can offer them."""
    unknown = sorted({code for code in codes if code and code not in CAUSES})
    SeenCause.objects.bulk_create(
        (SeenCause(connection=connection, code=code) for code in unknown), ignore_conflicts=True
    )


def unanswered(connection: Connection) -> list[AbsenceType]:
    return [each.type for each in mapped_types(connection) if each.answer is None]


def mapped_of(connection: Connection) -> dict[int, Mapped]:
    """Return the answers by type, as the rules want them; a type without a row has none."""
    return {each.absence_type_id: Mapped(answered=True, cause=each.cause) for each in mappings_of(connection)}


def changes_of(*, types: Iterable[MappedType], wanted: Mapping[int, Answer]) -> list[MappingChange]:
    """Return what the wanted answers change; no answer is none."""
    return [
        MappingChange(each.type, each.answer, after)
        for each in types
        if (after := wanted.get(each.type.pk)) is not None and after != each.answer
    ]


def transferred_absences(*, connection: Connection, type_id: int) -> list[Link]:
    """Return the links of the absences whose rows were made, or are being made, under the type's present answer."""
    links = Link.objects.filter(
        connection=connection, resource=RESOURCE, state=Link.State.ACTIVE, options__values__type=type_id
    )
    has_rows = Exists(Link.objects.filter(parent=OuterRef("pk"), state=Link.State.ACTIVE))
    being_sent = Exists(
        Delivery.objects.filter(
            connection=connection, resource=RESOURCE, left_id=OuterRef("left_id"), state__in=Delivery.OPEN
        )
    )
    return list(links.filter(has_rows | being_sent).order_by("pk"))


def _types_of(connection: Connection) -> Any:
    used = Absence.objects.filter(type=OuterRef("pk"), employee__company=connection.company_id)
    return AbsenceType.objects.filter(Q(active=True) | Exists(used)).order_by("name", "pk")


def mappings_of(connection: Connection) -> Any:
    return AbsenceTypeMapping.objects.filter(connection_id=connection.pk).select_related(
        "changed_by", "connection__company"
    )
