from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from django.db import DataError, IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from employees import bulk
from integrations.core.models import Connection, Link, SyncField, SyncRow, SyncRun
from tests.core.hub.history import connection_of
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db

WHEN: Final = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
# JSON as the core holds it: nested, empty, with letters beyond ASCII and quotes.
PAIRS: Final = {"family_name": ["Åkesson", 'O"Hara \\ %s', "settled"], "address": [["Gatan 1", ""], None, "open"]}


@pytest.fixture
def of() -> Connection:
    return connection_of(CompanyFactory.create())


def link(of: Connection, number: int, **values: Any) -> dict[str, Any]:
    return {
        "connection_id": of.pk,
        "resource": "employees",
        "left_id": str(number),
        "right_id": f"Å{number}",
        "pairs": PAIRS,
        "synced_at": WHEN,
        "state": Link.State.ACTIVE,
        **values,
    }


def stored(model: type[models.Model]) -> list[dict[str, Any]]:
    """Return the rows as they stand, without their numbers, in order."""
    rows = model._base_manager.order_by("pk").values()
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


def both_ways(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> tuple[Any, Any]:
    """Return what stands after `bulk_create` and after `bulk.insert` of the same rows."""
    model._base_manager.bulk_create([model(**row) for row in rows])
    usual = stored(model)
    model._base_manager.all().delete()
    assert bulk.insert(model, iter(rows)) == len(rows)
    return usual, stored(model)


def test_a_row_stands_as_a_bulk_create_would_have_written_it(of: Connection) -> None:
    usual, inserted = both_ways(Link, [link(of, 1), link(of, 2, pairs={}, synced_at=None)])

    assert inserted == usual
    assert inserted[0]["pairs"] == PAIRS
    assert inserted[0]["synced_at"] == WHEN


def test_what_a_row_does_not_name_gets_the_models_default(of: Connection) -> None:
    names = ("connection_id", "resource", "left_id", "right_id")

    usual, inserted = both_ways(Link, [{name: link(of, number)[name] for name in names} for number in (1, 2)])

    assert inserted == usual
    assert [(row["state"], row["pairs"], row["parent_id"]) for row in inserted] == [("proposed", {}, None)] * 2


@pytest.mark.parametrize("text", ["", "\\N", "\\.", "a\n\\.\nb", "a\tb\r\nc", '"', "\\", "NULL", "Åsa; 'x', %s"])
def test_a_text_of_any_signs_stands_as_it_was(of: Connection, text: str) -> None:
    usual, inserted = both_ways(Link, [link(of, 1, right_id=text), link(of, 2, right_id="2", synced_at=None)])

    assert inserted == usual
    assert inserted[0]["right_id"] == text


@pytest.mark.parametrize("value", [None, "", "Åsa", ["Gatan 1", "", "Lund", "SE"], {"a": [1, None]}, True, 0])
def test_json_of_any_shape_stands_as_it_was(of: Connection, value: object) -> None:
    run = SyncRun.objects.create(connection=of, resource="employees", trigger=SyncRun.Trigger.OPERATOR)
    row = SyncRow.objects.create(run=run, kind=SyncRow.Kind.DIFFERS, label="Åsa Ek")

    usual, inserted = both_ways(SyncField, [{"row_id": row.pk, "field": "city", "left": value, "right": value}])

    assert inserted == usual
    assert inserted[0]["left"] == value
    # Empty is the database's own NULL in both, or a filter would miss it.
    assert SyncField.objects.filter(left__isnull=True).exists() is (value is None)


def test_a_moment_that_the_model_sets_is_set(of: Connection) -> None:
    before = timezone.now()

    bulk.insert(SyncRun, [{"connection_id": of.pk, "resource": "employees", "trigger": "operator", "state": "done"}])

    run = SyncRun.objects.get()
    assert before <= run.created_at <= timezone.now()
    assert (run.options, run.counts, run.by) == ({}, {}, None)


def test_the_number_of_statements_does_not_grow_with_the_rows(of: Connection) -> None:
    def statements(numbers: range) -> int:
        with CaptureQueriesContext(connection) as captured:
            bulk.insert(Link, (link(of, number) for number in numbers))
        return len(captured)

    assert statements(range(2)) == statements(range(10, 2_000)) == 1


def test_a_row_that_breaks_a_rule_is_refused_and_none_of_them_stands(of: Connection) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Link, [link(of, 1), link(of, 2), link(of, 1)])
    assert not Link.objects.exists()

    bulk.insert(Link, [link(of, 1), link(of, 2)])
    assert Link.objects.count() == 2


def test_nothing_is_done_for_no_rows(of: Connection) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert bulk.insert(Link, []) == 0

    assert len(captured) == 0


def test_an_update_writes_each_records_own_values_and_leaves_the_rest(of: Connection) -> None:
    bulk.insert(Link, [link(of, number) for number in (1, 2, 3)])
    first, second, third = Link.objects.order_by("pk")
    first.pairs, first.synced_at = {"city": ["Lund", None, "open"]}, None
    second.pairs, second.right_id = {}, "not written"

    bulk.update([first, second], ("pairs", "synced_at"))

    rows = [(row.pairs, row.synced_at, row.right_id) for row in Link.objects.order_by("pk")]
    assert rows == [(first.pairs, None, "Å1"), ({}, WHEN, "Å2"), (PAIRS, WHEN, third.right_id)]


def test_the_statements_of_an_update_do_not_grow_with_the_records(of: Connection) -> None:
    bulk.insert(Link, [link(of, number) for number in range(50)])
    links = list(Link.objects.all())

    def statements(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            bulk.update(links[:count], ("state",))
        return len(captured)

    assert [statements(count) for count in (0, 2, 50)] == [0, 1, 1]


def test_a_text_that_is_too_long_is_not_cut_off(of: Connection) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite knows no length of a text.")
    with pytest.raises(DataError), transaction.atomic():
        bulk.insert(Link, [link(of, 1, resource="x" * 1_000)])
