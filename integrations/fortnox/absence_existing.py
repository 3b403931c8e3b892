"""Absences that were approved before the transfer was turned on: a preview, and sending them (FX-18)."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from absences.models import Absence
from integrations.core.calls import VendorCalls, connector_of
from integrations.core.errors import TemporarilyUnavailable, VendorError
from integrations.core.hub.absences import RESOURCE, left_id_of, mark_left_ids
from integrations.core.models import Connection, Link
from integrations.fortnox.absence_endpoint import ABSENCES, Send, rows
from integrations.fortnox.absence_planning import DAYS, GONE, VALUES, Planner, Subject
from integrations.fortnox.absence_rows import plain
from integrations.fortnox.absence_rules import Finding, ListedRow, Plan, Schedule, look_among, plan_changes, wanted_rows
from integrations.fortnox.absence_standing import reason_of

# More than a person looks through at once; the rest follows on the next page.
MOST_AT_ONCE: Final = 200
# Of so many people the rows at Fortnox are read for the preview, one call each; of more only when they are sent.
PEOPLE_READ: Final = 25
READ_SECONDS: Final = 20.0


@dataclass(frozen=True, kw_only=True)
class Existing:
    """``outcome`` is what would be done, empty where the absence is skipped, because of ``reason``."""

    absence: Absence
    days: int = 0
    outcome: str = ""
    reason: str = ""


def existing_absences(*, connection: Connection, since: date) -> list[Absence]:
    """Return the approved absences with a day from ``since`` on that go only when somebody says so, oldest first."""
    planner = Planner(connection)
    if planner.on_since is None:
        return []
    found = Absence.objects.filter(
        employee__company=connection.company_id,
        status=Absence.Status.APPROVED,
        decided_at__lt=planner.on_since,
        start__gte=since,
    )
    links = Link.objects.filter(connection=connection, resource=RESOURCE).exclude(state__in=GONE)
    linked = set(links.values_list("left_id", flat=True))
    return [
        each for each in found.select_related("employee", "type").order_by("start", "pk") if _id(each) not in linked
    ]


def preview(*, connection: Connection, absences: list[Absence]) -> list[Existing]:
    """Say of each what sending it would do. Calls the vendor once per person, so never inside a transaction."""
    planner = Planner(connection)
    subjects = planner.subjects([_id(each) for each in absences], chosen=True)
    plans = {each.pk: _plan(planner, subjects[_id(each)]) for each in absences}
    people = {subjects[_id(each)].employee_id for each in absences if plans[each.pk].create}
    there = _read(connection, people) if len(people) <= PEOPLE_READ else {}
    linked = set(
        Link.objects.filter(connection=connection, resource=DAYS)
        .exclude(state__in=GONE)
        .filter(right_id__in=[row.row_id for listed in there.values() for row in listed])
        .values_list("right_id", flat=True)
    )
    return [_existing(planner, each, subjects[_id(each)], plans[each.pk], there, linked) for each in absences]


def _plan(planner: Planner, subject: Subject) -> Plan:
    wanted = wanted_rows(subject.values, mapped=subject.mapped, settings=planner.settings, schedule=Schedule())
    return plan_changes(subject.values, wanted, [], closed_to=planner.settings.closed_to)


def _existing(
    planner: Planner,
    absence: Absence,
    subject: Subject,
    plan: Plan,
    there: dict[str, tuple[ListedRow, ...]],
    linked: set[str],
) -> Existing:
    reason = reason_of(subject, plan.why)
    if reason:
        return Existing(absence=absence, reason=reason)
    wishes = [change.wanted for change in plan.create if change.wanted is not None]
    if not wishes:
        return Existing(absence=absence, reason=_("payroll is closed for these days"))
    listed = there.get(subject.employee_id)
    if listed is None:
        return Existing(absence=absence, days=len(wishes), outcome=_("create, or take over what stands there"))
    finding = look_among(listed, wishes=wishes, linked_ids=linked).finding
    if finding is Finding.CLASH:
        return Existing(absence=absence, reason=_("other rows of the cause stand in Fortnox on these days"))
    outcome = _("create") if finding is Finding.FREE else _("take over the rows that stand there")
    return Existing(absence=absence, days=len(wishes), outcome=outcome)


def _read(connection: Connection, employee_ids: Collection[str]) -> dict[str, tuple[ListedRow, ...]]:
    """Return the rows by person; of whom they cannot be read in time, none are returned."""
    calls = VendorCalls(connection=connection, connector=connector_of(connection), resource=ABSENCES)
    deadline = time.monotonic() + READ_SECONDS
    found: dict[str, tuple[ListedRow, ...]] = {}
    try:
        for employee_id in sorted(employee_ids):
            found[employee_id] = _read_person(calls, employee_id, deadline)
    except VendorError:
        # Whatever is the matter, it is only a preview: sending looks again, and says what is wrong.
        return found
    return found


def _listing(employee_id: str, page: int) -> Send:
    return lambda endpoint: rows(endpoint).list_rows(employee_id, page=page)


def _read_person(calls: VendorCalls, employee_id: str, deadline: float) -> tuple[ListedRow, ...]:
    listed: list[ListedRow] = []
    page: int | None = 1
    while page is not None:
        answer = calls.read(_listing(employee_id, page), deadline=deadline)
        listed.extend(answer.values)
        page = answer.options["next_page"]
        if page is None and len({row.row_id for row in listed}) != answer.options["total"]:
            raise TemporarilyUnavailable("Fortnox's list of absences does not add up.")
    return tuple(listed)


def send_existing(*, connection: Connection, versions: dict[int, int]) -> int:
    """Have the chosen absences sent as they were shown (pk → version); returns how many still are so."""
    absences = Absence.objects.filter(pk__in=versions, employee__company=connection.company_id)
    chosen = [each for each in absences.select_related("employee", "type") if each.version == versions[each.pk]]
    with transaction.atomic():
        subjects = Planner(connection).subjects([_id(each) for each in chosen], chosen=True)
        Link.objects.bulk_create(
            [
                Link(
                    connection=connection,
                    resource=RESOURCE,
                    left_id=left_id,
                    right_id=left_id,
                    options={VALUES: plain(subject.stored)},
                    state=Link.State.ACTIVE,
                )
                for left_id, subject in subjects.items()
                if subject.parent is None
            ],
            batch_size=200,
        )
        mark_left_ids(connection, sorted(subjects), bulk=True)
    return len(chosen)


def _id(absence: Any) -> str:
    return left_id_of(absence.pk)
