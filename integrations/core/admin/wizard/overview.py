"""An integration's own page: how it works, which fields, what it needs, and its connections (G-02)."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from employees.access.companies import companies_for
from employees.models import Company
from integrations.core import connecting
from integrations.core.addresses import connection_url
from integrations.core.admin import badges
from integrations.core.admin.status import attach_last_runs, next_step, outage_note, waiting_note, with_status
from integrations.core.admin.wizard.forms import SetUpForm
from integrations.core.admin.wizard.section import Section, render_page
from integrations.core.admin.wizard.settings_page import settings_form
from integrations.core.declare import Direction, Field
from integrations.core.models import Connection
from integrations.core.registry import connector_class

MOST_CONNECTIONS: Final = 50


class SupportedField(NamedTuple):
    label: Any
    direction: str
    notes: list[Any]


class SupportedResource(NamedTuple):
    label: Any
    fields: list[SupportedField]


def show_overview(section: Section, request: HttpRequest) -> HttpResponse:
    shown = list(with_status(section.get_queryset(request)).order_by("label")[: MOST_CONNECTIONS + 1])
    attach_last_runs(shown)
    for connection in shown:
        connection.badge = badges.badge(connection, badges.CONNECTION)
        connection.next_step = next_step(connection)
        connection.outage = outage_note(connection)
        connection.waiting_note = waiting_note(connection)
        connection.url = connection_url(connection)
    return render_page(
        section,
        request,
        "overview.html",
        title=section.manifest.label,
        page="overview",
        guide=section.guide,
        resources=supported_resources(section),
        connections=shown[:MOST_CONNECTIONS],
        more_connections=len(shown) > MOST_CONNECTIONS,
        set_up_name=f"admin:{section.page_name('set_up')}",
    )


def set_up(section: Section, request: HttpRequest) -> HttpResponse:
    form = SetUpForm(
        request.POST or None,
        integration=section.integration,
        user=request.user,
        initial={"label": section.manifest.label},
    )
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        connection = connecting.create_draft(
            integration=section.integration,
            company=form.cleaned_data["company"],
            label=form.cleaned_data["label"],
            by=user,
        )
        return redirect(connection_url(connection, "consent"))
    companies: QuerySet[Any] = form.fields["company"].queryset  # type: ignore[attr-defined]
    if not companies.exists():
        messages.info(request, _why_none(request.user))
        return redirect(f"admin:{section.page_name('changelist')}")
    title = _("Set up %(vendor)s") % {"vendor": section.manifest.label}
    return render_page(section, request, "set_up.html", title=title, page="overview", form=form)


def _why_none(user: Any) -> str:
    """Say why there is no company to be connected, and what to do."""
    if companies_for(user).exists():
        return _("Every company has a connection already: go on with that one.")
    if Company.objects.exists():
        return _("You see no company yet. Ask the person who administers accounts to choose companies for you.")
    if user.has_perm("employees.add_company"):
        return _("There is no company yet. Add one under Companies, then set the integration up for it.")
    return _("There is no company yet. Ask an HR admin to add one under Companies, then set the integration up for it.")


def supported_resources(section: Section) -> list[SupportedResource]:
    """Return what the sync itself declares, under the settings of a new connection."""
    connector = connector_class(section.integration)(options={})
    resources = [
        SupportedResource(each.label, [_supported(field, section.manifest.label) for field in each.fields])
        for each in connector.resources()
    ]
    if not resources:
        return []
    resources[0].fields.extend(_settings_sent_on_creation(section))
    return resources


def _supported(field: Field, vendor: str) -> SupportedField:
    notes = [field.note] if field.note else []
    if field.required and not field.note:
        notes.append(_("Required."))
    if field.withheld:
        notes.append(_("Never sent for somebody with a protected identity."))
    return SupportedField(field.label, direction_in_words(field.direction, vendor=vendor), notes)


def _settings_sent_on_creation(section: Section) -> Iterator[SupportedField]:
    form = settings_form(section, Connection(integration=section.integration))
    direction = direction_in_words(Direction.ON_CREATION, vendor=section.manifest.label)
    for name in form.sent_on_creation:
        note = _("From the connection's settings.")
        yield SupportedField(capfirst(str(form.fields[name].label)), direction, [note, form.fields[name].help_text])


def direction_in_words(direction: Direction, *, vendor: str) -> str:
    words = {
        Direction.BOTH: _("Both ways"),
        Direction.TO_RIGHT: _("From the hub to %(vendor)s"),
        Direction.TO_LEFT: _("From %(vendor)s to the hub"),
        Direction.ON_CREATION: _("To %(vendor)s, only when somebody is created there"),
    }
    return words[direction] % {"vendor": vendor}
