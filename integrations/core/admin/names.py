"""The people behind the ids that links, deliveries and changes hold: named and searched in one query each."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from absences.models import Absence
from employees.access.companies import hidden_people
from employees.access.protected import may_see_protected
from employees.access.reading import reader
from employees.labels import with_words
from employees.models import Employee
from employees.users import user_name as user_name
from integrations.core.hub.absences import ABSENCE, PERSON, pk_of
from integrations.core.hub.labels import names_of
from integrations.core.hub.taking_part import said_of_elsewhere
from integrations.core.hub.tracking import RESOURCE


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


def said_of_moved(request: HttpRequest, left_ids: Collection[str], *, company_id: int | None) -> dict[str, str]:
    """Say who of these people belongs to another company now; to which, to whoever may see companies.

    Nobody moves from a connection without a company of its own: it serves several.
    """
    ids = {int(left_id) for left_id in left_ids if left_id.isascii() and left_id.isdigit()}
    if not ids or company_id is None:
        return {}
    moved = Employee.objects.filter(pk__in=ids).exclude(company=company_id).order_by()
    named = request.user.has_perm("employees.view_company")
    return {
        str(pk): said_of_elsewhere(company if named else "") for pk, company in moved.values_list("pk", "company__name")
    }


def moved_from(request: HttpRequest, record: Any, left_id: str) -> str:
    """Say the same of the person of a link, if it is so."""
    if record.resource != RESOURCE:
        return ""
    return said_of_moved(request, [left_id], company_id=record.connection.company_id).get(left_id, "")


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
    """Return the records whose ``path`` holds the id of somebody whom all these words find (`employees.labels`)."""
    return queryset.filter(**{f"{path}__in": ids_of_people(term)}, **only)


def named(records: QuerySet[Any], name: str, *, row: str = "") -> QuerySet[Any]:
    """Return those with all the words in their label, or in what tells a person of the hub from namesakes.

    ``row`` leads to what has the label, such as ``row__``. Whom the reader may not see no name finds (PR-04).
    """
    if not name:
        return records
    in_name = Q()
    for word in name.split():
        in_name &= Q(**{f"{row}label__icontains": word})
    return _without_hidden(records.filter(in_name | Q(**{f"{row}left_id__in": ids_of_people(name)})), f"{row}left_id")


def _without_hidden(records: QuerySet[Any], path: str) -> QuerySet[Any]:
    user = reader().user
    if user is None or may_see_protected(user):
        return records
    hidden = hidden_people(user).order_by()
    people = hidden.annotate(id_text=Cast("pk", CharField()))
    absences = Absence.objects.filter(employee__in=hidden.values("pk")).order_by()
    texts = absences.annotate(id_text=Concat(Value(ABSENCE), Cast("pk", CharField())))
    return records.exclude(**{f"{path}__in": people.values("id_text")}).exclude(
        **{f"{path}__in": texts.values("id_text")}
    )


def ids_of_people(term: str) -> QuerySet[Any]:
    """Return the ids of these people as a query, as other tables hold them."""
    people = with_words(Employee.objects.all(), term)
    return people.annotate(id_text=Cast("pk", CharField())).values("id_text")


def of_resource_people(queryset: QuerySet[Any], *, term: str) -> QuerySet[Any]:
    return of_people_named(queryset, path="left_id", term=term, resource=RESOURCE)
