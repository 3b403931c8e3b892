"""The minute's round: finds everything that waits in the database and rings for it."""

from dataclasses import dataclass

from employees.transfer.jobs import ring_waiting as ring_waiting_imports
from integrations.core.models import Notification, SyncRun
from integrations.core.work.ringing import ring_apply, ring_compare, ring_reports


@dataclass(frozen=True)
class Swept:
    """What was found waiting: runs to compare, runs to apply, e-mails to send, imports of people."""

    compares: int
    applies: int
    notifications: int
    imports: int = 0


def sweep() -> Swept:
    """Ring once for each run that waits, and once for all e-mails that are due.

    Rings whether or not another ring is under way: the work itself is leased, so a doubled ring ends at once.
    """
    compares = _waiting(SyncRun.COMPARE_WAITS)
    applies = _waiting(SyncRun.APPLY_WAITS)
    notifications = Notification.objects.filter(sent_at__isnull=True).count()
    for run_id in compares:
        ring_compare(run_id)
    for run_id in applies:
        ring_apply(run_id)
    if notifications:
        ring_reports()
    imports = ring_waiting_imports()
    return Swept(compares=len(compares), applies=len(applies), notifications=notifications, imports=imports)


def _waiting(states: tuple[str, ...]) -> list[int]:
    return list(SyncRun.objects.filter(state__in=states).order_by("pk").values_list("pk", flat=True))
