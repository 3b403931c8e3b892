"""The migrations' rows, put back behind each test outside a transaction, in one statement for each table.

Django's own way saves each object by itself, most of a second, and does so only before the next such test: a test
inside a transaction that comes between would find the tables empty.
"""

from typing import Any, Final, NamedTuple

import pytest
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.creation import BaseDatabaseCreation
from django.test import TransactionTestCase

# What follows is Django's own, and no part of its types.
_CASE: Final[Any] = TransactionTestCase
_EMPTY: Final = _CASE._fixture_teardown


class Table(NamedTuple):
    name: str
    columns: tuple[str, ...]
    rows: list[Any]


def use() -> None:
    """Let Django's test databases keep and restore their rows this way, from before one is made."""
    patch = pytest.MonkeyPatch()
    patch.setattr(BaseDatabaseCreation, "serialize_db_to_string", _keep)
    patch.setattr(BaseDatabaseCreation, "deserialize_db_from_string", _they_are_there)
    patch.setattr(TransactionTestCase, "_fixture_teardown", _empty_and_restore)


def _keep(creation: BaseDatabaseCreation) -> list[Table]:
    found = [_read(creation.connection, name) for name in _names(creation.connection)]
    return [table for table in found if table.rows]


def _names(database: BaseDatabaseWrapper) -> list[str]:
    return sorted(database.introspection.django_table_names(only_existing=True, include_views=False))


def _read(database: BaseDatabaseWrapper, name: str) -> Table:
    with database.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {database.ops.quote_name(name)}")  # noqa: S608  # Django's own name of a table, quoted; a name cannot be a parameter
        return Table(name, tuple(column[0] for column in cursor.description), cursor.fetchall())


def _they_are_there(creation: BaseDatabaseCreation, kept: list[Table]) -> None:
    """Leave them: before the first test they are the migrations' own, before each other one they were put back."""


def _empty_and_restore(case: Any) -> None:
    _EMPTY(case)
    if case.serialized_rollback:
        for alias in case._databases_names(include_mirrors=False):
            database: Any = connections[alias]
            _restore(database, database._test_serialized_contents)


def _restore(database: BaseDatabaseWrapper, kept: list[Table]) -> None:
    with transaction.atomic(using=database.alias), database.constraint_checks_disabled(), database.cursor() as cursor:
        for table in kept:
            cursor.executemany(_insert(database, table), table.rows)
        database.check_constraints(table_names=[table.name for table in kept])


def _insert(database: BaseDatabaseWrapper, table: Table) -> str:
    quote = database.ops.quote_name
    columns, values = ", ".join(map(quote, table.columns)), ", ".join(["%s"] * len(table.columns))
    return f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({values})"  # noqa: S608  # Django's own name of a table, quoted; a name cannot be a parameter
