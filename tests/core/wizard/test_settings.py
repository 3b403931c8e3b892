"""The settings of a connection: who takes part, who gets the reports, and the vendor's own."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from employees.groups import INTEGRATION_ADMIN
from employees.models import Company, Employee
from integrations.core.addresses import run_url
from integrations.core.models import Connection, Link, SyncRow, SyncRun
from tests.core.wizard.addresses import page
from tests.core.wizard.conftest import told
from tests.factories import DepartmentFactory, EmployeeFactory
from tests.pages import form_values, press

OWN = {
    "phone_source": "private_phone",
    "employment_form": "TID",
    "salary_form": "TIM",
    "personnel_type": "ARB",
    "schedule_id": "HEL",
    "create_absences": True,
    "payroll_closed_to": "2026-01-31",
    "send_days_without_hours": False,
    "hold_without_hours": True,
}
FORM: dict[str, Any] = {
    **OWN,
    "label": "Fortnox of Demo",
    "recipients": "pay@demo.example\nhr@demo.example",
    "takes_part": "everybody",
    "push_limit": 50,
    "creates_by_itself": False,
}


@pytest.fixture
def connection(company: Company) -> Connection:
    return Connection.objects.create(
        integration="fortnox", label="Fortnox", company=company, state="active", account_id="1204711"
    )


def save(client: Client, connection: Connection, **changes: Any) -> Any:
    answer = press(client, client.get(page(connection, "settings")), "Save", {**FORM, **changes}, follow=True)
    connection.refresh_from_db()
    return answer


def errors(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = answer.context["form"].errors
    return found


def link(connection: Connection, employee: Employee, state: str = Link.State.ACTIVE) -> Link:
    return Link.objects.create(
        connection=connection, resource="employees", left_id=employee.pk, right_id=f"r{employee.pk}", state=state
    )


def test_what_is_chosen_is_kept(client: Client, connection: Connection) -> None:
    answer = save(client, connection)

    assert "The settings are saved." in told(answer)
    assert connection.settings == OWN
    assert connection.recipients == ["pay@demo.example", "hr@demo.example"]
    assert (connection.label, connection.scope) == ("Fortnox of Demo", {})


def test_a_setting_that_the_form_does_not_have_stays(client: Client, connection: Connection) -> None:
    Connection.objects.update(settings={"elsewhere": 1})
    save(client, connection)

    assert connection.settings == {"elsewhere": 1, **OWN}


def test_the_form_shows_what_is_set_and_else_the_defaults(client: Client, connection: Connection) -> None:
    Connection.objects.update(settings={"salary_form": "TIM"})
    form = client.get(page(connection, "settings")).context["form"]

    assert (form["salary_form"].value(), form["employment_form"].value()) == ("TIM", "TV")


@pytest.mark.parametrize("name", ["phone_source", "employment_form", "salary_form", "personnel_type"])
def test_a_value_that_the_vendor_does_not_know_is_refused_at_its_field(
    client: Client, connection: Connection, name: str
) -> None:
    posted = {**form_values(client.get(page(connection, "settings")), button="Save"), name: "nonsense"}
    assert name in errors(client.post(page(connection, "settings"), posted))
    connection.refresh_from_db()
    assert connection.settings == {}
    assert "saved" in told(save(client, connection))


def test_what_is_no_address_is_refused_by_name(client: Client, connection: Connection) -> None:
    refused = save(client, connection, recipients="nobody")
    assert "“nobody” is not an e-mail address" in errors(refused)["recipients"][0]
    # The form is longer than a screen: its top says that something below was refused.
    top = refused.content.decode().partition("<fieldset")[0]
    assert "Please correct the error below." in top
    saved = save(client, connection)
    assert "saved" in told(saved)
    assert "Please correct" not in saved.content.decode()


def test_before_it_is_connected_it_has_no_settings(client: Client, draft: Connection) -> None:
    assert "Connect it first" in told(client.get(page(draft, "settings"), follow=True))


def test_while_a_synchronisation_is_at_work_nothing_is_saved(client: Client, connection: Connection) -> None:
    run = SyncRun.objects.create(connection=connection, resource="employees", trigger="person", state="applying")
    answer = save(client, connection)

    assert "A synchronisation is at work" in str(errors(answer))
    assert connection.settings == {}
    run.delete()
    assert "saved" in told(save(client, connection))


def test_a_review_made_with_other_settings_is_told_to_be_old(client: Client, connection: Connection) -> None:
    SyncRun.objects.create(connection=connection, resource="employees", trigger="person", state="review")

    assert "synchronise users again" in told(save(client, connection))
    assert "synchronise users again" not in told(save(client, connection, label="Another name"))


@pytest.mark.behaviour("G-34")
def test_a_review_that_shows_other_values_leads_on_to_another_comparison(
    client: Client, connection: Connection
) -> None:
    options: dict[str, Any] = {"settings": {}, "scope": {}}
    run = SyncRun.objects.create(
        connection=connection, resource="employees", trigger="person", state="review", options=options
    )
    SyncRow.objects.create(run=run, label="Eva Ek", kind="differs", state="open", left_id="0", right_id="1")
    conflicts, start = run_url(connection, run.pk, "conflicts"), reverse("admin:index")
    shown = client.get(page(connection)).content.decode()
    assert "Decide on 1 person" in shown
    assert conflicts in shown
    assert client.get(start).context["connections"][0].open_conflicts == 1

    save(client, connection, phone_source="private_phone")

    shown = client.get(page(connection)).content.decode()
    assert "the comparison that waits does not fit any more" in shown
    assert "Decide on 1 person" not in shown
    assert conflicts not in shown
    assert client.get(start).context["connections"][0].open_conflicts == 0
    save(client, connection, phone_source="work_phone")
    assert conflicts in client.get(page(connection)).content.decode()


@pytest.mark.behaviour("G-14")
@pytest.mark.behaviour("G-17")
def test_what_goes_by_itself_is_kept(client: Client, connection: Connection) -> None:
    form = client.get(page(connection, "settings")).context["form"]
    assert (form["push_limit"].value(), form["creates_by_itself"].value()) == (50, False)

    save(client, connection, push_limit=0, creates_by_itself=True)
    assert (connection.push_limit, connection.creates_by_itself) == (0, True)

    save(client, connection, push_limit=200)
    assert (connection.push_limit, connection.creates_by_itself) == (200, False)


@pytest.mark.parametrize("limit", ["", "-1", "100001", "many"])
def test_a_limit_that_is_no_number_of_people_is_refused(client: Client, connection: Connection, limit: str) -> None:
    assert "push_limit" in errors(save(client, connection, push_limit=limit))
    assert connection.push_limit == 50
    assert "saved" in told(save(client, connection, push_limit=10))


# --- Who takes part -------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-13")
def test_a_pilot_of_chosen_people_and_departments_is_kept(client: Client, connection: Connection) -> None:
    kitchen = DepartmentFactory.create(company=connection.company)
    eva = EmployeeFactory.create(company=connection.company)
    save(client, connection, takes_part="chosen", departments=[kitchen.pk], people=[eva.pk])

    assert connection.scope == {"departments": [kitchen.pk], "employees": [eva.pk]}


def test_everybody_wins_over_what_was_chosen_before(client: Client, connection: Connection) -> None:
    eva = EmployeeFactory.create(company=connection.company)
    save(client, connection, takes_part="everybody", people=[eva.pk])

    assert connection.scope == {}


def test_choosing_nobody_is_not_everybody(client: Client, connection: Connection) -> None:
    Connection.objects.update(scope={"employees": [1]})
    answer = save(client, connection, takes_part="chosen")

    assert "Choose at least one" in errors(answer)["takes_part"][0]
    assert connection.scope == {"employees": [1]}


@pytest.mark.behaviour("G-13")
def test_people_of_another_company_can_be_neither_found_nor_chosen(client: Client, connection: Connection) -> None:
    stranger = EmployeeFactory.create(given_name="Stranger")
    answer = save(client, connection, takes_part="chosen", people=[stranger.pk])

    assert "does not work in the connection's company" in errors(answer)["people"][0]
    assert client.get(page(connection, "people"), {"term": "Stranger"}).json()["results"] == []


@pytest.mark.behaviour("PR-04")
def test_whom_one_may_not_see_is_neither_named_nor_taken_out_of_a_pilot(connection: Connection) -> None:
    eva = EmployeeFactory.create(company=connection.company, family_name="Hidden", protected_identity=True)
    bo = EmployeeFactory.create(company=connection.company)
    Connection.objects.update(scope={"employees": [eva.pk]})
    integration_admin = User.objects.create_user("ida", is_staff=True)
    integration_admin.groups.set(Group.objects.filter(name=INTEGRATION_ADMIN))
    client = Client()
    client.force_login(integration_admin)

    assert client.get(page(connection, "people"), {"term": "Hidden"}).json()["results"] == []
    shown = client.get(page(connection, "settings")).content.decode()
    assert ("Hidden" in shown, "1 more person takes part whom you do not see" in shown) == (False, True)
    assert "people" in errors(save(client, connection, takes_part="chosen", people=[eva.pk]))
    save(client, connection, takes_part="chosen", people=[bo.pk])
    connection.refresh_from_db()
    assert connection.scope == {"employees": [eva.pk, bo.pk]}
    save(client, connection, takes_part="everybody", people=[])
    connection.refresh_from_db()
    assert connection.scope == {}


def test_the_search_finds_by_name_address_and_employment_id(client: Client, connection: Connection) -> None:
    eva = EmployeeFactory.create(
        company=connection.company,
        given_name="Eva",
        family_name="Ek",
        work_email="e@demo.example",
        employment_id="HR-77",
    )
    EmployeeFactory.create(company=connection.company)
    for term in ("eva ek", "e@demo", "HR-77"):
        (found,) = client.get(page(connection, "people"), {"term": term}).json()["results"]
        assert found == {"id": str(eva.pk), "text": "Eva Ek (HR-77)"}


def test_the_search_answers_by_the_page(client: Client, connection: Connection) -> None:
    EmployeeFactory.create_batch(25, company=connection.company)
    first = client.get(page(connection, "people"), {"term": ""}).json()
    second = client.get(page(connection, "people"), {"term": "", "page": "2"}).json()

    assert (len(first["results"]), first["pagination"]["more"]) == (20, True)
    assert (len(second["results"]), second["pagination"]["more"]) == (5, False)


@pytest.mark.behaviour("G-13")
def test_whoever_leaves_the_scope_is_told_of_and_stays_linked(client: Client, connection: Connection) -> None:
    eva, bo = EmployeeFactory.create_batch(2, company=connection.company)
    hers, his = link(connection, eva), link(connection, bo)
    left = told(save(client, connection, takes_part="chosen", people=[eva.pk]))
    hers.refresh_from_db()
    his.refresh_from_db()

    assert "1 person takes no part any more" in left
    assert (hers.state, his.state) == (Link.State.ACTIVE, Link.State.OUT_OF_SCOPE)
    assert "1 person takes part again" in told(save(client, connection))
    his.refresh_from_db()
    assert his.state == Link.State.ACTIVE


@pytest.mark.behaviour("G-13")
@pytest.mark.behaviour("D-01", "D-10")
def test_what_is_typed_is_kept_in_its_plain_writing(client: Client, connection: Connection) -> None:
    save(
        client,
        connection,
        label="Fortnox\u200b \u00a0A\u030a",
        recipients="pay@demo.example\u200b\np@xn--fretag-wxa.se\np@företag.se",
        schedule_id="ＨＥＬ\u200b",
    )

    assert connection.label == "Fortnox Å"
    assert connection.recipients == ["pay@demo.example", "p@företag.se"]
    assert connection.settings["schedule_id"] == "HEL"


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize("day", ["0026-01-31", "2126-01-31"])
def test_a_closed_period_of_another_century_is_refused(client: Client, connection: Connection, day: str) -> None:
    answer = save(client, connection, payroll_closed_to=day)

    assert set(errors(answer)) == {"payroll_closed_to"}
    assert "payroll_closed_to" not in connection.settings
    save(client, connection)
    assert connection.settings["payroll_closed_to"] == "2026-01-31"
