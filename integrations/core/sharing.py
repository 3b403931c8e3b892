"""One national ID, two people of the hub: nobody is created beside the other before a person answers (D-08)."""

from collections.abc import Iterable, Sequence
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from integrations.core.compare import SAME_ID as IN_ROW
from integrations.core.compare.holding import NAMES, enumerated, shown_name
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.marks import release
from integrations.core.models import Connection, Mark, Problem, SyncRow
from integrations.core.problems import OPEN, SAME_ID, solve_causes

# In `Mark.wanted`: the ids of those of whom a person said that they are somebody else.
APART: Final = "apart"


def unanswered(found: Mark, others: Iterable[str]) -> list[str]:
    """Return those of the others with the same national ID of whom nobody has said that they are somebody else."""
    answered = set(found.wanted.get(APART, []))
    return [other for other in others if other not in answered]


def unanswered_in_row(row: SyncRow, people: HubPeople) -> list[str]:
    """Return the same of somebody whom a synchronisation creates: its question, if there was one, is answered."""
    return unanswered_of_row(row, people.sharing_national_id([row.left_id]).get(row.left_id, ()))


def unanswered_of_row(row: SyncRow, others: Iterable[str]) -> list[str]:
    answered = set(row.options.get(IN_ROW, []))
    return [other for other in others if other not in answered]


def said_of_same(people: HubPeople, others: Sequence[str]) -> str:
    """Say why somebody is not created, naming the others."""
    named = sorted(people.read(others[:NAMES]), key=lambda record: int(record.id))
    names = [shown_name(each.label, in_scope=each.in_scope, has_left=not each.active) for each in named]
    text = _("Not created: the same national ID in the hub as %(names)s.")
    return text % {"names": enumerated(names, count=len(others))}


def remember_answer(row: SyncRow) -> None:
    """Let the push create somebody, too, of whom a synchronisation's page was told that it is somebody else."""
    connection, resource = row.run.connection, row.run.resource
    if not solve_causes(connection=connection, resource=resource, left_id=row.left_id, causes={SAME_ID}):
        return
    marks = Mark.objects.filter(connection=connection, resource=resource, left_id=row.left_id)
    for found in marks.select_for_update():
        apart = sorted({*found.wanted.get(APART, []), *row.options.get(IN_ROW, [])})
        marks.filter(pk=found.pk).update(wanted={**found.wanted, APART: apart})
    release(marks.filter(held_by=Mark.Hold.PROBLEM))


def release_settled(connections: Iterable[Connection]) -> None:
    """Let those be created whose national ID is nobody else's any more: the other one's was corrected, or is gone."""
    open_ones = Problem.objects.filter(connection__in=connections, cause=SAME_ID, state__in=OPEN)
    held: dict[tuple[int, str], list[str]] = {}
    for connection_id, resource, left_id in open_ones.values_list("connection", "resource", "left_id"):
        held.setdefault((connection_id, resource), []).append(left_id)
    for (connection_id, resource), left_ids in held.items():
        connection = Connection.objects.select_related("company").get(pk=connection_id)
        if connection.company is not None:
            _release(connection, hub_people(connection=connection, resource=resource), left_ids)


def _release(connection: Connection, people: HubPeople, left_ids: Sequence[str]) -> None:
    sharing = people.sharing_national_id(left_ids)
    for left_id in left_ids:
        if left_id in sharing:
            continue
        with transaction.atomic():
            solve_causes(connection=connection, resource=people.resource.name, left_id=left_id, causes={SAME_ID})
            marks = Mark.objects.filter(connection=connection, resource=people.resource.name, left_id=left_id)
            release(marks.filter(held_by=Mark.Hold.PROBLEM))
