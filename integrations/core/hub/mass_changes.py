"""A change of many people at once: above a connection's limit its marks wait for a person (G-17)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.db.models import QuerySet

from absences.tracking import AbsenceReach, ReachedAbsence
from employees.tracking import Operation, Reach
from integrations.core.hub.absences_behind import ABSENCES, absences_behind, behind_of
from integrations.core.hub.going import Going, going_of
from integrations.core.marks import HELD_BY
from integrations.core.models import Connection, Link, MassChange, Notification
from integrations.core.push.others import others_of
from integrations.core.registry import connector_class
from integrations.core.work.ringing import ring_reports

IDS_AT_ONCE: Final = 5_000
State = MassChange.State


class Reached(NamedTuple):
    """How many people's fields go to the vendor by themselves, and how many people are created there.

    ``sent`` are absences that go, and ``staying`` (label, why) of those that do not. ``following`` are labels of
    absences that were kept back and go with it; ``adding``: some of the absences are new there, or change. ``going``
    says what of whom, of people; None where that is not known.
    """

    changed: int = 0
    created: int = 0
    sent: Sequence[ReachedAbsence] = ()
    going: tuple[Going, ...] | None = ()
    staying: Sequence[tuple[str, str]] = ()
    following: Sequence[str] = ()
    adding: bool = False
    there: Sequence[str] = ()

    @property
    def absences(self) -> int:
        return len(self.sent)

    @property
    def absent(self) -> frozenset[str]:
        """Whose absences go: left ids."""
        return frozenset(str(each.employee) for each in self.sent)

    @property
    def people(self) -> int:
        """Of how many people something goes: their own fields, or absences."""
        counted = {each.left_id for each in self.going or () if not each.created}
        return self.changed + self.created + len(self.absent - counted)


NOTHING: Final = Reached()


def held_by(*, connection: Connection, operation: Operation, resource: str) -> str:
    """Return what holds the operation's marks for a connection, or an empty string.

    Decided at the operation's first change and kept: whoever released it once is not asked for its later parts. What
    comes after it was dropped is asked about anew. Belongs into the transaction that writes the marks.
    """
    known = _known(connection, operation)
    if known is None:
        if _is_small(connection, operation):
            return ""
        found = _reached_once(connection, operation, resource)
        if found.people <= connection.push_limit:
            return ""
        known = _remember(connection, operation, found)
    if known.state == State.RELEASED:
        return ""
    MassChange.objects.filter(pk=known.pk, state=State.DROPPED).update(state=State.HELD)
    return f"{HELD_BY}{known.pk}"


def _is_small(connection: Connection, operation: Operation) -> bool:
    """Whether nobody has to be looked at: so many go at once unasked as the operation has people in all."""
    reach = operation.reach()
    if isinstance(reach, AbsenceReach):
        return False
    return len(reach.changed) + reach.new.get(connection.company_id or 0, 0) <= connection.push_limit


def _known(connection: Connection, operation: Operation) -> MassChange | None:
    found: QuerySet[MassChange] = MassChange.objects.filter(connection=connection, key=operation.key)
    if database.features.has_select_for_update and database.in_atomic_block:
        # Whoever releases or drops it meanwhile waits, and then finds the marks of this part as well.
        found = found.select_for_update()
    return found.first()


def _remember(connection: Connection, operation: Operation, found: Reached) -> MassChange:
    fields = {
        "label": operation.label[:300],
        "people": found.people,
        # Beside people they are what follows, and counted where they wait.
        "absences": 0 if found.changed or found.created else found.absences,
        "by_id": operation.user_id,
    }
    try:
        with transaction.atomic():
            mass = MassChange.objects.create(connection=connection, key=operation.key, **fields)
            Notification.objects.create(
                key=f"mass_change:{mass.pk}",
                connection=connection,
                recipients=list(connection.recipients),
                data={"mass_change": mass.pk},
            )
    except IntegrityError:
        return MassChange.objects.get(connection=connection, key=operation.key)
    ring_reports()
    return mass


def whom_it_holds(
    *, connection: Connection, operation: Operation, resource: str, changed: Mapping[int, Collection[str] | None]
) -> frozenset[str]:
    """Return whose marks a held operation holds, of the people whom a part of it has just changed: left ids.

    Whoever has nothing to send is looked at by the push as after any other edit, and waits for nobody. What was told of
    beforehand stays held, whatever has become of it since.
    """
    told = _reached_once(connection, operation, resource)
    changed_now = Reach(changed=changed, after=lambda ids: {})
    now = reached(connection=connection, resource=resource, reach=changed_now, behind=())
    if told.going is None or now.going is None:
        return frozenset(map(str, changed))
    going = {each.left_id for each in now.going}
    if operation.reach().after is not None:
        going |= {each.left_id for each in told.going}
    return frozenset(going.intersection(map(str, changed)))


def _reached_once(connection: Connection, operation: Operation, resource: str) -> Reached:
    """As `reached`, for a process that makes the operation's parts: whom it reaches in all stays the same."""
    key = ("reached", connection.pk, resource)
    if key not in operation.found:
        operation.found[key] = reached(
            connection=connection, resource=resource, reach=operation.reach(), behind=behind_of(operation)
        )
    found: Reached = operation.found[key]
    return found


def reached(
    *, connection: Connection, resource: str, reach: Reach, behind: Sequence[ReachedAbsence] | None = None
) -> Reached:
    """Return whose changes go to the vendor by themselves: of linked people, and of new ones if it creates them.

    ``behind`` are the absences that follow people's workdays, where these have moved already. Of the resource of
    absences they are all that is looked at: the connection that a change came from has its people's values.
    """
    if isinstance(reach, AbsenceReach):
        return _reached_absences(connection, reach.absences)
    following = list(absences_behind(reach)) if behind is None else behind
    if resource == ABSENCES:
        return _reached_absences(connection, following)
    try:
        going = tuple(going_of(connection=connection, resource=resource, reach=reach))
        found = _reached_absences(connection, following)
    except (KeyError, ValueError, ValidationError):
        # What the vendor takes is not known without its settings: rather one too many is asked about.
        return Reached(_linked(connection, resource, reach), going=None)
    return reached_by(going, beside=found)


def reached_by(going: tuple[Going, ...], *, beside: Reached = NOTHING) -> Reached:
    """Return what goes of people, ``beside`` what goes of absences."""
    created = sum(1 for each in going if each.created)
    return beside._replace(changed=len(going) - created, created=created, going=going)


def _reached_absences(connection: Connection, absences: Sequence[ReachedAbsence]) -> Reached:
    if not absences:
        return Reached()
    pushes = others_of(connection, connector_class(connection.integration)(options=connection.settings))
    found = [push.reached(absences) for push in pushes]
    going = tuple(absence for each in found for absence in each.going)
    return Reached(
        sent=going,
        staying=[each for there in found for each in there.staying],
        following=[label for there in found for label in there.following],
        there=[label for there in found for label in there.there],
        adding=any(absence.approved for absence in going),
    )


def _linked(connection: Connection, resource: str, reach: Reach) -> int:
    links = Link.objects.filter(connection=connection, resource=resource, state=Link.State.ACTIVE)
    return sum(links.filter(left_id__in=part).count() for part in _parts(map(str, reach.changed)))


def _parts(ids: Iterator[str]) -> Iterator[list[str]]:
    found = list(ids)
    for start in range(0, len(found), IDS_AT_ONCE):
        yield found[start : start + IDS_AT_ONCE]
