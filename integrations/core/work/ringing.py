"""The bells of the queue's tasks, for whoever changes the database; knows the tasks by name only.

The queue is a doorbell: a ring that is lost, doubled or late costs only delay, because the sweep finds
everything that waits and rings again. Work that would have to wait for its vendor is put down, so that its worker is
free for others, and a bell is set (``at``): it stands in the database until its time, and the supervisor rings it.
"""

from datetime import datetime
from typing import Final, Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from integrations.core import budget
from integrations.core.models import Bell

TASKS: Final = "integrations.core.tasks"
# So many bells are rung in one round.
BELLS_AT_ONCE: Final = 500


class AtBell(Protocol):
    def __call__(self, *, at: datetime) -> None: ...


def ring_compare(run_id: int, *, at: datetime | None = None) -> None:
    _ring("compare", run_id, at=at)


def ring_apply(run_id: int, *, at: datetime | None = None) -> None:
    _ring("apply", run_id, at=at)


def ring_ask_for_all(run_id: int, *, at: datetime | None = None) -> None:
    _ring("ask_for_all", run_id, at=at)


def ring_push(connection_id: int, *, at: datetime | None = None) -> None:
    """Ring for what people wait for, apart from bulk work."""
    _ring("push", connection_id, queue=settings.PUSH_QUEUE, at=at)


def ring_push_bulk(connection_id: int, *, at: datetime | None = None) -> None:
    _ring("push_bulk", connection_id, at=at)


def ring_look_over(connection_id: int) -> None:
    _ring("look_over", connection_id)


def ring_renew(connection_id: int) -> None:
    _ring("renew", connection_id, queue=settings.SHORT_QUEUE)


def ring_look_for_answer(connection_id: int) -> None:
    _ring("look_for_answer", connection_id, queue=settings.SHORT_QUEUE)


def ring_late_jobs(connection_id: int, *, at: datetime | None = None) -> None:
    _ring("late_jobs", connection_id, at=at)


def ring_check(connection_id: int, *, at: datetime | None = None) -> None:
    _ring("check", connection_id, queue=settings.SHORT_QUEUE, at=at)


def ring_reports() -> None:
    _ring_now(f"{TASKS}.send_reports", queue=settings.SHORT_QUEUE)


def ring_sweep() -> None:
    _ring_now(f"{TASKS}.sweep", queue=settings.SHORT_QUEUE)


def ring(task: str, subject_id: int, *, queue: str, at: datetime | None = None) -> None:
    """Enqueue a task by its path once the caller's transaction is committed, or at a time that is still to come."""
    if at is not None and at > timezone.now():
        _set_bell(task, subject_id, queue=queue, at=at)
    else:
        _ring_now(task, subject_id, queue=queue)


def ring_after_pause(connection_id: int, bell: AtBell) -> None:
    """Have work that was put down rung for when the connection's pause is over; without one it is left to the sweep."""
    free = budget.free_at(connection_id=connection_id)
    if free > timezone.now():
        bell(at=free)


def bell_stands(task: str, subject_id: int, *, until: datetime) -> bool:
    """Whether a bell of the core's stands that is due by then."""
    return Bell.objects.filter(task=f"{TASKS}.{task}", subject_id=subject_id, due__lte=until).exists()


def ring_due_bells() -> int:
    """Ring the bells whose time has come; returns how many. One that is lost on the way is found by the sweep."""
    due = list(Bell.objects.filter(due__lte=timezone.now()).order_by("due")[:BELLS_AT_ONCE])
    return sum(_ring_bell(bell) for bell in due)


def _ring_bell(bell: Bell) -> bool:
    # Of several supervisors the one that takes the bell down rings it.
    taken = bool(Bell.objects.filter(pk=bell.pk, due=bell.due).delete()[0])
    if taken:
        _ring_now(bell.task, bell.subject_id, queue=bell.queue)
    return taken


def _set_bell(task: str, subject_id: int, *, queue: str, at: datetime) -> None:
    bells = Bell.objects.filter(task=task, subject_id=subject_id)
    # Read first: many edits of one connection set the same bell, and a write would keep others from writing.
    due = bells.values_list("due", flat=True).first()
    if due is not None and due <= at:
        return
    if not bells.filter(due__gt=at).update(due=at) and not bells.exists():
        Bell.objects.bulk_create([Bell(task=task, subject_id=subject_id, queue=queue, due=at)], ignore_conflicts=True)


def _ring(task: str, subject_id: int, *, queue: str = settings.BULK_QUEUE, at: datetime | None = None) -> None:
    ring(f"{TASKS}.{task}", subject_id, queue=queue, at=at)


def _ring_now(task: str, *ids: int, queue: str) -> None:
    # Robust: a broker that is away is logged and never fails the caller, whose change is already committed.
    # Not saved: outcomes stand in our own tables, and django-q2 locks all its kept results to save one more.
    transaction.on_commit(lambda: async_task(task, *ids, cluster=queue, save=False), robust=True)
