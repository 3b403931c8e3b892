"""What the pages of a vendor's section share: who may open them, the connection they are of, and how they look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from employees.access.companies import within
from employees.page_zones import show_in_zone_of
from integrations.core.admin import badges
from integrations.core.admin.pages import service_context
from integrations.core.admin.status import attach_last_runs, next_step, outage_note, waiting_note, with_status
from integrations.core.admin.wizard.forms import SettingsForm
from integrations.core.admin.wizard.steps import steps_for
from integrations.core.allowed import Right, may, may_open_section
from integrations.core.registry import Manifest, connects_by_form, manifest_of

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
        mine = within(connections, request.user, to="company").filter(integration=self.integration)
        return mine.select_related("company").defer("credentials")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_open_section(request.user, self.integration)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_open_section(request.user, self.integration)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def page_name(self, page: str) -> str:
        """Return the name of a page without its site: ``fortnox_fortnoxconnection_settings``."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"


def guarded(section: Section, view: View, *, right: Right | None = None) -> View:
    """Return the view for whoever has the right for this integration; without one named, of the two that open it."""

    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        user, integration = request.user, section.integration
        if not (may(user, right, integration) if right else may_open_section(user, integration)):
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
            **rights_context(request, section.integration),
            "page": page,
            **about,
            **context,
        },
    )


def rights_context(request: HttpRequest, integration: str) -> dict[str, bool]:
    """Return what decides which links and buttons the reader gets."""
    return {
        "may_manage": may(request.user, Right.MANAGE, integration),
        "may_run": may(request.user, Right.RUN, integration),
    }


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


def lead_to(page: HttpResponse, address: str) -> HttpResponse:
    """Let the page's form end at another site: browsers hold `form-action` against where its answer sends them, too."""
    to = urlsplit(address)
    policed: Any = page
    policed._csp_update = {"form-action": [f"{to.scheme}://{to.netloc}"]}
    return page
