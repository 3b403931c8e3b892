"""Fortnox's section of the admin."""

from dataclasses import asdict, fields

import pytest
from django.test import Client
from django.urls import reverse

from integrations.core.addresses import section_of
from integrations.core.models import Connection
from integrations.fortnox.connector import FortnoxConnector
from integrations.fortnox.forms import FortnoxSettingsForm
from integrations.fortnox.settings import FortnoxSettings

pytestmark = pytest.mark.django_db


def test_the_section_is_found_by_the_integrations_name() -> None:
    assert section_of("fortnox") == "admin:fortnox_fortnoxconnection"


def test_every_setting_of_fortnox_stands_in_the_form() -> None:
    assert set(FortnoxSettingsForm.own_settings) == {field.name for field in fields(FortnoxSettings)}


def test_the_form_begins_with_the_defaults() -> None:
    assert FortnoxSettingsForm.defaults() == asdict(FortnoxSettings())


def test_everything_asked_for_is_explained() -> None:
    form = FortnoxSettingsForm(connection=Connection(integration="fortnox"), search_url="/")

    assert [name for name, field in form.fields.items() if not field.help_text] == []


def test_a_choice_that_fortnox_refuses_is_an_error_at_its_field() -> None:
    form = FortnoxSettingsForm(
        {**asdict(FortnoxSettings()), "schedule_id": "LONGER THAN TEN"},
        connection=Connection(integration="fortnox"),
        search_url="/",
    )

    assert "schedule_id" in form.errors


@pytest.mark.behaviour("FX-02")
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("2001101", "Add licences > Lön"),
        ("2001103", "Add licences > Integration"),
        ("error_missing_license", "Add licences > Integration"),
    ],
)
def test_each_licence_error_says_where_to_order(code: str, expected: str) -> None:
    assert expected in FortnoxConnector(options={}).licence_help(code)


def test_nobody_adds_changes_or_deletes_a_connection_as_a_record(admin_client: Client) -> None:
    overview = reverse("admin:fortnox_fortnoxconnection_changelist")

    assert [admin_client.get(f"{overview}{page}").status_code for page in ("add/", "1/change/", "1/delete/")] == [
        404
    ] * 3
