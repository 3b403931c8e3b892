"""How a person stands in each connection; *Disconnect* and *Connect again* of one person (G-11)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from employees.models import Employee
from employees.shown import NotAsShown, fingerprint, happened_since, posted_fingerprint, posted_time, told_texts
from employees.zones import today_of
from integrations.core.admin import badges
from integrations.core.admin.choosing import choose_url, chosen_label, offers
from integrations.core.admin.connections import connections_of
from integrations.core.admin.declared import declared_resource, integration_label, record_url
from integrations.core.admin.pages import service_context
from integrations.core.admin.shown_problems import row_reason
from integrations.core.allowed import Right, may, may_anywhere, permitted
from integrations.core.declare import NOTHING
from integrations.core.hub.endpoint import hub_people
from integrations.core.hub.tracking import RESOURCE
from integrations.core.linking import choose, connect_person_again, disconnect_person, let_go_of_person
from integrations.core.marks import HELD_BY
from integrations.core.models import Connection, Link, Mark, Problem, SyncRow
from integrations.core.problems import OPEN
from integrations.core.runs.deciding import RunRefused
from integrations.core.runs.plan import LINKED
from integrations.core.takeovers import holder_of


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
    refused_why: str
    # What to do next, of somebody who is not there; why a change waits, of somebody who is.
    note: str
    # Whether the reader runs synchronisations of this integration.
    may_run: bool

    @property
    def gone_at(self) -> datetime | None:
        return self.link.gone_at if self.link and self.link.state in LINKED else None

    @property
    def can_create_anew(self) -> bool:
        return self.gone_at is not None and self.can_disconnect

    @property
    def synced_at(self) -> datetime | None:
        return self.link.synced_at if self.link else None

    @property
    def can_disconnect(self) -> bool:
        return self.may_run and self.link is not None and self.link.state == Link.State.ACTIVE

    @property
    def chosen(self) -> str:
        """Which of several that the vendor holds is kept in step; empty where there is only one."""
        return chosen_label(self.link) if self.link else ""

    @property
    def choose_url(self) -> str:
        return choose_url(self.link) if self.link and self.may_run else ""

    @property
    def can_connect_again(self) -> bool:
        return self.may_run and self.link is not None and self.link.state == Link.State.DISCONNECTED


def standings(request: HttpRequest, employee: Employee) -> list[Standing]:
    connections = list(permitted(_connections_of(employee), request.user))
    subject = {"connection__in": connections, "resource": RESOURCE, "left_id": str(employee.pk)}
    # Of several links the newest counts: a person who was gone may have been linked again.
    links = {link.connection_id: link for link in Link.objects.filter(**subject).order_by("pk")}
    problems = {
        problem.connection_id: problem
        for problem in Problem.objects.filter(**subject, state__in=OPEN).order_by("last_at")
    }
    rows = _refused(employee, connections)
    refused = {each.pk: _open_refusal(rows.get(each.pk), links.get(each.pk)) for each in connections}
    held = {each.connection_id: each for each in Mark.objects.filter(**subject)}
    return [
        Standing(
            connection=each,
            link=links.get(each.pk),
            badge=_badge(each, links.get(each.pk), employee),
            vendor_url=_vendor_url(each, links.get(each.pk)),
            problem=problems.get(each.pk),
            refused=refused[each.pk],
            refused_why=row_reason(request, row) if (row := refused[each.pk]) else "",
            note=_note_of_moved(each, employee) or _note(each, links.get(each.pk), employee, held.get(each.pk)),
            may_run=may(request.user, Right.RUN, each.integration),
        )
        for each in connections
    ]


def _connections_of(employee: Employee) -> QuerySet[Any]:
    """Return those of the person's company, and those of a former one along which the person is still linked."""
    still = Link.objects.filter(resource=RESOURCE, left_id=str(employee.pk), state__in=LINKED)
    former = Connection.objects.exclude(state=Connection.State.DRAFT).filter(pk__in=still.values("connection"))
    return (connections_of(employee.company_id) | former).order_by("label")


def _note_of_moved(connection: Connection, employee: Employee) -> str:
    if not _is_former(connection, employee):
        return ""
    return _(
        "The person belonged to %(company)s, whose connection this is: nothing is compared or sent any more."
        " Disconnect the person, or move the person back."
    ) % {"company": connection.company}


def _is_former(connection: Connection, employee: Employee) -> bool:
    return connection.company_id not in (None, employee.company_id)


def _vendor_url(connection: Connection, link: Link | None) -> str:
    return record_url(connection=connection, resource=RESOURCE, right_id=link.right_id if link else "")


def _badge(connection: Connection, link: Link | None, employee: Employee) -> dict[str, Any]:
    if link is not None and link.gone_at and link.state == Link.State.ACTIVE:
        vendor = integration_label(connection.integration)
        return {"text": _("Gone at %(vendor)s") % {"vendor": vendor}, "variant": badges.ATTENTION}
    if link is not None and link.state != Link.State.GONE_RIGHT:
        return badges.badge(link, badges.LINK)
    text = _("Not in %(connection)s yet") if _takes_part(connection, employee) else _("Takes no part")
    return {"text": text % {"connection": connection.label}, "variant": badges.PLAIN}


def _takes_part(connection: Connection, employee: Employee) -> bool:
    """Whether the person may be created there: in the scope, and not left."""
    departments, chosen = connection.scope.get("departments", []), connection.scope.get("employees", [])
    in_scope = not (departments or chosen) or employee.department_id in departments or employee.pk in chosen
    today = today_of(connection)
    return in_scope and (employee.last_workday is None or employee.last_workday >= today)


def _note(connection: Connection, link: Link | None, employee: Employee, mark: Mark | None) -> str:
    held_by = mark.held_by if mark is not None else None
    if held_by == "" and (waits := _waits_for_address(connection, employee)):
        return waits
    if link is None or link.state == Link.State.GONE_RIGHT:
        return _next_step_of_missing(connection) if _takes_part(connection, employee) else ""
    if mark is not None and (mark.held_fields or mark.held_by.startswith(HELD_BY)):
        return _("A change waits with a mass change, until somebody releases it.")
    if held_by in (Mark.Hold.DISCONNECTED, Mark.Hold.SCOPE):
        return _("A change waits until the person takes part again.")
    return _waits_for_connection(connection, held_by) if held_by in ("", Mark.Hold.REVIEW) else ""


def _waits_for_connection(connection: Connection, held_by: str) -> str:
    """Say what a change waits for that only the connection keeps back, or a match that nobody has confirmed."""
    if connection.state not in Connection.WORKING:
        return _("A change waits until %(connection)s is connected again.") % {"connection": connection.label}
    if connection.state == Connection.State.ACTIVE and not held_by:
        return ""
    return _("A change waits until a synchronisation of %(connection)s has been confirmed.") % {
        "connection": connection.label
    }


def _waits_for_address(connection: Connection, employee: Employee) -> str:
    if connection.state != Connection.State.ACTIVE:
        return ""
    people = hub_people(connection=connection, resource=RESOURCE)
    left = people.read_one(str(employee.pk))
    holder = holder_of(connection, people, left) if left is not None else None
    return holder.reason if holder is not None else ""


def _next_step_of_missing(connection: Connection) -> str:
    if connection.state not in Connection.WORKING:
        return ""
    if connection.creates_by_itself and connection.state == Connection.State.ACTIVE:
        return _("Created there with the next change of the person. Or synchronise users, and tick the name.")
    return _("Synchronise users, and tick the name under “Missing people” to create the person there.")


def _refused(employee: Employee, connections: Sequence[Connection]) -> dict[int, SyncRow]:
    rows = SyncRow.objects.filter(
        run__connection__in=connections,
        run__resource=RESOURCE,
        state=SyncRow.State.REFUSED,
        left_id=str(employee.pk),
    )
    return {row.run.connection_id: row for row in rows.select_related("run").order_by("pk")}


def _open_refusal(refused: SyncRow | None, link: Link | None) -> SyncRow | None:
    return None if _is_over(refused, link) else refused


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

    return [
        page("disconnect", _disconnect, "disconnect"),
        page("connect-again", _connect_again, "connect_again"),
        page("create-anew", _create_anew, "create_anew"),
        page("choose", _choose, "choose"),
    ]


def _opened(model_admin: ModelAdmin[Employee], view: View) -> Callable[..., HttpResponseBase]:
    """Let through whoever runs synchronisations and may see the person, to a link of that person."""

    @wraps(view)
    def answer(request: HttpRequest, person: int, link: int) -> HttpResponseBase:
        if not (may_anywhere(request.user, Right.RUN) and model_admin.has_view_permission(request)):
            raise PermissionDenied
        employee = model_admin.get_object(request, str(person))
        if employee is None:
            raise Http404
        links = Link.objects.select_related("connection__company").filter(
            connection__in=_connections_of(employee), resource=RESOURCE, left_id=str(employee.pk)
        )
        found = get_object_or_404(permitted(links, request.user, connection="connection"), pk=link)
        if not may(request.user, Right.RUN, found.connection.integration):
            raise PermissionDenied
        try:
            return view(model_admin, request, employee, found)
        except NotAsShown as stale:
            messages.error(request, str(stale))
            return _as_it_is_now(request, employee, found)

    methods = require_POST if view is _connect_again else require_http_methods(["GET", "HEAD", "POST"])
    guarded: Callable[..., HttpResponseBase] = model_admin.admin_site.admin_view(methods(answer))
    return guarded


def _disconnect(
    model_admin: ModelAdmin[Employee], request: HttpRequest, employee: Employee, link: Link
) -> HttpResponseBase:
    """Say what stops; by POST stop it."""
    if request.method != "POST":
        title = _("Disconnect %(person)s?") % {"person": employee}
        return _ask(model_admin, request, employee, link, title=title, template="core/admin/person_disconnect.html")
    names = {"person": employee, "connection": link.connection.label}
    with _as_shown(request, employee, link, asked=lambda: link.state == Link.State.ACTIVE):
        disconnected = disconnect_person(link=link, by=_user(request))
    if disconnected:
        messages.success(
            request, _("%(person)s is disconnected from %(connection)s: nothing is compared or sent any more.") % names
        )
    else:
        text = _("%(person)s is not connected to %(connection)s any more.") % names
        messages.warning(request, " ".join([text, *_told(request, employee)]))
    return _back(employee)


def _ask(
    model_admin: ModelAdmin[Employee],
    request: HttpRequest,
    employee: Employee,
    link: Link,
    *,
    title: str,
    template: str,
    more: Mapping[str, Any] = NOTHING,
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        **service_context(),
        "title": title,
        "employee": employee,
        "link": link,
        "connection": link.connection,
        "vendor": integration_label(link.connection.integration),
        "person_url": _person_url(employee),
        "made_from": _made_from(employee, link),
        **more,
    }
    return render(request, template, context)


def _connect_again(
    model_admin: ModelAdmin[Employee], request: HttpRequest, employee: Employee, link: Link
) -> HttpResponseBase:
    names = {"person": employee, "connection": link.connection.label}
    if connect_person_again(link=link, by=_user(request)):
        if link.connection.state == Connection.State.ACTIVE:
            text = _(
                "%(person)s takes part in %(connection)s again. What was edited in the hub meanwhile is sent now;"
                " synchronise to see and decide what changed on the other side."
            )
        else:
            text = _(
                "%(person)s takes part in %(connection)s again. What was edited in the hub meanwhile waits: the"
                " connection's page says what for."
            )
        messages.success(request, text % names)
    else:
        messages.warning(request, _("%(person)s was not disconnected from %(connection)s.") % names)
    return _back(employee)


def _create_anew(
    model_admin: ModelAdmin[Employee], request: HttpRequest, employee: Employee, link: Link
) -> HttpResponseBase:
    """Say what forgetting the link means; by POST forget it (G-16)."""
    if request.method != "POST":
        title = _("Create %(person)s anew?") % {"person": employee}
        return _ask(model_admin, request, employee, link, title=title, template="core/admin/person_create_anew.html")
    names = {"person": employee, "connection": link.connection.label}
    with _as_shown(request, employee, link, asked=lambda: link.state == Link.State.ACTIVE and bool(link.gone_at)):
        forgotten = let_go_of_person(link=link, by=_user(request))
    if forgotten:
        messages.success(
            request,
            _("The next synchronisation of %(connection)s offers to create %(person)s: tick the name there.") % names,
        )
    else:
        text = _("%(person)s is not gone from %(connection)s any more.") % names
        messages.warning(request, " ".join([text, *_told(request, employee)]))
    return _back(employee)


def _choose(
    model_admin: ModelAdmin[Employee], request: HttpRequest, employee: Employee, link: Link
) -> HttpResponseBase:
    """Offer what the vendor holds; by POST keep what was chosen."""
    resource = declared_resource(connection=link.connection, resource=link.resource)
    if resource is None or not resource.choice or not link.options.get("choices"):
        raise Http404
    names = {"person": employee, "connection": link.connection.label, "what": resource.choice.label}
    if request.method != "POST":
        title = _("%(what)s of %(person)s in %(connection)s") % names
        more = {
            "what": resource.choice.label,
            "rule": resource.choice.rule,
            "offers": offers(link),
            "by_rule": not link.choice,
        }
        return _ask(
            model_admin, request, employee, link, title=title, template="core/admin/person_choose.html", more=more
        )
    try:
        with _as_shown(request, employee, link):
            changed = choose(link=link, choice=request.POST.get("choice", ""), by=_user(request))
    except RunRefused as refused:
        messages.error(request, str(refused))
        return _back(employee)
    if changed:
        messages.success(request, _("Chosen. Synchronise users to see what it holds beside the hub.") % names)
    return _back(employee)


def _made_from(employee: Employee, link: Link) -> str:
    """Return what stands for what the pages that ask show of a person's link."""
    connection = link.connection
    return fingerprint(
        employee.full_name,
        [link.pk, link.right_id, link.state, link.choice, link.options.get("choices", [])],
        link.gone_at is not None,
        [connection.pk, connection.label],
    )


@contextmanager
def _as_shown(
    request: HttpRequest, employee: Employee, link: Link, *, asked: Callable[[], bool] = lambda: True
) -> Iterator[None]:
    """Hold the link for a transaction; raises NotAsShown where the page that asked would show something else now.

    ``asked``: whether there is anything to ask yet; otherwise it is said that there is not.
    """
    with transaction.atomic():
        Link.objects.select_for_update().get(pk=link.pk)
        link.refresh_from_db()
        if asked() and _made_from(employee, link) != posted_fingerprint(request):
            raise NotAsShown(happened_since(posted_time(request), people=[employee.pk]))
        yield


def _user(request: HttpRequest) -> Any:
    return request.user


def _person_url(employee: Employee) -> str:
    return reverse("admin:employees_employee_change", args=[employee.pk])


def _told(request: HttpRequest, employee: Employee) -> list[str]:
    return told_texts(happened_since(posted_time(request), people=[employee.pk]))


def _as_it_is_now(request: HttpRequest, employee: Employee, link: Link) -> HttpResponse:
    """Show the page that asks anew, or the person, where there is nothing to ask any more."""
    asks = Link.objects.filter(pk=link.pk, state=Link.State.ACTIVE).exists()
    return HttpResponseRedirect(request.path) if asks else _back(employee)


def _back(employee: Employee) -> HttpResponse:
    return HttpResponseRedirect(_person_url(employee))
