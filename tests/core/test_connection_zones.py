"""A connection is where its company is: its pages, its reports, its mails, and today."""

from datetime import UTC, date, datetime
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.core import keeping
from integrations.core.hub.endpoint import hub_people
from integrations.core.hub.scope import employed_in_scope
from integrations.core.models import Connection, Notification, SyncRun
from integrations.core.report.building import build_report
from integrations.core.report.notices import compose
from integrations.core.report.writing import report_html, report_text
from tests.factories import CompanyFactory, EmployeeFactory

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)


@pytest.fixture
def connection() -> Connection:
    company = CompanyFactory.create(name="Demo Oy", country="FI", time_zone="Europe/Stockholm")
    return Connection.objects.create(
        integration="fortnox", label="Fortnox", state="active", company=company, recipients=["hanna@example.fi"]
    )


@pytest.fixture
def run(connection: Connection) -> SyncRun:
    made = SyncRun.objects.create(connection=connection, resource="employees", trigger="manual", state="failed")
    SyncRun.objects.update(created_at=MOMENT, finished_at=MOMENT)
    made.refresh_from_db()
    return made


def move(connection: Connection, zone: str) -> None:
    assert connection.company is not None
    connection.company.time_zone = zone
    connection.company.save()
    connection.refresh_from_db()


def test_todays_people_follow_the_companys_zone(connection: Connection) -> None:
    person = EmployeeFactory.create(company=connection.company, last_workday=date(2026, 11, 29))
    with mock.patch.object(timezone, "now", return_value=MOMENT):
        assert list(employed_in_scope(connection=connection)) == [person]
        move(connection, "Europe/Helsinki")
        assert list(employed_in_scope(connection=connection)) == []
        assert hub_people(connection=connection, resource="employees").today == date(2026, 11, 30)


def test_pages_show_the_companys_time_and_name_its_zone(
    connection: Connection, run: SyncRun, admin_client: Client
) -> None:
    pages = [
        reverse("admin:core_syncrun_changelist"),
        reverse("admin:core_syncrun_change", args=[run.pk]),
        reverse("admin:index"),
        reverse("admin:fortnox_fortnoxconnection_connection", args=[connection.pk]),
    ]
    for page in pages:
        assert "29 Nov 2026, 23:30 CET" in admin_client.get(page).text, page
    move(connection, "Europe/Helsinki")
    for page in pages:
        shown = admin_client.get(page).text
        assert "30 Nov 2026, 00:30 EET" in shown, page
        assert "23:30" not in shown, page


def test_reports_and_mails_name_the_zone(connection: Connection, run: SyncRun) -> None:
    move(connection, "America/New_York")
    report = build_report(run=SyncRun.objects.get(pk=run.pk))
    for text in (report_text(report), report_html(report)):
        assert "2026-11-29 17:30 EST" in text
    Connection.objects.update(failing_since=MOMENT)
    connection.refresh_from_db()
    notification = Notification.objects.create(
        key="outage:1:1", connection=connection, data={"since": MOMENT.isoformat()}
    )
    assert "since 29 Nov 2026, 17:30 EST" in compose(notification).text()


def test_the_day_on_which_an_access_ends_is_the_companys(connection: Connection) -> None:
    move(connection, "Europe/Helsinki")
    with mock.patch.object(timezone, "now", return_value=MOMENT):
        Connection.objects.update(authorised_until=MOMENT)
        assert keeping.tell_endings() == 1
    assert Notification.objects.get().key.endswith(":2026-11-30")
