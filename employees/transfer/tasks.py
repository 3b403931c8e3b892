"""The queue's entry point: an id in. A start is counted before the work, so that one that dies is not forgotten."""

from employees.models import ImportJob
from employees.transfer.importing import import_rows
from employees.transfer.jobs import MAX_STARTS, HoldLost, claim, give_up, ring
from employees.transfer.previewing import preview


def work(job_id: int) -> None:
    """Work on an import, if it waits for that and nobody else is at it."""
    hold = claim(job_id=job_id, states=ImportJob.AT_WORK)
    if hold is None:
        return
    try:
        job = ImportJob.objects.get(pk=job_id)
        if job.attempts > MAX_STARTS:
            give_up(job_id=job_id)
        elif job.state in ImportJob.PREVIEW_WAITS:
            preview(hold=hold)
        elif not import_rows(hold=hold):
            ring(job_id)
    except HoldLost:
        return
    finally:
        hold.release()
