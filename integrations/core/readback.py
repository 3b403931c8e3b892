"""A vendor's answer beside what was sent: judged, read once more where it does not say enough, told by field (G-19).

Shared by runs and the push. What writes belongs into the caller's transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.agreed import keys_held, pair_of_keys
from integrations.core.compare import Pair, Proof, held_keys, is_about, pairs_from_json, prove
from integrations.core.declare import Record, Resource
from integrations.core.deliver import settle_seconds
from integrations.core.errors import AboutAnother
from integrations.core.explaining import vendor_label
from integrations.core.models import Connection, Delivery
from integrations.core.problems import NOT_KEPT, report_problem, solve_causes

# The classes of error under which a write waits that the vendor has done: its record is read to see what it holds,
# and read again after the settle time where it showed the value from before.
TO_BE_READ: Final = "ToBeRead"
TO_BE_READ_AGAIN: Final = "ToBeReadAgain"


@dataclass(frozen=True)
class Judged:
    """``sent`` and ``held`` are normalised values by field name; ``after`` are pairs where parts alone were sent."""

    resource: Resource
    sent: Mapping[str, Any]
    held: Mapping[str, Any]
    proof: Proof
    after: Mapping[str, Pair]

    def pairs(self, names: Iterable[str]) -> dict[str, Pair]:
        """Return the pairs of some fields: the hub's value when sending, the vendor's as it holds it now."""
        pairs = {name: self._pair(name) for name in names}
        return {name: pair for name, pair in pairs.items() if pair is not None}

    def _pair(self, name: str) -> Pair | None:
        if name not in self.after:
            return pair_of_keys(self.sent[name], self.held[name])
        if name in self.proof.arrived:
            return self.after[name]
        return pair_of_keys(self.after[name].left, self.held[name])

    def sentences(self, vendor: str) -> dict[str, str]:
        """Return, per field that the vendor did not take as it was sent, what it did instead; never a value."""
        kept, other = _("%(vendor)s kept the old value."), _("%(vendor)s holds another value than was sent.")
        return {
            name: f"{self.resource.field(name).label}: "
            + (kept if name in self.proof.kept else other) % {"vendor": vendor}
            for name in self.sent
            if name in self.proof.differing
        }


def judge(*, resource: Resource, delivery: Delivery, record: Record, before: Mapping[str, Any]) -> Judged:
    """Judge a write by the vendor's record; ``before`` is what stood there, as JSON by field name."""
    sent = sent_keys(resource, delivery)
    known = {name: _key(resource, name, value) for name, value in before.items() if name in sent}
    held = held_keys(resource, record, sent)
    return Judged(
        resource,
        sent,
        held,
        prove(sent=sent, held=held, before=known),
        pairs_from_json(resource, delivery.pairs),
    )


def sent_keys(resource: Resource, delivery: Delivery) -> dict[str, Any]:
    """Return what the hub held of what was sent, normalised: the left halves of the pairs."""
    return {name: key for name, key in keys_held(resource, delivery).items() if name in delivery.wanted}


def _key(resource: Resource, name: str, value: Any) -> Any:
    declared = resource.field(name)
    return declared.key(declared.from_json(value))


def answers(resource: Resource, delivery: Delivery, record: Record) -> bool:
    """Whether the vendor's answer is about the write at all (G-40)."""
    right_id = "" if delivery.action == Delivery.Action.CREATE else delivery.right_id
    return is_about(resource, record, right_id=right_id, sent=sent_keys(resource, delivery))


def about_another() -> AboutAnother:
    return AboutAnother(_("The other system answered with somebody else's record."))


def is_to_be_read(delivery: Delivery) -> bool:
    """Whether the vendor has done the write, and its record is read to see what it holds."""
    return delivery.error_class in (TO_BE_READ, TO_BE_READ_AGAIN)


def put_down(*, delivery: Delivery, judged: Judged, record: Record, was_read: bool) -> bool:
    """Let a write wait for (another) reading of its record where the answer does not say enough; whether it does.

    ``was_read``: the answer is a reading after the write. It may show the value from before for a while.
    """
    resource, proof = judged.resource, judged.proof
    if not was_read and any(resource.field(name).compared for name in proof.silent):
        stage, pause = TO_BE_READ, 0.0
    elif was_read and proof.kept and delivery.error_class != TO_BE_READ_AGAIN:
        stage, pause = TO_BE_READ_AGAIN, settle_seconds(resource)
    else:
        return False
    Delivery.objects.filter(pk=delivery.pk, state__in=Delivery.OPEN).update(
        state=Delivery.State.UNKNOWN,
        settle_until=timezone.now() + timedelta(seconds=pause),
        not_before=None,
        right_id=record.id,
        job_address="",
        error_class=stage,
        message="",
    )
    return True


def tell(*, connection: Connection, delivery: Delivery, judged: Judged, label: str, told: bool) -> dict[str, str]:
    """Tell of each field that the vendor did not keep, in the error log; those that arrived are solved.

    Returns a sentence per such field. ``told``: a synchronisation's report says so, too.
    """
    said = judged.sentences(vendor_label(connection))
    subject: dict[str, Any] = {
        "connection": connection,
        "resource": delivery.resource,
        "left_id": delivery.left_id,
    }
    solve_causes(**subject, causes={f"{NOT_KEPT}{name}" for name in judged.proof.arrived})
    for name, sentence in said.items():
        report_problem(
            **subject,
            right_id=delivery.right_id,
            label=label,
            action=delivery.action,
            message=sentence,
            cause=f"{NOT_KEPT}{name}",
            wanted={"fields": [name]},
            told=told,
        )
    if said:
        Delivery.objects.filter(pk=delivery.pk).update(message=" ".join(said.values()))
    return said
