"""Decisions as a page makes them that has just been opened."""

from collections.abc import Sequence
from typing import Any

from absences.deciding import Decided, decide, made_from
from absences.models import Absence


def decide_as_shown(absences: Sequence[Absence], *, status: str, by: Any, key: str = "") -> Decided:
    ids = [each.pk for each in absences]
    stored = Absence.objects.filter(pk__in=ids).select_related("employee", "type", "confirmed_days")
    shown = made_from(list(stored), status=status, outgoing=bool(key))
    return decide(ids=ids, status=status, by=by, key=key, shown=shown)
