"""The people behind the ids that links, deliveries and changes hold: named and searched in one query each."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from employees.models import Employee
from employees.values.texts import canonical
from integrations.core.hub.absences import PERSON, pk_of
from integrations.core.hub.tracking import RESOURCE


def names_of(left_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of the people who are still in the hub."""
    wanted = {int(left_id) for left_id in left_ids if left_id.isdigit()}
    people = Employee.objects.filter(pk__in=wanted).only("given_name", "family_name")
    return {str(person.pk): person.full_name for person in people}


def name_people(records: Sequence[Any], *, ids: Sequence[str]) -> None:
    """Set ``person_name`` on each record; a person who is gone keeps the id."""
    names = names_of(ids)
    for record, left_id in zip(records, ids, strict=True):
        record.person_name = names.get(left_id, "")


def person_text(record: Any, left_id: str) -> str:
    return record.person_name or (_("Deleted person (%(id)s)") % {"id": left_id} if left_id else "")


def person_link(request: HttpRequest, *, left_id: str, name: str) -> str:
    """Return the name as a link to the person's page for those who may open it."""
    if not (left_id and name and request.user.has_perm("employees.view_employee")):
        return name
    return format_html('<a href="{}">{}</a>', reverse("admin:employees_employee_change", args=[left_id]), name)


def linked_person(request: HttpRequest, record: Any, left_id: str) -> str:
    """Return the person of a record that ``name_people`` was given; one who is gone has no page to lead to."""
    return person_link(request, left_id=left_id, name=record.person_name) or person_text(record, left_id)


def subject_url(request: HttpRequest, left_id: str, *, people: Collection[str]) -> str:
    """Return where the subject of a mark or problem stands in the hub, for those who may open it.

    ``people`` are the ids of those who are there, none for whoever may not open people.
    """
    person = left_id.removeprefix(PERSON) if left_id.startswith(PERSON) else left_id
    if person in people or (person != left_id and request.user.has_perm("employees.view_employee")):
        return reverse("admin:employees_employee_change", args=[person])
    absence = pk_of(left_id)
    if absence is not None and request.user.has_perm("absences.view_absence"):
        return reverse("admin:absences_absence_change", args=[absence])
    return ""


def of_people_named(queryset: QuerySet[Any], *, path: str, term: str, **only: str) -> QuerySet[Any]:
    """Return the records whose ``path`` holds the id of somebody with all these words in the name or the e-mail."""
    people = Employee.objects.all()
    for word in canonical(term).split():
        people = people.filter(
            Q(given_name__icontains=word) | Q(family_name__icontains=word) | Q(work_email__icontains=word)
        )
    ids = people.annotate(id_text=Cast("pk", CharField())).values("id_text")
    return queryset.filter(**{f"{path}__in": ids}, **only)


def of_resource_people(queryset: QuerySet[Any], *, term: str) -> QuerySet[Any]:
    return of_people_named(queryset, path="left_id", term=term, resource=RESOURCE)


def user_name(user: AbstractBaseUser | None) -> str:
    if user is None:
        return ""
    full_name: str = getattr(user, "get_full_name", lambda: "")()
    return full_name or user.get_username()
