"""Somebody who is to be created, and another who comes to the same national ID while the review waits (G-21, D-08)."""

from collections.abc import Callable

import pytest
from django.test import Client

from employees.models import Employee
from integrations.core.addresses import run_url
from integrations.core.models import Connection, SyncRow, SyncRun
from integrations.core.runs.standing import Standing
from integrations.core.runs.summing_up import sum_up
from tests.core.runs.both_sides import BothSides, apply_all, change, create, finish, review, row_of
from tests.core.runs.test_left_out import BUTTON, not_written, words, written
from tests.factories import CompanyFactory
from tests.pages import press

pytestmark = [pytest.mark.django_db(transaction=True)]
NUMBER = {"national_id": "19900101-2385", "national_id_country": "SE"}
OTHER_WRITING = {"national_id": "9001012385", "national_id_country": "SE"}


def corrected(both: BothSides, linked: Employee) -> None:
    change(linked, **OTHER_WRITING)


def added(both: BothSides, linked: Employee) -> None:
    both.hub(3, **NUMBER)


def come_from_elsewhere(both: BothSides, linked: Employee) -> None:
    elsewhere = both.hub(3, company=CompanyFactory.create(name="Annat AB"), **NUMBER)
    change(elsewhere, company=both.company)


HAPPENS = [corrected, added, come_from_elsewhere]


def decided(connection: Connection, both: BothSides) -> tuple[SyncRun, Employee, Employee]:
    """A review: one is linked and equal, another is created at the vendor."""
    linked = both.pair(1)
    apply_all(review(connection))
    new = both.hub(2, **NUMBER)
    run = review(connection)
    create(row_of(run, left=new))
    return run, linked, new


@pytest.mark.behaviour("G-21")
@pytest.mark.behaviour("G-27")
@pytest.mark.behaviour("G-20")
@pytest.mark.parametrize("happens", HAPPENS)
def test_whoever_shares_a_national_id_since_is_told_as_not_created_and_is_not(
    connection: Connection,
    both: BothSides,
    admin_client: Client,
    happens: Callable[[BothSides, Employee], None],
) -> None:
    run, linked, new = decided(connection, both)
    old = admin_client.get(run_url(connection, run.pk, "confirm"))
    assert "1 new person" in written(old)
    happens(both, linked)

    page = press(admin_client, old, BUTTON)

    assert "Below is what would be written now" in words(page)
    assert "1 new person" not in written(page)
    assert "Not created: the same national ID in the hub as" in not_written(page)
    missing = words(admin_client.get(run_url(connection, run.pk, "missing")))
    assert "As things stand nothing of this person is written: Not created: the same national ID" in missing
    assert sum_up(run, Standing(run)).vendor_writes == 0
    assert press(admin_client, page, BUTTON).status_code == 302
    finish(run)
    row = row_of(run, left=new)
    assert row.state == SyncRow.State.MOVED
    assert "the same national ID in the hub as" in row.reason
    assert not both.writes()


@pytest.mark.behaviour("G-21")
def test_another_national_id_that_somebody_comes_to_changes_nothing(connection: Connection, both: BothSides) -> None:
    run, linked, new = decided(connection, both)
    change(linked, national_id="19900102-2384", national_id_country="SE")

    assert not Standing(run).left_out
    apply_all(run)
    assert row_of(run, left=new).state == SyncRow.State.WRITTEN
