"""The error log: one open problem per cause and subject."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from integrations.core.errors import VendorError
from integrations.core.models import Connection, Problem

OPEN = (Problem.State.OPEN, Problem.State.RETRIED)


def report_problem(
    *,
    connection: Connection,
    resource: str,
    left_id: str,
    right_id: str,
    label: str,
    action: str,
    error: VendorError,
) -> None:
    """Write a refused or given-up delivery into the error log (G-09); the same one again only counts up."""
    now = timezone.now()
    cause = f"{type(error).__name__}:{error.code or error.status}"
    subject = {
        "connection": connection,
        "resource": resource,
        "left_id": left_id,
        "right_id": right_id,
        "cause": cause,
    }
    known = Problem.objects.filter(**subject, state__in=OPEN)
    if known.update(
        state=Problem.State.OPEN, count=F("count") + 1, last_at=now, message=error.message, action=action, label=label
    ):
        return
    try:
        with transaction.atomic():
            Problem.objects.create(
                **subject, label=label, action=action, message=error.message, first_at=now, last_at=now
            )
    except IntegrityError:
        known.update(count=F("count") + 1, last_at=now, message=error.message)


def solve_problems(*, connection: Connection, resource: str, left_id: str) -> int:
    """A later write of the same person succeeded: what was open is solved."""
    open_ones = Problem.objects.filter(connection=connection, resource=resource, left_id=left_id, state__in=OPEN)
    return open_ones.exclude(left_id="").update(state=Problem.State.SOLVED, last_at=timezone.now())
