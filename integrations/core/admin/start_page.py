"""The start page: each connection, how it stands, and what to do next (G-15)."""

from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from employees.access.companies import companies_for, companies_seen
from employees.access.employee_links import open_notes, told
from employees.access.role_changes import open_changes
from employees.admin.managers import count_without_manager
from employees.groups import BUILT_IN
from integrations.core.addresses import connection_url, run_url
from integrations.core.admin import badges
from integrations.core.admin.declared import integration_label
from integrations.core.admin.pages import service_context
from integrations.core.admin.status import (
    attach_last_runs,
    attach_open_work,
    next_step,
    outage_note,
    waiting_note,
    with_status,
)
from integrations.core.admin.to_mend import count_to_mend
from integrations.core.admin.wizard.held_pages import held_links
from integrations.core.allowed import may_open_section, permitted
from integrations.core.held_changes import held_mass_changes
from integrations.core.models import Connection

MOST_CONNECTIONS: Final = 50
MOST_COMPANIES: Final = 20


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the reader may see of the connections to the start page's context."""
    context = {**context, **_about_reader(request), "to_mend": count_to_mend(request)}
    if not request.user.has_perm("core.view_connection"):
        return context
    found = with_status(permitted(Connection.objects.select_related("company"), request.user)).order_by("label")
    shown = list(found[: MOST_CONNECTIONS + 1])
    attach_last_runs(shown)
    attach_open_work(shown)
    held = held_mass_changes(shown)
    for connection in shown:
        connection.held = held_links(connection, held.get(connection.pk, []))
        if not may_open_section(request.user, connection.integration):
            # How many wait is told; what waits is not for this reader.
            for mass_change in connection.held:
                mass_change.url = ""
        connection.integration_label = integration_label(connection.integration)
        connection.badge = badges.badge(connection, badges.CONNECTION)
        connection.run_badge = badges.badge(connection.last_run, badges.RUN) if connection.last_run else None
        connection.next_step = next_step(connection)
        connection.outage = outage_note(connection)
        connection.waiting_note = waiting_note(connection)
        connection.url = _page_of(connection, request)
        if connection.last_run:
            connection.last_run_url = run_url(connection, connection.last_run.pk)
    return {
        **context,
        **service_context(),
        "connections": shown[:MOST_CONNECTIONS],
        "more_connections": len(shown) > MOST_CONNECTIONS,
    }


def _about_reader(request: HttpRequest) -> dict[str, Any]:
    """Say which roles the reader has, for which companies, and what was changed of roles."""
    user: Any = request.user
    names = user.groups.order_by("name").values_list("name", flat=True)
    limited = companies_seen(user) is not None
    return {
        "roles": [(name, BUILT_IN.get(name, "")) for name in names],
        "limited": limited,
        "companies": list(companies_for(user).order_by("name")[:MOST_COMPANIES]) if limited else [],
        "role_changes": open_changes(user),
        "linking_notes": [told(note) for note in open_notes(user)],
        "without_manager": count_without_manager(user),
    }


def _page_of(connection: Connection, request: HttpRequest) -> str:
    """Return the connection's page in its vendor's section, else the core's own."""
    in_section = connection_url(connection) if may_open_section(request.user, connection.integration) else ""
    return in_section or reverse("admin:core_connection_change", args=[connection.pk])
