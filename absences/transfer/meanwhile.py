"""What became of a company's absences since a file of them was uploaded: nobody has looked at it beside its rows."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from absences.models import Absence
from absences.models.absence import STANDING
from absences.overlaps import DAYS, as_away, texts_about_employment
from absences.periods import find_common
from employees.models import ImportJob, ImportRow


def standing_since(job: ImportJob, rows: Sequence[ImportRow]) -> Mapping[int, Sequence[Absence]]:
    """Return, by person, the standing absences that were added or changed since, by others than this import."""
    written = ImportRow.objects.filter(job=job, state=ImportRow.State.WRITTEN, record_id__isnull=False)
    absences = Absence.objects.standing().filter(employee__company=job.company_id, updated_at__gte=job.created_at)
    return absences.exclude(pk__in=written.values("record_id")).select_related("type").by_person() if rows else {}


def reason_beside(absence: Absence, row: ImportRow, since: Sequence[Absence]) -> str:
    """Return why the row's absence is to be looked at once more, or an empty string."""
    if absence.status not in STANDING or not (row.is_new or DAYS & row.values.keys()):
        return ""
    # The preview named those that it saw.
    others = [away for each in since if each.pk != absence.pk and (away := as_away(each)).label not in str(row.notes)]
    for other in others:
        if find_common([as_away(absence), other])[0].others:
            text = _("After the preview it got days in common with %(other)s. Upload the row again to look at both.")
            return text % {"other": other.label}
    if any(text not in row.notes for text in texts_about_employment(absence)):
        return _(
            "After the preview the person's first or last workday was changed, and days of this absence lie outside "
            "the employment now. Upload the row again to look at them."
        )
    return ""
