"""Rows of an import that were overtaken are neither told to go elsewhere, nor counted, nor held (G-27, G-36)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from integrations.core.models import Connection, MassChange
from tests.core.push.pushing import Pushed
from tests.core.push.test_mass_changes import cities
from tests.core.runs.both_sides import change
from tests.employees.transfer.files import preview, work
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-27"), pytest.mark.behaviour("G-36"), pytest.mark.django_db]


def words(answer: Any) -> str:
    return " ".join(strip_tags(answer.text).split())


@pytest.mark.parametrize("limit", [1, 0])
def test_only_who_is_imported_is_told_and_counts_towards_the_limit(
    both: Pushed, admin_client: Client, limit: int
) -> None:
    people = [both.pair(number) for number in (1, 2)]
    both.activate()
    Connection.objects.update(push_limit=limit)
    job = preview(both.company, [["Work e-mail", "City"], *([each.work_email, "Malmö"] for each in people)])
    change(people[0], last_workday="2031-01-01")
    if limit:
        both.push_until_sent()

    question = admin_client.get(reverse("admin:employees_importjob_change", args=[job.pk]))
    shown = words(question)
    assert "1 row is of a record that was changed after the file was read: it is not imported." in shown
    assert "1 person changes towards Fortnox." in shown
    assert ("at once wait" in shown, "Who Given 2 Family 2" in shown) == (not limit, True)

    press(admin_client, question, "Import")
    work(job)
    both.push_until_sent()
    assert cities(both, 2) == ["Stockholm", "Malmö" if limit else "Stockholm"]
    assert [mass.people for mass in MassChange.objects.all()] == ([] if limit else [1])
    ended = words(admin_client.get(reverse("admin:employees_importjob_change", args=[job.pk])))
    assert "Updated (1)" in ended or "Updated 1" in ended


@pytest.mark.behaviour("G-21")
def test_a_refused_import_names_who_was_deleted(both: Pushed, admin_client: Client) -> None:
    people = [both.pair(number) for number in (1, 2)]
    both.activate()
    job = preview(both.company, [["Work e-mail", "City"], *([each.work_email, "Malmö"] for each in people)])
    address = reverse("admin:employees_importjob_change", args=[job.pk])
    question = admin_client.get(address)
    people[0].delete()

    refused = words(press(admin_client, question, "Import", follow=True))
    assert "Nothing was done" in refused
    assert "Deleted since the file was read: Given 1 Family 1" in refused

    press(admin_client, admin_client.get(address), "Import")
    work(job)
    both.push_until_sent()
    assert cities(both, 2) == ["Stockholm", "Malmö"]
