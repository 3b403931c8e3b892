"""The field history as a person reads it: who or which run changed what, where, from what to what (G-12)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from absences.admin.absence import SEE_EVERYBODY
from absences.models import Absence, AbsenceType
from employees.access.companies import companies_seen, within
from employees.access.protected import may_see_protected
from employees.admin.sensitive import SENSITIVE
from employees.labels import choice_label, with_needed
from employees.masking import HIDDEN_WHOLE
from employees.models import Company, Department, Employee
from integrations.core.admin.declared import Shown
from integrations.core.admin.names import user_name
from integrations.core.allowed import permitted
from integrations.core.hub.absence_history import NOTE, prefix_of
from integrations.core.hub.absence_history import PART as ABSENCE_PART
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.hub.absences import left_id_of
from integrations.core.hub.labels import names_of
from integrations.core.hub.readable import PARTS, TYPE
from integrations.core.hub.tracking import RESOURCE, SUBJECT
from integrations.core.linking import CHOICE, LINK
from integrations.core.models import Connection, FieldChange
from integrations.core.push.overwritten import FIELD as OVERWRITTEN
from integrations.core.releasing import NOT_SENT
from integrations.core.runs.deciders import confirmed_by, decided_change, started_by

KNOWN: Final = ("connection__company", "user", "run__connection__company", "run__by", "run__approved_by")
REFERRED: Final[dict[str, type[Company] | type[Department] | type[Employee] | type[AbsenceType]]] = {
    "company_id": Company,
    "department_id": Department,
    "manager_id": Employee,
    "type_id": AbsenceType,
}


@dataclass(frozen=True, kw_only=True)
class ShownChange:
    """``where`` is the hub or the connection that was written to; ``run_url`` is empty for changes by hand.

    ``name`` is the field without the part of the person that it belongs to. ``roles`` names, of a synchronisation, who
    decided on the field, who confirmed, and who started, apart (G-22).
    """

    at: datetime
    who: str
    roles: tuple[tuple[Any, str], ...]
    run_url: str
    where: str
    field: Any
    name: Any
    before: str
    after: str


def readable_changes(request: HttpRequest) -> QuerySet[FieldChange]:
    """Return the changes of the parts of people that the reader may see."""
    mine = FieldChange.objects.filter(subject=SUBJECT).select_related(*KNOWN)
    changes = _of_people_seen(_of_connections_seen(mine, request.user), request.user)
    for part, model in PARTS.items():
        if part and not request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
            changes = changes.exclude(field__startswith=f"{part}.")
    if not request.user.has_perm(SEE_EVERYBODY):
        # Whoever sees the own team's absences alone finds their history on each absence's page.
        changes = changes.exclude(field__startswith=f"{ABSENCE_PART}.").exclude(delivery__resource=ABSENCES)
    return changes


def _of_connections_seen(changes: QuerySet[FieldChange], user: Any) -> QuerySet[FieldChange]:
    """Leave out what was written to the systems of integrations, and of companies, that the reader does not see."""
    seen = permitted(Connection.objects.all(), user)
    return changes.filter(Q(connection=None) | Q(connection__in=seen.order_by().values("pk")))


def _of_people_seen(changes: QuerySet[FieldChange], user: Any) -> QuerySet[FieldChange]:
    if companies_seen(user) is None and may_see_protected(user):
        return changes
    people = within(Employee.objects.all(), user).annotate(id_text=Cast("pk", CharField()))
    return changes.filter(subject_id__in=people.order_by().values("id_text"))


def changes_of_absence(absence: Absence) -> QuerySet[FieldChange]:
    """Return what was changed of an absence, here and at the vendors; whoever asks has found it among their own."""
    mine = Q(field__startswith=prefix_of(absence.pk))
    written = Q(delivery__resource=ABSENCES, delivery__left_id=left_id_of(absence.pk))
    changes = FieldChange.objects.filter(subject=SUBJECT, subject_id=str(absence.employee_id))
    return changes.filter(mine | written).select_related(*KNOWN)


class HistoryReader:
    """Reads a page of changes; what they refer to is fetched in a fixed number of queries."""

    def __init__(
        self,
        request: HttpRequest,
        changes: Sequence[FieldChange],
        *,
        of_one_absence: bool = False,
        kinds: bool = True,
    ) -> None:
        """``of_one_absence``: the page says which absence it is, the fields' labels need not.

        Without ``kinds`` whatever tells what an absence is left out: what was written to vendors, too.
        """
        self.request = request
        # Of something new each value is a change for the reader.
        split = [[each for each in change.by_field() if kinds or not _tells_kind(each)] for change in changes]
        self.entries = [sorted(entry, key=_place, reverse=True) for entry in split]
        self.changes = [single for entry in self.entries for single in entry]
        self.of_one_absence = of_one_absence
        self.masked = not request.user.has_perm("employees.view_sensitive")
        self._shown: dict[int, Shown] = {}

    def read(self) -> list[ShownChange]:
        """Return a line per field, the newest first."""
        return [self._read(change) for change in self.changes]

    def read_entries(self) -> list[list[ShownChange]]:
        """Return the lines of each of the given changes: several where something was new."""
        return [[self._read(single) for single in entry] for entry in self.entries]

    def part_label(self, change: FieldChange) -> str:
        """Return what is new, for a change that holds all of its values."""
        part = change.field.partition(".")[0]
        if part == ABSENCE_PART:
            return self._absence_label(change)
        model = PARTS.get(part if "." in change.field else "")
        return str(capfirst(model._meta.verbose_name)) if model else part

    @cached_property
    def names(self) -> dict[str, str]:
        return names_of(change.subject_id for change in self.changes if change.subject == SUBJECT)

    def _read(self, change: FieldChange) -> ShownChange:
        field, name, before, after = self._at_vendor(change) if change.connection else self._in_hub(change)
        return ShownChange(
            at=change.at,
            who=self._who(change),
            roles=self._roles(change),
            run_url=self._run_url(change),
            where=change.connection.label if change.connection else _("Hub"),
            field=field,
            name=name,
            before=before,
            after=after,
        )

    def _who(self, change: FieldChange) -> str:
        if change.run_id and not _by_hand(change):
            return _("Synchronisation #%(number)d") % {"number": change.run_id}
        return user_name(change.user) or _("The system")

    def _roles(self, change: FieldChange) -> tuple[tuple[Any, str], ...]:
        run = change.run
        if run is None or _by_hand(change):
            return ()
        return (
            (_("Decided by"), decided_change(change.user, run)),
            (_("Confirmed by"), confirmed_by(run)),
            (_("Started by"), started_by(run)),
        )

    def _run_url(self, change: FieldChange) -> str:
        if not change.run_id or not self.request.user.has_perm("core.view_syncrun"):
            return ""
        return reverse("admin:core_syncrun_change", args=[change.run_id])

    def _at_vendor(self, change: FieldChange) -> tuple[Any, Any, str, str]:
        connection = change.connection
        if connection is None:
            raise ValueError(change.pk)
        shown = self._shown.setdefault(connection.pk, Shown(self.request, connection=connection, resource=RESOURCE))
        if change.field == NOT_SENT:
            label, before = _("Left unsent"), ""
            after = ", ".join(str(shown.label(name)) for name in change.after or ())
        elif change.field == OVERWRITTEN:
            label, after = _("Overwritten, though newer"), ""
            values = ((shown.label(name), shown.value(name, value)) for name, value in (change.before or {}).items())
            before = "; ".join(f"{field}: {value or _('empty')}" for field, value in values)
        elif change.field == CHOICE:
            label, before, after = shown.choice, change.before or _("by the rule"), change.after or _("by the rule")
        else:
            label = shown.label(change.field)
            before, after = (shown.value(change.field, value) for value in (change.before, change.after))
        return label, label, before, after

    def _in_hub(self, change: FieldChange) -> tuple[Any, Any, str, str]:
        part, name = part_and_name(change.field)
        model = PARTS.get(part)
        field = _model_field(model, name)
        if field is None or model is None:
            return change.field, name, self._hidden(change.before), self._hidden(change.after)
        short = label = capfirst(field.verbose_name)
        if model is Absence and not self.of_one_absence:
            label = f"{self._absence_label(change)}: {field.verbose_name}"
        elif part and model is not Absence:
            label = f"{capfirst(model._meta.verbose_name)}: {field.verbose_name}"
        if model is Absence and name == NOTE:
            return label, short, *_note_in_words(change)
        return label, short, self._hub_value(field, name, change.before), self._hub_value(field, name, change.after)

    def _hub_value(self, field: Any, name: str, value: Any) -> str:
        if value in (None, ""):
            return ""
        if name in SENSITIVE:
            return SENSITIVE[name](str(value)) if self.masked else str(value)
        if name in REFERRED:
            return self._referred.get((name, int(value)), str(value))
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        return str(dict(field.flatchoices).get(value, value))

    def _absence_label(self, change: FieldChange) -> str:
        period = self._periods.get(_absence_pk(change.field))
        return _("Absence %(period)s") % {"period": period} if period else _("Deleted absence")

    @cached_property
    def _periods(self) -> dict[int, str]:
        """Return the periods of the absences that the changes are about and that are still there."""
        fields = [change.field for change in self.changes if change.field.startswith(f"{ABSENCE_PART}.")]
        absences = Absence._base_manager.filter(pk__in={_absence_pk(field) for field in fields})
        return {absence.pk: absence.period for absence in absences}

    def _hidden(self, value: Any) -> str:
        """A field that is not known any more may have been sensitive."""
        if value in (None, ""):
            return ""
        return HIDDEN_WHOLE if self.masked else str(value)

    @cached_property
    def _referred(self) -> dict[tuple[str, int], str]:
        """Return the names of what the changes refer to."""
        wanted: dict[str, set[int]] = {}
        for change in self.changes:
            name = part_and_name(change.field)[1]
            if name in REFERRED and not change.connection_id:
                wanted.setdefault(name, set()).update(int(value) for value in (change.before, change.after) if value)
        return {
            (name, record.pk): choice_label(record, company=False)
            for name, ids in wanted.items()
            for record in _records(REFERRED[name], ids)
        }


def _records(model: Any, ids: Iterable[int]) -> Iterable[Any]:
    records: Iterable[Any] = with_needed(model._base_manager.filter(pk__in=ids))
    return records


def _tells_kind(change: FieldChange) -> bool:
    part, name = part_and_name(change.field)
    return part == ABSENCE_PART and (change.connection_id is not None or name in (TYPE, NOTE))


def _by_hand(change: FieldChange) -> bool:
    """Whether somebody did it in a review, where nothing is written yet."""
    return change.field in (LINK, CHOICE)


def part_and_name(field: str) -> tuple[str, str]:
    """Return a hub field's part and name: a bulk change numbers a person's several positions in between."""
    part, _dot, rest = field.partition(".")
    return (part, rest.rpartition(".")[2]) if rest else ("", field)


def _place(change: FieldChange) -> int:
    """Return where a hub field stands among those of its model."""
    part, name = part_and_name(change.field)
    model = PARTS.get(part)
    names = [field.attname for field in model._meta.concrete_fields] if model else []
    return names.index(name) if name in names else len(names)


def _absence_pk(field: str) -> int:
    return int(field.split(".")[1])


def _note_in_words(change: FieldChange) -> tuple[str, str]:
    """A note may tell of somebody's health: the history does not hold its text."""
    before = _("a note") if change.before else ""
    if not change.after:
        return before, ""
    return before, _("changed; notes are not kept here") if before else _("a note")


def _model_field(model: type[models.Model] | None, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
