"""A run's page: its address, its text, and how a test puts the run into a state."""

from typing import Any

from django.test import Client
from django.urls import reverse

from integrations.core.models import SyncRow, SyncRun
from tests.core.admin.pages import text_of


def run_page(run: SyncRun, page: str = "run") -> str:
    return reverse(f"admin:fortnox_fortnoxconnection_{page}", args=[run.connection_id, run.pk])


def put(run: SyncRun, **values: Any) -> SyncRun:
    SyncRun.objects.filter(pk=run.pk).update(**values)
    run.refresh_from_db()
    return run


def text(client: Client, address: str) -> str:
    return " ".join(text_of(client.get(address)).split())


def add_rows(run: SyncRun, count: int, **values: Any) -> None:
    plain = {"kind": SyncRow.Kind.ONLY_LEFT, "left_id": "0", **values}
    SyncRow.objects.bulk_create(SyncRow(run=run, label=f"Person {number:03d}", **plain) for number in range(count))
