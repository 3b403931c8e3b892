"""Runs from before say "not recorded" where nobody kept who decided and confirmed; nothing is guessed (G-22)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from integrations.core.models import FieldChange, SyncField, SyncRun
from integrations.core.report import build_report
from integrations.core.runs.deciders import confirmed_by, decided_by, started_by
from tests.core.admin.conftest import sign_in
from tests.core.admin.pages import list_of, page_of, text_of
from tests.core.report.runs import count_rows

__all__ = ["sign_in"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-22")]
BEFORE = [("core", "0012_ended_jobs")]
AT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@pytest.fixture
def old(transactional_db: None) -> Iterator[Any]:
    """The apps as they were, on a database as it was; afterwards it is today's again."""
    newest = MigrationExecutor(database).loader.graph.leaf_nodes()
    executor = MigrationExecutor(database)
    executor.migrate(BEFORE)
    try:
        yield executor.loader.project_state(BEFORE).apps
    finally:
        MigrationExecutor(database).migrate(newest)


def upgrade() -> None:
    executor = MigrationExecutor(database)
    executor.migrate(executor.loader.graph.leaf_nodes())


def fill(apps: Any, *, state: str, approved: bool) -> int:
    """A run of the old tables, started by sara: on the one person anna decided, and nobody touched the other."""
    users = apps.get_model("auth", "User").objects
    sara, anna = (
        users.get_or_create(username=name, defaults={"first_name": name.capitalize()})[0] for name in ("sara", "anna")
    )
    company = apps.get_model("employees", "Company").objects.create(name="Demo AB", country="SE")
    connection = apps.get_model("core", "Connection").objects.create(
        integration="fortnox", label="Fortnox", state="active", account_id="1", account_name="Demo", company=company
    )
    run = apps.get_model("core", "SyncRun").objects.create(
        connection=connection,
        resource="employees",
        trigger="person",
        by=sara,
        state=state,
        approved_at=AT if approved else None,
        counts={"left": 2, "right": 2, "equal": 0, "rows": 2, "left_out": {}, "complete": True},
    )
    rows, fields = apps.get_model("core", "SyncRow").objects, apps.get_model("core", "SyncField").objects
    ended = "written" if approved else "open"
    decided = rows.create(run=run, kind="differs", label="Eva Ek", decided_by=anna, decided_at=AT, state=ended)
    untouched = rows.create(run=run, kind="differs", label="Bo Berg", state=ended)
    for row in (decided, untouched):
        fields.create(row=row, field="phone", left="1", right="2", decision="left", suggestion="left")
    if approved:
        apps.get_model("core", "FieldChange").objects.create(
            subject="employee",
            subject_id="1",
            field="phone",
            after="1",
            connection=connection,
            user=sara,
            run=run,
            at=AT,
        )
    return int(run.pk)


def test_an_ended_run_of_before_keeps_who_started_it_and_guesses_nobody_else(old: Any, sign_in: Any) -> None:
    pk = fill(old, state="done", approved=True)

    upgrade()

    run = SyncRun.objects.get(pk=pk)
    assert (started_by(run), confirmed_by(run), run.approved_at) == ("Sara", "not recorded", AT)
    assert {decided_by(field, run) for field in SyncField.objects.filter(row__run=run)} == {"not recorded"}
    assert FieldChange.objects.get().user == User.objects.get(username="sara")
    client: Client = sign_in("hr_admin")
    history = " ".join(text_of(client.get(list_of("fieldchange"))).split())
    assert "Decided by: not recorded" in history
    assert "Confirmed by: not recorded" in history
    assert "Started by: Sara" in history
    assert "not recorded" in text_of(client.get(page_of(run)))
    report = build_report(run=count_rows(run))
    assert (report.confirmed_by, report.sections[0].people[0].details[-1]) == (
        "not recorded",
        "Decided by: not recorded",
    )


def test_a_review_of_before_takes_nobodys_decision_for_the_rules(old: Any) -> None:
    pk = fill(old, state="review", approved=False)

    upgrade()

    run = SyncRun.objects.get(pk=pk)
    fields = {field.row.label: decided_by(field, run) for field in SyncField.objects.filter(row__run=run)}
    assert fields == {"Eva Ek": "not recorded", "Bo Berg": "the rule"}
    assert confirmed_by(run) == ""
