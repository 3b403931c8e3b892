"""The addresses of the core's pages, and what may be read off an answer."""

from typing import Any

from django.urls import reverse

from tests.core.admin.filling import World

LISTS = ("connection", "syncrun", "link", "delivery", "problem", "fieldchange")


def list_of(model_name: str) -> str:
    return reverse(f"admin:core_{model_name}_changelist")


def page_of(record: Any) -> str:
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


def rows_of(world: World) -> str:
    return reverse("admin:core_syncrow_run", args=[world.run.pk])


def pages(world: World) -> list[str]:
    """Return every page of the core."""
    records = (world.connection, world.run, world.row, world.link, world.delivery, world.problem)
    return [
        *(list_of(name) for name in LISTS),
        *(page_of(record) for record in records),
        rows_of(world),
        reverse("admin:core_syncrun_progress", args=[world.run.pk]),
    ]


def text_of(response: Any) -> str:
    return str(response.content.decode())
