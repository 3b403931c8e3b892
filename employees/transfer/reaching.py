"""An import as one operation on many people: whom it changes, over all its parts (G-17)."""

from functools import cache

from django.utils.translation import gettext as _

from employees.models import ImportJob, ImportRow
from employees.tracking import Operation, Reach


def operation_of(job: ImportJob) -> Operation:
    """Return the import's operation; whom it reaches is read once."""
    return Operation(
        key=f"import:{job.pk}",
        label=_("Import of %(file)s") % {"file": job.file_name},
        user_id=job.confirmed_by_id,
        reach=cache(lambda: reach_of(job)),
    )


def reach_of(job: ImportJob) -> Reach:
    """Return whom the rows that are not bad change: also those written already, so that it is the same all along."""
    rows = ImportRow.objects.filter(job=job).exclude(state=ImportRow.State.BAD)
    changed = rows.filter(is_new=False).values_list("employee_id", "values")
    return Reach(
        changed={pk: frozenset(values) for pk, values in changed.iterator(chunk_size=2_000) if pk is not None},
        new={job.company_id: rows.filter(is_new=True).count()},
    )
