"""How far a run at work has come, when it should be through, and the bell that a look at it rings."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from integrations.core import budget
from integrations.core.dispatching import IN_FLIGHT
from integrations.core.health import background_service
from integrations.core.leases import is_taken
from integrations.core.models import SyncField, SyncRow, SyncRun
from integrations.core.registry import manifests
from integrations.core.runs.session import LIST_HOLDS
from integrations.core.work.ringing import ring_apply, ring_compare

# A look rings at most this often for one run (seconds), however many people watch it.
RING_SECONDS: Final = 5
# What a call usually takes; a vendor that allows more calls than it can answer in time is not faster than this.
CALL_SECONDS: Final = 0.4
# No vendor lists fewer people a page; most list more, so a comparison is rather expected too late than too early.
PEOPLE_A_PAGE: Final = 100
SECONDS_A_MINUTE: Final = 60


@dataclass(frozen=True, kw_only=True)
class Expected:
    """``calls`` are those left at the vendor, ``seconds`` until they are made, by the rate budget.

    Of a comparison it is the whole: nobody notes how far its list has been read.
    """

    calls: int
    seconds: int

    @property
    def minutes(self) -> int:
        """Whole minutes, 0 for less than one."""
        return 0 if self.seconds < SECONDS_A_MINUTE else math.ceil(self.seconds / SECONDS_A_MINUTE)


def expected_of(*, run: SyncRun) -> Expected | None:
    """Return what is left of a run at work; None for others, and where nothing is known to go by."""
    manifest = manifests().get(run.connection.integration)
    if manifest is None or run.state not in SyncRun.AT_WORK:
        return None
    interval = manifest.limit.interval
    if run.state in SyncRun.COMPARE_WAITS:
        calls = _pages_to_list(run)
        seconds = calls * max(interval, CALL_SECONDS)
    else:
        writes = _writes_left(run)
        pages = _pages_to_verify(run) if writes else 0
        calls = writes + pages
        seconds = writes * max(interval, CALL_SECONDS / IN_FLIGHT) + pages * max(interval, CALL_SECONDS)
    if not calls:
        return None
    # The next slot lies in the future while the vendor asked for a pause.
    return Expected(calls=calls, seconds=math.ceil(seconds + budget.seconds_until_free(run.connection)))


def found_so_far(*, run: SyncRun) -> int:
    """Return how many people who differ, or stand on one side only, a comparison at work has found."""
    return SyncRow.objects.filter(run=run).count()


def ring_if_waiting(*, run: SyncRun) -> bool:
    """Ring for a run that waits and that nobody works on, at most every RING_SECONDS; returns whether it rang.

    Rings that nobody hears would only pile up: while the background service does not run, nothing is rung.
    """
    ring = _bell_of(run)
    if ring is None or _is_worked_on(run) or not background_service().running:
        return False
    if not cache.add(f"run-rung:{run.pk}", value=True, timeout=RING_SECONDS):
        return False
    ring(run.pk)
    return True


def _bell_of(run: SyncRun) -> Callable[[int], None] | None:
    if run.state in SyncRun.COMPARE_WAITS:
        return ring_compare
    return ring_apply if run.state in SyncRun.APPLY_WAITS else None


def _is_worked_on(run: SyncRun) -> bool:
    return is_taken(name=f"run:{run.connection_id}")


def _writes_left(run: SyncRun) -> int:
    """Count the rows that still need a call: one each, whatever the number of their fields."""
    to_vendor = SyncField.objects.filter(row=OuterRef("pk"), decision=SyncField.Decision.LEFT)
    rows = SyncRow.objects.filter(run=run, state__in=SyncRow.TO_DO)
    return rows.filter(Q(kind=SyncRow.Kind.ONLY_LEFT) | Q(Exists(to_vendor))).count()


def _pages_to_verify(run: SyncRun) -> int:
    """The vendor's list is read anew before what was shown long ago is written."""
    if run.listed_at is not None and run.listed_at > timezone.now() - LIST_HOLDS:
        return 0
    return _pages(int(run.counts.get("right", 0)))


def _pages_to_list(run: SyncRun) -> int:
    """As many pages as the last comparison read; before the first one, as if everybody here were there too."""
    earlier = SyncRun.objects.filter(connection=run.connection, resource=run.resource, compared_at__isnull=False)
    counts = earlier.order_by("-pk").values_list("counts", flat=True).first()
    if counts is not None:
        return _pages(int(counts.get("right", 0)))
    company = run.connection.company
    return _pages(company.employees.count() if company is not None else 0)


def _pages(people: int) -> int:
    return max(1, math.ceil(people / PEOPLE_A_PAGE))
