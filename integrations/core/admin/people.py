"""The person's page with what the integrations know: the state in each connection, and the field history (G-12)."""

from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, reverse

from employees.admin import EmployeeAdmin
from employees.models import Employee
from integrations.core.admin.declared import record_url
from integrations.core.admin.field_history import HistoryReader, readable_changes
from integrations.core.admin.pages import service_context
from integrations.core.admin.person_connections import urls
from integrations.core.admin.person_standings import connections_of_person, standings
from integrations.core.admin.shown_problems import problems_of_person
from integrations.core.allowed import Right, may_anywhere, permitted
from integrations.core.hub.tracking import RESOURCE, SUBJECT
from integrations.core.protecting import held_by_vendors

# Changes on the person's own page; the rest stands in the whole history.
LAST_CHANGES: Final = 50

admin.site.unregister(Employee)


@admin.register(Employee)
class PersonAdmin(EmployeeAdmin):
    change_form_template = "core/admin/person.html"

    def get_urls(self) -> list[URLPattern]:
        return [*urls(self), *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        employee = self.get_object(request, object_id) if object_id and self.has_view_permission(request) else None
        # The field history below says more than Django's own history would.
        context = {"show_history": False, **(person_context(request, employee) if employee else {})}
        page: HttpResponseBase = super().changeform_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )
        return page


def _held_elsewhere(request: HttpRequest, employee: Employee) -> list[dict[str, Any]]:
    """Return where a protected person's address and phones may stand from before: nothing is emptied there (PR-04)."""
    connections = list(permitted(connections_of_person(employee), request.user))
    return [
        {
            "connection": connection,
            "fields": ", ".join(labels),
            "number": link.right_id,
            "url": record_url(connection=connection, resource=RESOURCE, right_id=link.right_id),
        }
        for connection, link, labels in held_by_vendors(str(employee.pk), connections)
    ]


def person_context(request: HttpRequest, employee: Employee) -> dict[str, Any]:
    """Return what the reader may see of it; the number of queries does not depend on the history's length."""
    context: dict[str, Any] = {}
    if request.user.has_perm("core.view_link"):
        context |= {
            "standings": standings(request, employee),
            "employee": employee,
            "held_elsewhere": _held_elsewhere(request, employee) if employee.protected_identity else [],
            "may_disconnect": may_anywhere(request.user, Right.RUN),
            **service_context(),
        }
    if request.user.has_perm("core.view_problem"):
        context |= {
            "problems": problems_of_person(request, employee_id=employee.pk),
            "here": f"{reverse('admin:employees_employee_change', args=[employee.pk])}#problems",
        }
    if request.user.has_perm("core.view_fieldchange"):
        changes = readable_changes(request).filter(subject=SUBJECT, subject_id=str(employee.pk))
        lines = HistoryReader(request, list(changes[: LAST_CHANGES + 1])).read()
        address = reverse("admin:core_fieldchange_changelist")
        context |= {
            "changes": lines[:LAST_CHANGES],
            "all_changes_url": f"{address}?subject__exact={SUBJECT}&subject_id__exact={employee.pk}",
            "more_changes": len(lines) > LAST_CHANGES,
        }
    return context
