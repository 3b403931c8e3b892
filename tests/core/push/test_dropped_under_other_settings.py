"""What waits while the settings let another value count: told as such, and once dropped it stays so (G-37)."""

from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client

from employees.models import Employee
from employees.tracking import Operation, Reach, operating, tracked_bulk
from integrations.core.addresses import connection_url, mass_change_url
from integrations.core.models import Connection, Link, MassChange, SyncField
from integrations.core.push.looking_over import look_over
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import change, review
from tests.factories import CompanyFactory
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-37"), pytest.mark.django_db(transaction=True)]
NEWER, BY_HAND = "+46702222222", "+46703333333"
NUMBERS = (1, 2, 3)


@pytest.fixture
def waiting(both: Pushed) -> list[Employee]:
    """Let another work phone of three people wait."""
    people = [both.pair(number, private_phone=f"+4670111000{number}") for number in NUMBERS]
    both.activate()
    Connection.objects.update(push_limit=2)
    ids = [employee.pk for employee in people]
    reach = Reach(changed=dict.fromkeys(ids, ("work_phone",)))
    operation = Operation(key="import:1", label="Change import:1", user_id=None, reach=lambda: reach)
    with operating(operation), tracked_bulk(ids):
        Employee.objects.filter(pk__in=ids).update(work_phone=NEWER)
    return people


def save(client: Client, connection: Connection, source: str) -> None:
    press(client, client.get(connection_url(connection, "settings")), "Save", {"phone_source": source}, follow=True)


def page(client: Client, name: str = "mass_change") -> Any:
    mass = MassChange.objects.get()
    return client.get(mass_change_url(mass.connection, mass.pk, name))


def drop(client: Client) -> None:
    press(client, page(client, "drop"), "Drop, and leave both as they are")


def phones(both: Pushed) -> list[str]:
    return [both.at_vendor(str(100 + number))["Phone1"] for number in NUMBERS]


def asked(both: Pushed) -> list[Any]:
    fields = SyncField.objects.filter(row__run=review(both.connection)).order_by("row__left_id")
    return list(fields.values_list("field", "left"))


def test_the_page_names_the_field_that_the_settings_do_not_send_and_says_what_a_drop_does(
    both: Pushed, admin_client: Client, waiting: list[Employee]
) -> None:
    save(admin_client, both.connection, "private_phone")

    answer = page(admin_client)
    assert {each.note for each in answer.context["people"]} == {
        "Work phone: not sent to Fortnox by its settings as they are. Once you drop the change, it stays unsent under"
        " other settings, too."
    }
    assert ("both systems agree" in answer.text, "so it cannot be released" in answer.text) == (False, True)

    save(admin_client, both.connection, "work_phone")
    assert [(each.note, len(each.values)) for each in page(admin_client).context["people"]] == [("", 1)] * 3


def test_neither_another_edit_nor_the_night_sends_it_and_no_comparison_asks(
    both: Pushed, admin_client: Client, waiting: list[Employee]
) -> None:
    before = phones(both)
    save(admin_client, both.connection, "private_phone")
    drop(admin_client)
    save(admin_client, both.connection, "work_phone")

    change(waiting[0], street="Vägen 2")
    both.push_until_sent()
    look_over(connection_id=both.connection.pk)
    both.push_until_sent()

    assert (both.at_vendor("101")["Address1"], phones(both)) == ("Vägen 2", before)
    assert {pairs["phone"][2] for pairs in Link.objects.values_list("pairs", flat=True)} == {"left_as_is"}
    assert asked(both) == []


def test_an_edit_by_hand_goes_then(both: Pushed, admin_client: Client, waiting: list[Employee]) -> None:
    before = phones(both)
    save(admin_client, both.connection, "private_phone")
    drop(admin_client)
    save(admin_client, both.connection, "work_phone")

    change(waiting[0], work_phone=BY_HAND)
    both.push_until_sent()

    assert phones(both) == [BY_HAND, *before[1:]]


def test_what_was_changed_once_more_before_the_drop_is_asked_about(
    both: Pushed, admin_client: Client, waiting: list[Employee]
) -> None:
    before = phones(both)
    save(admin_client, both.connection, "private_phone")
    # Without a trace, so that nothing takes it out of the mass change.
    untracked: QuerySet[Employee] = QuerySet(Employee).filter(pk=waiting[0].pk)
    untracked.update(work_phone=BY_HAND)
    drop(admin_client)
    untracked.update(work_phone=NEWER)
    save(admin_client, both.connection, "work_phone")

    change(waiting[0], street="Vägen 2")
    both.push_until_sent()

    assert phones(both) == before
    assert asked(both) == [("phone", NEWER)]


def test_a_drop_under_the_same_settings_outlives_others(
    both: Pushed, admin_client: Client, waiting: list[Employee]
) -> None:
    before = phones(both)
    drop(admin_client)
    save(admin_client, both.connection, "private_phone")
    save(admin_client, both.connection, "work_phone")

    change(waiting[0], street="Vägen 2")
    both.push_until_sent()

    assert phones(both) == before


def test_of_somebody_who_is_with_another_company_it_stays_dropped_after_the_way_back(
    both: Pushed, admin_client: Client, waiting: list[Employee]
) -> None:
    before, away = phones(both), waiting[0]
    change(away, company=CompanyFactory.create(), department=None)

    drop(admin_client)
    change(away, company=both.company)
    both.push()
    look_over(connection_id=both.connection.pk)
    both.push()

    assert phones(both) == before
    change(away, work_phone=BY_HAND)
    both.push()
    assert phones(both) == [BY_HAND, *before[1:]]
