"""What cannot be sent as it stands is kept back with its reason and goes once it is mended; a writing is no edit."""

import unicodedata
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations.core.models import Connection, Mark, Problem
from tests.core.admin.pages import text_of
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import assert_in_step, change

KEPT_BACK: list[Any] = [
    pytest.param({"street": "Gatan 1 | 2"}, "“|” (vertical line)", {"street": "Gatan 1, 2"}, id="a character"),
    pytest.param({"family_name": "Li 🌸"}, "(cherry blossom)", {"family_name": "Li"}, id="an emoji"),
    pytest.param(
        {"first_workday": date(24, 12, 31)}, "before 1930", {"first_workday": date(2024, 12, 31)}, id="a date"
    ),
    pytest.param({"given_name": "Bj\ufffdrn"}, "Letters of this text were lost", {"given_name": "Björn"}, id="letters"),
    pytest.param({"street": "NULL"}, "had no value", {"street": "Gatan 2"}, id="a placeholder"),
]


@pytest.mark.behaviour("D-02", "D-11", "FX-21")
@pytest.mark.parametrize(("edit", "reason", "mended"), KEPT_BACK)
def test_a_value_that_cannot_go_is_kept_back_and_the_rest_goes_and_it_goes_once_mended(
    both: Pushed, edit: dict[str, Any], reason: str, mended: dict[str, Any]
) -> None:
    employee = both.pair_active()

    change(employee, **edit, work_phone="+46701740606")
    both.push_until_sent()

    assert [list(sent) for sent in both.sent()] == [["Phone1"]]
    problem = both.problem()
    assert reason in problem.message
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    for address in (
        reverse("admin:core_problem_changelist"),
        reverse("admin:employees_employee_change", args=[employee.pk]),
    ):
        assert reason in text_of(client.get(address)), address

    change(employee, **mended)
    both.push_until_sent()

    problem.refresh_from_db()
    assert problem.state == Problem.State.SOLVED
    assert [status for _method, _path, status in both.writes()] == [200, 200]
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("D-01")
@pytest.mark.parametrize(
    "edit",
    [
        {"given_name": unicodedata.normalize("NFD", "Åsa")},
        {"given_name": "Åsa\u200b"},
        {"given_name": " Åsa"},
        {"city": unicodedata.normalize("NFD", "Malmö")},
        {"city": "MALMÖ"},
        {"work_email": "P1@XN--FRETAG-WXA.se"},
    ],
)
def test_another_writing_of_a_value_is_not_sent(both: Pushed, edit: dict[str, str]) -> None:
    employee = both.pair(
        1,
        vendor={"FirstName": "Åsa", "City": "Malmö", "Email": "p1@företag.se"},
        given_name="Åsa",
        city="Malmö",
        work_email="p1@företag.se",
    )
    both.activate()

    change(employee, **edit)
    both.push_until_sent()

    assert (both.writes(), both.problems(), Mark.objects.count()) == ([], [], 0)
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("FX-21")
def test_a_new_person_whose_name_cannot_go_is_created_once_it_is_mended(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)

    employee = both.hub(1, family_name="Berg|Dahl")
    both.push()
    assert both.emails_at_vendor() == []
    assert "“|” (vertical line)" in both.problem().message

    change(employee, family_name="Berg-Dahl")
    both.push_until_sent()
    assert both.emails_at_vendor() == ["p1@demo.example"]
    assert both.problem().state == Problem.State.SOLVED


@pytest.mark.behaviour("D-10", "G-10")
def test_nobody_is_created_who_is_there_with_the_domains_other_writing(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)
    both.vendor(9, Email="p1@xn--fretag-wxa.se")

    both.hub(1, work_email="p1@företag.se")
    both.push()

    assert both.writes() == []
    assert "is there already and may be the same person" in both.problem().message
