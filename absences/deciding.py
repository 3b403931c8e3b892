"""Who may decide on an absence, and what a decision writes. Nobody decides on their own."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from absences.confirming import confirm_outside, sign_of
from absences.models import Absence, AbsenceType
from absences.models.absence import STANDING, Status
from absences.overlaps import find_doubts
from absences.teams import is_own
from absences.tracking import AbsenceReach, ReachedAbsence, tracked_bulk
from employees.outgoing import forecast, is_held
from employees.shown import NotAsShown, ToldOtherwise, fingerprint, happened_since
from employees.tracking import Operation, operating
from employees.values.doubts import Doubt

# Changes of these are what was decided on.
DECIDED_FIELDS: Final = frozenset({"type", "start", "end", "grade"})
NOTHING_TOLD: Final[Mapping[int, str]] = MappingProxyType({})


@dataclass
class Decided:
    """``left`` holds (absence, reason) for those that stay as they are."""

    done: list[Absence] = field(default_factory=list)
    left: list[tuple[Absence, str]] = field(default_factory=list)


def reason_against(*, absence: Absence, status: str, user: Any) -> str:
    """Return why the user may not give the absence this status, or an empty string."""
    if absence.status == status:
        return _("It is %(status)s already.") % {"status": absence.get_status_display().lower()}
    if is_own(employee=absence.employee, user=user):
        return _("Nobody decides on their own absence.")
    return ""


def put_status(*, absence: Absence, status: str, by: Any) -> None:
    """Put the status and who decided on the (unsaved) absence."""
    absence.status = status
    is_open = status == Status.REQUESTED
    absence.decided_by = None if is_open else by
    absence.decided_at = None if is_open else timezone.now()


def prepare_new(*, absence: Absence, by: Any) -> None:
    """Put on an (unsaved) new absence who registered it, and the status that its type begins with."""
    absence.created_by = by
    put_status(absence=absence, status=Status.REQUESTED if absence.type.needs_approval else Status.APPROVED, by=None)


def reach_of_decision(
    *, absences: Iterable[Absence], status: str, confirmed: Collection[int] = frozenset()
) -> AbsenceReach:
    """Return what the decision changes for other systems: approvals, and what had been approved before.

    Of the ``confirmed`` ones, by primary key, the days outside the employment are said to be right with it.
    """
    reached = [
        as_reached(absence, approved=status == Status.APPROVED, confirms=absence.pk in confirmed)
        for absence in absences
        if Status.APPROVED in (absence.status, status)
    ]
    return AbsenceReach(changed={}, absences=reached)


def reach_of_deletion(absences: Iterable[Absence]) -> AbsenceReach:
    """Return what deleting them changes for other systems: as declining, also where something stands there still."""
    return AbsenceReach(changed={}, absences=[as_reached(absence, approved=False) for absence in absences])


def reach_of_counting(kind: AbsenceType, *, counts: bool) -> AbsenceReach:
    """Return what it changes for other systems that a type counts as work days, or does no more."""
    absences = Absence.objects.filter(type=kind, status=Status.APPROVED).select_related("employee", "type")
    return AbsenceReach(changed={}, absences=[each._replace(counts=counts) for each in as_they_are(absences)])


def as_they_are(absences: Iterable[Absence]) -> list[ReachedAbsence]:
    """Return absences of which nothing changes but what other systems are sent of them."""
    return [
        as_reached(each, approved=each.status == Status.APPROVED)._replace(
            decided_at=each.decided_at, version=each.version
        )
        for each in absences
    ]


def as_reached(absence: Absence, *, approved: bool, confirms: bool = False) -> ReachedAbsence:
    """Return what other systems are asked about an absence as it is, should it be approved or not."""
    return ReachedAbsence(
        employee=absence.employee_id,
        type=absence.type_id,
        start=absence.start,
        end=absence.end,
        grade=absence.grade,
        approved=approved,
        label=str(absence),
        pk=absence.pk,
        confirms=confirms,
    )


def made_from(
    absences: Iterable[Absence], *, status: str, outgoing: bool, confirmed: Collection[int] = frozenset()
) -> str:
    """Return what stands for what a page shows of these absences before they are decided on (`employees.shown`).

    ``outgoing``: it also shows what goes to other systems, with the days of the ``confirmed`` ones ticked as right.
    """
    shown = sorted(absences, key=lambda absence: absence.pk)
    reach = reach_of_decision(absences=shown, status=status, confirmed=confirmed)
    going = forecast(reach=reach, naming=True) if outgoing else []
    return fingerprint(
        status,
        [
            (
                absence.pk,
                absence.version,
                absence.employee.full_name,
                absence.type.name,
                sorted(str(doubt.text) for doubt in found),
            )
            for absence, found in zip(shown, doubts_shown(shown, status), strict=True)
        ],
        [each.shown for each in going],
    )


def doubts_shown(absences: Sequence[Absence], status: str) -> list[list[Doubt]]:
    """What is approved will stand, whatever it was before; of what is declined, what stands now tells why."""
    standing = [each for each in absences if status == Status.APPROVED or each.status in STANDING]
    doubts = {each.pk: found for each, found in zip(standing, find_doubts(standing), strict=True)}
    return [list(doubts.get(each.pk, [])) for each in absences]


class DecidedAlready(Exception):
    """All of them are decided so; ``last`` is the one that was decided last."""

    def __init__(self, last: Absence) -> None:
        super().__init__("decided so already")
        self.last = last


def decide(
    *,
    ids: Collection[int],
    status: str,
    by: Any,
    key: str = "",
    shown: str,
    shown_at: datetime | None = None,
    outside: Mapping[int, str] = NOTHING_TOLD,
    told: Collection[int] = frozenset(),
) -> Decided:
    """Approve or decline, told about together; what may not be decided is left, with why.

    ``shown`` is what the page was made from (`made_from`); raises NotAsShown, or DecidedAlready, and nothing is decided
    then. ``outside`` are those whose days outside the employment the person says are right, with signs of what was
    asked (`confirming.sign_of`); ``told`` are those for which the page told what goes with them. ``key`` names a
    decision of a page that tells what goes, so that pressing twice is one (G-17).
    """
    decided = Decided()
    with transaction.atomic():
        # The absence alone is locked: its person and type only say what to show.
        locked = Absence.objects.select_for_update(of=("self",)).filter(pk__in=ids)
        absences = list(
            locked.select_related("employee__company", "employee__department", "type", "confirmed_days").order_by("pk")
        )
        made = partial(made_from, absences, status=status, outgoing=bool(key))
        if len(absences) < len(ids) or made(confirmed=_ticked(absences, outside)) != shown:
            if len(absences) == len(ids) and made(confirmed=told) == shown:
                raise ToldOtherwise
            raise _not_as_shown(absences, ids, status=status, shown_at=shown_at)
        # The changes are told when the inner block ends: still as parts of the operation.
        with _operating(absences, outside, status=status, by=by, key=key), tracked_bulk(ids):
            for absence in absences:
                if _asked_otherwise(absence, outside):
                    reason = _("Its days outside the employment are others than you were shown. Look at it again.")
                else:
                    reason = reason_against(absence=absence, status=status, user=by) or _write(absence, status, by)
                if reason:
                    decided.left.append((absence, reason))
                    continue
                decided.done.append(absence)
                if absence.pk in outside:
                    confirm_outside(absence=absence, by=by)
    return decided


def _not_as_shown(
    absences: Sequence[Absence], ids: Collection[int], *, status: str, shown_at: datetime | None
) -> Exception:
    if absences and len(absences) == len(ids) and all(absence.status == status for absence in absences):
        return DecidedAlready(max(absences, key=lambda each: each.decided_at or each.created_at))
    return NotAsShown(happened_since(shown_at, people={absence.employee_id for absence in absences}))


def _ticked(absences: Iterable[Absence], outside: Mapping[int, str]) -> set[int]:
    return {each.pk for each in absences if each.pk in outside and not _asked_otherwise(each, outside)}


def _asked_otherwise(absence: Absence, outside: Mapping[int, str]) -> bool:
    return absence.pk in outside and outside[absence.pk] != sign_of(absence)


def _operating(
    absences: Sequence[Absence], outside: Mapping[int, str], *, status: str, by: Any, key: str
) -> AbstractContextManager[None]:
    """What the page told happens: one absence is somebody's own edit, unless it was said to wait (G-17)."""
    if not key:
        return nullcontext()
    # Before anything is written: afterwards it cannot be told what had been approved.
    reach = reach_of_decision(absences=absences, status=status, confirmed=_ticked(absences, outside))
    if len(absences) < 2 and not is_held(reach=reach):
        return nullcontext()
    label = _label_of(len(absences), status)
    return operating(Operation(key=operation_key(key), label=label, user_id=by.pk, reach=lambda: reach))


def operation_key(key: str) -> str:
    """Return what names the decision as an operation."""
    return f"decide:{key}"


def _label_of(count: int, status: str) -> str:
    text = (
        ngettext("%(count)d absence approved", "%(count)d absences approved", count)
        if status == Status.APPROVED
        else ngettext("%(count)d absence declined", "%(count)d absences declined", count)
    )
    return text % {"count": count}


def _write(absence: Absence, status: str, by: Any) -> str:
    """Return why the rules forbid it, or an empty string once it is saved."""
    put_status(absence=absence, status=status, by=by)
    try:
        # A declined absence may have been registered anew meanwhile.
        absence.validate_constraints()
    except ValidationError as error:
        return " ".join(error.messages)
    absence.save(update_fields=["status", "decided_by", "decided_at"])
    return ""
