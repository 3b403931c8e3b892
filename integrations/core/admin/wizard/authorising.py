"""Terms, the vendor's login, and the way back (G-03, FX-01, FX-02).

What the vendor's answer is checked with stands in the browser's session: one authorisation at a time per connection,
good for one answer.
"""

from typing import Any, Final

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from employees.shown import posted_fingerprint
from integrations.core import connecting, tokens
from integrations.core.accounts import AuthorisationFailed
from integrations.core.addresses import connection_url, section_url
from integrations.core.admin.wizard.forms import SERVICE, AuthoriseForm, ConsentForm
from integrations.core.admin.wizard.section import Section, find_connection, lead_to, render_page
from integrations.core.allowed import Right, may, permitted
from integrations.core.connecting import TENANT, Looked, NotAsShown, Started
from integrations.core.models import Connection
from integrations.core.registry import manifests

# In the session: {connection's ID: what of `Started` is needed}, the newest last.
STARTED: Final = "authorisations"


def consent(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    connection = find_connection(section, request, pk)
    vendor = section.manifest.label
    company = str(connection.company) if connection.company else _("this organisation")
    form = ConsentForm(request.POST if request.method == "POST" else None, company=company, vendor=vendor)
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        connecting.accept_terms(connection_id=connection.pk, by=user)
        return redirect(connection_url(connection, "authorise"))
    title = _("Terms for connecting %(vendor)s") % {"vendor": vendor}
    return render_page(
        section,
        request,
        "consent.html",
        title=title,
        connection=connection,
        page="consent",
        form=form,
        authorise_url=connection_url(connection, "authorise"),
    )


def authorise(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    connection = find_connection(section, request, pk)
    if connection.consent_at is None:
        messages.info(request, _("Accept the terms first."))
        return redirect(connection_url(connection, "consent"))
    connector = tokens.oauth_connector(connection)
    wanted = connector.authorisation_form()
    if wanted is not None:
        return _authorise_by_form(section, request, connection, wanted)
    provider = connector.provider()
    form = AuthoriseForm(request.POST if request.method == "POST" else None)
    if _is_not_set_up(section, request):
        pass
    elif request.method == "POST" and form.is_valid():
        started = connecting.start_authorisation(
            connection_id=connection.pk,
            service_account=form.cleaned_data["account"] == SERVICE and bool(provider.service_parameters),
            redirect_uri=callback_uri(section.integration),
        )
        _keep(request, connection, started)
        return HttpResponseRedirect(started.url)
    title = _("Sign in at %(vendor)s") % {"vendor": section.manifest.label}
    page = render_page(
        section,
        request,
        "authorise.html",
        title=title,
        connection=connection,
        page="authorise",
        form=form,
        guide=section.guide,
        service_accounts=bool(provider.service_parameters),
        idle_days=provider.idle_days,
    )
    return lead_to(page, provider.authorize_url)


def _authorise_by_form(
    section: Section, request: HttpRequest, connection: Connection, wanted: type[Form]
) -> HttpResponse:
    """Ask for the vendor's company in a form, then whether what is found there is it (VP-02, VP-16).

    What goes wrong stands beside its field.
    """
    form = wanted(request.POST if request.method == "POST" else None, initial={TENANT: connection.account_id})
    if not _is_not_set_up(section, request) and request.method == "POST" and form.is_valid():
        try:
            return _found_or_connected(section, request, connection, form)
        except AuthorisationFailed as failed:
            form.add_error(failed.field or None, failed.message)
    title = _("Connect %(vendor)s") % {"vendor": section.manifest.label}
    return render_page(
        section,
        request,
        "authorise_by_form.html",
        title=title,
        connection=connection,
        page="authorise",
        form=form,
        guide=section.guide,
    )


def _found_or_connected(section: Section, request: HttpRequest, connection: Connection, form: Form) -> HttpResponse:
    """Connect what was shown and said yes to; anything else is shown first. Raises AuthorisationFailed."""
    tenant, shown = form.cleaned_data[TENANT], posted_fingerprint(request)
    user: Any = request.user
    if not shown:
        looked = connecting.look_by_form(connection_id=connection.pk, tenant=tenant, by=user)
        return _found(section, request, connection, form, looked)
    try:
        connected = connecting.authorise_by_form(connection_id=connection.pk, tenant=tenant, by=user, shown=shown)
    except NotAsShown as changed:
        messages.warning(
            request, _("Something else is found by now than was shown, so nothing was connected. Look once more.")
        )
        return _found(section, request, find_connection(section, request, connection.pk), form, changed.looked)
    return _connected(request, connected)


def _found(section: Section, request: HttpRequest, connection: Connection, form: Form, looked: Looked) -> HttpResponse:
    return render_page(
        section,
        request,
        "authorise_found.html",
        title=_("Is this the company?"),
        connection=connection,
        page="authorise",
        form=form,
        found=looked.found,
        made_from=looked.made_from,
        account_word=section.manifest.account_word,
        authorise_url=connection_url(connection, "authorise"),
    )


def _is_not_set_up(section: Section, request: HttpRequest) -> bool:
    """Whether the operator has to set something first; says so."""
    missing = [each.name for each in section.manifest.variables.values() if not each.value()]
    if missing:
        messages.error(
            request,
            _("Nobody can connect yet. Ask whoever runs this system to set %(names)s.") % {"names": ", ".join(missing)},
        )
    return bool(missing)


def _connected(request: HttpRequest, connection: Connection) -> HttpResponse:
    messages.success(request, _("Connected to %(account)s.") % {"account": connection.account_shown})
    if connection.state == Connection.State.ACTIVE:
        messages.info(request, _("What waits in the hub is sent now."))
    elif connection.settings:
        messages.info(
            request,
            _("Synchronise users next, and confirm what is found: nothing is sent before that."),
        )
    return redirect(connection_url(connection, "connection" if connection.settings else "settings"))


def callback_uri(integration: str) -> str:
    """Return the address that the vendor sends the browser back to, as it must be registered there."""
    return f"{settings.PUBLIC_URL}{reverse('oauth_callback', args=[integration])}"


@never_cache
def finish(request: HttpRequest, integration: str) -> HttpResponse:
    """Take the vendor's answer: whatever it is, a message says it, and where to go on."""
    if integration not in manifests() or not section_url(integration):
        raise Http404
    if not may(request.user, Right.MANAGE, integration):
        raise PermissionDenied
    callback = request.GET.dict()
    connection, started = _take(request, integration, state=callback.get("state", ""))
    if connection is None or started is None:
        messages.error(
            request,
            _(
                "This answer does not belong to a connection that was started in this browser, or was used already."
                " Open the connection and start connecting again."
            ),
        )
        return redirect(section_url(integration))
    user: Any = request.user
    try:
        connected = connecting.finish_authorisation(
            connection_id=connection.pk,
            callback=callback,
            started=started,
            redirect_uri=callback_uri(integration),
            by=user,
        )
    except AuthorisationFailed as failed:
        messages.error(request, failed.message)
        return redirect(connection_url(connection, "authorise"))
    return _connected(request, connected)


def oauth_callback(request: HttpRequest, integration: str) -> HttpResponse:
    """Whoever is not signed in is asked to, and comes back."""
    answer: HttpResponse = admin.site.admin_view(finish)(request, integration=integration)
    return answer


def _keep(request: HttpRequest, connection: Connection, started: Started) -> None:
    kept = {key: value for key, value in request.session.get(STARTED, {}).items() if key != str(connection.pk)}
    # The address is of no more use, and holds the state.
    request.session[STARTED] = {**kept, str(connection.pk): started._replace(url="")._asdict()}


def _take(request: HttpRequest, integration: str, *, state: str) -> tuple[Connection | None, Started | None]:
    """Return what the answer belongs to, and forget it: an answer is good once.

    An answer without a state (a locked account) can only be told to belong to what was started last; it connects
    nothing, so that stays good.
    """
    kept = request.session.get(STARTED, {})
    mine = permitted(Connection.objects.filter(integration=integration), request.user, right=Right.MANAGE)
    connections = mine.defer("credentials").in_bulk([int(key) for key in kept])
    ours = [key for key in kept if int(key) in connections]
    if state:
        ours = [key for key in ours if constant_time_compare(kept[key]["state"], state)]
    if not ours:
        return None, None
    key = ours[-1]
    if state:
        request.session[STARTED] = {other: value for other, value in kept.items() if other != key}
    return connections[int(key)], Started(**kept[key])
