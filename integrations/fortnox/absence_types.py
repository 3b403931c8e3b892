"""Which cause at Fortnox each of the hub's absence types has, per connection (FX-04), and what a change would do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from absences.models import Absence, AbsenceType
from integrations.core.hub.absences import RESOURCE, left_id_of, mark_found
from integrations.core.models import Connection, Delivery, Link
from integrations.fortnox.absence_causes import CAUSES, PROPOSALS
from integrations.fortnox.absence_rules import (
    AbsenceValues,
    Mapped,
    Schedule,
    TransferSettings,
    why_none,
)
from integrations.fortnox.mapping_history import remember_answers
from integrations.fortnox.models import AbsenceSwitch, AbsenceTypeMapping, SeenCause

# A cause's code, an empty text for "do not transfer", or None: nobody has answered yet.
Answer = str | None
DO_NOT_TRANSFER: Final = ""

# In the options of an absence's link: the version that somebody left unsent with a mass change, DELETED of one that is
# gone (G-17).
LEFT: Final = "left"


class MappingMoved(Exception):
    """Somebody else has changed the same types meanwhile: nothing was written."""


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


class Affected(NamedTuple):
    """How many absences a change disconnects from their rows (FX-13), and how many it sends."""

    transferred: int
    waiting: int


def mapped_types(connection: Connection) -> list[MappedType]:
    """Return the types to be answered: active, or with absences of the company; never those that are not sent."""
    mappings = {each.absence_type_id: each for each in _mappings(connection)}
    types = _types_of(connection).filter(counts_as_work_days=True)
    return [MappedType(type=each, mapping=mappings.get(each.pk)) for each in types]


def never_transferred(connection: Connection) -> list[AbsenceType]:
    """Return the types that do not count as work days (FX-10)."""
    return list(_types_of(connection).filter(counts_as_work_days=False))


def offered_causes(connection: Connection) -> list[str]:
    """Return the codes to choose from: those that are known, then what else Fortnox has returned or is chosen."""
    seen = SeenCause.objects.filter(connection=connection).values_list("code", flat=True)
    chosen = _mappings(connection).exclude(cause="").values_list("cause", flat=True)
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
    return {each.absence_type_id: Mapped(answered=True, cause=each.cause) for each in _mappings(connection)}


def changes_of(*, types: Iterable[MappedType], wanted: Mapping[int, Answer]) -> list[MappingChange]:
    """Return what the wanted answers change; no answer is none."""
    return [
        MappingChange(each.type, each.answer, after)
        for each in types
        if (after := wanted.get(each.type.pk)) is not None and after != each.answer
    ]


def affected_absences(*, connection: Connection, change: MappingChange) -> Affected:
    """Count what a change would do."""
    transferred = len(transferred_absences(connection=connection, type_id=change.type.pk)) if change.before else 0
    if not change.after:
        return Affected(transferred=transferred, waiting=0)
    settings = TransferSettings(create_absences=True)
    mapped = Mapped(answered=True, cause=change.after)
    absences = Absence.objects.filter(employee__company=connection.company_id, type=change.type)
    periods = absences.filter(status=Absence.Status.APPROVED, end__isnull=False)
    on_since = AbsenceSwitch.objects.filter(connection=connection).values_list("on_since", flat=True).first()
    if on_since is not None:
        # What was approved before goes only when somebody says so (FX-18).
        periods = periods.filter(decided_at__gte=on_since)
    known = set(
        Link.objects.filter(connection=connection, resource=RESOURCE, children__state=Link.State.ACTIVE).values_list(
            "left_id", flat=True
        )
    )
    left = _left_unsent(connection)
    waiting = sum(
        why_none(
            AbsenceValues(start=start, end=end, grade=100, approved=True, counts_as_work_days=True),
            mapped=mapped,
            settings=settings,
            schedule=Schedule(),
        )
        is None
        for pk, start, end, version in periods.values_list("pk", "start", "end", "version").iterator()
        if left_id_of(pk) not in known and left.get(left_id_of(pk)) != version
    )
    return Affected(transferred=transferred, waiting=waiting)


def _left_unsent(connection: Connection) -> dict[str, Any]:
    """Return the version at which an absence was left unsent with a mass change, by left id."""
    links = Link.objects.filter(connection=connection, resource=RESOURCE, options__has_key=LEFT)
    return {left_id: options[LEFT] for left_id, options in links.values_list("left_id", "options")}


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


def save_mapping(*, connection: Connection, changes: Iterable[MappingChange], by: Any) -> None:
    """Write the answers all at once; raises MappingMoved when one is no longer what the person saw."""
    with transaction.atomic():
        # One person at a time: the second one's page is then older than the first one's answers.
        Connection.objects.select_for_update().get(pk=connection.pk)
        stored, now = {each.absence_type_id: each.cause for each in _mappings(connection)}, timezone.now()
        wanted = list(changes)
        for change in wanted:
            if stored.get(change.type.pk) != change.before:
                raise MappingMoved
            AbsenceTypeMapping.objects.update_or_create(
                connection_id=connection.pk,
                absence_type=change.type,
                defaults={"cause": change.after, "changed_at": now, "changed_by": by},
            )
            if change.before:
                _disconnect(connection, change.type.pk)
            # Those that wait for the answer go, and the others are looked at in vain.
            absences = Absence.objects.filter(employee__company=connection.company_id, type=change.type)
            mark_found(absences.filter(status=Absence.Status.APPROVED), connection=connection)
        remember_answers(connection=connection, answers=wanted, by=by, at=now)


def _disconnect(connection: Connection, type_id: int) -> None:
    """Leave the rows that were made under the old answer as they are, for good (FX-13)."""
    links, now = transferred_absences(connection=connection, type_id=type_id), timezone.now().isoformat()
    for link in links:
        link.state = Link.State.DISCONNECTED
        link.options = {**link.options, "disconnected_at": now}
    Link.objects.bulk_update(links, ["state", "options"], batch_size=200)


def _types_of(connection: Connection) -> Any:
    used = Absence.objects.filter(type=OuterRef("pk"), employee__company=connection.company_id)
    return AbsenceType.objects.filter(Q(active=True) | Exists(used)).order_by("name", "pk")


def _mappings(connection: Connection) -> Any:
    return AbsenceTypeMapping.objects.filter(connection_id=connection.pk).select_related(
        "changed_by", "connection__company"
    )
