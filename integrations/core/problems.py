"""The error log: one open problem per cause and subject, tried again or dismissed by a person (G-09)."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.utils import timezone

from employees.shown import fingerprint
from integrations.core.declare import NOTHING
from integrations.core.errors import (
    AboutAnother,
    CannotBeRead,
    Forbidden,
    Forgotten,
    NotFound,
    OutcomeUnknown,
    Refused,
    VendorError,
)
from integrations.core.marks import hasten, release_held, want
from integrations.core.models import Connection, Mark, Problem
from integrations.core.work.ringing import ring_reports

# Problems tried again in one transaction.
AT_ONCE: Final = 500
OPEN = (Problem.State.OPEN, Problem.State.RETRIED)
# Causes that no vendor error names; a field's own are "field:<name>" (kept back) and "not_kept:<name>" (sent, and the
# vendor holds something else).
GONE: Final = "gone"
# By the kind of error, and nothing else: whichever field was to be sent is not to blame.
CANNOT_BE_READ: Final = CannotBeRead.__name__
EXISTS: Final = "exists"
CREATED_APART: Final = "created_apart"
GIVEN_UP: Final = "given_up"
CANNOT_CREATE: Final = "cannot_create"
SAME_ID: Final = "same_id"
ADDRESS_TAKEN: Final = "address_taken"
JOB_LATE: Final = "job_late"
LIST_UNSOUND: Final = "list_unsound"
WARNED: Final = "warned"
FIELD: Final = "field:"
# What stays at the vendor beside a value that was sent is "remains:<name>".
REMAINS: Final = "remains:"
NOT_KEPT: Final = "not_kept:"


Became = Problem.Became
# By how a cause begins; of every other one the vendor holds what it held before.
_BECAME: Final = {
    FIELD: Became.KEPT_BACK,
    NOT_KEPT: Became.NOT_KEPT,
    REMAINS: Became.REMAINS,
    WARNED: Became.REMARK,
    JOB_LATE: Became.UNKNOWN,
    **{f"{kind.__name__}:": Became.UNKNOWN for kind in (Forgotten, OutcomeUnknown, AboutAnother)},
}


def became_of(problem: Problem) -> str:
    """Return what became of what was sent, or was to be: whoever reported it knows best, else its cause says it."""
    by_cause = (became for begins, became in _BECAME.items() if problem.cause.startswith(begins))
    return problem.became or next(by_cause, Became.NOT_SENT)


def cause_of(error: VendorError, *, fields: Collection[str] = ()) -> str:
    """Return what groups problems that one thing mended solves: the kind of error with the vendor's own code.

    Where one field alone was sent and refused, it is the one to blame, and part of the cause.
    """
    if isinstance(error, CannotBeRead):
        return CANNOT_BE_READ
    cause = f"{type(error).__name__}:{error.code or error.status}"
    blames_value = isinstance(error, Refused) and not isinstance(error, NotFound | Forbidden) and len(fields) == 1
    return f"{cause}:{next(iter(fields))}" if blames_value else cause


def parts_of(cause: str) -> tuple[str, str, str]:
    """Return the kind of error, the vendor's code and the one field that was sent, or empty strings."""
    kind, code, field = (*cause.split(":", 2), "", "")[:3]
    return kind, code, field


def _same(cause: str) -> Q:
    """The same refusal, whether or not the field was sent alone: more may be sent with it the next time."""
    kind, code, field = parts_of(cause)
    if cause.startswith((FIELD, NOT_KEPT)) or not code:
        return Q(cause=cause)
    whole = f"{kind}:{code}"
    return Q(cause__in=(cause, whole)) if field else Q(cause=whole) | Q(cause__startswith=f"{whole}:")


def report_problem(
    *,
    connection: Connection,
    resource: str,
    left_id: str,
    right_id: str,
    label: str,
    action: str,
    message: str,
    cause: str,
    wanted: Any = NOTHING,
    told: bool = False,
    became: str = "",
) -> None:
    """Write what could not be sent into the error log (G-09); the same one again only counts up.

    ``wanted`` is what trying again sends, as `Mark.wanted`. A new problem is mailed, unless it is ``told``
    otherwise (by a synchronisation's report); one that is known is not. ``became`` is said where the cause alone does
    not say it.
    """
    now = timezone.now()
    subject = {"connection": connection, "resource": resource, "left_id": left_id, "right_id": right_id}
    said = {"message": message, "action": action, "label": label, "wanted": dict(wanted), "became": became}
    known = Problem.objects.filter(_same(cause), **subject, state__in=OPEN)
    if known.update(state=Problem.State.OPEN, count=F("count") + 1, last_at=now, **said):
        return
    try:
        with transaction.atomic():
            Problem.objects.create(
                **subject, **said, cause=cause, first_at=now, last_at=now, notified_at=now if told else None
            )
    except IntegrityError:
        known.update(count=F("count") + 1, last_at=now, **said)
    else:
        ring_reports()


def solve_problems(*, connection: Connection, resource: str, left_id: str) -> int:
    """A later write of the same person succeeded: what was open is solved. Without an id: what is the connection's.

    What one field is about (it cannot be sent, or the vendor did not keep it), and what the vendor remarked, is solved
    by `solve_causes` alone.
    """
    of_person = _of(connection, resource, left_id).exclude(cause=WARNED)
    solved = _solve(of_person.exclude(cause__startswith=FIELD).exclude(cause__startswith=NOT_KEPT))
    if solved and left_id:
        # Something else of the person may have been written: what was refused before is looked at once more.
        release_held(connection_id=connection.pk, resource=resource, held_by=Mark.Hold.PROBLEM, left_ids=[left_id])
    return solved


def solve_causes(*, connection: Connection, resource: str, left_id: str, causes: set[str]) -> int:
    """The named causes are no more."""
    return _solve(_of(connection, resource, left_id).filter(cause__in=causes)) if causes else 0


def solve_fields(*, connection: Connection, resource: str, left_id: str, names: Iterable[str]) -> None:
    """Both sides agree about the fields, or a person decided to leave them: nothing is to be said of them any more."""
    causes = {f"{kind}{name}" for name in names for kind in (FIELD, NOT_KEPT)}
    solve_causes(connection=connection, resource=resource, left_id=left_id, causes=causes)


def reopen_fields(*, connection: Connection, resource: str, left_id: str) -> None:
    """Nothing was there to be sent again of what the vendor did not keep: it stands as it stood."""
    tried = _of(connection, resource, left_id).filter(state=Problem.State.RETRIED, cause__startswith=NOT_KEPT)
    tried.update(state=Problem.State.OPEN)


def open_causes(*, connection: Connection, resource: str, left_id: str) -> set[str]:
    return set(_of(connection, resource, left_id).values_list("cause", flat=True))


def open_problems(*, connection: Connection, resource: str, left_ids: Collection[str]) -> set[str]:
    """Return those of the people of whom something is open."""
    found = Problem.objects.filter(connection=connection, resource=resource, left_id__in=left_ids, state__in=OPEN)
    return set(found.values_list("left_id", flat=True))


def _of(connection: Connection, resource: str, left_id: str) -> QuerySet[Problem]:
    found = Problem.objects.filter(connection=connection, resource=resource, left_id=left_id, state__in=OPEN)
    # People of the vendor's alone have no id here either.
    return found if left_id else found.filter(right_id="")


def _solve(problems: QuerySet[Problem]) -> int:
    return problems.update(state=Problem.State.SOLVED, decided_at=timezone.now())


# A number of queries that does not depend on how many they are.
TOTALS: Final[Mapping[str, Any]] = {
    "problems": Count("pk"),
    "open_ones": Count("pk", filter=Q(state=Problem.State.OPEN)),
    "keys": Sum("pk"),
    "times": Sum("count"),
    "latest": Max("last_at"),
}


def made_from(problems: QuerySet[Problem]) -> str:
    """Return what stands for the open ones of these problems, as they are asked about."""
    return made_from_totals(problems.filter(state__in=OPEN).order_by().aggregate(**TOTALS))


def made_from_totals(totals: Mapping[str, Any]) -> str:
    # PostgreSQL gives sums as decimals.
    plain = {name: int(total) if isinstance(total, Decimal) else total for name, total in totals.items()}
    return fingerprint({name: plain[name] for name in TOTALS})


def made_from_one(problem: Problem) -> str:
    """Return the same of a single problem that was read."""
    is_open = problem.state in OPEN
    return made_from_totals(
        {
            "problems": int(is_open),
            "open_ones": int(problem.state == Problem.State.OPEN),
            "keys": problem.pk if is_open else None,
            "times": problem.count if is_open else None,
            "latest": problem.last_at if is_open else None,
        }
    )


def retry_problems(problems: QuerySet[Problem], *, by: AbstractBaseUser, at_most: int | None = None) -> int:
    """Have what was refused sent again, as the hub holds it now; returns how many problems that are.

    Solved or reported again by what comes of it. For a problem of the whole connection everything that waits is tried.
    """
    open_ones = problems.filter(state=Problem.State.OPEN).order_by("pk")
    ids = list(open_ones.values_list("pk", flat=True)[:at_most])
    return sum(_retry(ids[start : start + AT_ONCE], by) for start in range(0, len(ids), AT_ONCE))


def _retry(ids: list[int], by: AbstractBaseUser) -> int:
    with transaction.atomic():
        open_ones = Problem.objects.select_for_update().filter(pk__in=ids, state=Problem.State.OPEN)
        found = list(open_ones.order_by("pk"))
        Problem.objects.filter(pk__in=[problem.pk for problem in found]).update(
            state=Problem.State.RETRIED, decided_by_id=by.pk, decided_at=timezone.now()
        )
        _want(problem for problem in found if problem.left_id)
        _hasten(problem for problem in found if not problem.left_id)
    return len(found)


def _want(problems: Iterable[Problem]) -> None:
    subjects: dict[tuple[int, str], dict[str, list[dict[str, Any]]]] = {}
    for problem in problems:
        of_resource = subjects.setdefault((problem.connection_id, problem.resource), {})
        of_resource.setdefault(problem.left_id, []).append(problem.wanted)
    for (connection_id, resource), wanted in subjects.items():
        want(connection_id=connection_id, resource=resource, wanted=wanted)


def _hasten(problems: Iterable[Problem]) -> None:
    """What waits says whether the licence or the right is there by now; where nothing waits, nothing is missing."""
    for problem in problems:
        if not hasten(connection_id=problem.connection_id, resource=problem.resource):
            _solve(Problem.objects.filter(pk=problem.pk))


def dismiss_problems(problems: QuerySet[Problem], *, by: AbstractBaseUser, reason: str) -> int:
    """Close problems that nobody will mend, with the reason; both systems stay as they are."""
    return problems.filter(state__in=OPEN).update(
        state=Problem.State.DISMISSED, dismissed_reason=reason, decided_by_id=by.pk, decided_at=timezone.now()
    )
