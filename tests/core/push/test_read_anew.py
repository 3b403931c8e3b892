"""Settings that let another value of the hub count change nothing at the vendor by themselves (G-07, G-35)."""

from typing import Any

import pytest
from django.test import Client

from employees.models import Employee
from integrations.core import leases
from integrations.core.addresses import connection_url
from integrations.core.models import Connection, Link, SyncField
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import LEFT, apply_all, change, decide, review, row_of
from tests.core.wizard.conftest import told
from tests.factories import CompanyFactory
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-35"), pytest.mark.django_db(transaction=True)]
WORK, PRIVATE, NEWER = "+46701740001", "+46701111111", "+46702222222"


def save(client: Client, connection: Connection, source: str) -> Any:
    page = client.get(connection_url(connection, "settings"))
    return press(client, page, "Save", {"phone_source": source}, follow=True)


def with_private_phone(both: Pushed) -> Employee:
    employee = both.pair(1, private_phone=PRIVATE)
    both.activate()
    return employee


def phone(both: Pushed) -> str:
    return str(both.at_vendor("101")["Phone1"])


def pairs() -> list[Any]:
    return list(Link.objects.filter(resource="employees").values_list("pairs", "digest"))


def test_an_edit_of_something_else_takes_no_other_phone_along(both: Pushed, admin_client: Client) -> None:
    employee = with_private_phone(both)

    answer = save(admin_client, both.connection, "private_phone")
    change(employee, street="Vägen 2")
    both.push_until_sent()

    assert "Private phone: another value of the hub counts from now on" in told(answer)
    assert (both.at_vendor("101")["Address1"], phone(both)) == ("Vägen 2", WORK)
    run = review(both.connection)
    (shown,) = SyncField.objects.filter(row__run=run)
    assert (shown.field, shown.left, shown.right) == ("phone", PRIVATE, WORK)
    decide(row_of(run, left=employee), phone=LEFT)
    apply_all(run)
    assert phone(both) == PRIVATE


def test_the_very_phone_goes_once_somebody_edits_it(both: Pushed, admin_client: Client) -> None:
    employee = with_private_phone(both)
    save(admin_client, both.connection, "private_phone")

    change(employee, private_phone=NEWER)
    both.push_until_sent()

    assert phone(both) == NEWER


def test_what_waited_when_the_setting_changed_is_not_sent_and_waits_again_once_it_is_set_back(
    both: Pushed, admin_client: Client
) -> None:
    employee = with_private_phone(both)
    change(employee, work_phone=NEWER)
    before = pairs()

    save(admin_client, both.connection, "private_phone")
    assert pairs() != before
    save(admin_client, both.connection, "work_phone")
    assert pairs() == before

    both.push_until_sent()
    assert phone(both) == NEWER


def test_of_what_waited_nothing_is_sent_under_another_setting(both: Pushed, admin_client: Client) -> None:
    employee = with_private_phone(both)
    change(employee, work_phone=NEWER)

    save(admin_client, both.connection, "private_phone")
    both.push_until_sent()

    assert phone(both) == WORK


def test_what_was_edited_meanwhile_is_not_sent_once_the_setting_is_back(both: Pushed, admin_client: Client) -> None:
    employee = with_private_phone(both)
    save(admin_client, both.connection, "private_phone")
    change(employee, work_phone=NEWER)
    both.push_until_sent()

    save(admin_client, both.connection, "work_phone")
    change(employee, street="Vägen 2")
    both.push_until_sent()

    assert phone(both) == WORK
    assert SyncField.objects.filter(row__run=review(both.connection), field="phone", left=NEWER).exists()


def test_a_review_from_before_makes_no_edit_of_the_other_phone(both: Pushed, admin_client: Client) -> None:
    employee = with_private_phone(both)
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    change(employee, work_phone=NEWER)
    both.change_at_vendor("101", Phone1="0709999999")
    Connection.objects.update(state=Connection.State.ACTIVE)
    review(both.connection)

    save(admin_client, both.connection, "private_phone")
    change(employee, street="Vägen 2")
    both.push_until_sent()

    assert (both.at_vendor("101")["Address1"], phone(both)) == ("Vägen 2", "0709999999")


@pytest.mark.parametrize("back", [False, True])
def test_whoever_is_with_another_company_meanwhile_takes_no_other_phone_along(
    both: Pushed, admin_client: Client, back: bool
) -> None:
    employee = with_private_phone(both)
    before = pairs()
    mine = employee.company
    change(employee, company=CompanyFactory.create())
    both.push_until_sent()

    save(admin_client, both.connection, "private_phone")
    if back:
        save(admin_client, both.connection, "work_phone")
        assert pairs() == before
    change(employee, company=mine)
    change(employee, street="Vägen 2")
    both.push_until_sent()

    assert (both.at_vendor("101")["Address1"], phone(both)) == ("Vägen 2", WORK)
    asked = list(SyncField.objects.filter(row__run=review(both.connection)).values_list("field", "left", "right"))
    assert asked == ([] if back else [("phone", PRIVATE, WORK)])


def test_it_is_not_saved_while_something_is_being_sent(both: Pushed, admin_client: Client) -> None:
    with_private_phone(both)
    held = leases.claim(name=f"push:{both.connection.pk}")
    assert held is not None

    answer = save(admin_client, both.connection, "private_phone")

    assert "something is being sent right now" in answer.content.decode()
    held.release()
    assert "The settings are saved." in told(save(admin_client, both.connection, "private_phone"))
