"""New people of the hub are created at the vendor: by the connection's setting, or because a person said so (G-14).

The vendor's whole list is read first, once for all of them: nobody is created who may be there already (G-10).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.foreign_text import joined
from integrations.core.agreed import holding_links
from integrations.core.compare import Wanted, cannot_create
from integrations.core.declare import NOTHING, Record, Side
from integrations.core.deliver import creation_values, kept_back, settle_seconds, stored_creation, write_ahead
from integrations.core.dispatching import Dispatcher, Job, Outcome
from integrations.core.endpoints import Accepted, creating, reading
from integrations.core.errors import (
    AboutAnother,
    AnotherRecord,
    ListUnsound,
    NotFound,
    Refused,
    TemporarilyUnavailable,
)
from integrations.core.jobs import mark_waiting
from integrations.core.kinds import UNKNOWN
from integrations.core.lost_creations import LookedUp, look_up_creations
from integrations.core.models import Delivery, Mark
from integrations.core.problems import ADDRESS_TAKEN, CANNOT_CREATE, EXISTS, LIST_UNSOUND, SAME_ID, Became
from integrations.core.push.sending import Failures
from integrations.core.push.session import PushSession
from integrations.core.push.settling import PushSettler
from integrations.core.push.steps import Step, Write
from integrations.core.readback import about_another, answers, is_to_be_read
from integrations.core.rights import unreadable
from integrations.core.sharing import said_of_same, unanswered
from integrations.core.takeovers import Holder, holder_of

# How long a list that does not add up is left alone.
LIST_PAUSE: Final = timedelta(minutes=10)


class Creator:
    """Creates people whose marks ask for it, and looks up creations of unknown outcome."""

    def __init__(self, session: PushSession) -> None:
        self.session = session
        self.settler = PushSettler(session)
        self.failures = Failures(session, self.settler)
        self._waiting: list[Mark] = []
        # Mark → who has left and is known to hold the new person's address at the vendor.
        self._holders: dict[int, Holder] = {}

    def create(self, marks: list[Mark]) -> bool:
        """Create whoever is not there yet; returns False if time ran out."""
        sharing = self.session.left.sharing_national_id([found.left_id for found in marks])
        fit = [found for found in marks if self._can_be_created(found, sharing)]
        if fit:
            try:
                there = self._already_there(fit)
            except ListUnsound as error:
                self._wait_for_list(fit, error)
                return True
            self._waiting = [found for found in fit if found.pk not in there]
            for found in fit:
                if found.pk in there:
                    self._exists(found, *there[found.pk])
        in_time = Dispatcher(
            calls=self.session.calls,
            held=self.session.held,
            next_job=self._next_job,
            settle=self._settle,
            stopped=self.failures.stopped,
            deadline=self.session.deadline,
            workers=self.session.workers,
            has_job=lambda: bool(self._waiting),
        ).run()
        for found in self._waiting:
            self.settler.postpone(found)
        self.failures.raise_stop()
        return in_time and not self._waiting

    # --- Who may be created -------------------------------------------------------------------------------

    def _can_be_created(self, found: Mark, sharing: Mapping[str, Sequence[str]]) -> bool:
        left = self.session.left.read_one(found.left_id)
        if left is None:
            self.settler.take_off(found)
            return False
        reason = cannot_create(self.session.resource, left, to=Side.RIGHT)
        if reason:
            self._refuse(found, message=reason, cause=CANNOT_CREATE)
            return False
        if same := unanswered(found, sharing.get(found.left_id, ())):
            self._refuse(found, message=said_of_same(self.session.left, same), cause=SAME_ID)
            return False
        holder = holder_of(self.session.connection, self.session.left, left)
        if holder is None:
            return True
        if holder.on_its_way:
            self.settler.postpone(found)
            return False
        # What the vendor's list shows counts: somebody may have emptied it there.
        self._holders[found.pk] = holder
        return True

    def _already_there(self, marks: list[Mark]) -> dict[int, tuple[Record, str]]:
        """Return mark → somebody at the vendor who may be the same person, or holds a value of theirs; and which."""
        wanted = Wanted(self.session.resource)
        pk_of = {found.left_id: found.pk for found in marks}
        for left in self.session.left.read(list(pk_of)):
            wanted.add(left)
        found: dict[int, tuple[Record, str]] = {}
        for records, verdict in self.session.right_pages(on_start=found.clear):
            for record in records:
                found.update({pk_of[left_id]: (record, shared) for left_id, shared in wanted.like(record).items()})
            if verdict is False:
                raise ListUnsound(_("The other system's list does not add up."))
        return found

    def _wait_for_list(self, marks: list[Mark], error: ListUnsound) -> None:
        """Nobody is created on a guess; that the list is not right is no fault of theirs, and is told at once."""
        for found in marks:
            self._tell_unsound(found, error)
            self.settler.postpone(found, pause=LIST_PAUSE)

    def _tell_unsound(self, found: Mark, error: TemporarilyUnavailable) -> None:
        self.settler.report(
            found,
            action=Delivery.Action.CREATE,
            message=error.message,
            cause=LIST_UNSOUND,
            wanted={"create": found.wanted.get("create", {})},
        )

    def _exists(self, found: Mark, there: Record, shared: str) -> None:
        holder = self._holders.get(found.pk)
        if holder is not None and holder.right_id == there.id:
            self._refuse(found, message=holder.reason, cause=ADDRESS_TAKEN)
            return
        text = _("“%(name)s” is there already and may be the same person: same %(shared)s.")
        message = text % {"name": there.label, "shared": shared}
        if there.unreadable:
            message = joined([message, there.unreadable])
        self._refuse(found, message=message, cause=EXISTS)

    def _refuse(self, found: Mark, *, message: str, cause: str) -> None:
        with transaction.atomic():
            wanted = {"create": found.wanted.get("create", {})}
            self.settler.report(found, action=Delivery.Action.CREATE, message=message, cause=cause, wanted=wanted)
            self.settler.hold(found, Mark.Hold.PROBLEM)

    # --- Sending ------------------------------------------------------------------------------------------

    def _next_job(self) -> Job[Step] | None:
        while self._waiting:
            job = self._prepare(self._waiting.pop(0))
            if job is not None:
                return job
        return None

    def _prepare(self, found: Mark) -> Job[Step] | None:
        resource = self.session.resource
        try:
            with transaction.atomic():
                now = Mark.objects.filter(pk=found.pk, held_by="").first()
                left = self.session.left.read_one(found.left_id)
                links = holding_links(connection=self.session.connection, resource=resource)
                if now is None or left is None or links.filter(left_id=found.left_id).exists():
                    return None
                sharing = self.session.left.sharing_national_id([left.id])
                if same := unanswered(now, sharing.get(left.id, ())):
                    self._refuse(now, message=said_of_same(self.session.left, same), cause=SAME_ID)
                    return None
                values = creation_values(resource, left)
                natural_key = resource.field(resource.natural_key).key(resource.value(left, resource.natural_key))
                if natural_key in (None, UNKNOWN):
                    return None
                self.settler.tell_kept(now, kept_back(resource, left), right_id="")
                delivery = write_ahead(
                    connection=self.session.connection,
                    resource=resource,
                    left_id=found.left_id,
                    action=Delivery.Action.CREATE,
                    natural_key=str(natural_key),
                    mark_version=now.version,
                    **stored_creation(resource, left),
                )
        except IntegrityError:
            # A synchronisation creates the person right now.
            self.settler.postpone(found)
            return None
        since = timezone.now().date() - timedelta(days=1)
        call = creating(values, settings=now.wanted.get("create", {}), key=delivery.natural_key, since=since)
        return Job(Write(now, delivery), call)

    def _settle(self, outcome: Outcome[Step]) -> None:
        step = outcome.job.subject
        if not isinstance(step, Write):
            raise TypeError(step)
        if isinstance(outcome.reply, Accepted):
            self.failures.served(outcome)
            mark_waiting(delivery=step.delivery, accepted=outcome.reply)
        elif outcome.record is not None:
            self.failures.served(outcome)
            if answers(self.session.resource, step.delivery, outcome.record):
                self.settler.settle_created(step.delivery, outcome.record)
            else:
                self.failures.write_failed(step.delivery, about_another())
        elif not self.failures.stops(outcome):
            self.failures.write_failed(step.delivery, outcome.error)

    # --- Unknown outcomes ----------------------------------------------------------------------------------

    def look_up(self) -> None:
        """Look creations of unknown outcome up by their natural key, in one list, once they have settled."""
        due = list(
            Delivery.objects.filter(
                connection=self.session.connection,
                resource=self.session.resource.name,
                action=Delivery.Action.CREATE,
                mark_version__isnull=False,
                state=Delivery.State.UNKNOWN,
                settle_until__lte=timezone.now(),
                job_address="",
            )
        )
        due = [each for each in due if not (is_to_be_read(each) and self._read_created(each))]
        if not due:
            return
        try:
            found = look_up_creations(
                due,
                connection=self.session.connection,
                people=self.session.left,
                right_pages=self.session.right_pages,
                apart=NOTHING,
            )
        except TemporarilyUnavailable as error:
            self._put_off(due, error)
            return
        for delivery in due:
            self._settle_looked_up(delivery, found[delivery.pk])

    def _put_off(self, due: list[Delivery], error: TemporarilyUnavailable) -> None:
        """Whatever is wrong with the list, nobody's edit waits for it: these are looked up later."""
        unsound = isinstance(error, ListUnsound)
        pause = LIST_PAUSE if unsound else timedelta(seconds=settle_seconds(self.session.resource))
        for delivery in due:
            Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.UNKNOWN).update(
                settle_until=timezone.now() + pause
            )
            if unsound:
                self._tell_unsound(Mark(left_id=delivery.left_id), error)

    def _settle_looked_up(self, delivery: Delivery, found: LookedUp) -> None:
        if len(found.candidates) == 1:
            self.settler.settle_created(delivery, found.candidates[0], looked_up=True)
        elif found.candidates:
            message = _("Several people there have this person's %(field)s by now. Remove the one too many.") % {
                "field": self.session.resource.field(self.session.resource.natural_key).label
            }
            # Which of them it made, if it made any of them, nobody knows.
            self.settler.refuse(delivery, Refused(message), cause=EXISTS, message=message, became=Became.UNKNOWN)
        elif delivery.error_class == AboutAnother.__name__:
            # It said that it was done: whoever it made may stand there under another value.
            self.settler.refuse(delivery, about_another())
        elif found.doubt:
            doubt = found.doubt
            self.settler.refuse(delivery, Refused(doubt), cause=EXISTS, message=doubt, became=Became.UNKNOWN)
        else:
            self.settler.not_done(delivery, None, counts=True)

    def _read_created(self, delivery: Delivery) -> bool:
        """Read the new person whom the vendor's answer did not show whole; False where the one it named is another."""
        try:
            record = self.session.calls.read(reading(delivery.right_id), deadline=self.session.deadline)
        except (NotFound, AnotherRecord):
            return False
        except Refused as error:
            self.settler.refuse(delivery, unreadable(error))
            return True
        if not answers(self.session.resource, delivery, record):
            return False
        self.settler.settle_created(delivery, record, was_read=True)
        return True
