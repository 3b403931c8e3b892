"""The thinnest path through the whole: connect, compare, decide, apply, over real HTTP."""

from collections import Counter

import pytest
from django.core.management import call_command

from employees.models import Company, Employee
from integrations.core.models import Link, SyncField, SyncRow, SyncRun
from integrations.core.runs.deciding import decide_creations, decide_fields
from integrations.core.runs.ending import row_states
from tests.core.connected import apply, compare, connect, rows
from tests.sandbox_client import SandboxClient


@pytest.mark.django_db(transaction=True)
def test_a_first_synchronisation_brings_both_sides_in_step(sandbox: SandboxClient) -> None:
    sandbox.seed(people=60)
    call_command("seed_people", company="Demo AB", people=60, seed=1, verbosity=0)
    connection = connect(company=Company.objects.get(name="Demo AB"))

    run = compare(connection)

    print(run.state, run.error, run.counts)
    print(Counter(row.kind for row in rows(run)))
    for row in rows(run):
        print(row.kind, row.left_id, row.right_id, row.label, row.reason, row.hold_reason, [(f.field, f.left, f.right, f.suggestion, f.decision) for f in row.fields.all() if f.field!="employment_id"])
    assert run.state == SyncRun.State.REVIEW
    decide_fields(run=run, decision=SyncField.Decision.LEFT, by=None)
    decide_fields(run=run, decision=SyncField.Decision.RIGHT, by=None, fields=("employment_id",))
    decide_creations(run=run, kinds=(SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.ONLY_RIGHT), by=None)
    run = apply(run)
    print(run.state, run.error, row_states(run=run))
    for row in rows(run): print(row.kind, row.state, row.label, row.reason)
    again = compare(connection)
    print(again.state, again.error, again.counts, [ (r.kind,r.label,r.reason) for r in rows(again)])
    assert 0
