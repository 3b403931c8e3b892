"""An import as one operation on many people: whom it changes, over all its parts (G-17)."""

from functools import cache

from django.utils.translation import gettext as _

from employees.models import ImportJob
from employees.tracking import Operation, Reach
from employees.transfer.kinds import kind_of


def operation_of(job: ImportJob) -> Operation:
    """Return the import's operation; whom it reaches is read once."""
    return Operation(
        key=operation_key(job),
        label=_("Import of %(file)s") % {"file": job.file_name},
        user_id=job.confirmed_by_id,
        reach=cache(lambda: reach_of(job)),
    )


def operation_key(job: ImportJob) -> str:
    return f"import:{job.pk}"


def reach_of(job: ImportJob) -> Reach:
    return kind_of(job).reach(job)
