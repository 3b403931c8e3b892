"""What an integration says of itself before anything is connected, and setting it up."""

from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import strip_tags

from employees.access.companies import put_limit
from employees.models import Company
from integrations.core.models import Connection
from integrations.fortnox.connector import FortnoxConnector
from tests.core.wizard.addresses import OVERVIEW, SET_UP, page
from tests.core.wizard.conftest import SignIn, told
from tests.factories import CompanyFactory
from tests.pages import press


def text(client: Client, address: str = OVERVIEW) -> str:
    return " ".join(unescape(strip_tags(client.get(address).content.decode())).split())


@pytest.mark.behaviour("G-02")
def test_before_anything_is_connected_it_says_how_to_use_it_and_what_is_needed(client: Client) -> None:
    shown = text(client)

    assert all(title in shown for title in ("How to use it", "Supported features", "What is needed at Fortnox"))
    assert "integration licence" in shown
    assert "payroll licence" in shown


@pytest.mark.behaviour("G-02", "FX-08")
def test_every_declared_field_stands_in_the_table_with_its_direction_and_note(client: Client) -> None:
    (resource,) = FortnoxConnector(options={}).resources()
    (table,) = client.get(OVERVIEW).context["resources"]
    shown = {str(field.label): (field.direction, [str(note) for note in field.notes]) for field in table.fields}

    for field in resource.fields:
        assert not field.note or str(field.note) in shown[str(field.label)][1]
    assert shown["Employment ID"][0] == "From Fortnox to the hub"
    assert shown["Address"][0] == "Both ways"
    assert "Never sent for somebody with a protected identity." in shown["Address"][1]
    assert shown["Given name"][1] == ["Required."]


@pytest.mark.behaviour("G-02")
def test_what_is_sent_on_creation_only_is_told_with_it(client: Client) -> None:
    (table,) = client.get(OVERVIEW).context["resources"]
    on_creation = [str(field.label) for field in table.fields if "only when somebody is created" in field.direction]

    assert on_creation == [
        "Employment form of new people",
        "Salary form of new people",
        "Personnel type of new people",
        "Working-time schedule of new people",
    ]


@pytest.mark.behaviour("G-02")
def test_it_lists_its_connections_with_what_to_do_next(client: Client, draft: Connection) -> None:
    shown = text(client)

    assert "Fortnox of Demo" in shown
    assert "Finish connecting" in shown


def test_only_those_who_manage_integrations_see_set_up(sign_in: SignIn) -> None:
    assert SET_UP in sign_in("integration_admin").get(OVERVIEW).content.decode()
    assert SET_UP not in sign_in("hr_admin").get(OVERVIEW).content.decode()


def test_setting_up_makes_a_draft_and_goes_on_to_the_terms(client: Client, company: Company) -> None:
    answer = press(client, client.get(SET_UP), "Go on to the terms", {"company": company.pk, "label": "Our Fortnox"})

    draft = Connection.objects.get()
    assert (draft.integration, draft.company, draft.label, draft.state) == ("fortnox", company, "Our Fortnox", "draft")
    assert draft.recipients == ["integration_admin@demo.example"]
    assert answer.headers["Location"] == page(draft, "consent")


def test_a_company_with_a_connection_cannot_be_chosen_again(client: Client, draft: Connection) -> None:
    other = CompanyFactory.create(name="Other AB")
    form = client.get(SET_UP).context["form"]

    assert list(form.fields["company"].queryset) == [other]
    client.post(SET_UP, {"company": draft.company_id, "label": "Twice"})
    assert Connection.objects.count() == 1


def test_with_every_company_connected_it_says_so(client: Client, draft: Connection) -> None:
    assert "Every company has a connection already" in told(client.get(SET_UP, follow=True))


@pytest.mark.behaviour("G-02")
def test_without_any_company_it_says_what_to_do(client: Client) -> None:
    integration_admin = told(client.get(SET_UP, follow=True))
    assert "There is no company yet. Ask an HR admin to add one" in integration_admin
    assert "has a connection already" not in integration_admin

    CompanyFactory.create()
    assert "Go on to the terms" in client.get(SET_UP).content.decode()
    put_limit(User.objects.get(username="integration_admin"), [])
    assert "You see no company yet" in told(client.get(SET_UP, follow=True))


def test_a_company_whose_connection_was_disconnected_can_be_connected_anew(client: Client, draft: Connection) -> None:
    Connection.objects.update(state=Connection.State.DISCONNECTED)

    chosen = {"company": draft.company_id, "label": "Anew"}
    assert press(client, client.get(SET_UP), "Go on to the terms", chosen).status_code == 302
    assert Connection.objects.count() == 2


@pytest.mark.parametrize("connections", [1, 5])
def test_the_number_of_queries_does_not_grow_with_the_connections(
    client: Client, connections: int, django_assert_max_num_queries: object
) -> None:
    for number in range(connections):
        company = CompanyFactory.create()
        Connection.objects.create(integration="fortnox", label=f"Fortnox {number}", company=company)

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        response = client.get(OVERVIEW)
    # A redirect would take few queries, too.
    assert response.status_code == 200
