"""The queue's entry point: an id in. A start is counted before the work, so that one that dies is not forgotten."""

import logging

from employees.models import ImportJob
from employees.transfer.failing import PASSING, end_failed, end_interrupted
from employees.transfer.importing import import_rows
from employees.transfer.jobs import MAX_STARTS, Hold, HoldLost, claim, give_up, ring
from employees.transfer.previewing import preview

logger = logging.getLogger(__name__)


def work(job_id: int) -> None:
    """Work on an import, if it waits for that and nobody else is at it.

    An exception that may pass is a lost start like a kill, and tried again when the sweep rings; any other ends the
    import, since the same file would only meet it again.
    """
    hold = claim(job_id=job_id, states=ImportJob.AT_WORK)
    if hold is None:
        return
    interrupted = False
    try:
        _work(hold)
    except HoldLost:
        return
    except PASSING as error:
        interrupted = True
        logger.warning("Import %s was interrupted (%s); it is tried again", job_id, type(error).__name__)
    except Exception as error:  # noqa: BLE001 -- unforeseen is whatever stands in no list
        end_failed(hold=hold, error=error)
    finally:
        hold.release(interrupted=interrupted)


def _work(hold: Hold) -> None:
    job = ImportJob.objects.get(pk=hold.job_id)
    if job.attempts > MAX_STARTS:
        if hold.was_interrupted:
            end_interrupted(hold=hold)
        else:
            give_up(job_id=hold.job_id)
    elif job.state in ImportJob.PREVIEW_WAITS:
        preview(hold=hold)
    elif not import_rows(hold=hold):
        ring(hold.job_id)
