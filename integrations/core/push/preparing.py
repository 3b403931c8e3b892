"""Which mark is next, and what has to be called for it; what needs no call is settled on the way."""

from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.core.agreed import holding_links
from integrations.core.arriving import Arriving
from integrations.core.compare import pairs_from_json
from integrations.core.declare import CHOICE, NOTHING, Record
from integrations.core.deliver import stored, update_call, write_ahead
from integrations.core.dispatching import Job
from integrations.core.endpoints import reading
from integrations.core.hub.edits import edited_since
from integrations.core.hub.given_away import given_away_there
from integrations.core.hub.held import columns_held, parts_held
from integrations.core.hub.taking_part import is_created, state_now
from integrations.core.jobs import Poll
from integrations.core.marks import may_go
from integrations.core.models import Delivery, Link, Mark
from integrations.core.polls import Polls
from integrations.core.problems import NOT_KEPT, open_causes
from integrations.core.push.edited import Edited, needed_writes, not_shown
from integrations.core.push.session import PushSession
from integrations.core.push.settling import PushSettler
from integrations.core.push.steps import Read, Ready, Step, Write
from integrations.core.takeovers import edits_of, holder_of
from integrations.core.undecided import asked_of

LinkState = Link.State
MARKS_AT_ONCE: Final = 20
# From so many starts that never came back, a mark goes alone: those beside it must not be blamed with it.
SUSPICIOUS: Final = 2


class Preparer:
    """Prepares the calls of a connection's marks; ``new`` are people to be created, for `push.creating`."""

    def __init__(self, session: PushSession, settler: PushSettler, polls: Polls) -> None:
        self.session = session
        self.settler = settler
        self.polls = polls
        self.new: list[Mark] = []
        self._ready: list[Ready] = []
        # Marks and deliveries that a call is under way for.
        self._busy: set[int] = set()
        self._looking: set[int] = set()
        self._alone = False

    def has_job(self) -> bool:
        return bool(self._ready) or self.polls.has_job() or self._due_lookups().exists() or self._marks().exists()

    def ready(self, step: Read, mark: Mark, right: Record) -> None:
        """The vendor's record is there: what is needed is written at the next slot."""
        self._busy.add(mark.pk)
        self._ready.append(Ready(mark, step.link, right))

    def over(self, step: Step) -> None:
        """The step's call has ended."""
        if isinstance(step, Poll):
            self.polls.over(step)
            return
        self._alone = False
        if step.mark is not None:
            self._busy.discard(step.mark.pk)
        if isinstance(step, Read) and step.unknown is not None:
            self._looking.discard(step.unknown.pk)

    # --- What is next -----------------------------------------------------------------------------------

    def next_job(self) -> Job[Step] | None:
        """Return the next call; marks that turn out to need none are settled on the way.

        A person's own edit goes first, whatever else is ready.
        """
        if self._alone:
            return None
        # Many jobs that go on for long must not keep somebody's edit waiting.
        first = self._next_of_marks() if self._own_edits_wait() else None
        if first is not None:
            return first
        asking = self.polls.next_job()
        if asking is not None:
            return Job(*asking)
        unknown = self._due_lookups().first()
        if unknown is not None:
            return self._look_up(unknown)
        return self._next_of_marks()

    def _next_of_marks(self) -> Job[Step] | None:
        return self._next_reading() or self._next_writing()

    def _own_edits_wait(self) -> bool:
        if any(ready.mark.priority == Mark.Priority.INTERACTIVE for ready in self._ready):
            return True
        return self._marks().filter(priority=Mark.Priority.INTERACTIVE).exists()

    def _next_reading(self) -> Job[Step] | None:
        for found in self._marks().order_by("priority", "attempts", "due", "pk")[:MARKS_AT_ONCE]:
            waits = self._ready and self._first_ready().mark.priority <= found.priority
            if waits or (found.attempts >= SUSPICIOUS and (self._busy or self._looking)):
                return None
            job = self._begin(found)
            if job is not None:
                return job
        return None

    def _next_writing(self) -> Job[Step] | None:
        while self._ready:
            ready = self._first_ready()
            self._ready.remove(ready)
            job = self._write(ready)
            if job is not None:
                return job
        return None

    def _first_ready(self) -> Ready:
        return min(self._ready, key=lambda ready: ready.mark.priority)

    def _marks(self) -> QuerySet[Mark]:
        """Return what may be sent now."""
        marks = may_go().filter(connection=self.session.connection, resource=self.session.resource.name)
        if not self.session.bulk:
            marks = marks.filter(priority=Mark.Priority.INTERACTIVE)
        return marks.exclude(pk__in=self._busy)

    def _due_lookups(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(
            connection=self.session.connection,
            resource=self.session.resource.name,
            action=Delivery.Action.UPDATE,
            mark_version__isnull=False,
            state=Delivery.State.UNKNOWN,
            settle_until__lte=timezone.now(),
            job_address="",
        ).exclude(pk__in=self._looking)

        # --- Preparing --------------------------------------------------------------------------------------

    def _begin(self, found: Mark) -> Job[Step] | None:
        """Return the reading call for a mark; one that needs none is settled here."""
        if not self.settler.count_start(found):
            return None
        left = self.session.left.read_one(found.left_id)
        if left is None:
            # Deleted, or in another company by now: a comparison shows who is gone.
            self.settler.take_off(found)
            return None
        link = self._link_of(found, left)
        if link is None:
            return None
        edited = self._edited(found, link, left)
        if edited is None:
            self.settler.postpone(found)
            return None
        if not edited.values:
            self._nothing_to_send(found, link, edited)
            return None
        self._busy.add(found.pk)
        self._alone = found.attempts >= SUSPICIOUS
        return Job(Read(found, link), reading(link.right_id, options=link.options))

    def _link_of(self, found: Mark, left: Record) -> Link | None:
        """Return the link to send along; without one that may be used the mark is held, taken off, or for `new`."""
        link = holding_links(connection=self.session.connection, resource=self.session.resource)
        mine = link.filter(left_id=found.left_id).first()
        if mine is None:
            self._not_there(found, left)
            return None
        state = state_now(mine.state, left)
        if mine.state != state:
            Link.objects.filter(pk=mine.pk, state=mine.state).update(state=state)
            mine.state = state
        if mine.state == LinkState.ACTIVE:
            return mine
        holds = {
            LinkState.PROPOSED: Mark.Hold.REVIEW,
            LinkState.DISCONNECTED: Mark.Hold.DISCONNECTED,
            LinkState.OUT_OF_SCOPE: Mark.Hold.SCOPE,
        }
        self.settler.hold(found, holds[LinkState(mine.state)])
        return None

    def _not_there(self, found: Mark, left: Record) -> None:
        """New people are not created by a push, unless the connection's setting or a person says so (G-14)."""
        asked = "create" in found.wanted
        if found.held_fields:
            # Somebody new, or not there yet, waits whole: a creation sends everything.
            self.settler.take_off(found)
        elif asked or is_created(self.session.connection, left):
            self._busy.add(found.pk)
            self.new.append(found)
        else:
            self.settler.take_off(found)

    def _edited(self, found: Mark, link: Link, left: Record) -> Edited | None:
        """Return what is to be sent, None while an address in it is being emptied where it still stands (D-10).

        One that cannot be emptied there is kept back, unless a person has it tried again.
        """
        resource, people = self.session.resource, self.session.left
        pairs = {**pairs_from_json(resource, link.pairs), **asked_of(link, resource)}
        wanted = [name for name in found.wanted.get("fields", []) if name in resource.position]
        held = parts_held(people, columns_held(found))
        edited = self._with_unseen(edits_of(people, left, pairs, wanted, held), link)
        names = set(resource.addresses).intersection(edited.values).difference(wanted)
        holder = holder_of(self.session.connection, people, left, names=names) if names else None
        if holder is None:
            return edited
        if holder.on_its_way:
            return None
        return edited.without(holder.field, holder.reason)

    def _seen(self, found: Mark, edited: Edited) -> dict[str, Any]:
        """Return the vendor's sensitive values that may be written over: those that a person saw, or we made (G-25)."""
        resource, seen = self.session.resource, dict(found.wanted.get("over", NOTHING))
        names = [name for name in edited.values if resource.field(name).sensitive and name in edited.pairs]
        if not names:
            return seen
        told = open_causes(connection=self.session.connection, resource=resource.name, left_id=found.left_id)
        for name in names:
            if f"{NOT_KEPT}{name}" in told:
                # What the vendor made of our own write is told already, and nobody's change.
                seen.setdefault(name, resource.field(name).to_json(edited.pairs[name].right))
        return seen

    def _with_unseen(self, edited: Edited, link: Link) -> Edited:
        """Keep back what was edited of the fields that the vendor has never shown: nothing is written over them."""
        since = edited_since(self.session.left, link.left_id, edited.unseen, since=link.synced_at)
        return edited._replace(kept={**edited.kept, **dict.fromkeys(since, not_shown())})

    def _nothing_to_send(self, found: Mark, link: Link, edited: Edited) -> None:
        with transaction.atomic():
            self.settler.tell_kept(found, edited.kept, right_id=link.right_id, unseen=edited.unseen)
            self.settler.take_off(found)
            if not edited.kept and not found.held_fields and not asked_of(link, self.session.resource):
                # Edited back, or brought in step by a synchronisation.
                self.settler.solve_all(found.left_id)

    def _look_up(self, unknown: Delivery) -> Job[Step] | None:
        """A write whose answer never came has settled by now: the record shows whether it was done (invariant 2)."""
        connection, resource = self.session.connection, self.session.resource
        link = holding_links(connection=connection, resource=resource).filter(left_id=unknown.left_id).first()
        found = Mark.objects.filter(connection=connection, resource=resource.name, left_id=unknown.left_id).first()
        if link is None or link.state != LinkState.ACTIVE or link.right_id != unknown.right_id:
            # Disconnected meanwhile: no call is made for the person, and the next comparison shows how both stand.
            self.settler.not_done(unknown, None, counts=False)
            return None
        self._looking.add(unknown.pk)
        return Job(Read(found, link, unknown), reading(link.right_id, options=link.options))

    def _write(self, ready: Ready) -> Job[Step] | None:
        """Return the writing call, committed ahead, with what the hub holds now."""
        found, resource = ready.mark, self.session.resource
        self._busy.discard(found.pk)
        try:
            with transaction.atomic():
                now = Mark.objects.filter(pk=found.pk, held_by="").first()
                link = Link.objects.filter(pk=ready.link.pk, state=LinkState.ACTIVE).first()
                left = self.session.left.read_one(found.left_id)
                if now is None or link is None or left is None:
                    return None
                edited = self._edited(now, link, left)
                if edited is None:
                    self.settler.postpone(now)
                    return None
                emptied = given_away_there(self.session.left, left, ready.right)
                arriving = Arriving(connection=self.session.connection, resource=resource)
                needed = needed_writes(
                    resource,
                    left,
                    edited,
                    # Of a value of several parts those that nobody edited must not be what stood there before.
                    arriving.arrived(ready.right),
                    given_away=emptied,
                    known_as=str(link.options.get(CHOICE, "")),
                    late=arriving.late(ready.right),
                    over=self._seen(now, edited),
                )
                self.settler.agree(link=link, pairs=needed.agreed, options=ready.right.options)
                kept = {**edited.kept, **needed.kept}
                self.settler.tell_kept(
                    now, kept, right_id=link.right_id, unseen=edited.unseen, conflicts=needed.conflicts
                )
                if not needed.values:
                    self.settler.take_off(now)
                    self.settler.solve_all(now.left_id)
                    return None
                # One document at a time: the mark stays until nothing is left to send.
                step, names = resource.next_step(needed.values)
                values = {name: value for name, value in needed.values.items() if name in names}
                self.session.calls.remember_written(link, ready.right, names)
                delivery = write_ahead(
                    connection=self.session.connection,
                    resource=resource,
                    left_id=found.left_id,
                    step=step,
                    action=Delivery.Action.UPDATE,
                    right_id=link.right_id,
                    before={name: before for name, before in needed.before.items() if name in names},
                    newer=sorted(needed.newer.intersection(names)),
                    mark_version=now.version,
                    **stored(resource, values, after=needed.after),
                )
        except IntegrityError:
            # A synchronisation writes the person right now.
            self.settler.postpone(found)
            return None
        self._busy.add(found.pk)
        # What was just read says the latest.
        options = {**link.options, **ready.right.options}
        call = update_call(resource, right_id=link.right_id, values=values, options=options, right=ready.right)
        return Job(Write(now, delivery), call)
