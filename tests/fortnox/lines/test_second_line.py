"""FX-20: the second address line is Fortnox's, through the push and synchronisations."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from integrations.core.addresses import run_url
from integrations.core.linking import match_by_hand
from integrations.core.models import Connection, Link, SyncRow, SyncRun
from integrations.fortnox.street_lines import BESIDE, FIRST, SECOND, STREET_IN
from tests.core.admin.pages import text_of
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import (
    LEFT,
    RIGHT,
    apply_all,
    assert_in_step,
    change,
    decide,
    pair_of,
    review,
    row_of,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("FX-20")]
FLAT = {"Address2": "Lgh 1202"}
NOTHING_LEFT = {"street": "", "postal_code": "", "city": ""}
MOVED = {"street": "Ågatan 9", "postal_code": "90326", "city": "Umeå"}


def lines(both: Pushed) -> tuple[str, str]:
    held = both.at_vendor("101")
    return held["Address1"], held["Address2"]


def options() -> dict[str, Any]:
    found: dict[str, Any] = Link.objects.get().options
    return found


def test_an_address_that_is_emptied_and_entered_anew_leaves_the_flat_alone(both: Pushed) -> None:
    employee = both.pair_active(vendor=FLAT)

    change(employee, **NOTHING_LEFT)
    both.push()
    assert lines(both) == ("", "Lgh 1202")
    assert_in_step(both.connection, 1)

    change(employee, **MOVED)
    both.push()
    assert lines(both) == ("Ågatan 9", "Lgh 1202")
    assert_in_step(both.connection, 1)


def test_a_street_that_stands_in_the_second_line_beside_an_emptied_first_one_is_not_taken(both: Pushed) -> None:
    employee = both.pair_active(vendor={"Address2": "Kungsgatan 5"})

    change(employee, **NOTHING_LEFT)
    both.push()
    assert_in_step(both.connection, 1)

    change(employee, **MOVED)
    both.push()
    assert lines(both) == ("Ågatan 9", "Kungsgatan 5")


@pytest.mark.parametrize("second", ["Lgh 1202", "c/o Berg", "Box 12", "Kungsgatan 5"])
def test_somebody_at_fortnox_empties_the_first_line(both: Pushed, second: str) -> None:
    employee = both.pair_active(vendor={"Address2": second})
    both.change_at_vendor("101", Address1="")

    row = row_of(review(both.connection))
    assert row.fields.get().right == ["", "11122", "Stockholm", "SE"]
    decide(row, address=LEFT)
    apply_all(row.run)

    assert lines(both) == ("Gatan 1", second)
    employee.refresh_from_db()
    assert employee.street == "Gatan 1"
    assert_in_step(both.connection, 1)


@pytest.mark.parametrize("second", ["Lgh 1202", "c/o Berg", "Box 12"])
def test_an_addition_alone_is_not_taken_for_the_street_at_the_first_match(both: Pushed, second: str) -> None:
    both.pair(1, vendor={"Address1": "", "Address2": second})

    row = row_of(review(both.connection))
    assert row.fields.get().right == ["", "11122", "Stockholm", "SE"]
    decide(row, address=LEFT)
    apply_all(row.run)

    assert lines(both) == ("Gatan 1", second)
    assert options() == {STREET_IN: FIRST, BESIDE: SECOND}
    assert_in_step(both.connection, 1)


def test_an_addition_alone_is_left_when_the_hub_takes_fortnoxs_address(both: Pushed) -> None:
    employee = both.pair(1, vendor={"Address1": "", "City": "Solna", **FLAT})

    row = row_of(review(both.connection))
    decide(row, address=RIGHT)
    apply_all(row.run)

    employee.refresh_from_db()
    assert (employee.street, employee.city) == ("", "Solna")
    change(employee, street="Ågatan 9")
    both.push()
    assert lines(both) == ("Ågatan 9", "Lgh 1202")


def test_a_street_adopted_from_the_second_line_is_kept_there(both: Pushed) -> None:
    employee = both.pair_active(vendor={"Address1": "", "Address2": "Gatan 1"})
    assert options() == {STREET_IN: SECOND}

    change(employee, **NOTHING_LEFT)
    both.push()
    assert lines(both) == ("", "")
    change(employee, **MOVED)
    both.push()
    assert lines(both) == ("", "Ågatan 9")
    assert_in_step(both.connection, 1)


def test_the_first_line_is_not_taken_for_a_street_adopted_from_the_second(both: Pushed) -> None:
    employee = both.pair_active(vendor={"Address1": "", "Address2": "Gatan 1"})
    both.change_at_vendor("101", Address1="Villa Solhem")
    assert_in_step(both.connection, 1)

    change(employee, **NOTHING_LEFT)
    both.push()
    assert lines(both) == ("Villa Solhem", "")
    assert_in_step(both.connection, 1)
    assert "Address line 1 stays" in both.problem().message

    change(employee, **MOVED)
    both.push()
    assert lines(both) == ("Villa Solhem", "Ågatan 9")


def test_a_street_that_somebody_moves_to_the_first_line_is_followed(both: Pushed) -> None:
    employee = both.pair_active(vendor={"Address1": "", "Address2": "Gatan 1"})
    both.change_at_vendor("101", Address1="Gatan 1", Address2="")
    assert_in_step(both.connection, 1)

    change(employee, **MOVED)
    both.push()
    assert lines(both) == ("Ågatan 9", "")


def test_a_street_entered_in_an_empty_second_line_is_adopted_by_a_link_that_knows_no_place(both: Pushed) -> None:
    employee = both.pair(1, **NOTHING_LEFT, vendor={"Address1": "", "PostCode": "", "City": ""})
    both.activate()
    assert options() == {}
    both.change_at_vendor("101", Address2="Kungsgatan 5", PostCode="11143", City="Stockholm")

    apply_all(review(both.connection))
    employee.refresh_from_db()
    assert employee.street == "Kungsgatan 5"
    change(employee, **MOVED)
    both.push()
    assert lines(both) == ("", "Ågatan 9")


def test_a_flat_entered_beside_no_address_is_left_when_the_hub_has_one(both: Pushed) -> None:
    employee = both.pair(1, **NOTHING_LEFT, vendor={"Address1": "", "PostCode": "", "City": ""})
    both.activate()
    both.change_at_vendor("101", **FLAT)

    change(employee, **MOVED)
    both.push()
    assert lines(both) == ("Ågatan 9", "Lgh 1202")
    # From now on the place is known.
    both.change_at_vendor("101", Address1="", Address2="Kungsgatan 5")
    assert row_of(review(both.connection)).fields.get().right == ["", "90326", "Umeå", "SE"]


def test_a_new_person_knows_the_line_from_the_start(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)
    both.hub(2)
    both.push()
    assert options() == {STREET_IN: FIRST}


def test_matching_by_hand_takes_no_addition_for_the_street(both: Pushed) -> None:
    employee = both.hub(1)
    right_id = both.vendor(2, Address1="", Address2="c/o Berg")
    run = review(both.connection)
    row = match_by_hand(run=run, left_id=str(employee.pk), right_id=right_id, by=User.objects.get(username="hanna"))
    assert row is not None
    assert row.fields.get(field="address").right == ["", "11122", "Stockholm", "SE"]


# --- What is told -----------------------------------------------------------------------------------------------------


def test_the_push_says_which_line_stays(both: Pushed) -> None:
    employee = both.pair_active(vendor=FLAT)
    change(employee, **NOTHING_LEFT)
    both.push()

    problem = both.problem()
    assert (problem.cause, problem.left_id) == ("remains:address", str(employee.pk))
    assert "Address line 2 stays in Fortnox" in problem.message
    assert "1202" not in problem.message
    assert both.marks() == []
    # An address that comes back leaves nothing to say.
    change(employee, **MOVED)
    both.push()
    assert both.problem().state == "solved"


@pytest.mark.parametrize("vendor", [{}, {"Address2": "  "}])
def test_nothing_is_said_where_nothing_stays(both: Pushed, vendor: dict[str, str]) -> None:
    employee = both.pair_active(vendor=vendor)
    change(employee, **NOTHING_LEFT)
    both.push()
    assert both.problems() == []


def test_nothing_is_said_of_a_street_that_is_only_changed(both: Pushed) -> None:
    employee = both.pair_active(vendor=FLAT)
    change(employee, **MOVED)
    both.push()
    assert both.problems() == []


def test_the_review_and_the_report_say_which_line_stays(both: Pushed) -> None:
    employee = both.pair_active(vendor=FLAT)
    Connection.objects.update(state=Connection.State.PAUSED)
    change(employee, **NOTHING_LEFT)
    Connection.objects.update(state=Connection.State.ACTIVE)
    run = review(both.connection)

    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    page = text_of(client.get(run_url(both.connection, run.pk, "conflicts")))
    assert "Address line 2 stays in Fortnox" in page

    apply_all(run)
    row = SyncRow.objects.get(run=run)
    assert (row.state, lines(both)) == ("written", ("", "Lgh 1202"))
    assert "Address line 2 stays in Fortnox" in row.reason
    assert_in_step(both.connection, 1)


# --- Links from before ------------------------------------------------------------------------------------------------


def upgrade() -> None:
    migration = import_module("integrations.fortnox.migrations.0006_street_lines")
    migration.remember_lines(apps, None)


def test_links_from_before_upgrade_without_a_question(both: Pushed) -> None:
    employee = both.pair_active(vendor={"Address2": "Kungsgatan 5"})
    Link.objects.update(options={})

    upgrade()

    assert options() == {STREET_IN: FIRST}
    assert_in_step(both.connection, 1)
    change(employee, **NOTHING_LEFT)
    both.push()
    assert_in_step(both.connection, 1)


def test_a_link_from_before_that_took_a_flat_for_the_street_asks_again(both: Pushed) -> None:
    employee = both.pair_active(vendor=FLAT)
    # What the version before left: the first line emptied, the flat read back, "in step".
    both.change_at_vendor("101", Address1="")
    flat = ["lgh 1202", "11122", "stockholm", "SE"]
    Link.objects.update(
        options={STREET_IN: SECOND}, pairs={**Link.objects.get().pairs, "address": [flat, flat, "settled"]}
    )
    change(employee, street="Lgh 1202")
    both.push()

    upgrade()

    assert pair_of(employee, "address") == [flat, ["", *flat[1:]], "open"]
    run = review(both.connection)
    assert row_of(run).fields.get(field="address").decision == "open"
    change(employee, street="Ågatan 9")
    both.push()
    assert lines(both) == ("Ågatan 9", "Lgh 1202")
    assert_in_step(both.connection, 1)
    assert SyncRun.objects.count() > 1
