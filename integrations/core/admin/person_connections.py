"""What is done about one person in a connection: *Disconnect*, *Connect again*, *Create anew*, *Choose* (G-11)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from employees.models import Employee
from employees.shown import NotAsShown, fingerprint, happened_since, posted_fingerprint, posted_time, told_texts
from integrations.core.admin.choosing import offers
from integrations.core.admin.declared import declared_resource, integration_label
from integrations.core.admin.pages import service_context
from integrations.core.admin.person_standings import connections_of_person
from integrations.core.allowed import Right, may, may_anywhere, permitted
from integrations.core.declare import NOTHING
from integrations.core.hub.tracking import RESOURCE
from integrations.core.linking import choose, connect_person_again, disconnect_person, let_go_of_person
from integrations.core.models import Connection, Link
from integrations.core.runs.deciding import RunRefused

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
            connection__in=connections_of_person(employee), resource=RESOURCE, left_id=str(employee.pk)
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
