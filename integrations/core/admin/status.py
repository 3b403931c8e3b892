"""How a connection stands: its last run, what waits, and what to do next in words."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.zones import moment_text
from integrations.core.accounts import state_once_connected
from integrations.core.admin.declared import integration_label
from integrations.core.amounts import OF_ABSENCES, OF_PEOPLE, Amount
from integrations.core.hub.scope import missing_people
from integrations.core.hub.tracking import RESOURCE
from integrations.core.models import Connection, Mark, Problem, SyncRow, SyncRun
from integrations.core.problems import OPEN
from integrations.core.registry import manifest_of
from integrations.core.runs.deciding import why_outdated

ConnectionState = Connection.State
RunState = SyncRun.State
# A single call that failed is tried again in seconds: nothing to tell.
OUTAGE_SHOWN_AFTER: Final = timedelta(minutes=1)


def with_status(connections: QuerySet[Connection]) -> QuerySet[Any]:
    """Annotate ``last_run_id``, ``open_problems``, ``waiting_people`` and ``waiting_absences`` (that nobody holds)."""
    last_run = SyncRun.objects.filter(connection=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    return connections.annotate(
        last_run_id=Subquery(last_run),
        open_problems=_count(Problem.objects.filter(state__in=OPEN)),
        waiting_people=_count(Mark.objects.filter(OF_PEOPLE, held_by="")),
        waiting_absences=_count(Mark.objects.filter(OF_ABSENCES, held_by="")),
    )


def _count(records: QuerySet[Any]) -> Coalesce:
    counted = records.filter(connection=OuterRef("pk")).order_by().values("connection").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)


def attach_last_runs(connections: Iterable[Any]) -> None:
    """Set ``last_run``, ``to_decide`` and ``waiting_changes`` on what `with_status` annotated, in two queries.

    ``to_decide`` counts the people of a run in review of whom something is asked.
    """
    shown = list(connections)
    runs = SyncRun.objects.in_bulk([each.last_run_id for each in shown if each.last_run_id])
    open_rows = SyncRow.objects.filter(run__in=runs, run__state=RunState.REVIEW, state=SyncRow.State.OPEN).order_by()
    counted = dict(open_rows.values_list("run").annotate(Count("pk")))
    for connection in shown:
        connection.last_run = runs.get(connection.last_run_id)
        connection.to_decide = counted.get(connection.last_run_id, 0)
        connection.waiting_changes = Amount(people=connection.waiting_people, absences=connection.waiting_absences)


def attach_open_work(connections: Sequence[Any]) -> None:
    """Set ``open_conflicts`` of the last run, and ``not_there_yet``, in two queries; after `attach_last_runs`."""
    conflicts = SyncRow.objects.filter(
        run__in=[each.last_run for each in connections if each.last_run is not None],
        kind=SyncRow.Kind.DIFFERS,
        state=SyncRow.State.OPEN,
    )
    counted = dict(conflicts.order_by().values("run").annotate(count=Count("pk")).values_list("run", "count"))
    missing = count_missing(connections)
    for connection in connections:
        run = connection.last_run
        # Those of a comparison that does not fit any more are not to be decided on.
        found = counted.get(run.pk if run else 0, 0)
        connection.open_conflicts = 0 if found and is_outdated(connection, run) else found
        connection.not_there_yet = missing.get(connection.pk)


def count_missing(connections: Sequence[Any]) -> dict[int, int]:
    """Return connection → how many who take part and have not left are not in its system yet (G-14), in one query.

    Before the first comparison that is not known; where nothing is connected it means nothing.
    """
    known = [each for each in connections if each.last_run is not None and each.state in Connection.CONNECTED]
    queries = [_missing(connection) for connection in known]
    if not queries:
        return {}
    rows = queries[0].union(*queries[1:], all=True) if queries[1:] else queries[0]
    return {**{each.pk: 0 for each in known}, **dict(rows)}


def _missing(connection: Connection) -> QuerySet[Any, Any]:
    people = missing_people(connection=connection, resource=RESOURCE)
    return (
        people.order_by()
        .annotate(in_connection=Value(connection.pk, IntegerField()))
        .values("in_connection")
        .annotate(people=Count("pk"))
        .values_list("in_connection", "people")
    )


def next_step(connection: Any) -> str:
    """Say what a person can do next; for connections with ``last_run`` and ``open_problems``."""
    run: SyncRun | None = connection.last_run
    if connection.state not in Connection.WORKING:
        return _when_not_working(connection)
    if run is None:
        return _("Synchronise for the first time, so that both systems' people are compared.")
    return (
        _after_run(connection, run)
        or _before_confirmation(connection)
        or _about_held(getattr(connection, "held", ()))
        or _after_problems(connection.open_problems)
    )


def is_reviewed(connection: Any) -> bool:
    """Whether the last run is a review that can be confirmed; after `attach_last_runs`."""
    run: SyncRun | None = connection.last_run
    return run is not None and run.state == RunState.REVIEW and not is_outdated(connection, run)


def is_outdated(connection: Connection, run: SyncRun) -> bool:
    """Whether the run is a review that does not fit any more, whatever is decided in it."""
    if run.state != RunState.REVIEW:
        return False
    # The run of a list of connections does not fetch its own.
    run.connection = connection
    try:
        return bool(why_outdated(run))
    except (KeyError, ValidationError):
        # Settings that do not hold are told on their own page.
        return False


def waiting_note(connection: Any) -> str:
    """Say until when the hub's changes wait where they do not go by themselves; after `attach_last_runs`."""
    amount = connection.waiting_changes
    if connection.state == ConnectionState.ACTIVE or not amount:
        return ""
    names = {"amount": amount}
    if connection.state in Connection.TO_CONFIRM:
        return (
            ngettext(
                "The hub's change of %(amount)s waits until a synchronisation has been confirmed.",
                "The hub's changes of %(amount)s wait until a synchronisation has been confirmed.",
                amount.changes,
            )
            % names
        )
    if state_once_connected(connection) == ConnectionState.ACTIVE:
        return (
            ngettext(
                "The hub's change of %(amount)s waits, and goes by itself once it is connected again.",
                "The hub's changes of %(amount)s wait, and go by themselves once it is connected again.",
                amount.changes,
            )
            % names
        )
    return (
        ngettext(
            "The hub's change of %(amount)s waits until it is connected again and a synchronisation confirmed.",
            "The hub's changes of %(amount)s wait until it is connected again and a synchronisation confirmed.",
            amount.changes,
        )
        % names
    )


def outage_note(connection: Any) -> str:
    """Say since when the vendor has not answered, and what waits for it; after `attach_last_runs`."""
    since = connection.failing_since
    if connection.state not in Connection.WORKING or not since or timezone.now() - since < OUTAGE_SHOWN_AFTER:
        return ""
    told = _(
        "%(vendor)s has not answered since %(since)s. Nothing is lost, and there is nothing to do here. Other"
        " connections go on meanwhile."
    ) % {
        "vendor": manifest_of(connection.integration).label,
        "since": moment_text(since, connection),
    }
    if not connection.waiting_changes:
        return told
    waiting = ngettext(
        "The change of %(amount)s waits and goes by itself once it answers.",
        "The changes of %(amount)s wait and go by themselves once it answers.",
        connection.waiting_changes.changes,
    ) % {"amount": connection.waiting_changes}
    return f"{told} {waiting}"


def _when_not_working(connection: Connection) -> str:
    steps = {
        ConnectionState.DRAFT: _("Finish connecting: nothing can be compared before the account is connected."),
        ConnectionState.NEEDS_REAUTHORISATION: _(
            "Connect it again: %(vendor)s does not give access any more. Changes wait until then."
        ),
        ConnectionState.PAUSED: _("Connect it again to go on: it is paused, and changes wait until then."),
        ConnectionState.DISCONNECTED: _(
            "Nothing to do: it is disconnected, and nothing is compared or sent. To take it up again, connect it, then"
            " synchronise users and confirm what is found."
        ),
    }
    return steps[ConnectionState(connection.state)] % {"vendor": connection.account_name or connection.label}


def _after_run(connection: Any, run: SyncRun) -> str:
    if is_reviewed(connection):
        return _in_review(connection.to_decide)
    if run.state == RunState.REVIEW and not connection.has_left_behind(run.pk):
        return _(
            "Synchronise users again: the comparison that waits does not fit any more, and its page says why. Your"
            " decisions are taken over where they still fit."
        )
    if run.state in SyncRun.AT_WORK:
        return _("Wait: the synchronisation is at work. Everybody named as a recipient gets its report.")
    if run.state == RunState.FAILED:
        return _("Synchronise again: the last synchronisation ended early. Its page says why.")
    return ""


def _in_review(count: int) -> str:
    if not count:
        return _("Confirm the synchronisation: nobody is left to decide on, and nothing has to be written.")
    return ngettext(
        "Decide on %(count)d person, then confirm: nothing is written before that.",
        "Decide on %(count)d people, then confirm: nothing is written before that.",
        count,
    ) % {"count": count}


def _before_confirmation(connection: Connection) -> str:
    if connection.state not in Connection.TO_CONFIRM:
        return ""
    return _(
        "Synchronise users, and confirm what is found: until then nothing is sent to %(vendor)s, whatever is changed in"
        " the hub."
    ) % {"vendor": integration_label(connection.integration)}


def _about_held(held: Sequence[Any]) -> str:
    """``held`` are the mass changes that wait, with ``waiting``, where the page has looked for them."""
    waiting = [each.waiting.own for each in held]
    amount = Amount(people=sum(each.people for each in waiting), absences=sum(each.absences for each in waiting))
    if not amount:
        return ""
    return ngettext(
        "Look at the change of %(amount)s that waits, and release or drop it.",
        "Look at the changes of %(amount)s that wait, and release or drop them.",
        amount.changes,
    ) % {"amount": amount}


def _after_problems(count: int) -> str:
    if not count:
        return _("Nothing to do.")
    return ngettext(
        "Look at %(count)d open problem: the error log says what became of it.",
        "Look at %(count)d open problems: the error log says what became of each.",
        count,
    ) % {"count": count}
