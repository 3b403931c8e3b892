"""The side bar, by job: people, pay, the integrations, the accounts, and the operators' tasks."""

from collections.abc import Callable, Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django_q.models import Failure, OrmQ, Schedule, Success

from integrations.core.addresses import section_of, section_url
from integrations.core.allowed import SEE_BACKGROUND, may_open_section
from integrations.core.registry import manifests


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return unfold's navigation: what the reader may open, and nothing else (G-01)."""
    sections = [
        _section("", [_start()]),
        _section(
            _("People"),
            [
                _entry(_("Employees"), "badge", "employees_employee"),
                _entry(_("Absences"), "event_busy", "absences_absence"),
                _entry(_("Absence types"), "label", "absences_absencetype"),
                _entry(_("Departments"), "account_tree", "employees_department"),
                _entry(_("Companies"), "apartment", "employees_company"),
                _linked(_("To mend"), "build", "employees_storedvalue", _may_read_stored_values),
            ],
        ),
        _section(
            _("Pay"),
            [
                _entry(_("Bank accounts"), "account_balance", "employees_bankaccount"),
                _entry(_("Compensation"), "payments", "employees_compensation"),
            ],
        ),
        _section(
            _("Integrations"),
            [
                *_vendors(),
                _entry(_("Connections"), "sync_alt", "core_connection"),
                {**_entry(_("Synchronisations"), "published_with_changes", "core_syncrun"), "active": _reads_runs},
                _entry(_("Error log"), "error", "core_problem"),
            ],
        ),
        _section(
            _("What was done"),
            [
                _entry(_("Field changes"), "history", "core_fieldchange"),
                _entry(_("Deliveries"), "outbox", "core_delivery"),
                _entry(_("Links"), "link", "core_link"),
            ],
        ),
        _section(
            _("Accounts"),
            [
                _entry(_("Users"), "person", "auth_user"),
                _entry(_("Groups"), "group", "auth_group"),
                _entry(_("Changes of sign-ins"), "admin_panel_settings", "access_accessevent"),
                _entry(_("Links to the sign-in provider"), "link", "access_providerlink"),
            ],
        ),
        _section(
            _("Background tasks"),
            [
                _operators_entry(_("Scheduled tasks"), "schedule", Schedule),
                _operators_entry(_("Queued tasks"), "pending_actions", OrmQ),
                _operators_entry(_("Failed tasks"), "sms_failed", Failure),
                _operators_entry(_("Successful tasks"), "task_alt", Success),
            ],
        ),
    ]
    shown = [{**section, "items": _permitted(section["items"], request)} for section in sections]
    return [section for section in shown if section["items"]]


def _section(title: Any, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "separator": bool(title), "items": items}


def _start() -> dict[str, Any]:
    return {"title": _("Start"), "icon": "home", "link": reverse_lazy("admin:index"), "permission": _anybody}


def _may_read_stored_values(request: HttpRequest) -> bool:
    return request.user.has_perm("employees.view_employee")


def _anybody(request: HttpRequest) -> bool:
    return True


def _reads_runs(request: HttpRequest) -> bool:
    """A run's rows are part of the run."""
    return "/core/syncrun/" in request.path or "/core/syncrow/" in request.path


def _vendors() -> list[dict[str, Any]]:
    """Return an entry per integration that has a section of its own, named by its manifest."""
    return [
        {
            "title": manifest.label,
            "icon": manifest.icon,
            "link": section_url(manifest.name),
            "permission": _opens(manifest.name),
        }
        for manifest in manifests().values()
        if section_of(manifest.name)
    ]


def _opens(integration: str) -> Callable[[HttpRequest], bool]:
    return lambda request: may_open_section(request.user, integration)


def _entry(title: Any, icon: str, model: str) -> dict[str, Any]:
    app_label, _separator, model_name = model.partition("_")

    def permitted(request: HttpRequest) -> bool:
        # The page's own answer: no entry leads to a refusal.
        return bool(admin.site.get_model_admin(apps.get_model(app_label, model_name)).has_view_permission(request))

    return _linked(title, icon, model, permitted)


def _operators_entry(title: Any, icon: str, model: Any) -> dict[str, Any]:
    def permitted(request: HttpRequest) -> bool:
        # The queue is a table, with a page, only where no Redis is.
        return request.user.has_perm(SEE_BACKGROUND) and admin.site.is_registered(model)

    return _linked(title, icon, f"django_q_{model._meta.model_name}", permitted)


def _linked(title: Any, icon: str, model: str, permitted: Callable[[HttpRequest], bool]) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": permitted,
    }


def _permitted(items: Sequence[dict[str, Any]], request: HttpRequest) -> list[dict[str, Any]]:
    return [item for item in items if item["permission"](request)]
