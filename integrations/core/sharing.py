"""One national ID, two people of the hub: nobody is created beside the other before a person answers (D-08)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from employees.models import Employee
from integrations.core.clues import national_id_clue
from integrations.core.compare import SAME_ID as IN_ROW
from integrations.core.compare.holding import NAMES, enumerated, shown_name
from integrations.core.declare import Record
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.hub.tracking import SUBJECT
from integrations.core.marks import release
from integrations.core.models import Connection, FieldChange, Mark, Problem, SyncRow
from integrations.core.models.history import EVERY_FIELD
from integrations.core.problems import OPEN, SAME_ID, solve_causes

# In `Mark.wanted`: the ids of those of whom a person said that they are somebody else.
APART: Final = "apart"
# Changes, as the history calls them, by which somebody comes to a national ID of the company.
BY_THESE: Final = ("national_id", "national_id_country", "company_id", EVERY_FIELD)


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


def may_share_since(people: HubPeople, rows: QuerySet[SyncRow], since: datetime) -> set[str]:
    """Return the left ids of those of the rows whose national ID is that of somebody who came to it since.

    Rather one too many: whoever came to a national ID counts with the rows' own. Two queries, one where nobody did.
    """
    company = Employee.objects.filter(company=people.company).annotate(left=Cast("pk", CharField()))
    with_number = company.exclude(national_id="")
    of_each = FieldChange.objects.filter(subject=SUBJECT, subject_id=OuterRef("left"))
    changes = of_each.filter(at__gte=since, field__in=BY_THESE)
    came = with_number.filter(Exists(changes)).values_list("national_id_country", "national_id")
    clues = {clue for about in came.iterator() if (clue := national_id_clue(*about))}
    if not clues:
        return set()
    own = with_number.filter(left__in=rows.order_by().values("left_id"))
    numbers = own.values_list("left", "national_id_country", "national_id")
    return {left for left, *about in numbers.iterator() if national_id_clue(*about) in clues}


def said_of_same(people: HubPeople, others: Sequence[str]) -> str:
    """Say why somebody is not created, naming the others."""
    return said_of_named({record.id: record for record in people.read(others[:NAMES])}, others)


def named_of_same(people: HubPeople, others: Iterable[Sequence[str]]) -> dict[str, Record]:
    """Return, by left id, those who are named of the others of several people: read all at once."""
    ids = {other for each in others for other in each[:NAMES]}
    return {record.id: record for record in people.read(sorted(ids))}


def said_of_named(known: Mapping[str, Record], others: Sequence[str]) -> str:
    """Say the same with the records of those who are named."""
    named = sorted((known[other] for other in others[:NAMES] if other in known), key=lambda record: int(record.id))
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
