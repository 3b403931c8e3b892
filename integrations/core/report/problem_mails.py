"""Which problems are to be mailed: each once, and those that come within minutes together (G-09)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from integrations.core import leases
from integrations.core.models import Connection, Notification, Problem
from integrations.core.report.concerned import Concerned, concerned_by

LEASE: Final = "problem-mails"


def waiting() -> QuerySet[Problem]:
    """Return the problems that nobody has been told of."""
    return Problem.objects.filter(state=Problem.State.OPEN, notified_at=None)


def make_due() -> int:
    """Make the mails of new problems due, once what comes together has come; returns how many mails."""
    now = timezone.now()
    times = waiting().order_by().values_list("connection").annotate(first=Min("first_at"), last=Max("first_at"))
    due = [pk for pk, first, last in times if _is_due(first, last, now)]
    if not due:
        return 0
    held = leases.claim(name=LEASE)
    if held is None:
        return 0
    try:
        return sum(_make_due_of(pk) for pk in due)
    finally:
        held.release()


def _is_due(first: datetime, last: datetime, now: datetime) -> bool:
    """Whether no new one has come for a while, or the first has waited long enough; a clock that went back is none."""
    quiet = timedelta(seconds=settings.PROBLEM_MAIL_SECONDS)
    longest = timedelta(seconds=settings.PROBLEM_MAIL_LONGEST_SECONDS)
    return now - last >= quiet or now - first >= longest or last > now


def _make_due_of(connection_id: int) -> int:
    """Whatever ends this process, a problem is marked as told with its mail, or neither."""
    with transaction.atomic():
        connection = Connection.objects.defer("credentials").get(pk=connection_id)
        ids = list(waiting().filter(connection=connection_id).order_by("pk").values_list("pk", flat=True))
        if not ids:
            return 0
        Problem.objects.filter(pk__in=ids).update(notified_at=timezone.now())
        concerned = concerned_by(Problem.objects.filter(pk__in=ids))
        Notification.objects.create(
            key=f"problems:{connection_id}:{ids[0]}",
            connection=connection,
            recipients=list(connection.recipients),
            data={"problems": ids, **_not_told(concerned, ids)},
        )
        return 1 + _tell_concerned(connection, concerned)


def _tell_concerned(connection: Connection, concerned: Concerned) -> int:
    """Mail everybody else only the problems that concern them, however many come at once."""
    told = {address.casefold() for address in connection.recipients}
    others = {to: found for to, found in concerned.addresses.items() if to not in told}
    for number, (_key, (address, pks)) in enumerate(sorted(others.items())):
        Notification.objects.create(
            key=f"problems:{connection.pk}:{min(pks)}:{number}",
            connection=connection,
            recipients=[address],
            data={"problems": sorted(pks), "concerned": True, **_not_told(concerned, pks)},
        )
    return len(others)


def _not_told(concerned: Concerned, pks: Iterable[int]) -> dict[str, Any]:
    """Return by why who should know of it, and cannot be mailed."""
    chosen = list(pks)
    found: dict[str, list[Any]] = {
        name: sorted({person for pk in chosen for person in people.get(pk, ())})
        for name, people in (
            ("without_address", concerned.without_address),
            ("left_managers", concerned.has_left),
            ("deactivated_managers", concerned.deactivated),
        )
    }
    return {name: people for name, people in found.items() if people}
