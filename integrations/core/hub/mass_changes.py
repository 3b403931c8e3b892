"""A change of many people at once: above a connection's limit its marks wait for a person (G-17)."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.db.models import QuerySet

from absences.tracking import AbsenceReach
from employees.tracking import Operation, Reach
from integrations.core.declare import Side
from integrations.core.hub.people import VALUES
from integrations.core.hub.scope import employed_in_scope
from integrations.core.models import Connection, Link, MassChange, Notification
from integrations.core.push.others import others_of
from integrations.core.registry import connector_class
from integrations.core.work.ringing import ring_reports

HELD_BY: Final = "mass:"
IDS_AT_ONCE: Final = 5_000
State = MassChange.State


class Reached(NamedTuple):
    """How many people's changes go to the vendor by themselves, and how many people are created there.

    ``absences`` is how many absences of theirs, where it is those that change, and ``staying`` are (label, why) of
    those that do not go.
    """

    changed: int
    created: int = 0
    absences: int = 0
    staying: Sequence[tuple[str, str]] = ()

    @property
    def people(self) -> int:
        return self.changed + self.created


def held_by(*, connection: Connection, operation: Operation, resource: str) -> str:
    """Return what holds the operation's marks for a connection, or an empty string.

    Decided at the operation's first change and kept: whoever released it once is not asked for its later parts. What
    comes after it was dropped is asked about anew. Belongs into the transaction that writes the marks.
    """
    known = _known(connection, operation)
    if known is None:
        found = reached(connection=connection, resource=resource, reach=operation.reach())
        if found.people <= connection.push_limit:
            return ""
        known = _remember(connection, operation, found)
    if known.state == State.RELEASED:
        return ""
    MassChange.objects.filter(pk=known.pk, state=State.DROPPED).update(state=State.HELD)
    return f"{HELD_BY}{known.pk}"


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
        "absences": found.absences,
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


def reached(*, connection: Connection, resource: str, reach: Reach) -> Reached:
    """Count whose changes go to the vendor by themselves: of linked people, and of new ones if it creates them."""
    if isinstance(reach, AbsenceReach):
        return _reached_absences(connection, reach)
    sent = sent_columns(connection=connection, resource=resource)
    ids = [pk for pk, names in reach.changed.items() if names is None or sent is None or sent.intersection(names)]
    links = Link.objects.filter(connection=connection, resource=resource)
    changed = sum(links.filter(state=Link.State.ACTIVE, left_id__in=part).count() for part in _parts(map(str, ids)))
    created = 0
    if connection.creates_by_itself:
        created = _unlinked(connection, links, list(reach.changed)) + reach.new.get(connection.company_id or 0, 0)
    return Reached(changed, created)


def _reached_absences(connection: Connection, reach: AbsenceReach) -> Reached:
    pushes = others_of(connection, connector_class(connection.integration)(options=connection.settings))
    found = [push.reached(reach.absences) for push in pushes]
    going = [absence for each in found for absence in each.going]
    staying = [each for there in found for each in there.staying]
    return Reached(changed=len({absence.employee for absence in going}), absences=len(going), staying=staying)


def _unlinked(connection: Connection, links: QuerySet[Link], ids: Collection[int]) -> int:
    holding = links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT))
    people = employed_in_scope(connection=connection)
    found = 0
    for part in _parts(map(str, ids)):
        there = set(holding.filter(left_id__in=part).values_list("left_id", flat=True))
        found += people.filter(pk__in=[int(pk) for pk in part if pk not in there]).count()
    return found


def sent_columns(*, connection: Connection, resource: str) -> frozenset[str] | None:
    """Return the fields of people, as ``Reach`` names them, whose changes may concern the vendor; None: any."""
    try:
        connector = connector_class(connection.integration)(options=connection.settings)
        declared = next(each for each in connector.resources() if each.name == resource)
    except (KeyError, StopIteration, ValidationError):
        return None
    sources = connector.sources(resource)
    names = {each.name for each in declared.fields if each.may_go(Side.RIGHT)}
    columns = {column.partition("__")[0] for name in names for column in VALUES[sources[name]].columns}
    # Whoever is protected no more is sent again; whoever changes departments may enter a pilot.
    return frozenset({*columns, "protected_identity", *(["department"] if connection.scope else [])})


def _parts(ids: Iterator[str]) -> Iterator[list[str]]:
    found = list(ids)
    for start in range(0, len(found), IDS_AT_ONCE):
        yield found[start : start + IDS_AT_ONCE]
