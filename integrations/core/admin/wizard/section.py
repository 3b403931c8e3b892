"""What the pages of a vendor's section share: who may open them, the connection they are of, and how they look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ClassVar, Final

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from employees.page_zones import show_in_zone_of
from integrations.core.admin import badges
from integrations.core.admin.pages import service_context
from integrations.core.admin.status import attach_last_runs, next_step, outage_note, waiting_note, with_status
from integrations.core.admin.wizard.forms import SettingsForm
from integrations.core.admin.wizard.steps import steps_for
from integrations.core.registry import Manifest, connects_by_form, manifest_of

MANAGE: Final = "core.manage_integrations"
SYNCHRONISE: Final = "core.run_synchronisations"
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, kw_only=True)
class Guide:
    """What an integration's overview says beside its declarations (G-02); every item is one sentence or more."""

    how_to_use: Sequence[Any]
    features: Sequence[Any]
    needed: Sequence[Any]


class Section(ModelAdmin):
    """A vendor's part of the admin: only its own integration's connections; whoever asks for another's finds none."""

    integration: ClassVar[str]
    guide: ClassVar[Guide]
    settings_form: ClassVar[type[SettingsForm]] = SettingsForm

    @property
    def manifest(self) -> Manifest:
        return manifest_of(self.integration)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        connections: QuerySet[Any] = super().get_queryset(request)
        return connections.filter(integration=self.integration).select_related("company").defer("credentials")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_read(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_read(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def page_name(self, page: str) -> str:
        """Return the name of a page without its site: ``fortnox_fortnoxconnection_settings``."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"


def may_read(request: HttpRequest) -> bool:
    return request.user.has_perm(SYNCHRONISE) or request.user.has_perm(MANAGE)


def guarded(section: Section, view: View, *, right: str = "") -> View:
    """Return the view for whoever is signed in and has the right; without one named, either of the two (G-01)."""

    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not (request.user.has_perm(right) if right else may_read(request)):
            raise PermissionDenied
        return view(section, request, **kwargs)

    checked: View = section.admin_site.admin_view(answer)
    return checked


def find_connection(section: Section, request: HttpRequest, pk: int) -> Any:
    """Return the connection with ``last_run`` and ``open_problems``; raises Http404."""
    connection = with_status(section.get_queryset(request)).filter(pk=pk).first()
    if connection is None:
        raise Http404
    attach_last_runs([connection])
    return connection


def render_page(
    section: Section,
    request: HttpRequest,
    template: str,
    *,
    title: Any,
    connection: Any = None,
    page: str = "",
    **context: Any,
) -> TemplateResponse:
    """Return a page; ``page`` is the step that it is."""
    if connection is not None:
        show_in_zone_of(connection)
    about = (
        connection_context(connection)
        if connection is not None
        else {"steps": steps_for(connection=None, run=None, integration=section.integration)}
    )
    return TemplateResponse(
        request,
        f"core/wizard/{template}",
        {
            **section.admin_site.each_context(request),
            **service_context(),
            "opts": section.opts,
            "title": title,
            "vendor": section.manifest.label,
            "integration": section.integration,
            "by_form": connects_by_form(section.integration),
            "page": page,
            **about,
            **context,
        },
    )


def connection_context(connection: Any) -> dict[str, Any]:
    return {
        "connection": connection,
        "badge": badges.badge(connection, badges.CONNECTION),
        "run": connection.last_run,
        "run_badge": badges.badge(connection.last_run, badges.RUN) if connection.last_run else None,
        "next_step": next_step(connection),
        "outage": outage_note(connection),
        "waiting_note": waiting_note(connection),
        "steps": steps_for(connection=connection, run=connection.last_run),
    }
