"""What a run's writes to the hub made follow at other connections, as far as it has come: told after (G-36).

Nothing is kept for it: it is read off the history, the marks and the mass changes as they are now.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError

from employees.tracking import Reach
from integrations.core.addresses import mass_change_url
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.hub.held import columns_held
from integrations.core.hub.mass_changes import reached
from integrations.core.hub.people import RESOURCE, SUBJECT, VALUES
from integrations.core.marks import EVERYTHING, HELD_BY
from integrations.core.models import Connection, Delivery, FieldChange, Mark, MassChange, SyncRun
from integrations.core.models.history import EVERY_FIELD
from integrations.core.runs.followed_absences import FollowedAbsences, absences_at, moved_by
from integrations.core.runs.following import others_of
from integrations.core.runs.reaching import key_of

IDS_AT_ONCE: Final = 5_000
# A person's id and the name of a field.
Place = tuple[str, str]


class Amount(NamedTuple):
    fields: int = 0
    people: int = 0


@dataclass(frozen=True, kw_only=True)
class Followed:
    """``sent`` and what is ``waiting`` to be, what is ``held`` (``held_url``: by which mass change), what was refused.

    ``created`` are people new there, ``labels`` the fields that went or wait, ``dropped`` people whose changes somebody
    left unsent, ``absences`` those that new workdays made follow.
    """

    system: str
    connection: Connection
    sent: Amount = Amount()
    waiting: Amount = Amount()
    held: Amount = Amount()
    refused: Amount = Amount()
    created: int = 0
    dropped: int = 0
    labels: tuple[str, ...] = ()
    held_url: str = ""
    absences: FollowedAbsences = FollowedAbsences()

    @property
    def told(self) -> bool:
        parts = (self.sent, self.waiting, self.held, self.refused)
        return any(part.people for part in parts) or bool(self.created or self.dropped) or self.absences.told


@dataclass(frozen=True)
class _Changed:
    """What the run changed in the hub: person → names as ``Reach`` has them (None: somebody new), and since when."""

    names: Mapping[int, Collection[str] | None]
    since: datetime
    # When somebody else changed the same again: what is sent then is theirs.
    later: Mapping[Place, datetime]


def followed_by(run: SyncRun) -> list[Followed]:
    """Return what has followed so far, by connection; nothing of connections that the run did not reach."""
    changed = _changed_by(run) if run.approved_at else None
    if changed is None:
        return []
    absences = moved_by(run)
    # The connection itself has the people's values, and not the absences that their workdays make follow.
    found = [Followed(system=run.connection.label, connection=run.connection)]
    found += [_followed_at(run, connection, changed) for connection in others_of(run)]
    return [each for each in (_with_absences(one, absences, changed.since) for one in found) if each.told]


def _with_absences(followed: Followed, absences: Sequence[str], since: datetime) -> Followed:
    if not absences:
        return followed
    found = absences_at(followed.connection, absences, since=since)
    url = followed.held_url or (mass_change_url(followed.connection, found.masses[-1]) if found.masses else "")
    return replace(followed, absences=found, held_url=url)


# --- What the run changed -----------------------------------------------------------------------------------


def _changed_by(run: SyncRun) -> _Changed | None:
    names: dict[int, set[str] | None] = {}
    since: datetime | None = None
    mine = FieldChange.objects.filter(run=run, subject=SUBJECT, connection=None).order_by("pk")
    for subject_id, field, at in mine.values_list("subject_id", "field", "at").iterator(IDS_AT_ONCE):
        since = since or at
        known = names.setdefault(int(subject_id), set())
        if field == EVERY_FIELD:
            names[int(subject_id)] = None
        elif known is not None:
            known.add(_name(field))
    return _Changed(names, since, _changed_later(run, names, since)) if since else None


def _changed_later(run: SyncRun, ids: Collection[int], since: datetime) -> Mapping[Place, datetime]:
    found: dict[Place, datetime] = {}
    for part in _parts(ids):
        changes = FieldChange.objects.filter(subject=SUBJECT, subject_id__in=part, connection=None, at__gt=since)
        for subject_id, field, at in changes.exclude(run=run).values_list("subject_id", "field", "at"):
            place = (subject_id, _name(field))
            found[place] = min(at, found.get(place, at))
    return found


def _name(field: str) -> str:
    part = field.partition(".")[0]
    return "department" if part == "department_id" else part


# --- What became of it at one connection ----------------------------------------------------------------------


def _followed_at(run: SyncRun, connection: Connection, changed: _Changed) -> Followed:
    try:
        people = hub_people(connection=connection, resource=RESOURCE)
    except (KeyError, ValueError, ValidationError):
        # Nothing of people goes there while its settings do not hold.
        return Followed(system=connection.label, connection=connection)
    return _followed(run, connection, people, changed)


def _followed(run: SyncRun, connection: Connection, people: HubPeople, changed: _Changed) -> Followed:
    columns = {
        declared.name: frozenset(column.partition("__")[0] for column in VALUES[people.sources[declared.name]].columns)
        for declared in people.resource.fields
    }
    going = reached(
        connection=connection, resource=RESOURCE, reach=Reach(changed=changed.names, after=lambda ids: {})
    ).going
    still = {(each.left_id, name) for each in going or () for name in each.fields}
    sent = {place for place in _sent(connection, changed, columns) if place not in still}
    marks = {mark.left_id: mark for mark in _marks(connection, changed.names)}
    mass = MassChange.objects.filter(connection=connection, key=key_of(run)).first()
    kinds: dict[str, set[Place]] = {"held": set(), "refused": set(), "waiting": set()}
    for place in still:
        kinds[_kind(marks.get(place[0]), columns.get(place[1], frozenset()))].add(place)
    names = {name for _left_id, name in (*still, *sent)}
    return Followed(
        system=connection.label,
        sent=_amount(sent),
        waiting=_amount(kinds["waiting"]),
        held=_amount(kinds["held"]),
        refused=_amount(kinds["refused"]),
        created=_created(connection, changed),
        dropped=mass.people if mass is not None and mass.state == MassChange.State.DROPPED else 0,
        labels=tuple(str(each.label) for each in people.resource.fields if each.name in names),
        held_url=_held_url(connection, marks.values()) if kinds["held"] else "",
        connection=connection,
    )


def _sent(connection: Connection, changed: _Changed, columns: Mapping[str, frozenset[str]]) -> Iterator[Place]:
    """Yield what was written there of what the run changed, and of nobody's later change."""
    for part in _parts(changed.names):
        changes = FieldChange.objects.filter(
            subject=SUBJECT,
            subject_id__in=part,
            connection=connection,
            delivery__isnull=False,
            delivery__action=Delivery.Action.UPDATE,
            at__gte=changed.since,
        )
        for left_id, name, at in changes.values_list("subject_id", "field", "at"):
            mine = changed.names[int(left_id)]
            touched = columns.get(name, frozenset())
            if mine is not None and touched.isdisjoint(mine):
                continue
            if all(at <= changed.later.get((left_id, column), at) for column in touched):
                yield left_id, name


def _created(connection: Connection, changed: _Changed) -> int:
    created = Delivery.objects.filter(
        connection=connection,
        resource=RESOURCE,
        action=Delivery.Action.CREATE,
        state=Delivery.State.DONE,
        sent_at__gte=changed.since,
    )
    return sum(created.filter(left_id__in=part).values("left_id").distinct().count() for part in _parts(changed.names))


def _marks(connection: Connection, ids: Collection[int]) -> Iterator[Mark]:
    for part in _parts(ids):
        marks = Mark.objects.filter(connection=connection, resource=RESOURCE, left_id__in=part)
        yield from marks.only("left_id", "held_by", "held_fields")


def _kind(mark: Mark | None, columns: Collection[str]) -> str:
    """Return what becomes of a field of these columns; a mark may hold it, and be held itself only once it is due."""
    if mark is None:
        return "waiting"
    if mark.held_by.startswith(HELD_BY) or not columns_held(mark).isdisjoint({EVERYTHING, *columns}):
        return "held"
    return "refused" if mark.held_by == Mark.Hold.PROBLEM else "waiting"


def _held_url(connection: Connection, marks: Collection[Mark]) -> str:
    held = sorted({int(key) for mark in marks for key in mark.held_fields} | set(_whole(marks)))
    return mass_change_url(connection, held[-1]) if held else ""


def _whole(marks: Iterable[Mark]) -> Iterator[int]:
    return (int(mark.held_by.removeprefix(HELD_BY)) for mark in marks if mark.held_by.startswith(HELD_BY))


def _amount(places: Collection[Any]) -> Amount:
    return Amount(len(places), len({left_id for left_id, _name in places}))


def _parts(ids: Collection[int]) -> Iterator[list[str]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_AT_ONCE):
        yield [str(pk) for pk in ordered[start : start + IDS_AT_ONCE]]
