"""Who is whom, decided by a person: match by hand, disconnect, connect again, people gone (G-05, G-10, G-11, G-16).

Every decision is kept as a field change of the person, with who made it.
"""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.foreign_text import quoting
from employees.users import user_name
from employees.zones import moment_text
from integrations.core.calls import VendorCalls, connector_of
from integrations.core.compare import compare_records, pairs_digest
from integrations.core.declare import Record
from integrations.core.endpoints import reading
from integrations.core.errors import NotFound, VendorError
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.hub.tracking import SUBJECT
from integrations.core.marks import release_held
from integrations.core.models import FieldChange, Link, Mark, SyncRow, SyncRun
from integrations.core.problems import GONE, solve_causes
from integrations.core.runs.deciding import RunRefused, touch_rows
from integrations.core.runs.plan import insert_matched_row
from integrations.core.sharing import remember_answer

READ_SECONDS: Final = 20.0
LINK: Final = "link"
# Texts, not IDs: what was offered is not kept.
CHOICE: Final = "choice"
Kind = SyncRow.Kind
NO_VERSIONS: Final[Mapping[int, int]] = MappingProxyType({})
# Rows of one person each, of whom a person may say "this is …".
UNMATCHED: Final = (Kind.ONLY_LEFT, Kind.ONLY_RIGHT, Kind.CANNOT_SEND, Kind.AMBIGUOUS, Kind.DUPLICATE)


def match_by_hand(
    *, run: SyncRun, left_id: str, right_id: str, by: AbstractBaseUser, versions: Mapping[int, int] = NO_VERSIONS
) -> SyncRow | None:
    """Say that two people are one; returns the row of what differs between them, None when nothing does.

    ``versions`` are those of their rows as they were shown. Calls the vendor once, so never inside a transaction.
    Raises RunRefused with the reason and the next step.
    """
    if run.state != SyncRun.State.REVIEW:
        raise RunRefused(_("This synchronisation does not wait for decisions any more."))
    people = hub_people(connection=run.connection, resource=run.resource)
    left = people.read_one(left_id)
    if left is None or not left.in_scope:
        raise RunRefused(_("This person is not in the hub any more. Compare again."))
    return _join(run, people, left, _read_right(run, people, right_id), by, versions)


def _read_right(run: SyncRun, people: HubPeople, right_id: str) -> Record:
    connector = connector_of(run.connection)
    calls = VendorCalls(connection=run.connection, connector=connector, resource=people.resource)
    try:
        return calls.read(reading(right_id), deadline=time.monotonic() + READ_SECONDS)
    except NotFound as error:
        raise RunRefused(_("This person is gone from the other system. Compare again.")) from error
    except VendorError as error:
        reason = error.message or _("it does not answer")
        raise RunRefused(
            quoting(_("The other system could not be asked (%(reason)s). Try again in a minute."), reason=reason)
        ) from error


def _join(
    run: SyncRun,
    people: HubPeople,
    left: Record,
    right: Record,
    by: AbstractBaseUser,
    versions: Mapping[int, int],
) -> SyncRow | None:
    resource = people.resource
    differences, pairs = compare_records(resource, left=left, right=right, pairs={})
    now = timezone.now()
    with transaction.atomic():
        locked = SyncRun.objects.select_for_update().get(pk=run.pk)
        rows = SyncRow.objects.filter(
            Q(left_id=left.id) | Q(right_id=right.id), run=run, kind__in=UNMATCHED, state=SyncRow.State.OPEN
        )
        held = list(rows)
        if locked.state != SyncRun.State.REVIEW or not _cover(held, left.id, right.id):
            raise RunRefused(_("One of the two is matched with somebody already. Open the page again."))
        _refuse_decided(held, versions)
        try:
            with transaction.atomic():
                link = Link.objects.create(
                    connection=run.connection,
                    resource=resource.name,
                    left_id=left.id,
                    right_id=right.id,
                    pairs=pairs,
                    digest=pairs_digest(resource, pairs),
                    options=dict(right.options),
                )
        except IntegrityError:
            raise RunRefused(_("One of the two is linked to somebody already. Disconnect them first.")) from None
        rows.delete()
        row = insert_matched_row(run=run, resource=resource, left=left, right=right, link=link, differences=differences)
        locked.counts["rows"] += (1 if row else 0) - len(held)
        locked.counts["equal"] += 0 if row else 1
        locked.save(update_fields=["counts"])
        if row:
            touch_rows(SyncRow.objects.filter(pk=row.pk), by)
        _remember(left_id=left.id, before=None, after=right.id, run=run, by=by, at=now)
    return row


def _refuse_decided(rows: list[SyncRow], versions: Mapping[int, int]) -> None:
    for row in rows:
        if row.version != versions.get(row.pk, row.version):
            raise RunRefused(_answered_already(row))


def _cover(rows: list[SyncRow], left_id: str, right_id: str) -> bool:
    """Whether the rows are of these two people and nobody else."""
    lefts, rights = {row.left_id for row in rows} - {""}, {row.right_id for row in rows} - {""}
    return lefts == {left_id} and rights == {right_id}


def answer_hold(*, row: SyncRow, version: int | None = None, by: AbstractBaseUser) -> None:
    """Say that a held person is nobody on the other side: creating is possible from now on (G-05).

    ``version`` is that of the row whose question was answered.
    """
    held = SyncRow.objects.filter(pk=row.pk, state=SyncRow.State.OPEN, run__state=SyncRun.State.REVIEW)
    if version is not None:
        held = held.filter(version=version)
    answer = quoting(_("Somebody else: %(question)s"), question=row.hold_reason)
    with transaction.atomic():
        if not held.exclude(hold_reason="").update(
            hold_reason="",
            reason=answer,
            decided_by_id=by.pk,
            decided_at=timezone.now(),
            version=F("version") + 1,
        ):
            raise RunRefused(_answered_already(row))
        remember_answer(row)


def _answered_already(row: SyncRow) -> str:
    now = SyncRow.objects.select_related("decided_by").filter(pk=row.pk).first()
    if now is None or now.decided_by is None:
        return _("This question has been answered already.")
    return _("This question has been answered already, by %(who)s (%(at)s): look at it as it is now.") % {
        "who": user_name(now.decided_by),
        "at": moment_text(now.decided_at, row.run),
    }


def disconnect_person(*, link: Link, by: AbstractBaseUser) -> bool:
    """Stop all traffic for one person until *Connect again*; nothing is deleted on either side (G-11)."""
    with transaction.atomic():
        if not Link.objects.filter(pk=link.pk, state=Link.State.ACTIVE).update(state=Link.State.DISCONNECTED):
            return False
        SyncRow.objects.filter(link=link, run__state=SyncRun.State.REVIEW, state=SyncRow.State.OPEN).update(
            state=SyncRow.State.SKIPPED,
            decided_by_id=by.pk,
            decided_at=timezone.now(),
            reason=_("The person was disconnected."),
            ended_at=timezone.now(),
        )
        # What was refused or is about to be sent is not, before the person is connected again.
        Mark.objects.filter(
            connection=link.connection_id,
            resource=link.resource,
            left_id=link.left_id,
            held_by__in=("", Mark.Hold.PROBLEM, Mark.Hold.SCOPE),
        ).update(held_by=Mark.Hold.DISCONNECTED)
        _answered(link)
        _remember(left_id=link.left_id, before=link.right_id, after=None, run=None, by=by, link=link)
    return True


def connect_person_again(*, link: Link, by: AbstractBaseUser) -> bool:
    """Take part again: what was edited in the hub meanwhile is sent, the next comparison shows the rest (G-11)."""
    with transaction.atomic():
        if not Link.objects.filter(pk=link.pk, state=Link.State.DISCONNECTED).update(state=Link.State.ACTIVE):
            return False
        release_held(
            connection_id=link.connection_id,
            resource=link.resource,
            held_by=Mark.Hold.DISCONNECTED,
            left_ids=[link.left_id],
        )
        _remember(left_id=link.left_id, before=None, after=link.right_id, run=None, by=by, link=link)
    return True


def let_go(*, row: SyncRow, by: AbstractBaseUser) -> None:
    """Forget the link to somebody gone: the next comparison offers to create the person anew (G-16)."""
    link = row.link
    if row.kind != Kind.GONE or link is None:
        raise RunRefused(_("This person is not gone."))
    gone = Link.State.GONE_RIGHT if row.left_id else Link.State.GONE_LEFT
    if not _let_go(link, state=gone, by=by, run=row.run):
        raise RunRefused(_answered_already(row))


def let_go_of_person(*, link: Link, by: AbstractBaseUser) -> bool:
    """Do the same for somebody known to be gone at the vendor, without a comparison; False if that is over."""
    if not Link.objects.filter(pk=link.pk, gone_at__isnull=False).exists():
        return False
    return _let_go(link, state=Link.State.GONE_RIGHT, by=by, run=None)


def _let_go(link: Link, *, state: str, by: AbstractBaseUser, run: SyncRun | None) -> bool:
    with transaction.atomic():
        if not Link.objects.filter(pk=link.pk, state=Link.State.ACTIVE).update(state=state):
            return False
        SyncRow.objects.filter(
            link=link, kind=Kind.GONE, run__state=SyncRun.State.REVIEW, state=SyncRow.State.OPEN
        ).update(
            state=SyncRow.State.SKIPPED,
            decided_by_id=by.pk,
            decided_at=timezone.now(),
            reason=_("Let go: the next comparison offers to create the person anew."),
            ended_at=timezone.now(),
        )
        _answered(link)
        # Nothing is left to be sent: whoever is created anew gets everything.
        Mark.objects.filter(
            connection=link.connection_id, resource=link.resource, left_id=link.left_id, held_by=Mark.Hold.PROBLEM
        ).delete()
        _remember(left_id=link.left_id, before=link.right_id, after=None, run=run, by=by, link=link)
    return True


def choose(*, link: Link, choice: str, by: AbstractBaseUser) -> bool:
    """Say which of several that the vendor's record holds is meant (`Resource.choice`); "" leaves it to the rule.

    Returns False if it stands so already. What a review shows of the person was read under the choice before: it is
    read again before anything of that review is written.
    """
    said = {"": "", **dict(link.options.get("choices", []))}
    if choice not in said:
        raise RunRefused(_("That is not offered any more. Synchronise users, then choose again."))
    with transaction.atomic():
        if not Link.objects.filter(pk=link.pk).exclude(choice=choice).update(choice=choice):
            return False
        SyncRun.objects.filter(
            connection=link.connection_id, resource=link.resource, state=SyncRun.State.REVIEW
        ).update(listed_at=None)
        waiting = SyncRow.objects.filter(link=link, run__state=SyncRun.State.REVIEW, state=SyncRow.State.OPEN)
        touch_rows(waiting, by)
        before, after = said.get(link.choice, link.choice), said[choice]
        _remember(left_id=link.left_id, before=before, after=after, run=None, by=by, link=link, field=CHOICE)
    return True


def _answered(link: Link) -> None:
    """A person said what becomes of somebody gone: the error log asks no more."""
    solve_causes(connection=link.connection, resource=link.resource, left_id=link.left_id, causes={GONE})


def _remember(
    *,
    left_id: str,
    before: Any,
    after: Any,
    run: SyncRun | None,
    by: AbstractBaseUser,
    link: Link | None = None,
    at: Any = None,
    field: str = LINK,
) -> None:
    connection = link.connection if link is not None else run.connection if run is not None else None
    FieldChange.objects.create(
        subject=SUBJECT,
        subject_id=left_id,
        field=field,
        before=before,
        after=after,
        connection=connection,
        user_id=by.pk,
        run=run,
        at=at or timezone.now(),
    )
