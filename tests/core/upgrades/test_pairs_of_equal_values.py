"""What was settled though the vendor held something else is offered after the upgrade (G-19)."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection as database

from integrations.core.models import Connection, Link
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import assert_in_step, change, pair_of, review, row_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-19")]


def _upgrade() -> None:
    migration = import_module("integrations.core.migrations.0009_pairs_of_equal_values")
    with database.schema_editor() as editor:
        migration.upgrade(apps, editor)


def test_a_pair_that_was_settled_with_two_values_is_shown_and_what_is_equal_stays(
    connection: Connection, both: Pushed
) -> None:
    employee = both.pair_active()
    # As the former code left it: the hub's edit was sent, and the vendor kept its own.
    change(employee, family_name="Ek")
    link = Link.objects.get()
    link.pairs["family_name"] = ["ek", "family 1", "settled"]
    link.pairs["phone"] = ["+46701740001", "+46701740002", "left_as_is"]
    link.save()

    _upgrade()

    assert pair_of(employee, "family_name")[2] == "open"
    assert pair_of(employee, "phone")[2] == "left_as_is"
    assert pair_of(employee, "given_name")[2] == "settled"
    assert row_of(review(connection), left=employee).fields.get().field == "family_name"
    both.change_at_vendor("101", LastName="Ek")
    assert_in_step(connection, 1)
