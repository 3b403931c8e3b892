"""Before writing: the vendor's side is listed again and compared with what was shown."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.agreed import holding_links
from integrations.core.compare import LIKE, Wanted, came_there
from integrations.core.declare import CHOICE, Field, Record, Resource, Side
from integrations.core.errors import ListUnsound
from integrations.core.kinds import UNKNOWN
from integrations.core.models import Delivery, SyncField, SyncRow, SyncRun
from integrations.core.runs.missing import ask_for, missing_from
from integrations.core.runs.reaching import values_of_new
from integrations.core.runs.session import Session

Kind = SyncRow.Kind
# In the options of a row that is to be created in the hub: the clues of the vendor's record.
CLUES: Final = "clues"
DECIDED = (SyncField.Decision.LEFT, SyncField.Decision.RIGHT, SyncField.Decision.LEAVE)


def verify(session: Session) -> None:
    """List the right side; rows whose decided values moved since they were shown stay open as *moved*.

    Raises ListUnsound when the listing cannot be had whole: nothing is written on a guess.
    """
    seen: set[str] = set()
    creations = _creations(session)
    for records, verdict in session.right_pages(on_start=seen.clear):
        if verdict is None:
            _verify_page(session, records, creations)
            seen.update(record.id for record in records if record.id)
        elif not verdict:
            raise ListUnsound(_("The other system's list does not add up."))
    _verify_missing(session, seen, creates=bool(creations))
    now = timezone.now()
    SyncRun.objects.filter(pk=session.run.pk).update(listed_at=now, attempts=0, failure="")
    session.run.listed_at = now


def _verify_missing(session: Session, seen: set[str], *, creates: bool) -> None:
    """Ask for those by name whom the list lacks: it may have moved in a way that its total does not tell (G-24)."""
    rows = {row.right_id: row for row in _rows(session).exclude(right_id="") if row.right_id not in seen}
    linked = missing_from(session, seen) if creates else []
    answers = ask_for(session, list(dict.fromkeys([*rows, *linked])))
    there = {record.id: record for record in answers.there}
    session.held.check()
    with transaction.atomic():
        for right_id, row in rows.items():
            if right_id in there:
                verify_row(session, row, there[right_id])
            elif right_id in answers.asked.denied:
                _moved(row.pk, _("The person is gone from the other system."))
            else:
                _moved(row.pk, _("The other system's list lacks this person. Compare again."))
        if there or answers.asked.not_asked:
            # It may lack others, too.
            for row_id in _rows(session).filter(kind=Kind.ONLY_LEFT).values_list("pk", flat=True):
                _moved(row_id, _("The other system's list changed while it was read. Compare again."))


def _rows(session: Session) -> QuerySet[SyncRow]:
    """Return what is still to be written, also what was not done and waits to be sent again."""
    waiting = Delivery.objects.filter(row__run=session.run, state=Delivery.State.RETRY)
    return SyncRow.objects.filter(
        Q(state=SyncRow.State.APPROVED) | Q(state=SyncRow.State.WORKING, pk__in=waiting.values("row")),
        run=session.run,
    )


def _creations(session: Session) -> Wanted:
    """Return everybody who is to be created on the right; of whom a person said to be somebody else, is not asked."""
    rows = _rows(session).filter(kind=Kind.ONLY_LEFT).values_list("left_id", "options")
    apart = {left_id: options.get(LIKE, ()) for left_id, options in rows}
    creations = Wanted(session.resource)
    for record in session.left.read(list(apart)):
        creations.add(record, apart=apart[record.id])
    return creations


def _verify_page(session: Session, records: Sequence[Record], creations: Wanted) -> None:
    # Whoever is to be created has no ID there, either.
    by_id = {record.id: record for record in records if record.id}
    session.held.check()
    with transaction.atomic():
        for row in _rows(session).filter(right_id__in=list(by_id)).prefetch_related("fields", "deliveries"):
            verify_row(session, row, by_id[row.right_id])
        _verify_creations(session, records, creations)


def verify_row(session: Session, row: SyncRow, record: Record) -> None:
    """Let the row stay open as *moved* unless the vendor's record holds what was shown, on whichever side it is new."""
    resource = session.resource
    if record.unreadable:
        _moved(row.pk, record.unreadable)
        return
    sent = names_sent(row)
    moved = _moved_to_another(resource, row, record, sent) or _changed_there(resource, row, record, sent)
    if moved:
        _moved(row.pk, moved)
    elif row.kind == Kind.ONLY_RIGHT:
        row.options = {
            **row.options,
            "options": dict(record.options),
            # For the look at the hub right before the person is created there; they go with the row's end.
            CLUES: [clue for clue in record.clues if clue],
        }
        row.save(update_fields=["options"])


def _changed_there(resource: Resource, row: SyncRow, record: Record, sent: set[str]) -> str:
    """Return, field by field, that the vendor holds something else by now than was shown, or an empty string."""
    moved = [
        _("%(field)s was changed in the other system meanwhile.") % {"field": declared.label}
        for declared, shown in _shown(resource, row, sent)
        if (now := declared.key(resource.value(record, declared.name))) is not UNKNOWN and now != declared.key(shown)
    ]
    return " ".join(moved)


def _shown(resource: Resource, row: SyncRow, sent: set[str]) -> Iterator[tuple[Field, Any]]:
    """Yield what was shown of the vendor's and is to be written: all that is known of somebody new, or as decided."""
    if row.kind == Kind.ONLY_RIGHT:
        for name, value in values_of_new(resource, row).items():
            yield resource.field(name), value
        return
    for field in row.fields.all():
        if field.decision in DECIDED and field.field not in sent:
            declared = resource.field(field.field)
            yield declared, declared.from_json(field.right)


def _moved_to_another(resource: Resource, row: SyncRow, record: Record, sent: set[str]) -> str:
    """Return why decided values are not written: they are those of another of several by now, or empty (G-40)."""
    choice, shown, now = resource.choice, row.options.get(CHOICE), record.options.get(CHOICE)
    if choice is None or not shown or not now or shown == now:
        return ""
    decided = {field.field for field in row.fields.all() if field.decision in DECIDED}
    if choice.fields.isdisjoint(decided - sent):
        return ""
    return _("%(choice)s: another one counts in the other system by now.") % {"choice": choice.label}


def names_sent(row: SyncRow) -> set[str]:
    """Return the fields that the vendor has got already, where a row is written in several steps.

    One query, or none where the row's deliveries were fetched beforehand.
    """
    return {name for sent in row.deliveries.all() if sent.state == Delivery.State.DONE for name in sent.wanted}


def _verify_creations(session: Session, records: Iterable[Record], creations: Wanted) -> None:
    """Nobody is created who may be somebody who came there meanwhile (invariant 2, G-20)."""
    like = [record for record in records if creations.like(record)]
    if not like:
        return
    links = holding_links(connection=session.connection, resource=session.resource)
    linked = set(links.filter(right_id__in=[record.id for record in like]).values_list("right_id", flat=True))
    for record in like:
        # Whoever is linked is somebody else, unless the clues say that one person stands twice in the hub.
        counting = () if record.id in linked else None
        for left_id, shared in creations.like(record, counting=counting).items():
            reason = came_there(name=record.label, shared=shared, side=Side.RIGHT)
            for pk in _rows(session).filter(kind=Kind.ONLY_LEFT, left_id=left_id).values_list("pk", flat=True):
                _moved(pk, reason)


def _moved(row_id: int, reason: str) -> None:
    now = timezone.now()
    moved = SyncRow.objects.filter(pk=row_id, state__in=(SyncRow.State.APPROVED, SyncRow.State.WORKING)).update(
        state=SyncRow.State.MOVED, reason=reason, ended_at=now
    )
    if moved:
        Delivery.objects.filter(row=row_id, state=Delivery.State.RETRY).update(state=Delivery.State.VOID, ended_at=now)
