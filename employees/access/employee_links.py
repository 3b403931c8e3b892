"""Which employees a user is, and the notes about links that an upgrade made."""

from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from employees.access.companies import companies_seen
from employees.access.models import AccessEvent, EmployeeLink, LinkingNote
from employees.labels import has_left, label_of
from employees.models import Employee
from employees.users import user_label

MAY_CHANGE = "employees.change_employee"
# Kept on the user object, which lives as long as a request, as Django keeps its rights.
KEPT: Final = "_employed_as"


def may_link(user: Any) -> bool:
    """Whether the user says who is whom: users are all companies', as in `access.admin.users`."""
    return bool(user.has_perm(MAY_CHANGE)) and companies_seen(user) is None


def employed_as(user: Any) -> frozenset[int]:
    """Return the employees that the user is, by primary key, also those who have left."""
    if not getattr(user, "pk", None):
        return frozenset()
    if not hasattr(user, KEPT):
        setattr(user, KEPT, frozenset(EmployeeLink.objects.filter(user=user.pk).values_list("employee_id", flat=True)))
    found: frozenset[int] = getattr(user, KEPT)
    return found


def present_as(user: Any) -> list[int]:
    """Return whom the user stands for now: the employees, by primary key, who have not left; none once deactivated."""
    if not getattr(user, "is_active", False):
        return []
    links = EmployeeLink.objects.filter(user=user.pk).select_related("employee__company")
    return [each.employee_id for each in links if not has_left(each.employee)]


def has_left_everywhere(user: Any) -> bool:
    """Whether the user is an employee, or several, who have all left."""
    links = EmployeeLink.objects.filter(user=user.pk).select_related("employee__company")
    employees = [each.employee for each in links]
    return bool(employees) and all(map(has_left, employees))


def record(*, link: EmployeeLink, made: bool, by: Any) -> None:
    """Keep that a link was made, or removed."""
    kind = AccessEvent.Kind.EMPLOYEE_LINKED if made else AccessEvent.Kind.EMPLOYEE_UNLINKED
    AccessEvent.objects.create(user_id=link.user_id, kind=kind, by=by, employee_id=link.employee_id)


# --- What the upgrade did -------------------------------------------------------------------------------------


def open_notes(user: Any) -> "QuerySet[LinkingNote]":
    notes = LinkingNote.objects.filter(dismissed_at=None)
    return notes if may_link(user) else notes.none()


def told(note: LinkingNote) -> dict[str, Any]:
    """Return a note in the names of now; who is not there any more is left out."""
    users = User.objects.in_bulk([*(pair[0] for pair in note.linked), *(pk for each in note.unclear for pk in each[0])])
    pks = [*(pair[1] for pair in note.linked), *(pk for each in note.unclear for pk in each[1])]
    people = Employee.objects.select_related("company", "department").in_bulk(pks)
    linked = [(users[user], people[person]) for user, person in note.linked if user in users and person in people]
    unclear = [
        ([users[pk] for pk in accounts if pk in users], [people[pk] for pk in candidates if pk in people])
        for accounts, candidates in note.unclear
    ]
    return {
        "pk": note.pk,
        "at": note.at,
        "linked": [(user_label(user), person.pk, label_of(person, company=True)) for user, person in linked],
        "unclear": [
            (", ".join(map(user_label, accounts)), [(each.pk, label_of(each, company=True)) for each in candidates])
            for accounts, candidates in unclear
            if accounts and candidates
        ],
    }


def dismiss(*, pk: int, by: Any) -> bool:
    """Note that it was seen; returns False where somebody has said so before."""
    open_one = LinkingNote.objects.filter(pk=pk, dismissed_at=None)
    return bool(open_one.update(dismissed_at=timezone.now(), dismissed_by=by))
