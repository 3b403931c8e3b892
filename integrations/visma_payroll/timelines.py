"""Dated lists, as Visma keeps names: who was called what from when until when (pure).

An entry is in force from ``activeStart`` to ``activeEnd``, both counted; without one of them, always. Changing an entry
in place would rewrite history: it is ended, and another one begins. All functions raise ValueError for a date that
is none, and leave what they are given alone.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from employees.values.dates import read_day
from employees.values.texts import text_key
from integrations.core.reading import text_of
from integrations.visma_payroll.unconfirmed import DATES_IN

Entry = Mapping[str, Any]
EntryT = TypeVar("EntryT", bound=Entry)
DATES: Final = ("activeStart", "activeEnd")
DAY: Final = timedelta(days=1)


def first_day(entry: Entry) -> date:
    """Return the first day in force, ``date.min`` where there is none."""
    return _day(entry, "activeStart") or date.min


def last_day(entry: Entry) -> date:
    """Return the last day in force, ``date.max`` where there is none."""
    return _day(entry, "activeEnd") or date.max


def current_entry(entries: Sequence[EntryT], *, today: date) -> EntryT | None:
    """Return the entry in force today, else the most recent past one, else the next one; None without any."""
    current = [entry for entry in entries if first_day(entry) <= today <= last_day(entry)]
    if current:
        return max(current, key=first_day)
    past = [entry for entry in entries if last_day(entry) < today]
    if past:
        return max(past, key=lambda entry: (last_day(entry), first_day(entry)))
    return min(entries, key=first_day, default=None)


def change_from_today(entries: Sequence[Entry], changes: Mapping[str, Any], *, today: date) -> list[dict[str, Any]]:
    """Return the list in which the present entry has the changes from today on (VP-03).

    What lies before today stays as it was, and so does what is planned to begin later (VP-17). A second change on one
    day changes the entry that began with the first; a change back undoes it.
    """
    shown = current_entry(entries, today=today)
    if shown is None:
        return [{**changes, "activeStart": None, "activeEnd": None}]
    if all(_key(shown.get(name)) == _key(value) for name, value in changes.items()):
        return [dict(entry) for entry in entries]
    place = next(number for number, entry in enumerate(entries) if entry is shown)
    before, after = [dict(entry) for entry in entries[:place]], [dict(entry) for entry in entries[place + 1 :]]
    if first_day(shown) == today:
        return _changed_in_place(before, {**shown, **changes}, after)
    begun = {**shown, **changes, "activeStart": today.isoformat()}
    # An identity of the old entry is not the new one's.
    begun.pop("id", None)
    if first_day(shown) > today:
        return [*before, {**begun, "activeEnd": (first_day(shown) - DAY).isoformat()}, dict(shown), *after]
    if last_day(shown) >= today:
        return [*before, {**shown, "activeEnd": (today - DAY).isoformat()}, begun, *after]
    coming = min((first_day(entry) for entry in entries if first_day(entry) > today), default=None)
    begun["activeEnd"] = (coming - DAY).isoformat() if coming else None
    return [*before, dict(shown), begun, *after]


def _changed_in_place(
    before: list[dict[str, Any]], changed: dict[str, Any], after: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Change an entry that has not been in force on any day before today; the same as before it only goes on."""
    others = [*before, *after]
    start = first_day(changed)
    earlier = next((entry for entry in others if start > date.min and last_day(entry) == start - DAY), None)
    if earlier is None or _content(earlier) != _content(changed):
        return [*before, changed, *after]
    earlier["activeEnd"] = changed.get("activeEnd")
    return others


def _content(entry: Entry) -> dict[str, Any]:
    return {name: _key(value) for name, value in entry.items() if name not in DATES and name != "id"}


def _key(value: Any) -> Any:
    """Another writing of a text is no change (D-01)."""
    return text_key(value) if isinstance(value, str) else value


def _day(entry: Entry, name: str) -> date | None:
    text = text_of(entry.get(name))
    return read_day(text, zone=DATES_IN) if text else None
