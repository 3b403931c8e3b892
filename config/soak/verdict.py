"""Both sides, the record of deliveries and the sandbox's list of calls, held against what the soak did."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from config.soak.passers_by import PASSERS_BY
from config.soak.record import HUB, VENDOR, Record
from config.soak.sides import FIELDS, People
from config.soak.untrue import answered_oddly, held_by_untruth, judge_overwritten, judge_untrue, note_edits
from employees.models import Employee
from integrations.core.models import Connection, Delivery, FieldChange, Link, Mark, Problem, SyncRow

# The sandbox's statuses of a write that was done: answered, or dropped before its answer.
DONE: Final = (0, 200, 201)
# The names under which the hub's history keeps a field.
COLUMNS: Final = {
    "phone": ("work_phone", "phone"),
    "address": ("city", "address"),
    "bank_account": ("bank_account.account_number", "bank_account"),
}


@dataclass
class Verdict:
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.unexplained)

    def __str__(self) -> str:
        return f"lost={len(self.lost)} doubled={len(self.doubled)} unexplained={len(self.unexplained)}"

    def traces(self) -> list[str]:
        groups = {"lost": self.lost, "doubled": self.doubled, "unexplained": self.unexplained}
        return [f"{name}: {trace}" for name, traces in groups.items() for trace in traces]


def judge(
    connection: Connection, *, record: Record, left: People, right: People, calls: Iterable[Mapping[str, Any]]
) -> Verdict:
    """Compare every field of every person on both sides, and with what was done to it."""
    verdict = Verdict()
    received = list(calls)
    note_edits(record, received)
    by_email = {
        "hub": _by_email(left, verdict, "the hub"),
        "vendor": _by_email(right, verdict, "the vendor"),
    }
    _judge_people(connection, by_email["hub"], by_email["vendor"], record, verdict)
    _judge_values(by_email["hub"], by_email["vendor"], record, verdict)
    sent = _sent(connection) | answered_oddly(connection, received)
    _judge_history(connection, left, right, record, sent, held_by_untruth(received), verdict)
    _judge_calls(connection, received, verdict)
    verdict.unexplained += judge_untrue(connection, record=record, calls=received)
    verdict.lost += judge_overwritten(connection, record=record, calls=received)
    _judge_rest(connection, verdict)
    return verdict


def _by_email(people: People, verdict: Verdict, where: str) -> dict[str, dict[str, str]]:
    counted = Counter(person["work_email"] for person in people.values())
    verdict.doubled += [f"{email} stands {number} times in {where}" for email, number in counted.items() if number > 1]
    return {person["work_email"]: person for person in people.values()}


def _judge_people(
    connection: Connection, hub: Mapping[str, Any], vendor: Mapping[str, Any], record: Record, verdict: Verdict
) -> None:
    verdict.lost += [f"{email} was never created at the vendor" for email in sorted(record.new_in_hub - set(vendor))]
    verdict.lost += [f"{email} is missing in the hub" for email in sorted(record.new_in_hub - set(hub))]
    links = Link.objects.filter(connection=connection, state=Link.State.ACTIVE).count()
    together = len(set(hub) & set(vendor))
    if links != together:
        verdict.unexplained.append(f"{together} people are on both sides, but {links} are linked")
    # Nobody who is linked ever leaves: a list that moves, or a row that cannot be read, lacks people who are there.
    gone = SyncRow.objects.filter(run__connection=connection, kind=SyncRow.Kind.GONE)
    verdict.unexplained += [f"{row.label or row.left_id} was taken to be gone (run {row.run_id})" for row in gone]
    passing = sorted(email for email in hub if email.endswith(PASSERS_BY))
    verdict.unexplained += [f"{email}, who has ended at the vendor, was brought into the hub" for email in passing]


def _judge_values(
    hub: Mapping[str, Mapping[str, str]], vendor: Mapping[str, Mapping[str, str]], record: Record, verdict: Verdict
) -> None:
    for email in sorted(set(hub) & set(vendor)):
        for name in FIELDS:
            if hub[email][name] != vendor[email][name]:
                verdict.lost.append(f"{email}, {name}: “{hub[email][name]}” here, “{vendor[email][name]}” there")
    for email, name, last in record.last():
        if email not in hub:
            continue
        # Of two sides that were both edited either may have won: a person decided, or edited after the other.
        edited = {entry.value for entry in last.values()}
        if hub[email][name] not in edited and not _was_decided(email, name):
            verdict.lost.append(
                f"{email}, {name} is “{hub[email][name]}”, and is no side's last edit:\n{_history(record, email, name)}"
            )


def _was_decided(email: str, name: str) -> bool:
    """Whether the hub's value is what a person chose in a synchronisation, seeing both sides as they stood then."""
    changes = FieldChange.objects.filter(subject_id__in=_ids_of(email), connection=None).order_by("-pk")
    newest = next(changes.of_fields(*COLUMNS.get(name, (name,))), None)
    return newest is not None and newest.run_id is not None


def _history(record: Record, email: str, name: str) -> str:
    """Return in order what the soak edited and what the product wrote, to see how it came about."""
    edits = [
        (entry.at, f"{entry.side} edited to “{entry.value}”") for entry in record.entries[email] if entry.name == name
    ]
    link = Link.objects.filter(left_id__in=_ids_of(email)).first()
    written = [
        (
            each.at.timestamp(),
            f"{'to the vendor' if each.connection_id else 'in the hub'}: {each.field} {each.before!r} → {each.after!r}"
            f" (run {each.run_id}, delivery {each.delivery_id})",
        )
        for each in FieldChange.objects.filter(subject_id__in=_ids_of(email)).of_fields(*COLUMNS.get(name, (name,)))
    ]
    sent = [
        (delivery.sent_at.timestamp(), f"delivery {delivery.pk} {delivery.state} wants {delivery.wanted.get(name)!r}")
        for delivery in Delivery.objects.filter(left_id__in=_ids_of(email))
        if name in delivery.wanted
    ]
    lines = [f"    {at:.2f} {text}" for at, text in sorted([*edits, *written, *sent])]
    return "\n".join([*lines, f"    pair {link.pairs.get(name) if link else None}"])


def _ids_of(email: str) -> list[str]:
    return [str(pk) for pk in Employee.objects.filter(work_email__iexact=email).values_list("pk", flat=True)]


def _sent(connection: Connection) -> set[tuple[str, str]]:
    changes = FieldChange.objects.filter(connection=connection, delivery__isnull=False)
    return set(changes.values_list("subject_id", "field"))


def _judge_history(
    connection: Connection,
    left: People,
    right: People,
    record: Record,
    sent: Collection[tuple[str, str]],
    untrue: Collection[tuple[str, str, str]],
    verdict: Verdict,
) -> None:
    """Whatever stands at the vendor was written by the soak there, or by a delivery on record (G-12).

    ``sent`` are the latter: (the person's ID in the hub, field). Or it is ``untrue``, what the vendor made of one: (its
    ID, field, value).
    """
    for left_id, right_id in Link.objects.filter(connection=connection).values_list("left_id", "right_id"):
        if left_id not in left or right_id not in right:
            continue
        email = left[left_id]["work_email"]
        last = {name: sides for found, name, sides in record.last() if found == email}
        for name, sides in last.items():
            only_hub = HUB in sides and VENDOR not in sides
            # Edited back to what stands at the vendor, nothing has to be sent.
            moved = record.at_first.get(email, {}).get(name, "") != right[right_id][name]
            moved = moved and (right_id, name, right[right_id][name]) not in untrue
            if only_hub and moved and email not in record.new_in_hub and (left_id, name) not in sent:
                verdict.unexplained.append(f"{email}, {name} reached the vendor without a delivery on record")


def _judge_calls(connection: Connection, calls: Iterable[Mapping[str, Any]], verdict: Verdict) -> None:
    """Every write that the vendor received was written ahead, and nobody was created twice."""
    deliveries = list(Delivery.objects.filter(connection=connection))
    written_ahead = Counter(delivery.action for delivery in deliveries)
    # What the vendor put off (429, 503) is sent again under the same delivery.
    received = Counter(call["method"] for call in calls if "/3/employees" in call["path"] and call["status"] in DONE)
    for method, action in (("POST", Delivery.Action.CREATE), ("PUT", Delivery.Action.UPDATE)):
        if received[method] > written_ahead[action]:
            verdict.unexplained.append(
                f"the vendor received {received[method]} × {method}, but {written_ahead[action]} were written ahead"
            )
    created = Counter(
        call["body"]["Employee"]["Email"]
        for call in calls
        if call["method"] == "POST" and "/3/employees" in call["path"] and call["status"] == 201
    )
    verdict.doubled += [f"{email} was created {number} times" for email, number in created.items() if number > 1]


def _judge_rest(connection: Connection, verdict: Verdict) -> None:
    marks = Mark.objects.filter(connection=connection)
    verdict.lost += [f"the mark of person {mark.left_id} was never sent ({mark.held_by})" for mark in marks]
    for delivery in Delivery.objects.filter(connection=connection, state__in=Delivery.OPEN):
        verdict.unexplained.append(f"a delivery of person {delivery.left_id} is still {delivery.state}")
    for problem in Problem.objects.filter(connection=connection, state__in=("open", "retried")):
        verdict.unexplained.append(f"the problem of {problem.label} is still open: {problem.cause} {problem.message}")
