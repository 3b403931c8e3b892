"""Answers what was changed of people since a page was shown, out of their history (G-21)."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from employees.access.reading import reader
from employees.labels import field_label
from employees.models import Employee
from employees.shown import Happened, happenings_asked
from employees.users import user_name
from integrations.core.allowed import permitted
from integrations.core.hub.labels import names_of
from integrations.core.hub.readable import PARTS, unreadable
from integrations.core.hub.tracking import SUBJECT
from integrations.core.marks import IDS_AT_ONCE
from integrations.core.models import Connection, FieldChange
from integrations.core.models.history import EVERY_FIELD

# What changed last is told; more is counted by whoever tells.
MOST_CHANGES: Final = 500
NAMED: Final = 3
OF_LINKS: Final = {"link": _lazy("link to another system"), "choice": _lazy("choice of what is kept in step")}


def connect() -> None:
    happenings_asked.connect(_answer, dispatch_uid="happenings")


def _answer(people: Collection[int], since: datetime, **kwargs: Any) -> list[Happened]:
    ids = [str(pk) for pk in people]
    changes = [
        change
        for start in range(0, len(ids), IDS_AT_ONCE)
        for change in _changes(ids[start : start + IDS_AT_ONCE], since)
    ]
    names = names_of({change.subject_id for change in changes})
    # People who are looked at together are of one company, or of few.
    some = list(people)[:IDS_AT_ONCE]
    companies = Employee.objects.order_by().filter(pk__in=some).values_list("company", flat=True).distinct()
    return [*_told(changes, names), *connection_happenings(since, company__in=list(companies))]


def connection_happenings(since: datetime | None, **which: Any) -> list[Happened]:
    """Return what people changed of those of these connections since whose state the reader may see."""
    if since is None:
        return []
    known, user = Connection.objects.filter(**which), reader().user
    found = (known if user is None else permitted(known, user)).values_list("pk", flat=True)
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Connection),
        object_id__in=[str(pk) for pk in found],
        action_time__gte=since,
    )
    return [
        Happened(user_name(entry.user), f"{entry.object_repr}: {entry.change_message}", entry.action_time)
        for entry in entries.select_related("user").order_by("-action_time")[:MOST_CHANGES]
    ]


def _changes(subject_ids: Collection[str], since: datetime) -> Iterator[FieldChange]:
    found = FieldChange.objects.filter(subject=SUBJECT, subject_id__in=subject_ids, at__gte=since)
    # What was written to a vendor shows on no page that asks; who was said to be whom there does.
    found = found.filter(Q(connection=None) | Q(field__in=OF_LINKS))
    yield from found.select_related("user").order_by("-id")[:MOST_CHANGES]


def _told(changes: Collection[FieldChange], names: dict[str, str]) -> Iterator[Happened]:
    """Tell what one person changed at one moment as one."""
    hidden = unreadable(changes)
    together: dict[tuple[Any, datetime], list[FieldChange]] = {}
    for change in changes:
        together.setdefault((change.user, change.at), []).append(change)
    for (user, at), several in together.items():
        fields = list(dict.fromkeys(_labels([change for change in several if change.pk not in hidden])))
        if any(change.pk in hidden for change in several):
            fields.append(_("something else") if fields else _("something"))
        people = list(dict.fromkeys(names.get(change.subject_id, _("somebody deleted")) for change in several))
        what = _("%(fields)s of %(people)s") % {"fields": _some(fields), "people": _some(people)}
        yield Happened(who=user_name(user), what=what, at=at)


def _labels(changes: Collection[FieldChange]) -> Iterator[str]:
    """Yield what was changed; of a part that was deleted that alone, and none of its fields."""
    gone = {_part(change) for change in changes if _is_gone(change)}
    for change in changes:
        model = _model(change)
        if model is not None and _part(change) in gone:
            yield _("%(part)s, deleted") % {"part": model._meta.verbose_name}
        else:
            yield _label(change)


def _part(change: FieldChange) -> str:
    return change.field.rpartition(".")[0]


def _model(change: FieldChange) -> type[models.Model] | None:
    """Return the model of a part of a person."""
    part = _part(change).partition(".")[0]
    return PARTS.get(part) if part else None


def _label(change: FieldChange) -> str:
    """Return what was changed: of a part of a person, such as an absence, the part and what became of it."""
    name, model = change.field.rpartition(".")[2], _model(change)
    if model is None:
        return str(_field_label(Employee, name) or OF_LINKS.get(name, _("other values")))
    if name == EVERY_FIELD:
        return _("%(part)s, new") % {"part": model._meta.verbose_name}
    label = _field_label(model, name)
    return f"{model._meta.verbose_name}, {label}" if label else str(model._meta.verbose_name)


def _is_gone(change: FieldChange) -> bool:
    """Whether a part was deleted: a field of it that is never empty is."""
    model, name = _model(change), change.field.rpartition(".")[2]
    if model is None or change.after is not None or name == EVERY_FIELD:
        return False
    return any(name == field.attname and not field.null for field in model._meta.concrete_fields)


def _field_label(model: type[models.Model], name: str) -> Any:
    try:
        return field_label(model, name)
    except FieldDoesNotExist:
        return ""


def _some(texts: list[str]) -> str:
    rest = len(texts) - NAMED
    named = ", ".join(texts[:NAMED])
    if rest <= 0:
        return named
    return ngettext("%(named)s and %(count)d more", "%(named)s and %(count)d more", rest) % {
        "named": named,
        "count": rest,
    }
