"""Labels of people whose ids stand in rows, links, marks, deliveries and problems: namesakes are told apart (G-26)."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from absences.models import Absence
from employees.access.reading import reader, somebody
from employees.labels import NEEDED, details_of_many
from employees.models import Employee
from integrations.core.hub.absences import DELETED, PERSON, VALUES, pk_of
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.hub.subjects import labels_now
from integrations.core.hub.tracking import RESOURCE
from integrations.core.models import Link, Mark, Problem, SyncRow, SyncRun

IDS_AT_ONCE: Final = 500


def names_of(left_ids: Iterable[str]) -> dict[str, str]:
    """Return, by id, the labels of the people who are still in the hub."""
    found = _people({pk for left_id in left_ids if (pk := _number(left_id))})
    details, hidden = details_of_many(found), hidden_among(found)
    return {
        str(person.pk): somebody() if person.pk in hidden else f"{person.full_name} ({details[person.pk]})"
        for person in found
    }


def details_of_subjects(left_ids: Iterable[str], *, mailed: bool = False) -> dict[str, str]:
    """Return, by id, what tells a person from namesakes, also of the person of an absence.

    With ``mailed`` nothing of people with a protected identity: an e-mail holds their names and no more.
    """
    person_of = _person_of(set(left_ids))
    details = _details_of(_people(set(person_of.values())), mailed=mailed)
    return {left_id: details[pk] for left_id, pk in person_of.items() if pk in details}


def label_rows(rows: Sequence[SyncRow], *, resource: str = RESOURCE, mailed: bool = False) -> dict[int, str]:
    """Return, by primary key, what the rows of a run are called; it stands in each row's ``shown``, too.

    People of the hub have the name of now; the row's own label is that of whoever is gone, or of another company now.
    The number of queries depends on hundreds of people at most.
    """
    people, moved = _people_of_rows(rows) if resource == RESOURCE else ({}, {})
    details, hidden = _details_of(people.values(), mailed=mailed), hidden_among(people.values())
    for row in rows:
        person = people.get(row.left_id)
        name = person.full_name if person is not None else row.label
        row.shown = _with(name, details.get(person.pk, "") if person is not None else _number_there(row))
        if person is not None and person.pk in hidden:
            row.shown = somebody()
        row.moved_to = moved.get(row.left_id, "")
    return {row.pk: row.shown for row in rows}


def _people_of_rows(rows: Sequence[SyncRow]) -> tuple[dict[str, Employee], dict[str, str]]:
    """Return, by id, the people who are still of the company whose run it is, and the company of those who are not."""
    found = {str(person.pk): person for person in _people({_number(row.left_id) for row in rows} - {0})}
    if not found:
        return {}, {}
    runs = SyncRun.objects.filter(pk__in={row.run_id for row in rows})
    company_of = dict(runs.values_list("pk", "connection__company"))
    # A connection may serve several companies.
    elsewhere = {
        row.left_id
        for row in rows
        if row.left_id in found and company_of.get(row.run_id) not in (None, found[row.left_id].company_id)
    }
    still = {left_id: person for left_id, person in found.items() if left_id not in elsewhere}
    return still, {left_id: found[left_id].company.name for left_id in elsewhere}


def _details_of(people: Iterable[Employee], *, mailed: bool) -> dict[int, str]:
    told = (each for each in people if not (mailed and each.protected_identity))
    return details_of_many(told, mailed=mailed)


def label_problems(problems: Sequence[Problem], *, mailed: bool = False) -> dict[int, str]:
    """Return, by primary key, whom problems are about."""
    details = details_of_subjects((each.left_id for each in problems), mailed=mailed)
    names, person_of = labels_now(problems), _person_of({each.left_id for each in problems})
    hidden = hidden_among(_people(set(person_of.values())))
    return {
        each.pk: somebody()
        if person_of.get(each.left_id) in hidden
        else _with(names[each.pk], details.get(each.left_id, ""))
        for each in problems
    }


def label_row(row: SyncRow) -> str:
    """Return what a single row of a run is called."""
    return label_rows([row], resource=row.run.resource)[row.pk]


def labels_of_named(people: Iterable[Any], *, mailed: bool = False) -> list[str]:
    """Return what people with a ``label`` and a ``left_id`` are called (`push.others.Warned`, `going.Going`).

    People of the hub by the name of now, whatever their row says.
    """
    listed = list(people)
    person_of = _person_of({each.left_id for each in listed})
    found = {person.pk: person for person in _people(set(person_of.values()))}
    details, hidden = _details_of(found.values(), mailed=mailed), hidden_among(found.values())
    labels = []
    for each in listed:
        pk = person_of.get(each.left_id, 0)
        if pk in hidden:
            labels.append(somebody())
            continue
        name = found[pk].full_name if pk in found and _number(each.left_id) else each.label
        labels.append(_with(name, details.get(pk, "")))
    return labels


def hidden_ids(left_ids: Iterable[str]) -> set[str]:
    """Return the ids of those of these people whom the page's reader may not see."""
    people = _people({pk for left_id in left_ids if (pk := _number(left_id))})
    return {str(pk) for pk in hidden_among(people)}


def hidden_among(people: Iterable[Employee]) -> set[int]:
    """Return, by primary key, whom the page's reader may not see; a mail holds their names (G-18)."""
    return {each.pk for each in people if not reader().knows(each)}


def _with(name: str, details: str) -> str:
    return f"{name} ({details})" if name and details else name


def _number_there(row: SyncRow) -> str:
    if row.left_id or not row.right_id or row.right_id in row.label:
        return ""
    return _("number there: %(number)s") % {"number": row.right_id}


def _person_of(left_ids: set[str]) -> dict[str, int]:
    """Return the primary keys of the people behind ids of people and absences."""
    absences = {left_id: pk for left_id in left_ids if (pk := pk_of(left_id)) is not None}
    found: dict[str, int] = {}
    if absences:
        employees = dict(Absence.objects.filter(pk__in=absences.values()).values_list("pk", "employee"))
        found = {left_id: employees[pk] for left_id, pk in absences.items() if pk in employees}
        found |= _person_of_gone(absences.keys() - found.keys())
    for left_id in left_ids - absences.keys():
        if pk := _number(left_id) or pk_of(left_id, prefix=PERSON):
            found[left_id] = pk
    return found


def _person_of_gone(left_ids: Collection[str]) -> dict[str, int]:
    """Return whose absences those were that are gone from the hub, as far as a mark or a link of theirs knows."""
    if not left_ids:
        return {}
    mine = {"resource": ABSENCES, "left_id__in": list(left_ids)}
    linked = Link.objects.filter(**mine).values_list("left_id", f"options__{VALUES}__employee")
    marked = Mark.objects.filter(**mine).values_list("left_id", f"wanted__{DELETED}__employee")
    return {left_id: int(person) for left_id, person in (*linked, *marked) if person is not None}


def _number(left_id: str) -> int:
    return int(left_id) if left_id.isascii() and left_id.isdigit() else 0


def _people(pks: set[int]) -> list[Employee]:
    ids = sorted(pks)
    found: list[Employee] = []
    people: QuerySet[Employee] = Employee.objects.select_related(*NEEDED).order_by("pk")
    for start in range(0, len(ids), IDS_AT_ONCE):
        found += people.filter(pk__in=ids[start : start + IDS_AT_ONCE])
    return found
