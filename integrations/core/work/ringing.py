"""The bells of the queue's tasks, for whoever changes the database; knows the tasks by name only.

The queue is a doorbell: a ring that is lost, doubled or late costs only delay, because the sweep finds
everything that waits and rings again.
"""

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task


def ring_compare(run_id: int) -> None:
    _ring("compare", run_id)


def ring_apply(run_id: int) -> None:
    _ring("apply", run_id)


def ring_ask_for_all(run_id: int) -> None:
    _ring("ask_for_all", run_id)


def ring_push(connection_id: int) -> None:
    """Ring for what people wait for, apart from bulk work."""
    _ring("push", connection_id, queue=settings.PUSH_QUEUE)


def ring_push_bulk(connection_id: int) -> None:
    _ring("push_bulk", connection_id)


def ring_look_over(connection_id: int) -> None:
    _ring("look_over", connection_id)


def ring_renew(connection_id: int) -> None:
    _ring("renew", connection_id)


def ring_look_for_answer(connection_id: int) -> None:
    _ring("look_for_answer", connection_id)


def ring_late_jobs(connection_id: int) -> None:
    _ring("late_jobs", connection_id)


def ring_check(connection_id: int) -> None:
    _ring("check", connection_id)


def ring_reports() -> None:
    _ring("send_reports")


def ring_sweep() -> None:
    _ring("sweep")


def _ring(task: str, *ids: int, queue: str = settings.BULK_QUEUE) -> None:
    """Enqueue the task once the caller's transaction is committed."""
    # Robust: a broker that is away is logged and never fails the caller, whose change is already committed.
    # Not saved: outcomes stand in our own tables, and django-q2 locks all its kept results to save one more.
    transaction.on_commit(
        lambda: async_task(f"integrations.core.tasks.{task}", *ids, cluster=queue, save=False),
        robust=True,
    )
