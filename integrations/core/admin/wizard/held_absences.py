"""The absences that a mass change holds, as they are now (G-17)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.translation import gettext as _

from absences.models import Absence
from employees.labels import label_of
from integrations.core.admin.absences import lines_of
from integrations.core.admin.names import person_link
from integrations.core.allowed import may_see_absences
from integrations.core.hub.absences import DELETED, pk_of
from integrations.core.models import Connection, Mark


class HeldAbsence(NamedTuple):
    """``line`` says how it stands towards the vendor."""

    person: str
    absence: str
    line: str


def held_absences(
    request: HttpRequest, connection: Connection, marks: Sequence[Mark], *, reasons: Mapping[str, str]
) -> list[HeldAbsence]:
    """Return a page of absences; the number of queries does not depend on theirs. ``reasons``: why one is not sent."""
    pks = [pk for mark in marks if (pk := pk_of(mark.left_id)) is not None]
    absences = (
        Absence.objects.filter(pk__in=pks).select_related("employee__company", "employee__department", "type").in_bulk()
    )
    may_see = may_see_absences(request.user)
    lines = lines_of(list(absences.values()), reader=request.user) if may_see else {}
    found = []
    for mark in marks:
        absence = absences.get(pk_of(mark.left_id) or 0)
        if absence is None:
            label = str(mark.wanted.get(DELETED, {}).get("label", mark.left_id))
            found.append(HeldAbsence(label, _("Deleted in the hub"), _stays(reasons.get(mark.left_id, ""))))
            continue
        standing = dict(lines.get(absence.pk, [])).get(connection.label)
        found.append(
            HeldAbsence(
                person_link(request, left_id=str(absence.employee_id), name=label_of(absence.employee)),
                _in_words(absence) if may_see else absence.period,
                _stays(reasons.get(mark.left_id, "") if may_see else "")
                or (standing.text if standing is not None else ""),
            )
        )
    return found


def _stays(reason: str) -> str:
    return _("Nothing is sent: %(reason)s") % {"reason": reason} if reason else ""


def _in_words(absence: Absence) -> str:
    return f"{absence.kind}, {absence.period}, {absence.grade} %, {absence.get_status_display().lower()}"
