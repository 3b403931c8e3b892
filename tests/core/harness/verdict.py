"""Both sides, the deliveries and the counts after a run, held against what was approved."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from config.soak.sides import FIELDS, People, Person
from integrations.core.models import Delivery, FieldChange, Link, SyncField, SyncRow, SyncRun
from tests.core.harness.approval import Approval

Decision = SyncField.Decision
State = SyncRow.State
# The vendor assigns it: what the hub held is not sent.
ASSIGNED: Final = "employment_id"
CREATED: Final = (0, 201)
CHANGED: Final = (0, 200)


@dataclass
class Verdict:
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)

    def add(self, other: "Verdict") -> None:
        self.lost += other.lost
        self.doubled += other.doubled
        self.unexplained += other.unexplained

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.unexplained)

    def __str__(self) -> str:
        return f"lost={len(self.lost)} doubled={len(self.doubled)} unexplained={len(self.unexplained)}"

    def traces(self) -> list[str]:
        groups = {"lost": self.lost, "doubled": self.doubled, "unexplained": self.unexplained}
        return [f"{name}: {trace}" for name, traces in groups.items() for trace in traces]


def judge(approval: Approval, *, left: People, right: People, calls: Iterable[Mapping[str, Any]]) -> Verdict:
    """Compare both sides as they are now, field by field, and the run's own books, with the approval."""
    verdict = Verdict()
    _judge_known(approval, left, right, verdict)
    _judge_created(approval, left, right, verdict)
    _judge_calls(calls, verdict)
    _judge_rows(approval, verdict)
    _judge_deliveries(approval, verdict)
    _judge_history(approval, verdict)
    _judge_links(approval, verdict)
    return verdict


# --- Values -----------------------------------------------------------------------------------------------


def _judge_known(approval: Approval, left: People, right: People, verdict: Verdict) -> None:
    """Everybody who stood on a side before holds what was decided, and for the rest what they held."""
    wanted_left: dict[str, Person] = {key: {} for key in approval.left}
    wanted_right: dict[str, Person] = {key: {} for key in approval.right}
    for (left_id, right_id), decisions in approval.fields.items():
        for name, decision in decisions.items():
            if decision == Decision.LEFT:
                wanted_right[right_id][name] = approval.left[left_id][name]
            elif decision == Decision.RIGHT:
                wanted_left[left_id][name] = approval.right[right_id][name]
    assigned = {
        key: _id_of(approval.left[key]["work_email"], right)
        for key in approval.created_right
        if not approval.left[key][ASSIGNED]
    }
    for key, employment_id in assigned.items():
        wanted_left[key][ASSIGNED] = employment_id
    _judge_side("hub", approval.left, wanted_left, left, verdict)
    _judge_side("vendor", approval.right, wanted_right, right, verdict)


def _judge_side(side: str, before: People, wanted: People, after: People, verdict: Verdict) -> None:
    for key, person in before.items():
        if key not in after:
            verdict.unexplained.append(f"{side} {key} is gone")
            continue
        for name, held in person.items():
            expected, found = wanted[key].get(name, held), after[key][name]
            if found == expected:
                continue
            trace = f"{side} {key} {name}: held {held!r}, approved {expected!r}, holds {found!r}"
            (verdict.lost if found == held else verdict.unexplained).append(trace)


def _id_of(email: str, people: People) -> str:
    return next((key for key, person in people.items() if person["work_email"] == email), "")


def _judge_created(approval: Approval, left: People, right: People, verdict: Verdict) -> None:
    """Exactly those who were to be created are new, once each, with every value of the other side."""
    to_right = {approval.left[key]["work_email"]: approval.left[key] for key in approval.created_right}
    to_left = {approval.right[key]["work_email"]: approval.right[key] for key in approval.created_left}
    _judge_new("vendor", approval.right, to_right, right, verdict)
    _judge_new("hub", approval.left, to_left, left, verdict)


def _judge_new(side: str, before: People, wanted: Mapping[str, Person], after: People, verdict: Verdict) -> None:
    new: dict[str, list[str]] = defaultdict(list)
    for key in after.keys() - before.keys():
        new[after[key]["work_email"]].append(key)
    for email, person in wanted.items():
        if not new[email]:
            verdict.lost.append(f"{side} never got {email}")
        for key in new[email][:1]:
            _judge_values(f"{side} {key} {email}", person, after[key], side, verdict)
    for email, keys in new.items():
        if len(keys) > 1:
            verdict.doubled.append(f"{side} has {email} {len(keys)} times: {sorted(keys)}")
        elif keys and email not in wanted:
            verdict.unexplained.append(f"{side} has {email}, whom nobody approved")


def _judge_values(who: str, wanted: Person, found: Person, side: str, verdict: Verdict) -> None:
    for name in FIELDS:
        if name == ASSIGNED and side == "vendor":
            continue
        if found[name] != wanted[name]:
            verdict.lost.append(f"{who} was created with {name} {found[name]!r} instead of {wanted[name]!r}")


# --- What the vendor was asked to do --------------------------------------------------------------------------


def _judge_calls(calls: Iterable[Mapping[str, Any]], verdict: Verdict) -> None:
    """A person is created by one call; changes may be repeated, with the very same values."""
    creations: Counter[str] = Counter()
    changes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in calls:
        # A sender that was killed in the middle of its request sent no whole body: the vendor did nothing of it.
        if not call["worked"] or (call["method"] in ("POST", "PUT") and not _is_whole(call)):
            continue
        if call["method"] == "POST" and call["path"].endswith("/3/employees") and call["status"] in CREATED:
            creations[call["body"]["Employee"]["Email"].casefold()] += 1
        if call["method"] == "PUT" and call["status"] in CHANGED:
            for name, value in call["body"]["Employee"].items():
                changes[call["path"], name].add(str(value))
    verdict.doubled += [f"{email} was created by {times} calls" for email, times in creations.items() if times > 1]
    verdict.doubled += [
        f"{path} {name} was written {len(values)} times, differently"
        for (path, name), values in changes.items()
        if len(values) > 1
    ]


def _is_whole(call: Mapping[str, Any]) -> bool:
    body = call["body"]
    return isinstance(body, dict) and isinstance(body.get("Employee"), dict)


# --- The run's own books -----------------------------------------------------------------------------------------


def _judge_rows(approval: Approval, verdict: Verdict) -> None:
    """Every approved row ended as it was decided, no other row was touched, and the counts add up."""
    run = SyncRun.objects.get(pk=approval.run_id)
    if run.state != SyncRun.State.DONE:
        verdict.unexplained.append(f"the run ended as {run.state}: {run.error}")
    rows = list(SyncRow.objects.filter(run=run))
    for row in rows:
        expected = _expected_states(approval, row)
        if row.state not in expected:
            verdict.unexplained.append(f"row {row.pk} ({row.kind}) ended as {row.state}: {row.reason}")
    verdict.unexplained += counts_that_do_not_add_up(run, left=approval.left, right=approval.right)


def _expected_states(approval: Approval, row: SyncRow) -> tuple[str, ...]:
    decided = approval.fields.get((row.left_id, row.right_id))
    if row.kind == SyncRow.Kind.DIFFERS and decided:
        written = {Decision.LEFT, Decision.RIGHT} & set(decided.values())
        return (State.WRITTEN,) if written else (State.SKIPPED,)
    if row.kind == SyncRow.Kind.ONLY_LEFT and row.left_id in approval.created_right:
        return (State.WRITTEN,)
    if row.kind == SyncRow.Kind.ONLY_RIGHT and row.right_id in approval.created_left:
        return (State.WRITTEN,)
    return (State.OPEN, State.HELD)


def counts_that_do_not_add_up(run: SyncRun, *, left: People, right: People) -> list[str]:
    """Everybody on either side is counted exactly once: as equal, in a row or left out."""
    counts, rows = run.counts, list(SyncRow.objects.filter(run=run))
    # A row of a person who was created names both sides by now, and stood for one.
    singles = sum(row.kind in (SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.ONLY_RIGHT) for row in rows)
    others = [row for row in rows if row.kind not in (SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.ONLY_RIGHT)]
    in_rows = singles + sum(bool(row.left_id) + bool(row.right_id) for row in others)
    seen = 2 * counts["equal"] + in_rows + sum(counts["left_out"].values())
    sums = {
        "the hub's people": (counts["left"], len(left)),
        "the vendor's people": (counts["right"], len(right)),
        "rows": (counts["rows"], len(rows)),
        "people seen": (seen, len(left) + len(right)),
    }
    return [f"{what}: {found} instead of {wanted}" for what, (found, wanted) in sums.items() if found != wanted]


def _judge_deliveries(approval: Approval, verdict: Verdict) -> None:
    """Each row that was sent has one delivery that is done, no other has any, and none is open."""
    done: Counter[int] = Counter()
    for delivery in Delivery.objects.filter(row__run=approval.run_id).select_related("row"):
        if delivery.state in Delivery.OPEN:
            verdict.unexplained.append(f"delivery {delivery.pk} is still {delivery.state}")
        if delivery.state == Delivery.State.DONE and delivery.row is not None:
            done[delivery.row.pk] += 1
    for row in SyncRow.objects.filter(run=approval.run_id):
        decided = approval.fields.get((row.left_id, row.right_id), {})
        creates = row.kind == SyncRow.Kind.ONLY_LEFT and row.left_id in approval.created_right
        wanted = int(creates or Decision.LEFT in decided.values())
        if done[row.pk] > wanted:
            verdict.doubled.append(f"row {row.pk} has {done[row.pk]} deliveries that are done")
        elif done[row.pk] < wanted:
            verdict.lost.append(f"row {row.pk} has no delivery that is done")


def _judge_history(approval: Approval, verdict: Verdict) -> None:
    """A run tells each of its changes once."""
    changes = FieldChange.objects.filter(run=approval.run_id)
    told = Counter(
        (each.connection_id, each.subject, each.subject_id, each.field)
        for change in changes
        for each in change.by_field()
    )
    verdict.doubled += [f"the change {change} is told {times} times" for change, times in told.items() if times > 1]


def _judge_links(approval: Approval, verdict: Verdict) -> None:
    """Who was written is linked, and the pairs of what was written stand on one value."""
    for row in SyncRow.objects.filter(run=approval.run_id, state=State.WRITTEN).select_related("link"):
        link = row.link
        if link is None or (link.left_id, link.right_id, link.state) != (row.left_id, row.right_id, Link.State.ACTIVE):
            verdict.unexplained.append(f"row {row.pk} was written and its people are not linked")
            continue
        for name, decision in approval.fields.get((row.left_id, row.right_id), {}).items():
            if decision in (Decision.LEFT, Decision.RIGHT) and not _is_settled(link.pairs.get(name)):
                verdict.unexplained.append(f"link {link.pk} {name}: the pair is {link.pairs.get(name)}")


def _is_settled(pair: list[Any] | None) -> bool:
    return pair is not None and pair[0] == pair[1] and pair[2] == "settled"


# --- The plan --------------------------------------------------------------------------------------------------


def judge_plan(run: SyncRun, *, left: People, right: People, left_as_is: Mapping[tuple[str, str, str], Any]) -> Verdict:
    """Hold a comparison that was killed on its way against the differences of both sides as they stand.

    ``left_as_is`` is {(left id, right id, field): both values} of what was decided to stay different.
    """
    rows = list(SyncRow.objects.filter(run=run))
    unclear = [row for row in rows if row.kind in (SyncRow.Kind.DUPLICATE, SyncRow.Kind.AMBIGUOUS)]
    held = {("left", row.left_id) for row in unclear} | {("right", row.right_id) for row in unclear}
    pairs = _pairs(run, left, right)
    expected = {
        (left_id, right_id, name)
        for left_id, right_id in pairs
        if ("left", left_id) not in held and ("right", right_id) not in held
        for name in FIELDS
        if (values := (left[left_id][name], right[right_id][name]))[0] != values[1]
        and left_as_is.get((left_id, right_id, name)) != values
    }
    found = Counter(SyncField.objects.filter(row__run=run).values_list("row__left_id", "row__right_id", "field"))
    verdict = Verdict()
    verdict.unexplained += [f"the comparison does not show {one}" for one in sorted(expected - found.keys())]
    verdict.unexplained += [
        f"the comparison shows {one}, which is equal, or was left as it is" for one in sorted(found.keys() - expected)
    ]
    verdict.doubled += [f"the comparison shows {one} {times} times" for one, times in found.items() if times > 1]
    verdict.unexplained += counts_that_do_not_add_up(run, left=left, right=right)
    return verdict


def _pairs(run: SyncRun, left: People, right: People) -> set[tuple[str, str]]:
    """Return who belongs together: by link, else by an e-mail that one person on each side has."""
    pairs = set(
        Link.objects.filter(connection=run.connection_id, state=Link.State.ACTIVE).values_list("left_id", "right_id")
    )
    linked_left, linked_right = {one for one, _ in pairs}, {one for _, one in pairs}
    lefts, rights = _by_email(left), _by_email(right)
    for email, left_ids in lefts.items():
        right_ids = rights.get(email, [])
        if len(left_ids) == len(right_ids) == 1 and left_ids[0] not in linked_left and right_ids[0] not in linked_right:
            pairs.add((left_ids[0], right_ids[0]))
    return pairs


def _by_email(people: People) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key, person in people.items():
        found[person["work_email"]].append(key)
    return found
