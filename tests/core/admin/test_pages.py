"""What the core's pages show, and what they keep to themselves."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations.core.models import Connection, SyncRow, SyncRun
from tests.core.admin.conftest import SignIn
from tests.core.admin.filling import SECRET, World, service_runs
from tests.core.admin.pages import list_of, page_of, pages, rows_of, text_of

pytestmark = pytest.mark.django_db
ACCOUNT = "3215642"


def test_credentials_stand_on_no_page(sign_in: SignIn, world: World) -> None:
    client = sign_in("superuser")
    stored = Connection.objects.values_list("credentials", flat=True).get()

    assert not [page for page in pages(world) if SECRET in text_of(client.get(page))]
    assert "credentials" not in text_of(client.get(page_of(world.connection)))
    assert stored


def test_the_list_of_connections_tells_how_each_stands(sign_in: SignIn, world: World) -> None:
    page = text_of(sign_in("hr_admin").get(list_of("connection")))

    assert all(text in page for text in ("Fortnox Demo", "Demo AB in Fortnox", "Active", "Done, with problems"))
    assert f"/core/problem/?connection={world.connection.pk}" in page


def test_an_hr_admin_reads_a_connections_settings_in_words(sign_in: SignIn, world: World) -> None:
    Connection.objects.update(settings={"phone_source": "private_phone"}, scope={"employees": [world.employee.pk]})

    page = text_of(sign_in("hr_admin").get(page_of(world.connection)))

    assert all(text in page for text in ("Phone source: private_phone", "Eva Ek", "payroll@demo.example"))


@pytest.mark.behaviour("G-06")
def test_the_result_of_a_run_adds_up(sign_in: SignIn, world: World) -> None:
    result = sign_in("hr_admin").get(page_of(world.run)).context["result"]

    assert (result.in_step, result.rows, result.seen, result.adds_up) == (3, 2, 6, True)
    assert {str(line.label): line.count for line in result.outcomes} == {"Open": 1, "Refused": 1}
    assert {str(line.label): line.count for line in result.left_out} == {"Ended or inactive": 1}


def test_rows_that_are_missing_are_told(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    SyncRow.objects.filter(kind=SyncRow.Kind.ONLY_RIGHT).delete()

    assert "The comparison found 2 people to look at, and 1 are listed." in text_of(client.get(page_of(world.run)))


@pytest.mark.behaviour("G-06")
def test_a_report_that_could_not_be_mailed_is_told(sign_in: SignIn, world: World) -> None:
    SyncRun.objects.update(report_error="The mail server is away.")

    assert "The mail server is away." in text_of(sign_in("hr_admin").get(page_of(world.run)))


@pytest.mark.behaviour("G-06")
def test_a_run_at_work_shows_its_progress_and_loads_anew_when_it_has_ended(sign_in: SignIn, world: World) -> None:
    client, progress = sign_in("hr_admin"), reverse("admin:core_syncrun_progress", args=[world.run.pk])
    SyncRun.objects.update(state=SyncRun.State.APPLYING)

    at_work = client.get(progress)
    assert "1 of 1 done." in text_of(at_work)
    assert progress in text_of(client.get(page_of(world.run)))
    assert "HX-Refresh" not in at_work.headers

    SyncRun.objects.update(state=SyncRun.State.DONE)
    assert client.get(progress).headers["HX-Refresh"] == "true"


def test_a_runs_rows_are_filtered_and_searched(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")

    def found(query: str) -> list[str]:
        return [row.label for row in client.get(f"{rows_of(world)}?{query}").context["cl"].result_list]

    assert found("") == ["Eva Ek", "Only There"]
    assert found("state__exact=refused") == found("kind__exact=differs") == found("q=eva") == ["Eva Ek"]
    assert found("decision__exact=open") == ["Only There"]


def test_rows_of_another_run_are_not_among_them(sign_in: SignIn, world: World) -> None:
    other = SyncRun.objects.create(connection=world.connection, resource="employees", trigger="operator")

    page = sign_in("hr_admin").get(reverse("admin:core_syncrow_run", args=[other.pk]))

    assert page.context["cl"].result_count == 0


def test_a_row_shows_both_sides_and_what_was_last_agreed(sign_in: SignIn, world: World) -> None:
    phone, account = sign_in("hr_admin").get(page_of(world.row)).context["fields"]

    assert (str(phone.label), phone.left, phone.right) == ("Work phone", "+46701740605", "+46701740699")
    assert (phone.agreed, str(phone.decision)) == ("+46701740699", "Take the hub's value")
    assert (account.left, account.right, account.reasons) == ("5140-3215642", "", ("The vendor has none.",))


@pytest.mark.parametrize("record", ["row", "link", "delivery"])
def test_bank_accounts_are_masked_for_whoever_may_not_see_them(
    reader_without_sensitive: Client, sign_in: SignIn, world: World, record: str
) -> None:
    address = page_of(getattr(world, record))

    masked, full = text_of(reader_without_sensitive.get(address)), text_of(sign_in("hr_admin").get(address))
    assert (ACCOUNT in masked, ACCOUNT in full) == (False, True)
    assert ("••••" in masked, "5642" in masked) == (True, False)


def test_values_of_an_integration_that_is_gone_are_hidden_from_whoever_may_not_see_all(
    reader_without_sensitive: Client, world: World
) -> None:
    Connection.objects.update(integration="gone")

    page = reader_without_sensitive.get(page_of(world.row))

    # Nobody has a right on it any more, but a superuser.
    assert "+46701740605" not in text_of(page)
    assert page.status_code in (302, 403, 404)


@pytest.mark.behaviour("G-15")
def test_every_page_tells_that_the_background_service_is_not_running(sign_in: SignIn, world: World) -> None:
    client = sign_in("superuser")
    shown = [*pages(world)[:-1], reverse("admin:index"), page_of(world.employee)]
    shown.append(reverse("admin:core_connection_history", args=[world.connection.pk]))
    warning = "The background service is not running."
    service_runs(running=False)

    assert [page for page in shown if warning not in text_of(client.get(page))] == []
    assert "2 Mar 2026, 09:30" in text_of(client.get(shown[0]))

    service_runs()
    assert [page for page in shown if warning in text_of(client.get(page))] == []
