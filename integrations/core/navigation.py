"""The side bar, by job: people, then the integrations, then the accounts."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return unfold's navigation; every entry is shown only to those who may open it."""
    sections: list[dict[str, Any]] = [
        {
            "title": _("People"),
            "separator": False,
            "items": [
                _entry(_("Employees"), "badge", "employees_employee"),
                _entry(_("Departments"), "account_tree", "employees_department"),
                _entry(_("Companies"), "apartment", "employees_company"),
            ],
        },
        {
            "title": _("Integrations"),
            "separator": True,
            "items": [
                _entry(_("Connections"), "sync_alt", "core_connection"),
                _entry(_("Synchronisations"), "published_with_changes", "core_syncrun"),
                _entry(_("Problems"), "error", "core_problem"),
                _entry(_("Links"), "link", "core_link"),
                _entry(_("Deliveries"), "outbox", "core_delivery"),
                _entry(_("Field changes"), "history", "core_fieldchange"),
            ],
        },
        {
            "title": _("Accounts"),
            "separator": True,
            "items": [
                _entry(_("Users"), "person", "auth_user"),
                _entry(_("Groups"), "group", "auth_group"),
            ],
        },
    ]
    return [section for section in sections if _any_permitted(section["items"], request)]


def _entry(title: Any, icon: str, model: str) -> dict[str, Any]:
    app_label, _separator, model_name = model.partition("_")

    def permitted(request: HttpRequest) -> bool:
        return request.user.has_perm(f"{app_label}.view_{model_name}")

    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": permitted,
    }


def _any_permitted(items: Sequence[dict[str, Any]], request: HttpRequest) -> bool:
    return any(item["permission"](request) for item in items)
