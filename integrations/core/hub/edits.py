"""Which of a person's values were edited in the hub lately, by the history (G-12)."""

from collections.abc import Collection
from datetime import datetime

from integrations.core.hub.endpoint import HubPeople
from integrations.core.hub.people import VALUES
from integrations.core.hub.tracking import SUBJECT
from integrations.core.models import FieldChange


def edited_since(people: HubPeople, left_id: str, names: Collection[str], *, since: datetime | None) -> frozenset[str]:
    """Return those of the fields whose value in the hub was changed after a moment; none without fields or moment."""
    if not names or since is None:
        return frozenset()
    field_of = {column.replace("__", "."): name for name in names for column in VALUES[people.sources[name]].columns}
    changes = FieldChange.objects.filter(subject=SUBJECT, subject_id=left_id, connection=None, at__gt=since)
    return frozenset(field_of[change.field] for change in changes.of_fields(*field_of))
