"""One row in words: the fields by where they went, the reason, the next step. Labels only, never values (G-18)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from employees.models import Employee
from integrations.core.declare import Direction, Resource
from integrations.core.hub.labels import label_rows
from integrations.core.hub.own_values import know_own
from integrations.core.hub.people import VALUES
from integrations.core.hub.tracking import RESOURCE, SUBJECT
from integrations.core.models import FieldChange, SyncField, SyncRow, SyncRun
from integrations.core.registry import Connector, connector_class
from integrations.core.report.contents import Person
from integrations.core.report.outcomes import CREATED, WRITTEN, Outcome
from integrations.core.report.words import NEXT_STEPS, WORDS
from integrations.core.runs.deciders import deciders_of

Decision = SyncField.Decision
# It is not certain who these people are on the other side.
UNCLEAR: Final = (Outcome.DUPLICATE, Outcome.AMBIGUOUS, Outcome.MAYBE_SAME, Outcome.CANNOT_SEND)


class Describer:
    """Describes the rows of one run as a mail may; a few queries, whatever their number."""

    def __init__(self, *, run: SyncRun, vendor: str, rows: Iterable[SyncRow]) -> None:
        self.vendor = vendor
        self.run = run
        self.connector = _connector(run)
        self.resource = _resource(self.connector, run)
        listed = list(rows)
        left_ids = {row.left_id for row in listed if row.left_id.isdigit()}
        self.not_protected, self.protected = set[str](), set[str]()
        if run.resource == RESOURCE:
            people = Employee.objects.filter(pk__in=map(int, left_ids)).values_list("pk", "protected_identity")
            for pk, protected in people:
                (self.protected if protected else self.not_protected).add(str(pk))
        self.taken_over = self._taken_over(run, left_ids)
        label_rows(listed, resource=run.resource, mailed=True)
        know_own(listed, "reason", "hold_reason")

    def describe(self, row: SyncRow, outcome: Outcome) -> Person:
        return Person(
            name=row.shown,
            details=(*self._details(row, outcome), *self._deciders(row)),
            reason=self._reason(row, outcome),
            next_step=str(self._next_step(row, outcome)) % {"vendor": self.vendor},
        )

    def _is_protected(self, row: SyncRow) -> bool:
        """Whether to be silent about the person; somebody who is not in the hub any more counts as protected."""
        return bool(row.left_id) and row.left_id not in self.not_protected

    # --- Fields -------------------------------------------------------------------------------------------

    def label(self, name: str) -> str:
        if self.resource is not None and name in self.resource.position:
            return str(self.resource.field(name).label)
        return name.replace("_", " ").capitalize()

    def _details(self, row: SyncRow, outcome: Outcome) -> tuple[str, ...]:
        if outcome in CREATED:
            return self._created_details(row, outcome)
        if outcome in UNCLEAR and not (row.left_id and row.right_id):
            # The other one often has the same name.
            return (_("In the hub") if row.left_id else _("In %(vendor)s") % {"vendor": self.vendor},)
        fields = list(row.fields.all())
        done = outcome in WRITTEN
        groups = (
            (_("To %(vendor)s: %(fields)s") if done else _("Meant for %(vendor)s: %(fields)s"), Decision.LEFT),
            (_("To the hub: %(fields)s") if done else _("Meant for the hub: %(fields)s"), Decision.RIGHT),
            (_("Both left as they are: %(fields)s"), Decision.LEAVE),
            (_("Undecided: %(fields)s"), Decision.OPEN),
        )
        named = ((text, [self.label(each.field) for each in fields if each.decision == made]) for text, made in groups)
        lines = [text % {"vendor": self.vendor, "fields": ", ".join(labels)} for text, labels in named if labels]
        return (*lines, *self._blocked(fields))

    def _deciders(self, row: SyncRow) -> list[str]:
        """Say who decided, by field where it was more than one (G-22)."""
        found = deciders_of(row, self.run, row.fields.all())
        if len(found) == 1:
            return [_("Decided by: %(name)s") % {"name": name} for name in found]
        return [
            _("Decided by %(name)s: %(fields)s")
            % {"name": name, "fields": ", ".join(self.label(each.field) for each in fields)}
            for name, fields in found.items()
        ]

    def _blocked(self, fields: Iterable[SyncField]) -> list[str]:
        """Say why an undecided field cannot go where it would."""
        lines = []
        for field in fields:
            if field.decision != Decision.OPEN:
                continue
            reasons = ((self.vendor, field.reason_right), (_("the hub"), field.reason_left))
            lines += [
                _("%(field)s cannot go to %(side)s: %(reason)s")
                % {"field": self.label(field.field), "side": side, "reason": reason.for_mail()}
                for side, reason in reasons
                if reason
            ]
        return lines

    def _created_details(self, row: SyncRow, outcome: Outcome) -> tuple[str, ...]:
        lines = []
        taken = self.taken_over.get(row.left_id, [])
        if taken and outcome is Outcome.CREATED_RIGHT:
            lines.append(
                _("Taken over from %(vendor)s: %(fields)s") % {"vendor": self.vendor, "fields": ", ".join(taken)}
            )
        if outcome is Outcome.CREATED_RIGHT and self.resource is not None and row.left_id in self.protected:
            withheld = [str(declared.label) for declared in self.resource.fields if declared.withheld]
            lines.append(
                _("Not sent, because the person has a protected identity: %(fields)s") % {"fields": ", ".join(withheld)}
            )
        return tuple(lines)

    def _taken_over(self, run: SyncRun, left_ids: Iterable[str]) -> Mapping[str, list[str]]:
        """Return left id → labels of what the vendor assigned and the hub took over in this run (FX-07)."""
        if self.resource is None or self.connector is None:
            return {}
        sources = self.connector.sources(self.resource.name)
        label_of = {
            column.replace("__", "."): str(declared.label)
            for declared in self.resource.fields
            if declared.direction is Direction.TO_LEFT and declared.name in sources
            for column in VALUES[sources[declared.name]].columns
        }
        changes = FieldChange.objects.filter(run=run, connection=None, subject=SUBJECT, subject_id__in=left_ids)
        taken: dict[str, list[str]] = {}
        for change in changes.order_by("pk").of_fields(*label_of):
            taken.setdefault(change.subject_id, []).append(label_of[change.field])
        return taken

    # --- Reasons and next steps -----------------------------------------------------------------------------

    def _reason(self, row: SyncRow, outcome: Outcome) -> str:
        if outcome is Outcome.REFUSED and self._is_protected(row):
            if row.left_id in self.protected or not row.left_id.isdigit():
                return _("The reason is not sent by e-mail, to protect the person. It stands with the synchronisation.")
            return _("The person is not in the hub any more. The reason stands with the synchronisation.")
        if outcome is Outcome.MAYBE_SAME:
            return row.hold_reason.for_mail()
        if row.reason or outcome is not Outcome.SKIPPED:
            return row.reason.for_mail()
        if row.kind == SyncRow.Kind.DIFFERS:
            return _("Decided in the review: both sides keep their values.")
        return _("Decided in the review: not created.")

    def _next_step(self, row: SyncRow, outcome: Outcome) -> Any:
        side = "left" if row.left_id else "right"
        for key in ((outcome, row.kind), (outcome, side)):
            if key in NEXT_STEPS:
                return NEXT_STEPS[key]
        return WORDS[outcome].next_step


def _connector(run: SyncRun) -> Connector | None:
    """Return the connector, or None when the integration is gone or its settings cannot be read."""
    try:
        return connector_class(run.connection.integration)(options=run.connection.settings)
    except (KeyError, ValidationError):
        return None


def _resource(connector: Connector | None, run: SyncRun) -> Resource | None:
    if connector is None:
        return None
    try:
        return next((each for each in connector.resources() if each.name == run.resource), None)
    except ValidationError:
        return None
