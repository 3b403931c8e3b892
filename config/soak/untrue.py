"""What the vendor made of a write otherwise than it was sent, and what the hub may make of that (G-19, G-21, G-30)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from config.soak.record import VENDOR, Record
from config.soak.sides import COLUMNS_AT_VENDOR, FIELDS, People, Person, vendor_people
from integrations.core.models import Connection, Delivery, FieldChange, Link, Problem

Call = Mapping[str, Any]
BLANK: Final = "API_BLANK"
# An edit is noted at the end of the call during which it was made, or a little later.
MOMENT_SECONDS: Final = 0.001


@dataclass(frozen=True)
class Untrue:
    """A write that was answered as done: ``names`` are the fields that hold something else than was wanted."""

    call: Call
    right_id: str
    wanted: Person
    held: Person
    names: tuple[str, ...]


def untrue_writes(calls: Iterable[Call]) -> Iterator[Untrue]:
    """Yield what `pretend` and `cut` made of writes."""
    for call in calls:
        made = call["made"]
        if call["fault"] not in ("pretend", "cut") or call["status"] not in (200, 201) or not made:
            continue
        held = made["Employee"]
        sent = {name: "" if value == BLANK else value for name, value in call["body"]["Employee"].items()}
        before, after = _person({**held, **sent}), _person(held)
        names = tuple(name for name in FIELDS if before[name] != after[name])
        if names:
            yield Untrue(call, str(held["EmployeeId"]), before, after, names)


def note_edits(record: Record, calls: Iterable[Call]) -> None:
    """Note what somebody at the vendor edited between a write and its look-up; once, at the end."""
    for call in calls:
        if call["fault"] == "edit_after" and call["made"]:
            before, after = _person(call["made"]["before"]), _person(call["made"]["after"])
            record.note(VENDOR, before=before, after=after, at=call["end"])


def _person(record: Mapping[str, Any]) -> Person:
    return vendor_people([record])[str(record["EmployeeId"])]


def _writes_later(calls: Iterable[Call], call: Call, right_id: str, name: str) -> Iterator[Call]:
    """Yield the writes of one field of the same person that came after a call, and were done."""
    for later in calls:
        if later["n"] <= call["n"] or later["method"] != "PUT" or not later["worked"]:
            continue
        body = later["body"]
        sent = body.get("Employee", {}) if isinstance(body, dict) else {}
        if later["path"].rpartition("/")[2] == right_id and COLUMNS_AT_VENDOR[name] & set(sent):
            yield later


# --- While it rages -----------------------------------------------------------------------------------------


def wrongly_settled(
    connection: Connection, *, record: Record, calls: Iterable[Call], left: People, right: People
) -> list[str]:
    """Return the fields that the hub takes to be in step, though the vendor has not kept what it was sent."""
    links = {link.right_id: link for link in Link.objects.filter(connection=connection, state=Link.State.ACTIVE)}
    known = list(calls)
    found = []
    for untrue in untrue_writes(known):
        link = links.get(untrue.right_id)
        if link is None or link.left_id not in left or untrue.right_id not in right:
            continue
        for name in untrue.names:
            email = untrue.wanted["work_email"]
            held = right[untrue.right_id][name] == untrue.held[name]
            overtaken = any(_writes_later(known, untrue.call, untrue.right_id, name))
            overtaken = overtaken or _edited(record, VENDOR, email, name, untrue.call["start"])
            if held and not overtaken and _stands_settled(name, link.pairs.get(name), untrue.wanted[name]):
                found.append(f"{email}, {name} counts as settled, but the vendor holds “{untrue.held[name]}”")
    return found


def _stands_settled(name: str, pair: Any, wanted: str) -> bool:
    return bool(pair) and pair[2] == "settled" and _is_same(name, pair[1], wanted)


def _is_same(name: str, stored: Any, text: str) -> bool:
    """Whether a value as the product stores it is that of the soak's text."""
    # Of a bank account the texts lack the country.
    return _squeezed(stored[1:] if name == "bank_account" and stored else stored) == _squeezed(text)


def _squeezed(value: Any) -> str:
    """Return the letters and digits of a value."""
    if isinstance(value, list):
        return "".join(_squeezed(part) for part in value)
    text = "" if value is None else str(value)
    return "".join(character for character in text.casefold() if character.isalnum())


def _edited(record: Record, side: str, email: str, name: str, since: float) -> bool:
    entries = record.entries.get(email, ())
    return any((entry.side, entry.name) == (side, name) and entry.at >= since for entry in entries)


# --- At the end ---------------------------------------------------------------------------------------------


def judge_untrue(connection: Connection, *, record: Record, calls: Iterable[Call]) -> Iterator[str]:
    """Yield what the hub's history or error log says wrongly of such writes; the edits must be noted."""
    known = list(calls)
    deliveries = list(Delivery.objects.filter(connection=connection).order_by("sent_at"))
    for untrue in untrue_writes(known):
        of_person = [each for each in deliveries if each.right_id == untrue.right_id]
        before = [each for each in of_person if each.sent_at.timestamp() <= untrue.call["start"]]
        if not before:
            # A creation that was given up names nobody.
            continue
        following = [each.sent_at.timestamp() for each in of_person if each not in before]
        for name in untrue.names:
            later = [call["start"] for call in _writes_later(known, untrue.call, untrue.right_id, name)]
            if not any(start < min(following, default=start + 1) for start in later):
                yield from _judge_told(before[-1], untrue, name, record)


def _judge_told(delivery: Delivery, untrue: Untrue, name: str, record: Record) -> Iterator[str]:
    email = untrue.wanted["work_email"]
    arrived = _arrived_otherwise(record, untrue, name)
    if FieldChange.objects.filter(delivery=delivery, field=name).exists():
        if not arrived:
            yield f"{email}, {name}: the history tells of “{untrue.wanted[name]}”, which the vendor did not keep"
        return
    if delivery.state != Delivery.State.DONE or name not in delivery.wanted or arrived:
        return
    told = Problem.objects.filter(left_id=delivery.left_id, cause=f"not_kept:{name}")
    if not any(problem.last_at.timestamp() >= untrue.call["start"] for problem in told):
        yield f"{email}, {name}: nobody was told that the vendor did not keep “{untrue.wanted[name]}”"


def _arrived_otherwise(record: Record, untrue: Untrue, name: str) -> bool:
    """Whether somebody at the vendor has typed the very same value since, before the record was read once more."""
    entries = record.entries.get(untrue.wanted["work_email"], ())
    since = untrue.call["start"]
    typed = [entry for entry in entries if (entry.side, entry.name) == (VENDOR, name) and entry.at >= since]
    return any(entry.value == untrue.wanted[name] for entry in typed)


def held_by_untruth(calls: Iterable[Call]) -> set[tuple[str, str, str]]:
    """Return (the vendor's ID, field, value) of what the vendor made of writes: it is neither side's edit."""
    return {(each.right_id, name, each.held[name]) for each in untrue_writes(calls) for name in each.names}


def answered_oddly(connection: Connection, calls: Iterable[Call]) -> set[tuple[str, str]]:
    """Return (the person's ID in the hub, field) of writes on record whose answer or reading held something odd.

    The vendor said that it held another value, so the history does not say that it arrived, though it did.
    """
    odd = {urlsplit(call["path"]).path.rpartition("/")[2] for call in calls if call["fault"] == "odd_row"}
    done = Delivery.objects.filter(connection=connection, state=Delivery.State.DONE, right_id__in=odd)
    return {(delivery.left_id, name) for delivery in done for name in delivery.wanted}


def judge_overwritten(connection: Connection, *, record: Record, calls: Iterable[Call]) -> Iterator[str]:
    """Yield the edits between a write and its look-up that were written over unseen; all edits must be noted.

    The push writes the hub's own edits, a synchronisation what was decided: either keeps on record what stood there.
    """
    known = list(calls)
    deliveries = list(Delivery.objects.filter(connection=connection).select_related("row").order_by("sent_at"))
    for call in known:
        if call["fault"] != "edit_after" or not call["made"]:
            continue
        before, after = _person(call["made"]["before"]), _person(call["made"]["after"])
        right_id, email = after["employment_id"], after["work_email"]
        for name in (name for name in FIELDS if before[name] != after[name]):
            following = next(_writes_later(known, call, right_id, name), None)
            if following is None or _edited(record, VENDOR, email, name, call["end"] + MOMENT_SECONDS):
                continue
            of_person = [each for each in deliveries if each.right_id == right_id]
            writing = [each for each in of_person if each.sent_at.timestamp() <= following["start"]]
            if writing and not _is_same(name, _overwritten(writing[-1], name), after[name]):
                yield f"{email}, {name}: “{after[name]}” was written over, and that stands nowhere"


def _overwritten(delivery: Delivery, name: str) -> Any:
    """Return what a delivery says that it wrote over."""
    if delivery.row is None:
        return delivery.before.get(name)
    return delivery.row.fields.filter(field=name).values_list("right", flat=True).first()
