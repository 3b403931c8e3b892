"""Connections: how each stands. What is changed of one is changed on its settings page, which asks and tells."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from employees.labels import label_of, left_last
from employees.models import Department, Employee
from employees.zones import moment_text, zone_of
from integrations.core.addresses import connection_url
from integrations.core.admin import badges
from integrations.core.admin.declared import integration_label
from integrations.core.admin.pages import CorePage
from integrations.core.admin.shown_problems import log_url
from integrations.core.admin.status import attach_last_runs, next_step, with_status
from integrations.core.allowed import Right, may
from integrations.core.models import Connection, SyncRun

# Names in a sentence; the rest is counted.
NAMES = 10


@admin.register(Connection)
class ConnectionAdmin(CorePage):
    """Credentials stand on no page, not even encrypted."""

    change_form_template = "core/admin/connection.html"
    list_display = ("label", "company", "account", "state_badge", "last_sync", "waiting", "problems")
    list_select_related = ("company",)
    list_filter = ("state",)
    search_fields = ("label", "account_name", "company__name")
    search_help_text = _("Name, company or vendor company")
    ordering = ("label",)
    to_connection = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_status(super().get_queryset(request))

    def prepare(self, request: HttpRequest, records: Sequence[Any]) -> None:
        attach_last_runs(records)

    def get_fieldsets(self, request: HttpRequest, obj: Connection | None = None) -> list[tuple[Any, dict[str, Any]]]:
        named = "scope_in_words" if request.user.has_perm("employees.view_employee") else "scope_without_names"
        return [
            (
                _("Account"),
                {
                    "fields": (
                        ("label", "vendor"),
                        ("company", "account_name"),
                        ("account_id", "zone"),
                        ("state", "lasts_until"),
                    )
                },
            ),
            (_("Consent"), {"fields": (("consent_by", "agreed"),)}),
            (_("Reports"), {"fields": ("recipients_in_words",)}),
            (_("Who takes part"), {"fields": (named,)}),
            (_("Settings"), {"fields": ("settings_in_words",)}),
            *([(_("Last error"), {"fields": ("error",)})] if obj and obj.error else []),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Connection | None = None) -> tuple[str, ...]:
        fieldsets = self.get_fieldsets(request, obj)
        return tuple(name for _title, options in fieldsets for line in options["fields"] for name in _each(line))

    @display(description=_("integration"), ordering="integration")
    def vendor(self, connection: Connection) -> str:
        return integration_label(connection.integration)

    @display(description=_("account"), ordering="account_name")
    def account(self, connection: Connection) -> str:
        return ": ".join(part for part in (integration_label(connection.integration), connection.account_shown) if part)

    @display(description=_("time zone"))
    def zone(self, connection: Connection) -> str:
        return str(zone_of(connection))

    @display(description=_("consent at"))
    def agreed(self, connection: Connection) -> str:
        return moment_text(connection.consent_at, connection) or "–"

    @display(description=_("authorised until"))
    def lasts_until(self, connection: Connection) -> str:
        return moment_text(connection.authorised_until, connection) or "–"

    @display(description=_("state"), ordering="state", label=badges.list_label(Connection.State, badges.CONNECTION))
    def state_badge(self, connection: Connection) -> tuple[str, str]:
        return badges.state_text(connection)

    @display(description=_("last synchronisation"))
    def last_sync(self, connection: Any) -> Any:
        run: SyncRun | None = connection.last_run
        if run is None:
            return _("Never")
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:core_syncrun_change", args=[run.pk]), run.get_state_display()
        )

    @display(description=_("waiting"))
    def waiting(self, connection: Any) -> str:
        return str(connection.waiting_changes) if connection.waiting_changes else "0"

    @display(description=_("problems"))
    def problems(self, connection: Any) -> Any:
        if not connection.open_problems:
            return 0
        return format_html('<a href="{}">{}</a>', log_url(connection=connection), connection.open_problems)

    @display(description=_("recipients of reports"))
    def recipients_in_words(self, connection: Connection) -> Any:
        return ", ".join(connection.recipients) or _("Nobody")

    @display(description=_("who takes part"))
    def scope_in_words(self, connection: Connection) -> Any:
        return scope_in_words(connection)

    @display(description=_("who takes part"))
    def scope_without_names(self, connection: Connection) -> Any:
        """For whoever looks after connections and sees no people."""
        return _("Chosen departments or people") if connection.scope else _("Everybody in the company")

    @display(description=_("settings"))
    def settings_in_words(self, connection: Connection) -> Any:
        pairs = [f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in connection.settings.items()]
        return "; ".join(pairs) or _("The integration's own defaults")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        found = self.get_object(request, object_id) if object_id and self.has_view_permission(request) else None
        context = {"next_step": next_step(found), "connection": found, **_settings(request, found)} if found else {}
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})


def _settings(request: HttpRequest, connection: Connection) -> dict[str, str]:
    """Return the address where whoever manages integrations changes what the page shows."""
    may_change = may(request.user, Right.MANAGE, connection.integration) and connection.account_id
    return {"settings_url": connection_url(connection, "settings")} if may_change else {}


def scope_in_words(connection: Connection) -> Any:
    departments = Department.objects.filter(pk__in=connection.scope.get("departments", []))
    people = left_last(Employee.objects.filter(pk__in=connection.scope.get("employees", [])))
    names = [str(department) for department in departments] + [label_of(person) for person in people[: NAMES + 1]]
    if not names:
        return _("Everybody in the company")
    shown = ", ".join(names[:NAMES])
    more = len(departments) + people.count() - NAMES
    return _("%(names)s and %(count)d more") % {"names": shown, "count": more} if more > 0 else shown


def connections_of(company_id: int) -> QuerySet[Any]:
    """Return the connections in which a company's people may take part."""
    serving = Connection.objects.exclude(state=Connection.State.DRAFT)
    return serving.filter(Q(company_id=company_id) | Q(company__isnull=True)).order_by("label")


def _each(line: Any) -> tuple[str, ...]:
    return (line,) if isinstance(line, str) else tuple(line)
