"""Deleting absences, and what people's pages delete, is told, held and refused as a decision is (G-17, G-21, G-27)."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from absences.models import Absence
from integrations.core.models import Connection, MassChange
from integrations.core.releasing import drop_mass_change, release_mass_change
from tests.factories import BankAccountFactory
from tests.fortnox.absences.test_mass_changes import days_of, held, people_of
from tests.fortnox.absences.transferred import VACATION, Transferred, edit
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-17"), pytest.mark.django_db(transaction=True)]
YES = "Yes, I’m sure"


def chosen(client: Client, *absences: Absence) -> object:
    page = client.get(reverse("admin:absences_absence_changelist"))
    ticked = {"action": "delete_selected", "_selected_action": [absence.pk for absence in absences]}
    return press(client, page, "Run", ticked, follow=True)


def text_of(page: Any) -> str:
    return " ".join(page.text.split())


def test_deleting_more_than_the_limit_says_so_and_waits_until_somebody_releases_it(
    both: Transferred, admin_client: Client
) -> None:
    absences = [both.transferred(person) for person in people_of(both, 3)]

    page = chosen(admin_client, *absences)
    assert "3 absences go to Fortnox, of 3 people." in text_of(page)
    assert "More than 2 people at once wait until somebody releases them" in text_of(page)
    press(admin_client, page, YES, follow=True)
    both.push_until_sent()

    assert not Absence.objects.exists()
    assert days_of(both, 3) == [5, 5, 5]
    assert held(both) == [("3 absences deleted", "3 absences of 3 people")]
    release_mass_change(mass_change=MassChange.objects.get(), by=User.objects.get(username="admin"))
    both.push_until_sent()
    assert days_of(both, 3) == [0, 0, 0]


def test_a_deletion_that_was_dropped_leaves_what_stands_in_fortnox(both: Transferred, admin_client: Client) -> None:
    absences = [both.transferred(person) for person in people_of(both, 3)]
    press(admin_client, chosen(admin_client, *absences), YES, follow=True)

    drop_mass_change(mass_change=MassChange.objects.get(), by=User.objects.get(username="admin"))
    both.push_until_sent()
    both.sweep()
    both.push_until_sent()

    assert days_of(both, 3) == [5, 5, 5]


def test_fewer_go_at_once(both: Transferred, admin_client: Client) -> None:
    absences = [both.transferred(person) for person in people_of(both, 2)]

    press(admin_client, chosen(admin_client, *absences), YES, follow=True)
    both.push_until_sent()

    assert (days_of(both, 2), MassChange.objects.count()) == ([0, 0], 0)


def test_one_that_the_page_says_waits_does_wait(both: Transferred, admin_client: Client) -> None:
    absence = both.transferred(people_of(both, 1)[0])
    Connection.objects.update(push_limit=0)

    page = admin_client.get(reverse("admin:absences_absence_delete", args=[absence.pk]))
    assert "More than 0 people at once wait until somebody releases them" in text_of(page)
    answer = press(admin_client, page, YES, follow=True)
    both.push_until_sent()

    assert (Absence.objects.count(), days_of(both, 1)) == (0, [5])
    assert held(both) == [("1 absence deleted", "1 absence of 1 person")]
    assert "The changes towards Fortnox wait until somebody releases them: 1 absence of 1 person." in text_of(answer)
    release_mass_change(mass_change=MassChange.objects.get(), by=User.objects.get(username="admin"))
    both.push_until_sent()
    assert days_of(both, 1) == [0]


@pytest.mark.behaviour("G-21", "G-27")
def test_the_page_of_one_says_what_goes_and_an_old_one_is_refused(both: Transferred, admin_client: Client) -> None:
    absence = both.transferred(both.begin())
    address = reverse("admin:absences_absence_delete", args=[absence.pk])
    page = admin_client.get(address)
    assert "1 absence goes to Fortnox, of 1 person." in text_of(page)

    edit(absence, grade=50)
    refused = press(admin_client, page, YES, follow=True)
    assert "Nothing was done" in text_of(refused)
    assert Absence.objects.count() == 1

    press(admin_client, refused, YES, follow=True)
    both.push_until_sent()
    assert (Absence.objects.count(), both.rows()) == (0, [])


@pytest.mark.behaviour("G-27")
def test_what_waits_for_its_days_is_named_on_the_page(both: Transferred, admin_client: Client) -> None:
    employee = both.begin()
    first = both.transferred(employee, code=VACATION)
    later = both.transferred(employee)
    assert "held:" in both.line(later)

    page = admin_client.get(reverse("admin:absences_absence_delete", args=[first.pk]))
    assert f"These go with it, as nothing is in their way then: {later.label}" in text_of(page)
    press(admin_client, page, YES, follow=True)
    both.push_until_sent()

    assert {cause for _day, cause, _extent in both.rows()} == {"SJK"}


@pytest.mark.behaviour("G-27")
def test_deleting_bank_accounts_says_to_whom_it_goes(both: Transferred, admin_client: Client) -> None:
    accounts = [BankAccountFactory.create(employee=person) for person in people_of(both, 3)]
    both.push_until_sent()
    page = admin_client.get(reverse("admin:employees_bankaccount_changelist"))
    ticked = {"action": "delete_selected", "_selected_action": [account.pk for account in accounts]}

    page = press(admin_client, page, "Run", ticked, follow=True)
    told = text_of(page)
    press(admin_client, page, YES, follow=True)
    both.push_until_sent()

    assert "3 people change towards Fortnox." in told
    assert held(both) == [("3 bank accounts deleted", "3 people")]


@pytest.mark.behaviour("G-27")
def test_deleting_one_bank_account_waits_where_its_page_says_so(both: Transferred, admin_client: Client) -> None:
    account = BankAccountFactory.create(employee=people_of(both, 1)[0])
    both.push_until_sent()
    before = both.at_vendor("101")
    Connection.objects.update(push_limit=0)
    page = admin_client.get(reverse("admin:employees_bankaccount_delete", args=[account.pk]))
    assert "More than 0 people at once wait until somebody releases them" in text_of(page)
    press(admin_client, page, YES, follow=True)
    both.push_until_sent()

    assert held(both) == [("1 bank account deleted", "1 person")]
    assert both.at_vendor("101") == before
    release_mass_change(mass_change=MassChange.objects.get(), by=User.objects.get(username="admin"))
    both.push_until_sent()
    assert both.at_vendor("101") != before
