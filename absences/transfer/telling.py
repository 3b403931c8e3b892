"""What the preview tells of an import's absences, looked at as they will be after all of it (D-12)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from absences.confirming import unconfirmed_of
from absences.doubts import OUTSIDE, doubts_about_absences, doubts_about_note
from absences.models import Absence
from absences.models.absence import STANDING
from absences.overlaps import as_away, employment_of
from absences.periods import Away
from employees.models import ImportRow
from employees.values.doubts import Doubt

CHUNK: Final = 500


class PlannedAbsence(NamedTuple):
    """A row that changes something, and the (unsaved) absence that it makes."""

    row: ImportRow
    absence: Absence


def note_doubts(planned: Iterable[PlannedAbsence]) -> None:
    """Write on each row what is to be looked at; rows of one file name each other by their numbers."""
    by_person: dict[int, list[PlannedAbsence]] = defaultdict(list)
    overtaken: set[int] = set()
    for each in planned:
        by_person[each.absence.employee_id].append(each)
        if each.absence.pk:
            overtaken.add(each.absence.pk)
    people = list(by_person)
    for start in range(0, len(people), CHUNK):
        part = people[start : start + CHUNK]
        stored = (
            Absence.objects.standing().filter(employee__in=part).select_related("employee__company", "type").by_person()
        )
        for person in part:
            # What a row changes is looked at as the row leaves it.
            _note_person(by_person[person], [each for each in stored[person] if each.pk not in overtaken])


def _note_person(planned: list[PlannedAbsence], stored: list[Absence]) -> None:
    will_stand = [each for each in planned if each.absence.status in STANDING]
    aways = [*(_row_as_away(each) for each in will_stand), *(as_away(absence) for absence in stored)]
    if will_stand:
        doubts = doubts_about_absences(aways, employment_of(will_stand[0].absence.employee))
        for each, found in zip(will_stand, doubts, strict=False):
            _put(each, found)
    for each in planned:
        if "note" in each.row.changes:
            each.row.notes += [str(doubt.text) for doubt in doubts_about_note(each.absence.note)]


def _put(planned: PlannedAbsence, doubts: list[Doubt]) -> None:
    """Days outside the employment are asked about, too: payroll systems get them once somebody has said yes."""
    planned.row.notes = [str(doubt.text) for doubt in doubts]
    outside = next((doubt for doubt in doubts if doubt.code == OUTSIDE), None)
    if outside is not None and unconfirmed_of(planned.absence):
        text = _("Are the days outside the employment right? They go to payroll systems only once somebody says so.")
        planned.row.questions = [[outside.field, text]]


def _row_as_away(planned: PlannedAbsence) -> Away:
    absence = planned.absence
    values = {"row": planned.row.number, "type": absence.kind, "period": absence.period}
    return as_away(absence, _("row %(row)d (%(type)s, %(period)s)") % values)
