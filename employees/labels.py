"""How people and departments are called where they are chosen or confirmed: namesakes can be told apart (G-26).

A label does not depend on who else is on the page: a search shows its hits bit by bit, a form shows the one that was
chosen, and a namesake may come tomorrow. So it always has the employment ID, or what stands in for one.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from employees.access.reading import reader, somebody
from employees.models import Department, Employee
from employees.parameters import term as searched
from employees.users import user_label
from employees.zones import today_of

PeopleT = TypeVar("PeopleT", bound="models.QuerySet[Any]")
# What a label reads of a person.
NEEDED = ("company", "department")


def field_label(model: type[models.Model], name: str) -> Any:
    """Return the label of a field that is the model's own; raises FieldDoesNotExist."""
    field: Any = model._meta.get_field(name)
    return field.verbose_name


def label_of(person: Employee, *, company: bool = False, today: date | None = None) -> str:
    """Return the name, and in brackets what tells the person from namesakes; less to whoever may not know who it is."""
    if not reader().knows(person):
        return somebody()
    return f"{person.full_name} ({details_of(person, company=company, today=today)})"


def details_of(person: Employee, *, company: bool = False, mailed: bool = False, today: date | None = None) -> str:
    """Return the employment ID, the department, with ``company`` that, and of somebody who left the last workday.

    Beside the number of a record without an employment ID stands the work e-mail, but not where it is ``mailed``.
    Select `NEEDED` with many people. Of a protected identity is not told where the person works or is reached.
    """
    shown = [person.identifier]
    if person.work_email and not (person.employment_id or person.protected_identity or mailed):
        shown.insert(0, person.work_email)
    if person.department is not None and not person.protected_identity:
        shown.append(person.department.name)
    if company:
        shown.append(person.company.name)
    if person.last_workday is not None and has_left(person, today=today):
        shown.append(_("left on %(day)s") % {"day": date_format(person.last_workday, "SHORT_DATE_FORMAT")})
    return ", ".join(shown)


def department_label(department: Department, *, company: bool = False) -> str:
    return f"{department.name} ({department.company.name})" if company else department.name


def has_left(person: Employee, *, today: date | None = None) -> bool:
    """Whether the last workday is over where the company is; ``today`` is that day where it is known."""
    if person.last_workday is None:
        return False
    # Nobody asks for the company for this alone: a day more or less makes the label no other.
    company = person.company if Employee._meta.get_field("company").is_cached(person) else None
    return person.last_workday < (today or today_of(company))


def details_of_many(people: Iterable[Employee], *, mailed: bool = False) -> dict[int, str]:
    """Return the details by primary key, with the company where the people are of several."""
    listed = list(people)
    several = len({person.company_id for person in listed}) > 1
    return {person.pk: details_of(person, company=several, mailed=mailed) for person in listed}


def choice_label(record: Any, *, company: bool = True) -> str:
    """Return the label of anything that is chosen, ``company`` where it may be of any company."""
    if isinstance(record, Employee):
        return label_of(record, company=company)
    if isinstance(record, AbstractBaseUser):
        return user_label(record)
    return department_label(record, company=company) if isinstance(record, Department) else str(record)


def with_needed(records: PeopleT) -> PeopleT:
    """Fetch what `choice_label` reads along with records of any kind."""
    needed = {Employee: NEEDED, Department: ("company",)}.get(records.model, ())
    return records.select_related(*needed) if needed else records


def with_words(people: PeopleT, term: str) -> PeopleT:
    """Return whom all words of a search find: by what a label shows, and by the work e-mail."""
    for word in searched(term).split():
        of_word = models.Q(employment_id__iexact=word)
        for name in ("given_name", "family_name", "work_email", "department__name", "company__name"):
            of_word |= models.Q(**{f"{name}__icontains": word})
        people = people.filter(of_word)
    return people


def left_last(people: PeopleT, *, path: str = "") -> PeopleT:
    """Sort people by name, those who have left after all others; ``path`` leads to the person, such as ``employee__``.

    What is listed comes with what its labels need.
    """
    left = models.Case(
        models.When(**{f"{path}last_workday__lt": today_of()}, then=models.Value(1)), default=models.Value(0)
    )
    names = (f"{path}family_name", f"{path}given_name", f"{path}pk")
    return people.select_related(*(f"{path}{name}" for name in NEEDED)).order_by(left, *names)
