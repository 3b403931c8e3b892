"""Which problems are to be mailed: each once, one by one, or together when many come at once (G-09)."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from integrations.core import leases
from integrations.core.models import Connection, Notification, Problem
from integrations.core.report.concerned import Concerned, concerned_by

# So many are mailed one by one; of more that come together, one mail tells.
ONE_BY_ONE: Final = 3
LEASE: Final = "problem-mails"


def waiting() -> QuerySet[Problem]:
    """Return the problems that nobody has been told of."""
    return Problem.objects.filter(state=Problem.State.OPEN, notified_at=None)


def make_due() -> int:
    """Make the mails of new problems due, once a burst has had time to come together; returns how many mails."""
    late = timezone.now() - timedelta(seconds=settings.PROBLEM_MAIL_SECONDS)
    connections = waiting().order_by().values("connection").annotate(first=Min("first_at")).filter(first__lte=late)
    due = list(connections.values_list("connection", flat=True))
    if not due:
        return 0
    held = leases.claim(name=LEASE)
    if held is None:
        return 0
    try:
        return sum(_make_due_of(pk) for pk in due)
    finally:
        held.release()


def _make_due_of(connection_id: int) -> int:
    """Whatever ends this process, a problem is marked as told with its mail, or neither."""
    with transaction.atomic():
        connection = Connection.objects.defer("credentials").get(pk=connection_id)
        ids = list(waiting().filter(connection=connection_id).order_by("pk").values_list("pk", flat=True))
        Problem.objects.filter(pk__in=ids).update(notified_at=timezone.now())
        mails = [[pk] for pk in ids] if len(ids) <= ONE_BY_ONE else [ids]
        concerned = concerned_by(Problem.objects.filter(pk__in=ids))
        for mail in mails:
            missing = sorted({name for pk in mail for name in concerned.without_address.get(pk, ())})
            Notification.objects.create(
                key=f"problems:{connection_id}:{mail[0]}",
                connection=connection,
                recipients=list(connection.recipients),
                data={"problems": mail, **({"without_address": missing} if missing else {})},
            )
        return len(mails) + _tell_concerned(connection, concerned)


def _tell_concerned(connection: Connection, concerned: Concerned) -> int:
    """Mail everybody else only the problems that concern them, however many come at once."""
    others = {to: pks for to, pks in concerned.addresses.items() if to not in connection.recipients}
    for number, (address, pks) in enumerate(sorted(others.items())):
        missing = sorted({name for pk in pks for name in concerned.without_address.get(pk, ())})
        Notification.objects.create(
            key=f"problems:{connection.pk}:{min(pks)}:{number}",
            connection=connection,
            recipients=[address],
            data={"problems": sorted(pks), "concerned": True, **({"without_address": missing} if missing else {})},
        )
    return len(others)
