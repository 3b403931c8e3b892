"""What a worker held when it died is free at once: whoever saw it die need not wait for the leases to run out."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from employees.holders import holder_of
from employees.transfer.jobs import release_of as release_imports_of
from integrations.core import leases
from integrations.core.models import SyncRun
from integrations.core.work.ringing import ring_apply, ring_compare, ring_late_jobs, ring_push, ring_push_bulk

logger = logging.getLogger(__name__)


def free(*, folder: Path, process_id: int | None = None) -> int:
    """Free what a dead worker of a cluster held, or all of them, and ring for it; returns how much that was.

    A call that was under way may still be done by the vendor: whoever comes next finds the write, and looks it up.
    """
    holders = holder_of(folder=folder, process_id=process_id)
    names = leases.release_of(holders=holders)
    for name in names:
        kind, subject = leases.parts(name)
        if kind in BELLS and subject.isdigit():
            BELLS[kind](int(subject))
    freed = len(names) + len(release_imports_of(holders=holders))
    if freed:
        logger.warning("A worker ended in the middle of its work: %d pieces are taken over", freed)
    return freed


def _ring_push(connection_id: int) -> None:
    ring_push(connection_id)
    ring_push_bulk(connection_id)


def _ring_runs(connection_id: int) -> None:
    runs: Any = SyncRun.objects.filter(connection=connection_id, state__in=SyncRun.AT_WORK)
    for pk, state in runs.values_list("pk", "state"):
        (ring_compare if state in SyncRun.COMPARE_WAITS else ring_apply)(pk)
    ring_late_jobs(connection_id)


# The other leases' work is found by the sweep.
BELLS: Final[Mapping[str, Callable[[int], None]]] = {"push": _ring_push, "run": _ring_runs}
