"""Every page of an integration says when the background service is not running, and since when (G-15)."""

from typing import Any

import pytest
from django.contrib import admin
from django.urls import URLPattern, reverse

from employees.zones import moment_text
from integrations.core.models import Connection, MassChange, SyncRow, SyncRun
from integrations.core.registry import manifest_of
from tests.core.admin.conftest import SignIn
from tests.core.admin.filling import MORNING, World, service_runs
from tests.core.admin.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("G-15")]
NOT_RUNNING = "The background service is not running."
# Not pages: a part of a page that asks for itself, an answer to a search, and what only takes a POST.
PARTS = ("_progress", "_people", "_ask", "_autocomplete", "autocomplete")


def sections() -> list[type[Connection]]:
    """Return the models of the integrations' sections."""
    return [model for model in admin.site._registry if issubclass(model, Connection) and model._meta.proxy]


def patterns_of(model: type[Any]) -> list[URLPattern]:
    urls: list[Any] = admin.site._registry[model].get_urls()
    return [each for each in urls if isinstance(each, URLPattern) and each.name]


def arguments(pattern: Any, world: World, review: SyncRun, mass: MassChange) -> dict[str, Any]:
    """Return what the address of a pattern needs, by the names of its parts."""
    row = review.rows.filter(kind=SyncRow.Kind.ONLY_LEFT).get()
    connection = world.connection.pk
    known: dict[str, Any] = {
        "pk": connection,
        "connection": connection,
        "run": review.pk,
        "row_id": row.pk,
        "mass": mass.pk,
    }
    # What a run warns of while nobody has looked at it.
    known["name"] = "hours-not-looked-at"
    return {name: known[name] for name in pattern.pattern.converters}


@pytest.fixture
def review(world: World) -> SyncRun:
    """A run in review, beside the one that is done."""
    Connection.objects.update(settings={**world.connection.settings, "create_absences": True})
    run = SyncRun.objects.create(
        connection=world.connection,
        resource="employees",
        trigger="person",
        state=SyncRun.State.REVIEW,
        counts={"left": 2, "right": 1, "equal": 0, "rows": 1, "left_out": {}, "complete": True},
    )
    SyncRow.objects.create(run=run, kind=SyncRow.Kind.ONLY_LEFT, left_id=str(world.employee.pk), label="Eva Ek")
    return run


@pytest.fixture
def mass(world: World) -> MassChange:
    return MassChange.objects.create(connection=world.connection, key="import:1", label="Import", people=60)


def test_there_are_sections_to_walk_through() -> None:
    labels = [model._meta.label for model in sections()]
    assert labels == ["fortnox.FortnoxConnection", "visma_payroll.VismaPayrollConnection"]
    names = {str(pattern.name) for model in sections() for pattern in patterns_of(model)}
    assert {f"fortnox_fortnoxconnection_{page}" for page in ("changelist", "held", "mass_change", "conflicts")} <= names


def test_every_page_of_an_integration_says_so_and_since_when(
    sign_in: SignIn, world: World, review: SyncRun, mass: MassChange
) -> None:
    service_runs(running=False)
    client = sign_in("superuser")
    since = moment_text(MORNING)
    walked, silent = [], []
    for model in sections():
        Connection.objects.update(integration=model._meta.app_label)
        pushes = manifest_of(model._meta.app_label).pushes
        for pattern in patterns_of(model):
            # Only who pushes something beside people warns of anybody.
            if str(pattern.name).endswith(PARTS if pushes else (*PARTS, "_warned")):
                continue
            address = reverse(f"admin:{pattern.name}", kwargs=arguments(pattern, world, review, mass))
            answer = client.get(address)
            if answer.status_code in (302, 405):
                continue
            assert answer.status_code == 200, address
            walked.append(address)
            if NOT_RUNNING not in text_of(answer) or since not in text_of(answer):
                silent.append(address)

    assert silent == []
    assert len(walked) > 24


def test_it_is_quiet_while_the_service_runs(sign_in: SignIn, world: World) -> None:
    client = sign_in("superuser")
    names = [str(pattern.name) for model in sections() for pattern in patterns_of(model)]
    for name in (name for name in names if name.endswith("_changelist")):
        assert NOT_RUNNING not in text_of(client.get(reverse(f"admin:{name}")))
