"""Absences that a person who moves to another company leaves behind: told before the move (FX-11).

What was sent stays where it is until the absence changes; then it is taken back there.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils.translation import ngettext

from absences.models import Absence
from employees.models import Employee
from employees.values.doubts import Doubt
from integrations.core.hub.absences import GONE, RESOURCE, left_id_of
from integrations.core.marks import IDS_AT_ONCE
from integrations.core.models import Connection, Link

COMPANY: Final = "company"
NAMED: Final = 10


def doubts_about_moving(people: Sequence[Employee]) -> Mapping[int, Sequence[Doubt]]:
    """Return, by primary key, what stays at other systems; the people have their new company, unsaved."""
    return {person.pk: doubts for person in people if (doubts := list(_doubts(person)))}


def _doubts(person: Employee) -> Iterator[Doubt]:
    absences = {left_id_of(each.pk): each for each in Absence.objects.filter(employee=person).order_by("start", "pk")}
    standing: dict[int, list[Absence]] = {}
    ids = list(absences)
    for start in range(0, len(ids), IDS_AT_ONCE):
        links = Link.objects.filter(resource=RESOURCE, left_id__in=ids[start : start + IDS_AT_ONCE])
        links = links.exclude(state__in=GONE).exclude(connection__company=person.company_id)
        rows = Exists(Link.objects.filter(parent=OuterRef("pk")).exclude(state__in=GONE))
        for connection_id, left_id in links.filter(rows).order_by("pk").values_list("connection", "left_id"):
            standing.setdefault(connection_id, []).append(absences[left_id])
    for connection in Connection.objects.filter(pk__in=standing).defer("credentials").order_by("label", "pk"):
        yield Doubt(COMPANY, "absences_left", _text(connection, standing[connection.pk]), asked=True)


def _text(connection: Connection, absences: Sequence[Absence]) -> str:
    """Neither type nor note: whoever moves somebody need not know why the person is away."""
    taken_back = ngettext(
        "%(count)d absence stands in %(system)s and stays there: %(periods)s. It does not go to the new company's"
        " system. Should it be changed, declined or deleted later, it is taken back there. Remove it by hand in"
        " %(system)s if the old company's payroll is not to hold it.",
        "%(count)d absences stand in %(system)s and stay there: %(periods)s. They do not go to the new company's"
        " system. Should one be changed, declined or deleted later, it is taken back there. Remove them by hand in"
        " %(system)s if the old company's payroll is not to hold them.",
        len(absences),
    )
    left_alone = ngettext(
        "%(count)d absence stands in %(system)s and stays there: %(periods)s. It does not go to the new company's"
        " system, and later changes of it do not reach %(system)s while that is not connected. Remove it by hand in"
        " %(system)s if the old company's payroll is not to hold it.",
        "%(count)d absences stand in %(system)s and stay there: %(periods)s. They do not go to the new company's"
        " system, and later changes of them do not reach %(system)s while that is not connected. Remove them by hand"
        " in %(system)s if the old company's payroll is not to hold them.",
        len(absences),
    )
    text = taken_back if connection.state in Connection.WORKING else left_alone
    periods = ", ".join(each.period for each in absences[:NAMED])
    if (more := len(absences) - NAMED) > 0:
        periods += " " + ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}
    return text % {"count": len(absences), "system": connection.label, "periods": periods}
