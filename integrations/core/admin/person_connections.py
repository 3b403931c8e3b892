"""How a person stands in each connection; *Disconnect* and *Connect again* of one person (G-11)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from employees.models import Employee
from integrations.core.admin import badges
from integrations.core.admin.connections import connections_of
from integrations.core.admin.declared import integration_label, record_url
from integrations.core.admin.pages import service_context
from integrations.core.hub.tracking import RESOURCE
from integrations.core.linking import connect_person_again, disconnect_person
from integrations.core.models import Connection, Link, Problem, SyncRow
from integrations.core.problems import OPEN

RIGHT = "core.run_synchronisations"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a person stands in one connection; without a link the person is not there yet (G-14).

    ``refused`` is the last row of a synchronisation that was refused, where nothing was written since.
    """

    connection: Connection
    link: Link | None
    badge: dict[str, Any]
    vendor_url: str
    problem: Problem | None
    refused: SyncRow | None

    @property
    def synced_at(self) -> datetime | None:
        return self.link.synced_at if self.link else None

    @property
    def can_disconnect(self) -> bool:
        return self.link is not None and self.link.state == Link.State.ACTIVE

    @property
    def can_connect_again(self) -> bool:
        return self.link is not None and self.link.state == Link.State.DISCONNECTED


def standings(employee: Employee) -> list[Standing]:
    connections = list(connections_of(employee.company_id))
    subject = {"connection__in": connections, "resource": RESOURCE, "left_id": str(employee.pk)}
    # Of several links the newest counts: a person who was gone may have been linked again.
    links = {link.connection_id: link for link in Link.objects.filter(**subject).order_by("pk")}
    problems = {
        problem.connection_id: problem
        for problem in Problem.objects.filter(**subject, state__in=OPEN).order_by("last_at")
    }
    refused = _refused(employee, connections)
    return [_standing(each, links.get(each.pk), problems.get(each.pk), refused.get(each.pk)) for each in connections]


def _refused(employee: Employee, connections: Sequence[Connection]) -> dict[int, SyncRow]:
    rows = SyncRow.objects.filter(
        run__connection__in=connections,
        run__resource=RESOURCE,
        state=SyncRow.State.REFUSED,
        left_id=str(employee.pk),
    )
    return {row.run.connection_id: row for row in rows.select_related("run").order_by("pk")}


def _standing(connection: Connection, link: Link | None, problem: Problem | None, refused: SyncRow | None) -> Standing:
    missing = {"text": _("Not in %(connection)s yet") % {"connection": connection.label}, "variant": badges.PLAIN}
    return Standing(
        connection=connection,
        link=link,
        badge=badges.badge(link, badges.LINK) if link else missing,
        vendor_url=record_url(connection=connection, resource=RESOURCE, right_id=link.right_id if link else ""),
        problem=problem,
        refused=None if _is_over(refused, link) else refused,
    )


def _is_over(refused: SyncRow | None, link: Link | None) -> bool:
    """Whether something of the person was written after the refusal."""
    synced_at = link.synced_at if link else None
    ended_at = refused.ended_at if refused else None
    return synced_at is not None and ended_at is not None and synced_at > ended_at


View = Callable[[ModelAdmin[Employee], HttpRequest, Employee, Link], HttpResponseBase]


def urls(model_admin: ModelAdmin[Employee]) -> list[URLPattern]:
    """Return the addresses of the two actions, to stand in front of the person's page."""

    def page(action: str, view: View, name: str) -> URLPattern:
        route = f"<int:person>/connections/<int:link>/{action}/"
        return path(route, _opened(model_admin, view), name=f"employees_employee_{name}")

    return [page("disconnect", _disconnect, "disconnect"), page("connect-again", _connect_again, "connect_again")]


def _opened(model_admin: ModelAdmin[Employee], view: View) -> Callable[..., HttpResponseBase]:
    """Let through whoever runs synchronisations and may see the person, to a link of that person."""

    @wraps(view)
    def answer(request: HttpRequest, person: int, link: int) -> HttpResponseBase:
        if not (request.user.has_perm(RIGHT) and model_admin.has_view_permission(request)):
            raise PermissionDenied
        employee = model_admin.get_object(request, str(person))
        if employee is None:
            raise Http404
        links = Link.objects.select_related("connection").filter(
            connection__in=connections_of(employee.company_id), resource=RESOURCE, left_id=str(employee.pk)
        )
        return view(model_admin, request, employee, get_object_or_404(links, pk=link))

    methods = require_POST if view is _connect_again else require_http_methods(["GET", "HEAD", "POST"])
    guarded: Callable[..., HttpResponseBase] = model_admin.admin_site.admin_view(methods(answer))
    return guarded


def _disconnect(
    model_admin: ModelAdmin[Employee], request: HttpRequest, employee: Employee, link: Link
) -> HttpResponseBase:
    """Say what stops; by POST stop it."""
    if request.method != "POST":
        return _ask(model_admin, request, employee, link)
    names = {"person": employee.full_name, "connection": link.connection.label}
    if disconnect_person(link=link, by=_user(request)):
        messages.success(
            request, _("%(person)s is disconnected from %(connection)s: nothing is compared or sent any more.") % names
        )
    else:
        messages.warning(request, _("%(person)s is not connected to %(connection)s any more.") % names)
    return _back(employee)


def _ask(model_admin: ModelAdmin[Employee], request: HttpRequest, employee: Employee, link: Link) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        **service_context(),
        "title": _("Disconnect %(person)s?") % {"person": employee.full_name},
        "employee": employee,
        "link": link,
        "connection": link.connection,
        "vendor": integration_label(link.connection.integration),
        "person_url": _person_url(employee),
    }
    return render(request, "core/admin/person_disconnect.html", context)


def _connect_again(
    model_admin: ModelAdmin[Employee], request: HttpRequest, employee: Employee, link: Link
) -> HttpResponseBase:
    names = {"person": employee.full_name, "connection": link.connection.label}
    if connect_person_again(link=link, by=_user(request)):
        messages.success(
            request,
            _(
                "%(person)s takes part in %(connection)s again. Synchronise to see and decide what changed meanwhile:"
                " nothing is sent before that."
            )
            % names,
        )
    else:
        messages.warning(request, _("%(person)s was not disconnected from %(connection)s.") % names)
    return _back(employee)


def _user(request: HttpRequest) -> Any:
    return request.user


def _person_url(employee: Employee) -> str:
    return reverse("admin:employees_employee_change", args=[employee.pk])


def _back(employee: Employee) -> HttpResponse:
    return HttpResponseRedirect(_person_url(employee))
