"""New answers for absence types: what they disconnect and send, told before they are saved by what sends it (FX-13)."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from absences.models import Absence
from absences.tracking import AbsenceReach, ReachedAbsence
from employees.outgoing import Outgoing
from employees.tracking import Operation, operating
from integrations.core.hub.absences import RESOURCE, left_id_of, mark_found, mark_left_ids
from integrations.core.hub.forecasting import outgoing_of
from integrations.core.hub.mass_changes import Reached
from integrations.core.hub.waiting import waits_for
from integrations.core.models import Connection, Link
from integrations.core.push.others import ReachedThere
from integrations.fortnox.absence_planning import GONE, Planner
from integrations.fortnox.absence_reaching import reached_by
from integrations.fortnox.absence_rules import Mapped
from integrations.fortnox.absence_types import LEFT, MappingChange, mappings_of, transferred_absences
from integrations.fortnox.mapping_history import remember_answers
from integrations.fortnox.models import AbsenceTypeMapping


class MappingMoved(Exception):
    """Somebody else has changed the same types meanwhile: nothing was written."""


class Affected(NamedTuple):
    """How many absences a change disconnects from their rows (FX-13), and how many it sends."""

    transferred: int
    waiting: int


class Effects(NamedTuple):
    """What changes do, by type, and what goes to Fortnox in all; the latter None while nothing is sent."""

    affected: Sequence[tuple[MappingChange, Affected]]
    outgoing: Outgoing | None


def effects_of(connection: Connection, changes: Sequence[MappingChange]) -> Effects:
    """Ask the planner, with the answers as they will be; also while the transfer is off, as if it were on."""
    planner, there = _planner_with(connection, changes), _may_go(connection, changes)
    is_on = planner.settings.create_absences
    planner.settings = replace(planner.settings, create_absences=True)
    found = reached_by(connection, there, planner=planner)
    going = Counter(absence.type for absence in found.going)
    affected = [(change, Affected(_disconnecting(connection, change), going[change.type.pk])) for change in changes]
    told = is_on and (found.going or found.staying)
    return Effects(affected, outgoing_of(connection, _reached(found), waiting=waits_for(connection)) if told else None)


def affected_absences(*, connection: Connection, change: MappingChange) -> Affected:
    """Count what one change alone would do."""
    return effects_of(connection, [change]).affected[0][1]


def _disconnecting(connection: Connection, change: MappingChange) -> int:
    return len(transferred_absences(connection=connection, type_id=change.type.pk)) if change.before else 0


def _planner_with(connection: Connection, changes: Iterable[MappingChange]) -> Planner:
    planner = Planner(connection)
    planner.mapped |= {change.type.pk: Mapped(answered=True, cause=change.after) for change in changes}
    return planner


def _reached(found: ReachedThere) -> Reached:
    return Reached(
        sent=tuple(found.going),
        staying=found.staying,
        following=found.following,
        there=found.there,
        adding=bool(found.going),
    )


def _may_go(connection: Connection, changes: Sequence[MappingChange]) -> list[ReachedAbsence]:
    """Return the approved absences that wait for the answers: neither sent, nor from before, nor left unsent."""
    types = [change.type.pk for change in changes if change.after]
    on_since = Planner(connection).on_since
    absences = Absence.objects.filter(
        employee__company=connection.company_id, type__in=types, status=Absence.Status.APPROVED
    )
    if on_since is not None:
        # What was approved before goes only when somebody says so (FX-18).
        absences = absences.filter(decided_at__gte=on_since)
    links = Link.objects.filter(connection=connection, resource=RESOURCE).exclude(state__in=GONE)
    states = {left_id: (state, options) for left_id, state, options in links.values_list("left_id", "state", "options")}
    sent = {
        link.left_id
        for change in changes
        if change.before
        for link in transferred_absences(connection=connection, type_id=change.type.pk)
    }
    rows = links.filter(children__state=Link.State.ACTIVE).values_list("left_id", flat=True)
    stay = {*sent, *rows, *(left_id for left_id, (state, _options) in states.items() if state != Link.State.ACTIVE)}
    nothing: tuple[str, Mapping[str, Any]] = ("", {})
    return [
        ReachedAbsence(
            employee=absence.employee_id,
            type=absence.type_id,
            start=absence.start,
            end=absence.end,
            grade=absence.grade,
            approved=True,
            label=str(absence),
            pk=absence.pk,
            decided_at=absence.decided_at,
        )
        for absence in absences.select_related("employee__company", "employee__department", "type").order_by("pk")
        if (left_id := left_id_of(absence.pk)) not in stay
        and states.get(left_id, nothing)[1].get(LEFT) != absence.version
    ]


# --- Saving -------------------------------------------------------------------------------------------------


def save_mapping(*, connection: Connection, changes: Iterable[MappingChange], by: Any) -> None:
    """Write the answers all at once; raises MappingMoved when one is no longer what the person saw.

    Of more people than the connection sends at once unasked, what goes waits for somebody (G-17).
    """
    with transaction.atomic():
        # One person at a time: the second one's page is then older than the first one's answers.
        Connection.objects.select_for_update().get(pk=connection.pk)
        stored = {each.absence_type_id: each.cause for each in mappings_of(connection)}
        wanted, now = list(changes), timezone.now()
        if any(stored.get(change.type.pk) != change.before for change in wanted):
            raise MappingMoved
        waiting = _may_go(connection, wanted)
        for change in wanted:
            AbsenceTypeMapping.objects.update_or_create(
                connection_id=connection.pk,
                absence_type=change.type,
                defaults={"cause": change.after, "changed_at": now, "changed_by": by},
            )
            if change.before:
                _disconnect(connection, change.type.pk)
        remember_answers(connection=connection, answers=wanted, by=by, at=now)
        _send(connection, wanted, waiting, by=by)


def _send(
    connection: Connection, changes: Sequence[MappingChange], waiting: Sequence[ReachedAbsence], *, by: Any
) -> None:
    """Mark what goes now as one operation, and all others, which are looked at in vain."""
    going = reached_by(connection, waiting).going
    if going:
        names = ", ".join(change.type.name for change in changes)
        operation = Operation(
            key=f"mapping:{uuid.uuid4().hex}",
            label=_("Absence types answered: %(types)s") % {"types": names},
            user_id=by.pk if by is not None else None,
            reach=lambda: AbsenceReach(changed={}, absences=going),
        )
        with operating(operation):
            mark_left_ids(connection, [left_id_of(each.pk) for each in going if each.pk is not None], bulk=True)
    types = [change.type.pk for change in changes]
    others = Absence.objects.filter(
        employee__company=connection.company_id, type__in=types, status=Absence.Status.APPROVED
    )
    mark_found(others.exclude(pk__in=[each.pk for each in going]), connection=connection)


def _disconnect(connection: Connection, type_id: int) -> None:
    """Leave the rows that were made under the old answer as they are, for good (FX-13)."""
    links, now = transferred_absences(connection=connection, type_id=type_id), timezone.now().isoformat()
    for link in links:
        link.state = Link.State.DISCONNECTED
        link.options = {**link.options, "disconnected_at": now}
    Link.objects.bulk_update(links, ["state", "options"], batch_size=200)
