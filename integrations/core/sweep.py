"""The minute's round: finds everything that waits in the database and rings for it."""

from dataclasses import dataclass

from employees.access import cleaning, forgotten
from employees.kept.models import forget_old_ones
from employees.transfer.jobs import ring_waiting as ring_waiting_imports
from integrations.core import checking, clocks, keeping, mending, outages
from integrations.core.models import Notification, SyncRun
from integrations.core.push.draining import ring_waiting as ring_waiting_pushes
from integrations.core.push.looking_over import ring_due as ring_look_overs
from integrations.core.releasing import finish_decided
from integrations.core.report import problem_mails
from integrations.core.runs import asking, late
from integrations.core.work.ringing import ring_apply, ring_compare, ring_due_bells, ring_reports


@dataclass(frozen=True)
class Swept:
    """What was found waiting: runs to compare and to apply, e-mails, imports of people, connections with changes.

    Then connections to be looked over, to be renewed, and whose vendor does not answer; endings told of just now;
    connections with a vendor's job that a run did not wait for; connections to be tried once a day; and reviews whose
    missing people are asked for by name.
    """

    compares: int
    applies: int
    notifications: int
    imports: int = 0
    pushes: int = 0
    look_overs: int = 0
    renewals: int = 0
    outages: int = 0
    endings: int = 0
    late_jobs: int = 0
    checks: int = 0
    asked_for: int = 0


def sweep() -> Swept:
    """Ring once for each run that waits, and once for all e-mails that are due.

    Rings whether or not another ring is under way: the work itself is leased, so a doubled ring ends at once.
    """
    compares = _waiting(SyncRun.COMPARE_WAITS)
    applies = _waiting(SyncRun.APPLY_WAITS)
    notifications = Notification.objects.filter(sent_at__isnull=True).count() + problem_mails.waiting().count()
    for run_id in compares:
        ring_compare(run_id)
    for run_id in applies:
        ring_apply(run_id)
    if notifications:
        ring_reports()
    clocks.bring_back()
    ring_due_bells()
    finish_decided()
    mending.forget_mended()
    cleaning.clean()
    forgotten.ring_waiting()
    forget_old_ones()
    imports, pushes = ring_waiting_imports(), ring_waiting_pushes()
    return Swept(
        compares=len(compares),
        applies=len(applies),
        notifications=notifications,
        imports=imports,
        pushes=pushes,
        look_overs=ring_look_overs(),
        renewals=keeping.ring_due(),
        outages=outages.ring_due(),
        endings=keeping.tell_endings(),
        late_jobs=late.ring_due(),
        checks=checking.ring_due(),
        asked_for=asking.ring_waiting(),
    )


def _waiting(states: tuple[str, ...]) -> list[int]:
    return list(SyncRun.objects.filter(state__in=states).order_by("pk").values_list("pk", flat=True))
