"""Writes whose outcome nobody knows are looked up, once the vendor must have settled (invariant 2)."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.compare import LIKE
from integrations.core.declare import NOTHING, Record
from integrations.core.endpoints import reading
from integrations.core.errors import AboutAnother, AnotherRecord, NotFound, Refused
from integrations.core.lost_creations import LookedUp, look_up_creations
from integrations.core.models import Delivery
from integrations.core.readback import about_another, answers, is_to_be_read, judge
from integrations.core.rights import unreadable
from integrations.core.runs.rows import RowWriter
from integrations.core.runs.session import Session
from integrations.core.runs.verifying import verify_row


def look_up_unknown(session: Session, writer: RowWriter) -> None:
    """Look up what is due: an update by its record, creates by their natural key in one listing.

    Those that an earlier run left behind as well: the same person may be approved again.
    """
    due = Delivery.objects.filter(
        connection=session.connection,
        resource=session.resource.name,
        state=Delivery.State.UNKNOWN,
        settle_until__lte=timezone.now(),
        # What the vendor may still be doing as a job is asked about instead.
        job_address="",
        # The push looks after its own.
        mark_version__isnull=True,
    ).select_related("row__link")
    creations: list[Delivery] = []
    for delivery in due:
        if delivery.action != Delivery.Action.CREATE:
            _look_up_update(session, writer, delivery)
        elif not (is_to_be_read(delivery) and _read_created(session, writer, delivery)):
            creations.append(delivery)
    if creations:
        _look_up_creations(session, writer, creations)


def _look_up_update(session: Session, writer: RowWriter, delivery: Delivery) -> None:
    session.held.check()
    try:
        record = _read(session, delivery)
    except Refused as error:
        writer.refuse(delivery, unreadable(error))
        return
    if not answers(session.resource, delivery, record):
        writer.refuse(delivery, about_another())
    elif is_to_be_read(delivery):
        writer.settler.settle_written(delivery, record, was_read=True)
    else:
        _settle_looked_up(session, writer, delivery, record)


def _read(session: Session, delivery: Delivery) -> Record:
    options = delivery.row.link.options if delivery.row is not None and delivery.row.link is not None else NOTHING
    return session.calls.read(reading(delivery.right_id, options=options), deadline=session.deadline)


def _settle_looked_up(session: Session, writer: RowWriter, delivery: Delivery, record: Record) -> None:
    """Nobody knows whether it was done: what the record shows arrived, the rest is written anew if it may be."""
    judged = judge(resource=session.resource, delivery=delivery, record=record, before=NOTHING)
    done = judged.proof.done
    if done:
        writer.settler.settle_written(delivery, record, looked_up=True)
    else:
        writer.write_anew(delivery)
    if delivery.row is not None and done != set(judged.sent):
        # Somebody else may have changed the person there since it was shown.
        verify_row(session, delivery.row, record)


def _read_created(session: Session, writer: RowWriter, delivery: Delivery) -> bool:
    """Read the new person whom the vendor's answer did not show whole; False where the one it named is another."""
    session.held.check()
    try:
        record = _read(session, delivery)
    except (NotFound, AnotherRecord):
        return False
    except Refused as error:
        writer.refuse(delivery, unreadable(error))
        return True
    if not answers(session.resource, delivery, record):
        return False
    writer.settler.settle_written(delivery, record, was_read=True)
    return True


def _look_up_creations(session: Session, writer: RowWriter, creations: Sequence[Delivery]) -> None:
    found = look_up_creations(
        creations,
        connection=session.connection,
        people=session.left,
        right_pages=session.right_pages,
        apart={each.left_id: each.row.options.get(LIKE, ()) for each in creations if each.row is not None},
    )
    for delivery in creations:
        _settle_creation(writer, delivery, found[delivery.pk])


def _settle_creation(writer: RowWriter, delivery: Delivery, found: LookedUp) -> None:
    resource = writer.session.resource
    if len(found.candidates) == 1:
        writer.settler.settle_written(delivery, found.candidates[0], looked_up=True)
    elif found.candidates:
        message = _("Several people with this %(field)s stand in the other system by now. Remove the one too many.")
        writer.refuse(delivery, Refused(message % {"field": resource.field(resource.natural_key).label}))
    elif delivery.error_class == AboutAnother.__name__:
        # It said that it was done: whoever it made may stand there under another value.
        writer.refuse(delivery, about_another())
    elif found.doubt:
        writer.refuse(delivery, Refused(found.doubt))
    else:
        writer.write_anew(delivery)
