"""A connection to the sandbox's Fortnox as a test finds it: connected over real HTTP."""

from django.contrib.auth.models import User

from employees.models import Company
from integrations.core import connecting
from integrations.core.models import Connection, SyncRow, SyncRun
from integrations.core.runs.applying import apply_run
from integrations.core.runs.comparing import compare_run
from integrations.core.runs.deciding import approve_run, start_run
from tests.core.approving import approve
from tests.factories import CompanyFactory
from tests.sandbox.fortnox_caller import CALLBACK


def connect(*, company: Company | None = None, service_account: bool = False) -> Connection:
    company = company or CompanyFactory.create(name="Demo AB", country="SE", time_zone="Europe/Stockholm")
    by = User.objects.filter(username="hanna").first() or User.objects.create_user("hanna", "hanna@example.se")
    connection = connecting.create_draft(integration="fortnox", company=company, label="Fortnox", by=by)
    connecting.accept_terms(connection_id=connection.pk, by=by)
    started = connecting.start_authorisation(
        connection_id=connection.pk, service_account=service_account, redirect_uri=CALLBACK
    )
    return connecting.finish_authorisation(
        connection_id=connection.pk, callback=approve(started.url), started=started, redirect_uri=CALLBACK, by=by
    )


def connect_again(connection: Connection) -> None:
    """Sign in anew at Fortnox, as whoever gave the consent."""
    started = connecting.start_authorisation(connection_id=connection.pk, service_account=False, redirect_uri=CALLBACK)
    connecting.finish_authorisation(
        connection_id=connection.pk,
        callback=approve(started.url),
        started=started,
        redirect_uri=CALLBACK,
        by=connection.consent_by,
    )


def compare(connection: Connection, *, include_ended: bool = False, whole: bool = False) -> SyncRun:
    """Compare in this process; returns the run in review (or as it ended)."""
    run = start_run(
        connection=connection, trigger=SyncRun.Trigger.OPERATOR, by=None, include_ended=include_ended, whole=whole
    )
    compare_run(run_id=run.pk)
    run.refresh_from_db()
    return run


def apply(run: SyncRun) -> SyncRun:
    """Approve and apply in this process; returns the run as it ended."""
    approve_run(run=run, by=None, made_from=None)
    apply_run(run_id=run.pk)
    run.refresh_from_db()
    return run


def rows(run: SyncRun, **wanted: object) -> list[SyncRow]:
    return list(SyncRow.objects.filter(run=run, **wanted).prefetch_related("fields"))
