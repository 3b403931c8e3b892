"""What changed in a review since one of its pages was made, and by whom, in words (G-21)."""

from collections.abc import Iterable
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.users import user_name
from integrations.core.admin.declared import Shown
from integrations.core.admin.field_history import HistoryReader, readable_changes
from integrations.core.admin.review.conflict_rows import SAID
from integrations.core.admin.review.opened import Review
from integrations.core.hub.labels import label_row
from integrations.core.models import FieldChange, SyncField, SyncRow, SyncRun
from integrations.core.runs.confirmation import DecidedSince, Since, changed_since
from integrations.core.runs.reviewing import CREATABLE

# People, and fields of a person, that are named; the rest is counted.
NAMED: Final = 5
FIELDS: Final = 3


def told_since(review: Review, since: Since) -> list[str]:
    """Return a sentence per person who decided something, and per thing that happened by itself."""
    changed = changed_since(review.run, since, readable=readable_changes(review.request), named=NAMED)
    shown = review.shown
    lines = [_decided(review, each, shown) for each in changed.decided]
    number, rows = changed.ended
    if number:
        text = ngettext(
            "%(count)d person needs no decision any more: %(people)s.",
            "%(count)d people need no decision any more: %(people)s.",
            number,
        )
        people = [f"{label_row(row)} ({_reason(review, row)})" if row.reason else label_row(row) for row in rows]
        lines.append(text % {"count": number, "people": _and_more(people, number, "; ")})
    if changed.settings:
        lines.append(_("The settings of the connection were changed."))
    return lines + _edits(review, changed.changes)


def _decided(review: Review, decided: DecidedSince, shown: Shown) -> str:
    text = ngettext(
        "%(who)s decided on %(count)d person since you opened this page: %(people)s.",
        "%(who)s decided on %(count)d people since you opened this page: %(people)s.",
        decided.people,
    )
    people = [_of_person(review, row, shown) for row in decided.rows]
    who = user_name(decided.by) or SyncRun.Trigger.OPERATOR.label
    return text % {"who": who, "count": decided.people, "people": _and_more(people, decided.people, "; ")}


def _of_person(review: Review, row: Any, shown: Shown) -> str:
    fields: list[SyncField] = row.decided_fields
    if row.state != SyncRow.State.OPEN:
        said = _reason(review, row) or row.get_state_display()
    elif fields:
        said = _and_more([_of_field(review, field, shown) for field in fields[:FIELDS]], len(fields))
    elif row.kind in CREATABLE:
        said = _("is created") if row.decision == SyncRow.Decision.CREATE else _("is not created")
    else:
        said = _reason(review, row)
    return f"{label_row(row)} ({said})" if said else label_row(row)


def _reason(review: Review, row: SyncRow) -> str:
    return row.reason.for_reader(review.request.user)


def _of_field(review: Review, field: SyncField, shown: Shown) -> str:
    now, before = (_word(review, decision) for decision in (field.decision, field.decided_before))
    words = {"field": shown.label(field.field), "now": now, "before": before}
    return _("%(field)s: %(now)s, before: %(before)s") % words if before else _("%(field)s: %(now)s") % words


def _word(review: Review, decision: str) -> str:
    return str(SAID.get(SyncField.Decision(decision), review.vendor)) if decision else ""


def _edits(review: Review, changes: list[FieldChange]) -> list[str]:
    reader = HistoryReader(review.request, changes)
    gone = [change for change in changes if change.subject_id not in reader.names]
    told = [pair for pair in zip(reader.changes, reader.read(), strict=True) if pair[0].subject_id in reader.names]
    return _deleted(review, gone) + [
        _("%(who)s changed %(name)s: %(field)s, %(before)s → %(after)s (%(where)s).")
        % {
            "who": line.who,
            "name": reader.names[change.subject_id],
            "field": line.field,
            "before": line.before or _("empty"),
            "after": line.after or _("empty"),
            "where": line.where,
        }
        for change, line in told[:NAMED]
    ]


def _deleted(review: Review, changes: list[FieldChange]) -> list[str]:
    """Tell of people who are not in the hub any more, each once, by the name that the review knows."""
    by = {change.subject_id: user_name(change.user) for change in changes}
    rows = SyncRow.objects.filter(run=review.run, left_id__in=by).order_by("pk")
    return [
        _("%(who)s deleted %(name)s.") % {"who": by[row.left_id] or _("Somebody"), "name": row.label} for row in rows
    ]


def _and_more(said: Iterable[str], number: int, between: str = ", ") -> str:
    texts = list(said)
    if number > len(texts):
        texts.append(_("%(more)d more") % {"more": number - len(texts)})
    return between.join(texts)
