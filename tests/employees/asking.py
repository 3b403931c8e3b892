"""Changes records through their pages, and answers what the pages ask."""

from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from tests.pages import form_of, press

ADD = reverse("admin:employees_employee_add")
# Björn and Åse, as UTF-8 read in Windows-1252.
BJORN, ASE = "Bj\u00c3\u00b6rn", "\u00c3\u2026se"


def page_of(record: Any) -> str:
    return reverse(f"admin:employees_{record._meta.model_name}_change", args=[record.pk])


def change(client: Client, record: Any, changes: dict[str, Any]) -> Any:
    return press(client, client.get(page_of(record)), changes=changes)


def answers_of(page: Any) -> dict[str, list[str]]:
    """Return what the page's questions can be answered with, by the answer's name."""
    found: dict[str, list[str]] = {}
    for control in form_of(page).controls:
        if "answer." in control.name and control.kind != "hidden":
            found.setdefault(control.name, []).append(control.attributes["value"])
    return found


def answer(client: Client, page: Any, *, first: bool = True, changes: dict[str, Any] | None = None) -> Any:
    """Answer every question with its first, or last, answer."""
    chosen = {name: values[0 if first else -1] for name, values in answers_of(page).items()}
    return press(client, page, changes={**chosen, **(changes or {})})


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request) if message.level_tag == "warning"]
