"""“These two are one person”: matched once, and what differs is asked (G-05, G-10)."""

from typing import Any

import pytest
from django.test import Client

from integrations.core.models import Connection, Link, SyncRow, SyncRun
from tests.core.admin.filling import service_runs
from tests.core.admin.pages import text_of
from tests.core.connected import connect
from tests.core.review.filling import Reviewed, answer
from tests.core.runs.both_sides import BothSides, review, row_of
from tests.pages import press
from tests.sandbox_client import SandboxClient

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.review.addresses")]


@pytest.fixture
def connection(db: None, sandbox: SandboxClient) -> Connection:
    service_runs()
    sandbox.limits(requests=10_000, seconds=1)
    return connect()


@pytest.fixture
def both(connection: Connection, sandbox: SandboxClient) -> BothSides:
    assert connection.company is not None
    return BothSides(company=connection.company, sandbox=sandbox)


def opened(run: SyncRun) -> Reviewed:
    assert run.connection.company is not None
    return Reviewed(run.connection.company, run)


def match(client: Client, run: SyncRun, here: SyncRow, there: SyncRow) -> Any:
    """Search for somebody of the other side, and say that the two are one."""
    number = SyncRow.objects.get(pk=there.pk).right_id
    page = client.get(opened(run).address("match", here.pk, query=f"name={number}"))
    return press(client, page, "These two are one person", {"other": there.pk}, follow=True)


@pytest.mark.behaviour("G-05", "FX-06")
def test_somebody_under_another_e_mail_is_matched_by_hand(
    hanna: Client, connection: Connection, both: BothSides
) -> None:
    employee = both.hub(1)
    both.vendor(1, Email="other@demo.example")
    run = review(connection)
    here, there = row_of(run, left=employee), row_of(run, right_id="101")

    page = match(hanna, run, here, there)

    assert Link.objects.get().right_id == "101"
    assert SyncRow.objects.get(run=run).kind == SyncRow.Kind.DIFFERS
    assert "What differs stands among the conflicts." in text_of(page)


@pytest.mark.behaviour("G-05", "G-20")
def test_whoever_shares_a_sign_is_offered_though_no_name_was_searched_for(
    hanna: Client, connection: Connection, both: BothSides
) -> None:
    employee = both.hub(1)
    both.vendor(9, Phone1="+46701740001", FirstName="Anna", LastName="Berg")
    run = review(connection)

    page = hanna.get(opened(run).address("match", row_of(run, left=employee).pk))

    assert "Anna Berg" in text_of(page)
    press(hanna, page, "These two are one person", {"other": row_of(run, right_id="109").pk}, follow=True)
    assert Link.objects.get().right_id == "109"


@pytest.mark.behaviour("G-10")
def test_one_of_two_candidates_is_chosen_on_the_page_of_unclear_people(
    hanna: Client, connection: Connection, both: BothSides
) -> None:
    employee = both.hub(1)
    both.vendor(1)
    both.vendor(2, Email="p1@demo.example")
    run = review(connection)
    here, there = row_of(run, left=employee), row_of(run, right_id="102")

    answer(hanna, opened(run), here, "These two are one person", other=there.pk)

    assert (Link.objects.get().left_id, Link.objects.get().right_id) == (str(employee.pk), "102")


def test_somebody_gone_from_the_vendor_is_not_matched(hanna: Client, connection: Connection, both: BothSides) -> None:
    employee = both.hub(1)
    both.vendor(1, Email="other@demo.example")
    run = review(connection)
    here, there = row_of(run, left=employee), row_of(run, right_id="101")
    SyncRow.objects.filter(pk=there.pk).update(right_id="999")

    page = text_of(match(hanna, run, here, there))
    assert ("This person is gone from the other system." in page, Link.objects.count()) == (True, 0)

    SyncRow.objects.filter(pk=there.pk).update(right_id="101")
    match(hanna, run, here, there)
    assert Link.objects.count() == 1
