"""Reading a vendor's records: what cannot be read is the matter of one record, told by name (G-23) (pure).

A mapper may raise whatever it likes on a record that is not as it should be. Here, for every vendor alike, that becomes
a record of which only so much is known that it is recognised, an error of the one read, or a write of unknown outcome.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from integrations.core.declare import NOTHING, Record, Resource, Text
from integrations.core.errors import CannotBeRead, OutcomeUnknown
from integrations.core.kinds import UNKNOWN

logger = logging.getLogger(__name__)

LONGEST_ID: Final = 100
LONGEST_LABEL: Final = 300
# Of the names of what cannot be read; a vendor may send any.
LONGEST_NAME: Final = 80
NAMES_SHOWN: Final = 5
# Stands for an ID that cannot be read, while the rest of its record is tried.
NO_ID: Final = "?"


def text_of(value: Any) -> str:
    """Return a text that comes as one or as a number, None as an empty one.

    Raises TypeError for everything else: a list or a truth value is nobody's name. Raises ValueError for half a
    character, which nothing can store.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError("This is no text.")
    text = str(value)
    if not text.isascii():
        text.encode()
    return text


def object_of(value: Any) -> Mapping[str, Any]:
    """Return an object, None as an empty one; raises TypeError for everything else."""
    if value is None:
        return NOTHING
    if not isinstance(value, Mapping):
        raise TypeError("This is no object.")
    return value


def objects_of(value: Any) -> Sequence[Mapping[str, Any]]:
    """Return a list of objects, None as an empty one; raises TypeError for everything else."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(each, Mapping) for each in value):
        raise TypeError("This is no list of objects.")
    return value


def may_be_anybody(record: Record, *, resource: Resource) -> bool:
    """Whether the record cannot be read so far that it could be told who it is not."""
    return bool(record.unreadable) and resource.value(record, resource.natural_key) in (None, UNKNOWN)


def said_of_unread(names: Sequence[str]) -> str:
    """Say why a creation whose answer was lost is not made again, while these cannot be read."""
    return _(
        "It is not certain whether the person was created: in the other system, %(names)s cannot be read and may be the"
        " same. Correct the record there, then synchronise again."
    ) % {"names": ", ".join(name or _("a record without a name") for name in names)}


def unread(right_id: str, *, resource: Resource, reason: str) -> Record:
    """Return a record of which nothing is known but its ID."""
    return Record(right_id, (UNKNOWN,) * len(resource.fields), label=right_id, unreadable=reason)


def said_of(what: Iterable[Text]) -> str:
    """Say what of a record cannot be read, and what to do."""
    named = list(dict.fromkeys(str(each)[:LONGEST_NAME] for each in what))
    shown = ", ".join(named[:NAMES_SHOWN])
    return _("Cannot be read: %(what)s. Correct it in the other system, then compare again.") % {
        "what": f"{shown} …" if len(named) > NAMES_SHOWN else shown
    }


class RecordReader:
    """Reads one resource's records with a vendor's mapper.

    ``record_from`` is the mapper, ``id_in`` the property that holds a record's ID (a text or a number, of
    ``longest_id`` characters at most, and not ``hidden``, which stands where the connected user may not see a value);
    ``words`` are what people call the vendor's properties.
    """

    def __init__(
        self,
        record_from: Callable[..., Record],
        *,
        resource: Resource,
        id_in: str,
        hidden: str = "",
        longest_id: int = LONGEST_ID,
        words: Mapping[str, Text] = NOTHING,
    ) -> None:
        self._record_from = record_from
        self._resource = resource
        self._id_in = id_in
        self._hidden = hidden
        self._longest_id = longest_id
        self._words = words

    def listed(self, rows: Iterable[Any]) -> tuple[Record, ...]:
        """Return a record for each row of a list; those that cannot be read say why (``Record.unreadable``)."""
        return tuple(self._read(row)[0] for row in rows)

    def read(self, body: Any, *, right_id: str, **how: Any) -> Record:
        """Return the record that was asked for; raises CannotBeRead, unless the mapper itself read a part of it.

        ``how`` goes to the mapper.
        """
        record, mapped = self._read(body, **how)
        if not mapped:
            raise CannotBeRead(record.unreadable)
        return record if record.id else record._replace(id=right_id)

    def written(self, body: Any, **how: Any) -> Record:
        """Return the record that a write was answered with; ``how`` goes to the mapper. Raises OutcomeUnknown."""
        record, mapped = self._read(body, **how)
        if not mapped:
            raise OutcomeUnknown(_("The other system's answer to the change cannot be read."))
        return record

    def _read(self, row: Any, **how: Any) -> tuple[Record, bool]:
        """Return the record, and whether it is the mapper's."""
        try:
            if not isinstance(row, Mapping) or not self._id_of(row):
                raise TypeError("This is no record with an ID.")
            return self._record_from(row, **how), True
        except Exception as error:  # noqa: BLE001 -- whatever one record holds, the others are read
            # The class alone: a message may repeat a value.
            logger.warning("A record of %s cannot be read: %s", self._resource.name, type(error).__name__)
            return self._recognised(row), False

    def _id_of(self, row: Mapping[str, Any]) -> str:
        """Return the ID, empty where there is none that can be read."""
        value = row.get(self._id_in)
        if isinstance(value, bool) or not isinstance(value, str | int):
            return ""
        right_id = str(value)
        fits = right_id.strip() and len(right_id) <= self._longest_id and right_id != self._hidden
        return right_id if fits and right_id.isprintable() else ""

    # --- Recognising ----------------------------------------------------------------------------------------

    def _recognised(self, row: Any) -> Record:
        """Return as much of the record as is read without what cannot be: one property after the other is tried."""
        if not isinstance(row, Mapping):
            return unread(
                "",
                resource=self._resource,
                reason=_("This entry holds nothing that can be read. Look whether somebody is missing here."),
            )
        right_id = self._id_of(row)
        kept, broken = {self._id_in: right_id or NO_ID}, []
        for name, value in row.items():
            if name == self._id_in:
                continue
            if self._fits({**kept, name: value}):
                kept[name] = value
            else:
                broken.append(name)
        reason = self._reason(broken, has_id=bool(right_id))
        if not self._fits(kept):
            return unread(right_id, resource=self._resource, reason=reason)
        record = self._record_from(kept)
        label = "" if record.label == NO_ID else record.label
        return record._replace(id=right_id, label=label[:LONGEST_LABEL], unreadable=reason, source=None)

    def _fits(self, row: Mapping[str, Any]) -> bool:
        try:
            self._record_from(row)
        except Exception:  # noqa: BLE001 -- what is tried here is known to fail somewhere
            return False
        return True

    def _reason(self, broken: Sequence[str], *, has_id: bool) -> str:
        names = [*(() if has_id else (self._id_in,)), *broken]
        if not names:
            return _("This person cannot be read. Open and save the person in the other system, then compare again.")
        return said_of(self._words.get(name, f"“{name}”") for name in names)
