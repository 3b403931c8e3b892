"""One change for many chosen people: planned, shown, then made for all of them or for nobody (G-17)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from functools import cached_property, partial
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import F, Model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.doubters import doubts_about
from employees.labels import field_label
from employees.labels import label_of as person_label
from employees.models import Employee
from employees.outgoing import Outgoing, forecast
from employees.shown import Happened, fingerprint, happened_since, stale_text
from employees.tracking import Operation, Reach, operating, tracked_bulk

FIELDS: Final = ("department", "manager", "last_workday")
# More are imported from a file: a page that nobody reads through is no confirmation.
MOST_PEOPLE: Final = 1_000


@dataclass(frozen=True)
class PlannedChange:
    """One person: ``differences`` is [(field, before, after)], ``reasons`` why it cannot be made.

    ``doubts`` are texts of what is to be looked at all the same; ``label`` is what the person is called before.
    """

    employee: Employee
    label: str
    differences: list[tuple[str, Any, Any]]
    reasons: list[str]
    doubts: list[str] = dataclass_field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    values: Mapping[str, Any]
    employee_ids: Collection[int]
    changing: list[PlannedChange]
    refused: list[PlannedChange]
    unchanged: int

    @cached_property
    def outgoing(self) -> list[Outgoing]:
        return forecast(reach=self.reach)

    @property
    def made_from(self) -> str:
        """What stands for all that is shown of the plan: another one, and it is to be looked at again."""
        return fingerprint(
            sorted(self.employee_ids),
            [_shown(each) for each in (*self.changing, *self.refused)],
            self.unchanged,
            [each.shown for each in self.outgoing],
        )

    @property
    def reach(self) -> Reach:
        columns = {each.name: each.attname for each in Employee._meta.concrete_fields}
        stored = {columns[name]: _stored(value) for name, value in self.values.items()}
        return Reach(
            changed={each.employee.pk: [name for name, _before, _after in each.differences] for each in self.changing},
            after=lambda ids: dict.fromkeys(ids, stored),
        )


class NotMade(Exception):
    """Nobody was changed; the text says why."""


class MadeAlready(NotMade):
    """Everybody holds the values by now; ``happened`` says who gave them, newest first, where it is known."""

    def __init__(self, happened: Sequence[Happened]) -> None:
        super().__init__(_("Everybody holds these values already: nothing is left to do."))
        self.happened = happened


def plan_change(*, employee_ids: Collection[int], values: Mapping[str, Any]) -> Plan:
    """Return what setting ``values`` (of `FIELDS`) would do to each person; nothing is written."""
    return _plan(_people(employee_ids), employee_ids, values)


def change_together(
    *,
    employee_ids: Collection[int],
    values: Mapping[str, Any],
    shown: str,
    shown_at: datetime | None = None,
    key: str,
    user_id: int | None,
) -> Plan:
    """Make the planned change for all of these people; raises NotMade, and nobody is changed then.

    ``key`` names the operation, so that pressing twice is one; ``shown`` is the `made_from` of the plan that was
    confirmed.
    """
    with transaction.atomic():
        people = _people(employee_ids, lock=True)
        plan = _plan(people, employee_ids, values)
        if plan.made_from != shown:
            happened = happened_since(shown_at, people=employee_ids)
            raise NotMade(stale_text(happened)) if plan.changing or plan.refused else MadeAlready(happened)
        if plan.refused:
            raise NotMade(_("Nobody was changed: for some of the people the change cannot be made."))
        if plan.changing:
            _write(plan, key=key, user_id=user_id)
    return plan


def _stored(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def _people(employee_ids: Collection[int], *, lock: bool = False) -> list[Employee]:
    if lock:
        # Apart from the query with its outer joins, which PostgreSQL does not lock.
        list(Employee._base_manager.select_for_update().filter(pk__in=employee_ids).order_by("pk").values_list("pk"))
    people = Employee.objects.filter(pk__in=employee_ids).select_related("company", "department", "manager__department")
    return list(people.order_by("family_name", "given_name", "pk"))


def _plan(people: list[Employee], employee_ids: Collection[int], values: Mapping[str, Any]) -> Plan:
    planned = [_plan_one(person, values) for person in people]
    changing = [each for each in planned if each.differences and not each.reasons]
    _note_doubts(changing)
    return Plan(
        values=values,
        employee_ids=employee_ids,
        changing=changing,
        refused=[each for each in planned if each.reasons],
        unchanged=sum(1 for each in planned if not each.differences and not each.reasons),
    )


def _note_doubts(changing: Iterable[PlannedChange]) -> None:
    """Write on the changes what other apps have to say, asked about all people at once."""
    changed = [(each.employee, [name for name, _before, _after in each.differences]) for each in changing]
    found = doubts_about(changed)
    for each in changing:
        each.doubts.extend(str(doubt.text) for doubt in found.get(each.employee.pk, ()))


def _plan_one(person: Employee, values: Mapping[str, Any]) -> PlannedChange:
    differences, label = [], person_label(person)
    for name, value in values.items():
        before = getattr(person, name)
        if before != value:
            differences.append((name, before, value))
            setattr(person, name, value)
    return PlannedChange(person, label, differences, _reasons(person, [name for name, _b, _a in differences]))


def _reasons(person: Employee, changed: Collection[str]) -> list[str]:
    """Return why the person may not hold the new values; what was wrong before is nobody's matter here."""
    if not changed:
        return []
    exclude = {field.name for field in Employee._meta.fields if field.name not in changed or field.is_relation}
    reasons = []
    for check in (partial(person.clean_fields, exclude=exclude), person.clean):
        try:
            check()
        except ValidationError as error:
            by_field = error.message_dict
            reasons += [
                text for name, texts in by_field.items() if name in (*changed, NON_FIELD_ERRORS) for text in texts
            ]
    return reasons


def _shown(planned: PlannedChange) -> tuple[Any, ...]:
    person = planned.employee
    differences = [(name, str(before), str(after)) for name, before, after in planned.differences]
    return person.pk, person.version, differences, planned.reasons, planned.doubts


def _write(plan: Plan, *, key: str, user_id: int | None) -> None:
    ids = [each.employee.pk for each in plan.changing]
    operation = Operation(key=key, label=label_of(plan), user_id=user_id, reach=lambda: plan.reach)
    with operating(operation), tracked_bulk(ids):
        Employee.objects.filter(pk__in=ids).update(**plan.values, version=F("version") + 1, updated_at=timezone.now())


def label_of(plan: Plan) -> str:
    """Return what the change is called where it waits: "Department, last workday of 60 people"."""
    fields = ", ".join(str(field_label(Employee, name)) for name in plan.values)
    count = len(plan.changing)
    text = ngettext("%(fields)s of %(count)d person", "%(fields)s of %(count)d people", count)
    text %= {"fields": fields, "count": count}
    return text[:1].upper() + text[1:]
