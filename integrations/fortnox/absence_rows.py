"""The transactions of one row at Fortnox: written ahead, and what became of it: delivery, links, history."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.compare import Proof, prove
from integrations.core.deliver import end_delivery, write_ahead
from integrations.core.errors import VendorError
from integrations.core.hub.absences import RESOURCE, VALUES
from integrations.core.hub.tracking import SUBJECT
from integrations.core.models import Delivery, FieldChange, Link, Mark
from integrations.core.problems import NOT_KEPT
from integrations.fortnox.absence_causes import cause_name
from integrations.fortnox.absence_endpoint import ABSENCES
from integrations.fortnox.absence_planning import (
    DAYS,
    EDITED,
    GONE,
    JOURNAL,
    REFUSED,
    Subject,
)
from integrations.fortnox.absence_rules import ListedRow
from integrations.fortnox.absence_steps import BACK, RowStep, UnderWay, inverse, is_entry
from integrations.fortnox.absence_telling import (
    AbsenceTeller,
)

# Of an absence's values, what is read anew each time.
OF_THE_HUB: Final = frozenset({"decided_at", "counts", "version", "created_at", "outside", "moved"})


class AbsenceRowSettler(AbsenceTeller, ABC):
    """Every method is one transaction."""

    # --- Before a write -----------------------------------------------------------------------------------

    @abstractmethod
    def may_add(self, under_way: UnderWay, step: RowStep) -> bool:
        """Whether no day makes more than a whole one with the person's other absences (FX-22).

        Asked with the person locked: whoever writes another absence of theirs waits, and then sees this one.
        """

    def write(self, under_way: UnderWay, step: RowStep) -> Delivery | None:
        """Record a write ahead; None where the absence, the person or the mapping has changed meanwhile."""
        subject, person = under_way.subject, under_way.person
        if subject is None or person is None:
            return None
        try:
            with transaction.atomic():
                now = Mark.objects.filter(pk=under_way.mark.pk, held_by="").first()
                same = now is not None and (now.version == under_way.mark.version or under_way.taking_back)
                people = Link.objects.select_for_update().filter(pk=person.pk, right_id=person.right_id)
                linked = people.filter(state=Link.State.ACTIVE).first() is not None
                if not same or not linked or not self.may_add(under_way, step) or self._open_parent(subject) is None:
                    return None
                row = step.row
                return write_ahead(
                    connection=self.connection,
                    resource=ABSENCES,
                    left_id=subject.left_id,
                    step=step.name,
                    action=step.action,
                    right_id=step.row_id,
                    wanted={
                        "day": row.day.isoformat(),
                        "cause": row.cause,
                        "extent": row.extent,
                        "employee_id": person.right_id,
                    },
                    before=_before(step),
                    mark_version=under_way.mark.version,
                    natural_key=f"{person.right_id}:{row.day.isoformat()}:{row.cause}",
                )
        except IntegrityError:
            return None

    def _open_parent(self, subject: Subject) -> Link | None:
        """Return the absence's link, made before its first write; None once the mapping has changed under it."""
        parent = self.parent_of(subject.left_id, lock=True)
        if parent is None:
            parent = Link.objects.create(
                connection=self.connection,
                resource=RESOURCE,
                left_id=subject.left_id,
                right_id=subject.left_id,
                options={VALUES: plain(subject.stored)},
                state=Link.State.ACTIVE,
            )
        return parent if parent.state == Link.State.ACTIVE else None

    # --- After a write ------------------------------------------------------------------------------------

    def settle_row(self, delivery: Delivery, row: ListedRow | None) -> bool:
        """Fortnox says that it has done it: ``row`` as it gave it back, None for a deletion.

        Returns whether it holds what was sent; if not, the change is refused, and taken back (G-19, FX-17).
        """
        proof = proof_of(delivery, row)
        row_id = row.row_id if row is not None else delivery.right_id
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.DONE, right_id=row_id):
                return True
            parent = self.parent_of(delivery.left_id, lock=True)
            if parent is None:
                raise LookupError(f"Delivery {delivery.pk} has no link.")
            self._move_link(parent, delivery, row)
            parent.options[JOURNAL] = _journal(parent, delivery, row_id, proof)
            if proof.differing:
                parent.options[REFUSED] = _not_kept(parent, delivery)
            parent.options.pop(EDITED, None)
            parent.synced_at = timezone.now()
            parent.save(update_fields=["options", "synced_at"])
            if not proof.differing:
                self._remember(parent, delivery)
        return not proof.differing

    def _move_link(self, parent: Link, delivery: Delivery, row: ListedRow | None) -> None:
        if row is None:
            self._gone(delivery.right_id)
            return
        options = {**delivery.wanted, **held_of(row), "hours": str(row.hours) if row.hours is not None else None}
        if delivery.action == Delivery.Action.CREATE:
            self._link_row(parent, row.row_id, options)
        else:
            rows = self._row_links().filter(right_id=row.row_id)
            rows.update(options=options, synced_at=timezone.now())

    def _link_row(self, parent: Link, row_id: str, options: Mapping[str, Any]) -> None:
        Link.objects.create(
            connection=self.connection,
            resource=DAYS,
            parent=parent,
            left_id=row_key(parent.left_id, options),
            right_id=row_id,
            options=dict(options),
            state=Link.State.ACTIVE,
            synced_at=timezone.now(),
        )

    def is_about(self, delivery: Delivery, row: ListedRow) -> bool:
        """Whether a row that came back is the one that was sent; a new one has an ID that no other has (G-40)."""
        known = delivery.action == Delivery.Action.CREATE and self._row_links().filter(right_id=row.row_id).exists()
        return is_about(delivery, row) and not known

    def _row_links(self) -> Any:
        return Link.objects.filter(connection=self.connection, resource=DAYS).exclude(state__in=GONE)

    def _gone(self, row_id: str) -> None:
        self._row_links().filter(right_id=row_id).update(state=Link.State.GONE_RIGHT, gone_at=timezone.now())

    def _remember(self, parent: Link, delivery: Delivery) -> None:
        """Keep what was written with the person's history (G-12)."""
        sent, before = delivery.wanted, delivery.before.get("extent")
        text = f"{cause_name(sent['cause'])} %s %%"
        deleted = delivery.action == Delivery.Action.DELETE
        FieldChange.objects.create(
            subject=SUBJECT,
            subject_id=str(parent.options[VALUES]["employee"]),
            field=f"absence {sent['day']}",
            before=text % before if before is not None else None,
            after=None if deleted else text % sent["extent"],
            connection_id=delivery.connection_id,
            delivery=delivery,
            at=timezone.now(),
        )

    def lost_row(self, delivery: Delivery, error: VendorError | None) -> None:
        """The row to change is not there any more: somebody at Fortnox deleted it. It is planned anew."""
        with transaction.atomic():
            if end_delivery(delivery=delivery, state=Delivery.State.VOID, error=error):
                self._gone(delivery.right_id)


def _before(step: RowStep) -> dict[str, Any]:
    """Return what a write ends, as far as it is needed to take the write back."""
    if step.action == Delivery.Action.UPDATE:
        return {"extent": step.before}
    if step.action == Delivery.Action.DELETE:
        return {"extent": step.row.extent, "beside": dict(step.beside)}
    return {}


def held_of(row: ListedRow) -> dict[str, Any]:
    """Return what a row says of itself, by the names under which it is sent; what it does not say is left out."""
    held = {"day": row.day.isoformat(), "cause": row.cause, "employee_id": row.employee_id}
    if row.extent is None:
        return held
    return {**held, "extent": int(row.extent) if row.extent == int(row.extent) else str(row.extent)}


def proof_of(delivery: Delivery, row: ListedRow | None) -> Proof:
    """Judge a row's write by what Fortnox holds; of a deletion there is no row, which was looked for."""
    sent = delivery.wanted if row is not None else {}
    return prove(sent=sent, held=held_of(row) if row is not None else {}, before=delivery.before)


def is_about(delivery: Delivery, row: ListedRow) -> bool:
    """Whether a row that came back is the one that was sent (G-40)."""
    held, sent = held_of(row), delivery.wanted
    same_row = delivery.action == Delivery.Action.CREATE or row.row_id == delivery.right_id
    return same_row and all(held[name] == sent[name] for name in ("employee_id", "day"))


def _journal(parent: Link, delivery: Delivery, row_id: str, proof: Proof) -> list[dict[str, Any]]:
    """Return how to take back what the change under way has written by now."""
    journal = list(parent.options.get(JOURNAL, []))
    if delivery.step.startswith(BACK):
        return journal if proof.differing else [entry for entry in journal if not is_entry(entry, delivery)]
    if proof.kept and delivery.action == Delivery.Action.UPDATE:
        return journal
    return [*journal, inverse(delivery=delivery, row_id=row_id)]


def _not_kept(parent: Link, delivery: Delivery) -> dict[str, Any]:
    refused = parent.options.get(REFUSED) or {
        "message": _("Fortnox answered that it was done, and holds another value than was sent"),
        "cause": f"{NOT_KEPT}extent",
        "action": delivery.action,
        "version": delivery.mark_version,
        "days": [],
    }
    if delivery.step.startswith(BACK):
        return refused
    return {**refused, "days": sorted({*refused["days"], delivery.wanted["day"]})}


def plain(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return an absence's values as JSON holds them."""
    return {name: value for name, value in stored.items() if name not in OF_THE_HUB}


def options_of(row: ListedRow) -> dict[str, Any]:
    return {
        "day": row.day.isoformat(),
        "cause": row.cause,
        "extent": int(row.extent or 0),
        "employee_id": row.employee_id,
        "hours": str(row.hours) if row.hours is not None else None,
    }


def row_key(left_id: str, options: Mapping[str, Any]) -> str:
    return f"{left_id}:{options['day']}:{options['cause']}"
