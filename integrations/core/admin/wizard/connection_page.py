"""A connection's own page: how it stands, *Synchronise users*, and disconnecting (G-08, G-11)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from employees.shown import fingerprint, posted_fingerprint, posted_time, stale_text
from employees.zones import moment_text
from integrations.core import connecting
from integrations.core.addresses import connection_url, run_url
from integrations.core.admin.connections import scope_in_words
from integrations.core.admin.names import user_name
from integrations.core.admin.noted import note_change
from integrations.core.admin.status import is_reviewed
from integrations.core.admin.wizard.held_pages import held_links
from integrations.core.admin.wizard.section import Section, find_connection, render_page
from integrations.core.admin.wizard.steps import MANAGED
from integrations.core.held_changes import held_mass_changes
from integrations.core.hub.happenings import connection_happenings
from integrations.core.hub.tracking import RESOURCE
from integrations.core.models import Connection, Link, SyncRun
from integrations.core.runs.deciding import RunRefused, start_run


def show_connection(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    connection = find_connection(section, request, pk)
    run: SyncRun | None = connection.last_run
    at_work = run is not None and run.state in SyncRun.AT_WORK
    connection.held = held_links(connection, held_mass_changes([connection]).get(connection.pk, []))
    return render_page(
        section,
        request,
        "connection.html",
        title=connection.label,
        connection=connection,
        scope=scope_in_words(connection),
        consent_by=user_name(connection.consent_by) or "–",
        authorised_until=_authorised_until(connection),
        last_run_url=run_url(connection, run.pk) if run else "",
        can_synchronise=connection.state in Connection.WORKING and not at_work,
        at_work=at_work,
        review_url=_review_url(connection),
        continue_url=_continue_url(connection),
        is_connected=connection.state in Connection.CONNECTED,
        linked=connection.links.filter(resource=RESOURCE, state=Link.State.ACTIVE).count(),
        held=connection.held,
        urls={page: connection_url(connection, page) for page in (*MANAGED, "synchronise", "disconnect", "held")},
    )


def synchronise(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    """Start a comparison: nothing is written before somebody has decided (G-08)."""
    connection = find_connection(section, request, pk)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    user: Any = request.user
    try:
        run = start_run(connection=connection, trigger=SyncRun.Trigger.PERSON, by=user)
    except RunRefused as refused:
        messages.error(request, str(refused))
        return redirect(connection_url(connection))
    messages.success(request, _("Both systems' people are being compared. Nothing is written before you decide."))
    return redirect(run_url(connection, run.pk))


def disconnect(section: Section, request: HttpRequest, pk: int) -> HttpResponse:
    connection = find_connection(section, request, pk)
    if connection.state not in Connection.CONNECTED:
        messages.info(request, _("“%(connection)s” is not connected.") % {"connection": connection.label})
        return redirect(connection_url(connection))
    if request.method == "POST":
        user: Any = request.user
        if _shown_of(connection) != posted_fingerprint(request):
            messages.error(request, stale_text(connection_happenings(posted_time(request), pk=connection.pk)))
            return redirect(connection_url(connection, "disconnect"))
        connecting.disconnect(connection_id=connection.pk, by=user)
        note_change(request, connection, _("disconnected"))
        messages.success(
            request,
            _("“%(connection)s” is disconnected: nothing is sent or read any more.") % {"connection": connection.label},
        )
        return redirect(connection_url(connection))
    title = _("Disconnect %(connection)s") % {"connection": connection.label}
    back_url = connection_url(connection)
    return render_page(
        section,
        request,
        "disconnect.html",
        title=title,
        connection=connection,
        back_url=back_url,
        made_from=_shown_of(connection),
    )


def _shown_of(connection: Connection) -> str:
    """Return what stands for what is asked about before a connection is ended."""
    return fingerprint(connection.label, connection.account_id, connection.account_name, connection.consent_at)


def _review_url(connection: Any) -> str:
    """Return where the review goes on, at its end where nobody is left to decide on; empty where there is none."""
    if connection.state not in Connection.WORKING or not is_reviewed(connection):
        return ""
    return run_url(connection, connection.last_run.pk, *([] if connection.to_decide else ["confirm"]))


def _continue_url(connection: Connection) -> str:
    """Return where connecting goes on, or an empty string for a connection that is connected."""
    if connection.state in Connection.WORKING:
        return ""
    return connection_url(connection, "authorise" if connection.consent_at else "consent")


def _authorised_until(connection: Connection) -> str:
    if connection.state not in Connection.CONNECTED:
        return ""
    if connection.state == Connection.State.NEEDS_REAUTHORISATION:
        return _("It has ended: connect again")
    return moment_text(connection.authorised_until, connection) or _("Until somebody withdraws it at the vendor")
